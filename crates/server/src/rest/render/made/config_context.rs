//! `config_context`: what the config contexts that apply to a device or a virtual machine say together, and above them
//! what it says itself.
//!
//! A context applies when of each thing that it is limited to, the record has one: a location or one that it lies in, a
//! role, and so on. Contexts come by weight and name; what comes later wins, objects are merged.

use std::sync::Arc;

use serde_json::{Map as Object, Value as Json};
use trueup_inventory::model::{ContentType, FieldKind, ManyTarget, TypeIndex};
use trueup_inventory::{LinkTarget, ListRequest, Reader, Record, RecordId};

use crate::error::ApiError;
use crate::rest::render::world::{Map, Set, World};

const CONTEXT: &str = "extras.configcontext";
const LOCAL: &str = "local_config_context_data";

/// One thing that contexts are limited to: their field, and the paths that lead there from the records that contexts are
/// for.
struct Limit {
    field: &'static str,
    from: &'static [(&'static str, &'static str)],
    reach: Reach,
}

/// What a limit takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    Node,
    /// Everything below it too.
    Tree,
}

const DEVICE: &str = "dcim.device";
const MACHINE: &str = "virtualization.virtualmachine";

const LIMITS: [Limit; 10] = [
    Limit { field: "locations", from: &[(DEVICE, "location"), (MACHINE, "cluster__location")], reach: Reach::Tree },
    Limit { field: "roles", from: &[(DEVICE, "role"), (MACHINE, "role")], reach: Reach::Node },
    Limit { field: "device_types", from: &[(DEVICE, "device_type")], reach: Reach::Node },
    Limit { field: "device_families", from: &[(DEVICE, "device_type__device_family")], reach: Reach::Node },
    Limit { field: "platforms", from: &[(DEVICE, "platform"), (MACHINE, "platform")], reach: Reach::Node },
    Limit {
        field: "cluster_groups",
        from: &[(DEVICE, "clusters__cluster_group"), (MACHINE, "cluster__cluster_group")],
        reach: Reach::Node,
    },
    Limit { field: "clusters", from: &[(DEVICE, "clusters"), (MACHINE, "cluster")], reach: Reach::Node },
    Limit {
        field: "tenant_groups",
        from: &[(DEVICE, "tenant__tenant_group"), (MACHINE, "tenant__tenant_group")],
        reach: Reach::Tree,
    },
    Limit { field: "tenants", from: &[(DEVICE, "tenant"), (MACHINE, "tenant")], reach: Reach::Node },
    Limit { field: "tags", from: &[(DEVICE, "tags"), (MACHINE, "tags")], reach: Reach::Node },
];

/// A context that is switched on.
#[derive(Debug)]
struct Context {
    data: Object<String, Json>,
    /// By place in [`LIMITS`], what it is limited to; what is not there does not limit it.
    limits: Map<usize, Set<RecordId>>,
}

/// The config contexts of an answer.
#[derive(Debug, Default)]
pub struct Contexts {
    /// In the order in which they are merged; nothing before they are asked for.
    all: Option<Arc<[Context]>>,
    /// By record, the contexts that apply.
    applied: Map<(TypeIndex, RecordId), Vec<usize>>,
}

/// By record, what a path leads to.
type Reached = Map<RecordId, Vec<RecordId>>;

/// Finds out which contexts apply to records: one query for each limit of contexts, and one for each step of the paths to
/// what some context is limited to.
pub async fn load(
    world: &mut World,
    reader: &mut Reader,
    content_type: TypeIndex,
    ids: &[RecordId],
) -> Result<(), ApiError> {
    let contexts = match &world.contexts.all {
        Some(all) => Arc::clone(all),
        None => {
            let all: Arc<[Context]> = contexts(reader).await?.into();
            world.contexts.all = Some(Arc::clone(&all));
            all
        }
    };
    let name = world.content_type(content_type).name().to_owned();
    let mut reached: Map<usize, Reached> = Map::default();
    for (place, limit) in LIMITS.iter().enumerate() {
        let path = limit.from.iter().find(|(from, _)| *from == name).map(|(_, path)| *path);
        if let Some(path) = path.filter(|_| contexts.iter().any(|context| context.limits.contains_key(&place))) {
            reached.insert(place, follow(world, reader, content_type, ids, path, limit.reach).await?);
        }
    }
    for id in ids {
        let meets = |(place, wanted): (&usize, &Set<RecordId>)| {
            let has = reached.get(place).and_then(|reached| reached.get(id));
            has.is_some_and(|has| has.iter().any(|one| wanted.contains(one)))
        };
        let applies = |place: &usize| contexts[*place].limits.iter().all(meets);
        world.contexts.applied.insert((content_type, *id), (0..contexts.len()).filter(applies).collect());
    }
    Ok(())
}

/// All contexts that are switched on, in their order.
async fn contexts(reader: &mut Reader) -> Result<Vec<Context>, ApiError> {
    let registry = Arc::clone(reader.registry());
    let Ok(content_type) = registry.content_type(CONTEXT) else { return Ok(Vec::new()) };
    let mut request = ListRequest::all(content_type.index());
    request.filters.insert("is_active".to_owned(), vec!["true".to_owned()]);
    let ids = reader.list(&request).await?.ids;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let records = reader.records(content_type, &ids).await?;
    let data = |record: &Record| object(content_type, record, "data");
    let mut contexts: Vec<Context> =
        records.iter().map(|record| Context { data: data(record), limits: Map::default() }).collect();
    for (place, limit) in LIMITS.iter().enumerate() {
        let Some(field) = content_type.place(limit.field) else { continue };
        let mut links = reader.links(content_type, field, &ids).await?;
        for (context, record) in contexts.iter_mut().zip(&records) {
            let wanted: Set<RecordId> = links.remove(&record.id()).iter().flatten().filter_map(record_id).collect();
            if !wanted.is_empty() {
                context.limits.insert(place, wanted);
            }
        }
    }
    Ok(contexts)
}

