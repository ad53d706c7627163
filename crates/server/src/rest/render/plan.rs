//! How the records of one type are shown under one view: every key as the text that it is, every field with the way to
//! write it. Made once per type and answer, so that writing a record decides nothing.

use std::sync::Arc;

use trueup_inventory::model::{
    CUSTOM_FIELDS, ContentType, Field, FieldKind, Made, ManyTarget, Registry, Reverse, ReverseShows, Scalar,
    ScalarType, TypeIndex, Visibility,
};

use super::chain::Chain;
use super::display::Shown;
use super::text::string_into;
use super::world::Map;
use crate::rest::view::{ManyShown, Occasion, View};

/// Where a record stands in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// It was asked for.
    Top,
    /// It was asked for as a row of a table: references are left to the columns, and what other records say of it is not
    /// shown, but how often they do.
    Row,
    /// It is shown in full where another record refers to it; to-many fields and counts are left out.
    Nested,
}

/// How the records of one type are shown.
#[derive(Debug)]
pub struct Plan {
    pub content_type: Arc<ContentType>,
    /// `","object_type":"dcim.device","display":`
    pub after_id: String,
    /// `,"url":"https://host/api/dcim/devices/`
    pub url: Option<String>,
    pub display: Shown,
    pub natural_key: Vec<Chain>,
    pub fields: Vec<Line>,
    /// What stands behind the fields.
    pub notes: Notes,
    pub tail: Vec<Tail>,
}

/// What stands at the end of a record, when it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tail {
    ComputedFields,
    Relationships,
}

impl Tail {
    const ALL: [Tail; 2] = [Tail::ComputedFields, Tail::Relationships];

    /// Its key.
    pub fn name(self) -> &'static str {
        match self {
            Tail::ComputedFields => "computed_fields",
            Tail::Relationships => "relationships",
        }
    }
}

/// Whether there is an address for notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notes {
    Url,
    Null,
    /// The key is not there.
    Absent,
}

/// One key of a record.
#[derive(Debug)]
pub struct Line {
    /// The name of the field; another one for versions that knew it by that.
    pub name: String,
    /// `,"name":`
    pub key: String,
    /// The place among the fields of the type.
    pub field: usize,
    pub how: How,
}

/// How the value of a field is written.
#[derive(Debug)]
pub enum How {
    /// As the inventory writes it.
    Plain,
    /// Two columns as one text.
    Composite,
    /// A choice as its bare value, null when blank.
    BareChoice,
    /// By value, `{"value":…,"label":…}`.
    LabelledChoice(Map<String, String>),
    /// With so many digits after the point.
    Decimal(u32),
    Instant,
    Duration,
    Reference(TypeIndex),
    Alias(Chain, TypeIndex),
    Generic,
    /// A list of records.
    Many(TypeIndex),
    /// The first record of a to-many field, for versions that knew one only.
    First(TypeIndex),
    /// A list of names of content types.
    ContentTypes,
    Reverse(Reverse),
    Count(Reverse),
    Made(Made),
    CustomFields,
}

impl Plan {
    pub fn new(registry: &Registry, view: &View, content_type: &Arc<ContentType>, place: Place) -> Self {
        let chains = content_type.natural_key().iter();
        let shown =
            |tail: &Tail| place != Place::Nested && content_type.has_custom_fields() && view.includes(tail.name());
        Self {
            content_type: Arc::clone(content_type),
            after_id: format!("\",\"object_type\":\"{}\",\"display\":", content_type.name()),
            url: content_type.endpoint().map(|endpoint| format!(",\"url\":\"{}/api/{endpoint}/", view.base)),
            display: Shown::new(registry, content_type),
            natural_key: chains.filter_map(|path| Chain::new(registry, content_type, path)).collect(),
            fields: lines(registry, view, content_type, place),
            notes: Notes::of(content_type),
            tail: Tail::ALL.into_iter().filter(shown).collect(),
        }
    }
}

impl Notes {
    /// Templates of components have the key without an address; whatever keeps no times has not even the key.
    pub fn of(content_type: &ContentType) -> Self {
        if content_type.has_notes() && content_type.endpoint().is_some() {
            Self::Url
        } else if content_type.has_custom_fields() && content_type.field("created").is_some() {
            Self::Null
        } else {
            Self::Absent
        }
    }
}

fn lines(registry: &Registry, view: &View, content_type: &ContentType, place: Place) -> Vec<Line> {
    let stand_in = |many: &str| {
        let mut fields = content_type.fields().iter();
        fields.find(|field| field.stands_for() == Some(many)).filter(|_| view.version.shows_one_location())
    };
    let mut lines = Vec::new();
    let mut late = Vec::new();
    for (field, definition) in content_type.fields().iter().enumerate() {
        let seen = match definition.visibility() {
            Visibility::Shown => true,
            Visibility::OptIn => place != Place::Nested && view.includes(definition.name()),
            Visibility::WriteOnly | Visibility::Hidden => false,
        };
        if !seen {
            continue;
        }
        let Some(mut how) = how(registry, view, content_type, definition, place) else { continue };
        if place == Place::Row && !has_column(definition, &how) {
            continue;
        }
        let mut name = definition.name();
        if let (Some(stand_in), &How::Many(to)) = (stand_in(name), &how) {
            (name, how) = (stand_in.name(), How::First(to));
        }
        let mut key = String::from(",");
        string_into(name, &mut key);
        key.push(':');
        let line = Line { name: name.to_owned(), key, field, how };
        if matches!(name, "tags" | CUSTOM_FIELDS) { late.push(line) } else { lines.push(line) }
    }
    lines.extend(late);
    lines
}

