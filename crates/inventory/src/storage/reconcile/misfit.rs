//! What stands between a stored table and its content type, in words for people.

use std::fmt;

/// Something that cannot be done to a table without losing what records hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    pub content_type: String,
    pub cause: MisfitCause,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MisfitCause {
    /// A field is required, and records hold nothing in it.
    Required { field: String, records: i64 },
    /// A field holds something else, and records hold what it held before.
    Holds { field: String, was: String, is: String, records: i64 },
    /// The records are rows that others keep, and the table of before holds records.
    KeptElsewhere { records: i64 },
    /// Fields must be unique together, and records are alike in them.
    Repeated { fields: String, example: String },
}

/// Everything that is in the way, told at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfits(pub Vec<Misfit>);

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.content_type;
        match &self.cause {
            MisfitCause::Required { field, records } => write!(
                f,
                "{name}: `{field}` is required, and {} in it; open the inventory without `required`, give every record \
                 a value, then require it",
                holding(*records, "nothing")
            ),
            MisfitCause::Holds { field, was, is, records } => write!(
                f,
                "{name}: `{field}` held {was} and is {is} now, and {} in it; give the new field another name, or open \
                 the inventory with {was} and empty the field first",
                holding(*records, "a value")
            ),
            MisfitCause::KeptElsewhere { records } => write!(
                f,
                "{name}: its records are kept elsewhere now, and its table of before still holds {records}; open the \
                 inventory with the earlier version and delete them first"
            ),
            MisfitCause::Repeated { fields, example } => write!(
                f,
                "{name}: {fields} must be unique, and several records hold {example}; open the inventory without \
                 `unique`, change those records, then make it unique"
            ),
        }
    }
}

fn holding(records: i64, what: &str) -> String {
    if records == 1 { format!("1 record holds {what}") } else { format!("{records} records hold {what}") }
}

impl fmt::Display for Misfits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for misfit in &self.0 {
            write!(f, "\n  {misfit}")?;
        }
        Ok(())
    }
}
