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

/// Times that are shown of a schedule.
const UPCOMING: usize = 3;

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
        Takes::Text,
    ),
    key("mode", "`dry-run`, or `apply` to have each run apply its plan.", Takes::Text),
    key("reason", "With `apply`: why plans are to be applied although checks are against them.", Takes::Text),
    key("state", "`enabled`, or `disabled` to let it count only once it is enabled.", Takes::Text),
];

pub async fn list(ask: &Ask) -> Result<Response, Problem> {
    may_view(ask)?;
    let all = ask.app.runner.store().schedules().await?;
    let results: Vec<Json> = all.iter().map(shown).collect::<Result<_, _>>()?;
    Ok(ask.done(&json!({ "results": results })))
}

pub async fn schedule(ask: &Ask) -> Result<Response, Problem> {
    may_view(ask)?;
    Ok(ask.done(&shown(&ask.app.runner.store().schedule(name(ask)).await?)?))
}

pub async fn add(ask: &Ask) -> Result<Response, Problem> {
    may_run(ask)?;
    let now = Timestamp::now();
    let (new, given) = read(&ask.body, now)?;
    Ok(ask.done(&shown(&ask.runner().add_schedule(new, &given, now).await?)?))
}

pub async fn enable(ask: &Ask) -> Result<Response, Problem> {
    may_run(ask)?;
    Ok(ask.done(&shown(&ask.runner().enable_schedule(name(ask), true, Timestamp::now()).await?)?))
}

pub async fn disable(ask: &Ask) -> Result<Response, Problem> {
    may_run(ask)?;
    Ok(ask.done(&shown(&ask.runner().enable_schedule(name(ask), false, Timestamp::now()).await?)?))
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
    let missed = one_of(said("missed"), &[("skip", Missed::Skip), ("catch-up", Missed::CatchUp)]);
    let enabled = one_of(said("state"), &[("enabled", true), ("disabled", false)]);
    let apply = one_of(said("mode"), &[("dry-run", false), ("apply", true)]);
    let timing = match (said("cron"), said("every")) {
        (Some(cron), None) => Timing::cron(cron, said("zone").unwrap_or("UTC"), now).map_err(|error| ("cron", error)),
        (None, Some(every)) => Timing::every(every, said("start"), now).map_err(|error| ("every", error)),
        _ => {
            wrong.push(("cron", "either `cron` or `every` has to be given".to_owned()));
            Timing::every("24h", None, now).map_err(|error| ("every", error))
        }
    };
    for (key, fault) in
        [("missed", missed.as_ref().err()), ("state", enabled.as_ref().err()), ("mode", apply.as_ref().err())]
    {
        wrong.extend(fault.map(|fault| (key, fault.clone())));
    }
    wrong.extend(timing.as_ref().err().map(|(key, error)| (*key, error.to_string())));
    let (Ok(missed), Ok(enabled), Ok(apply), Ok(timing), true) = (missed, enabled, apply, timing, wrong.is_empty())
    else {
        return Err(Problem::keys(wrong));
    };
    let mode = match (apply, said("reason").filter(|reason| !reason.trim().is_empty())) {
        (false, _) => RunMode::DryRun,
        (true, None) => RunMode::Apply,
        (true, Some(reason)) => RunMode::ApplyApproved(reason.to_owned()),
    };
    let text = |key| said(key).unwrap_or_default().to_owned();
    let variables = body.get("variables").and_then(Json::as_object).cloned().unwrap_or_default();
    let new = NewSchedule { name: text("name"), job: text("job"), mode, timing, missed, enabled };
    Ok((new, Given::from(variables)))
}

/// What a word stands for; the first when there is none.
fn one_of<T: Copy>(word: Option<&str>, words: &[(&str, T)]) -> Result<T, String> {
    let Some(word) = word else { return Ok(words[0].1) };
    let names = || words.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let found = words.iter().find(|(name, _)| *name == word);
    found.map(|(_, of)| *of).ok_or_else(|| format!("`{word}` is none of {}", names()))
}

fn shown(schedule: &ScheduleRow) -> Result<Json, Problem> {
    let times = schedule.upcoming(Timestamp::now(), UPCOMING);
    let times = times.map_err(|error| trueup_jobs::JobError::Timing(error.to_string()))?;
    let mut shown = json!(schedule);
    shown["upcoming"] = times.into_iter().map(|time| schedule.timing.shown(time)).collect();
    Ok(shown)
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
        ("mode", json!({})),
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
