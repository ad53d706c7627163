//! Paths such as `location__parent__name` made ready to be walked over records that are loaded.

use std::borrow::Cow;

use trueup_engine::Value;
use trueup_inventory::model::{ContentType, FieldKind, Registry, ScalarType, TypeIndex};
use trueup_inventory::{Record, RecordId};

use super::world::World;

/// One reference to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hop {
    pub from: TypeIndex,
    pub field: usize,
    pub to: TypeIndex,
}

/// A path of references and what stands at its end.
#[derive(Debug, Clone)]
pub struct Chain {
    pub hops: Vec<Hop>,
    pub end: End,
}

/// What is wanted of the record at the end of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Id,
    /// A plain field of that type.
    Field(TypeIndex, usize),
}

impl Chain {
    /// `None` for a path that leads nowhere; those of content types are checked when the registry is built.
    pub fn new(registry: &Registry, content_type: &ContentType, path: &str) -> Option<Self> {
        let mut hops = Vec::new();
        let mut current = content_type;
        let mut end = End::Id;
        for step in path.split("__") {
            if step == "id" {
                end = End::Id;
                continue;
            }
            let field = current.place(step)?;
            match current.fields()[field].kind() {
                FieldKind::Reference(reference) => {
                    hops.push(Hop { from: current.index(), field, to: reference.to() });
                    current = registry.get(reference.to());
                    end = End::Id;
                }
                FieldKind::Alias(alias) => {
                    let inner = Self::new(registry, current, alias.path())?;
                    hops.extend(inner.hops);
                    current = registry.get(alias.to());
                    end = End::Id;
                }
                _ => end = End::Field(current.index(), field),
            }
        }
        Some(Self { hops, end })
    }

    /// The record at the end of the references.
    pub fn record<'w>(&self, world: &'w World, from: &'w Record) -> Option<&'w Record> {
        let mut current = from;
        for hop in &self.hops {
            let id = current.reference(world.content_type(hop.from), hop.field)?;
            current = world.record(hop.to, id)?;
        }
        Some(current)
    }

    /// The id at the end of the references, which need not be loaded itself.
    pub fn target(&self, world: &World, from: &Record) -> Option<RecordId> {
        let Some((last, before)) = self.hops.split_last() else { return Some(from.id()) };
        let mut current = from;
        for hop in before {
            let id = current.reference(world.content_type(hop.from), hop.field)?;
            current = world.record(hop.to, id)?;
        }
        current.reference(world.content_type(last.from), last.field)
    }

    /// The text at the end; `None` when something on the way is null.
    pub fn text<'w>(&self, world: &'w World, from: &'w Record) -> Option<Cow<'w, str>> {
        let record = self.record(world, from)?;
        match self.end {
            End::Id => Some(record.id().to_string().into()),
            End::Field(content_type, field) => plain_text(world.content_type(content_type), field, record),
        }
    }
}

/// The value of a plain field as people write it.
fn plain_text<'w>(content_type: &ContentType, field: usize, record: &'w Record) -> Option<Cow<'w, str>> {
    if let FieldKind::Scalar(scalar) = content_type.fields()[field].kind()
        && matches!(scalar.scalar_type(), ScalarType::Text | ScalarType::ContentType | ScalarType::Date)
    {
        return record.text(content_type, field).map(Cow::Borrowed);
    }
    match record.value(content_type, field) {
        Value::Null => None,
        Value::Text(text) => Some(text.into()),
        value => Some(value.to_string().into()),
    }
}
