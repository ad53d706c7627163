//! Exit codes, by cause; the one place that maps errors to them.

use std::process::ExitCode;

use trueup_connectors::ConnectorError;
use trueup_inventory::InventoryError;
use trueup_jobs::JobError;
use trueup_jobs::store::SyncStatus;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done; for `diff`: both sides are the same.
    Success,
    /// `diff` found differences.
    Different,
    /// `diff` could not compare. (Also clap's code for a command that it does not understand.)
    Trouble,
    /// A job, its kinds or an argument is not usable.
    Configuration,
    /// A source or target could not be read or written.
    Remote,
    /// Checks were against it; nothing was changed.
    Refused,
    /// Not every step was applied, or not all is as it should be.
    Partial,
    /// Somebody stopped it.
    Cancelled,
    /// The program itself failed.
    Internal,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Success => 0,
            Exit::Different => 1,
            Exit::Trouble => 2,
            Exit::Configuration => 3,
            Exit::Remote => 4,
            Exit::Refused => 5,
            Exit::Partial => 6,
            Exit::Cancelled => 7,
            Exit::Internal => 70,
        })
    }
}

impl From<SyncStatus> for Exit {
    fn from(status: SyncStatus) -> Self {
        match status {
            SyncStatus::Completed => Exit::Success,
            SyncStatus::WaitingForApproval => Exit::Refused,
            SyncStatus::CompletedWithFailures => Exit::Partial,
            SyncStatus::Cancelled => Exit::Cancelled,
            SyncStatus::Pending | SyncStatus::Running | SyncStatus::Interrupted | SyncStatus::Failed => Exit::Internal,
        }
    }
}

impl Exit {
    /// By the cause of an error.
    pub fn of(error: &anyhow::Error) -> Self {
        for cause in error.chain() {
            if let Some(error) = cause.downcast_ref::<JobError>() {
                return job(error);
            }
            if let Some(error) = cause.downcast_ref::<InventoryError>() {
                return inventory(error);
            }
            if let Some(error) = cause.downcast_ref::<ConnectorError>() {
                return connector(error);
            }
            if cause.is::<std::io::Error>() {
                return Exit::Remote;
            }
        }
        Exit::Configuration
    }
}

fn job(error: &JobError) -> Exit {
    match error {
        JobError::Load(error) | JobError::LoadTarget(error) => connector(error),
        JobError::Apply { .. }
        | JobError::Hook { .. }
        | JobError::Store { .. }
        | JobError::TimeLimit { .. }
        | JobError::NotReady { .. }
        | JobError::LeaseLost { .. } => Exit::Remote,
        JobError::LeftBehind { why, .. } => job(why),
        JobError::Inventory(error) => inventory(error),
        JobError::NotOpen { .. }
        | JobError::ChecksAgainst { .. }
        | JobError::PlanDamaged { .. }
        | JobError::NoSuchJob { .. }
        | JobError::NotResumable { .. }
        | JobError::NotRunning { .. }
        | JobError::NotUndoable { .. }
        | JobError::TargetBusy { .. }
        | JobError::AskedAlready { .. }
        | JobError::Superseded { .. }
        | JobError::Waits { .. }
        | JobError::JobBusy { .. }
        | JobError::Disabled { .. }
        | JobError::NotPausable { .. }
        | JobError::Tampered { .. } => Exit::Refused,
        JobError::Cancelled { .. } | JobError::Paused { .. } | JobError::SoftTimeLimit { .. } => Exit::Cancelled,
        JobError::StoredStep { .. }
        | JobError::StoredJson { .. }
        | JobError::Panicked { .. }
        | JobError::NoThread { .. } => Exit::Internal,
        JobError::Unreadable { .. }
        | JobError::Malformed { .. }
        | JobError::Variables { .. }
        | JobError::Invalid { .. }
        | JobError::UnknownJob { .. }
        | JobError::Kind(_)
        | JobError::Schema(_)
        | JobError::Choice { .. }
        | JobError::NoSuchSync(_)
        | JobError::NoFlameGraph(_)
        | JobError::NoSuchSchedule(_)
        | JobError::ScheduleTaken { .. }
        | JobError::ScheduleName(_)
        | JobError::Timing(_)
        | JobError::NoSuchPlan(_) => Exit::Configuration,
    }
}

fn connector(error: &ConnectorError) -> Exit {
    match error {
        ConnectorError::Mapping { .. } | ConnectorError::PathTemplate { .. } => Exit::Configuration,
        _ => Exit::Remote,
    }
}

fn inventory(error: &InventoryError) -> Exit {
    match error {
        InventoryError::Models(_)
        | InventoryError::Misfits { .. }
        | InventoryError::Path(_)
        | InventoryError::UnsupportedUrl { .. }
        | InventoryError::BadPostgresUrl { .. } => Exit::Configuration,
        _ => Exit::Remote,
    }
}
