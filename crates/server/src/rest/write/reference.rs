//! Every form in which a client names another record, as paths that together find it; and what is said of one that is
//! not there.
//!
//! The first that applies: null (an empty text is one too), an object with `url` or `id`, an object of attributes, a URL,
//! an id, a natural key. A natural key goes on to the top of a tree, and what it leaves out at its end is null.

use std::fmt::Write as _;

use serde_json::Value as Json;
use trueup_engine::Value;
use trueup_inventory::model::{ContentType, Field, FieldKind, PathError, ResolvedPath, Visibility};
use trueup_inventory::{Registry, key_parts};
use uuid::Uuid;

use super::body::Object;
use crate::rest::fields::known;

/// A path from the record that is named, and the value it must have.
pub type Paths = Vec<(String, Value)>;

/// What a client said, before anything is looked up.
enum Form<'j> {
    Null,
    Id(&'j str),
    Attributes(&'j Object),
    Key(&'j str),
}

impl<'j> Form<'j> {
    fn of(json: &'j Json) -> Result<Self, String> {
        match json {
            Json::Null => Ok(Form::Null),
            Json::Object(object) => match (object.get("url"), object.get("id")) {
                (Some(Json::String(url)), _) => Ok(Form::of_text(url)),
                (_, Some(Json::String(id))) => match Uuid::parse_str(id.trim()) {
                    Ok(_) => Ok(Form::Id(id.trim())),
                    Err(_) => Err(format!("\u{201c}{id}\u{201d} is not a valid UUID.")),
                },
                (_, Some(other)) => Err(unrecognised(other)),
                (_, None) => Ok(Form::Attributes(object)),
            },
            Json::String(text) => Ok(Form::of_text(text)),
            other => Err(unrecognised(other)),
        }
    }

    fn of_text(text: &'j str) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Form::Null;
        }
        let is_url = text.starts_with("http://") || text.starts_with("https://") || text.starts_with("/api/");
        let last = text.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let text = if is_url { last } else { text };
        if Uuid::parse_str(text).is_ok() { Form::Id(text) } else { Form::Key(text) }
    }
}

/// The paths that find the record that `json` names; nothing when it names none.
///
/// # Errors
/// It cannot name a record of that type; the text says why.
pub fn read(registry: &Registry, to: &ContentType, json: &Json) -> Result<Option<Paths>, String> {
    match Form::of(json)? {
        Form::Null => Ok(None),
        Form::Id(id) => Ok(Some(vec![("id".to_owned(), Value::from(id))])),
        Form::Attributes(object) => {
            let mut given = Vec::new();
            flatten("", object, &mut given);
            if given.is_empty() {
                return Err("Multiple objects match the provided attributes: {}".to_owned());
            }
            let paths = given.into_iter().map(|(path, json)| attribute(registry, to, path, json));
            paths.collect::<Result<_, _>>().map(Some)
        }
        Form::Key(key) => {
            let missing = || not_found(json);
            let parts = key_parts(key).filter(|parts| parts.iter().any(Option::is_some)).ok_or_else(missing)?;
            let paths = registry.key_paths(to, parts.len()).ok_or_else(missing)?;
            let mut parts = parts.into_iter();
            let value = |part: Option<Option<String>>| part.flatten().map_or(Value::Null, Value::from);
            Ok(Some(paths.into_iter().map(|path| (path, value(parts.next()))).collect()))
        }
    }
}

/// What is said when no record is what `json` names.
pub fn not_found(json: &Json) -> String {
    match Form::of(json) {
        Ok(Form::Key(key)) => format!("Related object not found using provided composite-key: {key}"),
        _ => format!("Related object not found using the provided attributes: {}", attributes(json)),
    }
}

/// What is said when several records are.
pub fn ambiguous(json: &Json) -> String {
    format!("Multiple objects match the provided attributes: {}", attributes(json))
}

/// One attribute of an object, whose path must lead to a plain field.
fn attribute(registry: &Registry, to: &ContentType, path: String, json: &Json) -> Result<(String, Value), String> {
    if contains_nul(json) {
        return Err("Null characters are not allowed.".to_owned());
    }
    let value = Value::from_json(json.clone());
    match attribute_path(registry, to, &path) {
        Ok(_) => Ok((path, value)),
        // A reference by its id, or by nothing.
        Err(PathError::EndsAtReference { .. }) => Ok((path + "__id", value)),
        Err(PathError::UnknownField { content_type, field, .. }) => {
            let owner = registry.content_type(&content_type).ok();
            let mut names: Vec<&str> = owner.into_iter().flat_map(|one| known(one)).map(Field::name).collect();
            names.push("id");
            names.sort_unstable();
            Err(format!("Cannot resolve keyword '{field}' into field. Choices are: {}", names.join(", ")))
        }
        Err(_) => {
            Err(format!("Related object not found using the provided attributes: {{'{path}': {}}}", python(json)))
        }
    }
}

/// A path from a record that is named, over what clients may know. Whoever finds a record by what is hidden knows it.
///
/// # Errors
/// It leads nowhere, or to a reference, or something on its way is hidden.
pub fn attribute_path(registry: &Registry, to: &ContentType, path: &str) -> Result<ResolvedPath, PathError> {
    let mut at = to;
    for step in path.split("__") {
        let Some(field) = at.field(step) else { break };
        if field.visibility() == Visibility::Hidden {
            let (content_type, field) = (at.name().to_owned(), step.to_owned());
            return Err(PathError::UnknownField { content_type, field, hint: String::new(), path: path.to_owned() });
        }
        at = match field.kind() {
            FieldKind::Reference(reference) => registry.get(reference.to()),
            FieldKind::Alias(alias) => registry.get(alias.to()),
            _ => break,
        };
    }
    registry.path(to, path)
}

fn contains_nul(json: &Json) -> bool {
    json.as_str().is_some_and(|text| text.contains('\0'))
}

/// Objects inside objects as paths.
fn flatten<'j>(prefix: &str, object: &'j Object, paths: &mut Vec<(String, &'j Json)>) {
    for (name, json) in object {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}__{name}") };
        match json {
            Json::Object(inner) => flatten(&path, inner, paths),
            other => paths.push((path, other)),
        }
    }
}

