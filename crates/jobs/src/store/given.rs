//! What a run was given, for whoever applies its plan later: then the job is asked for its target again.

use serde_json::{Map, Value as Json};
use trueup_inventory::Args;

use super::{Lease, Store, SyncId};
use crate::JobError;

/// What a sync was started with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GivenRow {
    /// The connector of its target.
    pub(crate) connector: String,
    /// The values of the job's variables, as they are given again. No secret is among them.
    pub(crate) values: Map<String, Json>,
}

impl Store {
    /// Also when it was noted before, by an attempt that was given up.
    pub(crate) async fn note_given(&self, lease: &Lease, given: &GivenRow) -> Result<(), JobError> {
        let insert = "INSERT INTO jobs_given (sync, connector, variables) VALUES (?, ?, ?) ON CONFLICT (sync) \
                      DO UPDATE SET connector = excluded.connector, variables = excluded.variables";
        let GivenRow { connector, values } = given;
        let args = Args::default().with(lease.sync().0).with(connector);
        let args = args.with(Json::from(values.clone()).to_string());
        let fault = JobError::store("written");
        let (mut transaction, _) = self.begin_held(lease).await?;
        transaction.execute(insert, args).await.map_err(&fault)?;
        transaction.commit().await.map_err(&fault)
    }

    /// `None` for a sync that was made before this was kept; its target is the inventory.
    pub(crate) async fn given(&self, sync: SyncId) -> Result<Option<GivenRow>, JobError> {
        let fault = JobError::store("read");
        let select = "SELECT connector, variables FROM jobs_given WHERE sync = ?";
        let rows = self.database.rows(select, Args::default().with(sync.0)).await.map_err(&fault)?;
        let Some(row) = rows.first() else { return Ok(None) };
        let values = read_variables(row.text(1).map_err(&fault)?.as_deref())?.unwrap_or_default();
        Ok(Some(GivenRow { connector: row.some_text(0).map_err(&fault)?, values }))
    }
}

/// Variables as they are stored.
pub(super) fn read_variables(text: Option<&str>) -> Result<Option<Map<String, Json>>, JobError> {
    let values = text.map(serde_json::from_str).transpose();
    values.map_err(|source| JobError::StoredJson { what: "the variables of a sync", source })
}
