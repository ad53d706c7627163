//! What the deletes of a sync took beyond what their steps know: for whoever takes the sync back.

use std::sync::Arc;

use serde_json::{Map, Value as Json};
use trueup_engine::{Identity, Value};
use trueup_inventory::{Args, Loss, RecordId, ResultRow, Transaction};
use uuid::Uuid;

use super::{Lease, PlanId, Store, rows};
use crate::JobError;

/// A loss, and the record whose delete caused it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LossRow {
    /// As the step calls it.
    pub kind: String,
    /// As JSON, as in the step.
    pub key: String,
    pub loss: Loss,
}

impl Lease {
    /// Notes losses within the transaction that causes them, so that both or neither happen.
    pub(crate) async fn note_losses(
        &self,
        transaction: &mut Transaction,
        losses: &[(&Identity, &Loss)],
    ) -> Result<(), JobError> {
        let fault = JobError::store("written");
        let select = "SELECT coalesce(max(position) + 1, 0) FROM jobs_loss WHERE sync = ?";
        let next = transaction.rows(select, Args::default().with(self.sync().0)).await.map_err(&fault)?;
        let next = next.first().map_or(Ok(0), |row| row.some_int(0)).map_err(&fault)?;
        let numbered: Vec<(i64, &(&Identity, &Loss))> = (next..).zip(losses).collect();
        let head = "INSERT INTO jobs_loss (sync, position, kind, key, lost, content_type, record, name, held)";
        rows::insert(transaction, head, 9, &numbered, |(position, (cause, loss)), args| {
            let Loss { content_type, id, name, what, values } = loss;
            let key = cause.key.to_tagged_json();
            let held: Map<String, Json> =
                values.iter().map(|(path, value)| (path.to_string(), value.to_tagged_json())).collect();
            let args = args.with(self.sync().0).with(*position).with(cause.kind.as_str()).with(key.to_string());
            let args = args.with(what.as_str()).with(content_type.as_ref()).with(id.to_string()).with(name);
            args.with(Json::from(held).to_string())
        })
        .await
        .map_err(&fault)
    }
}

impl Store {
    /// What the deletes of a plan took, by whichever sync that applied it, in the order in which it went.
    pub(crate) async fn losses(&self, plan: PlanId) -> Result<Vec<LossRow>, JobError> {
        let fault = JobError::store("read");
        let select = "SELECT kind, key, lost, content_type, record, name, held FROM jobs_loss \
                      WHERE sync IN (SELECT id FROM jobs_sync WHERE plan = ?) ORDER BY sync, position";
        let rows = self.database.rows(select, Args::default().with(plan.0)).await.map_err(&fault)?;
        rows.iter().map(|row| loss_row(row).map_err(&fault)).collect()
    }
}

fn loss_row(row: &ResultRow) -> Result<LossRow, sqlx::Error> {
    let damaged = |cause: Box<dyn std::error::Error + Send + Sync>| sqlx::Error::Decode(cause);
    let held: Map<String, Json> = serde_json::from_str(&row.some_text(6)?).map_err(|error| damaged(Box::new(error)))?;
    let value = |(path, json): (&String, &Json)| {
        Ok((Arc::from(path.as_str()), Value::from_tagged_json(json).map_err(|error| damaged(Box::new(error)))?))
    };
    let id = Uuid::parse_str(&row.some_text(4)?).map_err(|error| damaged(Box::new(error)))?;
    let loss = Loss {
        content_type: row.some_text(3)?.into(),
        id: RecordId(id),
        name: row.some_text(5)?,
        what: rows::word(row, 2)?,
        values: held.iter().map(value).collect::<Result<_, sqlx::Error>>()?,
    };
    Ok(LossRow { kind: row.some_text(0)?, key: row.some_text(1)?, loss })
}
