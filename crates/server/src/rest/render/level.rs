//! One level of an answer: everything that its records need, read together.

use std::collections::HashMap;
use std::sync::Arc;

use trueup_inventory::model::{ContentType, FieldKind, ManyTarget, ReverseShows, TypeIndex, Visibility};
use trueup_inventory::{LinkTarget, Record, RecordId};

use super::names::Names;
use super::{Nesting, Renderer};
use crate::error::ApiError;
use crate::rest::view::{ManyShown, Occasion};

/// What the records of a level hang together with.
pub(super) struct Level {
    pub names: Names,
    pub custom_fields: Arc<[String]>,
    /// By the place of a to-many or reverse field: what each record holds.
    pub links: HashMap<usize, HashMap<RecordId, Vec<LinkTarget>>>,
    /// By the place of a count: how many there are.
    pub counts: HashMap<usize, HashMap<RecordId, usize>>,
    /// The records of the next level as JSON, by type; empty at the last level.
    pub inner: HashMap<TypeIndex, HashMap<RecordId, String>>,
}

impl Renderer<'_> {
    /// The records as JSON, in the order of `ids`.
    pub(super) async fn level(
        &mut self,
        content_type: &ContentType,
        ids: &[RecordId],
        depth: u8,
        nesting: Nesting,
    ) -> Result<Vec<(RecordId, String)>, ApiError> {
        let records = self.reader.records(content_type, ids).await?;
        let names = self.names(content_type, &records).await?;
        let custom_fields =
            if content_type.has_custom_fields() { self.custom_fields(content_type).await? } else { Arc::default() };
        let mut level =
            Level { names, custom_fields, links: HashMap::new(), counts: HashMap::new(), inner: HashMap::new() };
        self.read_links(content_type, ids, nesting, &mut level).await?;
        if depth > 0 {
            self.read_inner(content_type, &records, depth - 1, &mut level).await?;
        }
        let registry = Arc::clone(self.reader.registry());
        let object =
            super::object::Object { registry: &registry, view: self.view, content_type, depth, nesting, level: &level };
        Ok(records.iter().map(|record| (record.id(), object.show(record))).collect())
    }

    async fn read_links(
        &mut self,
        content_type: &ContentType,
        ids: &[RecordId],
        nesting: Nesting,
        level: &mut Level,
    ) -> Result<(), ApiError> {
        for (place, field) in content_type.fields().iter().enumerate() {
            if field.visibility() != Visibility::Shown {
                continue;
            }
            match field.kind() {
                FieldKind::Many(_) if nesting == Nesting::Top && self.view.many != ManyShown::None => {
                    let links = self.reader.links(content_type, place, ids).await?;
                    level.links.insert(place, links.into_iter().collect());
                }
                FieldKind::Reverse(reverse) if reverse.shows() == ReverseShows::Count => {
                    if nesting == Nesting::Top && self.view.occasion != Occasion::Create {
                        let counts = self.reader.count_pointing(*reverse, ids).await?;
                        level.counts.insert(place, counts.into_iter().collect());
                    }
                }
                FieldKind::Reverse(reverse) => {
                    let shown = match nesting {
                        Nesting::Top => self.view.many != ManyShown::None,
                        Nesting::Inner => self.view.many == ManyShown::AllNested,
                    };
                    if shown {
                        let pointing = self.reader.pointing(*reverse, ids).await?;
                        let links = pointing
                            .into_iter()
                            .map(|(to, from)| (to, from.into_iter().map(LinkTarget::Record).collect()));
                        level.links.insert(place, links.collect());
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Renders what the references and to-many fields of a level point at, each type once.
    async fn read_inner(
        &mut self,
        content_type: &ContentType,
        records: &[Record],
        depth: u8,
        level: &mut Level,
    ) -> Result<(), ApiError> {
        let registry = Arc::clone(self.reader.registry());
        let mut wanted: HashMap<TypeIndex, Vec<RecordId>> = HashMap::new();
        for (place, field) in content_type.fields().iter().enumerate() {
            match field.kind() {
                FieldKind::Reference(reference) if field.visibility() == Visibility::Shown => {
                    let ids = records.iter().filter_map(|record| record.reference(content_type, place));
                    wanted.entry(reference.to()).or_default().extend(ids);
                }
                FieldKind::Generic(_) => {
                    for (name, id) in records.iter().filter_map(|record| record.generic(content_type, place)) {
                        if let Ok(to) = registry.content_type(name) {
                            wanted.entry(to.index()).or_default().push(id);
                        }
                    }
                }
                FieldKind::Many(many) => {
                    if let ManyTarget::Records(to) = many.target() {
                        wanted.entry(to).or_default().extend(linked(level, place));
                    }
                }
                FieldKind::Reverse(reverse) if reverse.shows() == ReverseShows::Records => {
                    wanted.entry(reverse.from()).or_default().extend(linked(level, place));
                }
                _ => {}
            }
        }
        let mut wanted: Vec<_> = wanted.into_iter().collect();
        wanted.sort_by_key(|(index, _)| *index);
        for (index, mut ids) in wanted {
            ids.sort_unstable();
            ids.dedup();
            if !ids.is_empty() {
                let to = Arc::clone(registry.get(index));
                let shown = Box::pin(self.level(&to, &ids, depth, Nesting::Inner)).await?;
                level.inner.insert(index, shown.into_iter().collect());
            }
        }
        Ok(())
    }
}

fn linked(level: &Level, place: usize) -> impl Iterator<Item = RecordId> + '_ {
    level.links.get(&place).into_iter().flat_map(|links| links.values().flatten()).filter_map(|target| match target {
        LinkTarget::Record(id) => Some(*id),
        LinkTarget::ContentType(_) => None,
    })
}
