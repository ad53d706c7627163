use serde::Serialize;
use trueup_engine::plan::{Plan, Step, StepDocument, StepId};
use trueup_inventory::{Args, Transaction};

use super::rows::push_any_of;
use super::{PlanId, Store, SyncId, rows};
use crate::JobError;
use crate::run::SyncCounts;

/// A step as it is stored.
#[derive(Debug, Clone, Serialize)]
pub struct StepRow {
    pub position: i64,
    pub kind: String,
    /// The key as JSON.
    pub key: String,
    pub action: String,
    pub document: serde_json::Value,
    pub outcome: Option<String>,
    pub message: Option<String>,
    /// How many times it was sent to the target.
    pub attempts: i64,
    /// The content type of the record, where it is one of the inventory.
    pub content_type: Option<String>,
    /// What the target calls the record, where it has said so.
    pub object: Option<String>,
}

impl StepRow {
    /// What it does, unless it cannot be read any more.
    pub fn step(&self) -> Option<Step> {
        let document: StepDocument = serde_json::from_value(self.document.clone()).ok()?;
        Step::try_from(document).ok()
    }
}

/// Which steps to list: of any of these kinds, actions and outcomes, where some are named.
#[derive(Debug, Clone, Default)]
pub struct StepFilter {
    pub kinds: Vec<String>,
    pub actions: Vec<String>,
    pub outcomes: Vec<String>,
    /// Those behind this position.
    pub after: Option<i64>,
    pub limit: u32,
}

/// Steps that are written out at once.
const STEPS: usize = 1_000;

/// What a step does stands in a table of its own, so that noting its outcome rewrites a narrow row.
pub(super) async fn insert(transaction: &mut Transaction, plan: PlanId, steps: &Plan) -> Result<(), sqlx::Error> {
    let numbered: Vec<(i64, &Step)> = (0..).zip(steps.steps()).collect();
    for chunk in numbered.chunks(STEPS) {
        let documents: Vec<(i64, StepDocument)> =
            chunk.iter().map(|(position, step)| (*position, StepDocument::from(*step))).collect();
        let head = "INSERT INTO jobs_step (plan, position, kind, key, action)";
        rows::insert(transaction, head, 5, &documents, |(position, document), args| {
            let args = args.with(plan.0).with(*position).with(&document.kind);
            args.with(document.key.to_string()).with(document.action.as_str())
        })
        .await?;
        let texts: Vec<(i64, String)> = documents
            .iter()
            .map(|(position, document)| Ok((*position, serde_json::to_string(document)?)))
            .collect::<Result<_, serde_json::Error>>()
            .map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
        let head = "INSERT INTO jobs_step_document (plan, position, document)";
        rows::insert(transaction, head, 3, &texts, |(position, document), args| {
            args.with(plan.0).with(*position).with(document)
        })
        .await?;
    }
    Ok(())
}

impl Store {
    pub(super) async fn all_steps(&self, plan: PlanId) -> Result<Vec<Step>, JobError> {
        let fault = JobError::store("read");
        let select = "SELECT document FROM jobs_step JOIN jobs_step_document USING (plan, position) \
                      WHERE plan = ? ORDER BY position";
        let rows = self.database.rows(select, Args::default().with(plan.0)).await.map_err(&fault)?;
        rows.iter()
            .map(|row| {
                let json = row.some_text(0).map_err(&fault)?;
                let document: StepDocument =
                    serde_json::from_str(&json).map_err(|source| JobError::StoredJson { what: "a step", source })?;
                Step::try_from(document)
                    .map_err(|source| JobError::StoredStep { plan: plan.0, source: Box::new(source) })
            })
            .collect()
    }

    /// Steps of a plan in plan order, filtered and paged by the database. The documents are looked up for the page alone.
    pub async fn steps(&self, plan: PlanId, filter: &StepFilter) -> Result<Vec<StepRow>, JobError> {
        let fault = JobError::store("read");
        let mut page = String::from("SELECT * FROM jobs_step WHERE plan = ?");
        let mut args = Args::default().with(plan.0);
        for (column, wanted) in [("kind", &filter.kinds), ("action", &filter.actions), ("outcome", &filter.outcomes)] {
            push_any_of(column, wanted, &mut page, &mut args);
        }
        if let Some(after) = filter.after {
            page.push_str(" AND position > ?");
            args.push(after);
        }
        let select = format!(
            "SELECT position, kind, key, action, document, outcome, message, attempts, content_type, object \
             FROM ({page} ORDER BY position LIMIT ?) s \
             JOIN jobs_step_document USING (plan, position) LEFT JOIN jobs_step_object USING (plan, position) ORDER BY position"
        );
        let rows = self.database.rows(select, args.with(filter.limit)).await.map_err(&fault)?;
        rows.iter()
            .map(|row| {
                let text = |place| row.some_text(place).map_err(&fault);
                let optional = |place| row.text(place).map_err(&fault);
                let document = serde_json::from_str(&text(4)?)
                    .map_err(|source| JobError::StoredJson { what: "a step", source })?;
                Ok(StepRow {
                    position: row.some_int(0).map_err(&fault)?,
                    kind: text(1)?,
                    key: text(2)?,
                    action: text(3)?,
                    document,
                    outcome: optional(5)?,
                    message: optional(6)?,
                    attempts: row.some_int(7).map_err(&fault)?,
                    content_type: optional(8)?,
                    object: optional(9)?,
                })
            })
            .collect()
    }

    /// What came of the steps that a sync has applied so far, as its journal says; `None` before there is anything.
    pub(crate) async fn outcomes(&self, sync: SyncId) -> Result<Option<SyncCounts>, JobError> {
        let fault = JobError::store("read");
        let select = "SELECT t.outcome, t.action, count(*) FROM jobs_step t JOIN jobs_sync s ON s.plan = t.plan \
                      WHERE s.id = ? AND t.outcome IS NOT NULL GROUP BY t.outcome, t.action";
        let rows = self.database.rows(select, Args::default().with(sync.0)).await.map_err(&fault)?;
        let mut counts = SyncCounts::default();
        for row in &rows {
            let (outcome, action) = (row.some_text(0).map_err(&fault)?, row.some_text(1).map_err(&fault)?);
            let count = u64::try_from(row.some_int(2).map_err(&fault)?).unwrap_or_default();
            match (outcome.as_str(), action.as_str()) {
                ("applied", "create") => counts.created += count,
                ("applied", "update") => counts.updated += count,
                ("applied", _) => counts.deleted += count,
                ("skipped", _) => counts.skipped += count,
                ("stale", _) => counts.stale += count,
                ("blocked", _) => counts.blocked += count,
                (_, _) => counts.failed += count,
            }
        }
        Ok((!rows.is_empty()).then_some(counts))
    }

    /// The steps of a plan that were applied, in plan order.
    pub(crate) async fn applied_steps(&self, plan: PlanId) -> Result<Vec<StepId>, JobError> {
        let fault = JobError::store("read");
        let select = "SELECT position FROM jobs_step WHERE plan = ? AND outcome = 'applied' ORDER BY position";
        let rows = self.database.rows(select, Args::default().with(plan.0)).await.map_err(&fault)?;
        let steps = rows.iter().map(|row| {
            let position = row.some_int(0)?;
            u32::try_from(position).map(StepId).map_err(|error| sqlx::Error::Decode(Box::new(error)))
        });
        steps.collect::<Result<_, _>>().map_err(&fault)
    }
}
