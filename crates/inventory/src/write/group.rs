//! What creates and updates have in common: references looked up together, put into their columns, and checked.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use trueup_engine::Value;

use super::batch::Batch;
use super::change::{Change, Pairs};
use super::draft::{Draft, Element, Pointer};
use super::error::WriteErrorCause as Cause;
use super::lookup::{Found, Missing, key_cells};
use super::read::Reader;
use super::rows::select_by_ids;
use super::shape::Sets;
use crate::model::{ContentType, FieldKind, ManyTarget, TypeIndex};
use crate::storage::{Args, Cell, RecordId, Row};

impl Batch<'_> {
    /// Reads the changes into their drafts and asks the database for every key that is not known yet.
    pub async fn read_group(&mut self, changes: &[Change], drafts: &mut [Draft]) -> Result<(), sqlx::Error> {
        let definitions = match drafts.first().map(|draft| draft.shape.content_type.clone()) {
            Some(content_type) => self.custom_fields(&content_type).await?,
            None => None,
        };
        let mut missing = Missing::default();
        let mut reader = Reader {
            registry: self.registry,
            lookups: &mut self.memory.lookups,
            missing: &mut missing,
            custom_fields: definitions.as_deref(),
        };
        for draft in drafts.iter_mut().filter(|draft| draft.before.is_some() || draft.is_good()) {
            draft.read(&changes[draft.index], &mut reader);
        }
        self.memory.lookups.fetch(&mut self.session, self.registry, missing).await
    }

    /// Puts the ids that were found into their columns.
    pub fn place_references(draft: &mut Draft) {
        let shape = draft.shape.clone();
        for place in 0..draft.references.len() {
            let group = &shape.references[place];
            let field = &shape.content_type.fields[group.field];
            let id = match &draft.references[place] {
                Pointer::Id(id) => Some(*id),
                Pointer::Null => None,
                Pointer::Wanted(_) | Pointer::Bad => continue,
            };
            match (group.sets, id) {
                (Sets::Column(column), Some(id)) => draft.row[column] = Cell::Id(id),
                (Sets::Column(_), None) if field.required => {
                    draft.fail(Cause::Required { field: field.name().to_owned() });
                }
                (Sets::Column(column), None) => draft.row[column] = Cell::Null,
                (Sets::Alias, Some(id)) => draft.aliases.push((group.field, id)),
                (Sets::Alias, None) => draft.fail(Cause::Required { field: field.name().to_owned() }),
                (Sets::Target, _) => {}
            }
        }
    }

    /// The record that a reference points at by default, named by its natural key.
    pub async fn default_id(&mut self, to: TypeIndex, key: Value) -> Result<Option<RecordId>, sqlx::Error> {
        let paths: Vec<Arc<str>> =
            self.registry.get(to).natural_key().iter().map(|path| path.as_str().into()).collect();
        let Ok(lookup) = self.memory.lookups.index(self.registry, to, paths) else { return Ok(None) };
        let mut cells = Vec::new();
        let path = self.memory.lookups.get(lookup).paths.first();
        if path.and_then(|path| key_cells(self.registry, path, key, &mut cells)).is_none() {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        cells.iter().for_each(|cell| cell.key_into(&mut bytes));
        if self.memory.lookups.found(lookup, &bytes).is_none() {
            let mut missing = Missing::default();
            missing.entry(lookup).or_default().insert(bytes.clone().into(), cells);
            self.memory.lookups.fetch(&mut self.session, self.registry, missing).await?;
        }
        Ok(match self.memory.lookups.found(lookup, &bytes) {
            Some(Found::One(id)) => Some(id),
            _ => None,
        })
    }

    /// Finds the records of updates or deletes by their identifiers.
    pub async fn find_targets(&mut self, changes: &[Change], drafts: &mut [Draft]) -> Result<(), sqlx::Error> {
        let mut missing = Missing::default();
        let mut pointers = Vec::with_capacity(drafts.len());
        for draft in drafts.iter_mut() {
            let shape = Arc::clone(&draft.shape);
            let Some(group) = &shape.target else { continue };
            let mut reader = Reader {
                registry: self.registry,
                lookups: &mut self.memory.lookups,
                missing: &mut missing,
                custom_fields: None,
            };
            let pointer = draft.read_identifiers(&changes[draft.index], group, &mut reader);
            pointers.push(pointer.unwrap_or_else(|cause| {
                draft.fail(cause);
                Pointer::Bad
            }));
        }
        self.memory.lookups.fetch(&mut self.session, self.registry, missing).await?;
        for (draft, pointer) in drafts.iter_mut().zip(pointers) {
            let shape = Arc::clone(&draft.shape);
            let Some(group) = &shape.target else { continue };
            let found = match &pointer {
                Pointer::Id(id) => Some(Found::One(*id)),
                Pointer::Wanted(key) => self.memory.lookups.found(group.lookup, key),
                Pointer::Bad => continue,
                Pointer::Null => None,
            };
            let looked_up = || {
                let pairs = changes[draft.index].identifiers.iter().map(|(path, value)| (path.as_ref(), value));
                Pairs(pairs).to_string()
            };
            let content_type = shape.content_type.verbose_name().to_owned();
            match found {
                Some(Found::One(id)) => draft.id = id,
                Some(Found::Several(count)) => {
                    let looked_up = looked_up();
                    draft.fail(Cause::RecordAmbiguous { content_type, looked_up, count });
                }
                None => {
                    let looked_up = looked_up();
                    draft.fail(Cause::RecordNotFound { content_type, looked_up });
                }
            }
        }
        Ok(())
    }

    /// The rows of records, by id.
    pub async fn fetch_rows(
        &mut self,
        content_type: &ContentType,
        ids: &[RecordId],
    ) -> Result<HashMap<RecordId, Row>, sqlx::Error> {
        let mut head = String::from("SELECT \"id\"");
        for column in &content_type.columns {
            head.push_str(&format!(", \"{}\"", column.name));
        }
        head.push_str(&format!(" FROM \"{}\" WHERE \"id\" IN ", content_type.table));
        let mut rows = HashMap::with_capacity(ids.len());
        for row in select_by_ids(&mut self.session, &head, ids, "").await? {
            let cells = content_type.columns.iter().enumerate();
            let cells =
                cells.map(|(place, column)| row.cell(place + 1, column.column_type)).collect::<Result<Row, _>>()?;
            rows.insert(row.some_id(0)?, cells);
        }
        Ok(rows)
    }

    /// Status, role and tags must be for the type of the record.
    pub async fn check_limited(&mut self, drafts: &mut [Draft]) -> Result<(), sqlx::Error> {
        let mut wanted: HashSet<TypeIndex> = HashSet::new();
        let Some(user) = drafts.first().map(|draft| draft.content_type().index) else { return Ok(()) };
        for field in &self.registry.get(user).fields {
            match &field.kind {
                FieldKind::Reference(reference) if reference.limited => wanted.insert(reference.to),
                FieldKind::Many(many) if many.limited => match many.target {
                    ManyTarget::Records(to) => wanted.insert(to),
                    ManyTarget::ContentTypes => false,
                },
                _ => false,
            };
        }
        for to in wanted {
            if !self.memory.allowed.contains_key(&(to, user)) {
                let allowed = self.fetch_allowed(to, user).await?;
                self.memory.allowed.insert((to, user), allowed);
            }
        }
        for draft in drafts.iter_mut() {
            let causes = self.not_allowed(draft, user);
            causes.into_iter().for_each(|cause| draft.fail(cause));
        }
        Ok(())
    }

    fn not_allowed(&self, draft: &Draft, user: TypeIndex) -> Vec<Cause> {
        let mut causes = Vec::new();
        let allowed = |to: TypeIndex, id: &RecordId| {
            self.memory.allowed.get(&(to, user)).is_some_and(|allowed| allowed.contains(id))
        };
        let shape = &draft.shape;
        let content_type = shape.content_type.name();
        for (group, pointer) in shape.references.iter().zip(&draft.references) {
            let field = &shape.content_type.fields[group.field];
            let FieldKind::Reference(reference) = &field.kind else { continue };
            if let Pointer::Id(id) = pointer
                && reference.limited
                && !allowed(reference.to, id)
            {
                causes.push(Cause::NotForContentType {
                    field: field.name().to_owned(),
                    looked_up: draft.looked_up(group),
                    content_type: content_type.to_owned(),
                });
            }
        }
        for many in &draft.many {
            let field = &shape.content_type.fields[many.field];
            let FieldKind::Many(definition) = &field.kind else { continue };
            let ManyTarget::Records(to) = definition.target else { continue };
            for element in many.elements.iter().filter(|_| definition.limited) {
                if let Element::Record { pointer: Pointer::Id(id), value, .. } = element
                    && !allowed(to, id)
                {
                    causes.push(Cause::NotForContentType {
                        field: field.name().to_owned(),
                        looked_up: value.to_string(),
                        content_type: content_type.to_owned(),
                    });
                }
            }
        }
        causes
    }

    async fn fetch_allowed(&mut self, to: TypeIndex, user: TypeIndex) -> Result<HashSet<RecordId>, sqlx::Error> {
        let to = self.registry.get(to);
        let Some(FieldKind::Many(many)) = to.field("content_types").map(|field| &field.kind) else {
            return Ok(HashSet::new());
        };
        let sql = format!("SELECT \"{}\" FROM \"{}\" WHERE \"{}\" = ?", many.link.near, many.link.table, many.link.far);
        let mut args = Args::default();
        args.text(self.registry.get(user).name());
        self.session.rows(sql, args).await?.iter().map(|row| row.some_id(0)).collect()
    }
}
