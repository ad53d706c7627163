//! Which filters a type has: what clients are told, where [`compile`](super::compile) is what happens. A test holds one
//! against the other.

use std::collections::HashSet;

use super::special::{self, Special};
use super::way::{End, walk};
use crate::model::{ContentType, FieldKind, ManyTarget, Registry, ReverseShows, ScalarType, Visibility};
use crate::relationship::Side;

/// A filter of a type's lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterParameter {
    /// Suffix included, as in [`ListRequest::filters`](crate::ListRequest).
    pub name: String,
    pub values: FilterValues,
}

/// What a filter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FilterValues {
    Texts,
    /// Whole numbers.
    Numbers,
    /// One of `true` and `false`.
    Boolean,
    /// One text.
    Text,
}

/// The suffixes that a filter takes, and its values without one.
#[derive(Debug, Clone, Copy)]
struct Shape {
    suffixes: &'static [&'static str],
    null: Null,
    values: FilterValues,
}

/// Whether it can be asked if there is anything at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Null {
    Asked,
    Never,
}

const PLAIN: &[&str] = &[""];
const EXACT: &[&str] = &["", "__n"];
const RANGE: &[&str] = &["", "__n", "__gt", "__gte", "__lt", "__lte"];
const TEXT: &[&str] = &[
    "", "__n", "__ic", "__nic", "__isw", "__nisw", "__iew", "__niew", "__ie", "__nie", "__re", "__nre", "__ire",
    "__nire",
];

impl Shape {
    const FLAG: Shape = Shape { suffixes: PLAIN, null: Null::Never, values: FilterValues::Boolean };

    fn new(suffixes: &'static [&'static str], values: FilterValues) -> Self {
        Self { suffixes, null: Null::Never, values }
    }

    fn or_null(self, null: Null) -> Self {
        Self { null, ..self }
    }

    fn of_scalar(scalar_type: ScalarType) -> Self {
        match scalar_type {
            ScalarType::Bool | ScalarType::Json => Self::FLAG,
            ScalarType::Int => Self::new(RANGE, FilterValues::Numbers),
            ScalarType::Decimal
            | ScalarType::Float
            | ScalarType::DateTime
            | ScalarType::Date
            | ScalarType::Duration => Self::new(RANGE, FilterValues::Texts),
            ScalarType::Text | ScalarType::Mac => Self::new(TEXT, FilterValues::Texts),
            ScalarType::Uuid
            | ScalarType::Ip
            | ScalarType::Interface
            | ScalarType::Prefix
            | ScalarType::ContentType => Self::new(EXACT, FilterValues::Texts),
        }
    }
}

/// Every filter of a type, custom fields aside. Filters by paths (`location__name`) go without saying and are not here.
pub fn filter_parameters(registry: &Registry, content_type: &ContentType) -> Vec<FilterParameter> {
    let mut found = Found::default();
    found.add("q", Shape::new(PLAIN, FilterValues::Text));
    for (name, special) in special::all(content_type) {
        if let Some(shape) = of_special(registry, content_type, special) {
            found.add(name, shape);
        }
    }
    found.add("id", Shape::new(EXACT, FilterValues::Texts));
    for field in content_type.fields() {
        if field.visibility() == Visibility::Hidden || !field.is_filtered() {
            continue;
        }
        let null = if field.is_nullable() { Null::Asked } else { Null::Never };
        match field.kind() {
            FieldKind::Scalar(scalar) => found.add(field.name(), Shape::of_scalar(scalar.scalar_type()).or_null(null)),
            FieldKind::Composite(_) => found.add(field.name(), Shape::new(EXACT, FilterValues::Texts)),
            FieldKind::Reference(_) => found.by_record(field.name(), null),
            FieldKind::Alias(_) => found.add(field.name(), Shape::new(EXACT, FilterValues::Texts)),
            FieldKind::Many(_) => found.by_records(field.name()),
            FieldKind::Reverse(reverse) if reverse.shows() == ReverseShows::Records => found.by_records(field.name()),
            FieldKind::Reverse(_) | FieldKind::Generic(_) | FieldKind::Made(_) => {}
        }
    }
    for name in related_names(registry, content_type) {
        found.by_records(name);
    }
    found.parameters
}

