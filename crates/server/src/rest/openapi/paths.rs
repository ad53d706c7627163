//! Every path with the methods that its route has.

use serde_json::{Map, Value as Json, json};
use trueup_inventory::Registry;
use trueup_inventory::model::ContentType;

use super::shape::{self, many, one_or_many};
use super::{change_as, named, new_as, parameters, refusals, shown_as};
use crate::rest::methods::Verb;
use crate::rest::operation::{Operation, Shape};
use crate::rest::route::{Endpoints, KEY, OPEN_API, Route};

/// The paths of the document, in the order of the alphabet.
pub fn all(registry: &Registry, endpoints: &Endpoints) -> Map<String, Json> {
    let mut paths = Map::new();
    for path in endpoints.paths(registry) {
        let Some(route) = endpoints.route(&path) else { continue };
        let mut item = Map::new();
        for verb in route.methods(registry).iter() {
            let found = match &route {
                Route::List(index) => Some(on_list(registry, registry.get(*index), verb)),
                Route::Object { content_type, .. } => on_record(registry.get(*content_type), verb),
                other => {
                    let mut operations = other.operations(registry).iter();
                    operations.find(|operation| operation.verb == verb).map(|one| elsewhere(registry, one))
                }
            };
            if let Some(found) = found {
                item.insert(verb.name().to_ascii_lowercase(), found.into_json(&path, verb));
            }
        }
        if item.is_empty() {
            continue;
        }
        if path.contains(KEY) {
            item.insert("parameters".to_owned(), json!([parameters::named("id")]));
        }
        let path = match path.as_str() {
            "" => "/".to_owned(),
            OPEN_API => format!("/{path}"),
            path => format!("/{path}/"),
        };
        paths.insert(path, Json::Object(item));
    }
    paths
}

/// Records as a table.
fn table() -> (&'static str, Json) {
    ("text/csv", json!({ "type": "string" }))
}

