//! What a delete took: the record itself, those that went along, the references that became null. Told to whoever wants
//! to bring it back, in the words in which a change would say it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::Deserialize;
use trueup_engine::Value;

use super::batch::Batch;
use super::change::PathValues;
use super::links::Linked;
use super::log::{Logged, repr};
use super::reach::{Cleared, Reach, RecordKey, Taken, Unlinked, unlinked};
use crate::model::{ContentType, FieldKind, Registry, TypeIndex};
use crate::storage::{Cell, RecordId, Row};

/// One record that a delete took or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    pub content_type: Arc<str>,
    pub id: RecordId,
    /// What people call it.
    pub name: String,
    pub what: Lost,
    /// What it held and holds no more, each value at the path by which it is written. References are ids.
    pub values: PathValues,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lost {
    /// It is gone.
    Record,
    /// References of it are null now, and what becomes null with these.
    References,
    /// Its to-many fields hold less now; the values say what they miss.
    Members,
}

impl Lost {
    /// The word under which it is kept.
    pub const fn as_str(self) -> &'static str {
        match self {
            Lost::Record => "record",
            Lost::References => "references",
            Lost::Members => "members",
        }
    }
}

/// What some deletes take.
#[derive(Default)]
pub(super) struct Told {
    /// By the number of a delete that causes it.
    pub losses: HashMap<usize, Vec<Loss>>,
    /// What was read for it and has to be logged yet.
    pub rows: Rows,
}

/// Records as they are stored.
pub(super) type Rows = HashMap<TypeIndex, HashMap<RecordId, Row>>;

/// By column of a reference and the id in it: the record that another name of the reference stands for.
type Aliases = HashMap<(usize, RecordId), RecordId>;

/// Why a record of this type cannot be brought back when it was deleted; `None` when it can.
pub fn why_lost(content_type: &ContentType) -> Option<String> {
    if content_type.is_read_only() {
        return Some("only the inventory itself writes such records".to_owned());
    }
    let hidden = content_type.untold().find(|field| field.is_demanded());
    hidden.map(|field| format!("`{}` of it is never told to anybody", field.name()))
}

