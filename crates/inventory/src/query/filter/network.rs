//! Filters by networks and addresses.
//!
//! Addresses are stored so that a network is a range of the index (see `storage/cell.rs`): what lies in a network is
//! found by two bounds, and what covers it by the 33 or 129 networks that can.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::fault::Fault;
use super::fragment::Fragment;
use super::parameter::{Lookup, Sense, Suffix};
use super::scalar::{self, own_column};
use crate::model::{Composite, ContentType, ScalarType};
use crate::storage::Cell;

/// How a filter relates a record's network to the one that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Containment {
    /// Longer networks in it.
    Within,
    /// These and itself.
    WithinOrEqual,
    /// Networks that cover it, itself among them.
    Contains,
}

/// The filter by a field that is an address and a length.
pub(super) fn composite(
    content_type: &ContentType,
    composite: &Composite,
    suffix: Suffix,
    values: &[String],
) -> Result<Option<Fragment>, Fault> {
    let name = |column: usize| Fragment::new(format!("t0.\"{}\"", content_type.columns[column].name));
    match suffix.lookup {
        Lookup::IsNull => {
            return Ok(scalar::flag(values).map(|is_null| scalar::null(&name(composite.columns.0), is_null)));
        }
        Lookup::Exact => {}
        Lookup::Text(_) | Lookup::Range(_) => return Err(Fault::Unknown),
    }
    Ok(each(suffix.sense, values, |value| equals("t0.", content_type, composite, value)))
}

/// The filter by what a network holds or is held by. `fields` are an address and a length.
pub(super) fn containment(
    content_type: &ContentType,
    fields: (&str, &str),
    containment: Containment,
    suffix: Suffix,
    values: &[String],
) -> Result<Option<Fragment>, Fault> {
    if suffix.lookup != Lookup::Exact {
        return Err(Fault::Unknown);
    }
    let (address, length) = (own_column(content_type, fields.0)?, own_column(content_type, fields.1)?);
    each_network(suffix.sense, values, |value| {
        let net = network(value)?;
        Some(match containment {
            Containment::Contains => covering(&address, &length, net),
            Containment::Within => longer(inside(&address, net), &length, ">", net),
            Containment::WithinOrEqual => longer(inside(&address, net), &length, ">=", net),
        })
    })
}

/// The filter by the address of a record lying in a network.
pub(super) fn contained(
    content_type: &ContentType,
    field: &str,
    suffix: Suffix,
    values: &[String],
) -> Result<Option<Fragment>, Fault> {
    let column = own_column(content_type, field)?;
    match suffix.lookup {
        Lookup::Exact => each_network(suffix.sense, values, |value| Some(inside(&column, network(value)?))),
        _ => Err(Fault::Unknown),
    }
}

/// The filter by a range of addresses that holds the one that is named.
pub(super) fn spanning(
    content_type: &ContentType,
    fields: (&str, &str),
    suffix: Suffix,
    values: &[String],
) -> Result<Option<Fragment>, Fault> {
    let (start, end) = (own_column(content_type, fields.0)?, own_column(content_type, fields.1)?);
    match suffix.lookup {
        Lookup::Exact => each_network(suffix.sense, values, |value| {
            let (ip, _) = address(value)?;
            let sql = format!("({start} <= ? AND {end} >= ?)");
            Some(Fragment::new(sql).bind(Cell::ip(ip)).bind(Cell::ip(ip)))
        }),
        _ => Err(Fault::Unknown),
    }
}

/// Any of the values, each of which must be an address or a network.
fn each_network(
    sense: Sense,
    values: &[String],
    condition: impl Fn(&str) -> Option<Fragment>,
) -> Result<Option<Fragment>, Fault> {
    let said = values.iter().map(|value| value.trim()).filter(|value| !value.is_empty());
    let wrong = said.filter(|value| network(value).is_none());
    let messages: Vec<String> =
        wrong.map(|value| format!("`{value}` is no network or address, such as 10.0.0.0/8.")).collect();
    if messages.is_empty() { Ok(each(sense, values, condition)) } else { Err(Fault::Values(messages)) }
}

/// Any of the values; what is no address is in no record.
fn each(sense: Sense, values: &[String], condition: impl Fn(&str) -> Option<Fragment>) -> Option<Fragment> {
    let values: Vec<&str> = values.iter().map(|value| value.trim()).filter(|value| !value.is_empty()).collect();
    if values.is_empty() {
        return None;
    }
    let found = Fragment::any(values.into_iter().filter_map(condition).collect());
    Some(match sense {
        Sense::Keep => found,
        Sense::Exclude => found.not(),
    })
}

/// Whether the field has that value; none when the text cannot be one. An address without a length has any.
pub(super) fn equals(row: &str, content_type: &ContentType, composite: &Composite, value: &str) -> Option<Fragment> {
    let name = |column: usize| format!("{row}\"{}\"", content_type.columns[column].name);
    let (column, length_column) = (name(composite.columns.0), name(composite.columns.1));
    let (ip, length) = match composite.scalar_type {
        ScalarType::Prefix => network(value).map(|net| (net.network(), Some(net.prefix_len())))?,
        _ => address(value)?,
    };
    let host = Fragment::new(column).equals(vec![Cell::ip(ip)]);
    Some(match length {
        None => host,
        Some(length) => Fragment::all(vec![host, Fragment::new(length_column).equals(vec![Cell::Int(length.into())])]),
    })
}

