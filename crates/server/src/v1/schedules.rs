//! `/api/v1/schedules/`: jobs that run at times.

use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use trueup_jobs::run::RunMode;
use trueup_jobs::schedule::{Missed, Timing};
use trueup_jobs::store::{NewSchedule, ScheduleRow};
use trueup_jobs::variable::Given;

use super::ask::Ask;
use super::openapi::object;
use super::problem::Problem;
use super::route::{Parameter, Takes};
use super::syncs::{may_run, may_view, number, or_null, text, time};

const fn key(name: &'static str, help: &'static str, takes: Takes) -> Parameter {
    Parameter { name, help, takes }
}

pub static KEYS: [Parameter; 11] = [
    key("name", "What it is called: letters, digits, `-`, `_` and `.`.", Takes::Text),
    key("job", "A job of the server, by its name.", Takes::Text),
    key("variables", "Values of the job's variables by their names.", Takes::Object),
    key("cron", "Times as five fields; this or `every` is needed.", Takes::Text),
    key("zone", "The time zone of `cron`, `UTC` when left out.", Takes::Text),
    key("every", "The time from one run to the next, as in `15m` or `24h`.", Takes::Text),
    key("start", "When the first of these is; now when left out.", Takes::Text),
    key(
        "missed",
        "`skip`, or `catch-up` to make up for times that passed while no worker was there, by one run.",
        Takes::Word(&["skip", "catch-up"]),
    ),
    key("mode", "`dry-run`, or `apply` to have each run apply its plan.", Takes::Word(&["dry-run", "apply"])),
    key("reason", "With `apply`: why plans are to be applied although checks are against them.", Takes::Text),
    key(
        "state",
        "`enabled`, or `disabled` to let it count only once it is enabled.",
        Takes::Word(&["enabled", "disabled"]),
    ),
];

pub async fn list(ask: &Ask) -> Result<Response, Problem> {
    may_view(ask)?;
    let all = ask.app.runner.store().schedules().await?;
    let results: Vec<Json> = all.iter().map(shown).collect();
    Ok(ask.done(&json!({ "results": results })))
}

pub async fn schedule(ask: &Ask) -> Result<Response, Problem> {
    may_view(ask)?;
    Ok(ask.done(&shown(&ask.app.runner.store().schedule(name(ask)).await?)))
}

pub async fn add(ask: &Ask) -> Result<Response, Problem> {
    may_run(ask)?;
    let now = Timestamp::now();
    let (new, given) = read(&ask.body, now)?;
    Ok(ask.done(&shown(&ask.runner().add_schedule(new, &given, now).await?)))
}

pub async fn enable(ask: &Ask) -> Result<Response, Problem> {
    may_run(ask)?;
    Ok(ask.done(&shown(&ask.runner().enable_schedule(name(ask), true, Timestamp::now()).await?)))
}

pub async fn disable(ask: &Ask) -> Result<Response, Problem> {
    may_run(ask)?;
    Ok(ask.done(&shown(&ask.runner().enable_schedule(name(ask), false, Timestamp::now()).await?)))
}

pub async fn remove(ask: &Ask) -> Result<Response, Problem> {
    may_run(ask)?;
    ask.app.runner.store().remove_schedule(name(ask)).await?;
    Ok(ask.done(&json!({ "removed": name(ask) })))
}

fn name(ask: &Ask) -> &str {
    ask.captured.first().map_or("", String::as_str)
}

/// What a body says, all that is wrong with it in one go.
fn read(body: &Map<String, Json>, now: Timestamp) -> Result<(NewSchedule, Given), Problem> {
    let said = |key: &str| body.get(key).and_then(Json::as_str);
    let mut wrong: Vec<(&str, String)> = Vec::new();
    for needed in ["name", "job"] {
        if said(needed).is_none() {
            wrong.push((needed, "it has to be given".to_owned()));
        }
    }
    for (key, with) in [("zone", "cron"), ("start", "every")] {
        if said(key).is_some() && said(with).is_none() {
            wrong.push((key, format!("it goes with `{with}` only")));
        }
    }
    let reason = said("reason").filter(|reason| !reason.trim().is_empty());
    let mode = match (said("mode"), reason) {
        (Some("apply"), None) => RunMode::Apply,
        (Some("apply"), Some(reason)) => RunMode::ApplyApproved(reason.to_owned()),
        (_, None) => RunMode::DryRun,
        (_, Some(_)) => {
            wrong.push(("reason", "it goes with the mode `apply` only".to_owned()));
            RunMode::DryRun
        }
    };
    let timing = match (said("cron"), said("every")) {
        (Some(cron), None) => Some(Timing::cron(cron, said("zone").unwrap_or("UTC"), now)),
        (None, Some(every)) => Some(Timing::every(every, said("start"), now)),
        _ => {
            wrong.push(("cron", "either `cron` or `every` has to be given".to_owned()));
            None
        }
    };
    let timing = match timing.transpose() {
        Ok(timing) => timing,
        Err(error) => {
            wrong.push((error.about(), error.to_string()));
            None
        }
    };
    let Some(timing) = timing.filter(|_| wrong.is_empty()) else { return Err(Problem::keys(wrong)) };
    let missed = if said("missed") == Some("catch-up") { Missed::CatchUp } else { Missed::Skip };
    let enabled = said("state") != Some("disabled");
    let text = |key| said(key).unwrap_or_default().to_owned();
    let variables = body.get("variables").and_then(Json::as_object).cloned().unwrap_or_default();
    let new = NewSchedule { name: text("name"), job: text("job"), mode, timing, missed, enabled };
    Ok((new, Given::from(variables)))
}

fn shown(schedule: &ScheduleRow) -> Json {
    schedule.to_json(Timestamp::now())
}

pub fn list_schema() -> Json {
    object(&[("results", json!({ "type": "array", "items": schema() }))])
}

pub fn schema() -> Json {
    let any = || json!({ "type": "object" });
    object(&[
        ("id", number()),
        ("name", text()),
        ("job", text()),
        ("mode", json!({ "type": "string", "enum": ["dry-run", "apply"] })),
        ("reason", or_null(text())),
        ("variables", any()),
        ("timing", any()),
        ("missed", json!({ "type": "string", "enum": ["skip", "catch-up"] })),
        ("enabled", json!({ "type": "boolean" })),
        ("user", text()),
        ("made_at", time()),
        ("next_at", or_null(time())),
        ("last_at", or_null(time())),
        ("last_sync", or_null(number())),
        ("message", or_null(text())),
        ("upcoming", json!({ "type": "array", "items": text() })),
    ])
}

pub fn removed_schema() -> Json {
    object(&[("removed", text())])
}
