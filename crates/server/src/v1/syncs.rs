//! `/api/v1/syncs/`: what jobs have done, are doing and are to do.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value as Json, json};
use trueup_jobs::store::{PlanId, StoredFinding, SyncFilter, SyncId, SyncRow, SyncStatus, WithheldRow};

use super::ask::Ask;
use super::openapi::object;
use super::page::{self, LIMIT, USUAL};
use super::plans;
use super::problem::Problem;
use super::route::{Parameter, Takes, media};
use crate::auth::Right;
use crate::rest::answer;

/// By which permissions to look at syncs and plans, and to act on them, are given.
const SYNC: &str = "nautobot_ssot.sync";

/// The most of each list that stands within a sync or a plan; how many there are stands beside it.
pub const SHOWN: u32 = 100;

pub const STATUSES: &[&str] = &[
    SyncStatus::Pending.as_str(),
    SyncStatus::Running.as_str(),
    SyncStatus::Completed.as_str(),
    SyncStatus::CompletedWithFailures.as_str(),
    SyncStatus::Failed.as_str(),
    SyncStatus::Cancelled.as_str(),
    SyncStatus::Interrupted.as_str(),
    SyncStatus::WaitingForApproval.as_str(),
];

pub static PARAMETERS: [Parameter; 4] = [
    Parameter {
        name: "before",
        help: "Syncs older than this one: the `next` of the page before. From the newest on when left out.",
        takes: Takes::Number { least: 0, most: i64::MAX as usize },
    },
    LIMIT,
    Parameter { name: "job", help: "Of these jobs.", takes: Takes::Texts },
    Parameter { name: "status", help: "With these statuses.", takes: Takes::Words(STATUSES) },
];

/// The caller may look at syncs and plans.
pub fn may_view(ask: &Ask) -> Result<(), Problem> {
    ask.must(Right::View, SYNC)
}

/// The caller may have plans applied, syncs stopped and taken back. They are shown what comes of it, so that they have
/// to be allowed to look at it as well.
pub fn may_run(ask: &Ask) -> Result<(), Problem> {
    ask.must(Right::Run, SYNC)?;
    may_view(ask)
}

pub async fn list(ask: &Ask) -> Result<Response, Problem> {
    may_view(ask)?;
    let (limit, before) = (ask.number(LIMIT.name, USUAL), ask.given_number("before"));
    let filter = SyncFilter {
        jobs: ask.query.all("job").to_vec(),
        statuses: ask.query.all("status").to_vec(),
        before: before.map(SyncId),
        limit: page::one_more(limit),
    };
    let found = ask.app.runner.store().history(&filter).await?;
    Ok(page::keyset(found, limit, |sync: &SyncRow| sync.id.0, before, |sync| json!(sync)))
}

pub async fn sync(ask: &Ask) -> Result<Response, Problem> {
    may_view(ask)?;
    Ok(ask.done(&shown(ask, id(ask)?).await?))
}

pub async fn cancel(ask: &Ask) -> Result<Response, Problem> {
    may_run(ask)?;
    let id = id(ask)?;
    ask.app.runner.store().cancel(id).await?;
    Ok(ask.done(&shown(ask, id).await?))
}

pub async fn pause(ask: &Ask) -> Result<Response, Problem> {
    may_run(ask)?;
    let id = id(ask)?;
    ask.app.runner.store().pause(id).await?;
    Ok(ask.done(&shown(ask, id).await?))
}

pub async fn resume(ask: &Ask) -> Result<Response, Problem> {
    may_run(ask)?;
    let id = id(ask)?;
    ask.app.runner.resume_later(id).await?;
    Ok(ask.done(&shown(ask, id).await?))
}

pub async fn undo(ask: &Ask) -> Result<Response, Problem> {
    may_run(ask)?;
    let report = ask.runner().undo(id(ask)?, &|_| {}).await?;
    Ok(ask.done(&plans::shown(ask, report.plan).await?))
}

pub async fn flame_graph(ask: &Ask) -> Result<Response, Problem> {
    may_view(ask)?;
    let svg = ask.app.runner.store().flame_graph(id(ask)?).await?;
    let mut response = answer::typed(StatusCode::OK, HeaderValue::from_static(media::SVG), svg);
    // It has a script, to zoom and to search, which is to reach nothing else of this server.
    let alone = "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'";
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(alone));
    Ok(response)
}

pub fn flame_graph_schema() -> Json {
    text()
}

/// The sync that the path names.
pub fn id(ask: &Ask) -> Result<SyncId, Problem> {
    ask.id().map(SyncId).map_err(Problem::no_such_sync)
}

/// A sync with what stands beside it.
pub async fn shown(ask: &Ask, id: SyncId) -> Result<Json, Problem> {
    let store = ask.app.runner.store();
    let sync = store.sync(id).await?;
    let beside = Beside::read(ask, id, sync.plan).await?;
    let rejected = store.rejected(id, SHOWN).await?;
    let mut shown = json!(sync);
    shown["findings"] = beside.findings;
    shown["withheld"] = beside.withheld;
    shown["rejected"] = json!({ "count": beside.rejected, "first": rejected });
    Ok(shown)
}

