//! Deletes: what a record takes along, what keeps it from going, and what only lets go of it.

use std::collections::{HashMap, HashSet};

use indexmap::IndexSet;

use super::batch::{Batch, Outcome};
use super::change::{Action, Change};
use super::draft::Draft;
use super::error::{Dependent, WriteErrorCause as Cause};
use super::log::{Logged, repr};
use super::rows::{execute_by_ids, select_by_ids};
use super::update::changed_since;
use crate::model::{ContentType, FieldKind, OnDelete, TypeIndex};
use crate::rules;
use crate::storage::{Leftover, RecordId};

/// How many protecting records an error names.
pub const MOST_NAMED: usize = 50;

/// Everything that the deletes of one group reach.
#[derive(Default)]
struct Reach {
    /// For each record that would go: the changes that take it.
    roots: HashMap<(TypeIndex, RecordId), Vec<usize>>,
    /// In the order they were found: records, then what hangs on them.
    found: Vec<(TypeIndex, RecordId)>,
    /// Records that forbid a change: by change.
    protectors: HashMap<usize, IndexSet<(TypeIndex, RecordId)>>,
    /// Columns without a content type that forbid a change: by change.
    leftovers: HashMap<usize, Leftover>,
    /// References to clear: type, field, record, the changes that cause it.
    cleared: Vec<(TypeIndex, usize, RecordId, Vec<usize>)>,
}

impl Reach {
    /// A record goes together with those of `roots`; what hangs on it is to be followed when that is news.
    fn take(&mut self, key: (TypeIndex, RecordId), roots: Vec<usize>, todo: &mut Vec<(TypeIndex, RecordId)>) {
        let known = self.roots.entry(key).or_default();
        if known.is_empty() {
            self.found.push(key);
        }
        let before = known.len();
        known.extend(roots);
        known.sort_unstable();
        known.dedup();
        if known.len() > before {
            todo.push(key);
        }
    }
}

