//! What hangs below the URL of a record, such as `/notes/`: one line for each part. A path that is in no line is not
//! there; what a line names, `object::part` answers.

use trueup_inventory::model::ContentType;

use super::methods::Verb;
use super::operation::{Operation, Shape};

/// One part of records.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// The last part of its path.
    pub name: &'static str,
    pub of: Owner,
    pub operations: &'static [Operation],
}

/// Whose records have a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// Those that may carry notes.
    Noted,
    /// Those of that content type.
    Type(&'static str),
}

impl Owner {
    fn is(self, content_type: &ContentType) -> bool {
        match self {
            Self::Noted => content_type.has_notes(),
            Self::Type(name) => content_type.name() == name,
        }
    }
}

const PARTS: &[Part] = &[Part {
    name: "notes",
    of: Owner::Noted,
    operations: &[
        Operation::get(Shape::Page("extras.note")),
        Operation::new(Verb::Post, Shape::Fields("extras.note", &["note"]), 201, Shape::Record("extras.note")),
    ],
}];

/// The parts of a type's records.
pub fn of(content_type: &ContentType) -> impl Iterator<Item = &'static Part> {
    PARTS.iter().filter(|part| part.of.is(content_type))
}

/// The part of that name.
pub fn find(content_type: &ContentType, name: &str) -> Option<&'static Part> {
    of(content_type).find(|part| part.name == name)
}
