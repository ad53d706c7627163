pub mod limits;
pub mod schedule;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use trueup_engine::plan::{StepAction, StepRange};
use trueup_server::MetricsAccess;

use limits::LimitArguments;
use schedule::ScheduleCommand;

/// Keep systems in agreement with a single source of truth.
///
/// A job loads records from a source and a target, computes the exact difference, makes a plan that you can review, and
/// applies it safely. Start with `demo`.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
pub struct Arguments {
    /// Print JSON instead of text
    #[arg(long, global = true)]
    pub json: bool,
    /// Folder of job files, which are jobs of the program by their names; there need be none
    #[arg(long, global = true, env = "TRUEUP_JOBS", value_name = "FOLDER", default_value = "jobs")]
    pub jobs: PathBuf,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show a first sync, a change and a bad day, on the data of a retail network
    Demo(DemoArguments),
    /// Compare two files or folders of records, without any database
    Diff(DiffArguments),
    /// List the jobs of this program, or say what one takes
    Jobs(JobsArguments),
    /// Begin something of your own
    #[command(subcommand)]
    New(NewCommand),
    /// Run a job: load, diff, plan, check, and with --apply change the inventory
    Run(RunArguments),
    /// Look at plans
    #[command(subcommand)]
    Plan(PlanCommand),
    /// Apply a plan that was made before, exactly as it was shown
    Apply(ApplyArguments),
    /// Do the rest of a sync that was broken off, or of all whose program is gone
    Resume(ResumeArguments),
    /// Make the plan that takes back what a sync applied
    Undo(UndoArguments),
    /// Stop a sync between two batches; what was done stays done
    Cancel(CancelArguments),
    /// Stop a sync before its next batch; it keeps its place until it is resumed
    Pause(PauseArguments),
    /// Have jobs run at times
    #[command(subcommand)]
    Schedule(ScheduleCommand),
    /// List the syncs, newest first
    History(HistoryArguments),
    /// Show one sync
    Show(ShowArguments),
    /// Do what is asked for with `run --queue` and `apply --queue` or over the API, and finish what broken-off programs left
    Worker(WorkerArguments),
    /// Serve the inventory over HTTP, as Nautobot's clients speak it
    Serve(ServeArguments),
}

#[derive(Debug, Subcommand)]
pub enum PlanCommand {
    /// Show a plan: its findings and its steps
    Show(PlanShowArguments),
}

#[derive(Debug, Args)]
pub struct DemoArguments {
    /// End after the third day instead of telling how to go on
    #[arg(long)]
    pub once: bool,
    /// Folder for the demo's files and inventory [default: a fresh temporary folder]
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct DiffArguments {
    /// What is right: a file or a folder of records, one JSON object a line
    pub source: PathBuf,
    /// What is compared with it
    pub target: PathBuf,
    /// Declared kinds, in YAML or JSON; without it, kinds are learnt from the records
    #[arg(long, value_name = "FILE")]
    pub kinds: Option<PathBuf>,
    /// What is printed [default: text, or with --json json]
    #[arg(long, value_enum)]
    pub format: Option<DiffFormat>,
    /// One of DiffSync's global flags, such as SKIP_UNMATCHED_DST; may be given more than once
    #[arg(long = "flag", value_name = "NAME")]
    pub flags: Vec<String>,
    /// Print what each step cost, one JSON line a step, instead of the difference
    #[arg(long)]
    pub stats: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// What differs, as DiffSync prints it
    Text,
    /// What differs, in DiffSync's dict form
    Json,
    /// How much differs
    Summary,
}

/// Where the inventory and the history are.
#[derive(Debug, Args)]
pub struct DatabaseArguments {
    /// The inventory: a file, made when it is missing, or postgres://user:password@host/name
    // A password in the environment is not shown in the help.
    #[arg(long, env = "TRUEUP_DATABASE", hide_env_values = true, value_name = "URL", default_value = "trueup.db")]
    pub database: String,
    /// Folder of your own content types, one file `*.yaml` each; there need be none
    #[arg(long, env = "TRUEUP_MODELS", value_name = "FOLDER", default_value = "models")]
    pub models: PathBuf,
}

#[derive(Debug, Subcommand)]
pub enum NewCommand {
    /// Write a crate with a job in Rust and its tests
    Job(NewJobArguments),
}

#[derive(Debug, Args)]
pub struct NewJobArguments {
    /// What the job is called, in kebab-case; also the name of its crate
    pub name: String,
    /// Folder for the crate [default: one of that name, here]
    #[arg(long, value_name = "DIR")]
    pub path: Option<PathBuf>,
    /// Folder of the crate trueup that it depends on [default: the one that this program was built from]
    #[arg(long, value_name = "DIR")]
    pub trueup: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct JobsArguments {
    /// A job of this program, or a job file
    pub job: Option<String>,
}

#[derive(Debug, Args)]
pub struct RunArguments {
    /// A job of this program, or a job file
    pub job: String,
    /// Stop with a plan; the target is not touched (the default)
    #[arg(long, group = "how")]
    pub dry_run: bool,
    /// Apply the plan, unless checks are against it
    #[arg(long, group = "how")]
    pub apply: bool,
    /// Apply the plan although checks are against it; the reason is kept with the plan
    #[arg(long, group = "how", value_name = "REASON")]
    pub approve: Option<String>,
    /// Leave it to a worker, or to the server, that has the job
    #[arg(long)]
    pub queue: bool,
    /// A value for one of the job's vars; may be given more than once
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = variable)]
    pub vars: Vec<(String, String)>,
    #[command(flatten)]
    pub limits: LimitArguments,
    #[command(flatten)]
    pub database: DatabaseArguments,
}

