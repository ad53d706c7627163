//! Deletes: what a record takes along, what keeps it from going, and what only lets go of it.

use std::collections::HashMap;

use indexmap::IndexSet;

use super::batch::{Batch, Outcome};
use super::change::{Action, Change, Losses};
use super::draft::Draft;
use super::error::{Dependent, WriteErrorCause as Cause};
use super::log::{Logged, repr};
use super::loss::{Rows, Told};
use super::reach::{Cleared, Reach, Taken, reach};
use super::rows::execute_by_ids;
use super::update::changed_since;
use crate::model::{ContentType, FieldKind, TypeIndex};
use crate::rules;
use crate::storage::{Leftover, RecordId, Row};

/// How many protecting records an error names.
pub const MOST_NAMED: usize = 50;

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
        let good = drafts.iter().enumerate().filter(|(_, draft)| draft.is_good());
        let targets: Vec<_> = good.map(|(place, draft)| (place, (content_type.index, draft.id))).collect();
        let reach = reach(&mut self.session, self.registry, self.leftovers, &targets).await?;
        for opposed in reach.opposed() {
            let cause = match opposed.leftover.cloned() {
                Some(Leftover { table, column, .. }) if opposed.protectors.is_empty() => {
                    Cause::Leftover { table, column }
                }
                _ => self.protected(&opposed.protectors).await?,
            };
            drafts[opposed.number].fail(cause);
        }
        rules::before_delete(self, &content_type, &mut drafts).await?;

        if drafts.iter().any(Draft::is_good) {
            let at_commit = self.session.dialect().check_references_at_commit();
            self.session.script(at_commit.to_owned()).await?;
            let taken = reach.taken(|number| drafts[number].is_good());
            let told = match self.context.losses {
                Losses::Told => self.losses(&reach, &taken).await?,
                Losses::Untold => Told::default(),
            };
            self.clear_references(&reach, &taken).await?;
            self.delete_taken(&taken, told.rows).await?;
            for (place, losses) in told.losses {
                drafts[place].losses = losses;
            }
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

    async fn clear_references(&mut self, reach: &Reach, taken: &Taken<'_>) -> Result<(), sqlx::Error> {
        let mut by_field: HashMap<(TypeIndex, usize), Vec<RecordId>> = HashMap::new();
        for Cleared { from, field, id, to } in &reach.cleared {
            if taken.by(&(*from, *id)).is_none() && taken.by(to).is_some() {
                by_field.entry((*from, *field)).or_default().push(*id);
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

    /// Logs and deletes, the records that hang on others first. Some may have been read already.
    async fn delete_taken(&mut self, taken: &Taken<'_>, mut read: Rows) -> Result<(), sqlx::Error> {
        let mut types: Vec<TypeIndex> = Vec::new();
        let mut by_type: HashMap<TypeIndex, Vec<RecordId>> = HashMap::new();
        for (index, id) in taken.records().rev() {
            if !by_type.contains_key(index) {
                types.push(*index);
            }
            by_type.entry(*index).or_default().push(*id);
        }
        for index in types {
            let content_type = self.registry.get(index).clone();
            let ids = by_type.remove(&index).unwrap_or_default();
            match read.remove(&index) {
                Some(rows) => self.log_rows(&content_type, Action::Delete, &ids, &rows).await?,
                None => self.log_all(&content_type, Action::Delete, &ids).await?,
            }
            let head = format!("DELETE FROM \"{}\" WHERE \"id\" IN ", content_type.table);
            execute_by_ids(&mut self.session, &head, &ids).await?;
            self.memory.changed(&content_type);
        }
        Ok(())
    }

    /// Logs records as they are stored now, of types that are logged.
    pub async fn log_all(
        &mut self,
        content_type: &ContentType,
        action: Action,
        ids: &[RecordId],
    ) -> Result<(), sqlx::Error> {
        if !content_type.logged {
            return Ok(());
        }
        let rows = self.fetch_rows(content_type, ids).await?;
        self.log_rows(content_type, action, ids, &rows).await
    }

    /// The same of records that were read, with what their to-many fields hold now.
    async fn log_rows(
        &mut self,
        content_type: &ContentType,
        action: Action,
        ids: &[RecordId],
        rows: &HashMap<RecordId, Row>,
    ) -> Result<(), sqlx::Error> {
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
