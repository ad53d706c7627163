//! The definition of a custom field holds together, and only fields of choices have choices.

use std::collections::HashMap;

use super::distinct;
use crate::model::{ContentType, FieldKind};
use crate::storage::RecordId;
use crate::write::{Batch, Draft, WriteErrorCause as Cause, custom_field_default_problem, select_by_ids};

/// Kinds for which the length or the size of a value has no bounds.
const WITHOUT_BOUNDS: [&str; 3] = ["boolean", "date", "datetime"];
const WITHOUT_PATTERN: [&str; 4] = ["boolean", "date", "datetime", "integer"];
const OF_CHOICES: [&str; 2] = ["select", "multi-select"];

pub(super) fn check(content_type: &ContentType, drafts: &mut [Draft]) {
    let column = |name: &str| content_type.column_of(name);
    let (kind, pattern) = (column("type"), column("validation_regex"));
    let (least, most) = (column("validation_minimum"), column("validation_maximum"));
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        let kind = draft.row[kind].text().unwrap_or_default().to_owned();
        for (name, column) in [("validation_minimum", least), ("validation_maximum", most)] {
            if !draft.row[column].is_null() && WITHOUT_BOUNDS.contains(&kind.as_str()) {
                draft.fail(Cause::rule(name, format!("a field of the type {kind} has no bounds")));
            }
        }
        if let Some((least, most)) = draft.row[least].int().zip(draft.row[most].int())
            && least > most
        {
            draft.fail(Cause::rule("validation_maximum", "it is less than the minimum"));
        }
        let text = draft.row[pattern].text().unwrap_or_default().to_owned();
        if !text.is_empty() {
            if WITHOUT_PATTERN.contains(&kind.as_str()) {
                draft.fail(Cause::rule("validation_regex", format!("a field of the type {kind} has no pattern")));
            } else if let Err(error) = regex::Regex::new(&text) {
                let error = error.to_string();
                let last = error.lines().last().unwrap_or_default().trim().to_owned();
                draft.fail(Cause::rule("validation_regex", format!("it is no regular expression: {last}")));
            }
        }
        // The choices of a field come after it, so a default among them cannot be checked before.
        if draft.is_good()
            && !OF_CHOICES.contains(&kind.as_str())
            && let Some(problem) = custom_field_default_problem(content_type, &draft.row)
        {
            draft.fail(Cause::rule("default", problem));
        }
    }
}

/// The definition that a choice is for: the field that names it, and the field of its kind.
pub(super) struct ChoiceOf {
    pub definition: &'static str,
    pub kind: &'static str,
}

/// A choice is one of a selection.
pub(super) async fn check_choices(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
    ChoiceOf { definition, kind }: ChoiceOf,
) -> Result<(), sqlx::Error> {
    let owner = content_type.column_of(definition);
    let Some(FieldKind::Reference(reference)) = content_type.field(definition).map(|field| &field.kind) else {
        return Ok(());
    };
    let table = &batch.registry.get(reference.to).table;
    let fields = distinct(drafts.iter().filter(|draft| draft.is_good()).filter_map(|draft| draft.row[owner].id()));
    let head = format!("SELECT \"id\", \"{kind}\" FROM \"{table}\" WHERE \"id\" IN ");
    let mut kinds: HashMap<RecordId, String> = HashMap::new();
    for row in select_by_ids(&mut batch.session, &head, &fields, "").await? {
        kinds.insert(row.some_id(0)?, row.text(1)?.unwrap_or_default());
    }
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        let kind = draft.row[owner].id().and_then(|id| kinds.get(&id)).map(String::as_str).unwrap_or_default();
        if !OF_CHOICES.contains(&kind) {
            draft.fail(Cause::rule(definition, format!("a field of the type {kind} has no choices")));
        }
    }
    Ok(())
}
