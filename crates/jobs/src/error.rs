use std::path::PathBuf;

use trueup_connectors::models::BoxError;
use trueup_connectors::{ConnectorError, YamlError};
use trueup_engine::diff::ScopeError;
use trueup_engine::kind::{KindError, SchemaError};
use trueup_engine::plan::{Fingerprint, SelectError, StepDocumentError};
use trueup_inventory::{InventoryError, is_unavailable, no_room};

use crate::job::Known;
use crate::schedule::TimingError;
use crate::store::{PlanStatus, SyncStatus};
use crate::variable::VariableProblem;

/// Why a job could not be run, or what is kept of one could not be read. `Display` says what and where; the cause is
/// the `source`.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    #[error("the job file {} cannot be read", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the job file {} is not well-formed", path.display())]
    Malformed {
        path: PathBuf,
        #[source]
        source: YamlError,
    },
    /// What was given for a job's variables, or how they are declared.
    #[error("the job `{job}` cannot be run with these variables:{}", problems.iter().map(|p| format!("\n  {p}")).collect::<String>())]
    Variables { job: String, problems: Vec<VariableProblem> },
    #[error("there is no job `{job}` in this program; {}", these(known))]
    UnknownJob { job: String, known: Vec<String> },
    #[error("the job `{job}` cannot be run:{}", problems.iter().map(|p| format!("\n  {p}")).collect::<String>())]
    Invalid { job: String, problems: Vec<String> },
    #[error(transparent)]
    Kind(#[from] KindError),
    #[error(transparent)]
    Schema(#[from] SchemaError),
    #[error("the source could not be loaded; nothing was changed")]
    Load(#[source] Box<ConnectorError>),
    #[error("the target could not be loaded; nothing was changed")]
    LoadTarget(#[source] Box<ConnectorError>),
    /// The target or the history failed when steps may have been done already.
    #[error(
        "the apply was broken off; what was done stays done: see `show {sync}`, then `resume {sync}` does \
         the rest, or run the job again, which makes a new plan from what is there now"
    )]
    Apply {
        sync: i64,
        #[source]
        source: Box<ConnectorError>,
    },
    #[error(transparent)]
    Inventory(Box<InventoryError>),
    #[error("the history could not be {doing}{}", no_room(source))]
    Store {
        doing: &'static str,
        #[source]
        source: sqlx::Error,
    },
    #[error("the job `{job}` could not be brought to its end: {hook} failed")]
    Hook {
        job: String,
        hook: &'static str,
        #[source]
        source: BoxError,
    },
    #[error("there is no sync {0}; `history` lists them")]
    NoSuchSync(i64),
    #[error("sync {0} has no flame graph; run its job with `cpu_profiling`: --var cpu_profiling=true")]
    NoFlameGraph(i64),
    #[error("there is no plan {0}; `history` lists the syncs and their plans")]
    NoSuchPlan(i64),
    #[error("there is no schedule `{0}`; `schedule list` lists them")]
    NoSuchSchedule(String),
    #[error("there is a schedule `{name}` already; give this one another name, or remove that one first")]
    ScheduleTaken { name: String },
    #[error("the schedule cannot be called `{0}`; use letters, digits, `-`, `_` and `.`, and not dots alone")]
    ScheduleName(String),
    #[error("the schedule cannot be: {about}: {0}", about = .0.about())]
    Timing(TimingError),
    /// By whoever looks after the inventory.
    #[error(
        "the job `{job}` is switched off, so no run of it can be asked for; switch it on again: set `enabled` of its record \
         in `extras/jobs`"
    )]
    Disabled { job: String },
    #[error("sync {sync} cannot be resumed: {reason}")]
    NotResumable { sync: i64, reason: String },
    #[error("sync {sync} cannot be stopped: it is {status}")]
    NotRunning { sync: i64, status: SyncStatus },
    #[error("sync {sync} cannot be paused: {reason}")]
    NotPausable { sync: i64, reason: String },
    #[error("sync {sync} cannot be undone: {reason}")]
    NotUndoable { sync: i64, reason: String },
    #[error("the code of the job `{job}` panicked: {said}; this is a fault of the job, tell whoever wrote it")]
    Panicked { job: String, said: String },
    /// Somebody asked for it.
    #[error("stopped; what was done stays done: see `show {sync}`")]
    Cancelled { sync: i64 },
    /// Somebody asked for it; it keeps its place.
    #[error("paused; what was done stays done, and `resume {sync}` goes on from there")]
    Paused { sync: i64 },
    #[error(
        "stopped, since its soft time limit of {seconds} s has passed; what was done stays done: see `show {sync}`, and \
         `resume {sync}` does the rest of a plan that was begun"
    )]
    SoftTimeLimit { sync: i64, seconds: f64 },
    #[error(
        "broken off where it was, since its time limit of {seconds} s has passed; what was done stays done: see `show \
         {sync}`, and `resume {sync}` does the rest of a plan that was begun"
    )]
    TimeLimit { sync: i64, seconds: f64 },
    #[error("the job `{job}` did not get ready within its time limit of {seconds} s; there is no sync of it")]
    NotReady { job: String, seconds: f64 },
    /// Code that blocks its thread and cannot be ended.
    #[error(
        "{why}; but the code of the job `{job}` did not come back from the phase `{phase}` and cannot be ended from outside: \
         its thread goes on until this program ends, and the call that it is in may still be carried out; end the program \
         before you resume the sync"
    )]
    LeftBehind { job: String, phase: &'static str, why: Box<JobError> },
    #[error("no thread could be started for the job `{job}`; the system has none left")]
    NoThread {
        job: String,
        #[source]
        source: std::io::Error,
    },
    /// This program was slow or asleep for so long that another one took its place.
    #[error(
        "another program has taken over sync {sync}, since this one gave no sign of life; nothing more was written here"
    )]
    LeaseLost { sync: i64 },
    #[error(
        "plan {plan} is not applied now: sync {sync} is changing the same target; try again when it has ended, or stop it \
         with `cancel {sync}`"
    )]
    TargetBusy { plan: i64, sync: i64 },
    #[error(
        "the run does not begin now: sync {sync} is changing the same target; it waits until that has ended, or stop that \
         one with `cancel {sync}`"
    )]
    Waits { sync: i64 },
    #[error(
        "the job `{job}` is not run now: one sync of it runs at a time, and sync {sync} does; try again when it has ended, \
         or stop it with `cancel {sync}`"
    )]
    JobBusy { job: String, sync: i64 },
    #[error("plan {plan} cannot be applied: {}", why_not_open(*status))]
    NotOpen { plan: i64, status: PlanStatus },
    #[error(
        "plan {plan} cannot be applied: {checks} checks are against it; look at `plan show {plan}`, then approve it \
         with a reason"
    )]
    ChecksAgainst { plan: i64, checks: usize },
    #[error(
        "plan {plan} is asked for already: sync {sync} is {status}; see `show {sync}`, or stop it with `cancel {sync}`"
    )]
    AskedAlready { plan: i64, sync: i64, status: SyncStatus },
    #[error(
        "plan {plan} cannot be applied: plan {by} of the same job was made after it; look at that one, `plan show {by}`, or \
         say with a reason why this one is to be applied all the same"
    )]
    Superseded { plan: i64, by: i64 },
    #[error("plan {plan} cannot be applied in part")]
    Choice {
        plan: i64,
        #[source]
        source: SelectError,
    },
    #[error("plan {plan} cannot be applied: {reason}")]
    PlanDamaged { plan: i64, reason: String },
    #[error(
        "plan {plan} is for a target of the sort `{connector}`, which only its job `{job}` can reach; use the program that \
         has this job"
    )]
    NoSuchJob { plan: i64, job: String, connector: String },
    #[error(
        "plan {plan} was stored with fingerprint {stored}, but its steps now have {found}; the database was changed by \
         hand, so make a new plan"
    )]
    Tampered { plan: i64, stored: Fingerprint, found: Fingerprint },
    #[error("a stored step of plan {plan} cannot be read")]
    StoredStep {
        plan: i64,
        #[source]
        source: Box<StepDocumentError>,
    },
    #[error("what is stored of {what} cannot be read; it was written by another version of trueup, or by hand")]
    StoredJson {
        what: &'static str,
        #[source]
        source: serde_json::Error,
    },
}

