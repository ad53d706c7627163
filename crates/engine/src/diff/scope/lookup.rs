//! One condition on the records of a kind. The words are those of Nautobot's filters: `name__isw`, `vid__gte`.

use std::cmp::Ordering;

use crate::kind::{Field, Kind, Slot};
use crate::snapshot::RecordRef;
use crate::value::{FieldType, Value};

#[derive(Debug)]
pub(super) struct Lookup {
    slot: Slot,
    test: Test,
    values: Vec<Value>,
    sense: Sense,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sense {
    Is,
    IsNot,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Test {
    Equal,
    /// Without regard to case, as all that follow for texts.
    SameText,
    Contains,
    StartsWith,
    EndsWith,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

const WORDS: [(&str, Test, Sense); 14] = [
    ("", Test::Equal, Sense::Is),
    ("n", Test::Equal, Sense::IsNot),
    ("ie", Test::SameText, Sense::Is),
    ("nie", Test::SameText, Sense::IsNot),
    ("ic", Test::Contains, Sense::Is),
    ("nic", Test::Contains, Sense::IsNot),
    ("isw", Test::StartsWith, Sense::Is),
    ("nisw", Test::StartsWith, Sense::IsNot),
    ("iew", Test::EndsWith, Sense::Is),
    ("niew", Test::EndsWith, Sense::IsNot),
    ("lt", Test::Less, Sense::Is),
    ("lte", Test::LessOrEqual, Sense::Is),
    ("gt", Test::Greater, Sense::Is),
    ("gte", Test::GreaterOrEqual, Sense::Is),
];

impl Lookup {
    /// # Errors
    /// What is wrong, in words.
    pub(super) fn new(kind: &Kind, lookup: &str, values: &[Value]) -> Result<Self, String> {
        let (slot, word) = match (kind.slot(lookup), lookup.rsplit_once("__")) {
            (Some(slot), _) => (slot, ""),
            (None, Some((field, word))) => (kind.slot(field).ok_or_else(|| unknown_field(kind))?, word),
            (None, None) => return Err(unknown_field(kind)),
        };
        let field = kind.field(slot);
        let known = WORDS.iter().find(|(known, ..)| *known == word);
        let Some((_, test, sense)) = known.copied() else {
            let words: Vec<&str> = WORDS[1..].iter().map(|(word, ..)| *word).collect();
            return Err(format!(
                "`{word}` is nothing that can be asked of a field, and `{lookup}` is no field of {}; there are {}",
                kind.name(),
                words.join(", ")
            ));
        };
        if values.is_empty() {
            return Err("it has no values, so no record would ever fit".to_owned());
        }
        let values: Result<Vec<Value>, String> = values.iter().map(|value| test.value(field, value)).collect();
        Ok(Self { slot, test, values: values?, sense })
    }

    pub(super) fn holds(&self, record: RecordRef<'_>) -> bool {
        let found = record.value(self.slot);
        let fits = |one: &Value| self.values.iter().any(|wanted| self.test.fits(one, wanted));
        let any = match &found {
            empty @ (Value::Set(_) | Value::List(_)) if empty.is_nothing() => fits(&Value::Null),
            Value::Set(members) => members.iter().any(fits),
            Value::List(members) => members.iter().any(fits),
            one => fits(one),
        };
        any == (self.sense == Sense::Is)
    }
}

fn unknown_field(kind: &Kind) -> String {
    format!("{} has no such field; add it to its attributes, or ask for one that it has", kind.name())
}

impl Test {
    fn fits(self, found: &Value, wanted: &Value) -> bool {
        let order = |accepted: fn(Ordering) -> bool| compare(found, wanted).is_some_and(accepted);
        match self {
            Test::Equal => found == wanted || (found.is_nothing() && wanted.is_nothing()),
            Test::SameText => text(found, wanted, |found, wanted| found == wanted),
            Test::Contains => text(found, wanted, |found, wanted| found.contains(wanted)),
            Test::StartsWith => text(found, wanted, |found, wanted| found.starts_with(wanted)),
            Test::EndsWith => text(found, wanted, |found, wanted| found.ends_with(wanted)),
            Test::Less => order(Ordering::is_lt),
            Test::LessOrEqual => order(Ordering::is_le),
            Test::Greater => order(Ordering::is_gt),
            Test::GreaterOrEqual => order(Ordering::is_ge),
        }
    }

    /// What is asked for, in the form in which records have it.
    fn value(self, field: &Field, value: &Value) -> Result<Value, String> {
        let member = match field.field_type() {
            FieldType::Set(member) | FieldType::List(member) => member,
            own => own,
        };
        let normalise = || match (value, member == field.field_type()) {
            (Value::Null, _) => Ok(Value::Null),
            (value, true) => field.normalise(value.clone()).map_err(|error| error.to_string()),
            (value, false) => member.normalise(value.clone()).map_err(|error| error.to_string()),
        };
        match self {
            Test::Equal => normalise(),
            Test::SameText | Test::Contains | Test::StartsWith | Test::EndsWith => match value {
                Value::Text(text) => Ok(Value::Text(text.to_lowercase())),
                other => Err(format!("`{other}` is no text")),
            },
            Test::Less | Test::LessOrEqual | Test::Greater | Test::GreaterOrEqual => {
                let value = normalise()?;
                let ordered = compare(&value, &value).is_some();
                if ordered { Ok(value) } else { Err(format!("`{value}` is neither more nor less than anything")) }
            }
        }
    }
}

fn text(found: &Value, wanted: &Value, test: impl Fn(&str, &str) -> bool) -> bool {
    let shown = match found {
        Value::Null => return false,
        Value::Text(text) => text.to_lowercase(),
        other => other.to_string().to_lowercase(),
    };
    wanted.as_text().is_some_and(|wanted| test(&shown, wanted))
}

/// The order of two numbers or two times.
fn compare(one: &Value, other: &Value) -> Option<Ordering> {
    match (one, other) {
        (Value::Int(one), Value::Int(other)) => Some(one.cmp(other)),
        (Value::Decimal(one), Value::Decimal(other)) => Some(one.cmp(other)),
        (Value::Float(one), Value::Float(other)) => one.partial_cmp(other),
        (Value::DateTime(one), Value::DateTime(other)) => Some(one.cmp(other)),
        (Value::Duration(one), Value::Duration(other)) => Some(one.cmp(other)),
        _ => None,
    }
}
