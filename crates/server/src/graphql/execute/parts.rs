//! Things that are no record of a known type: a record of any type in brief, and content types.

use trueup_inventory::Registry;

use super::super::catalog::{CONTENT_TYPE_OBJECT, GENERIC_OBJECT};
use super::super::plan::Part;
use super::text::push_text;

/// A record of any type, in brief.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brief {
    pub id: String,
    pub object_type: String,
    pub display: String,
    pub url: String,
}

/// Appends a record in brief.
pub fn push_brief(parts: &[(String, Part)], brief: &Brief, out: &mut String) {
    push_object(parts, out, |part| match part {
        Part::GenericTypename => Some(GENERIC_OBJECT),
        Part::Id => Some(&brief.id),
        Part::ObjectType => Some(&brief.object_type),
        Part::Display => Some(&brief.display),
        Part::Url => Some(&brief.url),
        Part::ContentTypeTypename | Part::AppLabel | Part::Model => None,
    });
}

/// Appends the content type of that name.
pub fn push_content_type(parts: &[(String, Part)], registry: &Registry, name: &str, out: &mut String) {
    let (app, model) = name.split_once('.').unwrap_or(("", name));
    let display = match registry.content_type(name) {
        Ok(content_type) => format!("{} | {}", content_type.app(), content_type.verbose_name()),
        Err(_) => name.to_owned(),
    };
    push_object(parts, out, |part| match part {
        Part::ContentTypeTypename => Some(CONTENT_TYPE_OBJECT),
        Part::AppLabel => Some(app),
        Part::Model => Some(model),
        Part::Display => Some(&display),
        Part::GenericTypename | Part::Id | Part::ObjectType | Part::Url => None,
    });
}

fn push_object<'a>(parts: &[(String, Part)], out: &mut String, value: impl Fn(Part) -> Option<&'a str>) {
    out.push('{');
    for (place, (key, part)) in parts.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        push_text(key, out);
        out.push(':');
        match value(*part) {
            Some(text) => push_text(text, out),
            None => out.push_str("null"),
        }
    }
    out.push('}');
}
