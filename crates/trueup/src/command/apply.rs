use trueup_jobs::store::PlanId;

use super::with_runner;
use crate::app::App;
use crate::arguments::ApplyArguments;
use crate::exit::Exit;
use crate::output::{Output, hint, print_report};

pub async fn run(app: &App, arguments: &ApplyArguments, output: &Output) -> anyhow::Result<Exit> {
    let progress = output.progress();
    let plan = PlanId(arguments.plan);
    if arguments.queue {
        let approval = arguments.approve.as_deref();
        let sync =
            with_runner(app, &arguments.database, async |runner| Ok(runner.enqueue(plan, approval).await?)).await?;
        output.json(&serde_json::json!({"sync": sync, "plan": plan, "status": "pending"}))?;
        output.say(format!("plan {plan} waits for a worker as sync {sync}; see {}", hint(format!("show {sync}"))));
        return Ok(Exit::Success);
    }
    let report = with_runner(app, &arguments.database, async |runner| {
        Ok(runner.apply(plan, arguments.approve.as_deref(), &|event| progress.watch(event)).await?)
    });
    let report = report.await?;
    output.json(&report)?;
    output.heading(&format!("{}, plan {plan}", report.job));
    print_report(*output, &report);
    Ok(report.status.into())
}
