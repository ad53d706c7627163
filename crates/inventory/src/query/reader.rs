//! One connection in one read transaction.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::cache::ListCache;
use super::record::Record;
use super::related::{Related, Relation};
use crate::error::InventoryError;
use crate::model::{ContentType, FieldKind, ManyTarget, Registry, Reverse};
use crate::storage::{Args, Inventory, RecordId, ResultRow, Row, Session, Transaction};
use crate::write::{each_by_ids, select_by_ids};

/// Reads from one moment of the inventory. Dropped, it gives its connection back.
pub struct Reader {
    inventory: Inventory,
    registry: Arc<Registry>,
    lists: Arc<ListCache>,
    transaction: Transaction,
}

/// One thing that a to-many field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkTarget {
    Record(RecordId),
    /// The name of a content type.
    ContentType(String),
}

/// By record, the records that point at it.
pub type Pointing = Related;

const DOING: &str = "reading records";

impl Inventory {
    /// A reader on a connection of its own.
    ///
    /// # Errors
    /// The database failed, or every connection is taken for too long.
    pub async fn reader(&self) -> Result<Reader, InventoryError> {
        let transaction = self.database.begin_reading().await.map_err(InventoryError::database(DOING))?;
        Ok(Reader { lists: Arc::clone(&self.lists), ..Reader::within(self, transaction) })
    }
}

impl Reader {
    /// Reads within a transaction that somebody else began, and sees what was written in it. What it remembers of lists is
    /// its own: the revision that it sees may be rolled back, and be another one's then.
    pub(crate) fn within(inventory: &Inventory, transaction: Transaction) -> Self {
        Self {
            inventory: inventory.clone(),
            registry: Arc::clone(&inventory.registry),
            lists: Arc::default(),
            transaction,
        }
    }

    /// The transaction, for whoever began it.
    pub(crate) fn into_transaction(self) -> Transaction {
        self.transaction
    }

    /// The transaction, for those who keep tables of their own beside the inventory.
    pub fn transaction(&mut self) -> &mut Transaction {
        &mut self.transaction
    }

