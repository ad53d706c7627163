//! The writer: what it remembers between batches, and the transaction around each.

use std::sync::Arc;

use jiff::Timestamp;

use super::batch::{Batch, Memory};
use super::change::{Change, ChangeContext, Stored};
use super::error::WriteError;
use crate::error::InventoryError;
use crate::storage::{Args, Inventory, Session, sqlite};

/// The most changes of one batch, so that a transaction stays bounded. A thousand is a good number.
pub const MAX_BATCH: usize = 10_000;

const DOING: &str = "writing a batch";

/// Writes batches, one transaction each, and remembers what it looked up between them.
///
/// What it remembers is forgotten when its own changes may have made it wrong, and when the revision of the inventory
/// shows that another writer has committed. A record that someone deletes behind the back of all writers surfaces as
/// [`ReferenceGone`](super::WriteErrorCause::ReferenceGone).
#[derive(Debug)]
pub struct InventoryWriter {
    inventory: Inventory,
    memory: Memory,
    revision: Option<i64>,
}

impl Inventory {
    /// A writer for many batches.
    pub fn writer(&self) -> InventoryWriter {
        InventoryWriter { inventory: self.clone(), memory: Memory::default(), revision: None }
    }

    /// Writes one batch; see [`InventoryWriter::write`].
    ///
    /// # Errors
    /// See [`InventoryWriter::write`].
    pub async fn write(
        &self,
        changes: &[Change],
        context: &ChangeContext,
    ) -> Result<Vec<Result<Stored, WriteError>>, InventoryError> {
        self.writer().write(changes, context).await
    }
}

impl InventoryWriter {
    /// Writes all changes that can be written in one transaction, together with their change log, and answers for each
    /// change in order. A change that fails does not affect the others.
    ///
    /// # Errors
    /// The database failed; then nothing of the batch is written.
    pub async fn write(
        &mut self,
        changes: &[Change],
        context: &ChangeContext,
    ) -> Result<Vec<Result<Stored, WriteError>>, InventoryError> {
        if changes.len() > MAX_BATCH {
            return Err(InventoryError::BatchTooLarge { found: changes.len(), most: MAX_BATCH });
        }
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        let outcome = self.transaction(changes, context).await;
        if outcome.is_err() {
            // What was remembered may name records that were rolled back.
            self.memory = Memory::default();
            self.revision = None;
        }
        outcome
    }

    async fn transaction(
        &mut self,
        changes: &[Change],
        context: &ChangeContext,
    ) -> Result<Vec<Result<Stored, WriteError>>, InventoryError> {
        let fault = InventoryError::database(DOING);
        let registry = Arc::clone(&self.inventory.registry);
        self.inventory.counter.add();
        let mut transaction = self.inventory.pool.begin_with(sqlite::BEGIN).await.map_err(&fault)?;
        let mut session = Session { connection: &mut transaction, counter: &self.inventory.counter };
        let revision = next_revision(&mut session).await.map_err(&fault)?;
        if self.revision != Some(revision - 1) {
            self.memory.forget();
        }
        let mut batch = Batch {
            session,
            registry: &registry,
            memory: &mut self.memory,
            context,
            now: Timestamp::now().as_microsecond(),
        };
        let outcome = batch.run(changes).await.map_err(&fault)?;
        self.inventory.counter.add();
        transaction.commit().await.map_err(&fault)?;
        self.revision = Some(revision);
        Ok(outcome)
    }
}

async fn next_revision(session: &mut Session<'_>) -> Result<i64, sqlx::Error> {
    let sql = "UPDATE inventory_state SET value = value + 1 WHERE name = 'revision' RETURNING value";
    let rows = session.rows(sql, Args::default()).await?;
    Ok(rows.first().map(|row| row.int(0)).transpose()?.flatten().unwrap_or(0))
}
