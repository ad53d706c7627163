//! The rows behind fields of many records.

use std::collections::{HashMap, HashSet};

use super::batch::Batch;
use super::draft::{Draft, Element, ManyDraft, Pointer};
use super::rows::{Marks, select_by_ids, write_rows};
use crate::model::{ContentType, FieldKind, ManyTarget, Registry, TypeIndex};
use crate::storage::{Cell, RecordId};

/// One thing that a to-many field holds.
#[derive(Debug, Clone)]
pub(crate) enum Linked {
    ContentType(String),
    /// The name is there when it is known; only the log asks for it.
    Record {
        id: RecordId,
        name: Option<String>,
    },
}

impl Linked {
    /// What is linked, without its name.
    pub fn target(&self) -> Target {
        match self {
            Linked::ContentType(name) => Target::ContentType(name.clone()),
            Linked::Record { id, .. } => Target::Record(*id),
        }
    }
}

/// What is linked, for comparing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Target {
    ContentType(String),
    Record(RecordId),
}

/// What the to-many fields of one record hold, by the place of the field.
pub(crate) type RecordLinks = Vec<(usize, Vec<Linked>)>;
/// The same of many records.
pub(crate) type Links = HashMap<RecordId, RecordLinks>;

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
            let mut seen = HashSet::new();
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
                write_rows(&mut self.session, &head, "", &Marks::plain(5), &links, |(owner, far), args| {
                    args.id(*owner);
                    args.cell(far);
                    args.id(RecordId::random());
                    args.cell(&now);
                    args.cell(&now);
                })
                .await?
            } else {
                let head = format!("INSERT INTO \"{table}\" (\"{near}\", \"{far}\") VALUES ");
                write_rows(&mut self.session, &head, "", &Marks::plain(2), &links, |(owner, far), args| {
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

    /// What the to-many fields of records hold: one query per field.
    pub async fn links(&mut self, content_type: &ContentType, ids: &[RecordId]) -> Result<Links, sqlx::Error> {
        let mut all = Links::new();
        for (place, field) in content_type.fields.iter().enumerate() {
            let FieldKind::Many(many) = &field.kind else { continue };
            let link = &many.link;
            if !link.writable {
                continue;
            }
            let head =
                format!("SELECT \"{0}\", \"{1}\" FROM \"{2}\" WHERE \"{0}\" IN ", link.near, link.far, link.table);
            for row in select_by_ids(&mut self.session, &head, ids, " ORDER BY 1, 2").await? {
                let linked = match many.target {
                    ManyTarget::ContentTypes => Linked::ContentType(row.text(1)?.unwrap_or_default()),
                    ManyTarget::Records(_) => Linked::Record { id: row.some_id(1)?, name: None },
                };
                let fields = all.entry(row.some_id(0)?).or_default();
                match fields.iter_mut().find(|(field, _)| *field == place) {
                    Some((_, linked_before)) => linked_before.push(linked),
                    None => fields.push((place, vec![linked])),
                }
            }
        }
        Ok(all)
    }

    /// Gives names to what the log names (tags), as far as they are not known: at most one query per field.
    pub async fn name_links<'l>(
        &mut self,
        content_type: &ContentType,
        links: impl Iterator<Item = &'l mut RecordLinks>,
    ) -> Result<(), sqlx::Error> {
        let mut unnamed: HashMap<TypeIndex, Vec<(RecordId, &mut Option<String>)>> = HashMap::new();
        for (place, linked) in links.flatten() {
            let FieldKind::Many(many) = &content_type.fields[*place].kind else { continue };
            let ManyTarget::Records(to) = many.target else { continue };
            if !logs_names(self.registry, to) {
                continue;
            }
            for linked in linked {
                if let Linked::Record { id, name } = linked
                    && name.is_none()
                {
                    unnamed.entry(to).or_default().push((*id, name));
                }
            }
        }
        for (to, unnamed) in unnamed {
            let mut ids: Vec<RecordId> = unnamed.iter().map(|(id, _)| *id).collect();
            ids.sort_unstable();
            ids.dedup();
            let head = format!("SELECT \"id\", \"name\" FROM \"{}\" WHERE \"id\" IN ", self.registry.get(to).table);
            let mut names: HashMap<RecordId, String> = HashMap::with_capacity(ids.len());
            for row in select_by_ids(&mut self.session, &head, &ids, "").await? {
                names.insert(row.some_id(0)?, row.text(1)?.unwrap_or_default());
            }
            for (id, name) in unnamed {
                *name = names.get(&id).cloned();
            }
        }
        Ok(())
    }
}

/// What a draft puts into its to-many fields, known without asking.
pub(crate) fn drafted_links(draft: &Draft) -> RecordLinks {
    let linked = |element: &Element| match element {
        Element::ContentType(name) => Some(Linked::ContentType(name.clone())),
        Element::Record { pointer: Pointer::Id(id), value, .. } => {
            Some(Linked::Record { id: *id, name: value.as_text().map(str::to_owned) })
        }
        Element::Record { .. } => None,
    };
    let field = |many: &ManyDraft| {
        let mut seen = HashSet::new();
        let elements = many.elements.iter().filter_map(linked).filter(|linked| seen.insert(linked.target())).collect();
        (many.field, elements)
    };
    draft.many.iter().map(field).collect()
}

/// Whether the log names the targets of a to-many field instead of giving their ids.
pub(crate) fn logs_names(registry: &Registry, to: TypeIndex) -> bool {
    registry.get(to).name() == "extras.tag"
}
