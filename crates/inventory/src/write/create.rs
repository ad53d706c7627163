//! Creates. References to records of the same group are found in rounds: those that wait for others are written after
//! them, so that a hierarchy of n levels takes n rounds, whatever its width.

use super::batch::{Batch, Outcome};
use super::change::{Action, Change};
use super::draft::{Draft, Pointer};
use super::error::WriteErrorCause as Cause;
use super::links::{RecordLinks, drafted_links};
use super::log::Logged;
use super::lookup::Missing;
use super::resolve::Keys;
use super::rows::{Marks, insert_head, refused, write_rows};
use crate::model::{CUSTOM_FIELDS, ContentType, FieldKind};
use crate::rules;
use crate::storage::{Cell, Row, natural_key};

impl Batch<'_> {
    /// Creates the records of one group.
    pub async fn create(
        &mut self,
        changes: &[Change],
        mut drafts: Vec<Draft>,
    ) -> Result<Vec<(usize, Outcome)>, sqlx::Error> {
        let Some(content_type) = drafts.first().map(|draft| draft.shape.content_type.clone()) else {
            return Ok(Vec::new());
        };
        let template = self.template(&content_type).await?;
        for draft in &mut drafts {
            draft.row.clone_from(&template);
        }
        self.read_group(changes, &mut drafts).await?;

        let mut done = Vec::with_capacity(drafts.len());
        let mut waiting = drafts;
        while !waiting.is_empty() {
            let mut ready = Vec::with_capacity(waiting.len());
            let mut still = Vec::new();
            for mut draft in waiting {
                if draft.resolve(self.registry, self.memory) == Keys::Missing {
                    if draft.is_good() && draft.may_wait_for(&self.memory.lookups, content_type.index) {
                        still.push(draft);
                        continue;
                    }
                    draft.fail_missing(self.registry, &self.memory.lookups);
                }
                ready.push(draft);
            }
            if !ready.iter().any(Draft::is_good) {
                // Nothing comes any more that the others could wait for.
                for mut draft in still.drain(..) {
                    draft.fail_missing(self.registry, &self.memory.lookups);
                    ready.push(draft);
                }
            }
            self.store(&content_type, &mut ready).await?;
            self.memory.created(&content_type);
            self.fetch_wanted(&still).await?;
            done.extend(ready.into_iter().map(|draft| (draft.index, draft.into_outcome())));
            waiting = still;
        }
        Ok(done)
    }

    /// What a new record has when nothing is said.
    async fn template(&mut self, content_type: &ContentType) -> Result<Row, sqlx::Error> {
        let mut row = blank_row(content_type, self.now);
        if let Some(definitions) = self.custom_fields(content_type).await? {
            row[content_type.column_of(CUSTOM_FIELDS)] = definitions.defaults();
        }
        Ok(row)
    }

    /// Asks again for the keys that waiting drafts still want.
    async fn fetch_wanted(&mut self, waiting: &[Draft]) -> Result<(), sqlx::Error> {
        let mut missing = Missing::default();
        for draft in waiting {
            for (group, pointer) in draft.shape.references.iter().zip(&draft.references) {
                if let Pointer::Wanted(key) = pointer
                    && self.memory.lookups.found(group.lookup, key).is_none()
                {
                    missing.entry(group.lookup).or_default().insert(key.clone(), Cell::from_key(key));
                }
            }
            for element in draft.many.iter().flat_map(|many| &many.elements) {
                if let super::draft::Element::Record { lookup, pointer: Pointer::Wanted(key), .. } = element {
                    missing.entry(*lookup).or_default().insert(key.clone(), Cell::from_key(key));
                }
            }
        }
        self.memory.lookups.fetch(&mut self.session, self.registry, missing).await
    }

    /// Checks and inserts drafts whose references are known, with their links and their log.
    pub async fn store(&mut self, content_type: &ContentType, drafts: &mut [Draft]) -> Result<(), sqlx::Error> {
        // Of drafts that failed too, so that what they do say is not missed below.
        drafts.iter_mut().for_each(Self::place_references);
        self.default_references(content_type, drafts).await?;
        self.check_limited(drafts).await?;
        let definitions = self.custom_fields(content_type).await?;
        for draft in drafts.iter_mut() {
            fail_unsaid(content_type, draft);
            if let Some(definitions) = &definitions {
                definitions.fail_missing(draft, content_type.column_of(CUSTOM_FIELDS));
            }
        }
        if !drafts.iter().any(Draft::is_good) {
            return Ok(());
        }
        rules::before_create(self, content_type, drafts).await?;
        drafts.iter_mut().filter(|draft| draft.is_good()).for_each(|draft| {
            fill_slugs(content_type, &mut draft.row);
            fill_natural(content_type, &mut draft.row);
        });
        for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
            fail_absent(content_type, draft);
        }

        let good: Vec<usize> = (0..drafts.len()).filter(|&place| drafts[place].is_good()).collect();
        let marks = Marks::plain(content_type.columns.len() + 1);
        let failures = write_rows(&mut self.session, &insert_head(content_type), "", &marks, &good, |&place, args| {
            let draft = &drafts[place];
            args.id(draft.id);
            draft.row.iter().for_each(|cell| args.cell(cell));
        })
        .await?;
        for (place, refusal) in failures {
            let draft = &mut drafts[good[place]];
            let cause = refused(content_type, &draft.row, refusal);
            draft.fail(cause);
        }
        if drafts.iter().any(|draft| draft.is_good() && !draft.many.is_empty()) {
            self.write_links(content_type, drafts, false).await?;
        }
        let mut links: Vec<RecordLinks> =
            drafts.iter().map(|draft| if draft.many.is_empty() { Vec::new() } else { drafted_links(draft) }).collect();
        self.name_links(content_type, links.iter_mut()).await?;
        let records: Vec<Logged<'_>> = drafts
            .iter()
            .zip(&links)
            .filter(|(draft, _)| draft.is_good())
            .map(|(draft, links)| Logged { id: draft.id, row: &draft.row, links: Some(links) })
            .collect();
        self.log(content_type, Action::Create, &records).await?;
        drop(records);
        rules::after_create(self, content_type, drafts).await
    }

    /// References that have a default and were not named.
    async fn default_references(
        &mut self,
        content_type: &ContentType,
        drafts: &mut [Draft],
    ) -> Result<(), sqlx::Error> {
        for (place, field) in content_type.fields.iter().enumerate() {
            let (to, column) = match (&field.kind, &field.default) {
                (FieldKind::Reference(reference), Some(_)) => (reference.to, field.column),
                (FieldKind::Alias(alias), Some(_)) => (alias.to, None),
                _ => continue,
            };
            let unset = |draft: &Draft| match column {
                Some(column) => draft.row[column].is_null(),
                None => !draft.aliases.iter().any(|(field, _)| *field == place),
            };
            if !drafts.iter().any(|draft| draft.is_good() && unset(draft)) {
                continue;
            }
            let Some(id) = self.default_id(to, field.default.clone().unwrap_or_default()).await? else { continue };
            for draft in drafts.iter_mut().filter(|draft| unset(draft)) {
                match column {
                    Some(column) => draft.row[column] = Cell::Id(id),
                    None => draft.aliases.push((place, id)),
                }
            }
        }
        Ok(())
    }
}

