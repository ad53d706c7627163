//! OPTIONS: what a client may send, and what a form for it would ask. Ansible's modules and pynautobot's `choices()`
//! read the choices of fields from it.
//!
//! What may be written is told only to callers who may write it.

mod field;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value as Json, json};
use trueup_inventory::model::ContentType;
use trueup_inventory::{RecordId, Registry};

use self::field::Fields;
use super::call::Call;
use super::methods::{Methods, Verb};
use super::operation::Shape;
use super::part::table;
use super::route::Route;
use super::{answer, object};
use crate::auth::{Right, Scope};
use crate::error::ApiError;
use crate::words::capitals;

/// Media types that are answered, or taken.
const JSON: &[&str] = &["application/json"];
const TABLES: &[&str] = &["application/json", "text/csv"];

/// Answers OPTIONS for a route that answers anything.
pub async fn options(call: &Call, route: &Route) -> Result<Response, ApiError> {
    let registry = call.app.inventory.registry();
    let methods = route.methods(registry);
    let (name, renders, parses, actions) = match route {
        Route::List(index) => {
            let content_type = registry.get(*index);
            let name = capitals(content_type.verbose_name_plural());
            (name, TABLES, TABLES, on_list(call, content_type, methods))
        }
        Route::Object { content_type, key } => {
            let content_type = registry.get(*content_type);
            let id = object::find(call, content_type, key).await?;
            let actions = on_object(call, content_type, methods, id).await?;
            (capitals(content_type.verbose_name()), JSON, TABLES, actions)
        }
        Route::Part { content_type, key, part } => {
            let content_type = registry.get(*content_type);
            object::find(call, content_type, key).await?;
            (capitals(&part.replace('-', " ")), JSON, JSON, on_part(call, content_type, part))
        }
        _ => (String::from("trueup"), JSON, JSON, Map::new()),
    };
    let mut body = json!({ "name": name, "description": "", "renders": renders, "parses": parses });
    if !actions.is_empty() {
        body["actions"] = Json::Object(actions);
    }
    Ok(answer::json(StatusCode::OK, body.to_string()))
}

/// What a caller may write, by method.
type Actions = Map<String, Json>;

fn on_list(call: &Call, content_type: &ContentType, methods: Methods) -> Actions {
    let registry = call.app.inventory.registry();
    let rights = [(Verb::Put, Right::Change), (Verb::Post, Right::Add)];
    let allowed = rights
        .into_iter()
        .filter(|(verb, right)| methods.has(*verb) && call.caller.scope(*right, registry, content_type) != Scope::None);
    allowed.map(|(verb, _)| (verb.name().to_owned(), all(registry, content_type))).collect()
}

async fn on_object(
    call: &Call,
    content_type: &ContentType,
    methods: Methods,
    id: RecordId,
) -> Result<Actions, ApiError> {
    let registry = call.app.inventory.registry();
    let allowed = methods.has(Verb::Put)
        && match call.caller.scope(Right::Change, registry, content_type) {
            Scope::None => false,
            Scope::All => true,
            Scope::Some(restriction) => {
                let mut reader = call.app.inventory.reader().await?;
                !reader.allowed(content_type, &[id], &restriction).await?.is_empty()
            }
        };
    let action = allowed.then(|| (Verb::Put.name().to_owned(), all(registry, content_type)));
    Ok(action.into_iter().collect())
}

fn on_part(call: &Call, owner: &ContentType, name: &str) -> Actions {
    let registry = call.app.inventory.registry();
    let operations = table::find(owner, name).map_or(&[][..], |part| part.operations);
    let allowed = operations.iter().filter_map(|operation| {
        let Shape::Fields(of, only) = operation.takes else { return None };
        let content_type = registry.content_type(of).ok()?;
        if call.caller.scope(Right::Add, registry, content_type) == Scope::None {
            return None;
        }
        let mut fields = Fields::new(registry, content_type).all();
        fields.retain(|name, _| only.contains(&name.as_str()));
        Some((operation.verb.name().to_owned(), Json::Object(fields)))
    });
    allowed.collect()
}

fn all(registry: &Registry, content_type: &ContentType) -> Json {
    Json::Object(Fields::new(registry, content_type).all())
}
