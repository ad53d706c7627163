use std::fmt::{self, Display, Formatter, Write};

use super::Value;

/// The text of a value as DiffSync's forms show it, which is Python's `str`: `None`, `True`, bare texts, and inside
/// lists and maps the quoted `repr` form. For people only: the text of two different values may be the same.
impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("None"),
            Value::Bool(true) => f.write_str("True"),
            Value::Bool(false) => f.write_str("False"),
            Value::Int(value) => write!(f, "{value}"),
            Value::Decimal(value) => write!(f, "{}", value.normalize()),
            Value::Float(value) => float(f, *value),
            Value::Text(value) => f.write_str(value),
            Value::Bytes(value) => value.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
            Value::DateTime(value) => write!(f, "{value}"),
            Value::Duration(value) => write!(f, "{value}"),
            Value::Ip(value) => write!(f, "{value}"),
            Value::Interface(value) => write!(f, "{value}"),
            Value::Prefix(value) => write!(f, "{value}"),
            Value::Mac(value) => write!(f, "{value}"),
            Value::List(values) => sequence(f, '[', values, ']'),
            Value::Set(values) => sequence(f, '{', values, '}'),
            Value::Map(values) => {
                f.write_char('{')?;
                for (index, (key, value)) in values.iter().enumerate() {
                    if index > 0 {
                        f.write_str(", ")?;
                    }
                    quoted(f, key)?;
                    f.write_str(": ")?;
                    repr(f, value)?;
                }
                f.write_char('}')
            }
        }
    }
}

fn sequence<'a>(
    f: &mut Formatter<'_>,
    open: char,
    values: impl IntoIterator<Item = &'a Value>,
    close: char,
) -> fmt::Result {
    f.write_char(open)?;
    for (index, value) in values.into_iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        repr(f, value)?;
    }
    f.write_char(close)
}

fn repr(f: &mut Formatter<'_>, value: &Value) -> fmt::Result {
    match value {
        Value::Text(text) => quoted(f, text),
        other => Display::fmt(other, f),
    }
}

fn quoted(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    f.write_char(quote)?;
    for c in text.chars() {
        match c {
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if c == quote => write!(f, "\\{c}")?,
            // Python shows what cannot be printed by its number.
            c if c != ' ' && (c.is_control() || c.is_whitespace()) => match u32::from(c) {
                number @ ..=0xff => write!(f, "\\x{number:02x}")?,
                number => write!(f, "\\u{number:04x}")?,
            },
            c => f.write_char(c)?,
        }
    }
    f.write_char(quote)
}

fn float(f: &mut Formatter<'_>, value: f64) -> fmt::Result {
    if value.is_nan() {
        f.write_str("nan")
    } else if value.is_infinite() {
        f.write_str(if value > 0.0 { "inf" } else { "-inf" })
    } else if value != 0.0 && !(1e-4..1e16).contains(&value.abs()) {
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
        write!(f, "{digits}e{sign}{exponent:0>2}")
    } else if value.fract() == 0.0 {
        write!(f, "{value:.1}")
    } else {
        write!(f, "{value}")
    }
}
