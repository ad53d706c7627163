//! Where the engine deliberately differs from DiffSync, and why. A case may differ only in the aspects of the
//! deviations whose circumstances it has.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::scenario::{Case, Node, Scenario};
use crate::world::value;

/// What a golden case says something about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aspect {
    Error,
    Summary,
    Elements,
    Dict,
    Text,
    Calls,
    Final,
    Status,
    Complete,
    Rediff,
    /// Only how a value is written, in the dict form, the calls or the final state.
    Form,
}

pub struct Deviation {
    /// Cases that show it.
    pub cases: &'static [&'static str],
    pub reason: &'static str,
    pub aspects: &'static [Aspect],
    /// Whether a case has the circumstances.
    applies: fn(&Case) -> bool,
}

use Aspect::{Calls, Complete, Dict, Elements, Error, Final, Form, Rediff, Status, Summary, Text};

const ALL: &[Aspect] = &[Error, Summary, Elements, Dict, Text, Calls, Final, Status, Complete, Rediff, Form];
const SYNC: &[Aspect] = &[Error, Calls, Final, Status, Complete, Rediff];

pub const DEVIATIONS: &[Deviation] = &[
    Deviation {
        cases: &["D16", "D17", "D18"],
        reason: "keys are structured: ids that only read the same are different records, and a type mismatch is \
                 reported as a problem",
        aspects: ALL,
        applies: |case| ids_read_the_same(&case.scenario),
    },
    Deviation {
        cases: &["D20"],
        reason: "elements are told apart by their keys; short names are for display, and may clash or differ",
        aspects: &[Error],
        applies: |case| {
            failed(case, "diff", "ObjectAlreadyExists", "Already storing")
                || failed(case, "diff", "ValueError", "Shortname mismatch")
        },
    },
    Deviation {
        cases: &["D13"],
        reason: "a kind that the target does not know is refused before anything is written, not half-way",
        aspects: SYNC,
        applies: |case| {
            let known = case.scenario.schema_of(&case.scenario.dst_schema);
            elements(case).iter().any(|(_, kind, ..)| !known.contains_key(kind))
        },
    },
    Deviation {
        cases: &["D36"],
        reason: "with CONTINUE_ON_FAILURE, a record that may not hang below its parent in the target is an outcome",
        aspects: SYNC,
        applies: |case| continues(case) && failed(case, "sync", "ObjectStoreWrongType", "Unable to store"),
    },
    Deviation {
        cases: &["D14"],
        reason: "children are matched by their kind; the name of the list of children may differ between the sides",
        aspects: &[Error],
        applies: |case| failed(case, "diff", "AttributeError", "") && lists_are_named_differently(&case.scenario),
    },
    Deviation {
        cases: &["D21", "D24"],
        reason: "values are compared in their typed canonical form: NaN equals itself, true is not 1",
        aspects: ALL,
        applies: |case| values_are_equal_otherwise(&case.scenario),
    },
    Deviation {
        cases: &[],
        reason: "NaN equals itself, so a NaN that was written is no difference afterwards",
        aspects: &[Rediff],
        applies: |case| {
            all_attributes(&case.scenario).iter().any(|json| anywhere(json, |json| json.get("$float").is_some()))
        },
    },
    Deviation {
        cases: &["D21"],
        reason: "a whole number has one form, however it is written: 1.0 is shown as 1",
        aspects: &[Form, Text],
        applies: |case| has_whole_float(&case.scenario),
    },
    Deviation {
        cases: &[],
        reason: "a value has one form in a short name, too",
        aspects: &[Elements, Dict, Text],
        applies: |case| {
            let shown = |part: &str| elements(case).iter().any(|(_, _, name, _)| name.contains(part));
            (has_whole_float(&case.scenario) && shown(".0")) || (has_unsorted_map(&case.scenario) && shown("{"))
        },
    },
    Deviation {
        cases: &["D38"],
        reason: "a map has no order: its keys are shown sorted",
        aspects: &[Text],
        applies: |case| has_unsorted_map(&case.scenario),
    },
    Deviation {
        cases: &["D38"],
        reason: "an integer of more than 64 bits is an exact decimal",
        aspects: &[Form],
        applies: |case| {
            let large = |json: &Json| json.as_i64().is_none() && json.is_u64();
            all_attributes(&case.scenario).iter().any(|json| anywhere(json, large))
        },
    },
    Deviation {
        cases: &["D26", "D27", "D28", "D29"],
        reason: "a record has one parent and one element, wherever else it is listed; a second parent is reported",
        aspects: ALL,
        applies: |case| reached_twice(&case.scenario),
    },
    Deviation {
        cases: &["M01", "M02", "M03", "M04", "M05"],
        reason: "a record that hangs below another parent is moved by one step, never deleted and made again",
        aspects: ALL,
        applies: |case| moved(&case.scenario),
    },
    Deviation {
        cases: &["N07", "N08"],
        reason: "a parent is not deleted when the delete of its child failed; no orphans",
        aspects: SYNC,
        applies: |case| {
            let fails = |node: &Node| {
                let (kind, id) = declared_id(case, node);
                let how = [format!("delete:{kind}/{id}"), format!("delete:{kind}")];
                let how = how.iter().find_map(|hook| case.scenario.fail.get(hook)).map(String::as_str);
                how == Some("none") || (how == Some("raise") && continues(case))
            };
            below_deleted(case, &is_natural, &fails)
        },
    },
    Deviation {
        cases: &["F11", "F12", "F12b"],
        reason: "what a flag protects keeps its parents: a delete above it is withheld and reported; no orphans",
        aspects: SYNC,
        applies: |case| {
            let protected =
                |flag: &String| matches!(flag.as_str(), "IGNORE" | "SKIP_UNMATCHED_DST" | "SKIP_UNMATCHED_BOTH");
            below_deleted(case, &|_| true, &|node| node.4.iter().any(protected))
        },
    },
    Deviation {
        cases: &["E10"],
        reason: "with CONTINUE_ON_FAILURE every failed step is an outcome, whatever kind of error it was",
        aspects: SYNC,
        applies: |case| continues(case) && failed(case, "sync", "RuntimeError", "boom"),
    },
    Deviation {
        cases: &["D37"],
        reason: "a plan is what it is: an empty one is not replaced by another when the target has changed meanwhile",
        aspects: SYNC,
        applies: |case| case.golden.len == Some(0) && !case.scenario.mutate_dst.is_empty(),
    },
    Deviation {
        cases: &["E14"],
        reason: "a step whose record has changed meanwhile is left alone, and the others go on",
        aspects: SYNC,
        applies: |case| !vanished(case).is_empty(),
    },
    Deviation {
        cases: &["E24"],
        reason: "a step is tried when its own record is as expected, even if an unchanged parent has vanished",
        aspects: SYNC,
        applies: |case| {
            let elements = elements(case);
            let below = elements.iter().zip(elements.iter().skip(1));
            let mut parents = below.filter(|((depth, ..), (below, ..))| below > depth).map(|(parent, _)| parent);
            parents.any(|(_, kind, name, action)| {
                let same = |node: &&Node| node.0 == *kind && short_name(case, node) == *name;
                action.is_none() && vanished(case).iter().any(same)
            })
        },
    },
    Deviation {
        cases: &["E26"],
        reason: "the order of deletes is decided when the plan is made; DiffSync cannot see the flag of a vanished record",
        aspects: SYNC,
        applies: |case| vanished(case).into_iter().any(is_natural),
    },
    Deviation {
        cases: &["E25"],
        reason: "a record that is removed is no longer in its parent's list",
        aspects: &[Final],
        applies: |case| {
            let nested = all_below(&case.scenario.target);
            vanished(case).iter().any(|gone| nested.iter().any(|node| std::ptr::eq(*node, *gone)))
        },
    },
];

