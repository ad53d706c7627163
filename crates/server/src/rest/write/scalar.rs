//! Plain values as clients send them, leniently: `"2"` is an int, `"false"` a bool, 5 a text, and white space around a
//! text is nobody's meaning.

use jiff::civil;
use jiff::tz::TimeZone;
use serde_json::Value as Json;
use trueup_engine::Value;
use trueup_inventory::model::{Field, Scalar, ScalarType};

pub const NOT_NULL: &str = "This field may not be null.";
pub const NOT_BLANK: &str = "This field may not be blank.";
pub const NO_TEXT: &str = "Not a valid string.";
pub const NO_INT: &str = "A valid integer is required.";
pub const NO_NUMBER: &str = "A valid number is required.";
pub const NO_BOOL: &str = "Must be a valid boolean.";
pub const NO_UUID: &str = "Must be a valid UUID.";
pub const NO_DATE: &str = "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.";
pub const NO_DATETIME: &str = "Datetime has wrong format. Use one of these formats instead: \
                               YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].";
const NO_CHOICE: &str = "A choice is named by its value, as text or as an object with `value`.";
const NO_DURATION: &str = "Duration has wrong format. Use one of these formats instead: [DD] [HH:[MM:]]ss[.uuuuuu].";
const NO_NUL: &str = "Null characters are not allowed.";

const TRUE: [&str; 6] = ["true", "t", "yes", "y", "on", "1"];
const FALSE: [&str; 6] = ["false", "f", "no", "n", "off", "0"];

/// The value of a field.
///
/// # Errors
/// What is wrong with it, in the words of the contract. Whether a value is in range, is a choice, or is too long, is the
/// inventory's business.
pub fn read(field: &Field, scalar: &Scalar, json: &Json) -> Result<Value, String> {
    let json = match json {
        Json::Object(choice) if scalar.choices().is_some() => choice.get("value").ok_or(NO_CHOICE)?,
        json => json,
    };
    if json.is_null() {
        return match scalar.choices() {
            _ if field.is_nullable() => Ok(Value::Null),
            // A choice that is not made is blank, and shown as null.
            Some(_) if !field.is_required() => Ok(Value::from("")),
            _ => Err(NOT_NULL.to_owned()),
        };
    }
    let read = match scalar.scalar_type() {
        ScalarType::Text => text(field, json),
        ScalarType::ContentType => text(field, json),
        ScalarType::Int => int(json),
        ScalarType::Bool => bool(json),
        ScalarType::Decimal | ScalarType::Float => number(json),
        ScalarType::DateTime => datetime(field, json),
        ScalarType::Date => date(field, json),
        ScalarType::Duration => duration(json).ok_or(NO_DURATION),
        ScalarType::Uuid => uuid(field, json),
        ScalarType::Ip | ScalarType::Interface | ScalarType::Prefix | ScalarType::Mac => address(field, json),
        ScalarType::Json => Ok(Value::from_json(json.clone())),
    };
    read.map_err(str::to_owned)
}

fn text(field: &Field, json: &Json) -> Result<Value, &'static str> {
    let text = match json {
        Json::String(text) => text.trim().to_owned(),
        Json::Number(number) => number.to_string(),
        _ => return Err(NO_TEXT),
    };
    if text.contains('\0') {
        return Err(NO_NUL);
    }
    if text.is_empty() && field.is_required() {
        return Err(NOT_BLANK);
    }
    Ok(Value::from(text))
}

fn int(json: &Json) -> Result<Value, &'static str> {
    // Beyond that not every whole number is a float.
    const MOST: f64 = 9_007_199_254_740_992.0;
    let whole = |float: f64| (float.fract() == 0.0 && float.abs() <= MOST).then_some(Value::Int(float as i64));
    let int = match json {
        Json::Number(number) => number.as_i64().map(Value::Int).or_else(|| number.as_f64().and_then(whole)),
        Json::String(text) => {
            let text = text.trim();
            // `2.0` is an int, as is `2.`.
            let text =
                text.split_once('.').filter(|(_, zeros)| zeros.chars().all(|c| c == '0')).map_or(text, |(int, _)| int);
            text.parse().ok().map(Value::Int)
        }
        _ => None,
    };
    int.ok_or(NO_INT)
}

