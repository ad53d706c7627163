//! Which network covers an address, where a kind says that its records lie inside records of another.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use ipnet::IpNet;

use crate::kind::{Containment, KindId};
use crate::snapshot::{RowId, Snapshot};
use crate::value::{Encoder, Value};

/// The networks of one kind in one snapshot, by scope.
pub(super) struct Networks<'s> {
    snapshot: &'s Snapshot,
    containment: &'s Containment,
    rows: HashMap<(Vec<u8>, IpNet), u32>,
    /// Lengths that occur, longest last.
    lengths: BTreeSet<u8>,
}

impl<'s> Networks<'s> {
    pub(super) fn new(snapshot: &'s Snapshot, containment: &'s Containment, kind: KindId) -> Self {
        let mut networks = Self { snapshot, containment, rows: HashMap::new(), lengths: BTreeSet::new() };
        for row in snapshot.rows_of(kind) {
            let key = snapshot.record(RowId(row)).key();
            let Value::Prefix(network) = &key.values()[containment.network] else { continue };
            let scope = encode(containment.scope.iter().map(|(_, identifier)| &key.values()[*identifier]));
            networks.lengths.insert(network.prefix_len());
            networks.rows.insert((scope, *network), row);
        }
        networks
    }

    /// The longest network that covers what a row of the containing kind holds.
    pub(super) fn covering(&self, row: u32) -> Option<u32> {
        let record = self.snapshot.record(RowId(row));
        let address: IpAddr = match record.value(self.containment.address) {
            Value::Ip(address) => address,
            Value::Interface(interface) => interface.address(),
            _ => return None,
        };
        let values: Vec<Value> = self.containment.scope.iter().map(|(slot, _)| record.value(*slot)).collect();
        let scope = encode(values.iter());
        self.lengths.iter().rev().find_map(|length| {
            let network = IpNet::new(address, *length).ok()?.trunc();
            self.rows.get(&(scope.clone(), network)).copied()
        })
    }
}

fn encode<'v>(values: impl Iterator<Item = &'v Value>) -> Vec<u8> {
    let mut bytes = Vec::new();
    values.for_each(|value| Encoder::new(&mut bytes).value(value));
    bytes
}
