//! Steps that bring back what deletes took beyond what their own steps know: what the record held that its job has no
//! attribute for, the records that went along, the references that became null. With the ids that they had.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use indexmap::IndexMap;
use trueup_engine::plan::{Change, Plan, Step, StepAction, StepId};
use trueup_engine::{Attributes, Identity, Schema, Value};
use trueup_inventory::model::{FieldKind, OnDelete};
use trueup_inventory::{Loss, Lost, RecordId, Registry, why_lost};
use uuid::Uuid;

use super::members::Present;
use super::order::{Needs, ordered};
use super::schema::{Paths, kind_of, with_restored};
use crate::JobError;
use crate::store::LossRow;

/// A plan that takes another back, with everything that can be brought back.
pub(super) struct Restored {
    pub plan: Plan,
    /// The kinds of the plan: those of the job, and those of what its kinds do not know.
    pub schema: Schema,
    /// What will not come back, with the reason.
    pub left: Vec<(Loss, String)>,
    /// How many records come back without what the job does not know of them: nobody noted it.
    pub unknown: usize,
}

/// Adds to a plan that takes another one back what was lost besides.
pub(super) fn restore(
    undo: &Plan,
    losses: &[LossRow],
    present: &Present,
    (schema, registry): (&Schema, &Registry),
) -> Result<Restored, JobError> {
    let mut restoring = Restoring::new(schema, registry);
    let creates = |step: &&Step| step.action() == StepAction::Create;
    let own = own_losses(losses);
    let mut numbers = vec![0; undo.len()];
    let numbered = || undo.steps().iter().zip((0..).map(StepId));
    let own_loss = |step: &Step| {
        own.get(&cause(&step.record)).copied().filter(|loss| {
            let kind = schema.get(step.record.kind.as_str());
            kind.is_some_and(|kind| kind.content_type() == Some(&loss.content_type))
        })
    };
    for (step, id) in numbered().filter(|(step, _)| creates(step)) {
        let loss = own_loss(step);
        numbers[id.index()] = restoring.bring_back(step, loss);
    }
    let deleted = losses.iter().map(|row| &row.loss).filter(|loss| loss.what == Lost::Record);
    let along: Vec<&Loss> = deleted.filter(|loss| !restoring.made.contains_key(&record_of(loss))).collect();
    let left = leave(registry, &along);
    // What only joins two records comes as early as it can: rules ask whether, say, a VRF is assigned to a device.
    let joins = |loss: &&&Loss| registry.content_type(&loss.content_type).is_ok_and(|found| !found.is_logged());
    let (joining, others): (Vec<_>, Vec<_>) = along.iter().filter(|loss| !left.contains_key(&loss.id)).partition(joins);
    joining.into_iter().chain(others).for_each(|loss| restoring.create(loss));
    let still_there = losses.iter().map(|row| &row.loss).filter(|loss| loss.what != Lost::Record);
    let (fixed, settable): (Vec<&Loss>, Vec<&Loss>) = still_there.partition(|loss| is_fixed(registry, loss));
    restoring.set_again(settable.into_iter(), present);
    for (step, id) in numbered().filter(|(step, _)| !creates(step)) {
        numbers[id.index()] = restoring.push(step.clone());
    }
    for (step, id) in numbered() {
        if let Some(loss) = own_loss(step) {
            restoring.note_known(numbers[id.index()], step, loss);
        }
    }
    for (step, id) in numbered() {
        let needed = step.depends_on.iter().map(|needed| numbers[needed.index()]);
        restoring.needs[numbers[id.index()]].must.extend(needed);
    }
    restoring.refer();

    let (kinds, unknown) = (with_restored(schema, &restoring.paths, registry)?, restoring.unknown);
    let steps = restoring.steps_in_order();
    let plan = Plan::from_steps(undo.policy().clone(), steps).expect("each depends on earlier ones alone");
    let left = along.iter().filter_map(|loss| Some(((*loss).clone(), left.get(&loss.id)?.clone())));
    let fixed = fixed.into_iter().map(|loss| {
        let paths: Vec<&str> = loss.values.iter().map(|(path, _)| path.as_ref()).collect();
        (loss.clone(), format!("`{}` of them is written by the inventory alone", paths.join("`, `")))
    });
    let left = left.chain(fixed).collect();
    Ok(Restored { plan, schema: kinds, left, unknown })
}

/// Whether nobody can set again what a record lost. Only earlier versions noted such losses.
fn is_fixed(registry: &Registry, loss: &Loss) -> bool {
    registry.content_type(&loss.content_type).is_ok_and(|content_type| content_type.is_read_only())
}

/// How losses name the step that caused them.
fn cause(record: &Identity) -> (String, String) {
    (record.kind.to_string(), record.key.to_tagged_json().to_string())
}

