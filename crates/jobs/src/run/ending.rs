//! How a run ended, as it is stored.

use trueup_connectors::with_causes;

use super::phases::Account;
use super::{SyncReport, said};
use crate::JobError;
use crate::job::JobLog;
use crate::store::{Ending, Lease, Store, SyncStatus};

/// Stores how a run ended, and gives that back.
pub(super) async fn store(
    store: &Store,
    lease: &Lease,
    mut account: Account,
    (log, ended): (&JobLog, Result<SyncReport, JobError>),
) -> Result<SyncReport, JobError> {
    if matches!(ended, Err(JobError::Waits { .. })) {
        // It is back where it waited.
        return ended;
    }
    said::end(log, &ended.as_ref());
    // What cannot be stored of the log is lost, and nothing else is.
    let _kept = store.keep_log(lease, log).await;
    if let Some(profiler) = account.profiler.take()
        && let Some(svg) = profiler.flame_graph().await
    {
        account.costs.flame_graph |= store.keep_flame_graph(lease, &svg).await.is_ok();
    }
    account.costs.rows_written += store.rows_written();
    match ended {
        Ok(mut report) => {
            let Account { durations, costs, finished, progress, .. } = account;
            (report.durations, report.costs) = (durations, costs);
            let (status, outcomes, progress) = (report.status, report.outcomes.as_ref(), &progress);
            let ending = Ending { status, durations, costs, progress, outcomes, message: None, finished };
            store.end_sync(lease, &ending).await?;
            Ok(report)
        }
        Err(error) => Err(failed(store, lease, account, error).await),
    }
}

/// Stores that a sync failed before it could begin, and gives the error back.
pub(super) async fn not_begun(store: &Store, lease: &Lease, error: JobError) -> JobError {
    let log = JobLog::default();
    said::end(&log, &Err(&error));
    // What cannot be stored of the log is lost, and nothing else is.
    let _kept = store.keep_log(lease, &log).await;
    failed(store, lease, Account::default(), error).await
}

async fn failed(store: &Store, lease: &Lease, account: Account, error: JobError) -> JobError {
    let Account { durations, costs, progress, begun, outcomes, finished, .. } = account;
    let status = status(&error, finished.is_some());
    // Code that was left behind could not say what it had done; the journal can.
    let outcomes = match outcomes {
        Some(outcomes) => Some(outcomes),
        None if !begun => None,
        None => store.outcomes(lease.sync()).await.ok().flatten(),
    };
    // The first error is the one to tell; that it could not be stored as well follows from it.
    let message = with_causes(&error);
    let (outcomes, progress) = (outcomes.as_ref(), &progress);
    let ending = Ending { status, durations, costs, progress, outcomes, message: Some(&message), finished };
    let _stored = store.end_sync(lease, &ending).await;
    error
}

fn status(error: &JobError, finished: bool) -> SyncStatus {
    match error {
        JobError::LeftBehind { why, .. } => status(why, finished),
        JobError::Cancelled { .. } | JobError::SoftTimeLimit { .. } => SyncStatus::Cancelled,
        // Whoever resumes it does the rest.
        JobError::Paused { .. } => SyncStatus::Interrupted,
        // A worker does the rest when the database is back.
        away if away.is_away() && !finished => SyncStatus::Interrupted,
        _ => SyncStatus::Failed,
    }
}
