//! The jobs of a program as records of the inventory, `extras.job`: what people look up, run, and switch off.

use std::sync::Arc;
use std::time::Duration;

use trueup_engine::Value;
use trueup_inventory::{Action, Change, ChangeContext, Inventory, Only, PathValues, Selection};

use super::{Job, Jobs, Known};
use crate::JobError;
use crate::control::{Control, TimeLimits};

/// The content type of jobs.
pub const JOB: &str = "extras.job";

/// What people may say otherwise than the job does, each with the field that says that they do.
const OVERRIDDEN: [(&str, &str); 5] = [
    ("description", "description_override"),
    ("dryrun_default", "dryrun_default_override"),
    ("is_singleton", "is_singleton_override"),
    ("soft_time_limit", "soft_time_limit_override"),
    ("time_limit", "time_limit_override"),
];

/// What is there of a job.
struct Found {
    program: String,
    class: String,
    installed: bool,
    /// In the order of [`OVERRIDDEN`].
    overridden: Vec<bool>,
    values: Vec<Value>,
}

impl Jobs {
    /// Brings the records of the jobs of `program` to what the jobs say. A job is known by its name, so a program that is
    /// called otherwise now takes over the records of its jobs. Those that the program has no more stay, as not installed.
    /// What people have said otherwise is left as it is, and so is whether a job is enabled.
    ///
    /// # Errors
    /// The inventory cannot be read or written.
    pub async fn register(&self, program: &str, inventory: &Inventory) -> Result<(), JobError> {
        let found = found(inventory).await?;
        let all = self.all();
        let mut changes: Vec<Change> = all.iter().filter_map(|known| bring(program, known, &found)).collect();
        let ours = found.iter().filter(|found| found.program == program);
        let gone = ours.filter(|found| found.installed && !all.iter().any(|known| known.name == found.class));
        changes.extend(gone.map(|found| {
            let not_installed = vec![(Arc::from("installed"), Value::Bool(false))];
            Change::update(JOB, key(program, &found.class), not_installed)
        }));
        if changes.is_empty() {
            return Ok(());
        }
        let answers = inventory.write(&changes, &ChangeContext::job("trueup", "jobs")).await?;
        let refused = answers.into_iter().filter_map(Result::err).map(|error| error.to_string());
        let problems: Vec<String> = refused.collect();
        if problems.is_empty() { Ok(()) } else { Err(JobError::Invalid { job: JOB.to_owned(), problems }) }
    }
}

async fn found(inventory: &Inventory) -> Result<Vec<Found>, JobError> {
    let mut paths = vec!["module_name", "job_class_name", "installed"];
    paths.extend(OVERRIDDEN.iter().map(|(_, flag)| *flag));
    paths.extend(OVERRIDDEN.iter().map(|(field, _)| *field));
    let mut found = Vec::new();
    let mut row = |row: trueup_inventory::RowView<'_>| {
        let values = row.values();
        let (flags, values_of) = values[3..].split_at(OVERRIDDEN.len());
        found.push(Found {
            program: values[0].to_string(),
            class: values[1].to_string(),
            installed: values[2] == Value::Bool(true),
            overridden: flags.iter().map(|flag| *flag == Value::Bool(true)).collect(),
            values: values_of.to_vec(),
        });
    };
    inventory.read(&Selection::all(JOB, paths), &mut row).await?;
    Ok(found)
}

/// What makes the record of a job what the job says; nothing when it is.
fn bring(program: &str, known: &Known, all: &[Found]) -> Option<Change> {
    let said = said(&*known.job);
    let Some(found) = all.iter().find(|found| found.class == known.name) else {
        let mut values = key(program, &known.name);
        values.extend(said.into_iter().map(|(path, value)| (Arc::from(path), value)));
        let more = [
            ("name", Value::from(known.name.as_str())),
            ("grouping", program.into()),
            ("enabled", true.into()),
            ("installed", true.into()),
            ("supports_dryrun", true.into()),
            ("has_sensitive_variables", false.into()),
            ("default_job_queue__name", "default".into()),
        ];
        values.extend(more.into_iter().map(|(path, value)| (Arc::from(path), value)));
        return Some(Change::new(JOB, Action::Create, PathValues::new(), values));
    };
    let mut values: PathValues = Vec::new();
    for (place, (path, value)) in said.into_iter().enumerate() {
        if !found.overridden[place] && found.values[place] != value {
            values.push((Arc::from(path), value));
        }
    }
    if !found.installed {
        values.push((Arc::from("installed"), true.into()));
    }
    if found.program != program {
        values.push((Arc::from("module_name"), program.into()));
    }
    (!values.is_empty()).then(|| Change::update(JOB, key(&found.program, &known.name), values))
}

/// What the record of a job says of runs that are asked for by its name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Overrides {
    pub is_enabled: bool,
    is_singleton: Option<bool>,
    /// 0 is no limit.
    soft: Option<f64>,
    hard: Option<f64>,
}

impl Overrides {
    /// None where nobody has registered the job.
    pub async fn of(name: &str, inventory: &Inventory) -> Result<Self, JobError> {
        let mut overrides = Self { is_enabled: true, is_singleton: None, soft: None, hard: None };
        let names = ["is_singleton", "soft_time_limit", "time_limit"];
        let flags = names.map(|name| format!("{name}_override"));
        let paths = ["enabled"].into_iter().chain(names).chain(flags.iter().map(String::as_str));
        let only = Only::Keys { paths: vec!["job_class_name".to_owned()], keys: vec![vec![name.into()]] };
        let mut row = |row: trueup_inventory::RowView<'_>| {
            let is = |place: usize| row.values()[place] == Value::Bool(true);
            let seconds = |place: usize| match &row.values()[place] {
                Value::Float(seconds) => Some(*seconds),
                _ => None,
            };
            overrides.is_enabled = is(0);
            overrides.is_singleton = is(4).then(|| is(1));
            overrides.soft = seconds(2).filter(|_| is(5));
            overrides.hard = seconds(3).filter(|_| is(6));
        };
        inventory.read(&Selection::all(JOB, paths).only(only), &mut row).await?;
        Ok(overrides)
    }

    /// What a run is held to, when its job says `control`.
    pub fn over(self, control: Control) -> Control {
        let limit = |said: Option<f64>, own| {
            said.map_or(own, |seconds| Duration::try_from_secs_f64(seconds).ok().filter(|limit| !limit.is_zero()))
        };
        Control {
            time: TimeLimits { soft: limit(self.soft, control.time.soft), hard: limit(self.hard, control.time.hard) },
            is_singleton: self.is_singleton.unwrap_or(control.is_singleton),
            ..control
        }
    }
}

fn key(program: &str, class: &str) -> PathValues {
    vec![(Arc::from("module_name"), program.into()), (Arc::from("job_class_name"), class.into())]
}

/// What a job says of what people may say otherwise, in the order of [`OVERRIDDEN`].
fn said(job: &dyn Job) -> [(&'static str, Value); OVERRIDDEN.len()] {
    let meta = job.meta();
    let TimeLimits { soft, hard } = meta.control.time;
    let seconds = |limit: Option<Duration>| Value::Float(limit.unwrap_or_default().as_secs_f64());
    [
        ("description", meta.description.as_str().into()),
        ("dryrun_default", meta.dryrun_default.into()),
        ("is_singleton", meta.control.is_singleton.into()),
        ("soft_time_limit", seconds(soft)),
        ("time_limit", seconds(hard)),
    ]
}
