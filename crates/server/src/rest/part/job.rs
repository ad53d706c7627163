//! Jobs: what they take, runs of them, and what those runs have logged.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use trueup_inventory::model::ContentType;
use trueup_inventory::{ListRequest, Reader, RecordId};
use trueup_jobs::JobError;
use trueup_jobs::run::RunMode;
use trueup_jobs::schedule::{Missed, Timing, TimingError};
use trueup_jobs::store::{NewSchedule, SyncId};
use trueup_jobs::variable::{DRYRUN, Given, VariableCause, VariableProblem, list};

use crate::auth::Right;
use crate::error::ApiError;
use crate::rest::call::Call;
use crate::rest::{answer, demand, render, write};

const RESULT: &str = "extras.jobresult";
const LINE: &str = "extras.joblogentry";
const SCHEDULED: &str = "extras.scheduledjob";

/// The only queue that there is: who takes a run is decided by who has its job.
const QUEUE: &str = "default";

/// What the record of a job says.
struct Record {
    name: String,
    dryrun_default: bool,
}

/// What a run of a job may be given.
pub async fn variables(call: &Call, job: &ContentType, id: RecordId) -> Result<Response, ApiError> {
    let record = record(call, job, id).await?;
    let known = call.app.runner.jobs().find(&record.name).map_err(refused)?;
    let variables = list(&known.job.meta(), &known.job.variables());
    Ok(answer::json(StatusCode::OK, Json::from(variables).to_string()))
}

/// Asks for a run. It is done by a worker that has the job, and waits for one.
pub async fn run(call: &Call, job: &ContentType, id: RecordId) -> Result<Response, ApiError> {
    may_run(call, job, id).await?;
    let body = write::body::read(call)?;
    let body = write::body::object(&body)?;
    let record = record(call, job, id).await?;
    check_queue(body)?;
    let runner = call.app.runner.asked_by(&call.caller.user_name);
    let known = runner.enabled(&record.name).await.map_err(refused)?;
    let mut data = data(body)?;
    if data.get(DRYRUN).is_none_or(Json::is_null) {
        data.insert(DRYRUN.to_owned(), Json::Bool(record.dryrun_default));
    }
    let given = Given::from(data);
    let mode = RunMode::of(&*known.job, &given).map_err(refused)?;
    let answer = match schedule(body, Timestamp::now())? {
        Some((name, timing)) => {
            let job = known.name;
            let new = NewSchedule { name, job, mode, timing, missed: Missed::default(), enabled: true };
            let made = runner.add_schedule(new, &given, Timestamp::now()).await.map_err(refused)?;
            json!({ "scheduled_job": scheduled(call, &made.name).await?, "job_result": null })
        }
        None => {
            let sync = runner.request(&known.name, &given, &mode).await.map_err(refused)?;
            json!({ "scheduled_job": null, "job_result": result(call, sync).await? })
        }
    };
    Ok(answer::json(StatusCode::CREATED, answer.to_string()))
}

/// When a job is to be run, with the name of that; nothing when it is to be run now.
fn schedule(body: &Map<String, Json>, now: Timestamp) -> Result<Option<(String, Timing)>, ApiError> {
    let said = match body.get("schedule") {
        None | Some(Json::Null) => return Ok(None),
        Some(Json::Object(said)) => said,
        Some(_) => return Err(wrong("non_field_errors", "Invalid data. Expected a dictionary.")),
    };
    let text = |key: &str| match said.get(key) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
        Some(_) => Err(wrong(key, "Not a valid string.")),
    };
    let required = |key: &str| text(key)?.ok_or_else(|| wrong(key, "This field is required."));
    let start = text("start_time")?;
    let every = |span: &str| Timing::every(span, start, now);
    let timing = match required("interval")? {
        "immediately" => return Ok(None),
        "hourly" => every("1h"),
        "daily" => every("24h"),
        "weekly" => every("168h"),
        "custom" => Timing::cron(required("crontab")?, text("time_zone")?.unwrap_or("UTC"), now),
        "future" => {
            let why =
                "One run at a later time is not scheduled here; ask for it then, or say when it is to be repeated.";
            return Err(wrong("interval", why));
        }
        other => return Err(wrong("interval", &format!("\"{other}\" is not a valid choice."))),
    };
    Ok(Some((required("name")?.to_owned(), timing.map_err(|error| untimely(&error))?)))
}

fn untimely(error: &TimingError) -> ApiError {
    let key = match error.about() {
        "cron" => "crontab",
        "zone" => "time_zone",
        "start" => "start_time",
        _ => "interval",
    };
    wrong(key, &error.to_string())
}

fn wrong(key: &str, why: &str) -> ApiError {
    ApiError::bad_request(json!({ "schedule": { key: [why] } }))
}

