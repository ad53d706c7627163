//! What can be asked: for every content type its object type, and for every field of that what it shows. Made from the
//! registry and what users define; the schema, the planner and the executor all look here, so that they cannot differ.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use indexmap::IndexMap;
use trueup_inventory::Registry;
use trueup_inventory::model::{
    CUSTOM_FIELDS, ContentType, Field, FieldKind, Made, Many, ManyTarget, Reverse, ReverseShows, ScalarType, TypeIndex,
    Visibility,
};
use trueup_inventory::relationship::{Association, Relationship};

use super::definitions::{CustomKind, Definition, Definitions};
use super::names;
use super::parameters::{self, Parameter};

/// Everything that can be asked.
#[derive(Debug)]
pub struct Catalog {
    objects: IndexMap<TypeIndex, Object>,
    parameters: HashMap<TypeIndex, Vec<Parameter>>,
    pub roots: IndexMap<String, Root>,
}

/// A field of the query's root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    One(TypeIndex),
    List(TypeIndex),
}

/// The object type of one content type.
#[derive(Debug)]
pub struct Object {
    pub name: String,
    pub fields: IndexMap<String, Shows>,
}

/// What a field shows of a record.
#[derive(Debug)]
pub enum Shows {
    Id,
    Url,
    /// A plain value.
    Value {
        field: usize,
        output: &'static str,
    },
    Choice {
        field: usize,
        choices: Arc<Choices>,
    },
    /// The record that a reference points at.
    Reference {
        field: usize,
        to: TypeIndex,
    },
    /// The record at the end of a path of references.
    Alias {
        path: Vec<Hop>,
        to: TypeIndex,
    },
    /// The records that a to-many field holds.
    Links {
        field: usize,
        to: TypeIndex,
    },
    /// The records that point at this one.
    Pointing {
        reverse: Reverse,
        from: TypeIndex,
    },
    /// How many they are.
    Count(Reverse),
    /// One content type, by name.
    ContentType {
        field: usize,
    },
    ContentTypes {
        field: usize,
    },
    /// A record of any type.
    Generic {
        field: usize,
    },
    /// What REST shows under the field's name, as it is there.
    Rendered {
        output: &'static str,
    },
    /// The record that REST shows in brief under the field's name.
    RenderedReference {
        to: TypeIndex,
    },
    /// The record of any type that REST shows in brief under the field's name.
    RenderedGeneric,
    /// The records that a relationship joins to this one.
    Associated(Association),
    /// The one record that a relationship joins to this one.
    AssociatedOne(Association),
    /// All custom fields by key.
    CustomFields {
        field: usize,
    },
    CustomField {
        field: usize,
        key: String,
        kind: CustomKind,
    },
    /// The computed field of that key, as REST shows it.
    ComputedField {
        key: String,
    },
}

impl Shows {
    /// The type of the records that it leads to.
    pub fn leads_to(&self) -> Option<TypeIndex> {
        match self {
            Shows::Reference { to, .. }
            | Shows::Alias { to, .. }
            | Shows::Links { to, .. }
            | Shows::RenderedReference { to } => Some(*to),
            Shows::Pointing { from, .. } => Some(*from),
            Shows::Associated(way) | Shows::AssociatedOne(way) => Some(way.to),
            _ => None,
        }
    }
}

/// One reference of a path.
#[derive(Debug, Clone, Copy)]
pub struct Hop {
    pub from: TypeIndex,
    pub field: usize,
}

/// The values of a choice field as an enum.
#[derive(Debug)]
pub struct Choices {
    pub name: String,
    /// By value as it is stored.
    pub values: IndexMap<String, String>,
}

/// Content types that only REST shows, each to those whom it is about.
const NOT_ASKED: [&str; 1] = ["users.token"];

/// Scalars that GraphQL itself does not have.
pub const SCALARS: [&str; 4] = ["DateTime", "Date", "UUID", "GenericScalar"];
/// Any JSON.
pub const JSON: &str = "GenericScalar";
/// The type of the query's root.
pub const QUERY: &str = "Query";
/// A record of any type, in brief.
pub const GENERIC_OBJECT: &str = "GenericObjectType";
/// A content type.
pub const CONTENT_TYPE_OBJECT: &str = "ContentTypeType";
/// The object types that stand for no content type, with their fields.
pub const FIXED: [(&str, &[(&str, &str)]); 2] = [
    (GENERIC_OBJECT, &[("id", "ID"), ("object_type", "String"), ("display", "String"), ("url", "String")]),
    (CONTENT_TYPE_OBJECT, &[("app_label", "String"), ("model", "String"), ("display", "String")]),
];

