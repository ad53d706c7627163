//! Filters by plain values: a column, a suffix, and values in the form that a query string has.

use jiff::Timestamp;
use jiff::civil;
use rust_decimal::Decimal;
use trueup_engine::Value;
use uuid::Uuid;

use super::fault::{Fault, no_choice};
use super::fragment::Fragment;
use super::parameter::{Lookup, Sense, Suffix};
use super::text;
use crate::model::{Choice, ContentType, Registry, ScalarType};
use crate::storage::{Cell, Dialect, RecordId};

/// A column of plain values, or an expression that acts as one.
pub(super) struct Column<'a> {
    pub sql: Fragment,
    pub scalar_type: ScalarType,
    pub choices: Option<&'a [Choice]>,
}

/// A column of `t0`, by the name of its field.
pub(super) fn own_column(content_type: &ContentType, field: &str) -> Result<String, Fault> {
    let column = content_type.field(field).and_then(|field| field.column).ok_or(Fault::Unknown)?;
    Ok(format!("t0.\"{}\"", content_type.columns[column].name))
}

/// The condition; none when the filter says nothing, such as a boolean that is neither true nor false.
pub(super) fn condition(
    dialect: Dialect,
    registry: &Registry,
    column: &Column<'_>,
    suffix: Suffix,
    values: &[String],
) -> Result<Option<Fragment>, Fault> {
    let sql = &column.sql;
    let found = match suffix.lookup {
        Lookup::IsNull => return Ok(flag(values).map(|is_null| null(sql, is_null))),
        Lookup::Exact => match column.scalar_type {
            ScalarType::Bool if suffix.sense == Sense::Exclude => return Err(Fault::Unknown),
            ScalarType::Bool => {
                return Ok(flag(values).map(|flag| sql.clone().equals(vec![Cell::Int(flag.into())])));
            }
            // What a JSON field holds has no spelling in a query string; whether it holds anything has.
            ScalarType::Json => return Ok(flag(values).map(|filled| null(sql, !filled))),
            _ => {
                let cells = cells(registry, column, values)?;
                if cells.is_empty() {
                    return Ok(None);
                }
                sql.clone().equals(cells)
            }
        },
        Lookup::Text(lookup) => {
            let sql = match column.scalar_type {
                ScalarType::Text => sql.clone(),
                ScalarType::Mac => Fragment { sql: dialect.mac_text(&sql.sql), cells: Vec::new() },
                _ => return Err(Fault::Unknown),
            };
            let mut conditions = Vec::with_capacity(values.len());
            for value in values {
                conditions.push(text::compare(dialect, &sql, lookup, value).map_err(Fault::value)?);
            }
            Fragment::any(conditions)
        }
        Lookup::Range(range) => {
            let sql = match column.scalar_type {
                ScalarType::Int
                | ScalarType::Float
                | ScalarType::DateTime
                | ScalarType::Date
                | ScalarType::Duration => sql.clone(),
                ScalarType::Decimal => Fragment { sql: dialect.number(&sql.sql), cells: sql.cells.clone() },
                _ => return Err(Fault::Unknown),
            };
            let conditions = cells(registry, column, values)?.into_iter().map(|cell| {
                let cell = match (column.scalar_type, cell) {
                    (ScalarType::Decimal, Cell::Text(text)) => text.parse().map_or(Cell::Null, Cell::Real),
                    (_, cell) => cell,
                };
                sql.clone().then(&format!(" {} ", range.operator()), Fragment::new("?").bind(cell))
            });
            let conditions: Vec<Fragment> = conditions.collect();
            if conditions.is_empty() {
                return Ok(None);
            }
            Fragment::any(conditions)
        }
    };
    Ok(Some(match suffix.sense {
        Sense::Keep => found,
        Sense::Exclude => found.not(),
    }))
}

pub(super) fn null(expression: &Fragment, is_null: bool) -> Fragment {
    expression.clone().within("", if is_null { " IS NULL" } else { " IS NOT NULL" })
}

/// The boolean that a filter asks for: the last value that is one.
pub(super) fn flag(values: &[String]) -> Option<bool> {
    values.last().and_then(|value| match value.trim().to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    })
}

/// What the column holds for these values. Empty texts say nothing, except where the column holds texts.
fn cells(registry: &Registry, column: &Column<'_>, values: &[String]) -> Result<Vec<Cell>, Fault> {
    let mut cells = Vec::with_capacity(values.len());
    let mut messages = Vec::new();
    let keeps_empty = column.scalar_type == ScalarType::Text && column.choices.is_none();
    for value in values.iter().filter(|value| keeps_empty || !value.trim().is_empty()) {
        if let Some(choices) = column.choices
            && !choices.iter().any(|choice| choice.value == *value)
        {
            messages.push(no_choice(value));
            continue;
        }
        match cell(registry, column.scalar_type, value) {
            Ok(cell) => cells.push(cell),
            Err(message) => messages.push(message),
        }
    }
    if messages.is_empty() { Ok(cells) } else { Err(Fault::Values(messages)) }
}