fn inside(column: &str, net: IpNet) -> Fragment {
    let bounds = Fragment::new(format!("({column} >= ? AND {column} <= ?)"));
    bounds.bind(Cell::ip(net.network())).bind(Cell::ip(net.broadcast()))
}

fn longer(inside: Fragment, length: &str, operator: &str, net: IpNet) -> Fragment {
    let longer = Fragment::new(format!("{length} {operator} ?")).bind(Cell::Int(net.prefix_len().into()));
    Fragment::all(vec![inside, longer])
}

fn covering(address: &str, length: &str, net: IpNet) -> Fragment {
    let candidates = (0..=net.prefix_len()).filter_map(|bits| IpNet::new(net.network(), bits).ok());
    let mut cells = Vec::new();
    for candidate in candidates {
        cells.extend([Cell::ip(candidate.trunc().network()), Cell::Int(candidate.prefix_len().into())]);
    }
    let pairs = vec!["(?, ?)"; cells.len() / 2].join(", ");
    Fragment { sql: format!("({address}, {length}) IN (VALUES {pairs})"), cells }
}

/// A network; bits behind its length do not count, and without a length it is one address.
fn network(text: &str) -> Option<IpNet> {
    let (ip, length) = address(text)?;
    let length = length.unwrap_or(if ip.is_ipv4() { 32 } else { 128 });
    IpNet::new(ip, length).ok().map(|net| net.trunc())
}

/// An address, and its length when it has one.
fn address(text: &str) -> Option<(IpAddr, Option<u8>)> {
    let text = text.trim();
    let Some((ip, length)) = text.split_once('/') else { return Some((text.parse().ok()?, None)) };
    let (ip, length): (IpAddr, u8) = (ip.parse().ok()?, length.parse().ok()?);
    IpNet::new(ip, length).ok().map(|_| (ip, Some(length)))
}

/// What a search text asks of an address column and its length; none when it is no part of an address.
/// `10.0` takes all that begins with it, `10.0.0.0/8` the one network, `10.0.0.1` or `10.0.0.1/24` the one address.
pub(super) fn search(row: &str, content_type: &ContentType, composite: &Composite, text: &str) -> Option<Fragment> {
    let text = text.trim();
    if let Some((ip, _)) = address(text) {
        let is_network = composite.scalar_type == ScalarType::Prefix && text.contains('/');
        let value = if is_network { text.to_owned() } else { ip.to_string() };
        return match composite.scalar_type {
            ScalarType::Prefix if !is_network => {
                let column = &content_type.columns[composite.columns.0].name;
                Some(Fragment::new(format!("{row}\"{column}\"")).equals(vec![Cell::ip(ip)]))
            }
            _ => equals(row, content_type, composite, &value),
        };
    }
    let column = format!("{row}\"{}\"", content_type.columns[composite.columns.0].name);
    Some(inside(&column, beginning(text)?))
}

/// The network of all addresses that begin with a text such as `10.0` or `2001:db8:`.
fn beginning(text: &str) -> Option<IpNet> {
    if text.contains(':') {
        let text = text.trim_end_matches(':');
        let groups: Vec<u16> =
            text.split(':').map(|group| u16::from_str_radix(group, 16).ok()).collect::<Option<_>>()?;
        let mut address = [0_u16; 8];
        address.get_mut(..groups.len())?.copy_from_slice(&groups);
        return IpNet::new(Ipv6Addr::from(address).into(), 16 * u8::try_from(groups.len()).ok()?).ok();
    }
    let text = text.strip_suffix('.').unwrap_or(text);
    let octets: Vec<u8> = text.split('.').map(|octet| octet.parse().ok()).collect::<Option<_>>()?;
    let mut address = [0_u8; 4];
    address.get_mut(..octets.len())?.copy_from_slice(&octets);
    IpNet::new(Ipv4Addr::from(address).into(), 8 * u8::try_from(octets.len()).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_of_addresses_are_networks() {
        let cases = [
            ("10", Some("10.0.0.0/8")),
            ("10.", Some("10.0.0.0/8")),
            ("10.1", Some("10.1.0.0/16")),
            ("10.1.2.", Some("10.1.2.0/24")),
            ("2001:db8", Some("2001:db8::/32")),
            ("2001:db8::", Some("2001:db8::/32")),
            ("10.300", None),
            ("10.0.0.0.0", None),
            ("1:2:3:4:5:6:7:8:9", None),
            ("rack", None),
            ("", None),
            (":", None),
        ];
        for (text, expected) in cases {
            assert_eq!(beginning(text).map(|net| net.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn networks_forgive_bits_behind_their_length() {
        let cases = [
            ("10.0.0.5/24", Some("10.0.0.0/24")),
            ("10.0.0.5", Some("10.0.0.5/32")),
            ("2001:DB8::1/32", Some("2001:db8::/32")),
            ("10.0.0.5/33", None),
            ("10.0.0/24", None),
            ("'; DROP TABLE", None),
        ];
        for (text, expected) in cases {
            assert_eq!(network(text).map(|net| net.to_string()).as_deref(), expected, "{text}");
        }
    }
}