impl Batch<'_> {
    /// Deletes the records of one group.
    pub async fn delete(
        &mut self,
        changes: &[Change],
        mut drafts: Vec<Draft>,
    ) -> Result<Vec<(usize, Outcome)>, sqlx::Error> {
        let Some(content_type) = drafts.first().map(|draft| draft.shape.content_type.clone()) else {
            return Ok(Vec::new());
        };
        self.find_targets(changes, &mut drafts).await?;
        self.check_versions(&content_type, changes, &mut drafts).await?;
        let reach = self.reach(&content_type, &drafts).await?;
        for (place, draft) in drafts.iter_mut().enumerate().filter(|(_, draft)| draft.is_good()) {
            if let Some(protectors) = reach.protectors.get(&place) {
                let cause = self.protected(protectors).await?;
                draft.fail(cause);
            }
        }
        for (place, leftover) in &reach.leftovers {
            if drafts[*place].is_good() {
                let Leftover { table, column, .. } = leftover.clone();
                drafts[*place].fail(Cause::Leftover { table, column });
            }
        }
        rules::before_delete(self, &content_type, &mut drafts).await?;

        let good: HashSet<usize> = (0..drafts.len()).filter(|&place| drafts[place].is_good()).collect();
        if !good.is_empty() {
            let at_commit = self.session.dialect().check_references_at_commit();
            self.session.script(at_commit.to_owned()).await?;
            self.clear_references(&reach, &good).await?;
            self.delete_reached(&reach, &good).await?;
        }
        Ok(drafts.into_iter().map(|draft| (draft.index, draft.into_outcome())).collect())
    }

    async fn check_versions(
        &mut self,
        content_type: &ContentType,
        changes: &[Change],
        drafts: &mut [Draft],
    ) -> Result<(), sqlx::Error> {
        let expects = |draft: &&mut Draft| draft.is_good() && changes[draft.index].expected.is_some();
        let ids: Vec<RecordId> = drafts.iter_mut().filter(expects).map(|draft| draft.id).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let rows = self.fetch_rows(content_type, &ids).await?;
        for draft in drafts.iter_mut().filter(expects) {
            let row = rows.get(&draft.id);
            if let Some(cause) = row.and_then(|row| changed_since(content_type, row, changes[draft.index].expected)) {
                draft.fail(cause);
            }
        }
        Ok(())
    }

    /// Follows references backwards from the records that are to go: one query per referring field and step.
    async fn reach(&mut self, content_type: &ContentType, drafts: &[Draft]) -> Result<Reach, sqlx::Error> {
        let mut reach = Reach::default();
        let mut targets: HashSet<RecordId> = HashSet::new();
        for (place, draft) in drafts.iter().enumerate().filter(|(_, draft)| draft.is_good()) {
            let key = (content_type.index, draft.id);
            reach.roots.entry(key).or_default().push(place);
            if targets.insert(draft.id) {
                reach.found.push(key);
            }
        }
        // A record that turns out to be taken by one change more is followed once more.
        let mut todo = reach.found.clone();
        while !todo.is_empty() {
            let mut by_type: HashMap<TypeIndex, HashSet<RecordId>> = HashMap::new();
            for (index, id) in todo.drain(..) {
                by_type.entry(index).or_default().insert(id);
            }
            let mut by_type: Vec<_> = by_type.into_iter().collect();
            by_type.sort_by_key(|(index, _)| *index);
            for (index, ids) in by_type {
                let ids: Vec<RecordId> = ids.into_iter().collect();
                for incoming in self.registry.incoming(index) {
                    let from = self.registry.get(incoming.from).clone();
                    if rules::owns_reference(self.registry.get(index), &from, incoming.field) {
                        continue;
                    }
                    let column = from.fields[incoming.field].column.unwrap_or_default();
                    let name = &from.columns[column].name;
                    let head = format!("SELECT \"id\", \"{name}\" FROM \"{}\" WHERE \"{name}\" IN ", from.table);
                    for row in select_by_ids(&mut self.session, &head, &ids, "").await? {
                        let (id, to) = (row.some_id(0)?, row.some_id(1)?);
                        let roots = reach.roots.get(&(index, to)).cloned().unwrap_or_default();
                        let key = (incoming.from, id);
                        match incoming.on_delete {
                            OnDelete::Protect if incoming.from == content_type.index && targets.contains(&id) => {}
                            OnDelete::Protect => {
                                for root in roots {
                                    reach.protectors.entry(root).or_default().insert(key);
                                }
                            }
                            OnDelete::SetNull => reach.cleared.push((incoming.from, incoming.field, id, roots)),
                            OnDelete::Cascade => reach.take(key, roots, &mut todo),
                        }
                    }
                }
                for leftover in self.leftovers.iter().filter(|leftover| leftover.to == index) {
                    let Leftover { table, column, .. } = leftover;
                    let head = format!("SELECT DISTINCT \"{column}\" FROM \"{table}\" WHERE \"{column}\" IN ");
                    for row in select_by_ids(&mut self.session, &head, &ids, "").await? {
                        let roots = reach.roots.get(&(index, row.some_id(0)?)).cloned().unwrap_or_default();
                        reach.leftovers.extend(roots.into_iter().map(|root| (root, leftover.clone())));
                    }
                }
                self.reach_generic(&mut reach, index, &ids, &mut todo).await?;
            }
        }
        Ok(reach)
    }

    /// What names a record by type and id, such as the cable in an interface or the note about a device, goes with it.
    async fn reach_generic(
        &mut self,
        reach: &mut Reach,
        index: TypeIndex,
        ids: &[RecordId],
        todo: &mut Vec<(TypeIndex, RecordId)>,
    ) -> Result<(), sqlx::Error> {
        let name = self.registry.get(index).name().to_owned();
        for (from, (of_type, of_id)) in self.registry.cascading_generics().to_vec() {
            let content_type = self.registry.get(from).clone();
            let column = |place: usize| content_type.columns[place].name.as_str();
            let (of_type, of_id) = (column(of_type), column(of_id));
            let head = format!(
                "SELECT \"id\", \"{of_id}\" FROM \"{}\" WHERE \"{of_type}\" = '{name}' AND \"{of_id}\" IN ",
                content_type.table
            );
            for row in select_by_ids(&mut self.session, &head, ids, "").await? {
                let (id, to) = (row.some_id(0)?, row.some_id(1)?);
                let roots = reach.roots.get(&(index, to)).cloned().unwrap_or_default();
                reach.take((from, id), roots, todo);
            }
        }
        Ok(())
    }

    async fn protected(&mut self, protectors: &IndexSet<(TypeIndex, RecordId)>) -> Result<Cause, sqlx::Error> {
        let mut ids: HashMap<TypeIndex, Vec<RecordId>> = HashMap::new();
        for (index, id) in protectors.iter().take(MOST_NAMED) {
            ids.entry(*index).or_default().push(*id);
        }
        let mut names: HashMap<RecordId, String> = HashMap::new();
        for (index, ids) in ids {
            let content_type = self.registry.get(index).clone();
            let rows = self.fetch_rows(&content_type, &ids).await?;
            names.extend(rows.iter().map(|(id, row)| (*id, repr(&content_type, row, *id))));
        }
        let by = protectors.iter().take(MOST_NAMED).map(|(index, id)| Dependent {
            content_type: self.registry.get(*index).verbose_name().to_owned(),
            name: names.remove(id).unwrap_or_else(|| id.to_string()),
            id: *id,
        });
        Ok(Cause::Protected { count: protectors.len(), by: by.collect() })
    }

    async fn clear_references(&mut self, reach: &Reach, good: &HashSet<usize>) -> Result<(), sqlx::Error> {
        let mut by_field: HashMap<(TypeIndex, usize), Vec<RecordId>> = HashMap::new();
        for (index, field, id, roots) in &reach.cleared {
            let goes =
                reach.roots.get(&(*index, *id)).is_some_and(|roots| roots.iter().any(|root| good.contains(root)));
            if !goes && roots.iter().any(|root| good.contains(root)) {
                by_field.entry((*index, *field)).or_default().push(*id);
            }
        }
        let mut by_field: Vec<_> = by_field.into_iter().collect();
        by_field.sort_by_key(|(field, _)| *field);
        for ((index, field), ids) in by_field {
            let content_type = self.registry.get(index).clone();
            let FieldKind::Reference(reference) = &content_type.fields[field].kind else { continue };
            let columns = content_type.fields[field].column.iter().chain(&reference.clears);
            let nulls: Vec<String> =
                columns.map(|column| format!("\"{}\" = NULL", content_type.columns[*column].name)).collect();
            // Types that only the inventory writes have no such time.
            let touched = content_type.field("last_updated").filter(|_| !content_type.read_only);
            let touch = touched.map_or_else(String::new, |_| format!(", \"last_updated\" = {}", self.now));
            let head = format!("UPDATE \"{}\" SET {}{touch} WHERE \"id\" IN ", content_type.table, nulls.join(", "));
            execute_by_ids(&mut self.session, &head, &ids).await?;
            self.log_all(&content_type, Action::Update, &ids).await?;
            self.memory.changed(&content_type);
        }
        Ok(())
    }

    /// Logs and deletes, the records that hang on others first.
    async fn delete_reached(&mut self, reach: &Reach, good: &HashSet<usize>) -> Result<(), sqlx::Error> {
        let mut types: Vec<TypeIndex> = Vec::new();
        let mut by_type: HashMap<TypeIndex, Vec<RecordId>> = HashMap::new();
        for key in reach.found.iter().rev() {
            if reach.roots.get(key).is_some_and(|roots| roots.iter().any(|root| good.contains(root))) {
                if !by_type.contains_key(&key.0) {
                    types.push(key.0);
                }
                by_type.entry(key.0).or_default().push(key.1);
            }
        }
        for index in types {
            let content_type = self.registry.get(index).clone();
            let ids = by_type.remove(&index).unwrap_or_default();
            self.log_all(&content_type, Action::Delete, &ids).await?;
            let head = format!("DELETE FROM \"{}\" WHERE \"id\" IN ", content_type.table);
            execute_by_ids(&mut self.session, &head, &ids).await?;
            self.memory.changed(&content_type);
        }
        Ok(())
    }

    /// Logs records as they are stored now.
    pub async fn log_all(
        &mut self,
        content_type: &ContentType,
        action: Action,
        ids: &[RecordId],
    ) -> Result<(), sqlx::Error> {
        let rows = self.fetch_rows(content_type, ids).await?;
        let mut links = self.links(content_type, ids).await?;
        self.name_links(content_type, links.values_mut()).await?;
        let records: Vec<Logged<'_>> = ids
            .iter()
            .filter_map(|id| {
                let row = rows.get(id)?;
                Some(Logged { id: *id, row, links: links.get(id).map(Vec::as_slice) })
            })
            .collect();
        self.log(content_type, action, &records).await
    }
}