/// Where a path leads from each record, one query a step.
async fn follow(
    world: &mut World,
    reader: &mut Reader,
    content_type: TypeIndex,
    ids: &[RecordId],
    path: &str,
    reach: Reach,
) -> Result<Reached, ApiError> {
    let registry = Arc::clone(reader.registry());
    let mut at = content_type;
    let mut reached: Reached = ids.iter().map(|id| (*id, vec![*id])).collect();
    for step in path.split("__") {
        let here = registry.get(at);
        let Some(field) = here.place(step) else { return Ok(Reached::default()) };
        let current = distinct(&reached);
        world.load(reader, at, current.iter().copied()).await?;
        let to = match here.fields()[field].kind() {
            FieldKind::Reference(reference) => {
                let next = |id: &RecordId| world.record(at, *id)?.reference(here, field);
                reached.values_mut().for_each(|all| *all = all.iter().filter_map(next).collect());
                reference.to()
            }
            FieldKind::Many(many) => {
                let ManyTarget::Records(to) = many.target() else { return Ok(Reached::default()) };
                world.load_links(reader, (at, field), &current).await?;
                let next = |id: &RecordId| world.links((at, field), *id).iter().filter_map(record_id);
                reached.values_mut().for_each(|all| *all = all.iter().flat_map(next).collect());
                to
            }
            _ => return Ok(Reached::default()),
        };
        at = to;
    }
    let here = registry.get(at);
    if let (Reach::Tree, Some(parent)) = (reach, here.tree().and_then(|parent| here.place(parent.name()))) {
        let found = distinct(&reached);
        world.load(reader, at, found.iter().copied()).await?;
        world.load_ancestors(reader, at, parent, &found).await?;
        for all in reached.values_mut() {
            let mut above: Vec<RecordId> = Vec::new();
            for start in all.iter() {
                // A ring of parents cannot be stored; should there be one, it ends where it began.
                let mut next = Some(*start);
                while let Some(id) = next.filter(|id| !above.contains(id)) {
                    above.push(id);
                    next = world.record(at, id).and_then(|record| record.reference(here, parent));
                }
            }
            *all = above;
        }
    }
    Ok(reached)
}

fn distinct(reached: &Reached) -> Vec<RecordId> {
    let mut seen: Set<RecordId> = Set::default();
    reached.values().flatten().copied().filter(|id| seen.insert(*id)).collect()
}

fn record_id(target: &LinkTarget) -> Option<RecordId> {
    match target {
        LinkTarget::Record(id) => Some(*id),
        LinkTarget::ContentType(_) => None,
    }
}

/// What the contexts of a record and the record itself say.
pub fn merged(world: &World, content_type: &ContentType, record: &Record) -> Object<String, Json> {
    let contexts = world.contexts.all.as_deref().unwrap_or_default();
    let applied = world.contexts.applied.get(&(content_type.index(), record.id()));
    let mut all = Object::new();
    for place in applied.into_iter().flatten() {
        merge(&mut all, &contexts[*place].data);
    }
    merge(&mut all, &object(content_type, record, LOCAL));
    all
}

/// What an object holds, over what is there: objects within are merged, everything else is replaced.
fn merge(into: &mut Object<String, Json>, over: &Object<String, Json>) {
    for (key, value) in over {
        match (into.get_mut(key), value) {
            (Some(Json::Object(known)), Json::Object(value)) => merge(known, value),
            _ => {
                into.insert(key.clone(), value.clone());
            }
        }
    }
}

/// The object in a field; empty when there is none.
fn object(content_type: &ContentType, record: &Record, field: &str) -> Object<String, Json> {
    let text = content_type.place(field).map(|place| {
        let mut text = String::new();
        record.json_into(content_type, place, &mut text);
        text
    });
    match text.map(|text| serde_json::from_str(&text)) {
        Some(Ok(Json::Object(object))) => object,
        _ => Object::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_are_merged_and_all_else_is_replaced() {
        for (below, above, expected) in [
            (json!({}), json!({"a": 1}), json!({"a": 1})),
            (json!({"a": 1, "b": 2}), json!({"a": null}), json!({"a": null, "b": 2})),
            (json!({"a": [1, 2]}), json!({"a": [3]}), json!({"a": [3]})),
            (
                json!({"a": {"x": 1, "y": {"z": 1}}}),
                json!({"a": {"y": {"w": 2}}}),
                json!({"a": {"x": 1, "y": {"z": 1, "w": 2}}}),
            ),
            (json!({"a": {"x": 1}}), json!({"a": 2}), json!({"a": 2})),
            (json!({"a": 2}), json!({"a": {"x": 1}}), json!({"a": {"x": 1}})),
        ] {
            let (mut all, above) = (below.as_object().unwrap().clone(), above.as_object().unwrap());
            merge(&mut all, above);
            assert_eq!(Json::Object(all), expected, "{below} {above:?}");
        }
    }
}
