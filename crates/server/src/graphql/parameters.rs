//! The filters of a content type with the types of their values, as arguments of a list.
//!
//! The names are those that [`ListRequest`](trueup_inventory::ListRequest) takes. That an argument is here says nothing
//! of what it finds: the inventory decides, and refuses what it does not know.

use trueup_inventory::model::{ContentType, FieldKind, ScalarType, Visibility};

use super::definitions::{CustomKind, Definition};
use super::names;

/// A filter as an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// The name of the argument.
    pub argument: String,
    /// The name of the filter, where it is another one.
    pub filter: Option<String>,
    pub values: Values,
}

/// What an argument takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    Texts,
    Numbers,
    Boolean,
    Text,
}

impl Values {
    /// The type as GraphQL writes it.
    pub fn input(self) -> &'static str {
        match self {
            Self::Texts => "[String]",
            Self::Numbers => "[Int]",
            Self::Boolean => "Boolean",
            Self::Text => "String",
        }
    }
}

/// The arguments of every list besides its filters.
pub const PAGE: [&str; 2] = ["limit", "offset"];

const TEXT: [&str; 15] = [
    "", "__n", "__ic", "__nic", "__isw", "__nisw", "__iew", "__niew", "__ie", "__nie", "__re", "__nre", "__ire",
    "__nire", "__isnull",
];
const RANGE: [&str; 7] = ["", "__n", "__gt", "__gte", "__lt", "__lte", "__isnull"];
const EXACT: [&str; 3] = ["", "__n", "__isnull"];

/// Every filter of a content type.
pub fn of(content_type: &ContentType, definitions: &[Definition]) -> Vec<Parameter> {
    let mut found = Found::default();
    found.add("q", &[""], Values::Text);
    found.add("id", &["", "__n"], Values::Texts);
    for field in content_type.fields() {
        if !field.is_filtered() || matches!(field.visibility(), Visibility::WriteOnly | Visibility::Hidden) {
            continue;
        }
        let name = field.name();
        match field.kind() {
            FieldKind::Scalar(scalar) => match scalar.scalar_type() {
                ScalarType::Bool => found.add(name, &[""], Values::Boolean),
                ScalarType::Int => found.add(name, &RANGE, Values::Numbers),
                ScalarType::Decimal
                | ScalarType::Float
                | ScalarType::DateTime
                | ScalarType::Date
                | ScalarType::Duration => found.add(name, &RANGE, Values::Texts),
                ScalarType::Text | ScalarType::Mac => found.add(name, &TEXT, Values::Texts),
                ScalarType::Json => {}
                ScalarType::Ip
                | ScalarType::Interface
                | ScalarType::Prefix
                | ScalarType::Uuid
                | ScalarType::ContentType => found.add(name, &EXACT, Values::Texts),
            },
            FieldKind::Composite(_) => found.add(name, &["", "__n"], Values::Texts),
            FieldKind::Reference(_) => {
                found.add(name, &EXACT, Values::Texts);
                found.add(&format!("{name}_id"), &["", "__n"], Values::Texts);
                found.add(&format!("has_{name}"), &[""], Values::Boolean);
            }
            FieldKind::Alias(_) => found.add(name, &["", "__n"], Values::Texts),
            FieldKind::Many(_) | FieldKind::Reverse(_) => {
                found.add(name, &EXACT, Values::Texts);
                found.add(&format!("has_{name}"), &[""], Values::Boolean);
            }
            FieldKind::Generic(_) | FieldKind::Made(_) => {}
        }
    }
    special(content_type, &mut found);
    if content_type.has_custom_fields() {
        for definition in definitions.iter().filter(|one| one.content_types.iter().any(|it| it == content_type.name()))
        {
            let (suffixes, values): (&[&str], Values) = match definition.kind {
                CustomKind::Integer => (&RANGE, Values::Numbers),
                CustomKind::Boolean => (&[""], Values::Boolean),
                CustomKind::Json => continue,
                CustomKind::Text | CustomKind::Texts => (&TEXT, Values::Texts),
            };
            found.add_named(&names::custom_field(&definition.key), &format!("cf_{}", definition.key), suffixes, values);
        }
    }
    found.0
}

/// Filters that no field stands for.
fn special(content_type: &ContentType, found: &mut Found) {
    let texts: &[&str] = match content_type.name() {
        "ipam.prefix" => &["within", "within_include", "contains"],
        "ipam.ipaddress" => &["prefix", "device", "device_id", "virtual_machine", "virtual_machine_id", "interfaces"],
        "dcim.interface" => &["device", "device_id", "kind", "virtual_machine", "virtual_machine_id"],
        "dcim.location" => &["subtree"],
        "dcim.cable" => &["device", "device_id"],
        _ => &[],
    };
    let booleans: &[&str] = match content_type.name() {
        "ipam.ipaddress" => &["has_interface_assignments"],
        "dcim.interface" => &["has_cable", "connected"],
        _ => &[],
    };
    texts.iter().for_each(|name| found.add(name, &[""], Values::Texts));
    booleans.iter().for_each(|name| found.add(name, &[""], Values::Boolean));
}

#[derive(Default)]
struct Found(Vec<Parameter>);

impl Found {
    fn add(&mut self, name: &str, suffixes: &[&str], values: Values) {
        self.add_named(name, name, suffixes, values);
    }

    fn add_named(&mut self, argument: &str, filter: &str, suffixes: &[&str], values: Values) {
        for suffix in suffixes {
            let name = format!("{argument}{suffix}");
            if self.0.iter().any(|known| known.argument == name) {
                continue;
            }
            let filter = (argument != filter).then(|| format!("{filter}{suffix}"));
            let values = if *suffix == "__isnull" { Values::Boolean } else { values };
            self.0.push(Parameter { argument: name, filter, values });
        }
    }
}
