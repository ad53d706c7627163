use trueup_jobs::run::{Approval, SyncReport};
use trueup_jobs::store::SyncId;

use super::with_runner;
use crate::app::App;
use crate::arguments::UndoArguments;
use crate::exit::Exit;
use crate::output::{Output, print_report};

pub async fn run(app: &App, arguments: &UndoArguments, output: &Output) -> anyhow::Result<Exit> {
    let sync = SyncId(arguments.sync);
    let progress = output.progress();
    let reports: Vec<SyncReport> = with_runner(app, &arguments.database, async |runner| {
        let watch = |event| progress.watch(event);
        let planned = runner.undo(sync, &watch).await?;
        let plan = planned.plan;
        let mut reports = vec![planned];
        if arguments.apply {
            reports.push(runner.apply(plan, Approval::default(), &watch).await?);
        }
        Ok(reports)
    })
    .await?;
    output.heading(&format!("undo of sync {sync}"));
    let mut exit = Exit::Success;
    for report in reports {
        print_report(*output, &report);
        exit = report.status.into();
        if !arguments.apply || !report.dry_run {
            output.json(&report)?;
        }
    }
    Ok(exit)
}
