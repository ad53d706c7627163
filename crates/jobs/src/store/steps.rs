use indexmap::IndexMap;
use serde::Serialize;
use sqlx::SqliteConnection;
use trueup_engine::apply::Outcome;
use trueup_engine::plan::{Plan, Step, StepDocument, StepId};

use super::{PlanId, Store, now};
use crate::JobError;

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
}

/// Which steps to list.
#[derive(Debug, Clone, Default)]
pub struct StepFilter {
    pub kind: Option<String>,
    pub action: Option<String>,
    pub outcome: Option<String>,
    pub offset: u32,
    pub limit: u32,
}

/// Rows of one statement: well below the limit of bound values.
const ROWS: usize = 1_000;

/// What a step does stands in a table of its own, so that noting its outcome rewrites a narrow row.
pub(super) async fn insert(connection: &mut SqliteConnection, plan: PlanId, steps: &Plan) -> Result<(), sqlx::Error> {
    let numbered: Vec<(i64, &Step)> = (0..).zip(steps.steps()).collect();
    for chunk in numbered.chunks(ROWS) {
        let documents: Vec<(i64, StepDocument)> =
            chunk.iter().map(|(position, step)| (*position, StepDocument::from(*step))).collect();
        let mut insert = sqlx::QueryBuilder::new("INSERT INTO jobs_step (plan, position, kind, key, action) ");
        insert.push_values(&documents, |mut row, (position, document)| {
            row.push_bind(plan.0).push_bind(*position).push_bind(document.kind.clone());
            row.push_bind(document.key.to_string()).push_bind(document.action.as_str());
        });
        insert.build().execute(&mut *connection).await?;
        let texts: Vec<(i64, String)> = documents
            .iter()
            .map(|(position, document)| Ok((*position, serde_json::to_string(document)?)))
            .collect::<Result<_, serde_json::Error>>()
            .map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
        let mut insert = sqlx::QueryBuilder::new("INSERT INTO jobs_step_document (plan, position, document) ");
        insert.push_values(texts, |mut row, (position, document)| {
            row.push_bind(plan.0).push_bind(position).push_bind(document);
        });
        insert.build().execute(&mut *connection).await?;
    }
    Ok(())
}

impl Store {
    pub(super) async fn all_steps(&self, plan: PlanId) -> Result<Vec<Step>, JobError> {
        let documents: Vec<(String,)> =
            sqlx::query_as("SELECT document FROM jobs_step JOIN jobs_step_document USING (plan, position) WHERE plan = ? ORDER BY position")
                .bind(plan.0)
                .fetch_all(&self.pool)
                .await
                .map_err(JobError::store("read"))?;
        documents
            .into_iter()
            .map(|(json,)| {
                let document: StepDocument =
                    serde_json::from_str(&json).map_err(|source| JobError::StoredJson { what: "a step", source })?;
                Step::try_from(document)
                    .map_err(|source| JobError::StoredStep { plan: plan.0, source: Box::new(source) })
            })
            .collect()
    }

    /// Steps of a plan in plan order, filtered and paged by the database.
    pub async fn steps(&self, plan: PlanId, filter: &StepFilter) -> Result<Vec<StepRow>, JobError> {
        type Columns = (i64, String, String, String, String, Option<String>, Option<String>);
        let select = "SELECT position, kind, key, action, document, outcome, message \
                      FROM jobs_step JOIN jobs_step_document USING (plan, position) WHERE plan = ?1 \
                      AND (?2 IS NULL OR kind = ?2) AND (?3 IS NULL OR action = ?3) AND (?4 IS NULL OR outcome = ?4) \
                      ORDER BY position LIMIT ?5 OFFSET ?6";
        let rows: Vec<Columns> = sqlx::query_as(select)
            .bind(plan.0)
            .bind(&filter.kind)
            .bind(&filter.action)
            .bind(&filter.outcome)
            .bind(filter.limit)
            .bind(filter.offset)
            .fetch_all(&self.pool)
            .await
            .map_err(JobError::store("read"))?;
        rows.into_iter()
            .map(|(position, kind, key, action, document, outcome, message)| {
                let document = serde_json::from_str(&document)
                    .map_err(|source| JobError::StoredJson { what: "a step", source })?;
                Ok(StepRow { position, kind, key, action, document, outcome, message })
            })
            .collect()
    }

    /// Notes that these steps are about to be tried.
    pub(crate) async fn journal_sent(&self, plan: PlanId, steps: &[StepId]) -> Result<(), JobError> {
        let query = sqlx::query(MARK_SENT).bind(now()).bind(plan.0).bind(positions(steps));
        query.execute(&self.pool).await.map(drop).map_err(JobError::store("written"))
    }

    /// Notes outcomes, all or none. One statement for each outcome and message: that a run was stopped is one message
    /// for however many steps.
    pub(crate) async fn journal(&self, plan: PlanId, settled: &[(StepId, Outcome)]) -> Result<(), JobError> {
        let mut groups: IndexMap<(&'static str, Option<String>), Vec<StepId>> = IndexMap::new();
        for (step, outcome) in settled {
            groups.entry((outcome.as_str(), outcome.message())).or_default().push(*step);
        }
        let fault = JobError::store("written");
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(&fault)?;
        for ((outcome, message), steps) in groups {
            sqlx::query(MARK_SETTLED)
                .bind(outcome)
                .bind(message)
                .bind(now())
                .bind(plan.0)
                .bind(positions(&steps))
                .execute(&mut *transaction)
                .await
                .map_err(&fault)?;
        }
        transaction.commit().await.map_err(&fault)
    }
}

const MARK_SENT: &str =
    "UPDATE jobs_step SET sent_at = ? WHERE plan = ? AND position IN (SELECT value FROM json_each(?))";
const MARK_SETTLED: &str = "UPDATE jobs_step SET outcome = ?, message = ?, settled_at = ? WHERE plan = ? \
                            AND position IN (SELECT value FROM json_each(?))";

/// Numbers of steps as a JSON list, so that one statement takes any number of them.
fn positions(steps: &[StepId]) -> String {
    let positions: Vec<String> = steps.iter().map(|step| step.0.to_string()).collect();
    format!("[{}]", positions.join(","))
}