impl Batch<'_> {
    /// What the records that are about to go hold, and what others are about to lose with them.
    pub(super) async fn losses(&mut self, reach: &Reach, taken: &Taken<'_>) -> Result<Told, sqlx::Error> {
        let mut rows = Rows::new();
        let mut by_type: HashMap<TypeIndex, Vec<RecordId>> = HashMap::new();
        for (index, id) in taken.records() {
            by_type.entry(*index).or_default().push(*id);
        }
        let mut records: HashMap<RecordKey, Loss> = HashMap::with_capacity(reach.found.len());
        for (index, ids) in by_type {
            let found = self.fetch_rows(&Arc::clone(self.registry.get(index)), &ids).await?;
            for loss in self.records_lost(index, &ids, &found).await? {
                records.insert((index, loss.id), loss);
            }
            if self.registry.get(index).is_logged() {
                rows.insert(index, found);
            }
        }
        let mut losses: HashMap<usize, Vec<Loss>> = HashMap::new();
        for key in taken.records() {
            if let (Some(delete), Some(loss)) = (taken.by(key), records.remove(key)) {
                losses.entry(delete).or_default().push(loss);
            }
        }
        // What only the inventory writes, such as the change log, nobody could set again.
        let registry = self.registry;
        let settable = |from: TypeIndex| !registry.get(from).is_read_only();
        let stays = |one: &&Cleared| settable(one.from) && taken.by(&(one.from, one.id)).is_none();
        let cleared = reach.cleared.iter().filter(stays);
        let cleared: Vec<(usize, &Cleared)> = cleared.filter_map(|one| Some((taken.by(&one.to)?, one))).collect();
        for (delete, loss) in self.references_lost(&cleared).await? {
            losses.entry(delete).or_default().push(loss);
        }
        let stays = |key: &RecordKey| settable(key.0) && taken.by(key).is_none();
        let unlinked = unlinked(&mut self.session, self.registry, taken.records(), stays).await?;
        let unlinked: Vec<(usize, &Unlinked)> =
            unlinked.iter().filter_map(|one| Some((taken.by(&one.member)?, one))).collect();
        for (delete, loss) in self.members_lost(&unlinked).await? {
            losses.entry(delete).or_default().push(loss);
        }
        Ok(Told { losses, rows })
    }

    async fn records_lost(
        &mut self,
        index: TypeIndex,
        ids: &[RecordId],
        rows: &HashMap<RecordId, Row>,
    ) -> Result<Vec<Loss>, sqlx::Error> {
        let content_type = Arc::clone(self.registry.get(index));
        let links = self.links(&content_type, ids).await?;
        let aliases = self.aliases(&content_type, rows.values()).await?;
        let said = |(id, row): (&RecordId, &Row)| {
            let record = Logged { id: *id, row, links: links.get(id).map(Vec::as_slice) };
            Loss {
                content_type: content_type.name().into(),
                id: *id,
                name: repr(&content_type, row, *id),
                what: Lost::Record,
                values: held(self.registry, &content_type, &record, &aliases),
            }
        };
        Ok(rows.iter().map(said).collect())
    }

    /// Where a field is another name for a reference that a rule fills.
    async fn aliases<'r>(
        &mut self,
        content_type: &ContentType,
        rows: impl Iterator<Item = &'r Row> + Clone,
    ) -> Result<Aliases, sqlx::Error> {
        let mut found = Aliases::new();
        for (first, second) in filled_aliases(self.registry, content_type).map(|alias| (alias.column, alias.second)) {
            let to = Arc::clone(self.registry.get(second.0));
            let mut ids: Vec<RecordId> = rows.clone().filter_map(|row| row[first].id()).collect();
            ids.sort_unstable();
            ids.dedup();
            for (id, row) in self.fetch_rows(&to, &ids).await? {
                found.extend(row[second.1].id().map(|leads_to| ((first, id), leads_to)));
            }
        }
        Ok(found)
    }

    /// References that become null, each with the delete that causes it.
    async fn references_lost(&mut self, cleared: &[(usize, &Cleared)]) -> Result<Vec<(usize, Loss)>, sqlx::Error> {
        let mut by_field: BTreeMap<(TypeIndex, usize), Vec<(usize, &Cleared)>> = BTreeMap::new();
        for (delete, one) in cleared {
            by_field.entry((one.from, one.field)).or_default().push((*delete, one));
        }
        let mut losses = Vec::with_capacity(cleared.len());
        for ((from, field), cleared) in by_field {
            let content_type = Arc::clone(self.registry.get(from));
            let ids: Vec<RecordId> = cleared.iter().map(|(_, one)| one.id).collect();
            let rows = self.fetch_rows(&content_type, &ids).await?;
            let FieldKind::Reference(reference) = &content_type.fields[field].kind else { continue };
            for (delete, one) in cleared {
                let Some(row) = rows.get(&one.id) else { continue };
                let columns = content_type.fields[field].column.iter().chain(&reference.clears);
                let values = columns.filter_map(|column| value(&content_type, *column, row)).collect();
                let loss = Loss {
                    content_type: content_type.name().into(),
                    id: one.id,
                    name: repr(&content_type, row, one.id),
                    what: Lost::References,
                    values,
                };
                losses.push((delete, loss));
            }
        }
        Ok(losses)
    }

    /// Members that to-many fields lose, each with the delete that causes it.
    async fn members_lost(&mut self, unlinked: &[(usize, &Unlinked)]) -> Result<Vec<(usize, Loss)>, sqlx::Error> {
        let mut by_type: HashMap<TypeIndex, Vec<RecordId>> = HashMap::new();
        for (_, one) in unlinked {
            by_type.entry(one.from).or_default().push(one.id);
        }
        let mut names: HashMap<RecordKey, String> = HashMap::new();
        for (index, ids) in by_type {
            let content_type = Arc::clone(self.registry.get(index));
            let rows = self.fetch_rows(&content_type, &ids).await?;
            names.extend(rows.iter().map(|(id, row)| ((index, *id), repr(&content_type, row, *id))));
        }
        let loss = |one: &Unlinked| {
            let content_type = self.registry.get(one.from);
            let field = Arc::clone(&content_type.fields[one.field].name);
            Loss {
                content_type: content_type.name().into(),
                id: one.id,
                name: names.get(&(one.from, one.id)).cloned().unwrap_or_else(|| one.id.to_string()),
                what: Lost::Members,
                values: vec![(field, Value::List(vec![by_id(one.member.1)]))],
            }
        };
        Ok(unlinked.iter().map(|(delete, one)| (*delete, loss(one))).collect())
    }
}