/// The filters of a custom field of that key and type (`text`, `integer`, ...).
pub fn custom_field_parameters(key: &str, kind: &str) -> Vec<FilterParameter> {
    let shape = match kind {
        "integer" => Shape::new(RANGE, FilterValues::Numbers).or_null(Null::Asked),
        "boolean" => Shape::FLAG.or_null(Null::Asked),
        "date" => Shape::new(RANGE, FilterValues::Texts).or_null(Null::Asked),
        _ => Shape::new(TEXT, FilterValues::Texts).or_null(Null::Asked),
    };
    let mut found = Found::default();
    found.add(&format!("cf_{key}"), shape);
    found.parameters
}

/// The filters of a relationship of that key by the records on one of its sides.
pub fn relationship_parameters(key: &str, toward: Side) -> Vec<FilterParameter> {
    let mut found = Found::default();
    let shape = Shape::new(EXACT, FilterValues::Texts).or_null(Null::Asked);
    found.add(&format!("cr_{key}__{}", toward.word()), shape);
    found.parameters
}

fn of_special(registry: &Registry, content_type: &ContentType, special: Special) -> Option<Shape> {
    let texts = |suffixes| Shape::new(suffixes, FilterValues::Texts);
    Some(match special {
        Special::Path(path, _) => match walk(registry, content_type, path)? {
            End::Way(_) => texts(EXACT).or_null(Null::Asked),
            End::Id(_) => texts(EXACT),
            End::Field { owner, field, .. } => match registry.get(owner).fields()[field].kind() {
                FieldKind::Scalar(scalar) => Shape::of_scalar(scalar.scalar_type()),
                _ => texts(EXACT),
            },
        },
        Special::PathId(path) => {
            walk(registry, content_type, path)?;
            texts(EXACT)
        }
        Special::AnyPath(paths) => match walk(registry, content_type, paths.first()?)? {
            End::Field { .. } => Shape::new(PLAIN, FilterValues::Numbers),
            End::Id(_) | End::Way(_) => texts(PLAIN),
        },
        Special::Has(paths) => {
            paths.iter().find(|path| matches!(walk(registry, content_type, path), Some(End::Way(_))))?;
            Shape::FLAG
        }
        Special::AnyCase(_) => texts(TEXT),
        Special::Containment(_) | Special::Contained(_) | Special::Spanning => texts(PLAIN),
        Special::Tree(_) | Special::CableOf(_) | Special::CableEnd(_) => texts(EXACT),
        Special::MaxDepth => Shape::new(PLAIN, FilterValues::Numbers),
        Special::ListHolds(_) => Shape::new(EXACT, FilterValues::Numbers),
        Special::HasCable | Special::Connected | Special::Disconnected => Shape::FLAG,
        Special::Cable | Special::InterfaceKind | Special::NoneOfThem => texts(PLAIN),
    })
}

/// What other types call the records of theirs that point at this one.
fn related_names<'r>(registry: &'r Registry, content_type: &ContentType) -> Vec<&'r str> {
    let here = content_type.index();
    let fields = registry.content_types().flat_map(|from| from.fields());
    let names = fields.filter_map(|field| match field.kind() {
        FieldKind::Reference(reference) if reference.to() == here => reference.related_name(),
        FieldKind::Many(many) if many.target() == ManyTarget::Records(here) => many.related_name(),
        _ => None,
    });
    names.collect()
}

/// Filters in the order in which they were found, each name once: what is found first is what the name means.
#[derive(Default)]
struct Found {
    parameters: Vec<FilterParameter>,
    names: HashSet<String>,
}

impl Found {
    fn add(&mut self, base: &str, shape: Shape) {
        for suffix in shape.suffixes {
            self.push(format!("{base}{suffix}"), shape.values);
        }
        if shape.null == Null::Asked {
            self.push(format!("{base}__isnull"), FilterValues::Boolean);
        }
    }

    fn push(&mut self, name: String, values: FilterValues) {
        if self.names.insert(name.clone()) {
            self.parameters.push(FilterParameter { name, values });
        }
    }

    fn by_record(&mut self, name: &str, null: Null) {
        self.add(name, Shape::new(EXACT, FilterValues::Texts).or_null(null));
        self.add(&format!("{name}_id"), Shape::new(EXACT, FilterValues::Texts));
        if null == Null::Asked {
            self.add(&format!("has_{name}"), Shape::FLAG);
        }
    }

    fn by_records(&mut self, name: &str) {
        self.add(name, Shape::new(EXACT, FilterValues::Texts).or_null(Null::Asked));
        self.add(&format!("has_{name}"), Shape::FLAG);
    }
}
