//! `GET /api/v1/changes/`: the change log, oldest first, for those who follow it.
//!
//! What a follower has read stays behind its cursor: no change is skipped and none comes twice, whoever writes meanwhile;
//! how that is so stands with [`Reader::changes`](trueup_inventory::Reader::changes).

use axum::response::Response;
use indexmap::IndexMap;
use serde_json::{Map, Value as Json, json};
use trueup_inventory::model::ContentType;
use trueup_inventory::{ChangeCursor, ChangesError, ChangesRequest, Record};

use super::ask::Ask;
use super::openapi::object;
use super::page::{self, AFTER, LIMIT, USUAL};
use super::problem::Problem;
use super::route::{Parameter, Takes};
use crate::rest::render::text::instant_into;

/// The content type of the log, by which permissions are given.
const LOG: &str = "extras.objectchange";
/// In place of a cursor: behind everything that there is now.
const NEWEST: &str = "newest";

const ACTIONS: &[&str] = &["create", "update", "delete"];

pub static PARAMETERS: [Parameter; 6] = [
    AFTER,
    LIMIT,
    Parameter { name: "content_type", help: "Of records of these types, such as `dcim.device`.", takes: Takes::Texts },
    Parameter { name: "action", help: "Of these actions.", takes: Takes::Words(ACTIONS) },
    Parameter { name: "object", help: "Of these records, by id.", takes: Takes::Uuid },
    Parameter { name: "request", help: "Of these requests, by the id that a write was given.", takes: Takes::Uuid },
];

/// Parameters that are filters of the log, under their names there.
const FILTERS: [(&str, &str); 4] = [
    ("content_type", "changed_object_type"),
    ("action", "action"),
    ("object", "changed_object_id"),
    ("request", "request_id"),
];

/// Keys of a change, and the plain fields of the log that they show.
const KEYS: [(&str, &str); 9] = [
    ("time", "time"),
    ("action", "action"),
    ("content_type", "changed_object_type"),
    ("object", "changed_object_id"),
    ("name", "object_repr"),
    ("user", "user_name"),
    ("request", "request_id"),
    ("context", "change_context"),
    ("context_detail", "change_context_detail"),
];

pub async fn changes(ask: &Ask) -> Result<Response, Problem> {
    let restrict = ask.may_view(LOG)?;
    let registry = ask.app.inventory.registry().clone();
    for name in ask.query.all("content_type") {
        registry.content_type(name).map_err(|error| Problem::parameters([("content_type", error.to_string())]))?;
    }
    let mut reader = ask.app.inventory.reader().await?;
    let after = match ask.query.last(AFTER.name) {
        None => None,
        Some(NEWEST) => Some(reader.newest_change().await?),
        Some(text) => Some(text.parse::<ChangeCursor>().map_err(|()| {
            let fault = format!("`{text}` is no cursor; use the `next` of an answer, or `{NEWEST}`");
            Problem::parameters([(AFTER.name, fault)])
        })?),
    };
    let given = |(name, filter): (&str, &str)| {
        let values = ask.query.all(name);
        (!values.is_empty()).then(|| (filter.to_owned(), values.to_vec()))
    };
    let filters: IndexMap<String, Vec<String>> = FILTERS.into_iter().filter_map(given).collect();
    let request = ChangesRequest { filters, restrict, after, limit: ask.number(LIMIT.name, USUAL) };
    let found = reader.changes(&request).await?;
    let log = registry.content_type(LOG).map_err(|_| Problem::forbidden("view", LOG))?;
    let results = found.changes.iter().map(|(cursor, record)| shown(log, *cursor, record)).collect();
    Ok(page::page(results, found.next.to_string(), found.more))
}

impl From<ChangesError> for Problem {
    fn from(error: ChangesError) -> Self {
        match error {
            ChangesError::Ahead { .. } => {
                let hint = "the database is another one, or an older copy of it: read what you keep anew, and begin without \
                            `after`";
                Self {
                    code: "cursor_ahead",
                    hint: hint.to_owned(),
                    ..Self::parameters([(AFTER.name, error.to_string())])
                }
            }
            ChangesError::List(error) => error.into(),
        }
    }
}

fn shown(log: &ContentType, cursor: ChangeCursor, record: &Record) -> Json {
    let plain = |name: &str| {
        let mut text = String::new();
        match log.place(name) {
            Some(place) => match record.microseconds(log, place) {
                Some(time) => instant_into(time, &mut text),
                None => record.json_into(log, place, &mut text),
            },
            None => return Json::Null,
        }
        serde_json::from_str(&text).unwrap_or(Json::Null)
    };
    let mut change = Map::new();
    change.insert("cursor".to_owned(), json!(cursor.to_string()));
    change.insert("id".to_owned(), json!(record.id().to_string()));
    change.extend(KEYS.into_iter().map(|(key, field)| (key.to_owned(), plain(field))));
    let related = plain("related_object_id");
    let part_of = match related {
        Json::Null => Json::Null,
        object => json!({ "content_type": plain("related_object_type"), "object": object }),
    };
    change.insert("part_of".to_owned(), part_of);
    change.insert("data".to_owned(), plain("object_data"));
    Json::Object(change)
}

pub fn schema() -> Json {
    let text = || json!({ "type": "string" });
    let uuid = || json!({ "type": "string", "format": "uuid" });
    let mut part_of = object(&[("content_type", text()), ("object", uuid())]);
    part_of["nullable"] = json!(true);
    let change = object(&[
        ("cursor", text()),
        ("id", uuid()),
        ("time", json!({ "type": "string", "format": "date-time" })),
        ("action", json!({ "type": "string", "enum": ACTIONS })),
        ("content_type", text()),
        ("object", uuid()),
        ("name", text()),
        ("user", text()),
        ("request", uuid()),
        ("context", text()),
        ("context_detail", text()),
        ("part_of", part_of),
        ("data", json!({ "type": "object", "nullable": true })),
    ]);
    page::schema(&change)
}
