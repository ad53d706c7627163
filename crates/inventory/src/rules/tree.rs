//! Prefixes in memory: who covers whom. Only what can cover the networks in question is read, so that one insert into a
//! namespace of a hundred thousand prefixes stays cheap.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;

use foldhash::fast::RandomState;
use indexmap::IndexSet;
use ipnet::IpNet;

use super::distinct;
use crate::model::{ColumnType, ScalarType};
use crate::storage::{Args, Cell, RecordId, ResultRow};
use crate::write::{Batch, select_by_ids};

/// A network in its namespace.
pub(super) type Place = (RecordId, IpNet);

/// Prefixes by network: all that may cover some networks, and those that a batch adds.
#[derive(Debug, Default)]
pub(super) struct Prefixes {
    by_place: HashMap<Place, RecordId, RandomState>,
    by_id: HashMap<RecordId, Place, RandomState>,
}

/// The columns that [`StoredPrefix::read`] expects, in its order.
pub(super) const COLUMNS: &str = "\"id\", \"namespace_id\", \"network\", \"prefix_length\", \"parent_id\"";

/// A prefix as it is stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct StoredPrefix {
    pub id: RecordId,
    pub namespace: RecordId,
    pub net: IpNet,
    pub parent: Option<RecordId>,
}

impl StoredPrefix {
    /// From a row of [`COLUMNS`]; `None` for a row that holds no network.
    pub fn read(row: &ResultRow) -> Result<Option<Self>, sqlx::Error> {
        let network = row.cell(2, ColumnType::Scalar(ScalarType::Ip))?.as_ip();
        let length = row.int(3)?.and_then(|length| u8::try_from(length).ok());
        let Some(net) = network.zip(length).and_then(|(ip, length)| IpNet::new(ip, length).ok()) else {
            return Ok(None);
        };
        Ok(Some(Self { id: row.some_id(0)?, namespace: row.some_id(1)?, net, parent: row.id(4)? }))
    }

    pub fn place(&self) -> Place {
        (self.namespace, self.net)
    }
}

/// Values of one statement.
const CHUNK: usize = 256;

impl Prefixes {
    /// Every prefix that is one of `places` or covers one: by the networks that could, or whole namespaces when those
    /// hold fewer.
    pub async fn covering(batch: &mut Batch<'_>, places: &[Place]) -> Result<Self, sqlx::Error> {
        let mut prefixes = Self::default();
        let namespaces = distinct(places.iter().map(|(namespace, _)| *namespace));
        if namespaces.is_empty() {
            return Ok(prefixes);
        }
        let mut networks: IndexSet<IpAddr> = IndexSet::new();
        for (_, net) in places {
            networks.extend(
                (0..=net.prefix_len()).filter_map(|length| Some(IpNet::new(net.addr(), length).ok()?.network())),
            );
        }
        let head = "SELECT count(*) FROM \"ipam_prefix\" WHERE \"namespace_id\" IN ";
        let mut stored = 0;
        for row in select_by_ids(&mut batch.session, head, &namespaces, "").await? {
            stored += row.int(0)?.unwrap_or_default();
        }
        let head = format!("SELECT {COLUMNS} FROM \"ipam_prefix\" WHERE ");
        let rows = if usize::try_from(stored).unwrap_or(usize::MAX) <= networks.len() {
            select_by_ids(&mut batch.session, &format!("{head}\"namespace_id\" IN "), &namespaces, "").await?
        } else {
            let mut rows = Vec::new();
            let networks: Vec<IpAddr> = networks.into_iter().collect();
            for chunk in networks.chunks(CHUNK) {
                let mut args = Args::with_capacity(chunk.len());
                chunk.iter().for_each(|network| args.cell(&Cell::ip(*network)));
                let sql = format!("{head}\"network\" IN ({})", vec!["?"; chunk.len()].join(","));
                rows.extend(batch.session.rows(sql, args).await?);
            }
            rows
        };
        for row in &rows {
            if let Some(prefix) = StoredPrefix::read(row)?
                && namespaces.contains(&prefix.namespace)
            {
                prefixes.add(prefix.place(), prefix.id);
            }
        }
        Ok(prefixes)
    }

    /// Adds a prefix. False, and nothing is added, when there is one already.
    pub fn add(&mut self, place: Place, id: RecordId) -> bool {
        match self.by_place.entry(place) {
            Entry::Occupied(_) => false,
            Entry::Vacant(entry) => {
                entry.insert(id);
                self.by_id.insert(id, place);
                true
            }
        }
    }

    pub fn remove(&mut self, place: Place) {
        if let Some(id) = self.by_place.remove(&place) {
            self.by_id.remove(&id);
        }
    }

    /// Where a prefix that is known here lies.
    pub fn place_of(&self, id: RecordId) -> Option<Place> {
        self.by_id.get(&id).copied()
    }

    /// The longest prefix that covers `net` and is not `net` itself.
    pub fn parent(&self, (namespace, net): Place) -> Option<RecordId> {
        (0..net.prefix_len()).rev().find_map(|length| self.at(namespace, net.network(), length))
    }

    /// The longest prefix that holds `host`.
    pub fn holder(&self, namespace: RecordId, host: IpAddr) -> Option<RecordId> {
        let longest = if host.is_ipv4() { 32 } else { 128 };
        (0..=longest).rev().find_map(|length| self.at(namespace, host, length))
    }

    /// The longest prefix that holds two addresses.
    pub fn holder_of_both(&self, namespace: RecordId, one: IpAddr, other: IpAddr) -> Option<RecordId> {
        let longest = if one.is_ipv4() { 32 } else { 128 };
        let holder = |length: u8| {
            let found = self.at(namespace, one, length)?;
            IpNet::new(one, length).ok()?.contains(&other).then_some(found)
        };
        (0..=longest).rev().find_map(holder)
    }

    fn at(&self, namespace: RecordId, host: IpAddr, length: u8) -> Option<RecordId> {
        let net = IpNet::new(host, length).ok()?.trunc();
        self.by_place.get(&(namespace, net)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_longest() {
        let namespace = RecordId::random();
        let mut prefixes = Prefixes::default();
        let nets = ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "2001:db8::/32", "0.0.0.0/0"];
        let ids: Vec<RecordId> = nets.iter().map(|_| RecordId::random()).collect();
        for (net, id) in nets.iter().zip(&ids) {
            assert!(prefixes.add((namespace, net.parse().unwrap()), *id));
        }
        assert!(!prefixes.add((namespace, "10.0.0.0/8".parse().unwrap()), RecordId::random()));
        let parent = |net: &str| prefixes.parent((namespace, net.parse().unwrap()));
        assert_eq!(parent("10.1.2.0/24"), Some(ids[1]));
        assert_eq!(parent("10.1.2.128/25"), Some(ids[2]));
        assert_eq!(parent("10.0.0.0/8"), Some(ids[4]));
        assert_eq!(parent("0.0.0.0/0"), None);
        assert_eq!(parent("2001:db8:1::/48"), Some(ids[3]));
        assert_eq!(prefixes.holder(namespace, "10.1.2.3".parse().unwrap()), Some(ids[2]));
        assert_eq!(prefixes.holder(namespace, "2001:db9::1".parse().unwrap()), None);
        assert_eq!(prefixes.holder(RecordId::random(), "10.1.2.3".parse().unwrap()), None);
    }
}
