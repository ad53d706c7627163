//! What is still free in a prefix or a group of VLANs: addresses, networks, VLAN ids.
//!
//! Whoever takes some of it asks within the transaction in which it is taken, see
//! [`InventoryWriter::lend`](crate::InventoryWriter::lend); else two could be given the same.

use std::collections::{BTreeSet, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Subnets, Ipv6Subnets};

use super::reader::Reader;
use crate::error::InventoryError;
use crate::model::{ColumnType, ScalarType};
use crate::rules::vlan_ids;
use crate::storage::{Args, Cell, RecordId, ResultRow};

/// Addresses that one statement reads.
const WINDOW: usize = 4_096;

/// The part of a prefix that is asked about; all of it where an end is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Between {
    pub first: Option<IpAddr>,
    pub last: Option<IpAddr>,
}

/// A prefix as far as it matters here.
struct Held {
    net: IpNet,
    namespace: RecordId,
    /// In a pool, the first and the last address are as good as the others.
    is_pool: bool,
}

impl Held {
    /// The first and the last address that a host may have.
    fn ends(&self) -> (u128, u128) {
        let (first, last) = (number(self.net.network()), number(self.net.broadcast()));
        let all = self.is_pool || self.net.addr().is_ipv6() || self.net.prefix_len() >= 31;
        if all { (first, last) } else { (first + 1, last - 1) }
    }

    fn address(&self, number: u128) -> IpAddr {
        address(number, self.net.addr().is_ipv4())
    }
}

impl Reader {
    /// The lowest addresses of a prefix that nothing has, neither in it nor in a prefix within it, each with the length
    /// of the prefix; at most `most`. Exclusive ranges are taken.
    ///
    /// # Errors
    /// The database failed.
    pub async fn free_addresses(
        &mut self,
        prefix: RecordId,
        between: Between,
        most: usize,
    ) -> Result<Vec<IpNet>, InventoryError> {
        let fault = InventoryError::database("looking for free addresses");
        let Some(held) = self.held(prefix).await.map_err(&fault)? else { return Ok(Vec::new()) };
        let (first, last) = held.ends();
        let same_version = |ip: &IpAddr| ip.is_ipv4() == held.net.addr().is_ipv4();
        let first = between.first.filter(same_version).map_or(first, |ip| first.max(number(ip)));
        let last = between.last.filter(same_version).map_or(last, |ip| last.min(number(ip)));
        let reserved = self.exclusive_ranges(&held).await.map_err(&fault)?;
        let mut gaps = Gaps::new(first, last, most);
        let mut reserved = reserved.into_iter().peekable();
        while !gaps.is_done() {
            let from = gaps.next.unwrap_or(last);
            let rows = self.hosts(&held, from, last).await.map_err(&fault)?;
            for row in &rows {
                let Some(host) = ip(row, 0).map_err(&fault)?.map(number) else { continue };
                while let Some((low, high)) = reserved.next_if(|(low, _)| *low <= host) {
                    gaps.skip(low, high);
                }
                gaps.skip(host, host);
            }
            if rows.len() < WINDOW {
                reserved.by_ref().for_each(|(low, high)| gaps.skip(low, high));
                gaps.finish();
            }
        }
        let length = held.net.prefix_len();
        Ok(gaps.found.iter().filter_map(|found| IpNet::new(held.address(*found), length).ok()).collect())
    }

    /// The networks that the prefixes within a prefix leave free, as few and as large as can be, in their order.
    /// Addresses do not count: they may lie in a network that comes to be later.
    ///
    /// # Errors
    /// The database failed.
    pub async fn free_networks(&mut self, prefix: RecordId) -> Result<Vec<IpNet>, InventoryError> {
        let fault = InventoryError::database("looking for free networks");
        let Some(held) = self.held(prefix).await.map_err(&fault)? else { return Ok(Vec::new()) };
        let sql = "SELECT \"network\", \"broadcast\" FROM \"ipam_prefix\" WHERE \"parent_id\" = ? ORDER BY \"network\"";
        let mut args = Args::default();
        args.id(prefix);
        let mut next = Some(number(held.net.network()));
        let mut free = Vec::new();
        for row in self.session().rows(sql, args).await.map_err(&fault)? {
            let ends = ip(&row, 0).map_err(&fault)?.zip(ip(&row, 1).map_err(&fault)?);
            let (Some(start), Some((low, high))) = (next, ends) else { continue };
            let (low, high) = (number(low), number(high));
            if low > start {
                networks(held.address(start), held.address(low - 1), &mut free);
            }
            next = high.checked_add(1);
        }
        let end = number(held.net.broadcast());
        if let Some(start) = next.filter(|start| *start <= end) {
            networks(held.address(start), held.address(end), &mut free);
        }
        Ok(free)
    }

