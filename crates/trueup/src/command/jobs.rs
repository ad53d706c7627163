use serde_json::{Value as Json, json};
use trueup_jobs::job::Unusable;
use trueup_jobs::variable::{json_schema, list};
use trueup_jobs::{DataMapping, Job, JobMeta};

use crate::app::App;
use crate::arguments::JobsArguments;
use crate::exit::Exit;
use crate::output::{Output, table};

pub fn run(app: &App, arguments: &JobsArguments, output: &Output) -> anyhow::Result<Exit> {
    match &arguments.job {
        Some(job) => one(&*app.find(job)?, *output)?,
        None => all(app, *output)?,
    }
    Ok(Exit::Success)
}

fn all(app: &App, output: Output) -> anyhow::Result<()> {
    let jobs = app.jobs().all();
    output.json(&jobs.iter().map(|known| about(&*known.job)).collect::<Vec<_>>())?;
    for Unusable { path, reason } in app.jobs().unusable() {
        output.warn(format!("{} is no job: {reason}", path.display()));
    }
    if jobs.is_empty() {
        output.say("this program has no jobs of its own; `run` takes the file of one, `new job NAME` begins a crate");
        return Ok(());
    }
    let rows = jobs.iter().map(|known| {
        let JobMeta { name, description, data_source, data_target, .. } = known.job.meta();
        vec![name, data_source, data_target, description]
    });
    output.say(table(&["job", "source", "target", "description"], rows, false));
    Ok(())
}

fn about(job: &dyn Job) -> Json {
    let JobMeta { name, description, data_source, data_target, dryrun_default, .. } = job.meta();
    json!({
        "name": name, "description": description, "data_source": data_source, "data_target": data_target,
        "dryrun_default": dryrun_default, "version": job.version().as_str(),
    })
}

fn one(job: &dyn Job, output: Output) -> anyhow::Result<()> {
    let meta = job.meta();
    let (variables, mappings) = (job.variables(), job.data_mappings());
    let mut json = about(job);
    json["variables"] = Json::from(list(&meta, &variables));
    json["schema"] = json_schema(&meta, &variables);
    json["data_mappings"] = json!(mappings);
    json["config_information"] = job.config_information().into_iter().map(|(k, v)| (k, Json::from(v))).collect();
    output.json(&json)?;
    output.heading(&format!("{}: {} → {}", meta.name, meta.data_source, meta.data_target));
    if !meta.description.is_empty() {
        output.say(format!("  {}", meta.description));
    }
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let rows = list(&meta, &variables).into_iter().map(|variable| {
        let default = match variable.get("default") {
            Some(default) => text(default),
            None if variable["required"] == true => "(must be given)".to_owned(),
            None => String::new(),
        };
        vec![text(&variable["name"]), text(&variable["type"]), default, text(&variable["help_text"])]
    });
    output.say(table(&["variable", "type", "default", "help"], rows, false));
    for DataMapping { source_name, target_name, .. } in mappings {
        output.say(format!("  {source_name} → {target_name}"));
    }
    for (name, value) in job.config_information() {
        output.say(format!("  {name}: {value}"));
    }
    Ok(())
}