/// The deviations that a case is subject to.
pub fn reasons(case: &Case) -> Vec<&'static Deviation> {
    DEVIATIONS.iter().filter(|deviation| (deviation.applies)(case)).collect()
}

/// Whether DiffSync failed like this.
fn failed(case: &Case, phase: &str, exception: &str, message: &str) -> bool {
    let error = case.golden.error.as_ref();
    error.is_some_and(|(at, name, text)| at == phase && name == exception && text.starts_with(message))
}

fn continues(case: &Case) -> bool {
    let Scenario { flags, sync_flags, .. } = &case.scenario;
    flags.iter().chain(sync_flags).any(|flag| flag == "CONTINUE_ON_FAILURE")
}

/// Depth, kind, short name and action of DiffSync's elements.
fn elements(case: &Case) -> Vec<(u64, String, String, Option<String>)> {
    case.golden.elements.clone().map(|json| serde_json::from_value(json).expect("as described")).unwrap_or_default()
}

/// The records that are taken out of the target before the sync.
fn vanished(case: &Case) -> Vec<&Node> {
    let mut nodes = side_nodes(&case.scenario.target);
    nodes.retain(|node| {
        let (kind, id) = declared_id(case, node);
        case.scenario.mutate_dst.iter().any(|gone| gone[1] == kind.as_str() && gone[2] == id.as_str())
    });
    nodes
}

