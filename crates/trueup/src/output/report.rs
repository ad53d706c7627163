use owo_colors::OwoColorize;
use trueup_engine::check::Severity;
use trueup_jobs::run::{SyncCounts, SyncReport};
use trueup_jobs::store::{StoredFinding, SyncStatus};

use super::{Output, hint, print_measured, table};

/// How many of a list are shown before "and N more".
const SHOWN: usize = 10;

/// What a run came to, for people.
pub fn print_report(output: Output, report: &SyncReport) {
    let source = &report.source;
    if source.records > 0 || source.rows > 0 {
        let files = if source.files > 0 { format!(" in {} files", source.files) } else { String::new() };
        output.say(format!("  source     {} records from {} rows{files}", source.records, source.rows));
    }
    output.say(format!("  target     {} records, {} queries", report.target.records, report.target.queries));
    if report.kinds.is_empty() {
        output.say(format!("  diff       {}", "nothing differs".green()));
    } else {
        print_kinds(output, report);
    }
    print_list(output, "could not be read", &source.rejected);
    print_list(output, "cannot be told apart in the target", &report.target.rejected);
    print_findings(output, &report.findings);
    let withheld: Vec<String> = report.withheld.iter().map(ToString::to_string).collect();
    print_list(output, "left out of the plan", &withheld);
    print_outcome(output, report);
}

/// What an apply came to, without the diff that was shown before.
pub fn print_outcome(output: Output, report: &SyncReport) {
    if let Some(counts) = &report.outcomes {
        output.say(format!("  applied    {}", outcomes(counts)));
        if let Some(rate) = report.creates_per_second {
            output.say(format!("             {rate:.0} creates per second, with validation, change log and journal"));
        }
    }
    print_pulled_in(output, &report.pulled_in);
    print_list(output, "not applied", &report.trouble);
    print_list(output, "not as it should be after the apply", &report.unverified);
    print_measured(output, report.sync, &report.costs);
    output.say(format!("  {}", status(report)));
}

/// The steps that nobody chose, and that chosen ones depend on.
pub fn print_pulled_in(output: Output, steps: &[String]) {
    print_list(output, "steps more, since chosen ones depend on them", steps);
}

fn print_kinds(output: Output, report: &SyncReport) {
    let number = |count: u64| if count == 0 { "·".to_owned() } else { count.to_string() };
    let rows = report
        .kinds
        .iter()
        .map(|(kind, counts)| vec![kind.clone(), number(counts.create), number(counts.update), number(counts.delete)]);
    let summary = report.summary;
    let total = vec!["all".to_owned(), number(summary.create), number(summary.update), number(summary.delete)];
    output.say(table(&["kind", "create", "update", "delete"], rows.chain([total]), true));
    output.say(format!("  no change  {}, skipped {}", summary.no_change, summary.skip));
}

pub fn print_findings(output: Output, findings: &[StoredFinding]) {
    for finding in findings {
        let severity = match finding.severity {
            Severity::Error => "error".red().bold().to_string(),
            Severity::Warning => "warning".yellow().to_string(),
            Severity::Info => "info".to_owned(),
        };
        output.say(format!("  {severity} [{}] {}", finding.check, finding.message));
        output.say(format!("        → {}", finding.advice));
    }
}

fn print_list(output: Output, what: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    output.say(format!("  {} {what}:", items.len()).yellow().to_string());
    for item in items.iter().take(SHOWN) {
        output.say(format!("    {item}"));
    }
    if items.len() > SHOWN {
        output.say(format!("    … and {} more", items.len() - SHOWN));
    }
}

/// Outcomes in a few words.
pub fn one_line(counts: &SyncCounts) -> String {
    outcomes(counts)
}

fn outcomes(counts: &SyncCounts) -> String {
    let SyncCounts { created, updated, deleted, skipped, failed, stale, blocked, not_chosen, unverified } = *counts;
    let parts = [
        (created, "created"),
        (updated, "updated"),
        (deleted, "deleted"),
        (skipped, "skipped"),
        (failed, "failed"),
        (stale, "stale"),
        (blocked, "blocked"),
        (not_chosen, "not chosen"),
        (unverified, "not verified"),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") }
}

fn status(report: &SyncReport) -> String {
    let (sync, plan) = (report.sync, report.plan);
    match report.status {
        SyncStatus::Completed if report.steps == 0 => format!("{} (sync {sync})", "nothing to do".green()),
        SyncStatus::Completed if report.dry_run => format!(
            "{} as plan {plan} with {} steps (sync {sync}); look: {}; apply: {}",
            "planned".cyan().bold(),
            report.steps,
            hint(format!("plan show {plan}")),
            hint(format!("apply {plan}"))
        ),
        SyncStatus::WaitingForApproval => format!(
            "{}: nothing was changed (sync {sync}, plan {plan}); when it is right all the same: {}",
            "stopped by checks".red().bold(),
            hint(format!("apply {plan} --approve \"why\""))
        ),
        SyncStatus::Completed => format!("{} (sync {sync})", "applied and verified".green().bold()),
        SyncStatus::CompletedWithFailures => {
            let see = hint(format!("show {sync}"));
            format!("{} (sync {sync}); see {see}", "applied in part".yellow().bold())
        }
        SyncStatus::Pending
        | SyncStatus::Running
        | SyncStatus::Failed
        | SyncStatus::Cancelled
        | SyncStatus::Interrupted => format!("{} (sync {sync})", report.status.as_str()),
    }
}
