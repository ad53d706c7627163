//! What one column of one row holds, and the way between that and a [`Value`].
//!
//! Addresses are stored as one byte for the family (4 or 6) and the address in network order, so that comparing the
//! bytes orders by family and then by number, and a range of addresses is a range of the index. Times are
//! microseconds since 1970. Decimals are texts without trailing zeros.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use jiff::Timestamp;
use macaddr::MacAddr6;
use rust_decimal::Decimal;
use serde_json::Value as Json;
use trueup_engine::Value;
use trueup_engine::value::InterfaceAddress;
use uuid::Uuid;

use super::RecordId;
use crate::model::{ColumnType, ScalarType};

/// The columns of a row, without its id.
pub(crate) type Row = Vec<Cell>;

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Cell {
    #[default]
    Null,
    Int(i64),
    Real(f64),
    Text(String),
    Id(RecordId),
    Bytes(Vec<u8>),
}

impl Cell {
    /// Stores a value that already has the field type of `scalar_type`. `None` when it cannot be stored.
    pub fn from_value(scalar_type: ScalarType, value: Value) -> Option<Cell> {
        Some(match (scalar_type, value) {
            (_, Value::Null) => Cell::Null,
            (ScalarType::Bool, Value::Bool(bool)) => Cell::Int(bool.into()),
            (ScalarType::Int | ScalarType::Duration, Value::Int(int)) => Cell::Int(int),
            (ScalarType::Decimal, Value::Decimal(decimal)) => Cell::Text(decimal.normalize().to_string()),
            (ScalarType::Float, Value::Float(float)) => Cell::Real(float),
            // PostgreSQL keeps no null character in a text.
            (ScalarType::Text, Value::Text(text)) if text.contains('\0') => return None,
            (ScalarType::Text | ScalarType::Date | ScalarType::ContentType, Value::Text(text)) => Cell::Text(text),
            (ScalarType::Uuid, Value::Text(text)) => Cell::Id(RecordId(Uuid::parse_str(text.trim()).ok()?)),
            (ScalarType::DateTime, Value::DateTime(time)) => Cell::Int(time.as_microsecond()),
            (ScalarType::Ip, Value::Ip(ip)) => Cell::ip(ip),
            (ScalarType::Interface, Value::Interface(address)) => with_length(address.address(), address.length()),
            (ScalarType::Prefix, Value::Prefix(net)) => with_length(net.network(), net.prefix_len()),
            (ScalarType::Mac, Value::Mac(mac)) => Cell::Bytes(mac.as_bytes().to_vec()),
            (ScalarType::Json, value) => {
                let json = value.to_json();
                if holds_null_character(&json) {
                    return None;
                }
                Cell::Text(json.to_string())
            }
            _ => return None,
        })
    }

