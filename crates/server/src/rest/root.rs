//! What every client finds at the same place: the root, the apps, the status, the content types.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value as Json, json};
use trueup_inventory::model::ContentType;

use super::answer;
use super::call::Call;
use super::page::Paging;
use crate::error::ApiError;
use crate::words::title;

/// Roots that Nautobot's clients expect beside those of our own content types.
pub const APPS: [&str; 16] = [
    "apps",
    "circuits",
    "cloud",
    "data-validation",
    "dcim",
    "extras",
    "graphql",
    "ipam",
    "load-balancers",
    "plugins",
    "status",
    "tenancy",
    "users",
    "virtualization",
    "vpn",
    "wireless",
];

pub fn root(call: &Call) -> Response {
    let urls = APPS.iter().map(|app| ((*app).to_owned(), json!(format!("{}/api/{app}/", call.view.base))));
    answer::json(StatusCode::OK, Json::Object(urls.collect()).to_string())
}

pub fn app(call: &Call, app: &str) -> Response {
    let names = call.app.endpoints.apps().get(app).map_or(&[][..], Vec::as_slice);
    let urls = names.iter().map(|name| (name.clone(), json!(format!("{}/api/{app}/{name}/", call.view.base))));
    answer::json(StatusCode::OK, Json::Object(urls.collect()).to_string())
}

pub fn status(call: &Call) -> Response {
    let status = json!({
        "django-version": "",
        "installed-apps": {},
        "nautobot-version": call.app.settings.full_version(),
        "nautobot-apps": {},
        "plugins": {},
        "python-version": "",
        "celery-workers-running": 0,
        "trueup-version": env!("CARGO_PKG_VERSION"),
    });
    answer::json(StatusCode::OK, status.to_string())
}

pub fn plugins(call: &Call) -> Response {
    let name = if call.path.contains("/apps/") { "installed-apps" } else { "installed-plugins" };
    let mut urls = Map::new();
    urls.insert(name.to_owned(), json!(format!("{}{}{name}/", call.view.base, call.path)));
    answer::json(StatusCode::OK, Json::Object(urls).to_string())
}

/// One content type, under the number that the inventory has given it for good.
fn shown(call: &Call, one: &ContentType) -> Json {
    let number = call.app.inventory.type_numbers().of(one.index());
    json!({
        "id": number,
        "object_type": "contenttypes.contenttype",
        "display": title(one),
        "url": format!("{}/api/extras/content-types/{number}/", call.view.base),
        "app_label": one.app(),
        "model": one.model(),
    })
}

pub fn content_types(call: &Call) -> Result<Response, ApiError> {
    let mut found: Vec<Json> = call.app.inventory.registry().content_types().map(|one| shown(call, one)).collect();
    for (name, values) in call.query.filters() {
        let field = match name.as_str() {
            "id" | "app_label" | "model" => name.as_str(),
            "q" => "display",
            _ => return Err(ApiError::bad_request(json!({ name: ["Unknown filter field"] }))),
        };
        found.retain(|one| {
            let own = one[field].as_str().map_or_else(|| one[field].to_string(), str::to_owned);
            values.iter().any(|value| if name == "q" { own.contains(&value.to_lowercase()) } else { own == *value })
        });
    }
    let paging = Paging::new(&call.query, &call.app.settings);
    let texts: Vec<String> = paging.part(&found).iter().map(Json::to_string).collect();
    Ok(answer::json(StatusCode::OK, paging.answer(&call.url(), &call.query, found.len(), &texts)))
}

pub fn content_type(call: &Call, key: &str) -> Result<Response, ApiError> {
    let inventory = &call.app.inventory;
    let index = key.parse().ok().and_then(|number| inventory.type_numbers().find(number));
    let found = shown(call, inventory.registry().get(index.ok_or_else(ApiError::not_found)?));
    Ok(answer::json(StatusCode::OK, found.to_string()))
}
