use std::path::Path;

use anyhow::Context as _;
use serde_json::json;
use trueup_jobs::store::{
    LogRow, RejectedRow, StepFilter, StepRow, Store, StoredFinding, SyncId, SyncRow, WithheldRow,
};

use super::with_runner;
use crate::app::App;
use crate::arguments::ShowArguments;
use crate::exit::Exit;
use crate::output::{Output, hint, one_line, print_costs, print_findings, print_progress, print_step};

/// Steps, rejected records and withheld changes that are listed; JSON has them all.
const SHOWN: u32 = 50;

/// What is kept of one sync.
struct Kept {
    sync: SyncRow,
    findings: Vec<StoredFinding>,
    rejected: Vec<RejectedRow>,
    withheld: Vec<WithheldRow>,
    trouble: Vec<StepRow>,
    log: Vec<LogRow>,
}

async fn read(store: &Store, sync: SyncId, log: bool, limit: u32) -> anyhow::Result<Kept> {
    let sync = store.sync(sync).await?;
    let log = if log { store.log(sync.id, u32::MAX).await? } else { Vec::new() };
    let rejected = store.rejected(sync.id, u32::MAX).await?;
    let mut kept = Kept { sync, findings: Vec::new(), rejected, withheld: Vec::new(), trouble: Vec::new(), log };
    if let Some(plan) = kept.sync.plan {
        kept.findings = store.findings(plan, u32::MAX).await?;
        kept.withheld = store.withheld(plan, u32::MAX).await?;
        // Of those that nobody chose there may be many, and they are no trouble.
        let skipped = kept.sync.outcomes.is_some_and(|counts| counts.skipped > 0);
        let outcomes = ["failed", "stale", "blocked"].into_iter().chain(skipped.then_some("skipped"));
        for outcome in outcomes {
            let filter = StepFilter { outcomes: vec![outcome.to_owned()], limit, ..StepFilter::default() };
            kept.trouble.extend(store.steps(plan, &filter).await?);
        }
    }
    Ok(kept)
}

/// Writes the flame graph of a sync into a file.
async fn flame_graph(app: &App, arguments: &ShowArguments, file: &Path) -> anyhow::Result<()> {
    let sync = SyncId(arguments.sync);
    let svg = with_runner(app, &arguments.database, async |runner| Ok(runner.store().flame_graph(sync).await?)).await?;
    std::fs::write(file, svg).with_context(|| format!("the flame graph cannot be written to {}", file.display()))
}

pub async fn run(app: &App, arguments: &ShowArguments, output: &Output) -> anyhow::Result<Exit> {
    if let Some(file) = &arguments.flame_graph {
        flame_graph(app, arguments, file).await?;
        output.json(&json!({ "sync": arguments.sync, "flame_graph": file }))?;
        output.say(format!("wrote {}; a browser shows it, and zooms where you click", file.display()));
        return Ok(Exit::Success);
    }
    let limit = if output.is_json() { u32::MAX } else { SHOWN };
    let kept = with_runner(app, &arguments.database, async |runner| {
        read(runner.store(), SyncId(arguments.sync), arguments.log, limit).await
    });
    let Kept { sync, findings, rejected, withheld, trouble, log } = kept.await?;
    let json = json!({
        "sync": sync, "findings": findings, "rejected": rejected, "withheld": withheld, "trouble": trouble, "log": log,
    });
    output.json(&json)?;
    let kind = if sync.dry_run { "dry run" } else { "sync" };
    output.heading(&format!("{kind} {} of {}: {}", sync.id, sync.job, sync.status));
    if let Some(wanted) = &sync.wanted {
        output.say(format!("  wanted     {wanted}"));
    }
    output.say(format!("  source     {}", sync.source));
    output.say(format!("  target     {}", sync.target));
    if let Some(user) = &sync.user {
        output.say(format!("  asked by   {user}"));
    }
    output.say(format!("  started    {}", sync.started_at));
    if let Some(ended) = &sync.ended_at {
        output.say(format!("  ended      {ended}"));
    }
    print_costs(*output, sync.id, &sync.durations, sync.costs.as_ref());
    if let Some(summary) = sync.summary {
        output.say(format!(
            "  diff       {} create, {} update, {} delete, {} no change, {} skipped",
            summary.create, summary.update, summary.delete, summary.no_change, summary.skip
        ));
    }
    if let Some(counts) = &sync.outcomes {
        output.say(format!("  applied    {}", one_line(counts)));
    }
    if let Some(progress) = sync.progress.as_ref().filter(|_| sync.status.goes_on()) {
        print_progress(*output, progress);
    }
    if let Some(message) = &sync.message {
        output.say(format!("  ended with {message}"));
    }
    if let Some(plan) = sync.plan {
        output.say(format!("  plan       {plan}; look: {}", hint(format!("plan show {plan}"))));
    }
    print_findings(*output, &findings);
    for RejectedRow { side, place, record, cause } in rejected.iter().take(SHOWN as usize) {
        output.say(format!("  not read ({side}): {place}: {record}: {cause}"));
    }
    for withheld in withheld.iter().take(SHOWN as usize) {
        output.say(format!("  left out: {withheld}"));
    }
    let more = rejected.len().saturating_sub(SHOWN as usize) + withheld.len().saturating_sub(SHOWN as usize);
    if more > 0 {
        output.say(format!("  … and {more} more; --json has them all"));
    }
    trouble.iter().for_each(|step| print_step(*output, step));
    for LogRow { at, level, grouping, message, about } in &log {
        let about = if about.is_empty() { String::new() } else { format!(" ({about})") };
        output.say(format!("  {at}  {:8} {grouping}: {message}{about}", level.as_str()));
    }
    Ok(Exit::Success)
}
