//! `/api/v1/plans/`: what a job is to change, step by step, as it was stored and will be applied.

use std::fmt::Display;
use std::str::FromStr;

use axum::response::Response;
use serde_json::{Map, Value as Json, json};
use trueup_engine::plan::{Choice, StepAction};
use trueup_jobs::run::{Approval, Queued};
use trueup_jobs::store::{PlanId, StepFilter, StepRow};

use super::ask::Ask;
use super::openapi::object;
use super::page::{self, LIMIT, USUAL};
use super::problem::Problem;
use super::route::{Parameter, Takes};
use super::syncs::{self, Beside, may_run, may_view, number, or_null, text, time};

const ACTIONS: &[&str] = &[StepAction::Create.as_str(), StepAction::Update.as_str(), StepAction::Delete.as_str()];
const OUTCOMES: &[&str] = &["applied", "skipped", "stale", "failed", "blocked"];

pub static PARAMETERS: [Parameter; 5] = [
    Parameter {
        name: "after",
        help: "Steps behind this position: the `next` of the page before. From the first on when left out.",
        takes: Takes::Number { least: 0, most: i64::MAX as usize },
    },
    LIMIT,
    Parameter { name: "kind", help: "Of records of these kinds.", takes: Takes::Texts },
    Parameter { name: "action", help: "With these actions.", takes: Takes::Words(ACTIONS) },
    Parameter { name: "outcome", help: "With these outcomes.", takes: Takes::Words(OUTCOMES) },
];

pub static KEYS: [Parameter; 4] = [
    Parameter {
        name: "reason",
        help: "Why it is to be applied although checks are against it, or a newer plan is there. It is kept with the plan.",
        takes: Takes::Text,
    },
    Parameter {
        name: "kind",
        help: "Only steps of these kinds, and what they depend on. The others are done with, too: `skipped`.",
        takes: Takes::Texts,
    },
    Parameter {
        name: "action",
        help: "Only steps with these actions; with `kind`, both.",
        takes: Takes::Words(ACTIONS),
    },
    Parameter {
        name: "step",
        help: "The steps at these positions, besides those of `kind` and `action`: 12, or `15-20`.",
        takes: Takes::Steps,
    },
];

/// What a step does, as it is stored, and what stands for what it does not have.
const DONE: [(&str, Json); 9] = [
    ("kind", Json::Null),
    ("key", Json::Null),
    ("action", Json::Null),
    ("before", Json::Null),
    ("after", Json::Null),
    ("parent", Json::Null),
    ("moved", Json::Null),
    ("removes_children", Json::Bool(false)),
    ("depends_on", Json::Array(Vec::new())),
];

pub async fn plan(ask: &Ask) -> Result<Response, Problem> {
    may_view(ask)?;
    Ok(ask.done(&shown(ask, id(ask)?).await?))
}

pub async fn steps(ask: &Ask) -> Result<Response, Problem> {
    may_view(ask)?;
    let (store, id) = (ask.app.runner.store(), id(ask)?);
    let job = ask.app.runner.jobs().get(&store.plan_job(id).await?).map(|known| known.job);
    let (limit, after) = (ask.number(LIMIT.name, USUAL), ask.given_number("after"));
    let filter = StepFilter {
        kinds: ask.query.all("kind").to_vec(),
        actions: ask.query.all("action").to_vec(),
        outcomes: ask.query.all("outcome").to_vec(),
        after,
        limit: page::one_more(limit),
    };
    let found = store.steps(id, &filter).await?;
    // A page of the inventory, or what the job knows; of what is gone there is none.
    let link = |step: &StepRow| {
        if step.action == StepAction::Delete.as_str() && step.outcome.as_deref() == Some("applied") {
            return None;
        }
        match (&step.content_type, &step.object) {
            (Some(content_type), Some(id)) => {
                let content_type = ask.app.inventory.registry().content_type(content_type).ok()?;
                Some(format!("/api/{}/{id}/", content_type.endpoint()?))
            }
            _ => job.as_ref()?.lookup_object(&step.step()?.record),
        }
    };
    Ok(page::keyset(found, limit, |step| step.position, after, |step| step_shown(step, link(step))))
}

