use trueup_jobs::store::PlanId;

use super::runner;
use crate::arguments::ApplyArguments;
use crate::exit::Exit;
use crate::output::{Output, print_report};

pub async fn run(arguments: &ApplyArguments, output: &Output) -> anyhow::Result<Exit> {
    let runner = runner(&arguments.database).await?;
    let bars = output.bars();
    let plan = PlanId(arguments.plan);
    let report = runner.apply(plan, arguments.approve.as_deref(), &|event| bars.watch(event)).await?;
    output.json(&report)?;
    output.heading(&format!("{}, plan {plan}", report.job));
    print_report(*output, &report);
    Ok(report.status.into())
}
