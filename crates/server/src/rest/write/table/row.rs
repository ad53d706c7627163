//! One row as an object. `NULL` and `NoObject` are null wherever they stand, so that no text can be just one of these words;
//! an empty cell is null where null may be, and an empty text elsewhere.

use serde_json::{Value as Json, json};

use super::header::{Counted, From, Header, Lookup, Reads, WHOLE};
use crate::rest::render::Holds;
use crate::rest::table::{NO_OBJECT, NULL};
use crate::rest::write::body::Object;
use crate::rest::write::errors::FieldErrors;

const NO_JSON: &str = "Value must be valid JSON.";

/// The object of a row, and what is wrong with it.
pub fn read(header: &Header, record: &csv::StringRecord) -> (Object, FieldErrors) {
    let mut object = Object::new();
    let mut errors = FieldErrors::default();
    if record.len() != header.width {
        let line = record.position().map(|place| format!("Line {} has", place.line())).unwrap_or_default();
        errors.add(WHOLE, format!("{line} {} cells, the header has {}.", record.len(), header.width));
        return (object, errors);
    }
    let cell = |column: &usize| record.get(*column).unwrap_or_default();
    for taken in &header.fields {
        let value = match &taken.from {
            From::Cell(column, reads) => value(cell(column), *reads),
            From::Lookups(lookups, Counted::One) => Ok(one(lookups, cell)),
            From::Lookups(lookups, Counted::Many) => many(&taken.name, lookups, cell),
            From::CustomFields(fields) => {
                let members =
                    fields.iter().map(|(key, holds, column)| Ok((key.clone(), custom(cell(column), *holds)?)));
                members.collect::<Result<Object, String>>().map(Json::Object)
            }
        };
        match value {
            Ok(value) => {
                object.insert(taken.name.clone(), value);
            }
            Err(message) => errors.add(&taken.name, message),
        }
    }
    (object, errors)
}

fn is_nothing(cell: &str) -> bool {
    cell == NULL || cell == NO_OBJECT
}

fn value(cell: &str, reads: Reads) -> Result<Json, String> {
    Ok(match reads {
        Reads::List if cell.trim().is_empty() || is_nothing(cell) => json!([]),
        Reads::List => cell.split(',').map(Json::from).collect(),
        _ if is_nothing(cell) => Json::Null,
        Reads::Text { nullable: true } if cell.is_empty() => Json::Null,
        Reads::Text { .. } => Json::from(cell),
        Reads::Choices => choices(cell)?,
        Reads::Json => any_json(cell)?,
    })
}

/// What a reference is to be found by; null when nothing is said at all.
fn one<'c>(lookups: &[Lookup], cell: impl Fn(&usize) -> &'c str) -> Json {
    let cells = lookups.iter().map(|lookup| (lookup, cell(&lookup.column)));
    if cells.clone().all(|(_, cell)| cell.is_empty() || cell == NO_OBJECT) {
        return Json::Null;
    }
    cells.map(|(lookup, cell)| (lookup.path.clone(), attribute(lookup, cell))).collect::<Object>().into()
}

/// The same for each record of a to-many field: the first parts of all cells name the first, and so on.
fn many<'c>(name: &str, lookups: &[Lookup], cell: impl Fn(&usize) -> &'c str) -> Result<Json, String> {
    if lookups.iter().all(|lookup| cell(&lookup.column).is_empty() || is_nothing(cell(&lookup.column))) {
        return Ok(json!([]));
    }
    let parts: Vec<Vec<&str>> = lookups.iter().map(|lookup| cell(&lookup.column).split(',').collect()).collect();
    let count = parts.iter().map(Vec::len).max().unwrap_or_default();
    if parts.iter().any(|parts| parts.len() != count) {
        return Err(format!("The columns of `{name}` name different numbers of objects."));
    }
    let object = |place: usize| -> Json {
        let attributes = lookups.iter().zip(&parts);
        attributes
            .map(|(lookup, parts)| (lookup.path.clone(), attribute(lookup, parts[place])))
            .collect::<Object>()
            .into()
    };
    Ok((0..count).map(object).collect())
}

fn attribute(lookup: &Lookup, cell: &str) -> Json {
    if is_nothing(cell) || cell.is_empty() && lookup.nullable { Json::Null } else { Json::from(cell) }
}

fn custom(cell: &str, holds: Holds) -> Result<Json, String> {
    Ok(match holds {
        _ if cell.is_empty() || is_nothing(cell) => Json::Null,
        Holds::Value => Json::from(cell),
        Holds::Choices => choices(cell)?,
        Holds::Json => any_json(cell)?,
    })
}

fn choices(cell: &str) -> Result<Json, String> {
    if cell.trim_start().starts_with('[') {
        return any_json(cell);
    }
    Ok(cell.split(',').map(str::trim).filter(|choice| !choice.is_empty()).map(Json::from).collect())
}

/// JSON as it is written. Whatever is none is read as a list, as Nautobot does; what begins like JSON is meant to be some.
fn any_json(cell: &str) -> Result<Json, String> {
    match serde_json::from_str(cell) {
        Ok(json) => Ok(json),
        Err(_) if cell.trim_start().starts_with(['{', '[', '"']) => Err(NO_JSON.to_owned()),
        Err(_) => Ok(cell.split(',').map(|item| Json::from(item.trim())).collect()),
    }
}