/// `None` for a field that is not shown in that place.
fn how(registry: &Registry, view: &View, content_type: &ContentType, field: &Field, place: Place) -> Option<How> {
    let top = place != Place::Nested;
    let counts = top && matches!(view.occasion, Occasion::Read | Occasion::Change);
    if !top && field.name() == "tree_depth" {
        return None;
    }
    Some(match field.kind() {
        FieldKind::Scalar(_) if field.name() == CUSTOM_FIELDS => How::CustomFields,
        FieldKind::Scalar(scalar) => scalar_how(scalar),
        FieldKind::Composite(_) => How::Composite,
        FieldKind::Reference(reference) => How::Reference(reference.to()),
        FieldKind::Alias(alias) => How::Alias(Chain::new(registry, content_type, field.name())?, alias.to()),
        FieldKind::Generic(_) => How::Generic,
        FieldKind::Many(many) => {
            if !top || view.many == ManyShown::None {
                return None;
            }
            match many.target() {
                ManyTarget::ContentTypes => How::ContentTypes,
                ManyTarget::Records(to) => How::Many(to),
            }
        }
        FieldKind::Reverse(reverse) => match reverse.shows() {
            ReverseShows::Count => counts.then_some(How::Count(*reverse))?,
            ReverseShows::Records => {
                let shown = if top { view.many != ManyShown::None } else { view.many == ManyShown::AllNested };
                shown.then_some(How::Reverse(*reverse))?
            }
        },
        FieldKind::Made(Made::EmptyList) if !top => return None,
        // Which may be long, and would be shown again with every record that refers to the sync.
        FieldKind::Made(Made::SyncDiff) if !top => How::Made(Made::EmptyObject),
        FieldKind::Made(made @ (Made::TaggedItems | Made::Zero)) => counts.then_some(How::Made(*made))?,
        FieldKind::Made(made) => How::Made(*made),
    })
}

/// Whether a field is one of a table: it holds something of its own that a cell can say, or counts.
fn has_column(field: &Field, how: &How) -> bool {
    match (how, field.kind()) {
        (How::Many(_) | How::First(_) | How::ContentTypes, FieldKind::Many(many)) => many.is_writable(),
        (How::Generic | How::Reverse(_), _) => false,
        (How::Made(made), _) => *made == Made::TaggedItems,
        _ => true,
    }
}

fn scalar_how(scalar: &Scalar) -> How {
    match (scalar.choices(), scalar.scalar_type()) {
        (Some(choices), _) if scalar.is_labelled() => {
            let labelled = choices.iter().map(|choice| {
                let mut text = String::from("{\"value\":");
                match scalar.scalar_type() {
                    ScalarType::Int => text.push_str(&choice.value),
                    _ => string_into(&choice.value, &mut text),
                }
                text.push_str(",\"label\":");
                string_into(&choice.label, &mut text);
                text.push('}');
                (choice.value.clone(), text)
            });
            How::LabelledChoice(labelled.collect())
        }
        (Some(_), ScalarType::Text) => How::BareChoice,
        (_, ScalarType::Decimal) => scalar.places().map_or(How::Plain, How::Decimal),
        (_, ScalarType::DateTime) => How::Instant,
        (_, ScalarType::Duration) => How::Duration,
        _ => How::Plain,
    }
}

/// What a reference looks like that is not shown in full.
#[derive(Debug)]
pub struct Brief {
    /// `","object_type":"dcim.device"`
    pub after_id: String,
    /// `,"url":"https://host/api/dcim/devices/`
    pub url: Option<String>,
}

impl Brief {
    pub fn new(view: &View, content_type: &ContentType) -> Self {
        Self {
            after_id: format!("\",\"object_type\":\"{}\"", content_type.name()),
            url: content_type.endpoint().map(|endpoint| format!(",\"url\":\"{}/api/{endpoint}/", view.base)),
        }
    }
}

/// The plans of one answer.
#[derive(Debug)]
pub struct Plans<'v> {
    registry: Arc<Registry>,
    view: &'v View,
    plans: Map<(TypeIndex, Place), Arc<Plan>>,
    briefs: Map<TypeIndex, Brief>,
}

impl<'v> Plans<'v> {
    pub fn new(registry: &Arc<Registry>, view: &'v View) -> Self {
        let briefs = registry.content_types().map(|one| (one.index(), Brief::new(view, one)));
        Self { registry: Arc::clone(registry), view, plans: Map::default(), briefs: briefs.collect() }
    }

    pub fn view(&self) -> &'v View {
        self.view
    }

    /// The plan of a type, made when it is not there yet.
    pub fn make(&mut self, content_type: TypeIndex, place: Place) -> Arc<Plan> {
        let plan = self
            .plans
            .entry((content_type, place))
            .or_insert_with(|| Arc::new(Plan::new(&self.registry, self.view, self.registry.get(content_type), place)));
        Arc::clone(plan)
    }

    /// The plan of a type for which records were gathered.
    pub fn plan(&self, content_type: TypeIndex, place: Place) -> Option<&Plan> {
        self.plans.get(&(content_type, place)).map(AsRef::as_ref)
    }

    /// What stands before `/api/` in every address.
    pub fn base(&self) -> &str {
        &self.view.base
    }

    pub fn brief(&self, content_type: TypeIndex) -> Option<&Brief> {
        self.briefs.get(&content_type)
    }
}