pub async fn apply(ask: &Ask) -> Result<Response, Problem> {
    may_run(ask)?;
    let reason = ask.body.get("reason").and_then(Json::as_str).map(str::to_owned);
    let choice = Choice {
        kinds: ask.texts("kind").iter().map(Into::into).collect(),
        actions: parsed(ask, "action")?,
        steps: parsed(ask, "step")?,
    };
    let Queued { sync, pulled_in } = ask.runner().enqueue(id(ask)?, Approval { reason, choice }).await?;
    let mut shown = syncs::shown(ask, sync).await?;
    shown["pulled_in"] =
        json!({ "count": pulled_in.len(), "first": &pulled_in[..pulled_in.len().min(syncs::SHOWN as usize)] });
    Ok(ask.done(&shown))
}

/// What a key of the body says. Nothing of it is left out: without it, every step is meant.
fn parsed<T: FromStr<Err: Display>>(ask: &Ask, key: &'static str) -> Result<Vec<T>, Problem> {
    let all = ask.texts(key).iter().map(|text| text.parse()).collect::<Result<_, T::Err>>();
    all.map_err(|error| Problem::keys([(key, error.to_string())]))
}

fn id(ask: &Ask) -> Result<PlanId, Problem> {
    ask.id().map(PlanId).map_err(Problem::no_such_plan)
}

/// A plan without its steps, which may be a million.
pub async fn shown(ask: &Ask, id: PlanId) -> Result<Json, Problem> {
    let plan = ask.app.runner.store().plan_row(id).await?;
    let beside = Beside::read(ask, plan.sync, Some(id)).await?;
    let mut shown = json!(plan);
    shown["findings"] = beside.findings;
    shown["withheld"] = beside.withheld;
    Ok(shown)
}

fn step_shown(step: &StepRow, link: Option<String>) -> Json {
    let mut shown = Map::new();
    shown.insert("position".to_owned(), json!(step.position));
    for (key, otherwise) in DONE {
        shown.insert(key.to_owned(), step.document.get(key).cloned().unwrap_or(otherwise));
    }
    shown.insert("outcome".to_owned(), json!(step.outcome));
    shown.insert("message".to_owned(), json!(step.message));
    shown.insert("attempts".to_owned(), json!(step.attempts));
    shown.insert("content_type".to_owned(), json!(step.content_type));
    shown.insert("object".to_owned(), json!(step.object));
    shown.insert("link".to_owned(), json!(link));
    Json::Object(shown)
}

pub fn schema() -> Json {
    let count =
        object(&[("kind", text()), ("action", json!({ "type": "string", "enum": ACTIONS })), ("steps", number())]);
    let approval = object(&[
        ("sync", number()),
        ("given_at", time()),
        ("user", text()),
        ("reason", or_null(text())),
        ("chosen", or_null(text())),
    ]);
    let mut keys = vec![
        ("id", number()),
        ("sync", number()),
        ("job", text()),
        ("fingerprint", text()),
        ("status", json!({ "type": "string", "enum": ["open", "started", "applied"] })),
        ("approval", or_null(text())),
        ("approvals", json!({ "type": "array", "items": approval })),
        ("made_at", time()),
        ("undoes", or_null(number())),
        ("steps", number()),
        ("counts", json!({ "type": "array", "items": count })),
    ];
    keys.extend(Beside::schemas());
    object(&keys)
}

/// Of a sync that applies a plan or a part of it.
pub fn asked_schema() -> Json {
    let mut keys = syncs::keys();
    keys.extend(Beside::schemas());
    keys.push(("rejected", syncs::rejected_schema()));
    keys.push(("pulled_in", syncs::counted(&text())));
    object(&keys)
}

pub fn steps_schema() -> Json {
    let values = || json!({ "type": "object", "nullable": true });
    let step = object(&[
        ("position", number()),
        ("kind", text()),
        ("key", json!({ "type": "array", "items": {} })),
        ("action", json!({ "type": "string", "enum": ACTIONS })),
        ("before", values()),
        ("after", values()),
        ("parent", values()),
        ("moved", values()),
        ("removes_children", json!({ "type": "boolean" })),
        ("depends_on", json!({ "type": "array", "items": number() })),
        ("outcome", or_null(json!({ "type": "string", "enum": OUTCOMES }))),
        ("message", or_null(text())),
        ("attempts", number()),
        ("content_type", or_null(text())),
        ("object", or_null(text())),
        ("link", or_null(text())),
    ]);
    page::keyset_schema(&step)
}
