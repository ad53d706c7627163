//! From the keys of a draft to ids, as far as the lookups know them; and what is said of keys that lead nowhere.

use super::change::{Pairs, PathValues};
use super::draft::{Draft, Element, Pointer};
use super::error::WriteErrorCause as Cause;
use super::lookup::{Found, Lookups};
use super::shape::Group;
use crate::model::{Registry, TypeIndex};
use trueup_engine::Value;

/// Whether every key of a draft is an id now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keys {
    Known,
    Missing,
}

impl Draft {
    /// Turns keys into ids as far as they are known now. Keys that several records have fail the draft.
    pub fn resolve(&mut self, registry: &Registry, lookups: &Lookups) -> Keys {
        let shape = self.shape.clone();
        let mut keys = Keys::Known;
        let mut causes = Vec::new();
        for (group, pointer) in shape.references.iter().zip(&mut self.references) {
            let Pointer::Wanted(key) = pointer else { continue };
            match lookups.found(group.lookup, key) {
                Some(Found::One(id)) => *pointer = Pointer::Id(id),
                Some(Found::Several(count)) => {
                    causes.push(Cause::ReferenceAmbiguous {
                        field: shape.content_type.fields[group.field].name().to_owned(),
                        to: registry.get(shape.target_type(group)).verbose_name().to_owned(),
                        looked_up: looked_up(&self.values, group),
                        count,
                    });
                    *pointer = Pointer::Bad;
                }
                None => keys = Keys::Missing,
            }
        }
        for many in &mut self.many {
            for element in &mut many.elements {
                let Element::Record { lookup, pointer, value } = element else { continue };
                let Pointer::Wanted(key) = pointer else { continue };
                match lookups.found(*lookup, key) {
                    Some(Found::One(id)) => *pointer = Pointer::Id(id),
                    Some(Found::Several(count)) => {
                        let to = registry.get(lookups.get(*lookup).content_type);
                        causes.push(Cause::ReferenceAmbiguous {
                            field: shape.content_type.fields[many.field].name().to_owned(),
                            to: to.verbose_name().to_owned(),
                            looked_up: element_key(registry, lookups.get(*lookup).content_type, value),
                            count,
                        });
                        *pointer = Pointer::Bad;
                    }
                    None => keys = Keys::Missing,
                }
            }
        }
        causes.into_iter().for_each(|cause| self.fail(cause));
        keys
    }

    /// Keys that are still wanted lead nowhere.
    pub fn fail_missing(&mut self, registry: &Registry, lookups: &Lookups) {
        let shape = self.shape.clone();
        let mut causes = Vec::new();
        for (group, pointer) in shape.references.iter().zip(&mut self.references) {
            if matches!(pointer, Pointer::Wanted(_)) {
                *pointer = Pointer::Bad;
                causes.push(Cause::ReferenceNotFound {
                    field: shape.content_type.fields[group.field].name().to_owned(),
                    to: registry.get(shape.target_type(group)).verbose_name().to_owned(),
                    looked_up: looked_up(&self.values, group),
                });
            }
        }
        for many in &mut self.many {
            for element in &mut many.elements {
                let Element::Record { pointer, value, lookup } = element else { continue };
                if matches!(pointer, Pointer::Wanted(_)) {
                    *pointer = Pointer::Bad;
                    let to = lookups.get(*lookup).content_type;
                    causes.push(Cause::ReferenceNotFound {
                        field: shape.content_type.fields[many.field].name().to_owned(),
                        to: registry.get(to).verbose_name().to_owned(),
                        looked_up: element_key(registry, to, value),
                    });
                }
            }
        }
        causes.into_iter().for_each(|cause| self.fail(cause));
    }

    /// Keys that are still wanted and may be answered by records of `content_type`.
    pub fn may_wait_for(&self, lookups: &Lookups, content_type: TypeIndex) -> bool {
        let groups = self.shape.references.iter().zip(&self.references);
        let wanted = groups.filter(|(_, pointer)| matches!(pointer, Pointer::Wanted(_))).map(|(group, _)| group.lookup);
        let many = self.many.iter().flat_map(|many| &many.elements).filter_map(|element| match element {
            Element::Record { lookup, pointer: Pointer::Wanted(_), .. } => Some(*lookup),
            _ => None,
        });
        let mut all = wanted.chain(many).peekable();
        all.peek().is_some() && all.all(|lookup| lookups.touches(lookup, content_type))
    }

    /// Describes what a reference was looked up by.
    pub fn looked_up(&self, group: &Group) -> String {
        looked_up(&self.values, group)
    }
}

fn looked_up(values: &PathValues, group: &Group) -> String {
    let pairs = group.positions.iter().map(|&position| (values[position].0.as_ref(), &values[position].1));
    Pairs(pairs).to_string()
}

fn element_key(registry: &Registry, to: TypeIndex, value: &Value) -> String {
    match value {
        Value::Map(paths) => Pairs(paths.iter().map(|(path, value)| (path.as_str(), value))).to_string(),
        value => format!("{}={value}", registry.get(to).natural_key().join(", ")),
    }
}
