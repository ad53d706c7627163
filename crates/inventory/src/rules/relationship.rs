//! The definition of a relationship holds together, and stays what it is once it joins records.

use std::collections::HashSet;

use serde_json::Value as Json;

use super::key;
use crate::model::ContentType;
use crate::query::try_compile;
use crate::relationship::{ASSOCIATION, RelationshipKind, Side, filters};
use crate::storage::{Cell, RecordId};
use crate::write::{Batch, Draft, WriteErrorCause as Cause, select_by_ids};

/// The fields of one side.
struct SideColumns {
    side: Side,
    content_type: usize,
    label: usize,
    hidden: usize,
    filter: usize,
}

impl SideColumns {
    fn of(content_type: &ContentType, side: Side) -> Self {
        let column = |name: &str| content_type.column_of(&format!("{}_{name}", side.word()));
        Self {
            side,
            content_type: column("type"),
            label: column("label"),
            hidden: column("hidden"),
            filter: column("filter"),
        }
    }

    fn field(&self, name: &str) -> String {
        format!("{}_{name}", self.side.word())
    }
}

pub(super) async fn check(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let sides = [Side::Source, Side::Destination].map(|side| SideColumns::of(content_type, side));
    let kind = content_type.column_of("type");
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        check_key(content_type, draft);
        for side in &sides {
            check_type(batch, side, draft);
        }
        let kind = draft.row[kind].text().and_then(RelationshipKind::parse);
        if kind.is_some_and(RelationshipKind::is_symmetric) {
            check_symmetric(content_type, &sides, draft);
        }
    }
    check_types_stay(batch, &sides, drafts).await?;
    // Each filter is a question of its own. Definitions are few, and written one by one.
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        for side in &sides {
            check_filter(batch, side, draft).await?;
        }
    }
    Ok(())
}

/// Filters write a side behind the key.
fn check_key(content_type: &ContentType, draft: &mut Draft) {
    key::check(content_type, draft);
    let key = key::key(content_type, draft);
    if key.contains("__") {
        draft.fail(Cause::rule("key", format!("`{key}` has two _ in a row, which filters need for themselves")));
    }
}

/// Only records that show relationships can have some.
fn check_type(batch: &Batch<'_>, side: &SideColumns, draft: &mut Draft) {
    let name = draft.row[side.content_type].text().unwrap_or_default();
    if batch.registry.content_type(name).is_ok_and(|named| !named.has_custom_fields()) {
        let message = format!("records of {name} have no relationships");
        draft.fail(Cause::rule(&side.field("type"), message));
    }
}

/// Both sides of a symmetric relationship are the same. What is said of one only holds for both.
fn check_symmetric(content_type: &ContentType, sides: &[SideColumns; 2], draft: &mut Draft) {
    let [source, destination] = sides;
    for (name, one, other) in
        [("label", source.label, destination.label), ("filter", source.filter, destination.filter)]
    {
        let said = |cell: &Cell| cell.text().is_some_and(|text| !matches!(text, "" | "null" | "{}"));
        match (said(&draft.row[one]), said(&draft.row[other])) {
            (true, true) if draft.row[one] != draft.row[other] => fail_different(name, destination, draft),
            (true, false) => draft.row[other] = draft.row[one].clone(),
            (false, true) => draft.row[one] = draft.row[other].clone(),
            (true, true) | (false, false) => {}
        }
    }
    if draft.row[source.hidden] != draft.row[destination.hidden] {
        fail_different("hidden", destination, draft);
    }
    if draft.row[source.content_type] != draft.row[destination.content_type] {
        fail_different("type", destination, draft);
    }
    if draft.row[content_type.column_of("required_on")].text().is_some_and(|side| !side.is_empty()) {
        draft.fail(Cause::rule("required_on", "neither side of a symmetric relationship can be required"));
    }
}

fn fail_different(name: &str, destination: &SideColumns, draft: &mut Draft) {
    let message = format!("it must be the same as source_{name}, since the relationship is symmetric");
    draft.fail(Cause::rule(&destination.field(name), message));
}

/// The types of a relationship do not change while it joins records.
async fn check_types_stay(
    batch: &mut Batch<'_>,
    sides: &[SideColumns; 2],
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let moved = |draft: &Draft, side: &SideColumns| {
        let before = draft.before.as_ref().map(|before| &before[side.content_type]);
        before.is_some_and(|before| *before != draft.row[side.content_type])
    };
    let changed = |draft: &&Draft| draft.is_good() && sides.iter().any(|side| moved(draft, side));
    let ids: Vec<RecordId> = drafts.iter().filter(changed).map(|draft| draft.id).collect();
    let Ok(association) = batch.registry.content_type(ASSOCIATION).cloned() else { return Ok(()) };
    let head =
        format!("SELECT DISTINCT \"relationship_id\" FROM \"{}\" WHERE \"relationship_id\" IN ", association.table);
    let rows = select_by_ids(&mut batch.session, &head, &ids, "").await?;
    let joining = rows.iter().map(|row| row.some_id(0)).collect::<Result<HashSet<_>, _>>()?;
    for draft in drafts.iter_mut().filter(|draft| joining.contains(&draft.id)) {
        for side in sides.iter().filter(|side| moved(draft, side)).map(|side| side.field("type")).collect::<Vec<_>>() {
            draft.fail(Cause::rule(&side, "it cannot change while the relationship joins records; delete these first"));
        }
    }
    Ok(())
}

/// A filter is one that lists of the type take.
async fn check_filter(batch: &mut Batch<'_>, side: &SideColumns, draft: &mut Draft) -> Result<(), sqlx::Error> {
    let text = draft.row[side.filter].text().unwrap_or_default();
    let json: Json = serde_json::from_str(text).unwrap_or_default();
    let filters = match filters(&json) {
        Ok(filters) => filters,
        Err(message) => {
            draft.fail(Cause::rule(&side.field("filter"), message));
            return Ok(());
        }
    };
    let name = draft.row[side.content_type].text().unwrap_or_default();
    let Ok(content_type) = batch.registry.content_type(name).cloned() else { return Ok(()) };
    if let Err(errors) = try_compile(batch.session.again(), batch.registry, &content_type, &filters).await? {
        draft.fail(Cause::rule(&side.field("filter"), errors.to_string()));
    }
    Ok(())
}
