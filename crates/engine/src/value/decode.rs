use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use jiff::{SignedDuration, Timestamp};
use macaddr::MacAddr6;
use rust_decimal::Decimal;

use super::encode::{float_bits, tag};
use super::{InterfaceAddress, Value, ValueSet};

/// Bytes that are not a canonical value: damaged storage, or another encoding version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error("the bytes of a value end too early")]
    Truncated,
    #[error("0x{0:02x} is no tag of a value in encoding version 1")]
    UnknownTag(u8),
    #[error("the bytes of a {0} value are out of its range")]
    OutOfRange(&'static str),
    #[error("the bytes of a {0} value are not in canonical form")]
    NotCanonical(&'static str),
    #[error("a value nests more than {MAX_DEPTH} levels deep")]
    TooDeep,
    #[error("{0} bytes follow the value")]
    Trailing(usize),
}

/// Levels of lists, sets and maps inside each other that a value may have.
pub const MAX_DEPTH: usize = 128;

impl Value {
    /// Reads one value that fills `bytes` exactly.
    pub fn decode(bytes: &[u8]) -> Result<Value, DecodeError> {
        let mut reader = Reader { rest: bytes, depth: 0 };
        let value = reader.value()?;
        match reader.rest.len() {
            0 => Ok(value),
            extra => Err(DecodeError::Trailing(extra)),
        }
    }

    /// Reads one value from the front and returns what follows it.
    pub fn decode_prefix(bytes: &[u8]) -> Result<(Value, &[u8]), DecodeError> {
        let mut reader = Reader { rest: bytes, depth: 0 };
        let value = reader.value()?;
        Ok((value, reader.rest))
    }
}

/// Length of the value at the front of `bytes`, found without decoding it.
#[inline]
pub fn skip(bytes: &[u8]) -> Result<usize, DecodeError> {
    let mut reader = Reader { rest: bytes, depth: 0 };
    reader.skip()?;
    Ok(bytes.len() - reader.rest.len())
}

struct Reader<'a> {
    rest: &'a [u8],
    /// Levels that the reader is inside of.
    depth: usize,
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8, DecodeError> {
        let (first, rest) = self.rest.split_first().ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(*first)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let (front, rest) = self.rest.split_at_checked(count).ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(front)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let bytes = self.take(N)?;
        bytes.try_into().map_err(|_| DecodeError::Truncated)
    }

    #[inline]
    fn varint(&mut self) -> Result<u128, DecodeError> {
        let mut value = 0u128;
        let mut shift = 0;
        loop {
            let byte = self.byte()?;
            if shift > 126 || (shift == 126 && byte > 3) {
                return Err(DecodeError::OutOfRange("number"));
            }
            value |= u128::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let shortest = byte != 0 || shift == 0;
                return if shortest { Ok(value) } else { Err(DecodeError::NotCanonical("number")) };
            }
            shift += 7;
        }
    }

    fn signed(&mut self) -> Result<i128, DecodeError> {
        let raw = self.varint()?;
        Ok((raw >> 1) as i128 ^ -((raw & 1) as i128))
    }

    fn body(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = usize::try_from(self.varint()?).map_err(|_| DecodeError::Truncated)?;
        self.take(length)
    }

    fn text(&mut self) -> Result<String, DecodeError> {
        let bytes = self.body()?;
        String::from_utf8(bytes.to_vec()).map_err(|_| DecodeError::OutOfRange("text"))
    }

    /// A reader of what is inside the value at hand.
    fn inside(&mut self) -> Result<Reader<'a>, DecodeError> {
        if self.depth == MAX_DEPTH {
            return Err(DecodeError::TooDeep);
        }
        Ok(Reader { rest: self.body()?, depth: self.depth + 1 })
    }

    fn list(&mut self) -> Result<Vec<Value>, DecodeError> {
        let mut inner = self.inside()?;
        let mut values = Vec::new();
        while !inner.rest.is_empty() {
            values.push(inner.value()?);
        }
        Ok(values)
    }

    fn set(&mut self) -> Result<ValueSet, DecodeError> {
        let mut inner = self.inside()?;
        let mut values = Vec::new();
        let mut previous: Option<&[u8]> = None;
        while !inner.rest.is_empty() {
            let front = inner.rest;
            values.push(inner.value()?);
            let bytes = &front[..front.len() - inner.rest.len()];
            if previous.is_some_and(|previous| previous >= bytes) {
                return Err(DecodeError::NotCanonical("set"));
            }
            previous = Some(bytes);
        }
        Ok(values.into_iter().collect())
    }

    fn map(&mut self) -> Result<BTreeMap<String, Value>, DecodeError> {
        let mut inner = self.inside()?;
        let mut map = BTreeMap::new();
        while !inner.rest.is_empty() {
            let key = inner.text()?;
            if map.last_key_value().is_some_and(|(last, _)| *last >= key) {
                return Err(DecodeError::NotCanonical("map"));
            }
            map.insert(key, inner.value()?);
        }
        Ok(map)
    }

    fn v4(&mut self) -> Result<IpAddr, DecodeError> {
        Ok(Ipv4Addr::from(self.array::<4>()?).into())
    }

    fn v6(&mut self) -> Result<IpAddr, DecodeError> {
        Ok(Ipv6Addr::from(self.array::<16>()?).into())
    }

    fn value(&mut self) -> Result<Value, DecodeError> {
        let out_of_range = DecodeError::OutOfRange;
        Ok(match self.byte()? {
            tag::NULL => Value::Null,
            tag::FALSE => Value::Bool(false),
            tag::TRUE => Value::Bool(true),
            tag::INT => Value::Int(i64::try_from(self.signed()?).map_err(|_| out_of_range("int"))?),
            tag::DECIMAL => {
                let scale = u32::from(self.byte()?);
                let mantissa = self.signed()?;
                let decimal = Decimal::try_from_i128_with_scale(mantissa, scale);
                let decimal = decimal.map_err(|_| out_of_range("decimal"))?;
                let shortest = decimal.normalize().scale() == scale;
                Value::Decimal(if shortest { decimal } else { return Err(DecodeError::NotCanonical("decimal")) })
            }
            tag::FLOAT => {
                let bits = u64::from_be_bytes(self.array()?);
                let float = f64::from_bits(bits);
                if float_bits(float) != bits {
                    return Err(DecodeError::NotCanonical("float"));
                }
                Value::Float(float)
            }
            tag::TEXT => Value::Text(self.text()?),
            tag::BYTES => Value::Bytes(self.body()?.to_vec()),
            tag::DATE_TIME => {
                let instant = Timestamp::from_nanosecond(self.signed()?);
                Value::DateTime(instant.map_err(|_| out_of_range("datetime"))?)
            }
            tag::DURATION => {
                let nanos = self.signed()?;
                let seconds = i64::try_from(nanos / 1_000_000_000).map_err(|_| out_of_range("duration"))?;
                Value::Duration(SignedDuration::new(seconds, (nanos % 1_000_000_000) as i32))
            }
            tag::IPV4 => Value::Ip(self.v4()?),
            tag::IPV6 => Value::Ip(self.v6()?),
            tag @ (tag::INTERFACE_V4 | tag::INTERFACE_V6) => {
                let length = self.byte()?;
                let address = if tag == tag::INTERFACE_V4 { self.v4()? } else { self.v6()? };
                Value::Interface(InterfaceAddress::new(address, length).ok_or(out_of_range("interface"))?)
            }
            tag @ (tag::PREFIX_V4 | tag::PREFIX_V6) => {
                let length = self.byte()?;
                let address = if tag == tag::PREFIX_V4 { self.v4()? } else { self.v6()? };
                let network = IpNet::new(address, length).map_err(|_| out_of_range("prefix"))?;
                if network.trunc() != network {
                    return Err(DecodeError::NotCanonical("prefix"));
                }
                Value::Prefix(network)
            }
            tag::MAC => Value::Mac(MacAddr6::from(self.array::<6>()?)),
            tag::LIST => Value::List(self.list()?),
            tag::SET => Value::Set(self.set()?),
            tag::MAP => Value::Map(self.map()?),
            other => return Err(DecodeError::UnknownTag(other)),
        })
    }

    #[inline]
    fn skip(&mut self) -> Result<(), DecodeError> {
        match self.byte()? {
            tag::NULL | tag::FALSE | tag::TRUE => {}
            tag::INT | tag::DATE_TIME | tag::DURATION => drop(self.varint()?),
            tag::DECIMAL => {
                self.byte()?;
                self.varint()?;
            }
            tag::TEXT | tag::BYTES | tag::LIST | tag::SET | tag::MAP => drop(self.body()?),
            tag::FLOAT => drop(self.take(8)?),
            tag::IPV4 => drop(self.take(4)?),
            tag::IPV6 => drop(self.take(16)?),
            tag::INTERFACE_V4 | tag::PREFIX_V4 => drop(self.take(5)?),
            tag::INTERFACE_V6 | tag::PREFIX_V6 => drop(self.take(17)?),
            tag::MAC => drop(self.take(6)?),
            other => return Err(DecodeError::UnknownTag(other)),
        }
        Ok(())
    }
}