/// By the step that caused it, the record that the step itself deleted.
fn own_losses(losses: &[LossRow]) -> HashMap<(String, String), &Loss> {
    let mut own = HashMap::with_capacity(losses.len());
    for LossRow { kind, key, loss } in losses.iter().filter(|row| row.loss.what == Lost::Record) {
        own.entry((kind.clone(), key.clone())).or_insert(loss);
    }
    own
}

/// The records that cannot come back, each with the reason: their own, or that of one that they cannot be without.
fn leave(registry: &Registry, along: &[&Loss]) -> HashMap<RecordId, String> {
    let mut left: HashMap<RecordId, String> = HashMap::new();
    let reasons = |loss: &&&Loss| match registry.content_type(&loss.content_type) {
        Ok(content_type) => why_lost(content_type).map(|reason| (loss.id, reason)),
        Err(error) => Some((loss.id, error.to_string())),
    };
    left.extend(along.iter().filter_map(|loss| reasons(&loss)));
    loop {
        let before = left.len();
        for loss in along {
            let needed =
                references(&loss.values.iter().map(|(path, value)| (path.as_ref(), value)).collect::<Vec<_>>());
            let lacks =
                needed.iter().find(|(path, id)| left.contains_key(id) && is_must(registry, &loss.content_type, path));
            if let Some((path, _)) = lacks.filter(|_| !left.contains_key(&loss.id)) {
                left.insert(loss.id, format!("it needs what `{path}` names, which cannot come back either"));
            }
        }
        if left.len() == before {
            return left;
        }
    }
}

/// The records that values name, by their paths.
fn references(values: &[(&str, &Value)]) -> Vec<(String, RecordId)> {
    let mut found = Vec::new();
    for (path, value) in values {
        let items: &[Value] = match value {
            Value::List(items) => items,
            one => std::slice::from_ref(*one),
        };
        for item in items {
            let text = match item {
                Value::Map(map) => map.get("id"),
                one => Some(one),
            };
            let id = text.and_then(Value::as_text).and_then(|text| Uuid::parse_str(text).ok());
            found.extend(id.map(|id| ((*path).to_owned(), RecordId(id))));
        }
    }
    found
}

/// Whether a record cannot be without what a path of it names: a reference that may not be null, or one of the other side
/// of a pair that names its record by type and id.
fn is_must(registry: &Registry, content_type: &str, path: &str) -> bool {
    let Ok(content_type) = registry.content_type(content_type) else { return false };
    let name = path.split("__").next().unwrap_or(path);
    let Some(field) = content_type.field(name) else { return false };
    let is_many = matches!(field.kind(), FieldKind::Many(_));
    !is_many && (!path.contains("__") || !field.is_nullable())
}

/// The records that the values of a step name, by their paths.
fn named_by(step: &Step) -> Vec<(String, RecordId)> {
    let values = step.after().into_iter().flatten().map(|(path, value)| (path.as_str(), value));
    references(&values.collect::<Vec<_>>())
}

/// Whether a reference keeps what it names from being deleted.
fn protects(registry: &Registry, content_type: &str, path: &str) -> bool {
    let Ok(content_type) = registry.content_type(content_type) else { return false };
    let field = path.split("__").next().and_then(|name| content_type.field(name));
    field.is_some_and(|field| match field.kind() {
        FieldKind::Reference(reference) => reference.on_delete() == OnDelete::Protect,
        _ => false,
    })
}

/// A record by its content type and id.
type Record = (Arc<str>, RecordId);

fn record_of(loss: &Loss) -> Record {
    (Arc::clone(&loss.content_type), loss.id)
}

struct Restoring<'r> {
    schema: &'r Schema,
    registry: &'r Registry,
    /// In the order that is wanted; what they depend on is in `needs`.
    steps: Vec<Step>,
    needs: Vec<Needs>,
    /// The step that makes a record.
    made: HashMap<Record, usize>,
    /// Steps that set something of records that are there.
    changed: Vec<(usize, RecordId)>,
    /// By step: the paths of what it may be told later, and the step that makes it.
    later: HashMap<usize, Vec<(String, usize)>>,
    /// By step: what it names in the words of the job, which do not tell the ids.
    known: Vec<(usize, RecordId)>,
    paths: Paths,
    unknown: usize,
}

impl<'r> Restoring<'r> {
    fn new(schema: &'r Schema, registry: &'r Registry) -> Self {
        let (steps, needs, changed) = (Vec::new(), Vec::new(), Vec::new());
        let (made, later, known) = (HashMap::new(), HashMap::new(), Vec::new());
        Self { schema, registry, steps, needs, made, changed, later, known, paths: Paths::default(), unknown: 0 }
    }

