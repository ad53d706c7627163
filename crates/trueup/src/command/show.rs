use serde_json::json;
use trueup_jobs::store::{StepFilter, SyncId};

use super::runner;
use crate::arguments::ShowArguments;
use crate::exit::Exit;
use crate::output::{Output, one_line, print_findings, print_step};

/// Steps, rejected records and withheld changes that are listed; JSON has them all.
const SHOWN: u32 = 50;

pub async fn run(arguments: &ShowArguments, output: &Output) -> anyhow::Result<Exit> {
    let runner = runner(&arguments.database).await?;
    let store = runner.store();
    let sync = store.sync(SyncId(arguments.sync)).await?;
    let rejected = store.rejected(sync.id).await?;
    let (findings, withheld, trouble) = match sync.plan {
        None => Default::default(),
        Some(plan) => {
            let mut trouble = Vec::new();
            for outcome in ["failed", "stale", "blocked", "skipped"] {
                let limit = if output.is_json() { u32::MAX } else { SHOWN };
                let filter = StepFilter { outcome: Some(outcome.to_owned()), limit, ..StepFilter::default() };
                trouble.extend(store.steps(plan, &filter).await?);
            }
            (store.plan_row(plan).await?.findings, store.withheld(plan).await?, trouble)
        }
    };
    let json = json!({
        "sync": sync, "findings": findings, "rejected": rejected, "withheld": withheld, "trouble": trouble,
    });
    output.json(&json)?;
    let kind = if sync.dry_run { "dry run" } else { "sync" };
    output.heading(&format!("{kind} {} of {}: {}", sync.id, sync.job, sync.status));
    output.say(format!("  source     {}", sync.source));
    output.say(format!("  target     {}", sync.target));
    output.say(format!("  started    {}", sync.started_at));
    if let Some(ended) = &sync.ended_at {
        output.say(format!("  ended      {ended}"));
    }
    let d = sync.durations;
    output.say(format!(
        "  seconds    load source {:.3}, load target {:.3}, diff {:.3}, plan {:.3}, apply {:.3}, verify {:.3}",
        d.source_load, d.target_load, d.diff, d.plan, d.apply, d.verify
    ));
    if let Some(summary) = sync.summary {
        output.say(format!(
            "  diff       {} create, {} update, {} delete, {} no change, {} skipped",
            summary.create, summary.update, summary.delete, summary.no_change, summary.skip
        ));
    }
    if let Some(counts) = &sync.outcomes {
        output.say(format!("  applied    {}", one_line(counts)));
    }
    if let Some(message) = &sync.message {
        output.say(format!("  ended with {message}"));
    }
    if let Some(plan) = sync.plan {
        output.say(format!("  plan       {plan}; look: trueup plan show {plan}"));
    }
    print_findings(*output, &findings);
    for (side, place, record, cause) in rejected.iter().take(SHOWN as usize) {
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
    Ok(Exit::Success)
}
