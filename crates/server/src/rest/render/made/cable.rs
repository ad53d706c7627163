//! What is plugged into a termination: the cable, and what hangs at its other end.

use std::sync::Arc;

use trueup_inventory::model::{ContentType, TypeIndex};
use trueup_inventory::{ListRequest, Reader, Record, RecordId};

use crate::error::ApiError;
use crate::rest::render::text::{id_into, string_into};
use crate::rest::render::world::{Map, Set, World};

const CABLE: &str = "dcim.cable";
/// The status of a cable whose path is open.
const CONNECTED: &str = "Connected";

/// The cables of the terminations of an answer.
#[derive(Debug, Default)]
pub struct Cables {
    ends: Map<(TypeIndex, RecordId), CableEnd>,
    /// Terminations that were asked about.
    asked: Set<(TypeIndex, RecordId)>,
}

/// One end of a cable, seen from what is plugged in there.
#[derive(Debug, Clone, Copy)]
pub struct CableEnd {
    pub cable_type: TypeIndex,
    pub cable: RecordId,
    /// What hangs at the other end.
    pub peer: Option<(TypeIndex, RecordId)>,
    pub connected: bool,
}

impl Cables {
    /// The cable end in a termination.
    pub fn end(&self, content_type: TypeIndex, id: RecordId) -> Option<&CableEnd> {
        self.ends.get(&(content_type, id))
    }
}

/// Reads the cables of terminations: one query for each side of cables, one for their rows, one for their peers.
pub async fn load(
    world: &mut World,
    reader: &mut Reader,
    content_type: TypeIndex,
    ids: &[RecordId],
) -> Result<(), ApiError> {
    let registry = Arc::clone(reader.registry());
    let Ok(cable) = registry.content_type(CABLE) else { return Ok(()) };
    let new: Vec<RecordId> = ids.iter().copied().filter(|id| world.cables.asked.insert((content_type, *id))).collect();
    if new.is_empty() {
        return Ok(());
    }
    let mut found = Vec::new();
    for side in ["termination_a_id", "termination_b_id"] {
        let mut request = ListRequest::all(cable.index());
        request.filters.insert(side.to_owned(), new.iter().map(ToString::to_string).collect());
        found.extend(reader.list(&request).await?.ids);
    }
    world.load(reader, cable.index(), found.iter().copied()).await?;
    let places = (cable.place("termination_a"), cable.place("termination_b"), cable.place("status"));
    let (Some(a), Some(b), Some(status)) = places else { return Ok(()) };
    let status_type = registry.content_type("extras.status").ok();
    if let Some(status_type) = status_type {
        let ids: Vec<RecordId> =
            found.iter().filter_map(|id| world.record(cable.index(), *id)?.reference(cable, status)).collect();
        world.load(reader, status_type.index(), ids).await?;
    }
    for id in found {
        let Some(record) = world.record(cable.index(), id) else { continue };
        let end = |place| {
            let (name, id) = record.generic(cable, place)?;
            Some((registry.content_type(name).ok()?.index(), id))
        };
        let status = record.reference(cable, status).zip(status_type).and_then(|(id, status_type)| {
            world.record(status_type.index(), id)?.text(status_type, status_type.place("name")?)
        });
        let connected = status == Some(CONNECTED);
        let (a, b) = (end(a), end(b));
        for (near, peer) in [(a, b), (b, a)] {
            if let Some(near) = near {
                let end = CableEnd { cable_type: cable.index(), cable: id, peer, connected };
                world.cables.ends.insert(near, end);
            }
        }
    }
    let mut peers: Map<TypeIndex, Vec<RecordId>> = Map::default();
    for id in &new {
        if let Some((to, peer)) = world.cables.end(content_type, *id).and_then(|end| end.peer) {
            peers.entry(to).or_default().push(peer);
        }
    }
    for (to, ids) in peers {
        world.load(reader, to, ids).await?;
    }
    Ok(())
}

/// Appends a cable's ends by the number of the connector.
pub fn terminations_into(cable: &ContentType, record: &Record, out: &mut String) {
    out.push('{');
    let start = out.len();
    for (field, connector) in [("termination_a", "a1"), ("termination_b", "b1")] {
        let Some((name, id)) = cable.place(field).and_then(|place| record.generic(cable, place)) else { continue };
        if out.len() > start {
            out.push(',');
        }
        string_into(connector, out);
        out.push_str(":{\"object_type\":");
        string_into(name, out);
        out.push_str(",\"id\":\"");
        id_into(id, out);
        out.push_str("\"}");
    }
    out.push('}');
}