/// A row with every default, as a record that says nothing would have it.
pub(crate) fn blank_row(content_type: &ContentType, now: i64) -> Row {
    content_type
        .columns
        .iter()
        .map(|column| {
            let field = &content_type.fields[column.field];
            match (&field.kind, &field.default) {
                _ if column.natural_of.is_some() => Cell::Null,
                _ if matches!(field.name(), "created" | "last_updated") => Cell::Int(now),
                (FieldKind::Scalar(scalar), Some(default)) => {
                    Cell::from_value(scalar.scalar_type, default.clone()).unwrap_or_default()
                }
                _ => Cell::Null,
            }
        })
        .collect()
}

/// Fills texts that are made from another one when nothing is said: `Asset owner` gives `asset_owner`.
fn fill_slugs(content_type: &ContentType, row: &mut [Cell]) {
    for field in &content_type.fields {
        let (Some(of), Some(column)) = (&field.slug_of, field.column) else { continue };
        let Some(from) = content_type.field(of).and_then(|field| field.column) else { continue };
        if !row[column].text().is_some_and(str::is_empty) {
            continue;
        }
        let separator = if field.name() == "slug" { '-' } else { '_' };
        row[column] = Cell::Text(slug(row[from].text().unwrap_or_default(), separator));
    }
}

/// A text as an identifier: its words in small letters.
pub(crate) fn slug(text: &str, separator: char) -> String {
    let text = text.to_lowercase();
    let words = text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(&separator.to_string())
}

/// Sets the columns that hold a text in the form that sorts as people count.
pub(super) fn fill_natural(content_type: &ContentType, row: &mut [Cell]) {
    for (place, column) in content_type.columns.iter().enumerate() {
        if let Some(text) = column.natural_of {
            row[place] = row[text].text().map_or(Cell::Null, |text| Cell::Text(natural_key(text)));
        }
    }
}

/// Names every field that a change has to say and did not, as far as nothing else fills it.
fn fail_unsaid(content_type: &ContentType, draft: &mut Draft) {
    for (place, column) in content_type.columns.iter().enumerate() {
        let field = &content_type.fields[column.field];
        let said = column.natural_of.is_none() && field.slug_of.is_none() && !field.computed && !field.filled;
        if draft.row[place].is_null() && !column.nullable && said && field.default.is_none() {
            fail_required(draft, content_type.whole_of(field).unwrap_or(field).name().to_owned());
        }
    }
    for (place, field) in content_type.fields.iter().enumerate() {
        if field.required && matches!(field.kind, FieldKind::Many(_)) && !draft.many.iter().any(|many| many.sets(place))
        {
            fail_required(draft, field.name().to_owned());
        }
    }
}

/// Names every field that must be there and is not, once everything is filled.
fn fail_absent(content_type: &ContentType, draft: &mut Draft) {
    for (place, column) in content_type.columns.iter().enumerate() {
        if draft.row[place].is_null() && !column.nullable {
            let field = &content_type.fields[column.field];
            fail_required(draft, content_type.whole_of(field).unwrap_or(field).name().to_owned());
        }
    }
}

fn fail_required(draft: &mut Draft, field: String) {
    if !draft.blames(&field) {
        draft.fail(Cause::Required { field });
    }
}
