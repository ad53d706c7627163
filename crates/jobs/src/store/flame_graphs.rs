use trueup_inventory::Args;

use super::{Lease, Store, SyncId};
use crate::JobError;

impl Store {
    /// Keeps the flame graph of a run, in place of one of an earlier attempt.
    pub(crate) async fn keep_flame_graph(&self, lease: &Lease, svg: &str) -> Result<(), JobError> {
        let fault = JobError::store("written");
        let (mut transaction, _) = self.begin_held(lease).await?;
        let sync = lease.sync().0;
        let delete = "DELETE FROM jobs_flame_graph WHERE sync = ?";
        transaction.execute(delete, Args::default().with(sync)).await.map_err(&fault)?;
        let insert = "INSERT INTO jobs_flame_graph (sync, svg) VALUES (?, ?)";
        transaction.execute(insert, Args::default().with(sync).with(svg)).await.map_err(&fault)?;
        transaction.commit().await.map_err(&fault)
    }

    /// The flame graph of a run that was profiled, as an SVG.
    ///
    /// # Errors
    /// There is no such sync, or none is kept of it.
    pub async fn flame_graph(&self, sync: SyncId) -> Result<String, JobError> {
        let fault = JobError::store("read");
        let select = "SELECT svg FROM jobs_flame_graph WHERE sync = ?";
        let rows = self.database.rows(select, Args::default().with(sync.0)).await.map_err(&fault)?;
        match rows.first() {
            Some(row) => row.some_text(0).map_err(&fault),
            None => {
                let _there = self.sync(sync).await?;
                Err(JobError::NoFlameGraph(sync.0))
            }
        }
    }
}
