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
/// than `each` are left out, and of the others those with which there would be more than `all`; and so are syncs without a
/// plan.
///
/// # Errors
/// The database failed, or a step is damaged.
pub async fn sync_diffs(
    transaction: &mut Transaction,
    syncs: &[RecordId],
    (each, all): (u32, u32),
) -> Result<HashMap<RecordId, Map<String, Json>>, JobError> {
    let fault = JobError::store("read");
    let marks = |many| vec!["?"; many].join(", ");
    let select = format!(
        "SELECT s.plan, s.uuid, (SELECT max(t.position) + 1 FROM jobs_step t WHERE t.plan = s.plan) FROM jobs_sync s \
         WHERE s.plan IS NOT NULL AND s.uuid IN ({})",
        marks(syncs.len())
    );
    let args = syncs.iter().fold(Args::default(), |args, id| args.with(id.to_string()));
    let mut of_plan: HashMap<i64, RecordId> = HashMap::new();
    let mut left = i64::from(all);
    for row in transaction.rows(select, args).await.map_err(&fault)? {
        let (plan, uuid) = (row.some_int(0).map_err(&fault)?, row.some_text(1).map_err(&fault)?);
        let steps = row.int(2).map_err(&fault)?.unwrap_or(0);
        if let (Ok(uuid), true) = (uuid.parse::<Uuid>(), steps <= i64::from(each).min(left)) {
            left -= steps;
            of_plan.insert(plan, RecordId(uuid));
        }
    }
    let mut diffs: HashMap<RecordId, Map<String, Json>> = HashMap::new();
    if of_plan.is_empty() {
        return Ok(diffs);
    }
    let select = format!(
        "SELECT plan, document FROM jobs_step_document WHERE plan IN ({}) ORDER BY plan, position",
        marks(of_plan.len())
    );
    let args = of_plan.keys().fold(Args::default(), |args, plan| args.with(*plan));
    for row in transaction.rows(select, args).await.map_err(&fault)? {
        let Some(sync) = of_plan.get(&row.some_int(0).map_err(&fault)?) else { continue };
        let step = step(&row.some_text(1).map_err(&fault)?)?;
        let diff = diffs.entry(*sync).or_default();
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
