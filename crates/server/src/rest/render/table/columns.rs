//! The columns of a type: `name`, `display` and `id`, then the fields in their order, then the custom fields. A reference is
//! spread over the natural key of what it leads to, `device_type__manufacturer__name`; a key that goes up a tree has a
//! column for each step that the tree is high, whichever records are shown.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use trueup_inventory::model::TypeIndex;
use trueup_inventory::{LinkTarget, Reader, Record, RecordId};

use super::cell;
use crate::error::ApiError;
use crate::rest::render::chain::Chain;
use crate::rest::render::custom_fields::CustomField;
use crate::rest::render::plan::{How, Plan};
use crate::rest::render::slug::slug_into;
use crate::rest::render::text::id_into;
use crate::rest::render::world::{Map, World};
use crate::rest::table::CUSTOM_FIELD;

/// These come first, in this order.
const FIRST: [&str; 3] = ["name", "display", "id"];

/// The columns of one table.
#[derive(Debug)]
pub struct Columns(Vec<Column>);

#[derive(Debug)]
struct Column {
    name: String,
    shows: Shows,
}

/// What stands in a column.
#[derive(Debug)]
enum Shows {
    Id,
    TypeName,
    Display,
    Slug,
    /// A field by its place among those of the plan.
    Field(usize),
    /// A value of the record that a reference leads to.
    Key(Chain),
    /// The same of the first record of a to-many field, for versions that know one only.
    KeyOfFirst(usize, TypeIndex, Chain),
    /// The keys of all records of a to-many field.
    Keys(usize, TypeIndex, Vec<Chain>),
    CustomField(usize, CustomField),
}

impl Columns {
    /// Finds the columns, and reads what they show beyond the records themselves.
    pub async fn read(reader: &mut Reader, world: &mut World, plan: &Plan, ids: &[RecordId]) -> Result<Self, ApiError> {
        let heights = heights(reader, plan).await?;
        if plan.content_type.has_custom_fields() {
            world.load_custom_fields(reader, plan.content_type.index()).await?;
        }
        let columns = Self::new(world, plan, &heights);
        columns.load(reader, world, plan, ids).await?;
        Ok(columns)
    }

    fn new(world: &World, plan: &Plan, heights: &Map<TypeIndex, usize>) -> Self {
        let registry = world.registry();
        let content_type = &plan.content_type;
        let key = |to: TypeIndex| {
            registry.key_to_top(registry.get(to), |tree| heights.get(&tree).copied().unwrap_or_default())
        };
        let mut columns = vec![
            Column::new("id", Shows::Id),
            Column::new("object_type", Shows::TypeName),
            Column::new("display", Shows::Display),
            Column::new("natural_slug", Shows::Slug),
        ];
        for (place, line) in plan.fields.iter().enumerate() {
            let name = line.name.as_str();
            match &line.how {
                How::Reference(to) | How::Alias(_, to) => {
                    columns.extend(key(*to).into_iter().filter_map(|path| {
                        let path = format!("{name}__{path}");
                        let chain = Chain::new(registry, content_type, &path)?;
                        Some(Column { name: path, shows: Shows::Key(chain) })
                    }));
                }
                How::First(to) => {
                    columns.extend(key(*to).into_iter().filter_map(|path| {
                        let chain = Chain::new(registry, registry.get(*to), &path)?;
                        let shows = Shows::KeyOfFirst(line.field, *to, chain);
                        Some(Column { name: format!("{name}__{path}"), shows })
                    }));
                }
                How::Many(to) => {
                    let target = registry.get(*to);
                    let chains = key(*to).into_iter().filter_map(|path| Chain::new(registry, target, &path));
                    columns.push(Column::new(name, Shows::Keys(line.field, *to, chains.collect())));
                }
                How::CustomFields => {
                    let fields = world.custom_fields.get(&content_type.index()).map_or(&[][..], Vec::as_slice);
                    let mut fields: Vec<&CustomField> = fields.iter().collect();
                    fields.sort_by(|one, other| one.key.cmp(&other.key));
                    columns.extend(fields.into_iter().map(|field| Column {
                        name: format!("{CUSTOM_FIELD}{}", field.key),
                        shows: Shows::CustomField(line.field, field.clone()),
                    }));
                }
                _ => columns.push(Column::new(name, Shows::Field(place))),
            }
        }
        columns.sort_by_key(|column| FIRST.iter().position(|first| *first == column.name).unwrap_or(FIRST.len()));
        Self(columns)
    }

