//! The writer: what it remembers between batches, and the transaction around each, or around all of a sync.

use std::sync::Arc;

use jiff::Timestamp;

use super::batch::{Batch, Memory};
use super::change::{Change, ChangeContext, Stored};
use super::error::{WriteError, WriteErrorCause};
use crate::error::InventoryError;
use crate::query::Reader;
use crate::storage::{Args, Inventory, Session, Transaction};

/// The most changes of one batch, so that a transaction stays bounded. A thousand is a good number.
pub const MAX_BATCH: usize = 10_000;

const DOING: &str = "writing a batch";

/// What stands and falls together when a change is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Atomicity {
    /// A change that fails does not affect the others of its batch.
    #[default]
    Record,
    /// When a change fails, nothing of its batch is written. The others are still checked, and what is wrong with them
    /// is told; those that nothing is wrong with are [`Withdrawn`](WriteErrorCause::Withdrawn).
    Batch,
}

/// Writes batches and remembers what it looked up between them. Each batch is one transaction, unless one was begun for
/// all of them.
///
/// What it remembers is forgotten when its own changes may have made it wrong, and when the revision of the inventory
/// shows that another writer has committed. A record that someone deletes behind the back of all writers surfaces as
/// [`ReferenceGone`](WriteErrorCause::ReferenceGone).
#[derive(Debug)]
pub struct InventoryWriter {
    inventory: Inventory,
    memory: Memory,
    revision: Option<i64>,
    atomicity: Atomicity,
    scope: Scope,
}

/// The transaction that batches are written in.
#[derive(Debug)]
enum Scope {
    /// Each batch has its own.
    Batch,
    /// One that was begun, and the revision that it makes.
    Open(Transaction, i64),
    /// It is with a reader; the revision stays here.
    Lent(i64),
    /// One that was begun and is lost, because the database failed in it.
    Lost,
}

/// What becomes of a batch that nothing is wrong with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Keep,
    Discard,
}

type Answers = Vec<Result<Stored, WriteError>>;

impl Inventory {
    /// A writer for many batches.
    pub fn writer(&self) -> InventoryWriter {
        InventoryWriter {
            inventory: self.clone(),
            memory: Memory::default(),
            revision: None,
            atomicity: Atomicity::default(),
            scope: Scope::Batch,
        }
    }

    /// Writes one batch; see [`InventoryWriter::write`].
    ///
    /// # Errors
    /// See [`InventoryWriter::write`].
    pub async fn write(&self, changes: &[Change], context: &ChangeContext) -> Result<Answers, InventoryError> {
        self.writer().write(changes, context).await
    }
}

impl InventoryWriter {
    /// The same writer with another atomicity.
    #[must_use]
    pub fn with_atomicity(mut self, atomicity: Atomicity) -> Self {
        self.atomicity = atomicity;
        self
    }

    /// Writes changes in one transaction, together with their change log, and answers for each in order. What becomes of
    /// the others when one fails says the [`Atomicity`].
    ///
    /// # Errors
    /// The database failed; then nothing of the batch is written. A transaction that was begun is lost.
    pub async fn write(&mut self, changes: &[Change], context: &ChangeContext) -> Result<Answers, InventoryError> {
        self.batch(changes, context, Ending::Keep).await
    }

    /// Tells for each change whether it could be written, as [`write`](Self::write) would, and writes nothing.
    ///
    /// # Errors
    /// See [`write`](Self::write).
    pub async fn check(&mut self, changes: &[Change], context: &ChangeContext) -> Result<Answers, InventoryError> {
        self.batch(changes, context, Ending::Discard).await
    }

    /// Begins one transaction for all batches until [`commit`](Self::commit) or [`rollback`](Self::rollback). Other
    /// writers wait meanwhile, and the database keeps all that is written until then.
    ///
    /// # Errors
    /// The database failed, or there is such a transaction already.
    pub async fn begin(&mut self) -> Result<(), InventoryError> {
        if !matches!(self.scope, Scope::Batch) {
            return Err(InventoryError::Transaction { problem: "one is open already; commit it or roll it back" });
        }
        let (transaction, revision) = self.open().await?;
        self.scope = Scope::Open(transaction, revision);
        Ok(())
    }