    /// What is read from.
    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    pub(crate) fn session(&mut self) -> Session<'_> {
        self.transaction.session()
    }

    pub(super) fn lists(&self) -> &ListCache {
        &self.lists
    }

    /// The number of the last batch that this reader sees.
    pub(super) async fn stored_revision(&mut self) -> Result<i64, sqlx::Error> {
        let sql = "SELECT value FROM inventory_state WHERE name = 'revision'";
        let rows = self.session().rows(sql, Args::default()).await?;
        Ok(rows.first().map(|row| row.int(0)).transpose()?.flatten().unwrap_or_default())
    }

    /// Records by id, in the order of `ids`; those that do not exist are left out.
    ///
    /// # Errors
    /// The database failed.
    pub async fn records(
        &mut self,
        content_type: &ContentType,
        ids: &[RecordId],
    ) -> Result<Vec<Record>, InventoryError> {
        self.fetch_records(content_type, ids).await.map_err(InventoryError::database(DOING))
    }

    /// Those of `ids` that exist, in their order and each once.
    ///
    /// # Errors
    /// The database failed.
    pub async fn existing(
        &mut self,
        content_type: &ContentType,
        ids: &[RecordId],
    ) -> Result<Vec<RecordId>, InventoryError> {
        let fault = InventoryError::database(DOING);
        let head = format!("SELECT \"id\" FROM \"{}\" WHERE \"id\" IN ", content_type.table);
        let rows = select_by_ids(&mut self.session(), &head, ids, "").await.map_err(&fault)?;
        let mut found = rows.iter().map(|row| row.some_id(0)).collect::<Result<HashSet<_>, _>>().map_err(&fault)?;
        Ok(ids.iter().copied().filter(|id| found.remove(id)).collect())
    }

    async fn fetch_records(
        &mut self,
        content_type: &ContentType,
        ids: &[RecordId],
    ) -> Result<Vec<Record>, sqlx::Error> {
        let mut head = String::from("SELECT \"id\"");
        for column in &content_type.columns {
            head.push_str(&format!(", \"{}\"", column.name));
        }
        head.push_str(&format!(" FROM \"{}\" WHERE \"id\" IN ", content_type.table));
        let columns = &content_type.columns;
        let mut found: HashMap<RecordId, Row, RandomState> =
            HashMap::with_capacity_and_hasher(ids.len(), Default::default());
        let keep = |row: ResultRow| {
            let mut cells = Row::with_capacity(columns.len());
            for (place, column) in columns.iter().enumerate() {
                cells.push(row.cell(place + 1, column.column_type)?);
            }
            found.insert(row.some_id(0)?, cells);
            Ok(())
        };
        each_by_ids(&mut self.session(), &head, ids, "", keep).await?;
        Ok(ids.iter().filter_map(|id| found.remove(id).map(|row| Record { id: *id, row })).collect())
    }

    /// What a to-many field of `content_type` holds, by record: records in the order of their type, content types in that
    /// of their names.
    ///
    /// # Errors
    /// The database failed.
    pub async fn links(
        &mut self,
        content_type: &ContentType,
        field: usize,
        ids: &[RecordId],
    ) -> Result<HashMap<RecordId, Vec<LinkTarget>, RandomState>, InventoryError> {
        let fault = InventoryError::database(DOING);
        let mut links: HashMap<RecordId, Vec<LinkTarget>, RandomState> = HashMap::default();
        let FieldKind::Many(many) = &content_type.fields[field].kind else { return Ok(links) };
        if let ManyTarget::Records(_) = many.target {
            let found = self.led_to(Relation::Links { of: content_type.index(), field }, ids).await?;
            let records = |ids: Vec<RecordId>| ids.into_iter().map(LinkTarget::Record).collect();
            return Ok(found.into_iter().map(|(id, found)| (id, records(found))).collect());
        }
        let (table, near, far) = (&many.link.table, &many.link.near, &many.link.far);
        let head = format!("SELECT \"{near}\", \"{far}\" FROM \"{table}\" WHERE \"{near}\" IN ");
        for row in select_by_ids(&mut self.session(), &head, ids, " ORDER BY 1, 2").await.map_err(&fault)? {
            let target = LinkTarget::ContentType(row.text(1).map_err(&fault)?.unwrap_or_default());
            links.entry(row.some_id(0).map_err(&fault)?).or_default().push(target);
        }
        Ok(links)
    }

    /// The records of another type that point at records of this one, in the order of their type.
    ///
    /// # Errors
    /// The database failed.
    pub async fn pointing(&mut self, reverse: Reverse, ids: &[RecordId]) -> Result<Pointing, InventoryError> {
        self.led_to(Relation::Pointing(reverse), ids).await
    }

    /// How many records of another type point at records of this one; those with none are left out.
    ///
    /// # Errors
    /// The database failed.
    pub async fn count_pointing(
        &mut self,
        reverse: Reverse,
        ids: &[RecordId],
    ) -> Result<HashMap<RecordId, usize, RandomState>, InventoryError> {
        let fault = InventoryError::database(DOING);
        let registry = Arc::clone(&self.registry);
        let from = registry.get(reverse.from);
        let (table, column) = match (&from.fields[reverse.field].kind, from.fields[reverse.field].column) {
            (FieldKind::Many(many), _) => (&many.link.table, &many.link.far),
            (_, Some(column)) => (&from.table, &from.columns[column].name),
            _ => return Ok(HashMap::default()),
        };
        let head = format!("SELECT \"{column}\", count(*) FROM \"{table}\" WHERE \"{column}\" IN ");
        let mut counts: HashMap<RecordId, usize, RandomState> = HashMap::default();
        let tail = format!(" GROUP BY \"{column}\"");
        for row in select_by_ids(&mut self.session(), &head, ids, &tail).await.map_err(&fault)? {
            let count = row.int(1).map_err(&fault)?.and_then(|count| usize::try_from(count).ok()).unwrap_or_default();
            counts.insert(row.some_id(0).map_err(&fault)?, count);
        }
        Ok(counts)
    }
}
