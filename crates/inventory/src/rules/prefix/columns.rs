//! The columns of a prefix that the rules work on.

use ipnet::IpNet;

use super::adopt::New;
use crate::model::ContentType;
use crate::rules::tree::Place;
use crate::storage::Cell;
use crate::write::{Draft, WriteErrorCause as Cause};

pub(super) struct Columns {
    pub network: usize,
    pub length: usize,
    pub broadcast: usize,
    pub version: usize,
    pub namespace: usize,
    pub parent: usize,
}

impl Columns {
    pub fn of(content_type: &ContentType) -> Self {
        Self {
            network: content_type.column_of("network"),
            length: content_type.column_of("prefix_length"),
            broadcast: content_type.column_of("broadcast"),
            version: content_type.column_of("ip_version"),
            namespace: content_type.column_of("namespace"),
            parent: content_type.column_of("parent"),
        }
    }

    pub fn net(&self, row: &[Cell]) -> Option<IpNet> {
        let length = row[self.length].int().and_then(|length| u8::try_from(length).ok())?;
        IpNet::new(row[self.network].as_ip()?, length).ok()
    }

    pub fn place(&self, row: &[Cell]) -> Option<Place> {
        row[self.namespace].id().zip(self.net(row))
    }

    /// Clears host bits and fills what follows from the network.
    pub fn complete(&self, draft: &mut Draft) {
        if let Some(net) = self.net(&draft.row) {
            draft.row[self.network] = Cell::ip(net.network());
            draft.row[self.broadcast] = Cell::ip(net.broadcast());
            draft.row[self.version] = Cell::Int(if net.addr().is_ipv4() { 4 } else { 6 });
        } else if !draft.row[self.network].is_null() && !draft.row[self.length].is_null() {
            draft.fail(Cause::rule("prefix_length", "it is longer than the address"));
        }
    }

    /// A stored draft as a prefix that may take others over.
    pub fn new(&self, draft: &Draft) -> Option<New> {
        let (namespace, net) = self.place(&draft.row)?;
        Some(New { id: draft.id, namespace, net, parent: draft.row[self.parent].id() })
    }
}
