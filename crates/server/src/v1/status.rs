//! `GET /api/v1/status/`: the program and its database. Everything in it is known without looking at records.

use axum::response::Response;
use serde_json::{Value as Json, json};
use trueup_inventory::{Dialect, known_version};

use super::ask::Ask;
use super::openapi::object;
use super::problem::Problem;

pub async fn status(ask: &Ask) -> Result<Response, Problem> {
    let inventory = &ask.app.inventory;
    let mut reader = inventory.reader().await?;
    let newest = reader.newest_change().await?;
    let registry = inventory.registry();
    let (started, running) = ask.app.started;
    let status = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "nautobot_version": ask.app.settings.nautobot_version,
        "database": {
            "kind": match inventory.database().dialect() {
                Dialect::Sqlite => "sqlite",
                Dialect::Postgres => "postgresql",
            },
            "schema_version": known_version(),
        },
        "started": format!("{started:.0}"),
        "uptime_seconds": running.elapsed().as_secs(),
        "newest_change": newest.to_string(),
        "counts": {
            "content_types": registry.content_types().count(),
            "lists": registry.content_types().filter(|one| one.endpoint().is_some()).count(),
            "statements": inventory.queries(),
        },
    });
    Ok(ask.done(&status))
}

pub fn schema() -> Json {
    let text = || json!({ "type": "string" });
    let number = || json!({ "type": "integer", "minimum": 0 });
    object(&[
        ("version", text()),
        ("nautobot_version", text()),
        (
            "database",
            object(&[
                ("kind", json!({ "type": "string", "enum": ["sqlite", "postgresql"] })),
                ("schema_version", number()),
            ]),
        ),
        ("started", json!({ "type": "string", "format": "date-time" })),
        ("uptime_seconds", number()),
        ("newest_change", text()),
        ("counts", object(&[("content_types", number()), ("lists", number()), ("statements", number())])),
    ])
}
