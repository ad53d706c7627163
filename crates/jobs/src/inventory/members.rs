//! Members of to-many fields by their ids, as an undo sets them again. Its kinds do not declare these fields, since they are
//! read by names and could not be compared.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use trueup_engine::plan::{Change, Step};
use trueup_engine::{Kind, Schema, Value};
use trueup_inventory::{InventoryError, LinkTarget, Reader, RecordId};
use uuid::Uuid;

/// By field and record: what a to-many field holds.
pub(crate) type Present = HashMap<(String, RecordId), Vec<Value>>;

/// Some fields of one content type, each of one record.
pub(crate) type Wanted = (Arc<str>, String, RecordId);

/// What to-many fields hold; of those that hold nothing there is no word.
pub(crate) async fn present(
    reader: &mut Reader,
    wanted: impl IntoIterator<Item = Wanted>,
) -> Result<Present, InventoryError> {
    let mut ids: BTreeMap<(Arc<str>, String), Vec<RecordId>> = BTreeMap::new();
    for (content_type, field, id) in wanted {
        ids.entry((content_type, field)).or_default().push(id);
    }
    let mut present = Present::new();
    for ((content_type, field), mut ids) in ids {
        let found = Arc::clone(reader.registry().content_type(&content_type)?);
        let Some(place) = found.place(&field) else { continue };
        ids.sort_unstable();
        ids.dedup();
        for (id, linked) in reader.links(&found, place, &ids).await? {
            let linked = linked.iter().map(|target| match target {
                LinkTarget::ContentType(name) => Value::from(name.as_str()),
                LinkTarget::Record(id) => Value::Map([("id".to_owned(), id.to_string().into())].into_iter().collect()),
            });
            present.insert((field.clone(), id), linked.collect());
        }
    }
    Ok(present)
}

/// The fields whose members a step writes by their ids.
pub(super) fn written(step: &Step, schema: &Schema) -> Vec<Wanted> {
    let (Change::Update { after, .. }, Some(kind)) = (&step.change, schema.get(step.record.kind.as_str())) else {
        return Vec::new();
    };
    let (Some(content_type), Some(id)) = (kind.content_type(), id(step, kind)) else { return Vec::new() };
    let content_type: Arc<str> = content_type.into();
    let fields = after.iter().filter(|(name, value)| matches!(value, Value::List(_)) && kind.slot(name).is_none());
    fields.map(|(name, _)| (Arc::clone(&content_type), name.clone(), id)).collect()
}

/// The id of a step's record, where its kind is told apart by ids.
fn id(step: &Step, kind: &Kind) -> Option<RecordId> {
    let ([field], [id]) = (kind.identifiers(), step.record.key.values()) else { return None };
    let id = id.as_text().filter(|_| field.name() == "id")?;
    Uuid::parse_str(id).ok().map(RecordId)
}

/// The step as it is done to the members that are there now: what it adds is added, what it takes away is taken away, and
/// what others have added or taken away since it was planned stays so.
pub(super) fn rebased<'s>(step: Cow<'s, Step>, schema: &Schema, present: &Present) -> Cow<'s, Step> {
    let written = written(&step, schema);
    if written.is_empty() {
        return step;
    }
    let mut step = step.into_owned();
    if let Change::Update { before, after, .. } = &mut step.change {
        for (_, field, id) in written {
            let now = present.get(&(field.clone(), id)).map_or(&[][..], Vec::as_slice);
            let planned = (members(before.get(&field)), members(after.get(&field)));
            let left = merged(planned, now);
            after.insert(field, Value::List(left));
        }
    }
    Cow::Owned(step)
}

fn members(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::List(members)) => members,
        _ => &[],
    }
}

fn merged((before, after): (&[Value], &[Value]), now: &[Value]) -> Vec<Value> {
    let stays = now.iter().filter(|member| after.contains(member) || !before.contains(member));
    let added = after.iter().filter(|member| !before.contains(member) && !now.contains(member));
    stays.chain(added).cloned().collect()
}