    /// A free network of a prefix for each of some prefix lengths, in their order; none of them when one finds no room.
    ///
    /// # Errors
    /// The database failed.
    pub async fn carve(&mut self, prefix: RecordId, lengths: &[u8]) -> Result<Option<Vec<IpNet>>, InventoryError> {
        Ok(carve(self.free_networks(prefix).await?, lengths))
    }

    /// The ids in the range of a group that no VLAN of it has, in their order.
    ///
    /// # Errors
    /// The database failed.
    pub async fn free_vlan_ids(&mut self, group: RecordId) -> Result<Vec<i64>, InventoryError> {
        let fault = InventoryError::database("looking for free VLAN ids");
        let of_group = |id| {
            let mut args = Args::default();
            args.id(id);
            args
        };
        let sql = "SELECT \"range\" FROM \"ipam_vlangroup\" WHERE \"id\" = ?";
        let rows = self.session().rows(sql, of_group(group)).await.map_err(&fault)?;
        let range = rows.first().map(|row| row.text(0)).transpose().map_err(&fault)?.flatten();
        let sql = "SELECT \"vid\" FROM \"ipam_vlan\" WHERE \"vlan_group_id\" = ?";
        let mut taken = HashSet::new();
        for row in self.session().rows(sql, of_group(group)).await.map_err(&fault)? {
            taken.extend(row.int(0).map_err(&fault)?);
        }
        let spans = range.as_deref().and_then(vlan_ids).unwrap_or_default();
        let ids: BTreeSet<i64> = spans.into_iter().flat_map(|(low, high)| low..=high).collect();
        Ok(ids.into_iter().filter(|id| !taken.contains(id)).collect())
    }

    async fn held(&mut self, prefix: RecordId) -> Result<Option<Held>, sqlx::Error> {
        let sql =
            "SELECT \"network\", \"prefix_length\", \"namespace_id\", \"type\" FROM \"ipam_prefix\" WHERE \"id\" = ?";
        let mut args = Args::default();
        args.id(prefix);
        let rows = self.session().rows(sql, args).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let length = row.int(1)?.and_then(|length| u8::try_from(length).ok());
        let net = ip(row, 0)?.zip(length).and_then(|(network, length)| IpNet::new(network, length).ok());
        let is_pool = row.text(3)?.is_some_and(|kind| kind == "pool");
        Ok(net.zip(row.id(2)?).map(|(net, namespace)| Held { net, namespace, is_pool }))
    }

    /// Addresses of the namespace from `first` to `last` in their order, as many as a window holds.
    async fn hosts(&mut self, held: &Held, first: u128, last: u128) -> Result<Vec<ResultRow>, sqlx::Error> {
        let sql = format!(
            "SELECT \"host\" FROM \"ipam_ipaddress\" WHERE \"host\" >= ? AND \"host\" <= ? AND \"parent_id\" IN \
             (SELECT \"id\" FROM \"ipam_prefix\" WHERE \"namespace_id\" = ?) ORDER BY \"host\" LIMIT {WINDOW}"
        );
        let mut args = Args::default();
        args.cell(&Cell::ip(held.address(first)));
        args.cell(&Cell::ip(held.address(last)));
        args.id(held.namespace);
        self.session().rows(sql, args).await
    }

    /// The ranges of the namespace that keep addresses out, by their start.
    async fn exclusive_ranges(&mut self, held: &Held) -> Result<Vec<(u128, u128)>, sqlx::Error> {
        if self.registry().content_type("ipam.ipaddressrange").is_err() {
            return Ok(Vec::new());
        }
        let sql = "SELECT \"start_address\", \"end_address\" FROM \"ipam_ipaddressrange\" WHERE \"is_exclusive\" = 1 \
                   AND \"start_address\" <= ? AND \"end_address\" >= ? AND \"parent_id\" IN \
                   (SELECT \"id\" FROM \"ipam_prefix\" WHERE \"namespace_id\" = ?) ORDER BY \"start_address\"";
        let mut args = Args::default();
        args.cell(&Cell::ip(held.net.broadcast()));
        args.cell(&Cell::ip(held.net.network()));
        args.id(held.namespace);
        let mut ranges = Vec::new();
        for row in self.session().rows(sql, args).await? {
            ranges.extend(ip(&row, 0)?.map(number).zip(ip(&row, 1)?.map(number)));
        }
        Ok(ranges)
    }
}

/// The numbers of a range that are not skipped, from below, as many as are wanted.
struct Gaps {
    /// None at the end of all numbers.
    next: Option<u128>,
    last: u128,
    wanted: usize,
    found: Vec<u128>,
}

impl Gaps {
    fn new(first: u128, last: u128, wanted: usize) -> Self {
        Self { next: Some(first), last, wanted, found: Vec::new() }
    }

    fn is_done(&self) -> bool {
        self.found.len() >= self.wanted || self.next.is_none_or(|next| next > self.last)
    }