impl Catalog {
    pub fn new(registry: &Registry, definitions: &Definitions) -> Self {
        let reached =
            || registry.content_types().filter(|one| one.endpoint().is_some() && !NOT_ASKED.contains(&one.name()));
        let mut taken = HashSet::new();
        let parameters = reached().map(|one| (one.index(), parameters::of(registry, one, definitions))).collect();
        let mut objects: IndexMap<TypeIndex, Object> = IndexMap::new();
        let mut roots = IndexMap::new();
        for content_type in reached() {
            let mut name = names::object_type(content_type.verbose_name());
            if !taken.insert(name.clone()) {
                name = names::object_type(&format!("{} {}", content_type.app(), content_type.verbose_name()));
                taken.insert(name.clone());
            }
            let index = content_type.index();
            add_roots(&mut roots, content_type);
            objects.insert(index, Object { name, fields: IndexMap::new() });
        }
        for content_type in reached() {
            let fields = own_fields(registry, content_type, &objects, definitions);
            if let Some(object) = objects.get_mut(&content_type.index()) {
                object.fields = fields;
            }
        }
        for content_type in reached() {
            for (to, name, shows) in seen_from_targets(registry, content_type) {
                let Some(object) = objects.get_mut(&to) else { continue };
                if !object.fields.values().any(|known| same_records(known, &shows)) {
                    let free = if object.fields.contains_key(&name.usual) { name.fallback } else { name.usual };
                    object.fields.entry(free).or_insert(shows);
                }
            }
        }
        Self { objects, parameters, roots }
    }

    /// The object type of a content type; none for types that are not reached over APIs.
    pub fn object(&self, content_type: TypeIndex) -> Option<&Object> {
        self.objects.get(&content_type)
    }

    /// The filters of a content type's lists.
    pub fn parameters(&self, content_type: TypeIndex) -> &[Parameter] {
        self.parameters.get(&content_type).map_or(&[], Vec::as_slice)
    }

    pub fn objects(&self) -> impl Iterator<Item = (TypeIndex, &Object)> {
        self.objects.iter().map(|(index, object)| (*index, object))
    }

    /// The type of a field as GraphQL writes it, and the content type whose lists' arguments it takes.
    pub fn output<'a>(&'a self, shows: &'a Shows) -> (Cow<'a, str>, Option<TypeIndex>) {
        let name = |to: TypeIndex| self.object(to).map_or(GENERIC_OBJECT, |object| object.name.as_str());
        let plain = |name: &'a str| (Cow::Borrowed(name), None);
        match shows {
            Shows::Id => plain("ID!"),
            Shows::Url => plain("String"),
            Shows::Value { output, .. } | Shows::Rendered { output } => plain(output),
            Shows::Choice { choices, .. } => plain(&choices.name),
            Shows::Reference { to, .. } | Shows::Alias { to, .. } | Shows::RenderedReference { to } => plain(name(*to)),
            Shows::Links { to, .. } | Shows::Pointing { from: to, .. } => {
                (Cow::Owned(format!("[{}]", name(*to))), Some(*to))
            }
            Shows::Associated(way) => (Cow::Owned(format!("[{}]", name(way.to))), Some(way.to)),
            Shows::AssociatedOne(way) => plain(name(way.to)),
            Shows::Count(_) => plain("Int"),
            Shows::ContentType { .. } => plain(CONTENT_TYPE_OBJECT),
            Shows::ContentTypes { .. } => (Cow::Owned(format!("[{CONTENT_TYPE_OBJECT}]")), None),
            Shows::Generic { .. } | Shows::RenderedGeneric => plain(GENERIC_OBJECT),
            Shows::ComputedField { .. } => plain("String"),
            Shows::CustomFields { .. } => plain(JSON),
            Shows::CustomField { kind, .. } => plain(match kind {
                CustomKind::Text => "String",
                CustomKind::Integer => "Int",
                CustomKind::Boolean => "Boolean",
                CustomKind::Texts => "[String]",
                CustomKind::Json => JSON,
            }),
        }
    }
}

