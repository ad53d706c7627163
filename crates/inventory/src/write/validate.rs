//! Whether a value may stand in a field, and how it is stored.

use rust_decimal::Decimal;
use trueup_engine::Value;

use super::error::WriteErrorCause as Cause;
use crate::model::{Field, Registry, Scalar, ScalarType, hint};
use crate::storage::Cell;

/// Checks a value against its field and gives the cell that stores it. Null in a field that cannot be null means that
/// nothing is said: the field gets its default.
pub(crate) fn scalar_cell(registry: &Registry, field: &Field, scalar: &Scalar, value: &Value) -> Result<Cell, Cause> {
    let name = || field.name().to_owned();
    let field_type = scalar.scalar_type().field_type();
    let value = match value {
        Value::Text(text) if text.is_empty() && scalar.blank_is_null => Value::Null,
        Value::Text(text)
            if text.trim().is_empty() && field.is_nullable() && scalar.scalar_type() != ScalarType::Text =>
        {
            Value::Null
        }
        value => field_type.normalise(value.clone()).map_err(|source| Cause::Invalid { field: name(), source })?,
    };
    if value.is_null() {
        return match &field.default {
            _ if field.is_nullable() => Ok(Cell::Null),
            Some(default) => Ok(Cell::from_value(scalar.scalar_type(), default.clone()).unwrap_or_default()),
            None => Err(Cause::Required { field: name() }),
        };
    }
    let value = match scalar.scalar_type() {
        ScalarType::Date => Value::Text(day(field, &value)?),
        ScalarType::ContentType => Value::Text(known_content_type(registry, field, &value)?),
        _ => value,
    };
    match &value {
        Value::Text(text) => check_text(field, scalar, text)?,
        Value::Int(int) => check_range(field, scalar, Decimal::from(*int))?,
        Value::Decimal(decimal) => {
            check_range(field, scalar, *decimal)?;
            if let Some(places) = scalar.places
                && decimal.normalize().scale() > places
            {
                return Err(Cause::TooPrecise { field: name(), value: decimal.to_string(), places });
            }
        }
        _ => {}
    }
    Cell::from_value(scalar.scalar_type(), value.clone()).ok_or_else(|| Cause::Unstorable {
        field: name(),
        value: value.to_string(),
        wanted: format!("{:?}", scalar.scalar_type()).to_lowercase(),
    })
}

/// A day of the calendar, as `2026-11-23`; of a date-time, its day.
fn day(field: &Field, value: &Value) -> Result<String, Cause> {
    let text = value.as_text().unwrap_or_default().trim();
    text.parse::<jiff::civil::Date>().map(|day| day.to_string()).map_err(|_| Cause::Unstorable {
        field: field.name().to_owned(),
        value: text.to_owned(),
        wanted: "date".to_owned(),
    })
}

fn known_content_type(registry: &Registry, field: &Field, value: &Value) -> Result<String, Cause> {
    let name = value.as_text().unwrap_or_default();
    if registry.content_type(name).is_ok() {
        return Ok(name.to_owned());
    }
    let names: Vec<&str> = registry.content_types().map(|content_type| content_type.name()).collect();
    let hint = hint(name, names);
    Err(Cause::UnknownContentType { field: field.name().to_owned(), value: name.to_owned(), hint })
}

fn check_text(field: &Field, scalar: &Scalar, text: &str) -> Result<(), Cause> {
    let name = || field.name().to_owned();
    if text.is_empty() {
        return if field.is_required() { Err(Cause::Required { field: name() }) } else { Ok(()) };
    }
    if let Some(most) = scalar.max_length
        && text.len() > most
    {
        let length = text.chars().count();
        if length > most {
            return Err(Cause::TooLong { field: name(), length, most });
        }
    }
    if let Some(values) = &scalar.choice_values
        && !values.contains(text)
    {
        let hint = hint(text, values.iter().map(String::as_str));
        let hint = if values.len() > 12 && hint.starts_with("; it has") { String::new() } else { hint };
        return Err(Cause::NotAChoice { field: name(), value: text.to_owned(), hint });
    }
    if let Some(pattern) = &scalar.pattern
        && !pattern.is_match(text)
    {
        let help = field.help().map(str::to_owned);
        return Err(Cause::Form { field: name(), value: text.to_owned(), help });
    }
    Ok(())
}

fn check_range(field: &Field, scalar: &Scalar, value: Decimal) -> Result<(), Cause> {
    let low = scalar.min.is_some_and(|min| value < min);
    let high = scalar.max.is_some_and(|max| value > max);
    if !low && !high {
        return Ok(());
    }
    Err(Cause::OutOfRange {
        field: field.name().to_owned(),
        value: value.to_string(),
        min: scalar.min.map(|min| min.to_string()),
        max: scalar.max.map(|max| max.to_string()),
    })
}
