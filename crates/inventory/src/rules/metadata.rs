//! Metadata of records: for the types that its own type is for, with a value of its kind, and once for each field.

use std::collections::{HashMap, HashSet};

use serde_json::Value as Json;
use trueup_engine::Value;

use super::{distinct, settle};
use crate::model::{ColumnType, ContentType, FieldKind, ScalarType};
use crate::storage::{Cell, RecordId};
use crate::write::{Batch, Draft, WriteErrorCause as Cause, metadata_value, select_by_ids};

const TYPE: &str = "extras.metadatatype";
const CHOICE: &str = "extras.metadatachoice";
/// The kind whose value is a contact or a team.
const PERSON: &str = "contact-or-team";

struct Columns {
    metadata_type: usize,
    contact: usize,
    team: usize,
    scope: usize,
    value: usize,
    object_type: usize,
    object: usize,
}

impl Columns {
    fn of(content_type: &ContentType) -> Self {
        Self {
            metadata_type: content_type.column_of("metadata_type"),
            contact: content_type.column_of("contact"),
            team: content_type.column_of("team"),
            scope: content_type.column_of("scoped_fields"),
            value: content_type.column_of("value"),
            object_type: content_type.column_of("assigned_object_type"),
            object: content_type.column_of("assigned_object_id"),
        }
    }

    fn about(&self, draft: &Draft) -> Option<About> {
        Some((draft.row[self.metadata_type].id()?, draft.row[self.object].id()?))
    }
}

/// What a metadata type says.
#[derive(Default)]
struct Kind {
    name: String,
    data_type: String,
    content_types: HashSet<String>,
    choices: Vec<String>,
}

pub(super) async fn check(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let columns = Columns::of(content_type);
    let kinds = kinds(batch, &columns, drafts).await?;
    let existing = existing(batch, &columns, drafts).await?;
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        let Some(kind) = draft.row[columns.metadata_type].id().and_then(|id| kinds.get(&id)) else { continue };
        let object_type = draft.row[columns.object_type].text().unwrap_or_default().to_owned();
        if !kind.content_types.contains(&object_type) {
            let message = format!("{} is not for {object_type}; add it to its content types", kind.name);
            draft.fail(Cause::rule("assigned_object_type", message));
            continue;
        }
        if let Some(id) = draft.row[columns.object].id().filter(|id| !existing.contains(&(object_type.clone(), *id))) {
            draft.fail(Cause::rule("assigned_object_id", format!("there is no {object_type} with the id {id}")));
        }
        check_value(&columns, kind, draft);
        let known = batch.registry.content_type(&object_type).ok();
        let wrong = match scope(&draft.row[columns.scope]) {
            None => Some("it is a list of names of fields; an empty one stands for the whole record".to_owned()),
            Some(fields) => fields
                .iter()
                .find(|name| known.is_none_or(|known| known.field(name).is_none()))
                .map(|name| format!("{object_type} has no field `{name}`")),
        };
        if let Some(message) = wrong {
            draft.fail(Cause::rule("scoped_fields", message));
        }
    }
    let stored = stored(batch, content_type, &columns, drafts).await?;
    settle(drafts, |writing, drafts| {
        let mut scopes = Scopes::default();
        for (_, about, fields) in stored.iter().filter(|(id, ..)| !writing.contains(id)) {
            scopes.add(*about, fields.clone());
        }
        for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
            let Some(about) = columns.about(draft) else { continue };
            let fields = scope(&draft.row[columns.scope]).unwrap_or_default();
            match scopes.refusal(about, &fields) {
                Some(message) => draft.fail(Cause::rule("scoped_fields", message)),
                None => scopes.add(about, fields),
            }
        }
    });
    Ok(())
}

fn check_value(columns: &Columns, kind: &Kind, draft: &mut Draft) {
    let value = draft.row[columns.value].clone().into_value(ScalarType::Json).to_json();
    let people = [columns.contact, columns.team].into_iter().filter(|column| !draft.row[*column].is_null()).count();
    if kind.data_type == PERSON {
        if !matches!(&value, Json::Null) {
            draft.fail(Cause::rule("value", format!("{} names a contact or a team and has no other value", kind.name)));
        }
        match people {
            1 => {}
            0 => draft.fail(Cause::rule("contact", "name a contact or a team")),
            _ => draft.fail(Cause::rule("team", "name a contact or a team, not both")),
        }
        return;
    }
    if people > 0 {
        draft.fail(Cause::rule("contact", format!("{} has a value, and neither contact nor team", kind.name)));
    }
    match metadata_value(&kind.data_type, kind.choices.clone(), value) {
        Ok(value) => {
            draft.row[columns.value] = Cell::from_value(ScalarType::Json, Value::from_json(value)).unwrap_or_default();
        }
        Err(message) => draft.fail(Cause::rule("value", message)),
    }
}

/// The fields that metadata is about; the whole record when there are none. `None` when it is no list of names.
fn scope(cell: &Cell) -> Option<Vec<String>> {
    serde_json::from_str(cell.text()?).ok()
}

