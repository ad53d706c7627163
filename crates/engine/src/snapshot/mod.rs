//! Snapshots: everything that one side holds for a run, and which parts of it are known to be complete.
//!
//! A record is encoded once, when it enters; it lives as a row of canonical bytes in an append-only arena, found by a
//! hash index over its key and hung into its parent's list of children by links between row numbers. Adding, finding,
//! linking and removing cost the same however many records or siblings there are.
//!
//! Invariants: a live row is in its kind's index exactly once; a row has at most one parent; keys are unique per kind.
//!
//! Absent on purpose: any idea of where records come from. Loaders and adapters are elsewhere.

mod arena;
mod children;
mod completeness;
mod document;
mod error;
mod load;
mod operations;
mod record_ref;
mod references;
mod row_draft;
mod table;
mod tree;

use std::sync::Arc;

use arena::{Arena, Span};
use table::Table;

pub use children::{Children, Orphan};
pub use completeness::{Completeness, IncompleteReason};
pub use document::LoadDocumentError;
pub use error::SnapshotError;
pub use load::Draft;
pub use operations::{Presence, WithChildren};
pub use record_ref::RecordRef;
pub(crate) use references::Finder;
pub use row_draft::{Layout, RowDraft, Scalar};

use crate::kind::{Kind, KindId, Schema};
use crate::record::RecordFlags;

/// Number of a row within one snapshot. Never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowId(pub(crate) u32);

/// "No row" in links and pairings.
pub(crate) const NO_ROW: u32 = u32::MAX;

#[derive(Debug, Clone, Copy)]
struct Row {
    span: Span,
    key_length: u32,
    kind: KindId,
    flags: u8,
    live: bool,
}

/// Doubly linked list of siblings below a parent; all fields are row numbers or [`NO_ROW`].
#[derive(Debug, Clone, Copy)]
struct Links {
    parent: u32,
    first_child: u32,
    last_child: u32,
    next: u32,
    previous: u32,
}

impl Links {
    const NONE: Self = Self { parent: NO_ROW, first_child: NO_ROW, last_child: NO_ROW, next: NO_ROW, previous: NO_ROW };
}

/// Everything that one side holds for a run.
#[derive(Debug, Clone)]
pub struct Snapshot {
    name: String,
    schema: Arc<Schema>,
    inferring: bool,
    arena: Arena,
    rows: Vec<Row>,
    links: Vec<Links>,
    tables: Vec<Table>,
    completeness: Completeness,
    /// Links to a second parent that were refused: (child, wanted parent).
    refused_links: Vec<(RowId, RowId)>,
}

impl Snapshot {
    /// An empty snapshot of declared kinds. `name` is what texts call this side (`source`, `netbox`, …).
    pub fn new(name: impl Into<String>, schema: impl Into<Arc<Schema>>) -> Self {
        let schema = schema.into();
        let tables = vec![Table::default(); schema.len()];
        Self {
            name: name.into(),
            schema,
            inferring: false,
            arena: Arena::default(),
            rows: Vec::new(),
            links: Vec::new(),
            tables,
            completeness: Completeness::default(),
            refused_links: Vec::new(),
        }
    }

    /// An empty snapshot that learns kinds and attributes from the records that it is given. Identifiers are those of
    /// a kind's first record; nothing is normalised.
    pub fn inferring(name: impl Into<String>) -> Self {
        Self { inferring: true, ..Self::new(name, Schema::default()) }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    pub fn completeness(&self) -> &Completeness {
        &self.completeness
    }

    pub fn completeness_mut(&mut self) -> &mut Completeness {
        &mut self.completeness
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.tables.iter().map(Table::live).sum()
    }

    /// Bytes of the canonical rows that were added, those of removed records included.
    pub fn bytes(&self) -> usize {
        self.arena.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The record behind a row number of this snapshot.
    pub fn record(&self, row: RowId) -> RecordRef<'_> {
        RecordRef::new(self, row)
    }

    /// Records in the order in which they were added, whatever their kind.
    pub fn records(&self) -> impl Iterator<Item = RecordRef<'_>> {
        let live = self.rows.iter().enumerate().filter(|(_, row)| row.live);
        live.map(|(index, _)| self.record(RowId(index as u32)))
    }

    /// The row with this key, given as canonical bytes.
    pub fn find(&self, kind: KindId, key: &[u8]) -> Option<RowId> {
        self.tables[kind.index()].find(key, |row| self.key_bytes(row)).map(RowId)
    }

    pub(crate) fn row_count(&self) -> usize {
        self.rows.len()
    }

    #[inline]
    pub(crate) fn is_live(&self, row: u32) -> bool {
        self.rows[row as usize].live
    }

    #[inline]
    pub(crate) fn kind_id(&self, row: u32) -> KindId {
        self.rows[row as usize].kind
    }

    pub(crate) fn kind_of(&self, row: u32) -> &Kind {
        self.schema.kind(self.kind_id(row))
    }

    #[inline]
    pub(crate) fn flags_of(&self, row: u32) -> RecordFlags {
        RecordFlags::from_bits(self.rows[row as usize].flags) | self.kind_of(row).flags()
    }

    #[inline]
    pub(crate) fn parent_of(&self, row: u32) -> u32 {
        self.links[row as usize].parent
    }

    #[inline]
    pub(crate) fn key_bytes(&self, row: u32) -> &[u8] {
        let Row { span, key_length, .. } = self.rows[row as usize];
        &self.arena.bytes(span)[..key_length as usize]
    }

    #[inline]
    pub(crate) fn attribute_bytes(&self, row: u32) -> &[u8] {
        let Row { span, key_length, .. } = self.rows[row as usize];
        &self.arena.bytes(span)[key_length as usize..]
    }

    /// Key and attributes in one piece.
    #[inline]
    pub(crate) fn row_bytes(&self, row: u32) -> (&[u8], &[u8]) {
        let Row { span, key_length, .. } = self.rows[row as usize];
        self.arena.bytes(span).split_at(key_length as usize)
    }

    /// Rows of a kind in the order in which they were added.
    pub(crate) fn rows_of(&self, kind: KindId) -> impl Iterator<Item = u32> {
        self.tables[kind.index()].order().iter().copied().filter(|row| self.is_live(*row))
    }

    pub(crate) fn refused_links(&self) -> &[(RowId, RowId)] {
        &self.refused_links
    }
}
