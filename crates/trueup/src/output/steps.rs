use owo_colors::OwoColorize;
use serde_json::Value as Json;
use trueup_engine::Identity;
use trueup_engine::plan::{Change, Step, StepDocument};
use trueup_jobs::store::StepRow;

use super::Output;

/// One step for people: `+ device sw1`, `~ vlan … name: A → B`, `- interface …`.
pub fn print_step(output: Output, row: &StepRow) {
    let Some(step) = step(row) else {
        return output.say(format!("  ? {} {} {}", row.action, row.kind, row.key));
    };
    let outcome = row.outcome.as_deref().filter(|outcome| *outcome != "applied");
    let outcome = outcome.map(|outcome| {
        let message = row.message.as_deref().unwrap_or_default();
        format!("  [{outcome}: {message}]").yellow().to_string()
    });
    let outcome = outcome.unwrap_or_default();
    match &step.change {
        Change::Create { .. } => output.say(format!("  {} {}{outcome}", "+".green().bold(), step.record.green())),
        Change::Delete { .. } => output.say(format!("  {} {}{outcome}", "-".red().bold(), step.record.red())),
        Change::Update { before, after, moved } => {
            output.say(format!("  {} {}{outcome}", "~".yellow().bold(), step.record));
            for (name, value) in after {
                let old = before.get(name).map(|value| shown(&value.to_json())).unwrap_or_default();
                output.say(format!("      {name}: {} → {}", old.red(), shown(&value.to_json()).green()));
            }
            if let Some(moved) = moved {
                let name = |parent: &Option<_>| match parent {
                    Some(parent) => format!("{parent}"),
                    None => "top".to_owned(),
                };
                let name: &dyn Fn(&Option<Identity>) -> String = &name;
                output.say(format!("      moved: {} → {}", name(&moved.from).red(), name(&moved.to).green()));
            }
        }
    }
}

/// Which record a step is about.
pub fn record(row: &StepRow) -> Option<Identity> {
    step(row).map(|step| step.record)
}

fn step(row: &StepRow) -> Option<Step> {
    let document: StepDocument = serde_json::from_value(row.document.clone()).ok()?;
    Step::try_from(document).ok()
}

fn shown(value: &Json) -> String {
    match value {
        Json::String(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}
