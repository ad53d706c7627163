//! Variables for forms and for programs that ask what a job takes.

use serde_json::{Map, Value as Json, json};

use super::{DRYRUN, Variable, VariableKind, base};
use crate::JobMeta;

/// The variables of a job as Nautobot's API lists them at `/api/extras/jobs/<id>/variables/`, base variables first. Types
/// that Nautobot has no word for are named in its manner.
pub fn list(job: &JobMeta, variables: &[Variable]) -> Vec<Json> {
    base::variables(job).iter().chain(variables).map(entry).collect()
}

fn entry(variable: &Variable) -> Json {
    let Variable { name, kind, label, help, required, default, min, max, regex } = variable;
    let mut entry = Map::new();
    let mut put = |key: &str, value: Json| drop(entry.insert(key.to_owned(), value));
    put("name", json!(name));
    put("type", json!(type_name(variable)));
    if !label.is_empty() {
        put("label", json!(label));
    }
    put("help_text", json!(help));
    put("required", json!(required));
    if let Some(default) = default {
        put("default", default.clone());
    }
    if let VariableKind::Choice(choices) | VariableKind::MultiChoice(choices) = kind {
        put("choices", choices.iter().map(|choice| json!([choice, choice])).collect());
    }
    if let VariableKind::Object { content_type, .. } | VariableKind::Objects { content_type, .. } = kind {
        put("model", json!(content_type));
    }
    let of = if *kind == VariableKind::Integer { "value" } else { "length" };
    for (which, limit) in [("min", min), ("max", max)] {
        if let Some(limit) = limit {
            put(&format!("{which}_{of}"), json!(limit));
        }
    }
    if let Some(regex) = regex {
        put("regex", json!(regex));
    }
    Json::Object(entry)
}

fn type_name(variable: &Variable) -> &'static str {
    match variable.kind {
        VariableKind::Boolean if variable.name == DRYRUN => "DryRunVar",
        VariableKind::Text => "StringVar",
        VariableKind::Integer => "IntegerVar",
        VariableKind::Boolean => "BooleanVar",
        VariableKind::Choice(_) => "ChoiceVar",
        VariableKind::MultiChoice(_) => "MultiChoiceVar",
        VariableKind::DateTime => "DateTimeVar",
        VariableKind::Ip => "IPAddressVar",
        VariableKind::Prefix => "IPNetworkVar",
        VariableKind::Json => "JSONVar",
        VariableKind::File => "FileVar",
        VariableKind::Secret => "SecretVar",
        VariableKind::Object { .. } => "ObjectVar",
        VariableKind::Objects { .. } => "MultiObjectVar",
    }
}

/// What may be given for a job, as a JSON schema.
pub fn json_schema(job: &JobMeta, variables: &[Variable]) -> Json {
    let base = base::variables(job);
    let all = || variables.iter().chain(&base);
    let properties: Map<String, Json> = all().map(|variable| (variable.name.clone(), property(variable))).collect();
    let required: Vec<&str> = all().filter(|variable| variable.required).map(|variable| &*variable.name).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn property(variable: &Variable) -> Json {
    let Variable { name, kind, label, help, required: _, default, min, max, regex } = variable;
    let object = json!({"anyOf": [{"type": "string"}, {"type": "object"}]});
    let mut schema = match kind {
        VariableKind::Text | VariableKind::File => json!({"type": "string"}),
        VariableKind::Integer => json!({"type": "integer"}),
        VariableKind::Boolean => json!({"type": "boolean"}),
        VariableKind::Choice(choices) => json!({"type": "string", "enum": choices}),
        VariableKind::MultiChoice(choices) => json!({"type": "array", "items": {"enum": choices}}),
        VariableKind::DateTime => json!({"type": "string", "format": "date-time"}),
        VariableKind::Ip => json!({"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}),
        VariableKind::Prefix => json!({"type": "string"}),
        VariableKind::Json => json!({}),
        VariableKind::Secret => json!({"type": "string", "pattern": "^(env|file):.+$"}),
        VariableKind::Object { .. } => object,
        VariableKind::Objects { .. } => json!({"type": "array", "items": object}),
    };
    schema["title"] = json!(if label.is_empty() { name } else { label });
    if !help.is_empty() {
        schema["description"] = json!(help);
    }
    if let Some(default) = default {
        schema["default"] = default.clone();
    }
    let (least, most) =
        if *kind == VariableKind::Integer { ("minimum", "maximum") } else { ("minLength", "maxLength") };
    for (key, limit) in [(least, min), (most, max)] {
        if let Some(limit) = limit {
            schema[key] = json!(limit);
        }
    }
    if let Some(regex) = regex {
        schema["pattern"] = json!(format!("^(?:{regex})$"));
    }
    schema
}