fn bool(json: &Json) -> Result<Value, &'static str> {
    let said = match json {
        Json::Bool(bool) => return Ok(Value::Bool(*bool)),
        Json::Number(number) => number.to_string(),
        Json::String(text) => text.trim().to_ascii_lowercase(),
        _ => return Err(NO_BOOL),
    };
    match said.as_str() {
        said if TRUE.contains(&said) => Ok(Value::Bool(true)),
        said if FALSE.contains(&said) => Ok(Value::Bool(false)),
        _ => Err(NO_BOOL),
    }
}

fn number(json: &Json) -> Result<Value, &'static str> {
    let text = match json {
        Json::Number(number) => number.to_string(),
        Json::String(text) => text.trim().to_owned(),
        _ => return Err(NO_NUMBER),
    };
    let plain = text.parse::<trueup_engine::value::Decimal>().map(Value::Decimal).ok();
    let plain = plain.or_else(|| text.parse::<f64>().ok().filter(|float| float.is_finite()).map(Value::Float));
    plain.ok_or(NO_NUMBER)
}

/// An instant; one without a zone is meant in UTC.
fn datetime(field: &Field, json: &Json) -> Result<Value, &'static str> {
    let text = json.as_str().ok_or(NO_DATETIME)?.trim();
    if text.is_empty() && field.is_nullable() {
        return Ok(Value::Null);
    }
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Ok(Value::DateTime(instant));
    }
    let has_time = text.contains(':');
    let local = text.parse::<civil::DateTime>().ok().filter(|_| has_time).ok_or(NO_DATETIME)?;
    local.to_zoned(TimeZone::UTC).map(|zoned| Value::DateTime(zoned.timestamp())).map_err(|_| NO_DATETIME)
}

fn date(field: &Field, json: &Json) -> Result<Value, &'static str> {
    let text = json.as_str().ok_or(NO_DATE)?.trim();
    if text.is_empty() && field.is_nullable() {
        return Ok(Value::Null);
    }
    let is_day = text.len() == 10 && text.parse::<civil::Date>().is_ok();
    if is_day { Ok(Value::from(text)) } else { Err(NO_DATE) }
}

/// `[days] [hours:[minutes:]]seconds[.fraction]` in microseconds.
fn duration(json: &Json) -> Option<Value> {
    let text = match json {
        Json::Number(number) => number.to_string(),
        Json::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    let (sign, text) = text.strip_prefix('-').map_or((1, text.as_str()), |rest| (-1, rest));
    let (days, clock) = text.split_once(' ').map_or(("0", text), |(days, clock)| (days, clock.trim()));
    let mut parts = clock.rsplit(':');
    let (seconds, fraction) = parts.next()?.split_once('.').unwrap_or((parts_seconds(clock), "0"));
    let minutes = parts.next().unwrap_or("0");
    let hours = parts.next().unwrap_or("0");
    if parts.next().is_some() || fraction.is_empty() || fraction.len() > 6 {
        return None;
    }
    let digits =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i64>().ok()).flatten();
    let whole = digits(days)?
        .checked_mul(24)?
        .checked_add(digits(hours)?)?
        .checked_mul(60)?
        .checked_add(digits(minutes)?)?
        .checked_mul(60)?
        .checked_add(digits(seconds)?)?
        .checked_mul(1_000_000)?;
    let micros = whole.checked_add(digits(&format!("{fraction:0<6}"))?)?;
    Some(Value::Int(sign * micros))
}

/// What stands after the last colon.
fn parts_seconds(clock: &str) -> &str {
    clock.rsplit(':').next().unwrap_or(clock)
}

fn uuid(field: &Field, json: &Json) -> Result<Value, &'static str> {
    match json.as_str().map(str::trim) {
        Some("") if field.is_nullable() => Ok(Value::Null),
        Some(text) if uuid::Uuid::parse_str(text).is_ok() => Ok(Value::from(text)),
        _ => Err(NO_UUID),
    }
}