/// A record as a to-many field takes it.
fn by_id(id: RecordId) -> Value {
    Value::Map([("id".to_owned(), Value::from(id.to_string()))].into_iter().collect())
}

/// A field that leads on from a reference that a rule fills, such as the namespace of an address.
struct FilledAlias<'t> {
    name: &'t str,
    /// Of the reference.
    column: usize,
    /// The type that it points at, and the column there that leads on.
    second: (TypeIndex, usize),
}

fn filled_aliases<'t>(registry: &'t Registry, content_type: &'t ContentType) -> impl Iterator<Item = FilledAlias<'t>> {
    content_type.fields.iter().filter_map(|field| {
        let FieldKind::Alias(alias) = &field.kind else { return None };
        let (first, second) = alias.path.split_once("__")?;
        let first = content_type.field(first).filter(|field| field.filled)?;
        let FieldKind::Reference(reference) = &first.kind else { return None };
        let second = registry.get(reference.to).field(second)?.column?;
        Some(FilledAlias { name: field.name(), column: first.column?, second: (reference.to, second) })
    })
}

/// What a change would say to make the record as it is. What rules work out, and what is never told, is left out; rows of
/// types of their own that a to-many field goes through are records themselves.
fn held(registry: &Registry, content_type: &ContentType, record: &Logged<'_>, aliases: &Aliases) -> PathValues {
    let mut values = PathValues::new();
    let mut filled = Vec::new();
    for alias in filled_aliases(registry, content_type) {
        filled.push(alias.column);
        let leads_to = record.row[alias.column].id().and_then(|id| aliases.get(&(alias.column, id)));
        values.extend(leads_to.map(|id| (Arc::from(format!("{}__id", alias.name)), Value::from(id.to_string()))));
    }
    for (place, field) in content_type.fields.iter().enumerate() {
        if field.computed || !field.visibility.is_told() || matches!(field.name(), "created" | "last_updated") {
            continue;
        }
        match &field.kind {
            FieldKind::Scalar(_) | FieldKind::Reference(_) => {
                let column = field.column.filter(|column| !filled.contains(column));
                let column = column.filter(|_| content_type.whole_of(field).is_none());
                values.extend(column.and_then(|column| value(content_type, column, record.row)));
            }
            FieldKind::Composite(composite) => {
                let (address, length) = composite.columns;
                let value = Cell::composite(composite.scalar_type, &record.row[address], &record.row[length]);
                values.push((Arc::clone(&field.name), value));
            }
            FieldKind::Many(many) if many.link.writable && !many.link.through => {
                let linked = record.links.into_iter().flatten().find(|(at, _)| *at == place);
                let items: Vec<Value> = linked.into_iter().flat_map(|(_, linked)| linked).map(member).collect();
                if !items.is_empty() {
                    values.push((Arc::clone(&field.name), Value::List(items)));
                }
            }
            _ => {}
        }
    }
    values
}

fn member(linked: &Linked) -> Value {
    match linked {
        Linked::ContentType(name) => Value::from(name.as_str()),
        Linked::Record { id, .. } => by_id(*id),
    }
}

/// What a column holds, at the path by which it is written; `None` for nothing.
fn value(content_type: &ContentType, column: usize, row: &[Cell]) -> Option<(Arc<str>, Value)> {
    let field = &content_type.fields[content_type.columns[column].field];
    match (&field.kind, &row[column]) {
        (_, Cell::Null) => None,
        (FieldKind::Reference(_), cell) => {
            Some((format!("{}__id", field.name()).into(), Value::from(cell.id()?.to_string())))
        }
        (FieldKind::Scalar(scalar), cell) => {
            Some((Arc::clone(&field.name), cell.clone().into_value(scalar.scalar_type)))
        }
        _ => None,
    }
}
