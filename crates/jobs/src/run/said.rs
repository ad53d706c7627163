//! What a run says in its log of its own accord.

use trueup_connectors::{LoadReport, with_causes};
use trueup_engine::Snapshot;
use trueup_engine::check::Severity;
use trueup_engine::diff::Summary;

use super::{SyncCounts, SyncReport};
use crate::JobError;
use crate::job::{JobLog, LogLevel};
use crate::store::{NewPlan, PlanId, SyncStatus};

/// So many records are named that something is wrong with; their rows have all of them.
const NAMED: usize = 20;

pub(super) fn load(log: &JobLog, seconds: f64, snapshot: &Snapshot, report: &LoadReport) {
    log.info(format!("{} records in {seconds:.3} s", snapshot.len()));
    for rejected in report.rejected.iter().take(NAMED) {
        log.say(LogLevel::Warning, rejected.cause.to_string(), rejected.place.to_string());
    }
    more(log, report.rejected.len(), "records could not be read");
}

pub(super) fn diff(log: &JobLog, summary: Summary) {
    let Summary { create, update, delete, no_change, skip } = summary;
    log.info(format!("create {create}, update {update}, delete {delete}, no-change {no_change}, skip {skip}"));
}

pub(super) fn plan(log: &JobLog, id: PlanId, plan: &NewPlan<'_>) {
    log.info(format!("plan {id} with {} steps", plan.plan.len()));
    for finding in plan.findings.iter().take(NAMED) {
        let level = match finding.severity {
            Severity::Error => LogLevel::Error,
            Severity::Warning => LogLevel::Warning,
            Severity::Info => LogLevel::Info,
        };
        log.say(level, format!("{}; {}", finding.message, finding.advice), finding.subject.to_string());
    }
    more(log, plan.findings.len(), "findings");
    if !plan.withheld.is_empty() {
        log.warning(format!(
            "{} changes are withheld",
            plan.withheld.iter().map(|withheld| withheld.records).sum::<i64>()
        ));
    }
}

/// How a run ended.
pub(super) fn end(log: &JobLog, ended: &Result<&SyncReport, &JobError>) {
    let report = match ended {
        Ok(report) => report,
        Err(error) => return log.critical(with_causes(*error)),
    };
    if let Some(outcomes) = &report.outcomes {
        let SyncCounts { created, updated, deleted, skipped, failed, stale, blocked, not_chosen, unverified } =
            outcomes;
        let left = if *not_chosen > 0 { format!(", not chosen {not_chosen}") } else { String::new() };
        log.info(format!(
            "created {created}, updated {updated}, deleted {deleted}, skipped {skipped}, failed {failed}, stale {stale}, \
             blocked {blocked}{left}, unverified {unverified}"
        ));
    }
    for trouble in report.trouble.iter().take(NAMED) {
        log.failure(trouble);
    }
    more(log, report.trouble.len(), "steps were not applied");
    match report.status {
        SyncStatus::Completed => log.success("completed"),
        status => log.warning(status.to_string()),
    }
}

fn more(log: &JobLog, all: usize, what: &str) {
    if all > NAMED {
        log.warning(format!("{} more {what}", all - NAMED));
    }
}
