//! The exact difference between two snapshots.
//!
//! [`diff`] is total: it cannot fail. What it could not compare (a field, a kind or a place in the tree that only one
//! side knows) is a [`Problem`] beside the result.
//!
//! How: every source row looks for the target row with the same key of the same kind, and their canonical bytes are
//! compared, over all rows at once and on several threads; then one walk over both trees puts the pairs in order.
//! Identity does not depend on the place in the tree: a record that hangs below another parent on the other side is one
//! element, *moved*. Only differing records are ever decoded.

mod assemble;
mod compare;
mod element;
mod flags;
mod json;
mod order;
mod pairing;
mod problem;
mod progress;
mod scope;
mod summary;
mod text;

use std::sync::Arc;

pub use element::{Action, AttributeChange, ElementRef, Elements};
pub use flags::DiffFlags;
pub use order::{ElementOrder, Group, SourceOrder};
pub use problem::{Problem, Side};
pub use progress::{Progress, Stage};
pub use scope::{Scope, ScopeError, ScopeProblem};
pub use summary::Summary;

use crate::kind::KindName;
use crate::snapshot::{NO_ROW, Snapshot};
use assemble::Walk;
use compare::KindPair;
use element::Element;
use scope::Outside;

/// What shapes a diff. [`Default`] compares everything in source order.
#[derive(Clone)]
pub struct DiffOptions {
    pub flags: DiffFlags,
    /// Which records take part.
    pub scope: Scope,
    pub order: Arc<dyn ElementOrder + Send + Sync>,
}

impl Default for DiffOptions {
    fn default() -> Self {
        Self { flags: DiffFlags::NONE, scope: Scope::all(), order: Arc::new(SourceOrder) }
    }
}

/// The difference between two snapshots, with both at hand.
///
/// Elements are kept in preorder. Order hooks may reorder or drop elements: that steers everything except
/// [`text`](Diff::text) and [`has_diffs`](Diff::has_diffs), which show all that differs, as in DiffSync.
pub struct Diff<'s> {
    source: &'s Snapshot,
    target: &'s Snapshot,
    kinds: Vec<KindPair>,
    outside: Outside,
    elements: Vec<Element>,
    /// What an order hook left, in its order; `None` when there is no hook.
    ordered: Option<Vec<Element>>,
    summary: Summary,
    problems: Vec<Problem>,
}

/// Compares `source` with `target`: what would make the target agree with the source. `progress` is called now and then,
/// and at the end with everything done.
pub fn diff<'s>(
    source: &'s Snapshot,
    target: &'s Snapshot,
    options: &DiffOptions,
    progress: &mut dyn FnMut(Progress),
) -> Diff<'s> {
    let total = (source.len() + target.len()) as u64;
    progress(Progress { stage: Stage::Diff, done: 0, total });
    let kinds = compare::pair_kinds(source, target);
    let pairing = pairing::pair(source, target, &kinds);
    progress(Progress { stage: Stage::Diff, done: source.len() as u64, total });
    let (outside, scope_problems) = Outside::new(source, target, &pairing, &options.scope);
    let walk = Walk::new((source, target), &kinds, &pairing, options.flags, &outside);
    let assembled = walk.assemble();
    let mut problems = problem::find(source, target, &kinds, &pairing);
    problems.extend(scope_problems);
    problems.extend(assembled.problems);
    let mut diff = Diff {
        source,
        target,
        kinds,
        outside,
        elements: assembled.elements,
        ordered: None,
        summary: Summary { skip: assembled.skipped, ..Summary::default() },
        problems,
    };
    diff.ordered = options.order.reorders().then(|| order::apply(&diff, &*options.order));
    diff.summary = diff.count();
    progress(Progress { stage: Stage::Diff, done: total, total });
    diff
}

impl<'s> Diff<'s> {
    pub fn source(&self) -> &'s Snapshot {
        self.source
    }

    pub fn target(&self) -> &'s Snapshot {
        self.target
    }

    pub fn summary(&self) -> Summary {
        self.summary
    }

    /// What could not be compared.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Whether a scope leaves anything out.
    pub(crate) fn is_scoped(&self) -> bool {
        !self.outside.is_empty()
    }

    /// Whether the scope leaves a row of the source out.
    pub(crate) fn leaves_out(&self, source: u32) -> bool {
        self.outside.holds(source, NO_ROW)
    }

    /// How many records of a kind one side has within the scope.
    pub fn in_scope(&self, side: Side, kind: &KindName) -> usize {
        let snapshot = match side {
            Side::Source => self.source,
            Side::Target => self.target,
        };
        let of_kind = |id| snapshot.count(kind.as_str()) - self.outside.count(side, snapshot, id);
        snapshot.schema().id(kind.as_str()).map_or(0, of_kind)
    }

    /// Number of elements, with and without a difference, at all levels.
    pub fn len(&self) -> usize {
        self.visible().len()
    }

    pub fn is_empty(&self) -> bool {
        self.visible().is_empty()
    }

    /// Whether anything differs, an order hook's opinion aside.
    pub fn has_diffs(&self) -> bool {
        self.elements.iter().any(|element| element.action != Action::NoChange)
    }

    /// All elements in preorder, parents before their children.
    pub fn elements(&self) -> Elements<'_, 's> {
        Elements::all(self, self.visible())
    }

    /// The element at a position of [`elements`](Diff::elements). Its depth is not known.
    pub(crate) fn element(&self, position: usize) -> ElementRef<'_, 's> {
        ElementRef { diff: self, list: self.visible(), index: position, depth: 0 }
    }

    fn visible(&self) -> &[Element] {
        self.ordered.as_deref().unwrap_or(&self.elements)
    }
}