/// Singular and plural; a name that is both is the list.
fn add_roots(roots: &mut IndexMap<String, Root>, content_type: &ContentType) {
    let index = content_type.index();
    let with_app = |name: String| format!("{}_{name}", content_type.app());
    for (name, root) in [
        (names::field(content_type.verbose_name_plural()), Root::List(index)),
        (names::field(content_type.verbose_name()), Root::One(index)),
    ] {
        match roots.get(&name) {
            Some(Root::List(known)) if *known == index => {}
            Some(_) => {
                roots.insert(with_app(name), root);
            }
            None => {
                roots.insert(name, root);
            }
        }
    }
}

/// What a type's own fields show, and its custom fields.
fn own_fields(
    registry: &Registry,
    content_type: &ContentType,
    objects: &IndexMap<TypeIndex, Object>,
    definitions: &Definitions,
) -> IndexMap<String, Shows> {
    let mut fields = IndexMap::from([
        ("id".to_owned(), Shows::Id),
        ("display".to_owned(), Shows::Rendered { output: "String" }),
        ("url".to_owned(), Shows::Url),
    ]);
    for (place, field) in content_type.fields().iter().enumerate() {
        let seen = matches!(field.visibility(), Visibility::Shown | Visibility::OptIn);
        if !seen || field.name() == CUSTOM_FIELDS {
            continue;
        }
        let Some(shows) = shows(registry, content_type, place, field) else { continue };
        if shows.leads_to().is_none_or(|to| objects.contains_key(&to)) {
            fields.entry(names::field(field.name())).or_insert(shows);
        }
    }
    let held = content_type.fields().iter().position(|field| field.name() == CUSTOM_FIELDS);
    if let Some(field) = held.filter(|_| content_type.has_custom_fields()) {
        fields.insert("_custom_field_data".to_owned(), Shows::CustomFields { field });
        let here = |one: &&Definition| one.content_types.iter().any(|name| name == content_type.name());
        for definition in definitions.custom_fields.iter().filter(here) {
            let shows = Shows::CustomField { field, key: definition.key.clone(), kind: definition.kind };
            fields.entry(names::custom_field(&definition.key)).or_insert(shows);
        }
        for one in definitions.computed_fields.iter().filter(|one| one.content_type == content_type.name()) {
            fields.insert(names::computed_field(&one.key), Shows::ComputedField { key: one.key.clone() });
        }
        fields.extend(associated(content_type, objects, &definitions.relationships));
    }
    fields
}

/// What relationships join to a type. One that has the type on both sides leads two ways, and each has its name.
fn associated(
    content_type: &ContentType,
    objects: &IndexMap<TypeIndex, Object>,
    relationships: &[Relationship],
) -> Vec<(String, Shows)> {
    let mut all = Vec::new();
    for one in relationships {
        let ways = one.ways_from(content_type.index());
        let both = ways.len() > 1;
        for way in ways.into_iter().filter(|way| objects.contains_key(&way.to)) {
            let many = one.kind.has_many(way.toward);
            let shows = if many { Shows::Associated(way) } else { Shows::AssociatedOne(way) };
            all.push((names::relationship(&one.key, both.then_some(way.toward)), shows));
        }
    }
    all
}