    pub fn ip(ip: IpAddr) -> Cell {
        Cell::Bytes(ip_bytes(ip))
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Cell::Null)
    }

    pub fn id(&self) -> Option<RecordId> {
        match self {
            Cell::Id(id) => Some(*id),
            _ => None,
        }
    }

    pub fn int(&self) -> Option<i64> {
        match self {
            Cell::Int(int) => Some(*int),
            _ => None,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_ip(&self) -> Option<IpAddr> {
        match self {
            Cell::Bytes(bytes) => ip_from_bytes(bytes),
            _ => None,
        }
    }

    /// The value that this cell stores. A cell that does not fit its type is the database's fault and reads as null.
    pub fn into_value(self, scalar_type: ScalarType) -> Value {
        match (scalar_type, self) {
            (ScalarType::Bool, Cell::Int(int)) => Value::Bool(int != 0),
            (ScalarType::Int | ScalarType::Duration, Cell::Int(int)) => Value::Int(int),
            (ScalarType::Decimal, Cell::Text(text)) => text.parse::<Decimal>().map_or(Value::Null, Value::Decimal),
            (ScalarType::Float, Cell::Real(float)) => Value::Float(float),
            (ScalarType::Float, Cell::Int(int)) => Value::Float(int as f64),
            (ScalarType::Text | ScalarType::Date | ScalarType::ContentType, Cell::Text(text)) => Value::Text(text),
            (ScalarType::Uuid, Cell::Id(id)) => Value::Text(id.to_string()),
            (ScalarType::DateTime, Cell::Int(micros)) => {
                Timestamp::from_microsecond(micros).map_or(Value::Null, Value::DateTime)
            }
            (ScalarType::Ip, Cell::Bytes(bytes)) => ip_from_bytes(&bytes).map_or(Value::Null, Value::Ip),
            (ScalarType::Interface, Cell::Bytes(bytes)) => split_length(&bytes)
                .and_then(|(ip, length)| InterfaceAddress::new(ip, length))
                .map_or(Value::Null, Value::Interface),
            (ScalarType::Prefix, Cell::Bytes(bytes)) => split_length(&bytes)
                .and_then(|(ip, length)| IpNet::new(ip, length).ok())
                .map_or(Value::Null, Value::from),
            (ScalarType::Mac, Cell::Bytes(bytes)) => {
                <[u8; 6]>::try_from(bytes.as_slice()).map_or(Value::Null, |mac| Value::Mac(MacAddr6::from(mac)))
            }
            (ScalarType::Json, Cell::Text(text)) => serde_json::from_str(&text).map_or(Value::Null, Value::from_json),
            _ => Value::Null,
        }
    }

    /// The value of two columns that are one field.
    pub fn composite(scalar_type: ScalarType, address: &Cell, length: &Cell) -> Value {
        let parts = address.as_ip().zip(length.int().and_then(|length| u8::try_from(length).ok()));
        let Some((ip, length)) = parts else { return Value::Null };
        match scalar_type {
            ScalarType::Prefix => IpNet::new(ip, length).map_or(Value::Null, Value::from),
            _ => InterfaceAddress::new(ip, length).map_or(Value::Null, Value::Interface),
        }
    }

    /// The two cells of a field that is stored as two columns.
    pub fn split(value: &Value) -> Option<(Cell, Cell)> {
        match value {
            Value::Prefix(net) => Some((Cell::ip(net.network()), Cell::Int(net.prefix_len().into()))),
            Value::Interface(address) => Some((Cell::ip(address.address()), Cell::Int(address.length().into()))),
            Value::Null => Some((Cell::Null, Cell::Null)),
            _ => None,
        }
    }

    /// Bytes that are equal exactly when the cells are.
    pub fn key_into(&self, out: &mut Vec<u8>) {
        let mut tagged = |tag: u8, bytes: &[u8]| {
            out.push(tag);
            out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
            out.extend_from_slice(bytes);
        };
        match self {
            Cell::Null => out.push(0),
            Cell::Int(int) => tagged(1, &int.to_le_bytes()),
            Cell::Real(float) => tagged(2, &float.to_bits().to_le_bytes()),
            Cell::Text(text) => tagged(3, text.as_bytes()),
            Cell::Id(id) => tagged(4, id.0.as_bytes()),
            Cell::Bytes(bytes) => tagged(5, bytes),
        }
    }

    /// The cells whose [`key_into`](Self::key_into) bytes these are.
    pub fn from_key(mut bytes: &[u8]) -> Vec<Cell> {
        let mut cells = Vec::new();
        while let Some((tag, rest)) = bytes.split_first() {
            if *tag == 0 {
                cells.push(Cell::Null);
                bytes = rest;
                continue;
            }
            let Some((length, rest)) = rest.split_first_chunk::<4>() else { break };
            let Some((value, rest)) = rest.split_at_checked(u32::from_le_bytes(*length) as usize) else { break };
            bytes = rest;
            let eight = <[u8; 8]>::try_from(value).unwrap_or_default();
            cells.push(match tag {
                1 => Cell::Int(i64::from_le_bytes(eight)),
                2 => Cell::Real(f64::from_bits(u64::from_le_bytes(eight))),
                3 => Cell::Text(String::from_utf8_lossy(value).into_owned()),
                4 => RecordId::from_slice(value).map_or(Cell::Null, Cell::Id),
                _ => Cell::Bytes(value.to_vec()),
            });
        }
        cells
    }

    /// Appends the cell as JSON.
    pub fn json_into(&self, column_type: ColumnType, out: &mut String) {
        match (column_type, self) {
            (_, Cell::Null) => out.push_str("null"),
            (ColumnType::Scalar(ScalarType::Bool), Cell::Int(int)) => {
                out.push_str(if *int != 0 { "true" } else { "false" });
            }
            (ColumnType::Scalar(ScalarType::Int | ScalarType::Duration), Cell::Int(int)) => {
                let _ = write!(out, "{int}");
            }
            (
                ColumnType::Scalar(ScalarType::Text | ScalarType::Decimal | ScalarType::Date | ScalarType::ContentType),
                Cell::Text(text),
            ) => write_json_text(text, out),
            (ColumnType::Scalar(ScalarType::Json), Cell::Text(json)) => out.push_str(json),
            (_, Cell::Id(id)) => {
                let mut buffer = Uuid::encode_buffer();
                out.push('"');
                out.push_str(id.0.as_hyphenated().encode_lower(&mut buffer));
                out.push('"');
            }
            (ColumnType::Scalar(scalar_type), cell) => {
                let _ = write!(out, "{}", cell.clone().into_value(scalar_type).to_json());
            }
            (ColumnType::Id(_), _) => out.push_str("null"),
        }
    }
}

/// Appends a JSON string.
pub(crate) fn write_json_text(text: &str, out: &mut String) {
    out.push('"');
    let mut start = 0;
    for (place, byte) in text.bytes().enumerate() {
        let escape: &str = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..=0x1f => {
                out.push_str(&text[start..place]);
                let _ = write!(out, "\\u{byte:04x}");
                start = place + 1;
                continue;
            }
            _ => continue,
        };
        out.push_str(&text[start..place]);
        out.push_str(escape);
        start = place + 1;
    }
    out.push_str(&text[start..]);
    out.push('"');
}

