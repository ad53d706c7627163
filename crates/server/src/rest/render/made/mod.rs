//! Values that no column holds: worked out when a record is shown.

pub mod cable;
pub mod config_context;
mod diff;

use std::fmt::Write as _;

use serde_json::Value as Json;
use trueup_inventory::model::{Made, TypeIndex};
use trueup_inventory::{Reader, Record, RecordId};

use super::text::string_into;
use super::world::{FieldKey, World};
use super::writer::Writer;
use crate::error::ApiError;
use crate::graphql::default_variables;

/// Reads what a value of all these records is made of.
pub async fn load(
    world: &mut World,
    reader: &mut Reader,
    made: Made,
    field: FieldKey,
    ids: &[RecordId],
) -> Result<(), ApiError> {
    match made {
        Made::Cable
        | Made::CablePeer
        | Made::CablePeerType
        | Made::ConnectedEndpoint
        | Made::ConnectedEndpointType
        | Made::ConnectedEndpointReachable => cable::load(world, reader, field.0, ids).await,
        Made::ConfigContext => config_context::load(world, reader, field.0, ids).await,
        Made::TaggedItems => {
            for reverse in world.registry().pointing_at(field.0) {
                world.add_count(reader, field, reverse, ids).await?;
            }
            Ok(())
        }
        Made::SyncDiff => diff::load(world, reader, ids).await,
        // The change log has a way of its own, which needs the view: `render/logged.rs`.
        Made::LoggedRecord
        | Made::Null
        | Made::EmptyList
        | Made::EmptyObject
        | Made::Zero
        | Made::NetworkDriverMappings
        | Made::QueryVariables
        | Made::CableTerminations
        | Made::StepDiff => Ok(()),
    }
}

/// The record that a made value refers to, when it does.
pub fn target(world: &World, made: Made, content_type: TypeIndex, id: RecordId) -> Option<(TypeIndex, RecordId)> {
    let end = world.cables.end(content_type, id)?;
    match made {
        Made::Cable => Some((end.cable_type, end.cable)),
        Made::CablePeer | Made::ConnectedEndpoint => end.peer,
        _ => None,
    }
}

/// Appends a made value.
pub fn write(writer: &mut Writer<'_>, made: Made, field: FieldKey, record: &Record, remaining: u8, out: &mut String) {
    let world = writer.world();
    match made {
        Made::EmptyList => out.push_str("[]"),
        Made::EmptyObject | Made::NetworkDriverMappings => out.push_str("{}"),
        Made::Zero => out.push('0'),
        Made::TaggedItems => {
            let _ = write!(out, "{}", world.count(field, record.id()));
        }
        Made::Cable => match target(world, made, field.0, record.id()) {
            Some((to, id)) => writer.reference(to, id, remaining, out),
            None => out.push_str("null"),
        },
        Made::CablePeer | Made::ConnectedEndpoint => match target(world, made, field.0, record.id()) {
            Some((to, id)) => writer.generic(to, id, remaining, out),
            None => out.push_str("null"),
        },
        Made::CablePeerType | Made::ConnectedEndpointType => {
            let peer = world.cables.end(field.0, record.id()).and_then(|end| end.peer);
            match peer {
                Some((to, _)) => string_into(world.content_type(to).name(), out),
                None => out.push_str("null"),
            }
        }
        Made::ConnectedEndpointReachable => {
            let end = world.cables.end(field.0, record.id()).filter(|end| end.peer.is_some());
            out.push_str(end.map_or("null", |end| if end.connected { "true" } else { "false" }));
        }
        Made::CableTerminations => cable::terminations_into(world.content_type(field.0), record, out),
        Made::ConfigContext => {
            let merged = config_context::merged(world, world.content_type(field.0), record);
            let _ = write!(out, "{}", Json::Object(merged));
        }
        Made::QueryVariables => {
            let content_type = world.content_type(field.0);
            let query = content_type.place("query").and_then(|place| record.text(content_type, place));
            let _ = write!(out, "{}", Json::Object(default_variables(query.unwrap_or_default())));
        }
        Made::SyncDiff => out.push_str(world.diffs.get(&record.id()).map_or("{}", String::as_str)),
        Made::StepDiff => diff::step_into(world.content_type(field.0), record, out),
        Made::LoggedRecord => out.push_str(world.logged.get(&record.id()).map_or("null", String::as_str)),
        Made::Null => out.push_str("null"),
    }
}
