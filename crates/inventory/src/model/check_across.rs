//! Checks that need more than one field of a file, or more than one file.

use std::collections::HashMap;

use super::build::{ModelProblem, Problems};
use super::content_type::{ContentType, TypeIndex};
use super::document::{ThroughDocument, TypeDocument};
use super::field::Field;
use super::field_kind::{FieldKind, Generic, Many, ManyTarget, ScalarType};

/// What one type says of its own fields.
pub(super) fn check_type(content_type: &ContentType, document: &TypeDocument, problems: &mut Problems<'_>) {
    alternatives(content_type, problems);
    if content_type.view {
        view(content_type, problems);
    }
    for (name, field) in &document.fields {
        if let Some(of) = &field.slug_of {
            slug(content_type, name, of, problems);
        }
        if let Some(many) = &field.stands_for {
            stand_in(content_type, name, many, problems);
        }
    }
}

/// What types say of each other; all of them are known.
pub(super) fn check_between(built: &[ContentType], documents: &[(&str, TypeDocument)], all: &mut Vec<ModelProblem>) {
    for (content_type, (file, document)) in built.iter().zip(documents) {
        let mut problems = Problems { file, all };
        for (name, field) in &document.fields {
            if let (Some(through), FieldKind::Many(many)) =
                (&field.through, &content_type.fields[content_type.by_name[name.as_str()]].kind)
            {
                between(built, content_type, name, through, many.target, &mut problems);
            }
            let kept_elsewhere = |to: TypeIndex| built[to.0].view && !content_type.view;
            let (to, ids) = match &content_type.fields[content_type.by_name[name.as_str()]].kind {
                FieldKind::Reference(reference) => (reference.to, "its id in a `uuid`"),
                FieldKind::Many(Many { target: ManyTarget::Records(to), .. }) => (*to, "their ids in a `json`"),
                _ => continue,
            };
            if kept_elsewhere(to) {
                let to = built[to.0].name();
                problems.add(format!(
                    "field `{name}`: nothing can hold on to {to}, whose records are kept elsewhere; keep {ids}"
                ));
            }
        }
    }
}

/// Each list has a path of its own, of lower-case words.
pub(super) fn check_endpoints(documents: &[(&str, TypeDocument)], all: &mut Vec<ModelProblem>) {
    let mut taken: HashMap<&str, &str> = HashMap::new();
    for (file, document) in documents {
        let mut problems = Problems { file, all };
        let Some(endpoint) = &document.endpoint else { continue };
        let letter = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-_".contains(letter);
        let parts: Vec<&str> = endpoint.split('/').collect();
        if parts.len() < 2 || parts.iter().any(|part| part.is_empty() || !part.chars().all(letter)) {
            problems.add(format!("endpoint `{endpoint}` must be lower-case words such as `dcim/device-types`"));
        }
        if let Some(other) = taken.insert(endpoint, &document.content_type) {
            problems.add(format!("endpoint `{endpoint}` is that of {other} already"));
        }
    }
}

/// A view has the columns of its records and nothing beside them.
fn view(content_type: &ContentType, problems: &mut Problems<'_>) {
    if !content_type.read_only || content_type.logged {
        problems.add("`view` needs `read_only: true` and `logged: false`, since nobody writes its records".to_owned());
    }
    for field in content_type.fields.iter().filter(|field| matches!(field.kind, FieldKind::Many(_))) {
        problems.add(format!("field `{}`: records of a view hold nothing that is to-many", field.name));
    }
    let goes_along = |field: &&Field| matches!(field.kind, FieldKind::Generic(Generic { cascades: true, .. }));
    for field in content_type.fields.iter().filter(goes_along) {
        problems.add(format!("field `{}`: records of a view go with no other record; leave out on_delete", field.name));
    }
}

/// Each of them may be absent.
fn alternatives(content_type: &ContentType, problems: &mut Problems<'_>) {
    for name in content_type.exactly_one.iter().flatten() {
        let column = content_type.field(name).and_then(|field| field.column);
        if column.is_none_or(|column| !content_type.columns[column].nullable) {
            problems.add(format!("exactly_one: `{name}` is no stored field that may be null"));
        }
    }
}

fn slug(content_type: &ContentType, name: &str, of: &str, problems: &mut Problems<'_>) {
    let is_text = |name: &str| {
        let kind = content_type.field(name).map(|field| &field.kind);
        matches!(kind, Some(FieldKind::Scalar(scalar)) if scalar.scalar_type == ScalarType::Text)
    };
    if !is_text(name) || !is_text(of) {
        problems.add(format!("field `{name}`: slug_of makes a text of another text, and `{of}` or `{name}` is none"));
    }
}

fn stand_in(content_type: &ContentType, name: &str, many: &str, problems: &mut Problems<'_>) {
    let written = content_type.field(many).map(|field| &field.kind);
    let written = matches!(written, Some(FieldKind::Many(many)) if many.link.writable);
    let made = content_type.field(name).is_some_and(|field| matches!(field.kind, FieldKind::Made(_)));
    if !written || !made {
        problems.add(format!(
            "field `{name}`: stands_for is said with made_by, and names a to-many field that can be written; `{many}` is none"
        ));
    }
}

/// The type between names both sides; when it is written as a field, a row of it needs nothing else.
fn between(
    built: &[ContentType],
    owner: &ContentType,
    name: &str,
    through: &ThroughDocument,
    target: ManyTarget,
    problems: &mut Problems<'_>,
) {
    let Some(link) = built.iter().find(|content_type| content_type.name() == through.content_type) else { return };
    let points = |side: &str, to: TypeIndex| {
        let kind = link.field(side).map(|field| &field.kind);
        matches!(kind, Some(FieldKind::Reference(reference)) if reference.to == to)
    };
    let far = match target {
        ManyTarget::Records(to) => points(&through.far, to),
        ManyTarget::ContentTypes => false,
    };
    if !points(&through.near, owner.index) || !far {
        problems.add(format!(
            "field `{name}`: near and far name the references of {} to the two sides",
            through.content_type
        ));
    }
    let ends = [through.near.as_str(), through.far.as_str()];
    let more = link.columns.iter().map(|column| (column, link.fields[column.field].name()));
    let more = more.filter(|(column, field)| !column.nullable && !ends.contains(field)).map(|(_, field)| field);
    let more: Vec<&str> = more.collect();
    if through.writable && (!more.is_empty() || link.read_only) {
        problems.add(format!(
            "field `{name}`: {} is not writable through it, because its records need more than the two sides: {}",
            through.content_type,
            more.join(", ")
        ));
    }
}
