//! Lists with their filters, order and pages, and what the fields of a level lead to.

use async_graphql::Pos;
use foldhash::fast::RandomState;
use indexmap::IndexSet;
use trueup_inventory::model::TypeIndex;
use trueup_inventory::{FilterErrors, ListError, ListRequest, RecordId, Related, RelatedRequest, Relation};

use super::super::arguments::Arguments;
use super::path::{Frame, Origin};
use super::{Execution, Fault};
use crate::auth::Scope;

/// A list that a field asks for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    pub content_type: TypeIndex,
    pub arguments: &'w Arguments,
    /// Where it would stand.
    pub key: &'w Frame<'w>,
    pub pos: Pos,
}

/// Distinct records in the order in which they were first met, and where that was.
#[derive(Debug, Default)]
pub struct Met {
    ids: IndexSet<RecordId, RandomState>,
    origins: Vec<Origin>,
}

impl Met {
    /// `above` is the place of the record that leads to `id`, `index` the place in its list.
    pub fn add(&mut self, id: RecordId, above: usize, index: Option<usize>) {
        if self.ids.insert(id) {
            let place = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
            self.origins.push(Origin { above: place(above), index: index.map(place) });
        }
    }

    /// Everything that the records of a level lead to.
    pub fn children(above: &[RecordId], children: &Related) -> Self {
        let mut met = Self::default();
        for (place, id) in above.iter().enumerate() {
            for (index, child) in children.get(id).into_iter().flatten().enumerate() {
                met.add(*child, place, Some(index));
            }
        }
        met
    }

    pub fn into_parts(self) -> (Vec<RecordId>, Vec<Origin>) {
        (self.ids.into_iter().collect(), self.origins)
    }
}

impl Execution<'_> {
    /// A page of a list that may be seen; nothing when its arguments are wrong, which is remembered as an error.
    pub(super) async fn list(&mut self, wanted: Wanted<'_>) -> Result<Option<Vec<RecordId>>, Fault> {
        let Some(seen) = self.begin(wanted) else { return Ok(None) };
        if seen == Scope::None {
            return Ok(Some(Vec::new()));
        }
        let Arguments { filters, limit, offset, .. } = wanted.arguments;
        let request = ListRequest {
            filters: filters.clone(),
            restrict: seen.restriction().cloned(),
            limit: *limit,
            offset: *offset,
            ..ListRequest::all(wanted.content_type)
        };
        let page = self.reader.list(&request).await;
        Ok(self.or_remember(page, wanted)?.map(|page| page.ids))
    }

    /// What a field leads to from each of `ids`, as far as filters, page and sight let it through.
    pub(super) async fn related(
        &mut self,
        relation: Relation,
        ids: &[RecordId],
        wanted: Wanted<'_>,
    ) -> Result<Option<Related>, Fault> {
        let Some(seen) = self.begin(wanted) else { return Ok(None) };
        if seen == Scope::None {
            return Ok(Some(Related::default()));
        }
        let Arguments { filters, limit, offset, .. } = wanted.arguments;
        let request = RelatedRequest { filters: Some(filters), restrict: seen.restriction() };
        let related = self.reader.related(relation, ids, request).await;
        let Some(mut related) = self.or_remember(related, wanted)? else { return Ok(None) };
        for list in related.values_mut() {
            list.drain(..(*offset).min(list.len()));
            list.truncate(limit.unwrap_or(usize::MAX));
        }
        Ok(Some(related))
    }

    /// What may be seen of a list; nothing when its page is wrong.
    fn begin(&mut self, wanted: Wanted<'_>) -> Option<Scope> {
        if let Some(problem) = &wanted.arguments.problem {
            self.fail(wanted.key, wanted.pos, problem.clone());
            return None;
        }
        let registry = self.reader.registry().clone();
        Some(self.sight.of(&registry, registry.get(wanted.content_type)))
    }

    fn or_remember<T>(&mut self, outcome: Result<T, ListError>, wanted: Wanted<'_>) -> Result<Option<T>, Fault> {
        match outcome {
            Ok(found) => Ok(Some(found)),
            Err(ListError::Filters(errors)) => {
                self.fail(wanted.key, wanted.pos, told(&errors));
                Ok(None)
            }
            Err(ListError::Inventory(error)) => Err(error.into()),
        }
    }
}

/// What is wrong with filters, in the form in which Nautobot tells it: a dictionary as Python shows one.
fn told(errors: &FilterErrors) -> String {
    let quoted = |text: &str| {
        let escaped = text.replace('\\', "\\\\");
        match (escaped.contains('\''), escaped.contains('"')) {
            (true, false) => format!("\"{escaped}\""),
            (true, true) => format!("'{}'", escaped.replace('\'', "\\'")),
            (false, _) => format!("'{escaped}'"),
        }
    };
    let entries = errors.0.iter().map(|(name, messages)| {
        let messages: Vec<String> = messages.iter().map(|message| quoted(message)).collect();
        format!("{}: [{}]", quoted(name), messages.join(", "))
    });
    format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_as_nautobot_tells_them() {
        let errors = [
            ("limit".to_owned(), vec!["Unknown filter field".to_owned()]),
            ("name".to_owned(), vec!["it's".to_owned(), "it's \"so\"".to_owned()]),
        ];
        assert_eq!(
            told(&FilterErrors(errors.into_iter().collect())),
            r#"{'limit': ['Unknown filter field'], 'name': ["it's", 'it\'s "so"']}"#
        );
    }
}
