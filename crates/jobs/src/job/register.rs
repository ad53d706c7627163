//! The jobs of a program as records of the inventory, `extras.job`: what people look up, run, and switch off.

use std::sync::Arc;

use trueup_engine::Value;
use trueup_inventory::{Action, Change, ChangeContext, Inventory, Only, PathValues, Selection};

use super::{Job, Jobs, Known};
use crate::JobError;

/// The content type of jobs.
pub const JOB: &str = "extras.job";

/// What people may say otherwise than the job does, each with the field that says that they do.
const OVERRIDDEN: [(&str, &str); 2] =
    [("description", "description_override"), ("dryrun_default", "dryrun_default_override")];

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
    /// called otherwise now takes over the records of its jobs. Those that the program has no more stay, as not installed. What people have said otherwise is left as it is, and so is whether a job is enabled.
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

/// Whether runs of a job may be asked for: its record says so, or it has none, where nobody has registered it.
pub(crate) async fn is_enabled(name: &str, inventory: &Inventory) -> Result<bool, JobError> {
    let mut enabled = true;
    let mut row = |row: trueup_inventory::RowView<'_>| enabled = row.values() != [Value::Bool(false)];
    let only = Only::Keys { paths: vec!["job_class_name".to_owned()], keys: vec![vec![name.into()]] };
    inventory.read(&Selection::all(JOB, ["enabled"]).only(only), &mut row).await?;
    Ok(enabled)
}

fn key(program: &str, class: &str) -> PathValues {
    vec![(Arc::from("module_name"), program.into()), (Arc::from("job_class_name"), class.into())]
}

/// What a job says of what people may say otherwise, in the order of [`OVERRIDDEN`].
fn said(job: &dyn Job) -> [(&'static str, Value); OVERRIDDEN.len()] {
    let meta = job.meta();
    [("description", meta.description.as_str().into()), ("dryrun_default", meta.dryrun_default.into())]
}
