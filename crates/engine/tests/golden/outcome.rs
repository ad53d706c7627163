//! What the engine does with a scenario, in the words of the golden cases.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use trueup_engine::apply::{Apply, MemoryTarget, Outcome, StepTarget};
use trueup_engine::check::{self, CheckName, CheckOptions};
use trueup_engine::diff::Action;
use trueup_engine::plan::StepAction;
use trueup_engine::record::RecordFlags;
use trueup_engine::snapshot::WithChildren;
use trueup_engine::{Diff, DiffFlags, DiffOptions, Policy, Snapshot, Value, diff, plan};

use crate::deviations::Aspect;
use crate::scenario::{Golden, Scenario};
use crate::world::{Hooks, NamedOrder, by_text, snapshot, value};

#[derive(Debug, Default)]
pub struct Found {
    error: Option<(&'static str, String)>,
    summary: Json,
    len: usize,
    has_diffs: bool,
    elements: Json,
    dict: Json,
    text: String,
    sync: Option<Synced>,
}

#[derive(Debug)]
struct Synced {
    calls: Json,
    state: Json,
    status: Json,
    complete: bool,
    rediff_has_diffs: bool,
}

fn flags(names: &[String]) -> DiffFlags {
    names.iter().map(|name| DiffFlags::from_name(name).expect("the scenario names DiffSync's flags")).collect()
}

pub fn of(scenario: &Scenario) -> Found {
    let side = |name, kinds, top, nodes| snapshot(name, &scenario.schema_of(kinds), &scenario.top_of(top), nodes);
    let sides = side("S", &scenario.src_schema, &scenario.src_top, &scenario.source).and_then(|source| {
        let target = side("T", &scenario.dst_schema, &scenario.dst_top, &scenario.target)?;
        Ok((source, target))
    });
    let (source, mut target) = match sides {
        Ok(sides) => sides,
        Err(error) => return Found { error: Some(("load", error.to_string())), ..Found::default() },
    };
    let mut options = DiffOptions { flags: flags(&scenario.flags), ..DiffOptions::default() };
    if let Some(class) = &scenario.diff_class {
        options.order = Arc::new(NamedOrder(class.clone()));
    }
    let before = target.clone();
    let diff = diff(&source, &before, &options, &mut |_| {});
    let mut found = described(&diff);
    if scenario.is_sync() {
        sync(scenario, &diff, &mut target, &mut found);
    }
    found
}

fn described(diff: &Diff<'_>) -> Found {
    let mut dict = Vec::new();
    diff.write_json(&mut dict).expect("a Vec takes all");
    let elements = diff.elements().map(|element| {
        let action = (element.action() != Action::NoChange).then(|| element.action().as_str());
        json!([element.depth(), element.kind(), element.shortname(), action])
    });
    Found {
        error: None,
        summary: json!(diff.summary()),
        len: diff.len(),
        has_diffs: diff.has_diffs(),
        elements: elements.collect(),
        dict: serde_json::from_slice(&dict).expect("the dict form is JSON"),
        text: diff.text(),
        sync: None,
    }
}

fn sync(scenario: &Scenario, diff: &Diff<'_>, target: &mut Snapshot, found: &mut Found) {
    let policy = Policy::diffsync(flags(&scenario.flags) | flags(&scenario.sync_flags));
    let plan = plan(diff, &policy);
    let findings = check::check(&plan, diff, &CheckOptions::default());
    let refused = findings.iter().find(|finding| finding.check == CheckName::UnknownKind);
    if let Some(refused) = refused {
        found.error = Some(("sync", refused.message.clone()));
    }
    for mutation in &scenario.mutate_dst {
        let [Json::String(what), Json::String(kind), Json::String(id)] = mutation.as_slice() else {
            panic!("the scenario changes the target in a way that is not described: {mutation:?}")
        };
        assert_eq!(what, "remove", "the scenario changes the target in a way that is not described");
        let identity = by_text(target, kind, id);
        target.remove(&identity, WithChildren::Keep).expect("the record was just found");
    }
    let mut hooks = Hooks { fail: scenario.fail.clone(), ..Hooks::default() };
    let mut apply = Apply::new(&plan);
    while refused.is_none() {
        let Some(step) = apply.next_batch(1).first().copied() else { break };
        let mut memory = MemoryTarget { snapshot: target, hooks: &mut hooks };
        let outcome = memory.apply(&[plan.step(step)]).remove(0);
        let stops = matches!(
            &outcome,
            Outcome::Failed { fault: trueup_engine::apply::Fault::Error | trueup_engine::apply::Fault::Passing, .. }
                | Outcome::Stale { .. }
        );
        if stops && plan.policy().on_failure == trueup_engine::plan::OnFailure::Stop {
            found.error = Some(("sync", outcome.message().unwrap_or_default()));
        }
        apply.settle(step, outcome).expect("the step was just handed out");
    }
    let attempted = !plan.is_empty() && refused.is_none();
    let rediff = trueup_engine::diff(
        diff.source(),
        target,
        &DiffOptions { flags: flags(&scenario.flags), ..DiffOptions::default() },
        &mut |_| {},
    );
    let rediff_has_diffs = rediff.has_diffs();
    found.sync = Some(Synced {
        calls: Json::Array(hooks.calls.clone()),
        state: state(target),
        status: status(diff, &apply, &plan, &hooks, target),
        complete: attempted && found.error.is_none(),
        rediff_has_diffs,
    });
}

fn state(target: &Snapshot) -> Json {
    let mut kinds: Map<String, Json> = Map::new();
    for record in target.records() {
        let mut fields: Map<String, Json> =
            record.attributes().iter().map(|(name, value)| (name.clone(), value.to_tagged_json())).collect();
        for child in record.kind().children() {
            let ids = record.children().filter(|record| *record.kind().name() == child.kind);
            fields.insert(child.field.clone(), ids.map(|record| record.key().to_string()).collect());
        }
        let kind = kinds.entry(record.kind().name().to_string()).or_insert_with(|| json!({}));
        kind[record.key().to_string()] = Json::Object(fields);
    }
    Json::Object(kinds)
}

/// DiffSync's status of each record of the target: `success` without a message when it was not visited, `unknown` when
/// it was and nothing was done to it.
fn status(diff: &Diff<'_>, apply: &Apply<'_>, plan: &trueup_engine::Plan, hooks: &Hooks, target: &Snapshot) -> Json {
    let name = |kind: &dyn ToString, key: &dyn ToString| (kind.to_string(), key.to_string());
    let outcomes: BTreeMap<(String, String), (StepAction, &Outcome)> = plan
        .steps()
        .iter()
        .zip(0..)
        .filter_map(|(step, id)| {
            let outcome = apply.outcome(trueup_engine::plan::StepId(id))?;
            Some((name(&step.record.kind, &step.record.key), (step.action(), outcome)))
        })
        .collect();
    let mut status: BTreeMap<(String, String), (&str, &str)> =
        target.records().map(|record| (name(record.kind().name(), &record.key()), ("success", ""))).collect();
    let mut failed_above: Vec<usize> = Vec::new();
    let mut aborted = false;
    let mut visited = BTreeSet::new();
    for element in diff.elements() {
        failed_above.retain(|depth| *depth < element.depth());
        let id = name(element.kind(), &element.key());
        let outcome = outcomes.get(&id);
        let unusual = hooks.unusual.get(&id).map(String::as_str);
        if !failed_above.is_empty() || aborted {
            continue;
        }
        visited.insert(id.clone());
        let said = match outcome {
            None | Some((StepAction::Delete, _)) => ("unknown", ""),
            Some((_, Outcome::Applied { .. })) if unusual == Some("failstatus") => ("failure", "custom failure"),
            // A hook that does nothing leaves the status as it is: a new record's own, or that of a visited one.
            Some((StepAction::Create, Outcome::Applied { .. })) if unusual == Some("noop") => ("success", ""),
            Some((_, Outcome::Applied { .. })) if unusual == Some("noop") => ("unknown", ""),
            Some((StepAction::Create, Outcome::Applied { .. })) => ("success", "Created successfully"),
            Some((StepAction::Update, Outcome::Applied { .. })) => ("success", "Updated successfully"),
            Some((_, Outcome::Blocked { .. })) => ("success", ""),
            Some(_) => ("unknown", ""),
        };
        if let Some(entry) = status.get_mut(&id) {
            *entry = said;
        }
        let natural =
            element.target().is_some_and(|target| target.flags().contains(RecordFlags::NATURAL_DELETION_ORDER));
        if let Some((StepAction::Delete, Outcome::Blocked { .. })) = outcome
            && natural
        {
            // What stopped it is below it, and was visited.
            continue;
        }
        if let Some((_, outcome)) = outcome.filter(|(_, outcome)| !outcome.is_applied()) {
            failed_above.push(element.depth());
            let error = matches!(
                outcome,
                Outcome::Failed {
                    fault: trueup_engine::apply::Fault::Error | trueup_engine::apply::Fault::Passing,
                    ..
                } | Outcome::Stale { .. }
            );
            aborted = error && plan.policy().on_failure == trueup_engine::plan::OnFailure::Stop;
        }
    }
    status
        .into_iter()
        .map(|((kind, id), (status, message))| (format!("{kind}/{id}"), json!([status, message])))
        .collect()
}

pub fn compare(golden: &Golden, found: &Found, scenario: &Scenario) -> Vec<(Aspect, String)> {
    let mut differences = Vec::new();
    let mut check = |aspect: Aspect, wanted: Option<Json>, found: Json| {
        if let Some(wanted) = wanted.filter(|wanted| *wanted != found) {
            let form = |write: fn(&Value) -> Json| rewritten(&wanted, write) == found;
            let only_form = match aspect {
                Aspect::Dict => form(Value::to_json),
                Aspect::Calls | Aspect::Final => form(Value::to_tagged_json),
                _ => false,
            };
            let aspect = if only_form { Aspect::Form } else { aspect };
            differences.push((aspect, format!("DiffSync {wanted}, here {found}")));
        }
    };
    let phase = golden.error.as_ref().map(|(phase, _, _)| phase.as_str());
    let ours = found.error.as_ref().map(|(phase, _)| *phase);
    check(Aspect::Error, Some(json!(phase)), json!(ours));
    if ours == Some("load") {
        return differences;
    }
    check(Aspect::Summary, golden.summary.clone(), found.summary.clone());
    check(Aspect::Elements, golden.len.map(|len| json!(len)), json!(found.len));
    check(Aspect::Elements, golden.has_diffs.map(Json::Bool), Json::Bool(found.has_diffs));
    check(Aspect::Elements, golden.elements.clone(), found.elements.clone());
    check(Aspect::Dict, golden.dict.clone().map(plain), found.dict.clone());
    check(Aspect::Text, golden.text.clone().map(Json::String), Json::String(found.text.clone()));
    match &found.sync {
        Some(sync) => {
            check(Aspect::Calls, golden.calls.clone(), sync.calls.clone());
            check(Aspect::Final, golden.state.clone(), sync.state.clone());
            check(Aspect::Status, golden.dst_status.clone(), sync.status.clone());
            check(Aspect::Complete, golden.sync_complete.map(Json::Bool), Json::Bool(sync.complete));
            check(Aspect::Rediff, golden.rediff_has_diffs.map(Json::Bool), Json::Bool(sync.rediff_has_diffs));
        }
        None => assert!(!scenario.is_sync(), "a scenario that syncs was not synced"),
    }
    differences
}

/// With every number as the engine writes it.
fn rewritten(json: &Json, write: fn(&Value) -> Json) -> Json {
    match json {
        Json::Number(_) => write(&value(json)),
        Json::Object(object) if !object.contains_key("$float") => {
            object.iter().map(|(key, json)| (key.clone(), rewritten(json, write))).collect()
        }
        Json::Array(items) => items.iter().map(|json| rewritten(json, write)).collect(),
        other => other.clone(),
    }
}

/// Tagged values in their plain form, as the dict form shows them.
fn plain(json: Json) -> Json {
    match json {
        Json::Object(object) if object.contains_key("$float") => {
            Value::from_tagged_json(&Json::Object(object)).expect("only NaN is tagged").to_json()
        }
        Json::Object(object) => Json::Object(object.into_iter().map(|(key, json)| (key, plain(json))).collect()),
        Json::Array(items) => items.into_iter().map(plain).collect(),
        other => other,
    }
}