/// Whether a text somewhere in it holds the null character, which PostgreSQL keeps in no text.
pub(crate) fn holds_null_character(json: &Json) -> bool {
    match json {
        Json::String(text) => text.contains('\0'),
        Json::Array(items) => items.iter().any(holds_null_character),
        Json::Object(members) => members.iter().any(|(key, value)| key.contains('\0') || holds_null_character(value)),
        Json::Null | Json::Bool(_) | Json::Number(_) => false,
    }
}

fn ip_bytes(ip: IpAddr) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(18);
    match ip {
        IpAddr::V4(ip) => {
            bytes.push(4);
            bytes.extend_from_slice(&ip.octets());
        }
        IpAddr::V6(ip) => {
            bytes.push(6);
            bytes.extend_from_slice(&ip.octets());
        }
    }
    bytes
}

pub(crate) fn ip_from_bytes(bytes: &[u8]) -> Option<IpAddr> {
    let (family, address) = bytes.split_first()?;
    match family {
        4 => <[u8; 4]>::try_from(address).ok().map(|octets| Ipv4Addr::from(octets).into()),
        6 => <[u8; 16]>::try_from(address).ok().map(|octets| Ipv6Addr::from(octets).into()),
        _ => None,
    }
}

fn with_length(ip: IpAddr, length: u8) -> Cell {
    let mut bytes = ip_bytes(ip);
    bytes.push(length);
    Cell::Bytes(bytes)
}

fn split_length(bytes: &[u8]) -> Option<(IpAddr, u8)> {
    let (length, address) = bytes.split_last()?;
    Some((ip_from_bytes(address)?, *length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_comes_back() {
        let cases = [
            (ScalarType::Bool, Value::Bool(true)),
            (ScalarType::Int, Value::Int(-3)),
            (ScalarType::Decimal, Value::Decimal("52.37".parse().unwrap())),
            (ScalarType::Float, Value::Float(1.5)),
            (ScalarType::Text, Value::from("é\"\n")),
            (ScalarType::Uuid, Value::from("6c2dcc74-6a4e-4f39-9b4a-5a5a8f0f8b1a")),
            (ScalarType::DateTime, Value::DateTime("2026-11-23T07:02:48.331784Z".parse().unwrap())),
            (ScalarType::Ip, Value::Ip("10.0.0.1".parse().unwrap())),
            (ScalarType::Ip, Value::Ip("::ffff:10.0.0.1".parse().unwrap())),
            (ScalarType::Interface, Value::Interface("10.0.0.5/24".parse().unwrap())),
            (ScalarType::Prefix, Value::from("2001:db8::/32".parse::<IpNet>().unwrap())),
            (ScalarType::Mac, Value::Mac(MacAddr6::new(1, 2, 3, 4, 5, 6))),
            (ScalarType::Date, Value::from("2026-11-23")),
            (ScalarType::Duration, Value::Int(2_910_728)),
            (ScalarType::ContentType, Value::from("dcim.device")),
            (ScalarType::Json, Value::List(vec![Value::Int(1), Value::Null])),
        ];
        for (scalar_type, value) in cases {
            let cell = Cell::from_value(scalar_type, value.clone()).unwrap();
            let mut json = String::new();
            cell.json_into(ColumnType::Scalar(scalar_type), &mut json);
            assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap(), value.to_json());
            assert_eq!(cell.into_value(scalar_type), value);
        }
    }

    #[test]
    fn keys_come_back() {
        let cells = vec![
            Cell::Null,
            Cell::Int(-7),
            Cell::Real(0.5),
            Cell::Text("a".into()),
            Cell::Id(RecordId::random()),
            Cell::Bytes(vec![4, 10, 0, 0, 1]),
        ];
        let mut bytes = Vec::new();
        cells.iter().for_each(|cell| cell.key_into(&mut bytes));
        assert_eq!(Cell::from_key(&bytes), cells);
    }

    #[test]
    fn addresses_order_by_family_and_number() {
        let mut cells: Vec<Vec<u8>> =
            ["10.0.0.2", "9.255.255.255", "::1", "10.0.0.1"].iter().map(|ip| ip_bytes(ip.parse().unwrap())).collect();
        cells.sort();
        let sorted: Vec<String> = cells.iter().map(|bytes| ip_from_bytes(bytes).unwrap().to_string()).collect();
        assert_eq!(sorted, ["9.255.255.255", "10.0.0.1", "10.0.0.2", "::1"]);
    }
}