/// One method of a path.
#[derive(Debug, Default)]
struct Described {
    /// The end of its name.
    does: &'static str,
    parameters: Vec<Json>,
    /// By media type.
    takes: Vec<(&'static str, Json)>,
    status: u16,
    /// By media type.
    gives: Vec<(&'static str, Json)>,
    /// Refusals besides those of all requests.
    also: Vec<u16>,
}

const JSON: &str = "application/json";

impl Described {
    fn into_json(self, path: &str, verb: Verb) -> Json {
        let words = path.split(['/', '-', '.']).filter(|word| !word.is_empty() && *word != KEY);
        let name = words.chain([self.does]).collect::<Vec<&str>>().join("_");
        let tag = path.split('/').next().filter(|tag| !tag.is_empty()).unwrap_or("api");
        let mut success = json!({ "description": if self.gives.is_empty() { "Done." } else { "What was asked for." } });
        if !self.gives.is_empty() {
            success["content"] = by_type(self.gives);
        }
        let mut statuses: Vec<u16> = refusals::ANY.into_iter().chain(self.also).collect();
        statuses.extend((verb != Verb::Get).then_some(415));
        statuses.sort_unstable();
        statuses.dedup();
        let mut responses = Map::from_iter([(self.status.to_string(), success)]);
        responses.extend(statuses.into_iter().map(refusals::entry));
        let mut said = json!({ "operationId": name, "tags": [tag] });
        if !self.parameters.is_empty() {
            said["parameters"] = Json::Array(self.parameters);
        }
        if !self.takes.is_empty() {
            said["requestBody"] = json!({ "required": true, "content": by_type(self.takes) });
        }
        said["responses"] = Json::Object(responses);
        said
    }
}

/// Bodies by media type.
fn by_type(bodies: Vec<(&'static str, Json)>) -> Json {
    bodies.into_iter().map(|(media_type, schema)| (media_type.to_owned(), json!({ "schema": schema }))).collect()
}

fn on_list(registry: &Registry, content_type: &ContentType, verb: Verb) -> Described {
    let shown = shown_as(content_type);
    let parameters = parameters::of_view();
    match verb {
        Verb::Get => Described {
            does: "list",
            parameters: parameters::of_list(registry, content_type),
            status: 200,
            gives: vec![(JSON, named(&format!("{}.page", content_type.name()))), table()],
            ..Described::default()
        },
        Verb::Post => Described {
            does: "create",
            parameters,
            takes: vec![(JSON, one_or_many(&new_as(content_type))), table()],
            status: 201,
            gives: vec![(JSON, one_or_many(&shown))],
            ..Described::default()
        },
        Verb::Put => Described {
            does: "bulk_update",
            parameters,
            takes: vec![(JSON, many(&with_id(new_as(content_type)))), table()],
            status: 200,
            gives: vec![(JSON, many(&shown))],
            ..Described::default()
        },
        Verb::Patch => Described {
            does: "bulk_partial_update",
            parameters,
            takes: vec![(JSON, many(&with_id(change_as(content_type)))), table()],
            status: 200,
            gives: vec![(JSON, many(&shown))],
            ..Described::default()
        },
        Verb::Delete => Described {
            does: "bulk_destroy",
            takes: vec![(JSON, many(&with_id(json!({})))), table()],
            status: 204,
            also: vec![409],
            ..Described::default()
        },
    }
}

/// An object of a list, which says which record it is about.
fn with_id(schema: Json) -> Json {
    let id = json!({ "id": { "type": "string", "format": "uuid" } });
    json!({ "allOf": [schema, { "type": "object", "required": ["id"], "properties": id }] })
}

/// Nothing for POST, which no record has.
fn on_record(content_type: &ContentType, verb: Verb) -> Option<Described> {
    let shown = vec![(JSON, shown_as(content_type))];
    let demands = || ["if-match", "if-unmodified-since"].map(parameters::named);
    let parameters: Vec<Json> = parameters::of_view().into_iter().chain(demands()).collect();
    let change = |does, schema| Described {
        does,
        parameters,
        takes: vec![(JSON, schema), table()],
        status: 200,
        gives: shown.clone(),
        also: vec![412],
    };
    Some(match verb {
        Verb::Get => Described {
            does: "retrieve",
            parameters: parameters::of_record(),
            status: 200,
            gives: shown,
            ..Described::default()
        },
        Verb::Put => change("update", new_as(content_type)),
        Verb::Patch => change("partial_update", change_as(content_type)),
        Verb::Delete => Described {
            does: "destroy",
            parameters: demands().to_vec(),
            status: 204,
            also: vec![409, 412],
            ..Described::default()
        },
        Verb::Post => return None,
    })
}

/// An address that is neither a list nor a record.
fn elsewhere(registry: &Registry, operation: &Operation) -> Described {
    let (of_records, of_lists) = match operation.gives {
        Shape::Page(_) | Shape::Members => (true, true),
        Shape::Record(_) => (true, false),
        Shape::Objects | Shape::Numbers => (false, true),
        _ => (false, false),
    };
    let mut gives: Vec<(&str, Json)> =
        shape::schema(registry, operation.gives).map(|schema| (JSON, schema)).into_iter().collect();
    if of_records && of_lists {
        gives.push(table());
    }
    Described {
        does: match operation.verb {
            Verb::Get if of_lists => "list",
            Verb::Get => "retrieve",
            Verb::Post => "create",
            Verb::Put => "update",
            Verb::Patch => "partial_update",
            Verb::Delete => "destroy",
        },
        parameters: match (of_records, of_lists) {
            (_, true) => parameters::of_page(),
            (true, false) => parameters::of_view(),
            (false, false) => Vec::new(),
        },
        takes: shape::schema(registry, operation.takes).map(|schema| (JSON, schema)).into_iter().collect(),
        status: operation.status,
        gives,
        also: operation.also.to_vec(),
    }
}
