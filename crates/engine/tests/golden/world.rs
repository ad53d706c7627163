//! Snapshots, hooks and orders as a scenario describes them.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};
use trueup_engine::apply::{Hook, RecordHooks};
use trueup_engine::diff::{Action, ElementOrder, ElementRef, Group};
use trueup_engine::plan::{Step, StepAction};
use trueup_engine::record::{Attributes, Identity, Key, Record, RecordFlags};
use trueup_engine::snapshot::SnapshotError;
use trueup_engine::{Field, FieldType, Kind, Schema, Snapshot, Value};

use crate::scenario::{KindDeclaration, Node};

pub fn value(json: &Json) -> Value {
    Value::from_tagged_json(json).expect("scenarios hold plain JSON and NaN")
}

pub fn snapshot(
    name: &str,
    kinds: &IndexMap<String, KindDeclaration>,
    top: &[String],
    nodes: &[Node],
) -> Result<Snapshot, SnapshotError> {
    let kinds = kinds.iter().map(|(name, declaration)| kind(name, declaration)).collect();
    let schema = Schema::with_top_level(kinds, top).expect("the scenario's kinds fit together");
    let mut snapshot = Snapshot::new(name, schema);
    snapshot.completeness_mut().confirm_all();
    for node in nodes {
        add(&mut snapshot, node, None)?;
    }
    Ok(snapshot)
}

fn kind(name: &str, declaration: &KindDeclaration) -> Kind {
    let KindDeclaration { ids, attrs, kids, short, decl, .. } = declaration;
    let mut builder = Kind::builder(name).shortname(short);
    for id in ids {
        builder = builder.id(id, FieldType::Any);
    }
    let declared: Vec<&String> = match decl {
        Some(decl) => decl.iter().filter(|field| attrs.contains_key(*field)).collect(),
        None => attrs.keys().collect(),
    };
    for attribute in declared {
        builder = builder.attr_field(Field::new(attribute, FieldType::Any).with_default(value(&attrs[attribute])));
    }
    for (child, field) in kids {
        builder = builder.child(child, field);
    }
    builder.build().expect("the scenario's kinds are well declared")
}

fn key(snapshot: &Snapshot, kind: &str, ids: &Map<String, Json>) -> Key {
    let kind = snapshot.schema().get(kind).expect("the scenario declares its kinds");
    kind.identifiers().iter().map(|field| ids.get(field.name()).map_or(Value::Null, value)).collect()
}

fn add(snapshot: &mut Snapshot, node: &Node, parent: Option<&Identity>) -> Result<(), SnapshotError> {
    let Node(kind, ids, attrs, children, flags) = node;
    if let (Some(linked), Some(parent)) = (kind.strip_prefix('&'), parent) {
        let child = snapshot.row_of(&Identity::new(linked, key(snapshot, linked, ids)))?;
        let parent = snapshot.row_of(parent)?;
        return match snapshot.add_child(parent, child) {
            Err(SnapshotError::HasParent { .. }) => {
                snapshot.refuse_second_parent(child, parent);
                Ok(())
            }
            other => other,
        };
    }
    let mut record = Record::new(kind, key(snapshot, kind, ids));
    record.attributes = attrs.iter().map(|(name, json)| (name.clone(), value(json))).collect();
    record.parent = parent.cloned();
    for flag in flags {
        record.flags |= RecordFlags::from_name(flag).expect("the scenario names DiffSync's flags");
    }
    snapshot.add(&record)?;
    children.iter().try_for_each(|child| add(snapshot, child, Some(&record.identity())))
}

/// The record whose id reads like this.
pub fn by_text(snapshot: &Snapshot, kind: &str, text: &str) -> Identity {
    let found = snapshot.get_all(kind).find(|record| record.key().to_string() == text);
    found.expect("the scenario names a record that is there").identity()
}

/// What the hooks of a scenario do, and what they were called with.
#[derive(Debug, Default)]
pub struct Hooks {
    pub fail: IndexMap<String, String>,
    pub calls: Vec<Json>,
    /// How each record's hook ended when it was told to do something unusual.
    pub unusual: BTreeMap<(String, String), String>,
}

impl Hooks {
    fn call(&mut self, step: &Step, attributes: Option<&Attributes>) -> Hook {
        let (action, kind, id) = (step.action().as_str(), step.record.kind.to_string(), step.record.key.to_string());
        let attributes = attributes.map(|attributes| {
            Json::Object(attributes.iter().map(|(name, value)| (name.clone(), value.to_tagged_json())).collect())
        });
        self.calls.push(serde_json::json!([action, kind, id, attributes]));
        let behaviour = [format!("{action}:{kind}/{id}"), format!("{action}:{kind}")]
            .iter()
            .find_map(|key| self.fail.get(key).cloned());
        let Some(behaviour) = behaviour else { return Hook::Done };
        self.unusual.insert((kind, id), behaviour.clone());
        match behaviour.as_str() {
            "raise" | "other" => Hook::Failed("boom".to_owned()),
            "none" => Hook::Declined("the hook returned nothing".to_owned()),
            "failstatus" => Hook::DoneWith("custom failure".to_owned()),
            // What the hook leaves out, the sync itself does: a record is stored or removed all the same.
            "noop" if step.action() != StepAction::Update => Hook::Done,
            "noop" => Hook::NoEffect,
            unknown => panic!("the scenario wants a hook to `{unknown}`"),
        }
    }
}

impl RecordHooks for &mut Hooks {
    fn create(&mut self, step: &Step, attributes: &Attributes) -> Hook {
        self.call(step, Some(attributes))
    }

    fn update(&mut self, step: &Step, changes: &Attributes) -> Hook {
        self.call(step, Some(changes))
    }

    fn delete(&mut self, step: &Step) -> Hook {
        self.call(step, None)
    }
}

/// The ordering hooks that scenarios name.
pub struct NamedOrder(pub String);

impl ElementOrder for NamedOrder {
    fn group<'d, 's>(&self, group: Group<'d, 's>) -> Vec<ElementRef<'d, 's>> {
        let Group { kind, mut elements } = group;
        match self.0.as_str() {
            "DeviceDesc" if *kind == *"device" => descending(&mut elements),
            "AlphaDesc" if *kind == *"alpha" => descending(&mut elements),
            "OnlyCreates" => elements.retain(|e| matches!(e.action(), Action::Create | Action::NoChange)),
            _ => {}
        }
        elements
    }

    fn children<'d, 's>(&self, groups: Vec<Group<'d, 's>>) -> Vec<ElementRef<'d, 's>> {
        let all = groups.into_iter().flat_map(|group| self.group(group));
        if self.0 != "DeletesLast" {
            return all.collect();
        }
        let (deletes, mut others): (Vec<_>, Vec<_>) = all.partition(|element| element.action() == Action::Delete);
        others.extend(deletes.into_iter().rev());
        others
    }
}

fn descending(elements: &mut [ElementRef<'_, '_>]) {
    elements.sort_by_key(|element| std::cmp::Reverse(element.shortname()));
}