    /// Keeps everything that was written since [`begin`](Self::begin).
    ///
    /// # Errors
    /// The database failed, or no transaction is open, or it was lost; then nothing is kept.
    pub async fn commit(&mut self) -> Result<(), InventoryError> {
        match std::mem::replace(&mut self.scope, Scope::Batch) {
            Scope::Open(transaction, revision) => self.close(transaction, revision).await,
            Scope::Batch => Err(InventoryError::Transaction { problem: "none was begun" }),
            Scope::Lent(_) | Scope::Lost => Err(InventoryError::Transaction { problem: LOST }),
        }
    }

    /// Drops everything that was written since [`begin`](Self::begin), if it was.
    ///
    /// # Errors
    /// The database failed; the transaction is gone with its connection all the same.
    pub async fn rollback(&mut self) -> Result<(), InventoryError> {
        match std::mem::replace(&mut self.scope, Scope::Batch) {
            Scope::Open(transaction, _) => {
                self.forget();
                transaction.rollback().await.map_err(InventoryError::database(DOING))
            }
            Scope::Lent(_) => {
                self.forget();
                Ok(())
            }
            Scope::Batch | Scope::Lost => Ok(()),
        }
    }

    /// Lends the transaction that was begun, for reading what it holds so far. Other writers wait, so what is read stays
    /// true until the end. It must be given back by [`take_back`](Self::take_back); else it is lost.
    ///
    /// # Errors
    /// None is open.
    pub fn lend(&mut self) -> Result<Reader, InventoryError> {
        match std::mem::replace(&mut self.scope, Scope::Lost) {
            Scope::Open(transaction, revision) => {
                self.scope = Scope::Lent(revision);
                Ok(Reader::within(&self.inventory, transaction))
            }
            scope => {
                self.scope = scope;
                Err(InventoryError::Transaction { problem: "none is open" })
            }
        }
    }

    /// Takes back the transaction that was lent. A reader of anything else is dropped.
    pub fn take_back(&mut self, reader: Reader) {
        if let Scope::Lent(revision) = self.scope {
            self.scope = Scope::Open(reader.into_transaction(), revision);
        }
    }

    async fn batch(
        &mut self,
        changes: &[Change],
        context: &ChangeContext,
        ending: Ending,
    ) -> Result<Answers, InventoryError> {
        if changes.len() > MAX_BATCH {
            return Err(InventoryError::BatchTooLarge { found: changes.len(), most: MAX_BATCH });
        }
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        match std::mem::replace(&mut self.scope, Scope::Batch) {
            Scope::Batch => {
                let outcome = self.alone(changes, context, ending).await;
                if outcome.is_err() {
                    self.forget();
                }
                outcome
            }
            Scope::Open(transaction, revision) => {
                // Whatever ends this early, an error or a caller that went away, has lost the transaction.
                self.scope = Scope::Lost;
                let (transaction, answers) = self.within(transaction, revision, changes, context, ending).await?;
                self.scope = Scope::Open(transaction, revision);
                Ok(answers)
            }
            Scope::Lent(_) | Scope::Lost => {
                self.scope = Scope::Lost;
                Err(InventoryError::Transaction { problem: LOST })
            }
        }
    }

    /// A batch in a transaction of its own.
    async fn alone(
        &mut self,
        changes: &[Change],
        context: &ChangeContext,
        ending: Ending,
    ) -> Result<Answers, InventoryError> {
        let (mut transaction, revision) = self.open().await?;
        let answers = self.run(&mut transaction, revision, changes, context).await?;
        if self.keeps(&answers, ending) {
            self.close(transaction, revision).await?;
            return Ok(answers);
        }
        transaction.rollback().await.map_err(InventoryError::database(DOING))?;
        self.forget();
        Ok(withdrawn(answers, changes, ending))
    }

