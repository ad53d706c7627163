use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use serde_json::{Map, Value as Json};

use super::element::{ElementRef, Elements};
use super::order::groups;
use super::{Action, Diff};
use crate::value::Value;

impl Diff<'_> {
    /// Writes DiffSync's dict form as JSON: `{kind: {shortname: {"+": {…}, "-": {…}, childkind: {…}}}}` of elements
    /// with a difference at or below them. Streams, however large or deep the diff is.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        enum Work<'d, 's> {
            Text(&'static str),
            Name(String),
            Element(ElementRef<'d, 's>, String),
        }
        /// What is below a node, as `"kind": {name: node, …}` parts, each after a comma when `comma` says so.
        fn queue<'d, 's>(pending: &mut Vec<Work<'d, 's>>, elements: Elements<'d, 's>, mut comma: bool) {
            let mut work = Vec::new();
            for group in groups(elements) {
                let differing: Vec<_> = group.elements.into_iter().filter(|element| element.differs()).collect();
                if differing.is_empty() {
                    continue;
                }
                if std::mem::replace(&mut comma, true) {
                    work.push(Work::Text(","));
                }
                work.push(Work::Name(group.kind.to_string()));
                work.push(Work::Text("{"));
                let names = names(&differing);
                for (index, (element, name)) in differing.into_iter().zip(names).enumerate() {
                    if index > 0 {
                        work.push(Work::Text(","));
                    }
                    work.push(Work::Element(element, name));
                }
                work.push(Work::Text("}"));
            }
            pending.extend(work.into_iter().rev());
        }
        let mut pending = vec![Work::Text("}")];
        queue(&mut pending, Elements::roots(self, self.visible()), false);
        pending.push(Work::Text("{"));
        while let Some(work) = pending.pop() {
            match work {
                Work::Text(text) => out.write_all(text.as_bytes())?,
                Work::Name(name) => {
                    serde_json::to_writer(&mut *out, &name)?;
                    out.write_all(b":")?;
                }
                Work::Element(element, name) => {
                    serde_json::to_writer(&mut *out, &name)?;
                    out.write_all(b":{")?;
                    let parts = sides(element);
                    for (index, (sign, values)) in parts.iter().enumerate() {
                        let comma = if index > 0 { "," } else { "" };
                        write!(out, "{comma}\"{sign}\":")?;
                        serde_json::to_writer(&mut *out, values)?;
                    }
                    pending.push(Work::Text("}"));
                    queue(&mut pending, element.children(), !parts.is_empty());
                }
            }
        }
        Ok(())
    }
}

/// The "+" and "-" maps of one element.
fn sides(element: ElementRef<'_, '_>) -> Vec<(&'static str, Map<String, Json>)> {
    let all = |record: crate::snapshot::RecordRef<'_>| -> Map<String, Json> {
        record.attributes().iter().map(|(name, value)| (name.clone(), value.to_json())).collect()
    };
    match (element.action(), element.source(), element.target()) {
        (Action::Create, Some(source), _) => vec![("+", all(source))],
        (Action::Delete, _, Some(target)) => vec![("-", all(target))],
        _ => {
            let changes = element.changes();
            let pick = |value: fn(&super::AttributeChange) -> &Value| -> Map<String, Json> {
                changes.iter().map(|change| (change.name.clone(), value(change).to_json())).collect()
            };
            vec![("-", pick(|change| &change.before)), ("+", pick(|change| &change.after))]
        }
    }
}

/// Short names; where two siblings share one, the id instead; where they share that too, the key as JSON.
fn names(elements: &[ElementRef<'_, '_>]) -> Vec<String> {
    let mut names: Vec<String> = elements.iter().map(|element| element.shortname()).collect();
    let forms: [fn(ElementRef<'_, '_>) -> String; 2] =
        [|element| element.key().to_string(), |element| element.key().to_tagged_json().to_string()];
    for form in forms {
        let mut count: HashMap<&str, usize> = HashMap::new();
        names.iter().for_each(|name| *count.entry(name).or_default() += 1);
        let shared: HashSet<String> =
            count.into_iter().filter(|(_, count)| *count > 1).map(|(name, _)| name.to_owned()).collect();
        if shared.is_empty() {
            break;
        }
        for (name, element) in names.iter_mut().zip(elements) {
            if shared.contains(name) {
                *name = form(*element);
            }
        }
    }
    names
}
