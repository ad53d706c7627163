use owo_colors::OwoColorize;
use serde_json::Value as Json;
use trueup_engine::plan::Change;
use trueup_engine::{Attributes, Identity, Value};
use trueup_jobs::store::StepRow;

use super::Output;

/// One step for people: `+ device sw1`, `~ vlan … name: A → B`, `- interface …`.
pub fn print_step(output: Output, row: &StepRow) {
    let Some(step) = row.step() else {
        return output.say(format!("  ? {} {} {}", row.action, row.kind, row.key));
    };
    let outcome = row.outcome.as_deref().filter(|outcome| *outcome != "applied");
    let outcome = outcome.map(|outcome| {
        let message = row.message.as_deref().unwrap_or_default();
        format!("  [{outcome}: {message}]").yellow().to_string()
    });
    let outcome = outcome.unwrap_or_default();
    match &step.change {
        Change::Create { after, .. } => {
            let record = named(&step.record, after);
            output.say(format!("  {} {}{outcome}", "+".green().bold(), record.green()));
        }
        Change::Delete { before, .. } => {
            let record = named(&step.record, before);
            output.say(format!("  {} {}{outcome}", "-".red().bold(), record.red()));
        }
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

/// A record; one that an undo tells apart by its id also by its name. Kinds of these are called as their content type.
fn named(record: &Identity, attributes: &Attributes) -> String {
    match attributes.get("name").and_then(Value::as_text) {
        Some(name) if record.kind.as_str().contains('.') => format!("{record} ({name})"),
        _ => record.to_string(),
    }
}

fn shown(value: &Json) -> String {
    match value {
        Json::String(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}
