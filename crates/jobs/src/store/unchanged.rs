//! Records that did not change, for those who ask for them by the flag `LOG_UNCHANGED_RECORDS`. Otherwise they are counted and
//! nothing more.

use trueup_engine::Diff;
use trueup_engine::diff::Action;
use trueup_inventory::Args;

use super::{Lease, Store, rows};
use crate::JobError;

/// Rows that are put together at once.
const CHUNK: usize = 10_000;

impl Store {
    /// Stores the records of a sync in which nothing differs.
    pub(crate) async fn keep_unchanged(&self, lease: &Lease, diff: &Diff<'_>) -> Result<(), JobError> {
        let fault = JobError::store("written");
        let (mut transaction, _) = self.begin_held(lease).await?;
        let sync = lease.sync();
        let forget = "DELETE FROM jobs_unchanged WHERE sync = ?";
        transaction.execute(forget, Args::default().with(sync.0)).await.map_err(&fault)?;
        let unchanged = diff.elements().filter(|element| element.action() == Action::NoChange);
        let mut numbered =
            (0_i64..).zip(unchanged.map(|element| (element.kind().to_string(), element.key().to_string())));
        loop {
            let chunk: Vec<_> = numbered.by_ref().take(CHUNK).collect();
            if chunk.is_empty() {
                break;
            }
            let head = "INSERT INTO jobs_unchanged (sync, position, kind, key)";
            let inserted = rows::insert(&mut transaction, head, 4, &chunk, |(position, (kind, key)), args| {
                args.with(sync.0).with(*position).with(kind).with(key)
            });
            inserted.await.map_err(&fault)?;
        }
        transaction.commit().await.map_err(&fault)
    }
}
