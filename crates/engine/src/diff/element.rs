use super::Diff;
use super::compare::Shared;
use crate::kind::{Kind, KindName};
use crate::record::Key;
use crate::snapshot::{NO_ROW, RecordRef, RowId};
use crate::value::Value;

/// What would make the target agree about one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    Create,
    Update,
    Delete,
    NoChange,
}

impl Action {
    /// DiffSync's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Create => "create",
            Action::Update => "update",
            Action::Delete => "delete",
            Action::NoChange => "no-change",
        }
    }
}

/// One pair, or one record that only one side has. Compact: there is one for every record that was compared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element {
    pub(super) source: u32,
    pub(super) target: u32,
    /// Elements of the subtree, this one included; the next sibling is that far away.
    pub(super) size: u32,
    /// Index into the diff's kinds.
    pub(super) kind: u16,
    pub(super) action: Action,
    /// The record hangs below another parent on the other side.
    pub(super) moved: bool,
    /// This element or one below it differs.
    pub(super) differs: bool,
}

impl Element {
    /// How many sides have the record.
    pub(super) fn sides(&self) -> u64 {
        u64::from(self.source != NO_ROW) + u64::from(self.target != NO_ROW)
    }
}

/// Completes the element at `index` when everything below it, to the end of the list, has been completed.
pub(super) fn close(elements: &mut [Element], index: usize) {
    let mut differs = false;
    let mut child = index + 1;
    while child < elements.len() {
        differs |= elements[child].differs;
        child += elements[child].size as usize;
    }
    let size = (elements.len() - index) as u32;
    let element = &mut elements[index];
    element.size = size;
    element.differs |= differs;
}

/// One attribute that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct AttributeChange {
    pub name: String,
    /// The target's value.
    pub before: Value,
    /// What it is to become: the source's value, or of a merged set what both sides have.
    pub after: Value,
}

/// An element of a diff.
#[derive(Clone, Copy)]
pub struct ElementRef<'d, 's> {
    pub(super) diff: &'d Diff<'s>,
    pub(super) list: &'d [Element],
    pub(super) index: usize,
    pub(super) depth: usize,
}

impl<'d, 's> ElementRef<'d, 's> {
    pub(super) fn element(self) -> Element {
        self.list[self.index]
    }

    /// Number of elements from this one to its next sibling, itself included.
    pub fn size(self) -> usize {
        self.element().size as usize
    }

    /// Levels above it.
    pub fn depth(self) -> usize {
        self.depth
    }

    pub fn kind(self) -> &'d KindName {
        &self.diff.kinds[usize::from(self.element().kind)].name
    }

    /// The kind as the target declares it; as the source does when the target does not know it.
    pub fn declaration(self) -> &'s Kind {
        let pair = &self.diff.kinds[usize::from(self.element().kind)];
        let target = pair.target.map(|id| self.diff.target.schema().kind(id));
        let source = || pair.source.map(|id| self.diff.source.schema().kind(id));
        target.or_else(source).expect("a kind that is compared is known to one side at least")
    }

    pub fn action(self) -> Action {
        self.element().action
    }

    pub fn is_moved(self) -> bool {
        self.element().moved
    }

    /// Whether this element or one below it differs.
    pub fn differs(self) -> bool {
        self.element().differs
    }

    pub fn source(self) -> Option<RecordRef<'s>> {
        let row = self.element().source;
        (row != NO_ROW).then(|| self.diff.source.record(RowId(row)))
    }

    pub fn target(self) -> Option<RecordRef<'s>> {
        let row = self.element().target;
        (row != NO_ROW).then(|| self.diff.target.record(RowId(row)))
    }

    /// The record on the side that has it, the source first.
    pub fn record(self) -> RecordRef<'s> {
        self.source().or_else(|| self.target()).expect("an element has a record on one side at least")
    }

    pub fn key(self) -> Key {
        self.record().key()
    }

    pub fn shortname(self) -> String {
        self.record().shortname()
    }

    /// The attributes that both sides know and that differ, in the target's order.
    pub fn changes(self) -> Vec<AttributeChange> {
        let (Some(source), Some(target)) = (self.source(), self.target()) else { return Vec::new() };
        let kind = &self.diff.kinds[usize::from(self.element().kind)];
        let fields = target.kind().attributes();
        let (mut before, mut after) = (target.attribute_values(), source.attribute_values());
        // A row that was written before its kind learnt a field has no value for it.
        before.resize(fields.len(), Value::Null);
        after.resize(source.kind().attributes().len(), Value::Null);
        let change = |shared: &Shared| {
            let (before, after) = (&before[shared.target], &after[shared.source]);
            let after = shared.owner.settle(after, before)?;
            Some(AttributeChange { name: fields[shared.target].name().to_owned(), before: before.clone(), after })
        };
        kind.shared().iter().filter_map(change).collect()
    }

    /// Elements directly below this one.
    pub fn children(self) -> Elements<'d, 's> {
        let end = self.index + self.element().size as usize;
        Elements {
            diff: self.diff,
            list: self.list,
            next: self.index + 1,
            end,
            depth: self.depth + 1,
            step: Step::Sibling,
            open: Vec::new(),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Sibling,
    Preorder,
}

/// Iterator over elements.
#[derive(Clone)]
pub struct Elements<'d, 's> {
    diff: &'d Diff<'s>,
    list: &'d [Element],
    next: usize,
    end: usize,
    depth: usize,
    step: Step,
    /// Ends of the subtrees that the next element lies in.
    open: Vec<usize>,
}

impl<'d, 's> Elements<'d, 's> {
    /// Every element of `list`, in preorder.
    pub(super) fn all(diff: &'d Diff<'s>, list: &'d [Element]) -> Self {
        Self { diff, list, next: 0, end: list.len(), depth: 0, step: Step::Preorder, open: Vec::new() }
    }

    /// The elements of `list` at the top.
    pub(super) fn roots(diff: &'d Diff<'s>, list: &'d [Element]) -> Self {
        Self { step: Step::Sibling, ..Self::all(diff, list) }
    }
}

impl<'d, 's> Iterator for Elements<'d, 's> {
    type Item = ElementRef<'d, 's>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.end {
            return None;
        }
        let index = self.next;
        let size = self.list[index].size as usize;
        let depth = match self.step {
            Step::Sibling => {
                self.next += size;
                self.depth
            }
            Step::Preorder => {
                while self.open.last().is_some_and(|end| *end <= index) {
                    self.open.pop();
                }
                let depth = self.open.len();
                self.open.push(index + size);
                self.next += 1;
                depth
            }
        };
        Some(ElementRef { diff: self.diff, list: self.list, index, depth })
    }
}
