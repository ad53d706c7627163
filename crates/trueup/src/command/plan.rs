use serde_json::json;
use trueup_jobs::store::{ApprovalRow, PlanId, StepFilter};

use super::with_runner;
use crate::app::App;
use crate::arguments::PlanShowArguments;
use crate::exit::Exit;
use crate::output::{Output, print_findings, print_step, table};

pub async fn show(app: &App, arguments: &PlanShowArguments, output: &Output) -> anyhow::Result<Exit> {
    let PlanShowArguments { plan, kind, action, outcome, limit, after, database } = arguments;
    let filter = StepFilter {
        kinds: kind.iter().cloned().collect(),
        actions: action.iter().cloned().collect(),
        outcomes: outcome.iter().cloned().collect(),
        after: *after,
        limit: *limit,
    };
    let read = with_runner(app, database, async |runner| {
        let row = runner.store().plan_row(PlanId(*plan)).await?;
        let steps = runner.store().steps(row.id, &filter).await?;
        let withheld = runner.store().withheld(row.id, u32::MAX).await?;
        Ok((row, steps, withheld))
    });
    let (row, steps, withheld) = read.await?;
    // Where to look at the records of the steps, as far as the job knows.
    let job = app.jobs().get(&row.job).map(|known| known.job);
    let links: Vec<Option<String>> =
        steps.iter().map(|step| job.as_ref().and_then(|job| job.lookup_object(&step.step()?.record))).collect();
    output.json(&json!({"plan": row, "steps": steps, "links": links, "withheld": withheld}))?;
    output.heading(&format!("plan {} of {} ({}), made {}", row.id, row.job, row.status, row.made_at));
    output.say(format!("  fingerprint {}", row.fingerprint));
    match (&row.approval, row.approvals.as_slice()) {
        (Some(reason), []) => output.say(format!("  approved: {reason}")),
        (_, approvals) => approvals.iter().for_each(|approval| print_approval(*output, approval)),
    }
    let counts = row.counts.iter().map(|count| vec![count.kind.clone(), count.action.clone(), count.steps.to_string()]);
    if !row.counts.is_empty() {
        output.say(table(&["kind", "action", "steps"], counts, false));
    }
    print_findings(*output, &row.findings);
    for withheld in withheld.iter().take(*limit as usize) {
        output.say(format!("  left out: {withheld}"));
    }
    for (step, link) in steps.iter().zip(&links) {
        print_step(*output, step);
        if let Some(link) = link {
            output.say(format!("      {link}"));
        }
    }
    let last = steps.last().filter(|last| last.position + 1 < row.steps);
    if let Some(last) = last {
        output.say(format!(
            "  … {} of {} steps; filter with --kind, --action, --outcome, or page with --after {}",
            steps.len(),
            row.steps,
            last.position
        ));
    }
    Ok(Exit::Success)
}

fn print_approval(output: Output, approval: &ApprovalRow) {
    let ApprovalRow { sync, given_at, user, reason, chosen } = approval;
    let steps = chosen.as_ref().map_or_else(|| "all steps".to_owned(), |steps| format!("steps {steps}"));
    let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    output.say(format!("  approved by {user}, {given_at}, sync {sync}, {steps}{reason}"));
}
