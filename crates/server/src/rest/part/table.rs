//! What hangs below the URL of a record, such as `/notes/`: one line for each part. A path that is in no line is not
//! there; what a line names, [`answer`](super::answer) answers.

use trueup_inventory::model::ContentType;

use crate::rest::methods::Verb;
use crate::rest::operation::{Operation, Shape};

/// One part of records.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// The last part of its path.
    pub name: &'static str,
    pub what: What,
    pub of: Owner,
    pub operations: &'static [Operation],
}

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    FreeAddresses,
    FreeNetworks,
    FreeVlanIds,
    Elevation,
    Members,
    Notes,
    RunOfQuery,
    RunOfJob,
    VariablesOfJob,
    LogOfRun,
    Trace,
}

/// Whose records have a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// Those that may carry notes.
    Noted,
    /// Those that cables are plugged into.
    Cabled,
    /// Those of that content type.
    Type(&'static str),
}

impl Owner {
    fn is(self, content_type: &ContentType) -> bool {
        match self {
            Self::Noted => content_type.has_notes(),
            Self::Cabled => content_type.takes_cables(),
            Self::Type(name) => content_type.name() == name,
        }
    }
}

/// Something is free; take it, once or for each object of a list.
const TAKEN: Operation = Operation::new(Verb::Post, Shape::ObjectOrList, 201, Shape::ObjectOrList).or(&[204]);

const PARTS: &[Part] = &[
    Part {
        name: "available-ips",
        what: What::FreeAddresses,
        of: Owner::Type("ipam.prefix"),
        operations: &[Operation::get(Shape::List), TAKEN],
    },
    Part {
        name: "available-prefixes",
        what: What::FreeNetworks,
        of: Owner::Type("ipam.prefix"),
        operations: &[Operation::get(Shape::List), TAKEN],
    },
    Part {
        name: "available-vlans",
        what: What::FreeVlanIds,
        of: Owner::Type("ipam.vlangroup"),
        operations: &[Operation::get(Shape::Numbers), TAKEN],
    },
    Part {
        name: "elevation",
        what: What::Elevation,
        of: Owner::Type("dcim.rack"),
        operations: &[Operation::get(Shape::Objects)],
    },
    Part {
        name: "logs",
        what: What::LogOfRun,
        of: Owner::Type("extras.jobresult"),
        operations: &[Operation::get(Shape::List)],
    },
    Part {
        name: "members",
        what: What::Members,
        of: Owner::Type("extras.dynamicgroup"),
        operations: &[Operation::get(Shape::Members)],
    },
    Part {
        name: "notes",
        what: What::Notes,
        of: Owner::Noted,
        operations: &[
            Operation::get(Shape::Page("extras.note")),
            Operation::new(Verb::Post, Shape::Fields("extras.note", &["note"]), 201, Shape::Record("extras.note")),
        ],
    },
    Part {
        name: "run",
        what: What::RunOfQuery,
        of: Owner::Type("extras.graphqlquery"),
        operations: &[Operation::new(Verb::Post, Shape::Object, 200, Shape::Object)],
    },
    Part {
        name: "run",
        what: What::RunOfJob,
        of: Owner::Type("extras.job"),
        operations: &[Operation::new(Verb::Post, Shape::Object, 201, Shape::Object)],
    },
    Part {
        name: "variables",
        what: What::VariablesOfJob,
        of: Owner::Type("extras.job"),
        operations: &[Operation::get(Shape::List)],
    },
    Part { name: "trace", what: What::Trace, of: Owner::Cabled, operations: &[Operation::get(Shape::List)] },
];

/// The parts of a type's records.
pub fn of(content_type: &ContentType) -> impl Iterator<Item = &'static Part> {
    PARTS.iter().filter(|part| part.of.is(content_type))
}

/// The part of that name.
pub fn find(content_type: &ContentType, name: &str) -> Option<&'static Part> {
    of(content_type).find(|part| part.name == name)
}
