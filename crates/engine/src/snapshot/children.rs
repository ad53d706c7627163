use std::sync::Arc;

use super::{NO_ROW, RecordRef, RowId, Snapshot, SnapshotError};
use crate::kind::KindId;
use crate::record::{Identity, Key};
use crate::value::Value;

/// A record that names a parent which is not there.
#[derive(Debug, Clone, PartialEq)]
pub struct Orphan {
    pub record: RowId,
    pub parent: Identity,
}

/// Iterator over the children of a record.
#[derive(Clone)]
pub struct Children<'s> {
    snapshot: &'s Snapshot,
    next: u32,
}

impl<'s> Iterator for Children<'s> {
    type Item = RecordRef<'s>;

    fn next(&mut self) -> Option<RecordRef<'s>> {
        (self.next != NO_ROW).then(|| {
            let child = self.snapshot.record(RowId(self.next));
            self.next = self.snapshot.links[self.next as usize].next;
            child
        })
    }
}

impl Snapshot {
    /// Hangs `child` below `parent`, as its last child. Costs the same however many children there are.
    ///
    /// # Errors
    /// The kinds do not allow it, the child has a parent already, or it would become its own ancestor.
    pub fn add_child(&mut self, parent: RowId, child: RowId) -> Result<(), SnapshotError> {
        self.live([parent, child])?;
        self.declare_child(parent, self.kind_id(child.0))?;
        let identity = |row| self.record(row).identity();
        if let Some(present) = self.record(child).parent() {
            return Err(SnapshotError::HasParent { child: identity(child), parent: present.identity() });
        }
        if self.links[child.0 as usize].first_child != NO_ROW || child == parent {
            let mut above = parent.0;
            while above != NO_ROW {
                if above == child.0 {
                    return Err(SnapshotError::OwnAncestor { parent: identity(parent), child: identity(child) });
                }
                above = self.parent_of(above);
            }
        }
        self.append_child(parent.0, child.0);
        Ok(())
    }

    /// Makes sure that rows have not been removed.
    pub(super) fn live(&self, rows: impl IntoIterator<Item = RowId>) -> Result<(), SnapshotError> {
        let removed = rows.into_iter().find(|row| !self.is_live(row.0));
        removed.map_or(Ok(()), |row| Err(SnapshotError::NotFound(self.record(row).identity())))
    }

    /// Makes sure that records of `child` may hang below `parent`; a snapshot that infers its kinds learns it.
    pub(super) fn declare_child(&mut self, parent: RowId, child: KindId) -> Result<(), SnapshotError> {
        let (above, below) = (self.kind_of(parent.0), self.schema.kind(child).name());
        if above.children().iter().any(|candidate| candidate.kind == *below) {
            return Ok(());
        }
        let (above, below) = (above.name().clone(), below.clone());
        if !self.inferring {
            return Err(SnapshotError::NotAChildKind { parent: above, child: below });
        }
        let kind_of_parent = self.kind_id(parent.0);
        Arc::make_mut(&mut self.schema).kind_mut(kind_of_parent).learn_child(&below);
        Ok(())
    }

    pub(super) fn append_child(&mut self, parent: u32, child: u32) {
        let last = std::mem::replace(&mut self.links[parent as usize].last_child, child);
        if last == NO_ROW {
            self.links[parent as usize].first_child = child;
        } else {
            self.links[last as usize].next = child;
        }
        let links = &mut self.links[child as usize];
        links.parent = parent;
        links.previous = last;
        links.next = NO_ROW;
    }

    /// Takes `child` out of `parent`'s children; it stays in the snapshot.
    ///
    /// # Errors
    /// It is not one of them.
    pub fn remove_child(&mut self, parent: RowId, child: RowId) -> Result<(), SnapshotError> {
        if self.parent_of(child.0) != parent.0 {
            let (parent, child) = (self.record(parent).identity(), self.record(child).identity());
            return Err(SnapshotError::NotAChild { parent, child });
        }
        self.unlink(child.0);
        Ok(())
    }

    /// Takes a row out of its parent's children, if it has a parent.
    pub(super) fn unlink(&mut self, child: u32) {
        let links = self.links[child as usize];
        if links.parent == NO_ROW {
            return;
        }
        match links.previous {
            NO_ROW => self.links[links.parent as usize].first_child = links.next,
            previous => self.links[previous as usize].next = links.next,
        }
        match links.next {
            NO_ROW => self.links[links.parent as usize].last_child = links.previous,
            next => self.links[next as usize].previous = links.previous,
        }
        let links = &mut self.links[child as usize];
        links.parent = NO_ROW;
        links.previous = NO_ROW;
        links.next = NO_ROW;
    }

    pub(super) fn children_of(&self, row: u32) -> Children<'_> {
        Children { snapshot: self, next: self.links[row as usize].first_child }
    }

    /// Notes that a loader wanted to hang `child` below a second parent. The first one stays; the diff reports it.
    pub fn refuse_second_parent(&mut self, child: RowId, wanted: RowId) {
        self.refused_links.push((child, wanted));
    }

    /// Links every record whose kind says which of its fields hold its parent's key and that has no parent yet. Returns
    /// those whose parent is not there; they stay unlinked, and a diff reports them.
    pub fn link_parents(&mut self) -> Result<Vec<Orphan>, SnapshotError> {
        let schema = Arc::clone(&self.schema);
        let mut orphans = Vec::new();
        for (parent_kind, parent) in schema.kinds() {
            for child in parent.children().iter().filter(|child| !child.by.is_empty()) {
                let Some(child_kind) = schema.id(child.kind.as_str()) else { continue };
                let slots: Vec<_> = child.by.iter().filter_map(|field| schema.kind(child_kind).slot(field)).collect();
                let rows: Vec<u32> = self.rows_of(child_kind).filter(|row| self.parent_of(*row) == NO_ROW).collect();
                for row in rows {
                    let record = self.record(RowId(row));
                    let values: Vec<Value> = slots.iter().map(|slot| record.value(*slot)).collect();
                    if values.iter().all(Value::is_null) {
                        continue;
                    }
                    // A key that does not fit the parent's types is no parent's key.
                    let key = Key::new(values);
                    let bytes = self.normalise_key(parent_kind, &key);
                    match bytes.ok().and_then(|bytes| self.find(parent_kind, &bytes)) {
                        Some(found) => self.add_child(found, RowId(row))?,
                        None => {
                            let parent = Identity { kind: parent.name().clone(), key };
                            orphans.push(Orphan { record: RowId(row), parent });
                        }
                    }
                }
            }
        }
        Ok(orphans)
    }
}
