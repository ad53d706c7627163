//! Of the history: under SSoT's names in the units that they say, and what SSoT has no name for under ours.

use jiff::Timestamp;
use trueup_engine::diff::Summary;
use trueup_jobs::run::SyncCounts;
use trueup_jobs::store::{Figures, SyncRow, SyncStatus};

use super::exposition::Exposition;

pub fn expose(figures: &Figures, exposition: &mut Exposition) {
    durations(figures, exposition);
    totals(figures, exposition);
    operations(figures, exposition);
    memory(figures, exposition);
    costs(figures, exposition);
    queue(figures, exposition);
}

/// SSoT calls the apply of a plan the sync.
fn ssot(phase: &'static str) -> &'static str {
    if phase == "apply" { "sync" } else { phase }
}

fn durations(figures: &Figures, exposition: &mut Exposition) {
    let help = "Time of each phase of the last sync of a job, and of the whole of it, in seconds.";
    let mut metric = exposition.gauge("nautobot_ssot_duration_seconds", help);
    for sync in &figures.last {
        for (phase, seconds) in sync.durations.named() {
            metric.sample(&[("phase", &format!("{}_time", ssot(phase))), ("job", &sync.job)], seconds);
        }
        if let Some(seconds) = duration(sync) {
            metric.sample(&[("phase", "sync_duration"), ("job", &sync.job)], seconds);
        }
    }
}

/// From its beginning to its end.
fn duration(sync: &SyncRow) -> Option<f64> {
    let (from, to): (Timestamp, Timestamp) = (sync.started_at.parse().ok()?, sync.ended_at.as_ref()?.parse().ok()?);
    Some(((to.as_microsecond() - from.as_microsecond()) as f64 / 1e6).max(0.0))
}

fn totals(figures: &Figures, exposition: &mut Exposition) {
    let mut metric = exposition.gauge("nautobot_ssot_sync_total", "Syncs in the history, all and by status.");
    let all: u64 = figures.by_status.iter().map(|(_, count)| count).sum();
    metric.sample(&[("sync_type", "total_syncs")], all as f64);
    for status in SyncStatus::ALL {
        let kind = format!("{}_syncs", status.as_str().replace('-', "_"));
        metric.sample(&[("sync_type", &kind)], figures.with(status) as f64);
    }
}

fn operations(figures: &Figures, exposition: &mut Exposition) {
    let help = "Differences that the last sync of a job found, or the changes that it made of a plan of before.";
    let mut metric = exposition.gauge("nautobot_ssot_operation_total", help);
    for sync in &figures.last {
        let Some(counts) = sync.summary.map(differences).or_else(|| sync.outcomes.map(changes)) else { continue };
        for (operation, count) in counts {
            metric.sample(&[("job", &sync.job), ("operation", operation)], count as f64);
        }
    }
}

fn differences(summary: Summary) -> [(&'static str, u64); 5] {
    let Summary { create, update, delete, no_change, skip } = summary;
    [("create", create), ("update", update), ("delete", delete), ("no-change", no_change), ("skip", skip)]
}

fn changes(outcomes: SyncCounts) -> [(&'static str, u64); 5] {
    let SyncCounts { created, updated, deleted, .. } = outcomes;
    [("create", created), ("update", updated), ("delete", deleted), ("no-change", 0), ("skip", outcomes.not_applied())]
}

fn memory(figures: &Figures, exposition: &mut Exposition) {
    let help =
        "Memory of the last sync of a job at the end of each phase and at most, in bytes, where it was measured.";
    let mut metric = exposition.gauge("nautobot_ssot_sync_memory_usage_bytes", help);
    for sync in &figures.last {
        let Some(memory) = sync.costs.and_then(|costs| costs.memory) else { continue };
        for (phase, memory) in memory.named() {
            let Some(memory) = memory else { continue };
            for (what, bytes) in [("final", memory.at_end), ("peak", memory.peak)] {
                let phase = format!("{}_memory_{what}", ssot(phase));
                metric.sample(&[("phase", &phase), ("job", &sync.job)], bytes as f64);
            }
        }
    }
}

fn costs(figures: &Figures, exposition: &mut Exposition) {
    let costs = || figures.last.iter().filter_map(|sync| Some((sync.job.as_str(), sync.costs?)));
    let help = "CPU time of each phase of the last sync of a job, in seconds.";
    let mut metric = exposition.gauge("trueup_sync_cpu_seconds", help);
    for (job, costs) in costs() {
        for (phase, seconds) in costs.cpu.named() {
            metric.sample(&[("phase", &format!("{}_time", ssot(phase))), ("job", job)], seconds);
        }
    }
    let mut metric = exposition.gauge("trueup_sync_rows_written", "Rows that the last sync of a job wrote.");
    costs().for_each(|(job, costs)| metric.sample(&[("job", job)], costs.rows_written as f64));
}

fn queue(figures: &Figures, exposition: &mut Exposition) {
    let mut gauge = |name, help, value| exposition.gauge(name, help).sample(&[], value);
    let (waiting, running) = (figures.with(SyncStatus::Pending), figures.with(SyncStatus::Running));
    gauge("trueup_syncs_waiting", "Syncs that wait for a worker.", waiting as f64);
    gauge("trueup_syncs_running", "Syncs that somebody works on.", running as f64);
    let help = "For how long the sync that has waited longest waits, in seconds; 0 when none waits.";
    gauge("trueup_oldest_waiting_seconds", help, figures.longest_wait.unwrap_or(0.0));
}
