use clap::{ArgGroup, Args, Subcommand};

use super::{DatabaseArguments, variable};

#[derive(Debug, Subcommand)]
pub enum ScheduleCommand {
    /// Have a job run at times; a worker, or the server, does it
    Add(ScheduleAddArguments),
    /// List the schedules, with the times that come next
    List(ScheduleListArguments),
    /// Forget a schedule; what it has asked for stays
    Remove(ScheduleNameArguments),
    /// Let a schedule count from now on
    Enable(ScheduleNameArguments),
    /// Let a schedule count no more
    Disable(ScheduleNameArguments),
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("when").required(true)))]
pub struct ScheduleAddArguments {
    /// What the schedule is called
    pub name: String,
    /// A job of this program, by its name
    #[arg(long)]
    pub job: String,
    /// Times as five fields: minute, hour, day of the month, month, day of the week; `30 2 * * mon-fri`
    #[arg(long, group = "when")]
    pub cron: Option<String>,
    /// Whose clocks the times are of
    #[arg(long, default_value = "UTC", value_name = "ZONE", conflicts_with = "every")]
    pub zone: String,
    /// The time from one run to the next, whatever the clocks say; `15m`, `24h`
    #[arg(long, group = "when", value_name = "SPAN")]
    pub every: Option<String>,
    /// When the first of these is [default: now]
    #[arg(long, value_name = "TIME", conflicts_with = "cron")]
    pub start: Option<String>,
    /// Make up for times that passed while no worker was there, by one run
    #[arg(long)]
    pub catch_up: bool,
    /// Let it count only once it is enabled
    #[arg(long)]
    pub disabled: bool,
    /// Each run stops with a plan (the default)
    #[arg(long, group = "how")]
    pub dry_run: bool,
    /// Each run applies its plan, unless checks are against it
    #[arg(long, group = "how")]
    pub apply: bool,
    /// Each run applies its plan although checks are against it; the reason is kept with the plans
    #[arg(long, group = "how", value_name = "REASON")]
    pub approve: Option<String>,
    /// A value for one of the job's vars; may be given more than once
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = variable)]
    pub vars: Vec<(String, String)>,
    #[command(flatten)]
    pub database: DatabaseArguments,
}

#[derive(Debug, Args)]
pub struct ScheduleListArguments {
    #[command(flatten)]
    pub database: DatabaseArguments,
}

#[derive(Debug, Args)]
pub struct ScheduleNameArguments {
    /// What it is called
    pub name: String,
    #[command(flatten)]
    pub database: DatabaseArguments,
}