/// A value as its column holds it, or what is wrong with it.
pub(super) fn cell(registry: &Registry, scalar_type: ScalarType, value: &str) -> Result<Cell, String> {
    let trimmed = value.trim();
    let wrong = |message: &str| message.to_owned();
    let from_value = |value: Value, message: &str| Cell::from_value(scalar_type, value).ok_or_else(|| wrong(message));
    match scalar_type {
        ScalarType::Text => Ok(Cell::Text(value.to_owned())),
        ScalarType::Bool => flag(&[value.to_owned()])
            .map(|flag| Cell::Int(flag.into()))
            .ok_or_else(|| wrong("Must be a valid boolean.")),
        ScalarType::Int | ScalarType::Duration => whole_number(trimmed).ok_or_else(|| wrong("Enter a whole number.")),
        ScalarType::Decimal => {
            let number = trimmed.parse::<Decimal>().map_err(|_| wrong("Enter a number."))?;
            from_value(Value::Decimal(number), "Enter a number.")
        }
        ScalarType::Float => match trimmed.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Cell::Real(number)),
            _ => Err(wrong("Enter a number.")),
        },
        ScalarType::DateTime => instant(trimmed)
            .map(|instant| Cell::Int(instant.as_microsecond()))
            .ok_or_else(|| wrong("Enter a valid date/time.")),
        ScalarType::Date => trimmed
            .parse::<civil::Date>()
            .map(|day| Cell::Text(day.to_string()))
            .map_err(|_| wrong("Enter a valid date.")),
        ScalarType::Uuid => uuid(trimmed).map(Cell::Id).ok_or_else(|| wrong("Enter a valid UUID.")),
        ScalarType::Ip => trimmed.parse().map(Cell::ip).map_err(|_| wrong("Enter a valid IPv4 or IPv6 address.")),
        ScalarType::Interface | ScalarType::Prefix | ScalarType::Mac => {
            let message = match scalar_type {
                ScalarType::Mac => "Enter a valid MAC address.",
                ScalarType::Prefix => "Enter a valid network.",
                _ => "Enter a valid address.",
            };
            let value = scalar_type.field_type().normalise(Value::from(trimmed)).map_err(|_| wrong(message))?;
            from_value(value, message)
        }
        ScalarType::ContentType => match registry.content_type(trimmed) {
            Ok(content_type) => Ok(Cell::Text(content_type.name().to_owned())),
            Err(_) => Err(no_choice(value)),
        },
        ScalarType::Json => Err(wrong("Nothing can be compared with this field.")),
    }
}

/// A number of any size; one that no column can hold becomes the greatest or least that it can.
fn whole_number(text: &str) -> Option<Cell> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let beyond = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    Some(Cell::Int(text.parse().unwrap_or(beyond)))
}

/// An instant, or a date with or without a time, which is then in UTC.
fn instant(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().or_else(|| {
        let at_midnight = || text.parse::<civil::Date>().map(civil::DateTime::from);
        let civil = text.parse::<civil::DateTime>().or_else(|_| at_midnight()).ok()?;
        Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    })
}

/// A UUID as people write it; other forms that a library may read are names.
pub(super) fn uuid(text: &str) -> Option<RecordId> {
    let plain = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let hyphenated = text.len() == 36;
    (plain || hyphenated).then(|| Uuid::parse_str(text).ok().map(RecordId)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_beyond_all_columns_are_numbers() {
        let cases = [
            ("12", Some(12)),
            ("-3", Some(-3)),
            ("99999999999999999999", Some(i64::MAX)),
            ("-99999999999999999999", Some(i64::MIN)),
            ("1.5", None),
            ("", None),
            ("-", None),
            ("0x10", None),
        ];
        for (text, expected) in cases {
            assert_eq!(whole_number(text), expected.map(Cell::Int), "{text}");
        }
    }

    #[test]
    fn instants_may_leave_things_out() {
        let midnight: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
        let cases = [
            ("2026-11-23", Some(midnight)),
            ("2026-11-23 00:00:00", Some(midnight)),
            ("2026-11-23T00:00", Some(midnight)),
            ("2026-11-23T01:00:00+01:00", Some(midnight)),
            ("yesterday", None),
            ("2026-13-01", None),
        ];
        for (text, expected) in cases {
            assert_eq!(instant(text), expected, "{text}");
        }
    }
}
