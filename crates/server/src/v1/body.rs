//! The body of a request: a JSON object of keys that the route knows, or nothing.

use serde_json::{Map, Value as Json};

use super::ask::fault;
use super::problem::Problem;
use super::route::{Parameter, Takes};

/// Reads a body; every key is one of those known, and says what it can say: a text, several, or an object.
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
        let fault = match known.iter().find(|one| one.name == key) {
            None => Some(unknown(known)),
            Some(known) => wrong(known.takes, value),
        };
        fault.map(|fault| (key.clone(), fault))
    };
    let faults: Vec<(String, String)> = body.iter().filter_map(fault).collect();
    if faults.is_empty() { Ok(body) } else { Err(Problem::keys(faults)) }
}

/// What is wrong with what a key says.
fn wrong(takes: Takes, value: &Json) -> Option<String> {
    if takes == Takes::Object {
        return (!value.is_object()).then(|| "it has to be an object".to_owned());
    }
    let several = matches!(takes, Takes::Texts | Takes::Words(_) | Takes::Steps);
    let single = |one: &Json| one.is_string() || (takes == Takes::Steps && one.is_u64());
    match value {
        // Nothing chosen is not everything chosen.
        Json::Array(items) if several && items.is_empty() => {
            return Some("the list is empty; name something, or leave the key out, which means all".to_owned());
        }
        Json::Array(items) if several && items.iter().all(single) => {}
        one if single(one) => {}
        _ if takes == Takes::Steps => {
            return Some("it has to be a number, a range such as `15-20`, or a list".to_owned());
        }
        _ if several => return Some("it has to be a text, or a list of texts".to_owned()),
        _ => return Some("it has to be a text".to_owned()),
    }
    texts(value).iter().find_map(|text| fault(takes, text))
}

/// What a key says, as texts.
pub fn texts(value: &Json) -> Vec<String> {
    match value {
        Json::Array(items) => items.iter().flat_map(texts).collect(),
        Json::String(text) => vec![text.clone()],
        one => vec![one.to_string()],
    }
}

fn unknown(known: &[Parameter]) -> String {
    if known.is_empty() {
        return "there is no such key; this address takes none".to_owned();
    }
    let names: Vec<&str> = known.iter().map(|one| one.name).collect();
    format!("there is no such key; there are {}", names.join(", "))
}
