//! What syncs change in DiffSync's dict form, as Nautobot's SSoT shows it. Made from the steps of their plans when somebody
//! looks; nothing is kept in this form.

use std::collections::HashMap;

use serde_json::{Map, Value as Json};
use trueup_engine::plan::{Step, StepDocument};
use trueup_inventory::{Args, RecordId, Transaction};
use uuid::Uuid;

use crate::JobError;

/// The difference of one step, from its document: `{"+": {…}, "-": {…}}`.
///
/// # Errors
/// The document is damaged.
pub fn step_diff(document: &str) -> Result<Map<String, Json>, JobError> {
    Ok(step(document)?.to_diff())
}

/// The differences of syncs, by kind and unique id: `{kind: {id: {"+": {…}, "-": {…}}}}`. Those whose plans have more steps
/// than `most` are left out, and so are syncs without a plan.
///
/// # Errors
/// The database failed, or a step is damaged.
pub async fn sync_diffs(
    transaction: &mut Transaction,
    syncs: &[RecordId],
    most: u32,
) -> Result<HashMap<RecordId, Map<String, Json>>, JobError> {
    let fault = JobError::store("read");
    let marks = vec!["?"; syncs.len()].join(", ");
    let select = format!(
        "SELECT s.uuid, d.document FROM jobs_sync s JOIN jobs_step_document d ON d.plan = s.plan WHERE s.uuid IN ({marks}) \
         AND NOT EXISTS (SELECT 1 FROM jobs_step t WHERE t.plan = s.plan AND t.position >= ?) ORDER BY s.id, d.position"
    );
    let args = syncs.iter().fold(Args::default(), |args, id| args.with(id.to_string())).with(most);
    let mut diffs: HashMap<RecordId, Map<String, Json>> = HashMap::new();
    for row in transaction.rows(select, args).await.map_err(&fault)? {
        let uuid = row.some_text(0).map_err(&fault)?;
        let Ok(uuid) = uuid.parse::<Uuid>() else { continue };
        let step = step(&row.some_text(1).map_err(&fault)?)?;
        let diff = diffs.entry(RecordId(uuid)).or_default();
        let kind = diff.entry(step.record.kind.to_string()).or_insert_with(|| Json::Object(Map::new()));
        if let Json::Object(records) = kind {
            records.insert(step.record.key.to_string(), Json::Object(step.to_diff()));
        }
    }
    Ok(diffs)
}

fn step(document: &str) -> Result<Step, JobError> {
    let stored = |source| JobError::StoredJson { what: "a step", source };
    let document: StepDocument = serde_json::from_str(document).map_err(stored)?;
    Step::try_from(document).map_err(|source| stored(serde::de::Error::custom(source)))
}