#[derive(Debug, Args)]
pub struct PlanShowArguments {
    /// The plan, by its number
    pub plan: i64,
    /// Only steps of this kind
    #[arg(long)]
    pub kind: Option<String>,
    /// Only these steps: create, update or delete
    #[arg(long)]
    pub action: Option<String>,
    /// Only steps with this outcome: applied, skipped, failed, stale or blocked
    #[arg(long)]
    pub outcome: Option<String>,
    /// How many steps to show
    #[arg(long, default_value_t = 50)]
    pub limit: u32,
    /// Only steps behind the one at this position
    #[arg(long)]
    pub after: Option<i64>,
    #[command(flatten)]
    pub database: DatabaseArguments,
}

#[derive(Debug, Args)]
pub struct ApplyArguments {
    /// The plan, by its number
    pub plan: i64,
    /// Apply although checks are against it, or a newer plan is there; the reason is kept with the plan
    #[arg(long, value_name = "REASON")]
    pub approve: Option<String>,
    /// Only steps of this kind, and what they depend on; may be given more than once
    #[arg(long = "kind", value_name = "KIND")]
    pub kinds: Vec<String>,
    /// Only steps that do this: create, update or delete; with --kind, only those that do both; may be given more than once
    #[arg(long = "action", value_name = "ACTION", value_parser = str::parse::<StepAction>)]
    pub actions: Vec<StepAction>,
    /// These steps, such as 12 or 15-20, besides those of --kind and --action; may be given more than once
    #[arg(long = "step", value_name = "STEPS")]
    pub steps: Vec<StepRange>,
    /// Leave it to a worker, or to the server
    #[arg(long)]
    pub queue: bool,
    #[command(flatten)]
    pub limits: LimitArguments,
    #[command(flatten)]
    pub database: DatabaseArguments,
}

#[derive(Debug, Args)]
pub struct WorkerArguments {
    #[command(flatten)]
    pub database: DatabaseArguments,
    /// Address at which to answer `/metrics` and `/health`; port 0 takes any that is free [default: none]
    #[arg(long, env = "TRUEUP_METRICS", value_name = "ADDR")]
    pub metrics: Option<String>,
    #[command(flatten)]
    pub metrics_access: MetricsArguments,
    #[command(flatten)]
    pub log: LogArguments,
}

/// Who is told the metrics.
#[derive(Debug, Args)]
pub struct MetricsArguments {
    /// Tell the metrics only to those who have a token
    #[arg(long, env = "TRUEUP_METRICS_AUTHENTICATED")]
    pub metrics_authenticated: bool,
}