    /// Reads what keys are made of: each step of each path once, for all records.
    async fn load(
        &self,
        reader: &mut Reader,
        world: &mut World,
        plan: &Plan,
        ids: &[RecordId],
    ) -> Result<(), ApiError> {
        let index = plan.content_type.index();
        for Column { shows, .. } in &self.0 {
            let (field, to, chains) = match shows {
                Shows::Key(chain) => {
                    world.load_chain(reader, chain, ids).await?;
                    continue;
                }
                Shows::KeyOfFirst(field, to, chain) => (*field, *to, std::slice::from_ref(chain)),
                Shows::Keys(field, to, chains) => (*field, *to, chains.as_slice()),
                Shows::Id
                | Shows::TypeName
                | Shows::Display
                | Shows::Slug
                | Shows::Field(_)
                | Shows::CustomField(..) => continue,
            };
            let mut targets: Vec<RecordId> = ids.iter().flat_map(|id| linked(world, (index, field), *id)).collect();
            targets.sort_unstable();
            targets.dedup();
            world.load(reader, to, targets.iter().copied()).await?;
            for chain in chains {
                world.load_chain(reader, chain, &targets).await?;
            }
        }
        Ok(())
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|column| column.name.as_str())
    }

    /// Appends the cells of a record.
    pub fn row(&self, world: &World, plan: &Plan, record: &Record, cells: &mut csv::StringRecord) {
        let content_type = &plan.content_type;
        let index = content_type.index();
        let mut text = String::new();
        let mut custom_values = None;
        for column in &self.0 {
            text.clear();
            match &column.shows {
                Shows::Id => id_into(record.id(), &mut text),
                Shows::TypeName => text.push_str(content_type.name()),
                Shows::Display => text = plan.display.text(world, content_type, record),
                Shows::Slug => {
                    slug_into(world, &plan.natural_key, record, &mut text);
                    // A slug is letters, digits and dashes, so that the quotes are all that makes it JSON.
                    cells.push_field(text.trim_matches('"'));
                    continue;
                }
                Shows::Field(place) => cell::field_into(world, content_type, &plan.fields[*place], record, &mut text),
                Shows::Key(chain) => cell::key_into(world, chain, Some(record), &mut text),
                Shows::KeyOfFirst(field, to, chain) => {
                    let first = linked(world, (index, *field), record.id()).next();
                    cell::key_into(world, chain, first.and_then(|id| world.record(*to, id)), &mut text);
                }
                Shows::Keys(field, to, chains) => {
                    let ids = linked(world, (index, *field), record.id());
                    cell::keys_into(world, chains, ids.filter_map(|id| world.record(*to, id)), &mut text);
                }
                Shows::CustomField(field, custom) => {
                    let values = custom_values.get_or_insert_with(|| cell::custom_values(content_type, *field, record));
                    cell::custom_field_into(custom, values, &mut text);
                }
            }
            cells.push_field(&text);
        }
    }
}

impl Column {
    fn new(name: &str, shows: Shows) -> Self {
        Self { name: name.to_owned(), shows }
    }
}

/// How high the trees are that the keys of a table go up.
async fn heights(reader: &mut Reader, plan: &Plan) -> Result<Map<TypeIndex, usize>, ApiError> {
    let registry = Arc::clone(reader.registry());
    let mut heights = Map::default();
    for line in &plan.fields {
        let (How::Reference(to) | How::Alias(_, to) | How::First(to) | How::Many(to)) = &line.how else { continue };
        for tree in registry.climbed_by_key(registry.get(*to)) {
            if let Entry::Vacant(vacant) = heights.entry(tree) {
                vacant.insert(reader.tree_height(registry.get(tree)).await?);
            }
        }
    }
    Ok(heights)
}

/// The records that a to-many field holds.
fn linked(world: &World, field: (TypeIndex, usize), id: RecordId) -> impl Iterator<Item = RecordId> {
    world.links(field, id).iter().filter_map(|target| match target {
        LinkTarget::Record(id) => Some(*id),
        LinkTarget::ContentType(_) => None,
    })
}
