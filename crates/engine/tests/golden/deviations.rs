//! Where the engine deliberately differs from DiffSync, and why. A case may differ only in the aspects of the
//! deviations whose circumstances it has; the cases named are those of the project's own file.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::scenario::{Node, Scenario};

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
}

pub struct Deviation {
    /// Cases of the project's file that it concerns.
    pub cases: &'static [&'static str],
    pub reason: &'static str,
    pub aspects: &'static [Aspect],
    /// Whether a scenario has the circumstances.
    applies: fn(&Scenario) -> bool,
}

use Aspect::{Calls, Complete, Dict, Elements, Error, Final, Rediff, Status, Summary, Text};

const ALL: &[Aspect] = &[Error, Summary, Elements, Dict, Text, Calls, Final, Status, Complete, Rediff];
const SYNC: &[Aspect] = &[Error, Calls, Final, Status, Complete, Rediff];

pub const DEVIATIONS: &[Deviation] = &[
    Deviation {
        cases: &["D16", "D17", "D18"],
        reason: "keys are structured: ids that only read the same are different records, and a type mismatch is \
                 reported as a problem",
        aspects: ALL,
        applies: |scenario| ids_read_the_same(scenario),
    },
    Deviation {
        cases: &["D20"],
        reason: "elements are told apart by their keys; short names are for display and may clash",
        aspects: ALL,
        applies: |scenario| short_names_clash(scenario),
    },
    Deviation {
        cases: &["D13"],
        reason: "a kind that the target does not know is refused before anything is written, not half-way",
        aspects: SYNC,
        applies: |scenario| {
            let known = scenario.schema_of(&scenario.dst_schema);
            scenario.schema_of(&scenario.src_schema).keys().any(|kind| !known.contains_key(kind))
        },
    },
    Deviation {
        cases: &["D14"],
        reason: "children are matched by their kind; the name of the list of children may differ between the sides",
        aspects: ALL,
        applies: |scenario| {
            let there = scenario.schema_of(&scenario.dst_schema);
            let here = scenario.schema_of(&scenario.src_schema);
            here.iter().any(|(kind, declaration)| {
                there.get(kind).is_some_and(|other| {
                    declaration.kids.iter().any(|(child, field)| other.kids.get(child).is_some_and(|f| f != field))
                })
            })
        },
    },
    Deviation {
        cases: &["D21", "D23", "D24"],
        reason: "values are compared in their typed canonical form: NaN equals itself, true is not 1",
        aspects: ALL,
        applies: |scenario| {
            let odd = |json: &Json| json.get("$float").is_some() || json.is_boolean();
            all_nodes(scenario).iter().any(|Node(_, ids, attrs, _, _)| ids.values().chain(attrs.values()).any(odd))
        },
    },
    Deviation {
        cases: &["D26", "D27", "D28", "D29"],
        reason: "a record has one parent and one element, wherever else it is listed; a second parent is reported",
        aspects: ALL,
        applies: |scenario| reached_twice(scenario),
    },
    Deviation {
        cases: &["M01", "M02", "M03"],
        reason: "a record that hangs below another parent is moved by one step, never deleted and made again",
        aspects: ALL,
        applies: |scenario| moved(scenario),
    },
    Deviation {
        cases: &["N07", "N08"],
        reason: "a parent is not deleted when the delete of its child failed; no orphans",
        aspects: SYNC,
        applies: |scenario| {
            let natural = |Node(_, _, _, _, flags): &Node| flags.iter().any(|f| f == "NATURAL_DELETION_ORDER");
            scenario.fail.keys().any(|hook| hook.starts_with("delete:"))
                && all_nodes(scenario).iter().any(|n| natural(n))
        },
    },
    Deviation {
        cases: &["F11", "F12"],
        reason: "what a flag protects keeps its parents: a delete above it is withheld and reported; no orphans",
        aspects: SYNC,
        applies: |scenario| {
            let protected =
                |Node(_, _, _, _, flags): &Node| flags.iter().any(|f| f == "IGNORE" || f.starts_with("SKIP_UNMATCHED"));
            all_nodes(scenario).iter().any(|Node(_, _, _, children, _)| children.iter().any(protected))
        },
    },
    Deviation {
        cases: &["E10"],
        reason: "with CONTINUE_ON_FAILURE every failed step is an outcome, whatever kind of error it was",
        aspects: SYNC,
        applies: |scenario| scenario.fail.values().any(|behaviour| behaviour == "other"),
    },
];

/// The deviations that a scenario is subject to.
pub fn reasons(scenario: &Scenario) -> Vec<&'static Deviation> {
    let concerned =
        |deviation: &&Deviation| deviation.cases.contains(&scenario.id.as_str()) || (deviation.applies)(scenario);
    DEVIATIONS.iter().filter(concerned).collect()
}

fn all_nodes(scenario: &Scenario) -> Vec<&Node> {
    let mut nodes: Vec<&Node> = scenario.source.iter().chain(&scenario.target).collect();
    let mut next = 0;
    while let Some(node) = nodes.get(next).copied() {
        nodes.extend(&node.3);
        next += 1;
    }
    nodes
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

fn ids_read_the_same(scenario: &Scenario) -> bool {
    let mut keys: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for node in all_nodes(scenario) {
        keys.entry(id(node)).or_default().insert(Json::Object(node.1.clone()).to_string());
    }
    keys.values().any(|keys| keys.len() > 1)
}

fn short_names_clash(scenario: &Scenario) -> bool {
    let kinds = scenario.schema_of(&scenario.src_schema);
    let clash = |siblings: &[Node]| {
        let mut seen = BTreeSet::new();
        siblings.iter().any(|Node(kind, ids, attrs, _, _)| {
            let Some(declaration) = kinds.get(kind).filter(|kind| !kind.short.is_empty()) else { return false };
            let value = |field: &String| {
                let found = ids.get(field).or_else(|| attrs.get(field)).or_else(|| declaration.attrs.get(field));
                found.map(text).unwrap_or_default()
            };
            !seen.insert((kind.clone(), declaration.short.iter().map(value).collect::<Vec<_>>()))
        })
    };
    clash(&scenario.source) || clash(&scenario.target) || all_nodes(scenario).iter().any(|node| clash(&node.3))
}

fn reached_twice(scenario: &Scenario) -> bool {
    let linked = all_nodes(scenario).iter().any(|Node(kind, ..)| kind.starts_with('&'));
    let top: Vec<String> = scenario.top_of(&scenario.src_top);
    linked || all_nodes(scenario).iter().any(|node| node.3.iter().any(|child| top.contains(&child.0)))
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