    fn push(&mut self, step: Step) -> usize {
        self.steps.push(Step { depends_on: Vec::new(), ..step });
        self.needs.push(Needs::default());
        self.steps.len() - 1
    }

    /// A record that the job knows, with what else it held.
    fn bring_back(&mut self, step: &Step, loss: Option<&Loss>) -> usize {
        let number = self.push(step.clone());
        let Some(loss) = loss else {
            self.unknown += 1;
            return number;
        };
        self.made.insert(record_of(loss), number);
        let kind = self.schema.get(step.record.kind.as_str());
        let fields = kind.into_iter().flat_map(|kind| kind.identifiers().iter().chain(kind.attributes()));
        let known: HashSet<String> =
            fields.filter_map(|field| self.field_of(&loss.content_type, field.name())).collect();
        let unknown: Vec<(String, Value)> = loss
            .values
            .iter()
            .filter(|(path, _)| self.field_of(&loss.content_type, path).is_none_or(|field| !known.contains(&field)))
            .map(|(path, value)| (path.to_string(), value.clone()))
            .collect();
        if let Change::Create { after, .. } = &mut self.steps[number].change {
            let id = (!known.contains("id")).then(|| ("id".to_owned(), Value::from(loss.id.to_string())));
            after.extend(id.into_iter().chain(unknown));
        }
        number
    }

    /// What a step names of what its record referred to.
    fn note_known(&mut self, number: usize, step: &Step, loss: &Loss) {
        let kind = self.schema.get(step.record.kind.as_str());
        let identifiers = kind.into_iter().flat_map(|kind| kind.identifiers()).map(|field| field.name());
        let key = identifiers.zip(step.record.key.values()).filter(|_| step.action() == StepAction::Create);
        let after = step.after().into_iter().flatten().map(|(name, value)| (name.as_str(), value));
        let said = key.chain(after).filter(|(_, value)| !value.is_null());
        let said: HashSet<String> = said.filter_map(|(name, _)| self.field_of(&loss.content_type, name)).collect();
        let held: Vec<(&str, &Value)> = loss.values.iter().map(|(path, value)| (path.as_ref(), value)).collect();
        for (path, id) in references(&held) {
            if self.field_of(&loss.content_type, &path).is_some_and(|field| said.contains(&field)) {
                self.known.push((number, id));
            }
        }
    }

    /// The field that a path begins with, or the one that is another name for that way: `namespace`. A part of a field says
    /// nothing about the whole.
    fn field_of(&self, content_type: &str, path: &str) -> Option<String> {
        let content_type = self.registry.content_type(content_type).ok()?;
        let alias = content_type.fields().iter().find(|field| match field.kind() {
            FieldKind::Alias(alias) => path.starts_with(&format!("{}__", alias.path())),
            _ => false,
        });
        let first = || path.split("__").next().unwrap_or(path);
        Some(alias.map_or_else(first, |field| field.name()).to_owned())
    }

    /// A record that went along with another.
    fn create(&mut self, loss: &Loss) {
        let after: Attributes = loss.values.iter().map(|(path, value)| (path.to_string(), value.clone())).collect();
        let record = self.record(loss, after.keys());
        let number = self.push(Step { record, change: Change::Create { after, parent: None }, depends_on: Vec::new() });
        self.made.insert(record_of(loss), number);
    }