fn unrecognised(json: &Json) -> String {
    let value = json.as_str().map_or_else(|| python(json), str::to_owned);
    format!(
        "Related objects must be referenced by ID or by dictionary of attributes. Received an unrecognized value: {value}"
    )
}

/// What a client said as attributes, in the contract's spelling of a dictionary.
fn attributes(json: &Json) -> String {
    match Form::of(json) {
        Ok(Form::Attributes(object)) => {
            let mut given = Vec::new();
            flatten("", object, &mut given);
            let pairs = given.iter().map(|(path, json)| format!("{}: {}", quoted(path), python(json)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        Ok(Form::Id(id)) => format!("{{'id': {}}}", quoted(id)),
        _ => python(json),
    }
}

/// JSON as Python prints it.
fn python(json: &Json) -> String {
    match json {
        Json::Null => "None".to_owned(),
        Json::Bool(true) => "True".to_owned(),
        Json::Bool(false) => "False".to_owned(),
        Json::Number(number) => number.to_string(),
        Json::String(text) => quoted(text),
        Json::Array(items) => format!("[{}]", items.iter().map(python).collect::<Vec<_>>().join(", ")),
        Json::Object(object) => {
            let pairs = object.iter().map(|(name, json)| format!("{}: {}", quoted(name), python(json)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}

/// A text as Python prints it: in single quotes, unless only those are in it.
fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            character if character == quote => {
                out.push('\\');
                out.push(character);
            }
            character if character < ' ' || character == '\u{7f}' => {
                let _ = write!(out, "\\x{:02x}", u32::from(character));
            }
            character => out.push(character),
        }
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_look_as_python_prints_them() {
        let cases = [
            (json!("a"), "'a'"),
            (json!("it's"), "\"it's\""),
            (json!("\"it's\""), "'\"it\\'s\"'"),
            (json!("a\n\\"), "'a\\n\\\\'"),
            (json!({"a": [1, null, true, 1.5]}), "{'a': [1, None, True, 1.5]}"),
        ];
        for (json, expected) in cases {
            assert_eq!(python(&json), expected);
        }
    }

    #[test]
    fn every_form_becomes_paths() {
        let registry = Registry::embedded().unwrap();
        let id = "6c2dcc74-6a4e-4f39-9b4a-5a5a8f0f8b1a";
        let by_id = format!("id={id}");
        let cases = [
            ("dcim.location", json!(null), ""),
            ("dcim.location", json!(""), ""),
            ("dcim.location", json!(id), by_id.as_str()),
            ("dcim.location", json!({ "id": id, "name": "x" }), &by_id),
            ("dcim.location", json!({ "url": format!("http://h/api/dcim/locations/{id}/") }), &by_id),
            ("dcim.location", json!(format!("https://h/p/api/dcim/locations/{id}/")), &by_id),
            ("dcim.location", json!({ "name": "AMS" }), "name=AMS"),
            ("dcim.location", json!({ "name": "A", "parent": { "name": "B" } }), "name=A parent__name=B"),
            ("dcim.location", json!({ "parent": id }), &format!("parent__id={id}")),
            ("dcim.location", json!("AMS"), "name=AMS parent__name=None"),
            ("dcim.location", json!("AMS;EU"), "name=AMS parent__name=EU parent__parent__name=None"),
            ("dcim.devicetype", json!("Cisco;C9300-48"), "manufacturer__name=Cisco model=C9300-48"),
            ("dcim.devicetype", json!("C9300-48"), "manufacturer__name=C9300-48 model=None"),
        ];
        for (to, json, expected) in cases {
            let paths = read(&registry, registry.content_type(to).unwrap(), &json).unwrap().unwrap_or_default();
            let shown: Vec<String> = paths.iter().map(|(path, value)| format!("{path}={value}")).collect();
            assert_eq!(shown.join(" "), expected, "{json}");
        }
    }

    #[test]
    fn what_names_no_record_is_told() {
        let registry = Registry::embedded().unwrap();
        let to = registry.content_type("dcim.manufacturer").unwrap();
        let cases = [
            (
                json!(5),
                "Related objects must be referenced by ID or by dictionary of attributes. Received an unrecognized value: 5",
            ),
            (json!({ "id": "x" }), "\u{201c}x\u{201d} is not a valid UUID."),
            (json!({}), "Multiple objects match the provided attributes: {}"),
            (json!("a;b"), "Related object not found using provided composite-key: a;b"),
        ];
        for (json, expected) in cases {
            assert_eq!(read(&registry, to, &json).unwrap_err(), expected);
        }
        let unknown = read(&registry, to, &json!({ "foo": 1 })).unwrap_err();
        assert!(unknown.starts_with("Cannot resolve keyword 'foo' into field. Choices are: "), "{unknown}");
        assert!(unknown.contains("description") && unknown.contains("name"), "{unknown}");
        for (to, json, field) in [
            ("users.user", json!({ "password": "x" }), "password"),
            ("extras.note", json!({ "user": { "password": "x" } }), "password"),
            ("users.token", json!({ "user": { "username": "x" } }), "user"),
            ("users.token", json!({ "user": "x" }), "user"),
        ] {
            let hidden = read(&registry, registry.content_type(to).unwrap(), &json).unwrap_err();
            assert!(hidden.starts_with(&format!("Cannot resolve keyword '{field}' into field.")), "{hidden}");
            assert!(!hidden.contains(&format!(" {field},")), "{hidden}");
        }
    }
}
