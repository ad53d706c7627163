//! What jobs refuse, in the words of this API: what to do is said by addresses, not by commands.

use axum::http::StatusCode;
use serde_json::json;
use trueup_engine::plan::SelectError;
use trueup_jobs::JobError;
use trueup_jobs::store::PlanStatus;
use trueup_jobs::variable::{VariableCause, VariableProblem};

use super::problem::Problem;

impl Problem {
    pub fn no_such_sync(id: &str) -> Self {
        Self::nothing_of("no_such_sync", "sync", id, "GET /api/v1/syncs/ lists them")
    }

    pub fn no_such_plan(id: &str) -> Self {
        Self::nothing_of("no_such_plan", "plan", id, "GET /api/v1/syncs/ lists syncs with their plans")
    }

    fn not_open(plan: i64, status: PlanStatus) -> Self {
        let hint = if status == PlanStatus::Started {
            "it is being applied, or that was broken off; GET /api/v1/syncs/ tells, and POST /api/v1/syncs/{id}/resume/ does the rest"
        } else {
            "run the job again, which makes a new plan"
        };
        Self::conflict("plan_not_open", format!("plan {plan} cannot be applied: it is {status}"), hint)
    }
}

impl From<JobError> for Problem {
    fn from(error: JobError) -> Self {
        match error {
            JobError::NoSuchSync(id) => Self::no_such_sync(&id.to_string()),
            JobError::NoFlameGraph(id) => {
                let hint = "run its job with the variable `cpu_profiling`";
                Self::nothing_of("no_flame_graph", "flame graph of sync", &id.to_string(), hint)
            }
            JobError::NoSuchPlan(id) => Self::no_such_plan(&id.to_string()),
            JobError::NotOpen { plan, status } => Self::not_open(plan, status),
            JobError::ChecksAgainst { plan, checks } => {
                let message = format!("plan {plan} cannot be applied: {checks} checks are against it");
                let hint = format!(
                    "look at `findings` of GET /api/v1/plans/{plan}/; to have it applied all the same, say why: \
                     {{\"reason\": \"…\"}}"
                );
                Self::conflict("checks_against", message, hint)
            }
            JobError::AskedAlready { plan, sync, status } => {
                let message = format!("plan {plan} is asked for already: sync {sync} is {status}");
                let hint =
                    format!("GET /api/v1/syncs/{sync}/ tells how it goes; POST /api/v1/syncs/{sync}/cancel/ stops it");
                let problem = Self::conflict("asked_already", message, hint);
                Self { details: Box::new(json!({ "sync": sync })), ..problem }
            }
            JobError::Superseded { plan, by } => {
                let message = format!("plan {plan} cannot be applied: plan {by} of the same job was made after it");
                let hint = format!(
                    "look at GET /api/v1/plans/{by}/; to have this one applied all the same, say why: {{\"reason\": \"…\"}}"
                );
                let problem = Self::conflict("superseded", message, hint);
                Self { details: Box::new(json!({ "plan": by })), ..problem }
            }
            JobError::Choice { source, .. } => {
                let key = match source {
                    SelectError::NoSuchKind { .. } => "kind",
                    SelectError::NoSuchStep { .. } | SelectError::NoSteps => "step",
                    SelectError::Nothing => "action",
                };
                Self::keys([(key, source.to_string())])
            }
            JobError::NotRunning { sync, status } => {
                let message = format!("sync {sync} cannot be stopped: it is {status}");
                Self::conflict("sync_not_running", message, "there is nothing to stop any more")
            }
            JobError::NotPausable { .. } => {
                Self::conflict("not_pausable", error.to_string(), "only what runs or waits can be paused")
            }
            JobError::NotResumable { sync, .. } => {
                let hint = format!("GET /api/v1/syncs/{sync}/ tells how it ended, and which plan it has");
                Self::conflict("not_resumable", error.to_string(), hint)
            }
            JobError::NoSuchSchedule(name) => {
                Self::nothing_of("no_such_schedule", "schedule", &name, "GET /api/v1/schedules/ lists them")
            }
            JobError::ScheduleTaken { .. } => {
                let hint = "give it another name, or DELETE that one first";
                Self::conflict("schedule_taken", error.to_string(), hint)
            }
            JobError::ScheduleName(_) => Self::keys([("name", error.to_string())]),
            JobError::Timing(fault) => Self::keys([(fault.about(), fault.to_string())]),
            JobError::Disabled { .. } => {
                let hint = "PATCH /api/extras/jobs/{id}/ with {\"enabled\": true} switches it on again";
                Self::conflict("job_disabled", error.to_string(), hint)
            }
            JobError::Invalid { .. } => {
                let hint = "mend what is wrong in the job, or in what its record at /api/extras/jobs/ says otherwise";
                Self::conflict("job_unusable", error.to_string(), hint)
            }
            JobError::UnknownJob { .. } => Self::keys([("job", error.to_string())]),
            JobError::Variables { problems, .. } => Self::keys(problems.into_iter().map(|problem| {
                let VariableProblem { variable, cause, message } = problem;
                let is_missing = cause == VariableCause::Missing;
                (format!("variables.{variable}"), if is_missing { "it has to be given".to_owned() } else { message })
            })),
            JobError::NotUndoable { sync, .. } => {
                let hint = format!("GET /api/v1/syncs/{sync}/ tells how it ended, and which plan it has");
                Self::conflict("not_undoable", error.to_string(), hint)
            }
            JobError::NoSuchJob { .. } => {
                let hint = "leave it to a server or a worker whose program has the job; this one has not";
                Self::conflict("no_such_job", error.to_string(), hint)
            }
            JobError::Inventory(error) => (*error).into(),
            other => Self::broken(&other),
        }
    }
}

impl Problem {
    /// What is no fault of who asks; the log has the causes.
    fn broken(error: &JobError) -> Self {
        tracing::error!(error = error as &dyn std::error::Error, "a job failed");
        match error {
            JobError::Store { .. } | JobError::LoadTarget(_) => {
                let hint = "try again later; when it stays so, the server's log says more";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", error.to_string(), hint)
            }
            JobError::Tampered { .. } | JobError::PlanDamaged { .. } => {
                Self::conflict("plan_damaged", error.to_string(), "run the job again, which makes a new plan")
            }
            _ => Self { message: error.to_string(), ..Self::failed() },
        }
    }
}
