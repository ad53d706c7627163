//! From changes to the database: one request is one batch, which is written whole or not at all, by a caller that may.
//!
//! The writer is shared by all requests. A batch runs as a task of its own, so that a client that goes away half-way
//! leaves neither half a batch nor an open transaction.

use std::collections::HashSet;

use trueup_inventory::model::ContentType;
use trueup_inventory::{Change, ChangeContext, InventoryWriter, RecordId, Restriction, Stored, WriteErrorCause};

use super::relationships::Joining;
use super::{Supply, Target};
use crate::error::ApiError;
use crate::rest::call::Call;

/// What is wrong with each change of a batch that was not written; empty where nothing is.
pub type Refused = Vec<Vec<WriteErrorCause>>;

/// Those of `ids` that exist and that a right covers.
pub async fn covered(
    call: &Call,
    content_type: &ContentType,
    ids: &[RecordId],
    restriction: Option<&Restriction>,
) -> Result<Vec<RecordId>, ApiError> {
    let mut reader = call.app.inventory.reader().await?;
    let existing: Vec<RecordId> = reader.existing(content_type, ids).await?;
    match restriction {
        None => Ok(existing),
        Some(restriction) => Ok(reader.allowed(content_type, &existing, restriction).await?),
    }
}

/// Who changes what, for the change log.
pub fn context(call: &Call, content_type: &ContentType, target: Target) -> ChangeContext {
    let what = match target {
        Target::List => "list",
        Target::Object(_) => "detail",
    };
    let detail = format!("{}-api:{}-{what}", content_type.app(), content_type.model());
    ChangeContext::web(call.caller.user, call.caller.user_name.as_ref(), call.request_id, detail)
}

/// What must hold of a batch besides its changes.
#[derive(Debug, Default)]
pub struct Terms {
    /// What comes to be must be within it.
    pub restriction: Option<Restriction>,
    /// Chooses values for the changes.
    pub supply: Option<Supply>,
    /// What the records are joined to.
    pub joining: Option<Joining>,
}

impl Terms {
    pub fn within(restriction: Option<Restriction>) -> Self {
        Self { restriction, ..Self::default() }
    }
}

/// Writes all changes or none.
pub async fn write(
    call: &Call,
    content_type: &ContentType,
    mut changes: Vec<Change>,
    context: ChangeContext,
    terms: Terms,
) -> Result<Result<Vec<Stored>, Refused>, ApiError> {
    let writer = call.app.writer.clone();
    let registry = call.app.inventory.registry().clone();
    let index = content_type.index();
    let task = tokio::spawn(async move {
        let mut writer = writer.lock().await;
        // Nothing of an earlier request may be open still, whatever became of it.
        writer.rollback().await?;
        if terms.restriction.is_none() && terms.supply.is_none() && terms.joining.is_none() {
            return Ok(whole(writer.write(&changes, &context).await?));
        }
        let outcome = on_terms(&mut writer, registry.get(index), &mut changes, &context, &terms).await;
        writer.rollback().await?;
        outcome
    });
    joined(task).await
}

/// Tells what is wrong with each change, and writes nothing.
pub async fn check(call: &Call, changes: Vec<Change>, context: ChangeContext) -> Result<Refused, ApiError> {
    let writer = call.app.writer.clone();
    let task = tokio::spawn(async move {
        let mut writer = writer.lock().await;
        writer.rollback().await?;
        let answers = writer.check(&changes, &context).await?;
        Ok(answers.into_iter().map(|answer| answer.err().map_or_else(Vec::new, |error| error.causes)).collect())
    });
    joined(task).await
}

async fn joined<T>(task: tokio::task::JoinHandle<Result<T, ApiError>>) -> Result<T, ApiError> {
    match task.await {
        Ok(outcome) => outcome,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a batch was cut off");
                Err(ApiError::detail(axum::http::StatusCode::SERVICE_UNAVAILABLE, "The server is stopping; try again"))
            }
        },
    }
}

/// Chooses what is to be chosen, writes, looks whether what came to be is within the restriction, joins it to what it is
/// to be joined to, and only then commits.
async fn on_terms(
    writer: &mut InventoryWriter,
    content_type: &ContentType,
    changes: &mut [Change],
    context: &ChangeContext,
    terms: &Terms,
) -> Result<Result<Vec<Stored>, Refused>, ApiError> {
    writer.begin().await?;
    if let Some(supply) = &terms.supply {
        let mut reader = writer.lend()?;
        let drawn = supply.draw(&mut reader, changes.len()).await?;
        writer.take_back(reader);
        let drawn = drawn.ok_or_else(ApiError::no_room)?;
        changes.iter_mut().zip(drawn).for_each(|(change, values)| change.values.extend(values));
    }
    let stored = match whole(writer.write(changes, context).await?) {
        Ok(stored) => stored,
        Err(refused) => return Ok(Err(refused)),
    };
    if let Some(restriction) = &terms.restriction {
        let ids: Vec<RecordId> = stored.iter().map(|stored| stored.id).collect();
        let mut reader = writer.lend()?;
        let allowed: HashSet<RecordId> = reader.allowed(content_type, &ids, restriction).await?.into_iter().collect();
        writer.take_back(reader);
        if ids.iter().any(|id| !allowed.contains(id)) {
            return Err(ApiError::forbidden());
        }
    }
    if let Some(joining) = &terms.joining
        && let Err(refused) = joining.write(writer, content_type, &stored, context).await?
    {
        return Ok(Err(refused));
    }
    writer.commit().await?;
    Ok(Ok(stored))
}

fn whole(answers: Vec<Result<Stored, trueup_inventory::WriteError>>) -> Result<Vec<Stored>, Refused> {
    if answers.iter().all(Result::is_ok) {
        return Ok(answers.into_iter().flatten().collect());
    }
    Err(answers.into_iter().map(|answer| answer.err().map_or_else(Vec::new, |error| error.causes)).collect())
}
