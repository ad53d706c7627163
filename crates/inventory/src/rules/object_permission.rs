//! Regular expressions in the constraints of a permission are good: a bad one would grant nothing, or fail when somebody
//! looks at records.

use serde_json::Value as Json;

use crate::model::ContentType;
use crate::query::{constraint_expressions, expression_fault};
use crate::write::{Batch, Draft, WriteErrorCause as Cause};

const FIELD: &str = "constraints";

pub(super) async fn check(
    batch: &mut Batch<'_>,
    permission: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let column = permission.column_of(FIELD);
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        let changed = draft.before.as_ref().is_none_or(|before| before[column] != draft.row[column]);
        let text = draft.row[column].text().filter(|_| changed);
        let Some(constraints) = text.and_then(|text| serde_json::from_str::<Json>(text).ok()) else { continue };
        for (path, expression) in constraint_expressions(&constraints) {
            if let Some(fault) = expression_fault(&mut batch.session, expression).await? {
                draft.fail(Cause::rule(FIELD, format!("constraint `{path}`: {fault}")));
            }
        }
    }
    Ok(())
}
