//! Updates. Only columns that differ are written, and a record that stays as it is costs neither a write nor a log row.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::batch::{Batch, Outcome};
use super::change::{Action, Change};
use super::create::fill_natural;
use super::draft::Draft;
use super::error::WriteErrorCause as Cause;
use super::links::{Linked, Links, Target, drafted_links};
use super::log::Logged;
use super::resolve::Keys;
use super::rows::{refused, update_cells};
use crate::model::{CUSTOM_FIELDS, ContentType, FieldKind};
use crate::rules;
use crate::storage::{Cell, RecordId, Row, Version};

impl Batch<'_> {
    /// Updates the records of one group.
    pub async fn update(
        &mut self,
        changes: &[Change],
        mut drafts: Vec<Draft>,
    ) -> Result<Vec<(usize, Outcome)>, sqlx::Error> {
        let Some(content_type) = drafts.first().map(|draft| draft.shape.content_type.clone()) else {
            return Ok(Vec::new());
        };
        self.find_targets(changes, &mut drafts).await?;
        let mut done = Vec::with_capacity(drafts.len());
        // A record that is changed twice is changed in two passes.
        while !drafts.is_empty() {
            let mut seen: HashSet<RecordId> = HashSet::new();
            let (pass, later) = drafts.into_iter().partition(|draft| !draft.is_good() || seen.insert(draft.id));
            drafts = later;
            let pass = self.update_pass(&content_type, changes, pass).await?;
            self.memory.changed(content_type.index);
            done.extend(pass.into_iter().map(|draft| (draft.index, draft.into_outcome())));
        }
        Ok(done)
    }

    async fn update_pass(
        &mut self,
        content_type: &ContentType,
        changes: &[Change],
        mut drafts: Vec<Draft>,
    ) -> Result<Vec<Draft>, sqlx::Error> {
        let ids: Vec<RecordId> = drafts.iter().filter(|draft| draft.is_good()).map(|draft| draft.id).collect();
        let mut rows = self.fetch_rows(content_type, &ids).await?;
        for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
            match rows.remove(&draft.id) {
                Some(row) => {
                    if let Some(cause) = changed_since(content_type, &row, changes[draft.index].expected) {
                        draft.fail(cause);
                    }
                    draft.row.clone_from(&row);
                    draft.before = Some(row);
                }
                None => draft.fail(Cause::RecordNotFound {
                    content_type: content_type.verbose_name().to_owned(),
                    looked_up: format!("id={}", draft.id),
                }),
            }
        }
        self.read_group(changes, &mut drafts).await?;
        for draft in drafts.iter_mut().filter(|draft| draft.before.is_some()) {
            if draft.resolve(self.registry, &self.memory.lookups) == Keys::Missing {
                draft.fail_missing(self.registry, &self.memory.lookups);
            }
            Self::place_references(draft);
        }
        self.check_limited(&mut drafts).await?;
        let definitions = self.custom_fields(content_type).await?;
        for draft in drafts.iter_mut().filter(|draft| draft.before.is_some()) {
            fail_unchangeable(content_type, draft);
            if let Some(definitions) = &definitions {
                definitions.fail_missing(draft, content_type.column_of(CUSTOM_FIELDS));
            }
        }
        self.check_trees(content_type, &mut drafts).await?;
        rules::before_update(self, content_type, &mut drafts).await?;
        drafts.iter_mut().filter(|draft| draft.is_good()).for_each(|draft| fill_natural(content_type, &mut draft.row));

        let links = self.links(content_type, &ids).await?;
        for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
            let new = drafted_links(draft);
            draft.many.retain(|many| !same_links(&links, draft.id, &new, many.field));
        }
        self.write_updates(content_type, &mut drafts).await?;
        if drafts.iter().any(|draft| draft.is_good() && !draft.many.is_empty()) {
            self.write_links(content_type, &drafts, true).await?;
        }
        self.log_updates(content_type, &drafts, links).await?;
        rules::after_update(self, content_type, &mut drafts).await?;
        Ok(drafts)
    }

    async fn write_updates(&mut self, content_type: &ContentType, drafts: &mut [Draft]) -> Result<(), sqlx::Error> {
        let last_updated = content_type.column_of("last_updated");
        let mut by_columns: BTreeMap<Vec<usize>, Vec<usize>> = BTreeMap::new();
        for (place, draft) in drafts.iter_mut().enumerate().filter(|(_, draft)| draft.is_good()) {
            let mut columns = changed_columns(draft);
            if columns.is_empty() && draft.many.is_empty() {
                continue;
            }
            draft.row[last_updated] = Cell::Int(self.now);
            columns.push(last_updated);
            by_columns.entry(columns).or_default().push(place);
        }
        for (columns, mut places) in by_columns {
            // A record may take the name that another one of the batch gives up, so what was refused is tried again for
            // as long as something else succeeds.
            let failures = loop {
                let failures = update_cells(&mut self.session, content_type, &columns, &places, |&place, args| {
                    let draft = &drafts[place];
                    args.id(draft.id);
                    columns.iter().for_each(|&column| args.cell(&draft.row[column]));
                })
                .await?;
                let failures: Vec<_> =
                    failures.into_iter().map(|(failed, refusal)| (places[failed], refusal)).collect();
                if failures.is_empty() || failures.len() == places.len() {
                    break failures;
                }
                places = failures.iter().map(|(place, _)| *place).collect();
            };
            for (place, refusal) in failures {
                let draft = &mut drafts[place];
                let cause = refused(content_type, &draft.row, refusal);
                draft.fail(cause);
            }
        }
        Ok(())
    }

    async fn log_updates(
        &mut self,
        content_type: &ContentType,
        drafts: &[Draft],
        mut links: Links,
    ) -> Result<(), sqlx::Error> {
        let changed: Vec<&Draft> = drafts
            .iter()
            .filter(|draft| draft.is_good() && (!draft.many.is_empty() || draft.before.as_ref() != Some(&draft.row)))
            .collect();
        for draft in &changed {
            let fields = links.entry(draft.id).or_default();
            for (field, elements) in drafted_links(draft) {
                fields.retain(|(other, _)| *other != field);
                fields.push((field, elements));
            }
        }
        let logged = changed.iter().map(|draft| draft.id).collect::<HashSet<_>>();
        let named = links.iter_mut().filter(|(id, _)| logged.contains(id)).map(|(_, links)| links);
        self.name_links(content_type, named).await?;
        let records: Vec<Logged<'_>> = changed
            .iter()
            .map(|draft| Logged { id: draft.id, row: &draft.row, links: links.get(&draft.id).map(Vec::as_slice) })
            .collect();
        self.log(content_type, Action::Update, &records).await
    }

    /// References that form a tree must not form a ring.
    async fn check_trees(&mut self, content_type: &ContentType, drafts: &mut [Draft]) -> Result<(), sqlx::Error> {
        for field in &content_type.fields {
            let (FieldKind::Reference(reference), Some(column)) = (&field.kind, field.column) else { continue };
            let moved = |draft: &Draft| {
                draft.is_good() && draft.before.as_ref().is_some_and(|before| before[column] != draft.row[column])
            };
            if !reference.tree || !drafts.iter().any(moved) {
                continue;
            }
            let name = &content_type.columns[column].name;
            let sql = format!("SELECT \"id\", \"{name}\" FROM \"{}\" WHERE \"{name}\" IS NOT NULL", content_type.table);
            let mut parents: HashMap<RecordId, RecordId> = HashMap::new();
            for row in self.session.rows(sql, crate::storage::Args::default()).await? {
                parents.insert(row.some_id(0)?, row.some_id(1)?);
            }
            for draft in drafts.iter_mut().filter(|draft| moved(draft)) {
                let Some(parent) = draft.row[column].id() else {
                    parents.remove(&draft.id);
                    continue;
                };
                let ring = std::iter::successors(Some(parent), |id| parents.get(id).copied()).any(|id| id == draft.id);
                if ring {
                    draft.fail(Cause::rule(field.name(), "a record cannot lie below itself"));
                } else {
                    parents.insert(draft.id, parent);
                }
            }
        }
        Ok(())
    }
}