async fn kinds(
    batch: &mut Batch<'_>,
    columns: &Columns,
    drafts: &[Draft],
) -> Result<HashMap<RecordId, Kind>, sqlx::Error> {
    let ids = drafts.iter().filter(|draft| draft.is_good()).filter_map(|draft| draft.row[columns.metadata_type].id());
    let ids = distinct(ids);
    let mut kinds: HashMap<RecordId, Kind> = HashMap::new();
    let (Ok(definition), Ok(choice)) = (batch.registry.content_type(TYPE), batch.registry.content_type(CHOICE)) else {
        return Ok(kinds);
    };
    let (definition, choice) = (definition.clone(), choice.clone());
    let head = format!("SELECT \"id\", \"name\", \"data_type\" FROM \"{}\" WHERE \"id\" IN ", definition.table);
    for row in select_by_ids(&mut batch.session, &head, &ids, "").await? {
        let kind = Kind { name: row.some_text(1)?, data_type: row.some_text(2)?, ..Kind::default() };
        kinds.insert(row.some_id(0)?, kind);
    }
    if let Some(FieldKind::Many(many)) = definition.field("content_types").map(|field| &field.kind) {
        let (table, near, far) = (&many.link.table, &many.link.near, &many.link.far);
        let head = format!("SELECT \"{near}\", \"{far}\" FROM \"{table}\" WHERE \"{near}\" IN ");
        for row in select_by_ids(&mut batch.session, &head, &ids, "").await? {
            kinds.entry(row.some_id(0)?).or_default().content_types.insert(row.some_text(1)?);
        }
    }
    let head =
        format!("SELECT \"metadata_type_id\", \"value\" FROM \"{}\" WHERE \"metadata_type_id\" IN ", choice.table);
    for row in select_by_ids(&mut batch.session, &head, &ids, " ORDER BY \"weight\", \"value\"").await? {
        kinds.entry(row.some_id(0)?).or_default().choices.push(row.some_text(1)?);
    }
    Ok(kinds)
}

/// The records that metadata is about, as far as they exist: one question for each type.
async fn existing(
    batch: &mut Batch<'_>,
    columns: &Columns,
    drafts: &[Draft],
) -> Result<HashSet<(String, RecordId)>, sqlx::Error> {
    let mut by_type: HashMap<&str, Vec<RecordId>> = HashMap::new();
    for draft in drafts.iter().filter(|draft| draft.is_good()) {
        if let (Some(name), Some(id)) = (draft.row[columns.object_type].text(), draft.row[columns.object].id()) {
            by_type.entry(name).or_default().push(id);
        }
    }
    let mut found = HashSet::new();
    for (name, ids) in by_type {
        let Ok(content_type) = batch.registry.content_type(name).cloned() else { continue };
        let head = format!("SELECT \"id\" FROM \"{}\" WHERE \"id\" IN ", content_type.table);
        for row in select_by_ids(&mut batch.session, &head, &distinct(ids.into_iter()), "").await? {
            found.insert((name.to_owned(), row.some_id(0)?));
        }
    }
    Ok(found)
}

/// A metadata type and a record.
type About = (RecordId, RecordId);

/// All metadata of the records: which, what it is about, and the fields.
async fn stored(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    columns: &Columns,
    drafts: &[Draft],
) -> Result<Vec<(RecordId, About, Vec<String>)>, sqlx::Error> {
    let objects = drafts.iter().filter(|draft| draft.is_good()).filter_map(|draft| draft.row[columns.object].id());
    let head = format!(
        "SELECT \"id\", \"metadata_type_id\", \"assigned_object_id\", \"scoped_fields\" FROM \"{}\" \
         WHERE \"assigned_object_id\" IN ",
        content_type.table
    );
    let rows = select_by_ids(&mut batch.session, &head, &distinct(objects), "").await?;
    let stored = rows.iter().map(|row| {
        let fields = scope(&row.cell(3, ColumnType::Scalar(ScalarType::Json))?).unwrap_or_default();
        Ok((row.some_id(0)?, (row.some_id(1)?, row.some_id(2)?), fields))
    });
    stored.collect()
}

/// The fields that metadata is about already.
#[derive(Default)]
struct Scopes(HashMap<About, Vec<Vec<String>>>);

impl Scopes {
    fn add(&mut self, about: About, fields: Vec<String>) {
        self.0.entry(about).or_default().push(fields);
    }

    /// No two of one type are about the same field. One without fields is about all of them.
    fn refusal(&self, about: About, fields: &[String]) -> Option<String> {
        self.0.get(&about)?.iter().find_map(|other| match (other.is_empty(), fields.is_empty()) {
            (true, _) => Some("other metadata of this type is about the whole record".to_owned()),
            (_, true) => Some("other metadata of this type is about some fields of the record already".to_owned()),
            _ => {
                let both = fields.iter().find(|field| other.contains(field))?;
                Some(format!("other metadata of this type is about `{both}` already"))
            }
        })
    }
}