    /// Numbers from `low` to `high` are taken; those below that are left are free. Calls come in the order of `low`.
    fn skip(&mut self, low: u128, high: u128) {
        if let Some(before) = low.checked_sub(1) {
            self.take(before.min(self.last));
        }
        if self.next.is_some_and(|next| next <= high) {
            self.next = high.checked_add(1);
        }
    }

    /// Nothing more is taken.
    fn finish(&mut self) {
        self.take(self.last);
        self.next = None;
    }

    fn take(&mut self, last: u128) {
        while self.found.len() < self.wanted
            && let Some(next) = self.next.filter(|next| *next <= last)
        {
            self.found.push(next);
            self.next = next.checked_add(1);
        }
    }
}

/// The lowest free network for each length. What is left of the one that it is cut from stays free.
fn carve(mut free: Vec<IpNet>, lengths: &[u8]) -> Option<Vec<IpNet>> {
    let mut carved = Vec::with_capacity(lengths.len());
    for &length in lengths {
        let place = free.iter().position(|net| net.prefix_len() <= length)?;
        let from = free.remove(place);
        let net = IpNet::new(from.network(), length).ok()?;
        let rest = number(net.broadcast()).checked_add(1).filter(|next| *next <= number(from.broadcast()));
        if let Some(next) = rest {
            let mut left = Vec::new();
            networks(address(next, net.addr().is_ipv4()), from.broadcast(), &mut left);
            free.splice(place..place, left);
        }
        carved.push(net);
    }
    Some(carved)
}

/// Appends the fewest networks that make up all addresses from `first` to `last`.
fn networks(first: IpAddr, last: IpAddr, out: &mut Vec<IpNet>) {
    match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => out.extend(Ipv4Subnets::new(first, last, 0).map(IpNet::V4)),
        (IpAddr::V6(first), IpAddr::V6(last)) => out.extend(Ipv6Subnets::new(first, last, 0).map(IpNet::V6)),
        _ => {}
    }
}

fn ip(row: &ResultRow, place: usize) -> Result<Option<IpAddr>, sqlx::Error> {
    Ok(row.cell(place, ColumnType::Scalar(ScalarType::Ip))?.as_ip())
}

fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => u128::from(u32::from(ip)),
        IpAddr::V6(ip) => u128::from(ip),
    }
}

/// The other way. Numbers come from addresses of the same version, or lie between two of them.
fn address(number: u128, v4: bool) -> IpAddr {
    match u32::try_from(number) {
        Ok(number) if v4 => IpAddr::V4(Ipv4Addr::from(number)),
        _ => IpAddr::V6(Ipv6Addr::from(number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_found_from_below() {
        for (first, last, wanted, taken, expected) in [
            (1, 6, 10, &[][..], &[1, 2, 3, 4, 5, 6][..]),
            (1, 6, 2, &[(1, 1), (3, 3)], &[2, 4]),
            (1, 6, 10, &[(0, 0), (2, 4), (3, 3), (9, 9)], &[1, 5, 6]),
            (1, 6, 10, &[(1, 6)], &[]),
            (5, 4, 10, &[], &[]),
            (u128::MAX - 1, u128::MAX, 10, &[(u128::MAX, u128::MAX)], &[u128::MAX - 1]),
            (u128::MAX, u128::MAX, 10, &[], &[u128::MAX]),
        ] {
            let mut gaps = Gaps::new(first, last, wanted);
            taken.iter().for_each(|(low, high)| gaps.skip(*low, *high));
            gaps.finish();
            assert_eq!(gaps.found, expected, "{first}-{last} without {taken:?}");
            assert!(gaps.is_done());
        }
    }

    #[test]
    fn networks_are_carved_from_below() {
        let nets = |texts: &[&str]| texts.iter().map(|text| text.parse::<IpNet>().unwrap()).collect::<Vec<_>>();
        for (free, lengths, expected) in [
            (&["10.0.0.0/22"][..], &[24, 23, 24][..], Some(&["10.0.0.0/24", "10.0.2.0/23", "10.0.1.0/24"][..])),
            (&["10.0.1.0/24", "10.0.2.0/23"], &[25, 23], Some(&["10.0.1.0/25", "10.0.2.0/23"])),
            (&["10.0.0.0/24"], &[24, 32], None),
            (&["10.0.0.0/24"], &[23], None),
            (&["255.255.255.254/31"], &[32, 32], Some(&["255.255.255.254/32", "255.255.255.255/32"])),
            (&["2001:db8::/32"], &[64, 48], Some(&["2001:db8::/64", "2001:db8:1::/48"])),
            (&["::/0"], &[1, 1], Some(&["::/1", "8000::/1"])),
            (&[], &[], Some(&[])),
        ] {
            assert_eq!(carve(nets(free), lengths), expected.map(nets), "{lengths:?} of {free:?}");
        }
    }
}