    /// A batch in the transaction that was begun.
    async fn within(
        &mut self,
        mut transaction: Transaction,
        revision: i64,
        changes: &[Change],
        context: &ChangeContext,
        ending: Ending,
    ) -> Result<(Transaction, Answers), InventoryError> {
        let may_drop = ending == Ending::Discard || self.atomicity == Atomicity::Batch;
        if may_drop {
            self.say(&mut transaction, "SAVEPOINT batch").await?;
        }
        let mut answers = self.run(&mut transaction, revision, changes, context).await?;
        if may_drop {
            if !self.keeps(&answers, ending) {
                self.say(&mut transaction, "ROLLBACK TO SAVEPOINT batch").await?;
                self.memory.forget();
                answers = withdrawn(answers, changes, ending);
            }
            self.say(&mut transaction, "RELEASE SAVEPOINT batch").await?;
        }
        Ok((transaction, answers))
    }

    async fn run(
        &mut self,
        transaction: &mut Transaction,
        revision: i64,
        changes: &[Change],
        context: &ChangeContext,
    ) -> Result<Answers, InventoryError> {
        let registry = Arc::clone(&self.inventory.registry);
        let mut batch = Batch {
            session: transaction.session(),
            registry: &registry,
            leftovers: &self.inventory.leftovers,
            memory: &mut self.memory,
            context,
            now: Timestamp::now().as_microsecond(),
            revision,
        };
        batch.run(changes).await.map_err(InventoryError::database(DOING))
    }

    fn keeps(&self, answers: &Answers, ending: Ending) -> bool {
        ending == Ending::Keep && (self.atomicity == Atomicity::Record || answers.iter().all(Result::is_ok))
    }

    async fn open(&mut self) -> Result<(Transaction, i64), InventoryError> {
        let fault = InventoryError::database(DOING);
        let mut transaction = self.inventory.database.begin().await.map_err(&fault)?;
        let revision = next_revision(&mut transaction.session()).await.map_err(&fault)?;
        // Set anew by a commit. Whoever goes away before that leaves a writer that remembers nothing.
        if self.revision.take() != Some(revision - 1) {
            self.memory.forget();
        }
        Ok((transaction, revision))
    }

    async fn close(&mut self, transaction: Transaction, revision: i64) -> Result<(), InventoryError> {
        let closed = transaction.commit().await.map_err(InventoryError::database(DOING));
        match &closed {
            Ok(()) => self.revision = Some(revision),
            Err(_) => self.forget(),
        }
        closed
    }

    async fn say(&mut self, transaction: &mut Transaction, sql: &'static str) -> Result<(), InventoryError> {
        transaction.command(sql).await.map_err(InventoryError::database(DOING))
    }

    /// What was remembered may name records that were rolled back.
    fn forget(&mut self) {
        self.memory.forget();
        self.revision = None;
    }
}

const LOST: &str = "it was lost when the database failed; nothing of it is kept, run again";

/// The answers of a batch of which nothing was written.
fn withdrawn(answers: Answers, changes: &[Change], ending: Ending) -> Answers {
    if ending == Ending::Discard {
        return answers;
    }
    let withdraw = |change: &Change| WriteError { record: change.describe(), causes: vec![WriteErrorCause::Withdrawn] };
    answers.into_iter().zip(changes).map(|(answer, change)| answer.and_then(|_| Err(withdraw(change)))).collect()
}

async fn next_revision(session: &mut Session<'_>) -> Result<i64, sqlx::Error> {
    let sql = "UPDATE inventory_state SET value = value + 1 WHERE name = 'revision' RETURNING value";
    let rows = session.rows(sql, Args::default()).await?;
    Ok(rows.first().map(|row| row.int(0)).transpose()?.flatten().unwrap_or(0))
}