/// Whether it is an address, and one of the right kind, is the inventory's business.
fn address(field: &Field, json: &Json) -> Result<Value, &'static str> {
    match json.as_str().map(str::trim) {
        Some("") if field.is_nullable() => Ok(Value::Null),
        Some("") => Err(NOT_BLANK),
        Some(text) => Ok(Value::from(text)),
        None => Err(NO_TEXT),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use trueup_inventory::Registry;
    use trueup_inventory::model::FieldKind;

    use super::*;

    fn shown(content_type: &str, field: &str, json: &Json) -> String {
        let registry = Registry::embedded().unwrap();
        let content_type = registry.content_type(content_type).unwrap();
        let field = content_type.field(field).unwrap();
        let FieldKind::Scalar(scalar) = field.kind() else { panic!("{} is no plain field", field.name()) };
        read(field, scalar, json).map_or_else(|error| error, |value| format!("{value} ({})", value.type_name()))
    }

    #[test]
    fn values_are_read_leniently() {
        let cases = [
            ("tenancy.tenant", "name", json!(" a "), "a (text)"),
            ("tenancy.tenant", "name", json!(5), "5 (text)"),
            ("tenancy.tenant", "name", json!(true), NO_TEXT),
            ("tenancy.tenant", "name", json!(["a"]), NO_TEXT),
            ("tenancy.tenant", "name", json!(" "), NOT_BLANK),
            ("tenancy.tenant", "name", json!(null), NOT_NULL),
            ("tenancy.tenant", "name", json!("a\u{0}"), NO_NUL),
            ("tenancy.tenant", "description", json!(""), " (text)"),
            ("tenancy.tenant", "description", json!(null), NOT_NULL),
            ("dcim.device", "name", json!(null), "None (null)"),
            ("dcim.device", "position", json!("2"), "2 (int)"),
            ("dcim.device", "position", json!("2.0"), "2 (int)"),
            ("dcim.device", "position", json!(2.0), "2 (int)"),
            ("dcim.device", "position", json!(2.5), NO_INT),
            ("dcim.device", "position", json!(""), NO_INT),
            ("dcim.device", "position", json!(true), NO_INT),
            ("dcim.device", "position", json!("1e400"), NO_INT),
            ("dcim.device", "face", json!({ "value": "front", "label": "Front" }), "front (text)"),
            ("dcim.device", "face", json!(null), " (text)"),
            ("dcim.device", "face", json!({ "label": "Front" }), NO_CHOICE),
            ("dcim.interface", "enabled", json!("False"), "False (bool)"),
            ("dcim.interface", "enabled", json!(1), "True (bool)"),
            ("dcim.interface", "enabled", json!("maybe"), NO_BOOL),
            ("dcim.interface", "enabled", json!(null), NOT_NULL),
            ("dcim.location", "latitude", json!("52.370000"), "52.37 (decimal)"),
            ("dcim.location", "latitude", json!(52.37), "52.37 (decimal)"),
            ("dcim.location", "latitude", json!("north"), NO_NUMBER),
            ("dcim.location", "latitude", json!("NaN"), NO_NUMBER),
            ("ipam.prefix", "date_allocated", json!("2026-11-23T07:02:48Z"), "2026-11-23T07:02:48Z (datetime)"),
            ("ipam.prefix", "date_allocated", json!("2026-11-23 07:02"), "2026-11-23T07:02:00Z (datetime)"),
            ("ipam.prefix", "date_allocated", json!("2026-11-23"), NO_DATETIME),
            ("ipam.prefix", "date_allocated", json!(""), "None (null)"),
            ("dcim.softwareversion", "release_date", json!("2026-02-28"), "2026-02-28 (text)"),
            ("dcim.softwareversion", "release_date", json!("2026-02-30"), NO_DATE),
            ("dcim.softwareversion", "release_date", json!(20260228), NO_DATE),
        ];
        for (content_type, field, json, expected) in cases {
            assert_eq!(shown(content_type, field, &json), expected, "{field} {json}");
        }
    }

    #[test]
    fn durations_are_microseconds() {
        let cases = [
            (json!("00:00:02.910728"), Some(2_910_728)),
            (json!("2.5"), Some(2_500_000)),
            (json!(3), Some(3_000_000)),
            (json!("1:00"), Some(60_000_000)),
            (json!("1 00:00:01"), Some(86_401_000_000)),
            (json!("-1"), Some(-1_000_000)),
            (json!("1:2:3:4"), None),
            (json!("soon"), None),
            (json!("1.1234567"), None),
            (json!("9223372036854775807"), None),
        ];
        for (json, expected) in cases {
            assert_eq!(duration(&json), expected.map(Value::Int), "{json}");
        }
    }
}