    fn record<'p>(&mut self, loss: &Loss, paths: impl Iterator<Item = &'p String>) -> Identity {
        self.paths.entry(Arc::clone(&loss.content_type)).or_default().extend(paths.cloned());
        Identity::new(kind_of(self.schema, &loss.content_type), loss.id.to_string())
    }

    /// References and members of records that are still there, or that come back themselves.
    fn set_again<'l>(&mut self, losses: impl Iterator<Item = &'l Loss>, present: &Present) {
        let mut by_record: IndexMap<Record, (&Loss, Attributes)> = IndexMap::new();
        for loss in losses {
            let (_, values) = by_record.entry(record_of(loss)).or_insert_with(|| (loss, Attributes::new()));
            add_values(values, loss);
        }
        for (loss, mut after) in by_record.into_values() {
            if let Some(number) = self.made.get(&record_of(loss)) {
                if let Change::Create { after: made, .. } = &mut self.steps[*number].change {
                    after.into_iter().for_each(|(path, value)| add_value(made, path, value));
                }
                continue;
            }
            let held = |path: &String| present.get(&(path.clone(), loss.id)).cloned();
            let before: Attributes =
                after.keys().map(|path| (path.clone(), held(path).map_or(Value::Null, Value::List))).collect();
            for (path, members) in before.iter().filter(|(_, members)| !members.is_null()) {
                add_value(&mut after, path.clone(), members.clone());
            }
            let record = self.record(loss, after.keys());
            let change = Change::Update { before, after, moved: None };
            let number = self.push(Step { record, change, depends_on: Vec::new() });
            self.changed.push((number, loss.id));
        }
    }

    /// Finds which steps need others, by what their values name.
    fn refer(&mut self) {
        let named: Vec<Vec<(String, RecordId)>> = self.steps.iter().map(named_by).collect();
        let records: BTreeMap<usize, &Record> = self.made.iter().map(|(record, number)| (*number, record)).collect();
        let made: HashMap<RecordId, usize> = records.iter().map(|(number, (_, id))| (*id, *number)).collect();
        // The steps that change records which are there, by these.
        let changes: HashMap<RecordId, usize> = self.changed.iter().map(|(number, id)| (*id, *number)).collect();
        // What is named in the words of the job is looked up when the step is applied.
        for (number, id) in &self.known {
            self.needs[*number].must.extend(made.get(id).filter(|made| *made != number));
        }
        for number in 0..named.len() {
            let refers_back =
                |other: usize| records.get(&number).is_some_and(|own| named[other].iter().any(|(_, id)| *id == own.1));
            let of = records.get(&number).map(|(content_type, _)| content_type);
            for (path, id) in &named[number] {
                let may = of.is_some_and(|of| !is_must(self.registry, of, path));
                match (made.get(id), changes.get(id)) {
                    (Some(made), _) if *made == number => {}
                    (Some(made), _) if may => {
                        // Of two that refer to each other the one is told last whose reference keeps the other.
                        let last = refers_back(*made) && of.is_some_and(|of| protects(self.registry, of, path));
                        if !last {
                            self.needs[number].may.push(*made);
                        }
                        self.later.entry(number).or_default().push((path.clone(), *made));
                    }
                    (Some(made), _) => self.needs[number].must.push(*made),
                    (None, Some(change)) if may && refers_back(*change) => {
                        self.later.entry(number).or_default().push((path.clone(), *change));
                    }
                    (None, _) => {}
                }
            }
        }
    }

    /// The steps in an order that holds. What a record cannot be told when it is made is set when it can be.
    fn steps_in_order(mut self) -> Vec<Step> {
        let order = ordered(&self.needs);
        let mut rank = vec![0; order.len()];
        order.iter().enumerate().for_each(|(at, number)| rank[*number] = at);
        let mut after_these: HashMap<usize, Vec<(usize, String, Value)>> = HashMap::new();
        for (number, later) in &self.later {
            let mut last: IndexMap<&String, usize> = IndexMap::new();
            for (path, made) in later.iter().filter(|(_, made)| rank[*made] > rank[*number]) {
                let known = last.entry(path).or_insert(*made);
                *known = if rank[*made] > rank[*known] { *made } else { *known };
            }
            let Change::Create { after, .. } = &mut self.steps[*number].change else { continue };
            for (path, made) in last {
                let value = after.shift_remove(path);
                after_these.entry(made).or_default().extend(value.map(|value| (*number, path.clone(), value)));
            }
        }
        let mut position = vec![StepId(0); order.len()];
        let mut steps: Vec<Step> = Vec::with_capacity(order.len());
        for number in order {
            position[number] = StepId(steps.len() as u32);
            let Needs { must, may } = &self.needs[number];
            let earlier = must.iter().chain(may).filter(|needed| rank[**needed] < rank[number]);
            let mut depends_on: Vec<StepId> = earlier.map(|needed| position[*needed]).collect();
            depends_on.sort_unstable();
            depends_on.dedup();
            steps.push(Step { depends_on, ..self.steps[number].clone() });
            let mut set = after_these.remove(&number).unwrap_or_default();
            set.sort_by_key(|(of, ..)| rank[*of]);
            for (of, path, value) in set {
                let before = [(path.clone(), Value::Null)].into_iter().collect();
                let change = Change::Update { before, after: [(path, value)].into_iter().collect(), moved: None };
                let mut depends_on = vec![position[of], position[number]];
                depends_on.sort_unstable();
                steps.push(Step { record: self.steps[of].record.clone(), change, depends_on });
            }
        }
        steps
    }
}

fn add_values(values: &mut Attributes, loss: &Loss) {
    loss.values.iter().for_each(|(path, value)| add_value(values, path.to_string(), value.clone()));
}

/// Members come to those that are named already; of anything else the first value counts.
fn add_value(values: &mut Attributes, path: String, value: Value) {
    match (values.get_mut(&path), value) {
        (Some(Value::List(members)), Value::List(more)) => {
            let fresh: Vec<Value> = more.into_iter().filter(|member| !members.contains(member)).collect();
            members.extend(fresh);
        }
        (Some(Value::Null) | None, value) => drop(values.insert(path, value)),
        (Some(_), _) => {}
    }
}
