//! One record as JSON text, from what its level has read.

use std::fmt::Write as _;

use serde_json::Value as Json;
use trueup_engine::Value;
use trueup_inventory::model::{
    CUSTOM_FIELDS, ContentType, Field, FieldKind, Made, ManyTarget, ReverseShows, Scalar, ScalarType, TypeIndex,
    Visibility,
};
use trueup_inventory::{LinkTarget, Record, RecordId, Registry};

use super::level::Level;
use super::{Nesting, brief_into, path_of, text_into};
use crate::rest::view::{Occasion, View};

pub(super) struct Object<'a> {
    pub registry: &'a Registry,
    pub view: &'a View,
    pub content_type: &'a ContentType,
    /// Levels of references below this one that are shown in full.
    pub depth: u8,
    pub nesting: Nesting,
    pub level: &'a Level,
}

impl Object<'_> {
    pub fn show(&self, record: &Record) -> String {
        let base = self.view.base.as_ref();
        let (display, slug) = self.level.names.of(record.id());
        let mut out = String::with_capacity(2_048);
        let _ =
            write!(out, "{{\"id\":\"{}\",\"object_type\":\"{}\",\"display\":", record.id(), self.content_type.name());
        text_into(display, &mut out);
        out.push_str(",\"url\":");
        let path = path_of(self.content_type, record.id());
        text_into(&format!("{base}{path}"), &mut out);
        out.push_str(",\"natural_slug\":");
        text_into(slug, &mut out);
        for (place, field) in self.content_type.fields().iter().enumerate() {
            if field.name() != CUSTOM_FIELDS {
                self.field_into(record, place, field, &mut out);
            }
        }
        if self.content_type.has_notes() {
            out.push_str(",\"notes_url\":");
            text_into(&format!("{base}{path}notes/"), &mut out);
        } else {
            out.push_str(",\"notes_url\":null");
        }
        if self.content_type.has_custom_fields() {
            self.custom_fields_into(record, &mut out);
            if self.nesting == Nesting::Top {
                for opt_in in ["computed_fields", "relationships"] {
                    if self.view.includes(opt_in) {
                        let _ = write!(out, ",\"{opt_in}\":{{}}");
                    }
                }
            }
        }
        out.push('}');
        out
    }

    fn field_into(&self, record: &Record, place: usize, field: &Field, out: &mut String) {
        let shown = match field.visibility() {
            Visibility::Shown => true,
            Visibility::OptIn => self.nesting == Nesting::Top && self.view.includes(field.name()),
            // Prefixes and VLANs of old versions show their first location.
            Visibility::WriteOnly => field.name() == "location" && self.view.version.shows_one_location(),
            Visibility::Hidden => false,
        };
        if !shown {
            return;
        }
        let key = |out: &mut String| {
            let _ = write!(out, ",\"{}\":", field.name());
        };
        match field.kind() {
            FieldKind::Scalar(scalar) => {
                key(out);
                self.scalar_into(record, place, scalar, out);
            }
            FieldKind::Composite(_) => {
                key(out);
                json_into(&record.value(self.content_type, place).to_json(), out);
            }
            FieldKind::Reference(reference) => {
                key(out);
                match record.reference(self.content_type, place) {
                    Some(id) => self.record_into(reference.to(), id, out),
                    None => out.push_str("null"),
                }
            }
            FieldKind::Alias(_) => {}
            FieldKind::Generic(_) => {
                key(out);
                self.generic_into(record, place, out);
            }
            FieldKind::Many(many) => {
                if let Some(links) = self.level.links.get(&place) {
                    key(out);
                    let to = match many.target() {
                        ManyTarget::Records(to) => Some(to),
                        ManyTarget::ContentTypes => None,
                    };
                    self.list_into(links.get(&record.id()), to, out);
                }
            }
            FieldKind::Reverse(reverse) if reverse.shows() == ReverseShows::Count => {
                if let Some(counts) = self.level.counts.get(&place) {
                    key(out);
                    let _ = write!(out, "{}", counts.get(&record.id()).copied().unwrap_or_default());
                }
            }
            FieldKind::Reverse(reverse) => {
                if let Some(links) = self.level.links.get(&place) {
                    key(out);
                    self.list_into(links.get(&record.id()), Some(reverse.from()), out);
                }
            }
            FieldKind::Made(made) => self.made_into(record, field, *made, out),
        }
    }

    fn scalar_into(&self, record: &Record, place: usize, scalar: &Scalar, out: &mut String) {
        if let Some(choices) = scalar.choices().filter(|_| scalar.is_labelled()) {
            let stored = record.value(self.content_type, place);
            let value = match &stored {
                Value::Text(text) => text.clone(),
                Value::Null => String::new(),
                other => other.to_string(),
            };
            if value.is_empty() {
                out.push_str("null");
                return;
            }
            let label =
                choices.iter().find(|choice| choice.value == value).map_or(value.as_str(), |c| c.label.as_str());
            out.push_str("{\"value\":");
            json_into(&stored.to_json(), out);
            out.push_str(",\"label\":");
            text_into(label, out);
            out.push('}');
            return;
        }
        match (scalar.scalar_type(), record.value(self.content_type, place)) {
            (ScalarType::Decimal, Value::Decimal(mut decimal)) => {
                if let Some(places) = scalar.places() {
                    decimal.rescale(places);
                }
                let _ = write!(out, "\"{decimal}\"");
            }
            (ScalarType::Duration, Value::Int(microseconds)) => {
                let (seconds, rest) = (microseconds / 1_000_000, microseconds % 1_000_000);
                let _ = write!(out, "\"{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
                let _ = if rest == 0 { write!(out, "\"") } else { write!(out, ".{rest:06}\"") };
            }
            _ => record.json_into(self.content_type, place, out),
        }
    }

    /// A record at the end of a reference: in full when a level of depth is left.
    fn record_into(&self, to: TypeIndex, id: RecordId, out: &mut String) {
        let full = self.level.inner.get(&to).and_then(|shown| shown.get(&id)).filter(|_| self.depth > 0);
        match full {
            Some(text) => out.push_str(text),
            None => brief_into(&self.view.base, self.registry.get(to), id, out),
        }
    }

    fn generic_into(&self, record: &Record, place: usize, out: &mut String) {
        let target = record.generic(self.content_type, place);
        let Some((to, id)) = target.and_then(|(name, id)| Some((self.registry.content_type(name).ok()?, id))) else {
            out.push_str("null");
            return;
        };
        let start = out.len();
        self.record_into(to.index(), id, out);
        if self.depth > 0 && out[start..].ends_with('}') {
            out.pop();
            out.push_str(",\"generic_foreign_key\":true}");
        }
    }

    fn list_into(&self, targets: Option<&Vec<LinkTarget>>, to: Option<TypeIndex>, out: &mut String) {
        out.push('[');
        for (place, target) in targets.into_iter().flatten().enumerate() {
            if place > 0 {
                out.push(',');
            }
            match (target, to) {
                (LinkTarget::Record(id), Some(to)) => self.record_into(to, *id, out),
                (LinkTarget::ContentType(name), _) => text_into(name, out),
                (LinkTarget::Record(id), None) => text_into(&id.to_string(), out),
            }
        }
        out.push(']');
    }

    fn made_into(&self, record: &Record, field: &Field, made: Made, out: &mut String) {
        let inner = self.nesting == Nesting::Inner;
        let is_count = matches!(made, Made::Zero | Made::TaggedItems | Made::MemberCount);
        let hidden = match made {
            _ if is_count => inner || self.view.occasion == Occasion::Create,
            Made::EmptyList => inner,
            _ => inner && field.name() == "tree_depth",
        };
        if hidden {
            return;
        }
        let _ = write!(out, ",\"{}\":", field.name());
        match made {
            _ if field.name() == "location" => {
                let place = self.content_type.fields().iter().position(|other| other.name() == "locations");
                let links = place.and_then(|place| self.level.links.get(&place)?.get(&record.id())?.first());
                let to = self.registry.content_type("dcim.location").map(|to| to.index());
                match (links, to) {
                    (Some(LinkTarget::Record(id)), Ok(to)) => self.record_into(to, *id, out),
                    _ => out.push_str("null"),
                }
            }
            Made::Zero | Made::TaggedItems | Made::MemberCount => out.push('0'),
            Made::EmptyList => out.push_str("[]"),
            Made::EmptyObject
            | Made::ConfigContext
            | Made::NetworkDriverMappings
            | Made::QueryVariables
            | Made::CableTerminations => out.push_str("{}"),
            Made::Null
            | Made::Cable
            | Made::CablePeer
            | Made::CablePeerType
            | Made::ConnectedEndpoint
            | Made::ConnectedEndpointType
            | Made::ConnectedEndpointReachable => out.push_str("null"),
        }
    }

    fn custom_fields_into(&self, record: &Record, out: &mut String) {
        out.push_str(",\"custom_fields\":{");
        let place = self.content_type.fields().iter().position(|field| field.name() == CUSTOM_FIELDS);
        let stored = place.filter(|_| !self.level.custom_fields.is_empty());
        let stored = stored.map_or(Json::Null, |place| record.value(self.content_type, place).to_json());
        for (place, key) in self.level.custom_fields.iter().enumerate() {
            if place > 0 {
                out.push(',');
            }
            text_into(key, out);
            out.push(':');
            json_into(stored.get(key).unwrap_or(&Json::Null), out);
        }
        out.push('}');
    }
}

fn json_into(json: &Json, out: &mut String) {
    let _ = write!(out, "{json}");
}