impl From<InventoryError> for JobError {
    fn from(error: InventoryError) -> Self {
        Self::Inventory(Box::new(error))
    }
}

impl From<TimingError> for JobError {
    fn from(error: TimingError) -> Self {
        Self::Timing(error)
    }
}

fn these(known: &[String]) -> String {
    if known.is_empty() { "it has none".to_owned() } else { format!("it has: {}", known.join(", ")) }
}

/// Why a plan that is not open is not applied.
fn why_not_open(status: PlanStatus) -> &'static str {
    match status {
        PlanStatus::Started => {
            "its apply is under way, or was broken off; if it does not run any more, `resume` does the rest"
        }
        PlanStatus::Applied => "it is applied; make a new plan",
        PlanStatus::Open => "somebody else was about to take it up; try again",
    }
}

impl JobError {
    /// The scope of a run does not fit the kinds of its job.
    pub(crate) fn scope(job: &str, error: &ScopeError) -> Self {
        Self::Invalid { job: job.to_owned(), problems: error.problems.iter().map(ToString::to_string).collect() }
    }

    pub(crate) fn unknown_job(job: &str, known: &[Known]) -> Self {
        Self::UnknownJob { job: job.to_owned(), known: known.iter().map(|known| known.name.clone()).collect() }
    }

    pub(crate) fn store(doing: &'static str) -> impl Fn(sqlx::Error) -> Self {
        move |source| Self::Store { doing, source }
    }

    /// Whether it comes from a database that is not there for now, and trying again later may help.
    pub(crate) fn is_away(&self) -> bool {
        let causes = std::iter::successors(Some(self as &(dyn std::error::Error + 'static)), |error| error.source());
        causes.into_iter().any(|cause| match cause.downcast_ref::<InventoryError>() {
            Some(error) => error.is_unavailable(),
            None => cause.downcast_ref::<sqlx::Error>().is_some_and(is_unavailable),
        })
    }
}