impl MetricsArguments {
    pub fn access(&self) -> MetricsAccess {
        if self.metrics_authenticated { MetricsAccess::Tokens } else { MetricsAccess::Anybody }
    }
}

/// How the program logs.
#[derive(Debug, Args)]
pub struct LogArguments {
    /// Form of the log, which goes to standard error; RUST_LOG says how much
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
}

#[derive(Debug, Args)]
pub struct ResumeArguments {
    /// The sync [default: every sync whose program is gone]
    pub sync: Option<i64>,
    /// Leave it to a worker, or to the server
    #[arg(long, requires = "sync")]
    pub queue: bool,
    #[command(flatten)]
    pub limits: LimitArguments,
    #[command(flatten)]
    pub database: DatabaseArguments,
}

#[derive(Debug, Args)]
pub struct UndoArguments {
    /// The sync whose changes are to be taken back
    pub sync: i64,
    /// Apply the plan as well
    #[arg(long)]
    pub apply: bool,
    #[command(flatten)]
    pub database: DatabaseArguments,
}

#[derive(Debug, Args)]
pub struct PauseArguments {
    /// The sync, by its number
    pub sync: i64,
    #[command(flatten)]
    pub database: DatabaseArguments,
}

#[derive(Debug, Args)]
pub struct CancelArguments {
    /// The sync, by its number
    pub sync: i64,
    #[command(flatten)]
    pub database: DatabaseArguments,
}

#[derive(Debug, Args)]
pub struct ServeArguments {
    #[command(flatten)]
    pub database: DatabaseArguments,
    /// Address to listen at; port 0 takes any that is free
    #[arg(long, env = "TRUEUP_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDR")]
    pub listen: String,
    /// Key of an administrator's API token, made when it is not there: 40 hexadecimal digits
    #[arg(long, env = "TRUEUP_SUPERUSER_API_TOKEN", hide_env_values = true, value_name = "KEY")]
    pub superuser_api_token: Option<String>,
    /// Name of that administrator
    #[arg(long, env = "TRUEUP_SUPERUSER_NAME", default_value = "admin", value_name = "NAME")]
    pub superuser_name: String,
    #[command(flatten)]
    pub metrics: MetricsArguments,
    /// Leave syncs that are asked for or were broken off to other workers
    #[arg(long)]
    pub no_worker: bool,
    #[command(flatten)]
    pub log: LogArguments,
}

/// Form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Args)]
pub struct HistoryArguments {
    /// Only syncs of this job
    #[arg(long)]
    pub job: Option<String>,
    /// How many syncs to list
    #[arg(long, default_value_t = 20)]
    pub limit: u32,
    #[command(flatten)]
    pub database: DatabaseArguments,
}

#[derive(Debug, Args)]
pub struct ShowArguments {
    /// The sync, by its number
    pub sync: i64,
    /// Write the flame graph of a run that had `--var cpu_profiling=true`, an SVG for the browser, and nothing else
    #[arg(long, value_name = "FILE")]
    pub flame_graph: Option<PathBuf>,
    /// Print what the run has logged as well
    #[arg(long)]
    pub log: bool,
    #[command(flatten)]
    pub database: DatabaseArguments,
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("give it as NAME=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory as _};

    use super::Arguments;

    /// What has no help, of a command and all below it.
    fn untold(command: &Command, above: &str, found: &mut Vec<String>) {
        let name = format!("{above} {}", command.get_name());
        if command.get_about().is_none() {
            found.push(name.clone());
        }
        let arguments = command.get_arguments().filter(|argument| argument.get_help().is_none());
        found.extend(arguments.map(|argument| format!("{name} {argument}")));
        for one in command.get_subcommands() {
            untold(one, &name, found);
        }
    }

    #[test]
    fn every_command_and_every_option_says_what_it_is_for() {
        let mut all = Arguments::command();
        all.build();
        let mut found = Vec::new();
        untold(&all, "", &mut found);
        assert_eq!(found, Vec::<String>::new());
    }
}