fn is_natural(node: &Node) -> bool {
    node.4.iter().any(|flag| flag == "NATURAL_DELETION_ORDER")
}

/// As the target's declaration has it.
fn short_name(case: &Case, node: &Node) -> String {
    let kinds = case.scenario.schema_of(&case.scenario.dst_schema);
    let Some(declaration) = kinds.get(&node.0).filter(|kind| !kind.short.is_empty()) else {
        return declared_id(case, node).1;
    };
    let of = |field: &String| node.1.get(field).or_else(|| node.2.get(field)).or_else(|| declaration.attrs.get(field));
    let shown: Vec<String> = declaration.short.iter().filter_map(of).map(|json| value(json).to_string()).collect();
    shown.join("__")
}

fn all_nodes(scenario: &Scenario) -> Vec<&Node> {
    let mut nodes: Vec<&Node> = scenario.source.iter().chain(&scenario.target).collect();
    nodes.extend(all_below(&scenario.source));
    nodes.extend(all_below(&scenario.target));
    nodes
}

/// What is below these nodes, at any depth.
fn all_below(nodes: &[Node]) -> Vec<&Node> {
    let mut found: Vec<&Node> = nodes.iter().flat_map(|node| &node.3).collect();
    let mut next = 0;
    while let Some(node) = found.get(next).copied() {
        found.extend(&node.3);
        next += 1;
    }
    found
}

/// Whether `wanted` is true of a record that would go with a deleted one above it of which `above` is true.
fn below_deleted(case: &Case, above: &dyn Fn(&Node) -> bool, wanted: &dyn Fn(&Node) -> bool) -> bool {
    let source: BTreeSet<_> = side_nodes(&case.scenario.source).into_iter().map(id).collect();
    let deleted = side_nodes(&case.scenario.target).into_iter().filter(|node| !source.contains(&id(node)));
    deleted.filter(|node| above(node)).any(|node| all_below(std::slice::from_ref(node)).into_iter().any(wanted))
}

fn side_nodes(nodes: &[Node]) -> Vec<&Node> {
    nodes.iter().chain(all_below(nodes)).collect()
}

fn text(json: &Json) -> String {
    match json {
        Json::String(text) => text.clone(),
        Json::Null => "None".to_owned(),
        other => other.to_string(),
    }
}

fn id(Node(kind, ids, ..): &Node) -> (String, String) {
    let joined: Vec<String> = ids.values().map(text).collect();
    (kind.trim_start_matches('&').to_owned(), joined.join("__"))
}

/// Kind and id, the identifiers in the order of the target's declaration.
fn declared_id(case: &Case, node: &Node) -> (String, String) {
    let kinds = case.scenario.schema_of(&case.scenario.dst_schema);
    let (kind, id) = id(node);
    let Some(declaration) = kinds.get(&kind) else { return (kind, id) };
    let joined: Vec<String> = declaration.ids.iter().filter_map(|field| node.1.get(field)).map(text).collect();
    (kind, joined.join("__"))
}

fn ids_read_the_same(scenario: &Scenario) -> bool {
    let mut keys: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for node in all_nodes(scenario) {
        keys.entry(id(node)).or_default().insert(Json::Object(node.1.clone()).to_string());
    }
    keys.values().any(|keys| keys.len() > 1)
}

fn lists_are_named_differently(scenario: &Scenario) -> bool {
    let (here, there) = (scenario.schema_of(&scenario.src_schema), scenario.schema_of(&scenario.dst_schema));
    here.iter().any(|(kind, declaration)| {
        let other = there.get(kind).map(|other| &other.kids);
        declaration.kids.iter().any(|(child, field)| other.and_then(|kids| kids.get(child)).is_some_and(|f| f != field))
    })
}