fn shows(registry: &Registry, content_type: &ContentType, place: usize, field: &Field) -> Option<Shows> {
    Some(match field.kind() {
        FieldKind::Scalar(scalar) if scalar.scalar_type() == ScalarType::ContentType => {
            Shows::ContentType { field: place }
        }
        FieldKind::Scalar(scalar) => match scalar.choices() {
            Some(list) => {
                let name = names::enum_type(content_type.app(), content_type.model(), field.name());
                let values = list.iter().filter(|choice| !choice.value.is_empty());
                let values = values.map(|choice| (choice.value.clone(), names::enum_value(&choice.value))).collect();
                Shows::Choice { field: place, choices: Arc::new(Choices { name, values }) }
            }
            None => Shows::Value { field: place, output: output(scalar.scalar_type()) },
        },
        FieldKind::Composite(_) => Shows::Value { field: place, output: "String" },
        FieldKind::Reference(reference) => Shows::Reference { field: place, to: reference.to() },
        FieldKind::Alias(alias) => {
            let (path, to) = hops(registry, content_type, alias.path())?;
            Shows::Alias { path, to }
        }
        FieldKind::Many(many) => match many.target() {
            ManyTarget::ContentTypes => Shows::ContentTypes { field: place },
            ManyTarget::Records(to) => Shows::Links { field: place, to },
        },
        FieldKind::Reverse(reverse) => match reverse.shows() {
            ReverseShows::Records => Shows::Pointing { reverse: *reverse, from: reverse.from() },
            ReverseShows::Count => Shows::Count(*reverse),
        },
        FieldKind::Generic(_) => Shows::Generic { field: place },
        FieldKind::Made(made) => match made {
            Made::Cable => match registry.content_type("dcim.cable") {
                Ok(cable) => Shows::RenderedReference { to: cable.index() },
                Err(_) => return None,
            },
            Made::CablePeer | Made::ConnectedEndpoint => Shows::RenderedGeneric,
            Made::CablePeerType | Made::ConnectedEndpointType => Shows::Rendered { output: "String" },
            Made::ConnectedEndpointReachable => Shows::Rendered { output: "Boolean" },
            Made::TaggedItems => Shows::Rendered { output: "Int" },
            _ => Shows::Rendered { output: JSON },
        },
    })
}

/// The references of a path, and what stands at its end.
fn hops(registry: &Registry, content_type: &ContentType, path: &str) -> Option<(Vec<Hop>, TypeIndex)> {
    let mut current = content_type.index();
    let mut hops = Vec::new();
    for step in path.split("__") {
        let fields = registry.get(current).fields();
        let place = fields.iter().position(|field| field.name() == step)?;
        let FieldKind::Reference(reference) = fields[place].kind() else { return None };
        hops.push(Hop { from: current, field: place });
        current = reference.to();
    }
    Some((hops, current))
}

fn output(scalar_type: ScalarType) -> &'static str {
    match scalar_type {
        ScalarType::Bool => "Boolean",
        ScalarType::Int => "Int",
        ScalarType::Float | ScalarType::Duration => "Float",
        ScalarType::DateTime => "DateTime",
        ScalarType::Date => "Date",
        ScalarType::Uuid => "UUID",
        ScalarType::Json => JSON,
        ScalarType::Decimal
        | ScalarType::Text
        | ScalarType::Ip
        | ScalarType::Interface
        | ScalarType::Prefix
        | ScalarType::Mac
        | ScalarType::ContentType => "String",
    }
}

/// The names that a list of records may have on the type that they point at.
struct Names {
    usual: String,
    /// When something else has that name already.
    fallback: String,
}

/// The references and to-many fields of a type, each as a list on what it points at.
fn seen_from_targets(registry: &Registry, content_type: &ContentType) -> Vec<(TypeIndex, Names, Shows)> {
    let mut seen = Vec::new();
    for (place, field) in content_type.fields().iter().enumerate() {
        if field.visibility() == Visibility::Hidden {
            continue;
        }
        let (to, related_name) = match field.kind() {
            FieldKind::Reference(reference) => (reference.to(), reference.related_name()),
            FieldKind::Many(many) => match many.target() {
                // Both ends may name what joins them, as interfaces and addresses do.
                ManyTarget::Records(to) if has_other_end(registry.get(to), many) => continue,
                ManyTarget::Records(to) => (to, many.related_name()),
                ManyTarget::ContentTypes => continue,
            },
            _ => continue,
        };
        let usual = names::field(related_name.unwrap_or(content_type.verbose_name_plural()));
        let fallback = format!("{usual}_by_{}", field.name());
        let from = content_type.index();
        let reverse = Reverse::records(from, place);
        seen.push((to, Names { usual, fallback }, Shows::Pointing { reverse, from }));
    }
    seen
}

fn has_other_end(content_type: &ContentType, many: &Many) -> bool {
    content_type.fields().iter().any(|field| match field.kind() {
        FieldKind::Many(other) => other.is_other_end_of(many),
        _ => false,
    })
}

/// Whether two fields list the same records.
fn same_records(one: &Shows, other: &Shows) -> bool {
    match (one, other) {
        (Shows::Pointing { reverse: one, .. }, Shows::Pointing { reverse: other, .. }) => one == other,
        _ => false,
    }
}
