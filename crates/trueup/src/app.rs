use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;
use trueup_jobs::job::IntoJob;
use trueup_jobs::{JobError, Jobs};

use crate::arguments::{Arguments, Command, NewCommand, PlanCommand};
use crate::command;
use crate::exit::Exit;
use crate::output::Output;

/// The program, with jobs of one's own.
#[derive(Debug, Default)]
pub struct App {
    jobs: Jobs,
    /// Why a job could not be added, told when the program runs.
    refused: Option<JobError>,
}

/// A program that knows no job but those from files.
pub fn app() -> App {
    App::default()
}

impl App {
    /// Adds a [`DataSource`](crate::jobs::DataSource), a [`DataTarget`](crate::jobs::DataTarget) or a
    /// [`Job`](crate::jobs::Job).
    #[must_use]
    pub fn job<As>(mut self, job: impl IntoJob<As>) -> Self {
        if let Err(error) = self.jobs.add(job) {
            self.refused.get_or_insert(error);
        }
        self
    }

    /// Does what the command line says: runs jobs, shows, applies and undoes plans, serves. The exit code says how it went.
    pub fn run(mut self) -> ExitCode {
        let arguments = Arguments::parse();
        let output = Output::new(arguments.json);
        self.jobs = self.jobs.with_folder(&arguments.jobs);
        if let Some(refused) = self.refused.take() {
            return output.error(&anyhow::Error::new(refused)).into();
        }
        let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                return output.error(&anyhow::Error::new(error).context("the program could not be started")).into();
            }
        };
        let ended = runtime.block_on(self.dispatch(&arguments, &output));
        ended.unwrap_or_else(|error| output.error(&error)).into()
    }

    async fn dispatch(&self, arguments: &Arguments, output: &Output) -> anyhow::Result<Exit> {
        match &arguments.command {
            Command::Demo(demo) => command::demo::run(demo, output).await,
            Command::Diff(diff) => command::diff::run(diff, output),
            Command::Jobs(jobs) => command::jobs::run(self, jobs, output),
            Command::New(NewCommand::Job(job)) => command::new::job(job, output),
            Command::Run(run) => command::run::run(self, run, output).await,
            Command::Plan(PlanCommand::Show(show)) => command::plan::show(self, show, output).await,
            Command::Apply(apply) => command::apply::run(self, apply, output).await,
            Command::Resume(resume) => command::resume::run(self, resume, output).await,
            Command::Undo(undo) => command::undo::run(self, undo, output).await,
            Command::Cancel(cancel) => command::cancel::run(self, cancel, output).await,
            Command::History(history) => command::history::run(self, history, output).await,
            Command::Show(show) => command::show::run(self, show, output).await,
            Command::Worker(worker) => command::worker::run(self, worker, output).await,
            Command::Serve(serve) => command::serve::run(self, serve, output).await,
        }
    }

    pub(crate) fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    /// The job of this name, or the one in this file.
    pub(crate) fn find(&self, job: &str) -> anyhow::Result<std::sync::Arc<dyn trueup_jobs::Job>> {
        let known = self.jobs.all();
        if let Some(known) = known.iter().find(|known| known.name == job) {
            return Ok(std::sync::Arc::clone(&known.job));
        }
        let path = std::path::Path::new(job);
        let mut file = trueup_jobs::JobFile::read(path).map_err(anyhow::Error::new);
        if !known.is_empty() && !path.exists() {
            let names: Vec<&str> = known.iter().map(|known| known.name.as_str()).collect();
            file = file.with_context(|| format!("`{job}` is none of this program's jobs: {}", names.join(", ")));
        }
        let file = file?;
        Ok(trueup_jobs::DeclarativeJob::new(file)?.into_job())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    struct Own;

    impl DataSource for Own {
        fn meta(&self) -> JobMeta {
            JobMeta::new("own")
        }

        fn load_source_adapter(&self, _context: &JobContext) -> Result<Box<dyn Source>, JobError> {
            Ok(Box::new(ModelSource::new("none", "nowhere")))
        }
    }

    #[test]
    fn a_file_that_is_there_is_not_taken_for_the_name_of_a_job() {
        let app = App::default().job(Own);
        let told = |job: &str| app.find(job).err().map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(told("own"), "");
        assert_eq!(told("nope"), "`nope` is none of this program's jobs: own");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bad.yaml").display().to_string();
        std::fs::write(&file, "kinds: [").unwrap();
        assert_eq!(told(&file), format!("the job file {file} is not well-formed"));
    }
}
