//! The body of a request: a JSON object of keys that the route knows, or nothing.

use serde_json::{Map, Value as Json};

use super::problem::Problem;
use super::route::{Parameter, Takes};

/// Reads a body; every key is one of those known, and says a text, or an object where it takes one.
///
/// # Errors
/// It is no JSON object; or all keys that are wrong, in one go.
pub fn read(known: &[Parameter], bytes: &[u8]) -> Result<Map<String, Json>, Problem> {
    if bytes.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    let body = match serde_json::from_slice(bytes) {
        Ok(Json::Object(body)) => body,
        Ok(_) => return Err(Problem::no_object("it is JSON, and no object")),
        Err(error) => return Err(Problem::no_object(&error.to_string())),
    };
    let fault = |(key, value): (&String, &Json)| {
        let takes = known.iter().find(|one| one.name == key).map(|one| one.takes);
        let fault = match (takes, value) {
            (None, _) => unknown(known),
            (Some(Takes::Object), Json::Object(_)) => return None,
            (Some(Takes::Object), _) => "it has to be an object".to_owned(),
            (Some(_), Json::String(text)) if text.contains('\0') => "it may hold no null character".to_owned(),
            (Some(_), Json::String(_)) => return None,
            (Some(_), _) => "it has to be a text".to_owned(),
        };
        Some((key.clone(), fault))
    };
    let wrong: Vec<(String, String)> = body.iter().filter_map(fault).collect();
    if wrong.is_empty() { Ok(body) } else { Err(Problem::keys(wrong)) }
}

fn unknown(known: &[Parameter]) -> String {
    if known.is_empty() {
        return "there is no such key; this address takes none".to_owned();
    }
    let names: Vec<&str> = known.iter().map(|one| one.name).collect();
    format!("there is no such key; there are {}", names.join(", "))
}
