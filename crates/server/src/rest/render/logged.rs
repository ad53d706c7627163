//! The records that rows of the change log are about, in the shape that the API has for records. See decision 0010.
//!
//! What the log keeps of a record are its own values: these are shown as they were. Whatever else a record shows (names of
//! what it refers to, addresses of its interface, what a cable leads to) is as it is now. One list may show several states of
//! one record. So the states are read under the ids of their rows, all at once, and then take the place of the record one
//! after the other, to be written.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map as JsonMap, Value as Json};
use trueup_inventory::model::{ContentType, Registry, TypeIndex};
use trueup_inventory::{LinkTarget, ListRequest, LoggedLink, LoggedRecord, Reader, RecordId};

use super::gather::{Gathered, Level};
use super::plan::{How, Place, Plan};
use super::world::{Map, World};
use super::writer::{MOST_BYTES, TooLong, Writer};
use crate::error::ApiError;
use crate::rest::view::View;

/// What the log names instead of giving its id.
const TAG: &str = "extras.tag";

/// A row of the log, and what it is about.
struct State {
    row: RecordId,
    logged: LoggedRecord,
    /// By the place of a field that the log keeps, what it held.
    links: Vec<(usize, Vec<LinkTarget>)>,
}

/// Reads and writes the records that rows of the log, which are in the world, are about.
pub async fn load(
    world: &mut World,
    reader: &mut Reader,
    view: &View,
    log: TypeIndex,
    rows: &[RecordId],
) -> Result<(), ApiError> {
    let view = view.of_log();
    let registry = Arc::clone(reader.registry());
    let mut states = states(&registry, world, log, rows);
    name_tags(reader, &mut states).await?;
    let mut bytes = 0;
    for (index, states) in states {
        let mut gathered = Gathered::new(reader, &view);
        let plan = gathered.plans.make(index, Place::Top);
        gather(reader, &mut gathered, &plan, &states).await?;
        for state in &states {
            let text = write(&mut gathered, &plan, state);
            bytes += text.len();
            if bytes > MOST_BYTES {
                return Err(TooLong.into());
            }
            world.logged.insert(state.row, text);
        }
    }
    Ok(())
}

/// What the rows are about, by type. Rows of types that there are no more are left out.
fn states(registry: &Registry, world: &World, log: TypeIndex, rows: &[RecordId]) -> BTreeMap<TypeIndex, Vec<State>> {
    let log = registry.get(log);
    let mut states: BTreeMap<TypeIndex, Vec<State>> = BTreeMap::new();
    for row in rows.iter().filter_map(|row| world.record(log.index(), *row)) {
        let value = |field: &str| log.place(field).map(|place| row.value(log, place).to_json()).unwrap_or_default();
        let (content_type, id, data) = (value("changed_object_type"), value("changed_object_id"), value("object_data"));
        let content_type = content_type.as_str().and_then(|name| registry.content_type(name).ok());
        let id = id.as_str().and_then(|id| id.parse().ok()).map(RecordId);
        if let (Some(content_type), Some(id), Json::Object(data)) = (content_type, id, data) {
            states.entry(content_type.index()).or_default().push(state(registry, content_type, row.id(), id, &data));
        }
    }
    states
}

fn state(
    registry: &Registry,
    content_type: &ContentType,
    row: RecordId,
    id: RecordId,
    data: &JsonMap<String, Json>,
) -> State {
    State { row, logged: LoggedRecord::read(registry, content_type, id, data), links: Vec::new() }
}

/// Finds the tags of those names, all in one question; a tag that is no more is left out.
async fn name_tags(reader: &mut Reader, states: &mut BTreeMap<TypeIndex, Vec<State>>) -> Result<(), ApiError> {
    let all = || states.values().flatten().flat_map(|state| &state.logged.links).flat_map(|(_, links)| links);
    let mut names: Vec<String> = all()
        .filter_map(|link| match link {
            LoggedLink::Name(name) => Some(name.clone()),
            LoggedLink::Target(_) => None,
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    let mut tags: Map<String, RecordId> = Map::default();
    let registry = Arc::clone(reader.registry());
    if let (false, Ok(tag)) = (names.is_empty(), registry.content_type(TAG))
        && let Some(name) = tag.place("name")
    {
        let mut request = ListRequest::all(tag.index());
        request.filters.insert("name".to_owned(), names);
        let ids = reader.list(&request).await?.ids;
        for record in reader.records(tag, &ids).await? {
            tags.extend(record.text(tag, name).map(|text| (text.to_owned(), record.id())));
        }
    }
    for state in states.values_mut().flatten() {
        let target = |link: &LoggedLink| match link {
            LoggedLink::Target(target) => Some(target.clone()),
            LoggedLink::Name(name) => tags.get(name).map(|id| LinkTarget::Record(*id)),
        };
        let links = state.logged.links.iter();
        state.links = links.map(|(field, links)| (*field, links.iter().filter_map(target).collect())).collect();
    }
    Ok(())
}

/// Reads what the states show: under the ids of their rows what they say themselves, under the ids of the records what is
/// so now.
async fn gather(
    reader: &mut Reader,
    gathered: &mut Gathered<'_>,
    plan: &Plan,
    states: &[State],
) -> Result<(), ApiError> {
    let index = plan.content_type.index();
    let rows: Vec<RecordId> = states.iter().map(|state| state.row).collect();
    let mut records: Vec<RecordId> = states.iter().map(|state| state.logged.record.id()).collect();
    records.sort_unstable();
    records.dedup();
    for state in states {
        gathered.world.replace(index, state.row, Some(state.logged.record.known_as(state.row)));
        for (field, links) in &state.links {
            gathered.world.replace_links((index, *field), state.row, Some(links.clone()));
        }
    }
    gathered.load_names(reader, plan, &rows).await?;
    for line in &plan.fields {
        let is_kept = || states.iter().any(|state| state.links.iter().any(|(field, _)| *field == line.field));
        match &line.how {
            How::Many(_) | How::First(_) | How::ContentTypes if is_kept() => {}
            How::Alias(..) | How::Generic => gathered.load_field(reader, plan, line, &rows).await?,
            _ => gathered.load_field(reader, plan, line, &records).await?,
        }
    }
    let mut level = Level::new();
    gathered.targets(plan, &rows, &mut level);
    gathered.targets(plan, &records, &mut level);
    gathered.level(reader, Place::Nested, level, false).await?;
    Ok(())
}

/// The text of a record in one of its states.
fn write(gathered: &mut Gathered<'_>, plan: &Plan, state: &State) -> String {
    let index = plan.content_type.index();
    let id = state.logged.record.id();
    let world = &mut gathered.world;
    let known = world.replace(index, id, Some(state.logged.record.clone()));
    let kept = state.links.iter().map(|(field, links)| ((index, *field), links.clone()));
    let known_links: Vec<_> = kept.map(|(field, links)| (field, world.replace_links(field, id, Some(links)))).collect();
    let text = Writer::new(gathered).one(plan, &state.logged.record);
    gathered.world.replace(index, id, known);
    for (field, links) in known_links {
        gathered.world.replace_links(field, id, links);
    }
    text
}
