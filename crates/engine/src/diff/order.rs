use std::collections::HashSet;

use super::Diff;
use super::element::{Element, ElementRef, Elements, close};
use crate::kind::KindName;

/// The elements of one kind below one parent.
pub struct Group<'d, 's> {
    pub kind: &'d KindName,
    pub elements: Vec<ElementRef<'d, 's>>,
}

/// A hook that decides in which order elements are shown and planned, at every level of the tree. What it leaves out
/// is left out of the summary, the dict form and the plan, but stays in the text form.
pub trait ElementOrder {
    /// The order within one kind; DiffSync's `order_children_<kind>`.
    fn group<'d, 's>(&self, group: Group<'d, 's>) -> Vec<ElementRef<'d, 's>> {
        group.elements
    }

    /// The order of everything below one parent; DiffSync's `get_children`.
    fn children<'d, 's>(&self, groups: Vec<Group<'d, 's>>) -> Vec<ElementRef<'d, 's>> {
        groups.into_iter().flat_map(|group| self.group(group)).collect()
    }

    /// False for an order that changes nothing, which then costs nothing.
    fn reorders(&self) -> bool {
        true
    }
}

/// The order of the source, then what only the target has: no hook at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct SourceOrder;

impl ElementOrder for SourceOrder {
    fn reorders(&self) -> bool {
        false
    }
}

pub(super) fn apply(diff: &Diff<'_>, order: &dyn ElementOrder) -> Vec<Element> {
    enum Work<'d, 's> {
        Open(ElementRef<'d, 's>),
        Close(usize),
    }
    let mut out: Vec<Element> = Vec::with_capacity(diff.elements.len());
    let mut seen = HashSet::new();
    let roots = order.children(groups(Elements::roots(diff, &diff.elements)));
    let mut pending: Vec<Work<'_, '_>> = roots.into_iter().rev().map(Work::Open).collect();
    while let Some(work) = pending.pop() {
        match work {
            // A hook that returns an element twice shows it once.
            Work::Open(element) if !seen.insert(element.index) => {}
            Work::Open(element) => {
                pending.push(Work::Close(out.len()));
                // A difference below it that the hook drops still counts, as in DiffSync.
                out.push(Element { size: 1, ..element.element() });
                let children = order.children(groups(element.children()));
                pending.extend(children.into_iter().rev().map(Work::Open));
            }
            Work::Close(index) => close(&mut out, index),
        }
    }
    out
}

/// Elements by kind, kinds in the order in which they first come.
pub(super) fn groups<'d, 's>(elements: Elements<'d, 's>) -> Vec<Group<'d, 's>> {
    let mut groups: Vec<Group<'d, 's>> = Vec::new();
    for element in elements {
        match groups.iter_mut().rev().find(|group| group.kind == element.kind()) {
            Some(group) => group.elements.push(element),
            None => groups.push(Group { kind: element.kind(), elements: vec![element] }),
        }
    }
    groups
}