/// What is kept beside a sync and its plan, each as how many there are and the first of them.
pub struct Beside {
    pub findings: Json,
    pub withheld: Json,
    rejected: i64,
}

impl Beside {
    pub async fn read(ask: &Ask, sync: SyncId, plan: Option<PlanId>) -> Result<Self, Problem> {
        let store = ask.app.runner.store();
        let counts = store.kept_counts(sync, plan).await?;
        let (findings, withheld): (Vec<StoredFinding>, Vec<WithheldRow>) = match plan {
            Some(plan) => (store.findings(plan, SHOWN).await?, store.withheld(plan, SHOWN).await?),
            None => (Vec::new(), Vec::new()),
        };
        Ok(Self {
            findings: json!({ "count": counts.findings, "first": findings }),
            withheld: json!({ "count": counts.withheld, "first": withheld }),
            rejected: counts.rejected,
        })
    }

    /// The schemas of findings and of what is left out.
    pub fn schemas() -> [(&'static str, Json); 2] {
        let finding =
            [("severity", text()), ("check", text()), ("subject", text()), ("message", text()), ("advice", text())];
        let withheld = [
            ("action", text()),
            ("record", text()),
            ("place", or_null(text())),
            ("reason", text()),
            ("records", number()),
        ];
        [("findings", counted(&object(&finding))), ("withheld", counted(&object(&withheld)))]
    }
}

pub fn counted(of: &Json) -> Json {
    object(&[("count", number()), ("first", json!({ "type": "array", "items": of }))])
}

pub fn text() -> Json {
    json!({ "type": "string" })
}

pub fn number() -> Json {
    json!({ "type": "integer", "minimum": 0 })
}

pub fn time() -> Json {
    json!({ "type": "string", "format": "date-time" })
}

pub fn or_null(mut schema: Json) -> Json {
    schema["nullable"] = json!(true);
    schema
}

const PHASES: [&str; 6] = ["source_load", "target_load", "diff", "plan", "apply", "verify"];

/// An object whose keys all have values of one type.
fn all(names: &[&'static str], of: &Json) -> Json {
    object(&names.iter().map(|name| (*name, of.clone())).collect::<Vec<_>>())
}

fn seconds() -> Json {
    json!({ "type": "number", "minimum": 0 })
}

/// Counts by outcome.
fn outcomes() -> Json {
    all(
        &["created", "updated", "deleted", "skipped", "failed", "stale", "blocked", "not_chosen", "unverified"],
        &number(),
    )
}

fn costs() -> Json {
    let truth = || json!({ "type": "boolean" });
    object(&[
        ("cpu", all(&PHASES, &seconds())),
        ("memory", or_null(all(&PHASES, &or_null(all(&["final", "peak"], &number()))))),
        ("source_bytes", number()),
        ("target_bytes", number()),
        ("rows_written", number()),
        ("shared", truth()),
        ("flame_graph", truth()),
    ])
}

/// The keys of how far a sync is.
pub fn progress_keys() -> [(&'static str, Json); 3] {
    let share = or_null(json!({ "type": "number", "minimum": 0, "maximum": 1 }));
    let phase = json!({ "type": "string", "enum": PHASES });
    let phase = object(&[("phase", phase), ("records", or_null(number())), ("share", share)]);
    let phases = json!({ "type": "array", "items": phase });
    [("phases", phases), ("steps", or_null(all(&["done", "total"], &number()))), ("outcomes", outcomes())]
}

pub fn keys() -> Vec<(&'static str, Json)> {
    vec![
        ("id", number()),
        ("uuid", json!({ "type": "string", "format": "uuid" })),
        ("job", text()),
        ("source", text()),
        ("target", text()),
        ("dry_run", json!({ "type": "boolean" })),
        ("status", json!({ "type": "string", "enum": STATUSES })),
        ("asked_at", time()),
        ("started_at", time()),
        ("ended_at", or_null(time())),
        ("durations", all(&PHASES, &seconds())),
        ("costs", or_null(costs())),
        ("progress", or_null(object(&progress_keys()))),
        ("summary", or_null(all(&["create", "update", "delete", "no-change", "skip"], &number()))),
        ("source_records", or_null(number())),
        ("target_records", or_null(number())),
        ("outcomes", or_null(outcomes())),
        ("message", or_null(text())),
        ("plan", or_null(number())),
        ("attempts", number()),
        ("request", or_null(json!({ "type": "string", "format": "uuid" }))),
        ("user", or_null(text())),
        ("wanted", or_null(json!({ "type": "string", "enum": ["cancel", "pause", "resume"] }))),
        ("control", json!({ "type": "object" })),
    ]
}

pub fn list_schema() -> Json {
    page::keyset_schema(&object(&keys()))
}

pub fn schema() -> Json {
    let mut keys = keys();
    keys.extend(Beside::schemas());
    keys.push(("rejected", rejected_schema()));
    object(&keys)
}

/// What could not be read.
pub fn rejected_schema() -> Json {
    counted(&object(&[("side", text()), ("place", text()), ("record", text()), ("cause", text())]))
}
