use std::net::IpAddr;

use rust_decimal::Decimal;

use super::Value;

/// Version of the canonical encoding; part of every plan fingerprint.
pub const ENCODING_VERSION: u8 = 1;

pub(super) mod tag {
    pub const NULL: u8 = 0x00;
    pub const FALSE: u8 = 0x01;
    pub const TRUE: u8 = 0x02;
    pub const INT: u8 = 0x03;
    pub const DECIMAL: u8 = 0x04;
    pub const FLOAT: u8 = 0x05;
    pub const TEXT: u8 = 0x06;
    pub const BYTES: u8 = 0x07;
    pub const DATE_TIME: u8 = 0x08;
    pub const DURATION: u8 = 0x09;
    pub const IPV4: u8 = 0x0a;
    pub const IPV6: u8 = 0x0b;
    pub const INTERFACE_V4: u8 = 0x0c;
    pub const INTERFACE_V6: u8 = 0x0d;
    pub const PREFIX_V4: u8 = 0x0e;
    pub const PREFIX_V6: u8 = 0x0f;
    pub const MAC: u8 = 0x10;
    pub const LIST: u8 = 0x11;
    pub const SET: u8 = 0x12;
    pub const MAP: u8 = 0x13;
}

/// Appends canonical values to a buffer. The scalar methods let a loader write a row without making a [`Value`].
#[derive(Debug)]
pub struct Encoder<'a> {
    out: &'a mut Vec<u8>,
}

impl<'a> Encoder<'a> {
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out }
    }

    #[inline]
    pub fn null(&mut self) {
        self.out.push(tag::NULL);
    }

    #[inline]
    pub fn bool(&mut self, value: bool) {
        self.out.push(if value { tag::TRUE } else { tag::FALSE });
    }

    #[inline]
    pub fn int(&mut self, value: i64) {
        self.out.push(tag::INT);
        varint(self.out, zigzag(value).into());
    }

    #[inline]
    pub fn text(&mut self, value: &str) {
        self.out.push(tag::TEXT);
        length_prefixed(self.out, value.as_bytes());
    }

    pub fn float(&mut self, value: f64) {
        self.out.push(tag::FLOAT);
        self.out.extend_from_slice(&float_bits(value).to_be_bytes());
    }

    pub fn decimal(&mut self, value: Decimal) {
        let value = value.normalize();
        self.out.push(tag::DECIMAL);
        self.out.push(value.scale() as u8);
        varint(self.out, zigzag_wide(value.mantissa()));
    }

    pub fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.null(),
            Value::Bool(value) => self.bool(*value),
            Value::Int(value) => self.int(*value),
            Value::Decimal(value) => self.decimal(*value),
            Value::Float(value) => self.float(*value),
            Value::Text(value) => self.text(value),
            Value::Bytes(value) => {
                self.out.push(tag::BYTES);
                length_prefixed(self.out, value);
            }
            Value::DateTime(value) => {
                self.out.push(tag::DATE_TIME);
                varint(self.out, zigzag_wide(value.as_nanosecond()));
            }
            Value::Duration(value) => {
                self.out.push(tag::DURATION);
                varint(self.out, zigzag_wide(value.as_nanos()));
            }
            Value::Ip(value) => self.address(tag::IPV4, tag::IPV6, *value, None),
            Value::Interface(value) => {
                self.address(tag::INTERFACE_V4, tag::INTERFACE_V6, value.address(), Some(value.length()));
            }
            Value::Prefix(value) => {
                let value = value.trunc();
                self.address(tag::PREFIX_V4, tag::PREFIX_V6, value.network(), Some(value.prefix_len()));
            }
            Value::Mac(value) => {
                self.out.push(tag::MAC);
                self.out.extend_from_slice(value.as_bytes());
            }
            Value::List(values) => self.nested(tag::LIST, |inner| {
                values.iter().for_each(|value| inner.value(value));
            }),
            Value::Set(values) => self.nested(tag::SET, |inner| {
                values.iter().for_each(|value| inner.value(value));
            }),
            Value::Map(values) => self.nested(tag::MAP, |inner| {
                for (key, value) in values {
                    length_prefixed(inner.out, key.as_bytes());
                    inner.value(value);
                }
            }),
        }
    }

    fn address(&mut self, v4: u8, v6: u8, address: IpAddr, length: Option<u8>) {
        self.out.push(if address.is_ipv4() { v4 } else { v6 });
        self.out.extend(length);
        match address {
            IpAddr::V4(address) => self.out.extend_from_slice(&address.octets()),
            IpAddr::V6(address) => self.out.extend_from_slice(&address.octets()),
        }
    }

    fn nested(&mut self, tag: u8, write: impl FnOnce(&mut Encoder<'_>)) {
        let mut body = Vec::new();
        write(&mut Encoder::new(&mut body));
        self.out.push(tag);
        length_prefixed(self.out, &body);
    }
}

impl Value {
    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        Encoder::new(&mut out).value(self);
        out
    }
}

pub(crate) fn length_prefixed(out: &mut Vec<u8>, bytes: &[u8]) {
    varint(out, bytes.len() as u128);
    out.extend_from_slice(bytes);
}

/// LEB128, least significant group first, always the shortest form.
#[inline]
pub(super) fn varint(out: &mut Vec<u8>, mut value: u128) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn zigzag_wide(value: i128) -> u128 {
    ((value << 1) ^ (value >> 127)) as u128
}

/// The bits of a double with one NaN and one zero.
pub(super) fn float_bits(value: f64) -> u64 {
    if value.is_nan() {
        f64::NAN.to_bits() & !(1 << 63)
    } else if value == 0.0 {
        0
    } else {
        value.to_bits()
    }
}
