//! The part of the OpenAPI document that is about `/api/v1/`, made from the table of routes.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::route::{Parameter, ROUTES, Route, Takes, media};
use crate::rest::methods::Verb;

/// The schema of a refusal, among those of the document.
pub const ERROR: &str = "v1.Error";

/// Statuses that any address may refuse with.
const REFUSALS: [(u16, &str); 6] = [
    (400, "A parameter or a key of the body is not known, or says what it cannot say."),
    (401, "There is no valid token."),
    (403, "The token may not do this."),
    (404, "There is nothing at this address."),
    (413, "The body is too long."),
    (503, "The database cannot answer now; try again."),
];

/// What those may refuse with as well that do something.
const CONFLICT: (u16, &str) = (409, "What is there does not allow it now.");

/// The paths with their methods, as the document has them.
pub fn paths() -> Map<String, Json> {
    let mut by_path: BTreeMap<&str, Vec<&Route>> = BTreeMap::new();
    for route in &ROUTES {
        by_path.entry(route.path).or_default().push(route);
    }
    by_path.into_iter().map(|(path, routes)| (format!("/v1/{path}/"), item(routes))).collect()
}

/// The methods of one path.
pub fn item<'r>(routes: impl IntoIterator<Item = &'r Route>) -> Json {
    let methods = routes.into_iter().map(|route| (route.verb.name().to_ascii_lowercase(), operation(route)));
    Json::Object(methods.collect())
}

fn operation(route: &Route) -> Json {
    let words = route.path.split(['/', '-']).map(|word| word.trim_matches(['{', '}']));
    let verb = route.verb.name().to_ascii_lowercase();
    let name = ["v1"].into_iter().chain(words).chain([verb.as_str()]).collect::<Vec<_>>().join("_");
    let content = |media: &str, schema: Json| json!({ media: { "schema": schema } });
    let body = |schema: Json| content(media::JSON, schema);
    let refusal = json!({ "$ref": format!("#/components/schemas/{ERROR}") });
    let mut responses = Map::new();
    let success = json!({ "description": route.summary, "content": content(route.media, (route.gives)()) });
    responses.insert(route.status.as_str().to_owned(), success);
    let conflict = (route.verb != Verb::Get).then_some(CONFLICT);
    responses.extend(
        REFUSALS.into_iter().chain(conflict).map(|(status, text)| {
            (status.to_string(), json!({ "description": text, "content": body(refusal.clone()) }))
        }),
    );
    let path = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let path = path.map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }));
    let parameters: Vec<Json> = path.chain(route.parameters.iter().map(parameter)).collect();
    let mut operation = json!({
        "operationId": name, "tags": ["v1"], "summary": route.summary, "parameters": parameters, "responses": responses,
    });
    if route.verb != Verb::Get {
        operation["requestBody"] = json!({ "required": false, "content": body(keys(route.body)) });
    }
    operation
}

/// The schema of a body.
fn keys(known: &[Parameter]) -> Json {
    let key = |key: &Parameter| {
        let mut schema = schema_of(key.takes);
        schema["description"] = json!(key.help);
        (key.name.to_owned(), schema)
    };
    let properties: Map<String, Json> = known.iter().map(key).collect();
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

fn parameter(parameter: &Parameter) -> Json {
    let schema = schema_of(parameter.takes);
    json!({ "name": parameter.name, "in": "query", "description": parameter.help, "schema": schema })
}

fn schema_of(takes: Takes) -> Json {
    let many = |items: Json| json!({ "type": "array", "items": items });
    match takes {
        Takes::Text => json!({ "type": "string" }),
        Takes::Object => json!({ "type": "object" }),
        Takes::Word(words) => json!({ "type": "string", "enum": words }),
        Takes::Texts => many(json!({ "type": "string" })),
        Takes::Words(words) => many(json!({ "type": "string", "enum": words })),
        Takes::Steps => many(json!({ "oneOf": [
            { "type": "integer", "minimum": 0 }, { "type": "string", "pattern": "^[0-9]+(-[0-9]+)?$" },
        ] })),
        Takes::Uuid => many(json!({ "type": "string", "format": "uuid" })),
        Takes::Number { least, most } => json!({ "type": "integer", "minimum": least, "maximum": most }),
    }
}

/// The schemas that paths name.
pub fn schemas() -> [(String, Json); 1] {
    let text = || json!({ "type": "string" });
    let error =
        object(&[("code", text()), ("message", text()), ("hint", text()), ("details", json!({ "type": "object" }))]);
    [(ERROR.to_owned(), object(&[("error", error)]))]
}

/// An object that has all these keys.
pub fn object(keys: &[(&str, Json)]) -> Json {
    let names: Vec<&str> = keys.iter().map(|(name, _)| *name).collect();
    let properties: Map<String, Json> =
        keys.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({ "type": "object", "properties": properties, "required": names })
}
