use trueup_engine::plan::Choice;
use trueup_jobs::run::{Approval, Queued};
use trueup_jobs::store::PlanId;

use super::with_runner;
use crate::app::App;
use crate::arguments::ApplyArguments;
use crate::exit::Exit;
use crate::output::{Output, hint, print_pulled_in, print_report};

pub async fn run(app: &App, arguments: &ApplyArguments, output: &Output) -> anyhow::Result<Exit> {
    let progress = output.progress();
    let plan = PlanId(arguments.plan);
    let approval = Approval { reason: arguments.approve.clone(), choice: choice(arguments) };
    if arguments.queue {
        let asked = with_runner(app, &arguments.database, async |runner| {
            Ok(runner.clone().within(arguments.limits.limits()).enqueue(plan, approval).await?)
        });
        let Queued { sync, pulled_in } = asked.await?;
        let json = serde_json::json!({"sync": sync, "plan": plan, "status": "pending", "pulled_in": pulled_in});
        output.json(&json)?;
        print_pulled_in(*output, &pulled_in);
        output.say(format!("plan {plan} waits for a worker as sync {sync}; see {}", hint(format!("show {sync}"))));
        return Ok(Exit::Success);
    }
    let report = with_runner(app, &arguments.database, async |runner| {
        let runner = runner.clone().within(arguments.limits.limits());
        Ok(runner.apply(plan, approval, &|event| progress.watch(event)).await?)
    });
    let report = report.await?;
    output.json(&report)?;
    output.heading(&format!("{}, plan {plan}", report.job));
    print_report(*output, &report);
    Ok(report.status.into())
}

fn choice(arguments: &ApplyArguments) -> Choice {
    Choice {
        kinds: arguments.kinds.iter().map(Into::into).collect(),
        actions: arguments.actions.clone(),
        steps: arguments.steps.clone(),
    }
}
