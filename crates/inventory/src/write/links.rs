//! The rows behind fields of many records.

use std::collections::HashMap;

use super::batch::Batch;
use super::draft::{Draft, Element, Pointer};
use super::log::{LoggedLinks, logs_names};
use super::rows::{select_by_ids, write_rows};
use crate::model::{ContentType, FieldKind, ManyTarget};
use crate::storage::{Cell, RecordId};

/// A record, and what it is linked to.
type LinkRow = (RecordId, Cell);

impl Batch<'_> {
    /// Inserts the links of drafts that are stored. With `replace`, what a field held before goes.
    pub async fn write_links(
        &mut self,
        content_type: &ContentType,
        drafts: &[Draft],
        replace: bool,
    ) -> Result<(), sqlx::Error> {
        let mut by_field: HashMap<usize, (Vec<RecordId>, Vec<LinkRow>)> = HashMap::new();
        for draft in drafts.iter().filter(|draft| draft.is_good()) {
            for many in &draft.many {
                let (owners, links) = by_field.entry(many.field).or_default();
                owners.push(draft.id);
                for element in &many.elements {
                    match element {
                        Element::ContentType(name) => links.push((draft.id, Cell::Text(name.clone()))),
                        Element::Record { pointer: Pointer::Id(id), .. } => links.push((draft.id, Cell::Id(*id))),
                        Element::Record { .. } => {}
                    }
                }
            }
        }
        let mut by_field: Vec<_> = by_field.into_iter().collect();
        by_field.sort_by_key(|(field, _)| *field);
        for (field, (owners, mut links)) in by_field {
            let FieldKind::Many(many) = &content_type.fields[field].kind else { continue };
            let link = &many.link;
            if replace {
                let head = format!("DELETE FROM \"{}\" WHERE \"{}\" IN ", link.table, link.near);
                super::rows::execute_by_ids(&mut self.session, &head, &owners).await?;
            }
            // Two keys may name one record.
            let mut seen = std::collections::HashSet::new();
            links.retain(|(owner, far)| {
                let mut key = owner.0.as_bytes().to_vec();
                far.key_into(&mut key);
                seen.insert(key)
            });
            let (table, near, far) = (&link.table, &link.near, &link.far);
            let refused = if link.through {
                // Rows of a content type: they have ids and times.
                let head = format!(
                    "INSERT INTO \"{table}\" (\"{near}\", \"{far}\", \"id\", \"created\", \"last_updated\") VALUES "
                );
                let now = Cell::Int(self.now);
                write_rows(&mut self.session, &head, "", 5, &links, |(owner, far), args| {
                    args.id(*owner);
                    args.cell(far);
                    args.id(RecordId::random());
                    args.cell(&now);
                    args.cell(&now);
                })
                .await?
            } else {
                let head = format!("INSERT INTO \"{table}\" (\"{near}\", \"{far}\") VALUES ");
                write_rows(&mut self.session, &head, "", 2, &links, |(owner, far), args| {
                    args.id(*owner);
                    args.cell(far);
                })
                .await?
            };
            if let Some((_, refusal)) = refused.first() {
                let message = format!(
                    "links of {}.{} were refused: {refusal:?}",
                    content_type.name(),
                    content_type.fields[field].name()
                );
                return Err(sqlx::Error::Protocol(message));
            }
        }
        Ok(())
    }

    /// What the to-many fields of records hold, for the log: one query per field.
    pub async fn logged_links(
        &mut self,
        content_type: &ContentType,
        ids: &[RecordId],
    ) -> Result<LoggedLinks, sqlx::Error> {
        let mut all = LoggedLinks::new();
        for (place, field) in content_type.fields.iter().enumerate() {
            let FieldKind::Many(many) = &field.kind else { continue };
            let link = &many.link;
            if !link.writable {
                continue;
            }
            let named = logs_names(many.target, self.registry);
            let (shown, join) = match many.target {
                ManyTarget::Records(to) if named => (
                    "t.\"name\"".to_owned(),
                    format!(" JOIN \"{}\" t ON t.\"id\" = l.\"{}\"", self.registry.get(to).table, link.far),
                ),
                _ => (format!("l.\"{}\"", link.far), String::new()),
            };
            let head = format!(
                "SELECT l.\"{}\", {shown} FROM \"{}\" l{join} WHERE l.\"{}\" IN ",
                link.near, link.table, link.near
            );
            for row in select_by_ids(&mut self.session, &head, ids, " ORDER BY 1, 2").await? {
                let element = match many.target {
                    ManyTarget::Records(_) if !named => row.some_id(1)?.to_string(),
                    _ => row.text(1)?.unwrap_or_default(),
                };
                let fields = all.entry(row.some_id(0)?).or_default();
                match fields.iter_mut().find(|(field, _)| *field == place) {
                    Some((_, elements)) => elements.push(element),
                    None => fields.push((place, vec![element])),
                }
            }
        }
        Ok(all)
    }

    /// The same for new records, which are known without asking.
    pub fn drafted_links(&self, draft: &Draft) -> Vec<(usize, Vec<String>)> {
        let fields = &draft.content_type().fields;
        draft
            .many
            .iter()
            .map(|many| {
                let named = match &fields[many.field].kind {
                    FieldKind::Many(definition) => logs_names(definition.target, self.registry),
                    _ => false,
                };
                let elements = many.elements.iter().filter_map(|element| match element {
                    Element::ContentType(name) => Some(name.clone()),
                    Element::Record { value, .. } if named => value.as_text().map(str::to_owned),
                    Element::Record { pointer: Pointer::Id(id), .. } => Some(id.to_string()),
                    Element::Record { .. } => None,
                });
                (many.field, elements.collect())
            })
            .collect()
    }
}
