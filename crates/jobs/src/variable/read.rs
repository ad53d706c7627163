//! From texts and JSON to values of a variable's type. Messages name the variable, and never repeat what was given for a
//! secret.

use std::path::PathBuf;

use serde_json::Value as Json;
use trueup_engine::value::{IpNet, Timestamp};

use super::{ObjectReference, SecretReference, Variable, VariableKind, VariableValue};

/// What the texts of a command line mean for a variable.
pub(super) fn from_texts(variable: &Variable, texts: &[String]) -> Result<Json, String> {
    let name = &variable.name;
    let last = texts.last().map(String::as_str).unwrap_or_default();
    let object = |text: &str| match serde_json::from_str(text) {
        Ok(json @ Json::Object(_)) => json,
        _ => Json::from(text),
    };
    match &variable.kind {
        VariableKind::Integer => last.trim().parse::<i64>().map(Json::from).map_err(|_| unfit(variable, last)),
        VariableKind::Boolean => match last.to_ascii_lowercase().as_str() {
            "true" | "yes" => Ok(Json::from(true)),
            "false" | "no" => Ok(Json::from(false)),
            _ => Err(unfit(variable, last)),
        },
        VariableKind::Json => serde_json::from_str(last).map_err(|error| format!("`{name}` is no JSON: {error}")),
        VariableKind::MultiChoice(_) => {
            let parts = texts.iter().flat_map(|text| text.split(','));
            Ok(parts.map(str::trim).filter(|part| !part.is_empty()).collect())
        }
        VariableKind::Object { .. } => Ok(object(last)),
        VariableKind::Objects { .. } => Ok(texts.iter().map(|text| object(text)).collect()),
        VariableKind::Text
        | VariableKind::Choice(_)
        | VariableKind::DateTime
        | VariableKind::Ip
        | VariableKind::Prefix
        | VariableKind::File
        | VariableKind::Secret => Ok(Json::from(last)),
    }
}

/// The value that JSON means for a variable, within its limits.
pub(super) fn value(variable: &Variable, json: &Json) -> Result<VariableValue, String> {
    let name = &variable.name;
    let unfit = || unfit(variable, &shown(json));
    let text = || json.as_str().ok_or_else(unfit);
    let named = |problem: &str| format!("`{name}` {problem}");
    match &variable.kind {
        VariableKind::Text => {
            let text = text()?;
            let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
            within(variable, length, " characters")?;
            let fits = variable.pattern().is_none_or(|pattern| pattern.is_ok_and(|pattern| pattern.is_match(text)));
            let pattern = variable.regex.as_deref().unwrap_or_default();
            if fits {
                Ok(VariableValue::Text(text.to_owned()))
            } else {
                Err(format!("`{name}` is `{text}`, which does not match `{pattern}`"))
            }
        }
        VariableKind::Integer => {
            let integer = json.as_i64().ok_or_else(unfit)?;
            within(variable, integer, "")?;
            Ok(VariableValue::Integer(integer))
        }
        VariableKind::Boolean => json.as_bool().map(VariableValue::Boolean).ok_or_else(unfit),
        VariableKind::Choice(choices) => chosen(variable, choices, text()?).map(VariableValue::Text),
        VariableKind::MultiChoice(choices) => {
            let picked = json.as_array().ok_or_else(unfit)?.iter();
            let picked = picked.map(|one| chosen(variable, choices, one.as_str().ok_or_else(unfit)?));
            picked.collect::<Result<_, _>>().map(VariableValue::Choices)
        }
        VariableKind::DateTime => text()?.parse::<Timestamp>().map(VariableValue::DateTime).map_err(|_| unfit()),
        VariableKind::Ip => text()?.parse().map(VariableValue::Ip).map_err(|_| unfit()),
        VariableKind::Prefix => text()?.parse::<IpNet>().map(VariableValue::Prefix).map_err(|_| unfit()),
        VariableKind::Json => Ok(VariableValue::Json(json.clone())),
        // Whether it is there is asked when it is given.
        VariableKind::File => Ok(VariableValue::File(PathBuf::from(text()?))),
        VariableKind::Secret => json
            .as_str()
            .and_then(SecretReference::parse)
            .map(VariableValue::Secret)
            .ok_or_else(|| named("says where a secret is: env:NAME or file:PATH; the secret itself is not taken")),
        VariableKind::Object { content_type, by } => {
            let object = ObjectReference::read(content_type, by, json);
            object.map(VariableValue::Object).map_err(named)
        }
        VariableKind::Objects { content_type, by } => {
            let objects = json.as_array().ok_or_else(unfit)?.iter();
            let objects = objects.map(|object| ObjectReference::read(content_type, by, object));
            objects.collect::<Result<_, _>>().map(VariableValue::Objects).map_err(named)
        }
    }
}

fn chosen(variable: &Variable, choices: &[String], text: &str) -> Result<String, String> {
    let known = choices.iter().find(|choice| *choice == text).cloned();
    known.ok_or_else(|| format!("`{}` is `{text}`; choose from {}", variable.name, choices.join(", ")))
}

fn within(variable: &Variable, found: i64, unit: &str) -> Result<(), String> {
    let Variable { name, min, max, .. } = variable;
    if let Some(min) = min.filter(|min| found < *min) {
        return Err(format!("`{name}` is {found}{unit}; at least {min} is needed"));
    }
    match max.filter(|max| found > *max) {
        Some(max) => Err(format!("`{name}` is {found}{unit}; at most {max} is allowed")),
        None => Ok(()),
    }
}

fn unfit(variable: &Variable, found: &str) -> String {
    let expected = match &variable.kind {
        VariableKind::Text | VariableKind::File | VariableKind::Secret => "a text",
        VariableKind::Integer => "a whole number",
        VariableKind::Boolean => "true or false",
        VariableKind::Choice(_) => "one of its choices",
        VariableKind::MultiChoice(_) => "a list of its choices",
        VariableKind::DateTime => "a time such as 2026-01-31T12:00:00Z",
        VariableKind::Ip => "an IP address such as 192.0.2.1",
        VariableKind::Prefix => "a prefix such as 192.0.2.0/24",
        VariableKind::Json => "JSON",
        VariableKind::Object { .. } => "a record",
        VariableKind::Objects { .. } => "a list of records",
    };
    match variable.kind {
        VariableKind::Secret => format!("`{}` must be {expected}", variable.name),
        _ => format!("`{}` is `{found}`, but {expected} was expected", variable.name),
    }
}

fn shown(json: &Json) -> String {
    match json {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}