/// Whether `is` is true of a value or of anything in it.
fn anywhere(json: &Json, is: fn(&Json) -> bool) -> bool {
    is(json)
        || match json {
            Json::Array(items) => items.iter().any(|item| anywhere(item, is)),
            Json::Object(items) => items.values().any(|item| anywhere(item, is)),
            _ => false,
        }
}

fn has_whole_float(scenario: &Scenario) -> bool {
    let whole = |json: &Json| json.is_f64() && json.as_f64().is_some_and(|number| number.fract() == 0.0);
    all_attributes(scenario).iter().any(|json| anywhere(json, whole))
}

fn has_unsorted_map(scenario: &Scenario) -> bool {
    let unsorted = |json: &Json| json.as_object().is_some_and(|map| !map.keys().is_sorted());
    all_attributes(scenario).iter().any(|json| anywhere(json, unsorted))
}

fn all_attributes(scenario: &Scenario) -> Vec<Json> {
    let kinds = scenario.schema_of(&scenario.src_schema).into_values();
    let kinds = kinds.chain(scenario.schema_of(&scenario.dst_schema).into_values());
    let defaults = kinds.flat_map(|kind| kind.attrs.into_iter().map(|(_, value)| value));
    let nodes = all_nodes(scenario);
    defaults.chain(nodes.into_iter().flat_map(|node| node.2.values().cloned())).collect()
}

/// A record that both sides have has values that Python finds equal and the engine does not, or the other way round.
fn values_are_equal_otherwise(scenario: &Scenario) -> bool {
    let (here, there) = (scenario.schema_of(&scenario.src_schema), scenario.schema_of(&scenario.dst_schema));
    let targets: BTreeMap<_, _> = side_nodes(&scenario.target).into_iter().map(|node| (id(node), node)).collect();
    side_nodes(&scenario.source).into_iter().any(|source| {
        let Some(target) = targets.get(&id(source)) else { return false };
        let (Some(here), Some(there)) = (here.get(&source.0), there.get(&target.0)) else { return false };
        here.attrs.iter().filter(|(name, _)| there.attrs.contains_key(*name)).any(|(name, default)| {
            let ours = source.2.get(name).unwrap_or(default);
            let theirs = target.2.get(name).unwrap_or(&there.attrs[name]);
            in_python(ours, theirs) != (value(ours) == value(theirs))
        })
    })
}

/// Python's `==`.
fn in_python(a: &Json, b: &Json) -> bool {
    let number = |json: &Json| match json {
        Json::Bool(truth) => Some(f64::from(u8::from(*truth))),
        other => other.as_f64(),
    };
    match (a, b) {
        _ if a.get("$float").is_some() || b.get("$float").is_some() => false,
        (Json::Number(a), Json::Number(b)) if !a.is_f64() && !b.is_f64() => a == b,
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| in_python(a, b)),
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| in_python(a, b)))
        }
        _ => match (number(a), number(b)) {
            (Some(a), Some(b)) => a == b,
            _ => a == b,
        },
    }
}

fn reached_twice(scenario: &Scenario) -> bool {
    let linked = all_nodes(scenario).iter().any(|Node(kind, ..)| kind.starts_with('&'));
    let (source, target) = (scenario.top_of(&scenario.src_top), scenario.top_of(&scenario.dst_top));
    let top = |kind: &String| source.contains(kind) && target.contains(kind);
    linked || all_nodes(scenario).iter().any(|node| node.3.iter().any(|child| top(&child.0)))
}

fn moved(scenario: &Scenario) -> bool {
    fn parents(
        nodes: &[Node],
        parent: Option<&Node>,
        found: &mut BTreeMap<(String, String), Option<(String, String)>>,
    ) {
        for node in nodes {
            found.insert(id(node), parent.map(id));
            parents(&node.3, Some(node), found);
        }
    }
    let (mut source, mut target) = (BTreeMap::new(), BTreeMap::new());
    parents(&scenario.source, None, &mut source);
    parents(&scenario.target, None, &mut target);
    source.iter().any(|(id, parent)| target.get(id).is_some_and(|other| other != parent))
}
