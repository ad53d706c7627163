//! The `trueup` program.

mod arguments;
mod command;
mod exit;
mod output;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command, PlanCommand};
use exit::Exit;
use output::Output;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let output = Output::new(arguments.json);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return output.error(&anyhow::Error::new(error).context("the program could not be started")).into();
        }
    };
    let ended = runtime.block_on(run(&arguments, &output));
    ended.unwrap_or_else(|error| output.error(&error)).into()
}

async fn run(arguments: &Arguments, output: &Output) -> anyhow::Result<Exit> {
    match &arguments.command {
        Command::Demo(demo) => command::demo::run(demo, output).await,
        Command::Diff(diff) => command::diff::run(diff, output),
        Command::Run(run) => command::run::run(run, output).await,
        Command::Plan(PlanCommand::Show(show)) => command::plan::show(show, output).await,
        Command::Apply(apply) => command::apply::run(apply, output).await,
        Command::Resume(resume) => command::resume::run(resume, output).await,
        Command::Undo(undo) => command::undo::run(undo, output).await,
        Command::Cancel(cancel) => command::cancel::run(cancel, output).await,
        Command::History(history) => command::history::run(history, output).await,
        Command::Show(show) => command::show::run(show, output).await,
        Command::Worker(worker) => command::worker::run(worker, output).await,
        Command::Serve(serve) => command::serve::run(serve, output).await,
    }
}