/// A schedule, as lists of them show it.
async fn scheduled(call: &Call, name: &str) -> Result<Json, ApiError> {
    let filters = IndexMap::from([("name".to_owned(), vec![name.to_owned()])]);
    let mut reader = call.app.inventory.reader().await?;
    let of_schedule = content_type(call, SCHEDULED)?;
    let found = reader.list(&ListRequest { filters, ..ListRequest::all(of_schedule.index()) }).await?;
    shown(call, &mut reader, of_schedule, &found.ids).await
}

/// What a run has logged, from its beginning.
pub async fn logs(call: &Call, id: RecordId) -> Result<Response, ApiError> {
    let line = content_type(call, LINE)?;
    let request = ListRequest {
        filters: IndexMap::from([("job_result".to_owned(), vec![id.to_string()])]),
        restrict: demand(call, Right::View, line)?,
        ..ListRequest::all(line.index())
    };
    let mut reader = call.app.inventory.reader().await?;
    let found = reader.list(&request).await?;
    let lines = render::objects(&mut reader, &call.view, line, &found.ids).await?;
    Ok(answer::json(StatusCode::OK, format!("[{}]", lines.join(","))))
}

/// A run, in the shape in which clients look at it until it has ended.
async fn result(call: &Call, sync: SyncId) -> Result<Json, ApiError> {
    let row = call.app.runner.store().sync(sync).await?;
    let id = row.uuid.parse().map(RecordId).map_err(|_| ApiError::not_found())?;
    shown(call, &mut call.app.inventory.reader().await?, content_type(call, RESULT)?, &[id]).await
}

fn content_type<'c>(call: &'c Call, name: &str) -> Result<&'c Arc<ContentType>, ApiError> {
    call.app.inventory.registry().content_type(name).map_err(|_| ApiError::not_found())
}

/// A record as lists of its type show it; `null` when it is gone already.
async fn shown(call: &Call, reader: &mut Reader, of: &ContentType, ids: &[RecordId]) -> Result<Json, ApiError> {
    let shown = render::objects(reader, &call.view, of, ids).await?;
    Ok(shown.first().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default())
}

async fn may_run(call: &Call, job: &ContentType, id: RecordId) -> Result<(), ApiError> {
    let restrict = demand(call, Right::Run, job)?;
    if let Some(restriction) = restrict {
        let mut reader = call.app.inventory.reader().await?;
        if reader.allowed(job, &[id], &restriction).await?.is_empty() {
            return Err(ApiError::forbidden());
        }
    }
    Ok(())
}

async fn record(call: &Call, job: &ContentType, id: RecordId) -> Result<Record, ApiError> {
    let mut reader = call.app.inventory.reader().await?;
    let records = reader.records(job, &[id]).await?;
    let record = records.first().ok_or_else(ApiError::not_found)?;
    let value = |field| job.place(field).map(|place| record.value(job, place).to_json()).unwrap_or_default();
    Ok(Record {
        name: value("job_class_name").as_str().unwrap_or_default().to_owned(),
        dryrun_default: value("dryrun_default") == true,
    })
}

fn data(body: &Map<String, Json>) -> Result<Map<String, Json>, ApiError> {
    match body.get("data") {
        None | Some(Json::Null) => Ok(Map::new()),
        Some(Json::Object(data)) => Ok(data.clone()),
        Some(_) => Err(ApiError::bad_request(json!({ "data": ["Job data needs to be a dict"] }))),
    }
}

fn check_queue(body: &Map<String, Json>) -> Result<(), ApiError> {
    for key in ["job_queue", "task_queue"] {
        match body.get(key) {
            None | Some(Json::Null) => {}
            Some(Json::String(queue)) if queue == QUEUE => {}
            Some(other) => {
                let name = other.as_str().map_or_else(|| other.to_string(), str::to_owned);
                return Err(ApiError::bad_request(json!({ key: [format!("\"{name}\" is not a valid choice.")] })));
            }
        }
    }
    Ok(())
}

/// Why a job is not run, as Nautobot says it.
fn refused(error: JobError) -> ApiError {
    match error {
        JobError::Variables { problems, .. } => {
            let mut errors: IndexMap<String, Vec<String>> = IndexMap::new();
            for VariableProblem { variable, cause, message } in problems {
                errors.entry(variable).or_default().push(match cause {
                    VariableCause::Unknown => "Job data contained an unknown property".to_owned(),
                    VariableCause::Missing => "This field is required.".to_owned(),
                    VariableCause::Unfit | VariableCause::Mistake => message,
                });
            }
            ApiError::bad_request(json!({ "errors": errors }))
        }
        JobError::UnknownJob { job, .. } => {
            let why = format!("this program has no job `{job}`; it was taken away, or another program has it");
            ApiError::detail(StatusCode::NOT_FOUND, why)
        }
        JobError::ScheduleTaken { .. } | JobError::ScheduleName(_) => wrong("name", &error.to_string()),
        JobError::Timing(error) => untimely(&error),
        error @ JobError::Invalid { .. } => ApiError::detail(StatusCode::CONFLICT, error.to_string()),
        // Nobody may: so Nautobot says it.
        JobError::Disabled { .. } => ApiError::forbidden(),
        error => error.into(),
    }
}
