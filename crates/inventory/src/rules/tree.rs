//! The prefixes of some namespaces in memory: who covers whom.

use std::collections::HashMap;
use std::net::IpAddr;

use foldhash::fast::RandomState;
use ipnet::IpNet;

use crate::model::{ColumnType, ScalarType};
use crate::storage::{Cell, RecordId, ip_from_bytes};
use crate::write::{Batch, select_by_ids};

/// All prefixes of some namespaces.
#[derive(Debug, Default)]
pub(super) struct Prefixes {
    by_net: HashMap<(RecordId, IpNet), RecordId, RandomState>,
    /// Each prefix with its namespace and the parent that is stored for it.
    pub all: Vec<StoredPrefix>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct StoredPrefix {
    pub id: RecordId,
    pub namespace: RecordId,
    pub net: IpNet,
    pub parent: Option<RecordId>,
}

impl Prefixes {
    /// One query for all namespaces together.
    pub async fn load(batch: &mut Batch<'_>, namespaces: &[RecordId]) -> Result<Self, sqlx::Error> {
        let head = "SELECT \"id\", \"namespace_id\", \"network\", \"prefix_length\", \"parent_id\" \
                    FROM \"ipam_prefix\" WHERE \"namespace_id\" IN ";
        let mut prefixes = Self::default();
        for row in select_by_ids(&mut batch.session, head, namespaces, "").await? {
            let network = match row.cell(2, ColumnType::Scalar(ScalarType::Ip))? {
                Cell::Bytes(bytes) => ip_from_bytes(&bytes),
                _ => None,
            };
            let length = row.int(3)?.and_then(|length| u8::try_from(length).ok());
            let Some(net) = network.zip(length).and_then(|(ip, length)| IpNet::new(ip, length).ok()) else { continue };
            let stored = StoredPrefix { id: row.some_id(0)?, namespace: row.some_id(1)?, net, parent: row.id(4)? };
            prefixes.all.push(stored);
            prefixes.by_net.insert((stored.namespace, net), stored.id);
        }
        Ok(prefixes)
    }

    /// Adds a prefix that is not stored yet. False when there is one already.
    pub fn add(&mut self, namespace: RecordId, net: IpNet, id: RecordId) -> bool {
        match self.by_net.entry((namespace, net)) {
            std::collections::hash_map::Entry::Occupied(_) => false,
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(id);
                true
            }
        }
    }

    pub fn remove(&mut self, namespace: RecordId, net: IpNet) {
        self.by_net.remove(&(namespace, net));
    }

    /// The longest prefix that holds `net` and is not `net` itself.
    pub fn parent(&self, namespace: RecordId, net: IpNet) -> Option<RecordId> {
        (0..net.prefix_len()).rev().find_map(|length| self.at(namespace, net.network(), length))
    }

    /// The longest prefix that holds `host`.
    pub fn holder(&self, namespace: RecordId, host: IpAddr) -> Option<RecordId> {
        let longest = if host.is_ipv4() { 32 } else { 128 };
        (0..=longest).rev().find_map(|length| self.at(namespace, host, length))
    }

    fn at(&self, namespace: RecordId, host: IpAddr, length: u8) -> Option<RecordId> {
        let net = IpNet::new(host, length).ok()?.trunc();
        self.by_net.get(&(namespace, net)).copied()
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
            assert!(prefixes.add(namespace, net.parse().unwrap(), *id));
        }
        assert!(!prefixes.add(namespace, "10.0.0.0/8".parse().unwrap(), RecordId::random()));
        let parent = |net: &str| prefixes.parent(namespace, net.parse().unwrap());
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
