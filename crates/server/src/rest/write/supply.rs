//! Values that are chosen for a client, within the transaction in which they are taken, so that no two get the same.

use serde_json::{Map, Value as Json};
use trueup_inventory::{Between, InventoryError, PathValues, Reader, RecordId};

use crate::rest::user_config;

/// Where values come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Supply {
    /// The free addresses of a prefix.
    Addresses { prefix: RecordId, between: Between },
    /// The free networks of a prefix: one for each length, in the order of the records.
    Networks { prefix: RecordId, lengths: Vec<u8> },
    /// The free ids of a group of VLANs.
    VlanIds { group: RecordId },
    /// What is kept for a user, with these keys merged into it.
    Preferences { user: RecordId, sent: Map<String, Json> },
    /// These, for a single record.
    Given(PathValues),
}

impl Supply {
    /// The fields that are not the client's to say.
    pub fn fields(&self) -> &'static [&'static str] {
        match self {
            Supply::Addresses { .. } => &["address", "host", "mask_length", "namespace", "parent"],
            Supply::Networks { .. } => &["prefix", "network", "prefix_length", "namespace", "parent"],
            Supply::VlanIds { .. } => &["vid", "vlan_group"],
            Supply::Preferences { .. } | Supply::Given(_) => &[],
        }
    }

    /// Values for so many records; none when there is not enough for all of them.
    pub async fn draw(&self, reader: &mut Reader, count: usize) -> Result<Option<Vec<PathValues>>, InventoryError> {
        match self {
            Supply::Addresses { prefix, between } => {
                let namespace = namespace(reader, *prefix).await?;
                let free = reader.free_addresses(*prefix, *between, count).await?;
                let values = free.iter().map(|net| in_namespace("address", net.to_string(), namespace));
                Ok((free.len() >= count).then(|| values.collect()))
            }
            Supply::Networks { prefix, lengths } => {
                let namespace = namespace(reader, *prefix).await?;
                let carved = reader.carve(*prefix, lengths).await?.unwrap_or_default();
                let values = carved.iter().map(|net| in_namespace("prefix", net.to_string(), namespace));
                Ok((carved.len() >= count).then(|| values.collect()))
            }
            Supply::VlanIds { group } => {
                let free = reader.free_vlan_ids(*group).await?;
                let values = free.iter().take(count).map(|vid| {
                    vec![("vid".into(), (*vid).into()), ("vlan_group__id".into(), group.to_string().into())]
                });
                Ok((free.len() >= count).then(|| values.collect()))
            }
            Supply::Preferences { user, sent } => {
                let values = user_config::merged(reader, *user, sent).await?;
                Ok((count <= 1).then(|| vec![values]))
            }
            Supply::Given(values) => Ok((count <= 1).then(|| vec![values.clone()])),
        }
    }
}

fn in_namespace(field: &str, value: String, namespace: Option<RecordId>) -> PathValues {
    let namespace = namespace.map(|id| ("namespace__id".into(), id.to_string().into()));
    std::iter::once((field.into(), value.into())).chain(namespace).collect()
}

async fn namespace(reader: &mut Reader, prefix: RecordId) -> Result<Option<RecordId>, InventoryError> {
    let registry = reader.registry().clone();
    let Ok(content_type) = registry.content_type("ipam.prefix") else { return Ok(None) };
    let records = reader.records(content_type, &[prefix]).await?;
    let place = content_type.place("namespace");
    Ok(records.first().zip(place).and_then(|(record, place)| record.reference(content_type, place)))
}