fn changed_columns(draft: &Draft) -> Vec<usize> {
    let Some(before) = &draft.before else { return Vec::new() };
    (0..draft.row.len()).filter(|&column| before[column] != draft.row[column]).collect()
}

/// Names every field that cannot be what the change wants it to be.
fn fail_unchangeable(content_type: &ContentType, draft: &mut Draft) {
    for column in changed_columns(draft) {
        let field = &content_type.fields[content_type.columns[column].field];
        if draft.blames(field.name()) {
            continue;
        }
        if field.immutable {
            draft.fail(Cause::Immutable { field: field.name().to_owned() });
        } else if draft.row[column].is_null() && !content_type.columns[column].nullable {
            draft.fail(Cause::Null { field: field.name().to_owned() });
        }
    }
    for place in draft.many.iter().map(|many| many.field).collect::<Vec<_>>() {
        let field = &content_type.fields[place];
        let sets = draft.many.iter().any(|many| many.sets(place));
        if field.required && !sets && !draft.blames(field.name()) {
            draft.fail(Cause::Required { field: field.name().to_owned() });
        }
    }
}

/// What is wrong when the record is not at the version that a change was made for.
pub(super) fn changed_since(content_type: &ContentType, row: &Row, expected: Option<Version>) -> Option<Cause> {
    let expected = expected?;
    let column = content_type.field("last_updated").and_then(|field| field.column)?;
    let found = Version(row[column].int()?);
    (found != expected).then_some(Cause::Changed { expected, found })
}

fn same_links(links: &Links, id: RecordId, new: &[(usize, Vec<Linked>)], field: usize) -> bool {
    let of = |all: &[(usize, Vec<Linked>)]| {
        let linked = all.iter().find(|(other, _)| *other == field);
        let mut targets: Vec<Target> = linked.into_iter().flat_map(|(_, linked)| linked).map(Linked::target).collect();
        targets.sort();
        targets
    };
    of(links.get(&id).map_or(&[], Vec::as_slice)) == of(new)
}
