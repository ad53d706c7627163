//! Lists with their filters, order and pages, and what the fields of a level lead to.

use std::collections::HashMap;

use async_graphql::Pos;
use foldhash::fast::RandomState;
use indexmap::IndexSet;
use trueup_inventory::model::TypeIndex;
use trueup_inventory::{FilterErrors, ListError, ListRequest, RecordId};

use super::super::arguments::Arguments;
use super::path::{Frame, Origin};
use super::{Execution, Fault};
use crate::auth::Access;

/// A list that a field asks for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    pub content_type: TypeIndex,
    pub arguments: &'w Arguments,
    /// Where it would stand.
    pub key: &'w Frame<'w>,
    pub pos: Pos,
}

/// By record, the records that a field leads to, in their order.
pub type Children = HashMap<RecordId, Vec<RecordId>, RandomState>;

/// Distinct records in the order in which they were first met, and where that was.
#[derive(Debug, Default)]
pub struct Met {
    ids: IndexSet<RecordId, RandomState>,
    origins: Vec<Origin>,
}

/// Up to so many records are named to the inventory; beyond, all records of the type are put in order.
const MOST_NAMED: usize = 400;

impl Met {
    /// `above` is the place of the record that leads to `id`, `index` the place in its list.
    pub fn add(&mut self, id: RecordId, above: usize, index: Option<usize>) {
        if self.ids.insert(id) {
            let place = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
            self.origins.push(Origin { above: place(above), index: index.map(place) });
        }
    }

    /// Everything that the records of a level lead to.
    pub fn children(above: &[RecordId], children: &Children) -> Self {
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
        let Arguments { filters, limit, offset, problem } = wanted.arguments;
        if let Some(problem) = problem {
            self.fail(wanted.key, wanted.pos, problem.clone());
            return Ok(None);
        }
        let request = ListRequest {
            filters: filters.clone(),
            limit: *limit,
            offset: *offset,
            ..ListRequest::all(wanted.content_type)
        };
        self.ask(request, wanted).await
    }

    async fn ask(&mut self, request: ListRequest, wanted: Wanted<'_>) -> Result<Option<Vec<RecordId>>, Fault> {
        let content_type = self.reader.registry().get(wanted.content_type).clone();
        match self.sight.of(&content_type) {
            Access::All => {}
            // See `seen`.
            Access::None | Access::Restricted(_) => return Ok(Some(Vec::new())),
        }
        match self.reader.list(&request).await {
            Ok(page) => Ok(Some(page.ids)),
            Err(ListError::Filters(errors)) => {
                self.fail(wanted.key, wanted.pos, told(&errors));
                Ok(None)
            }
            Err(ListError::Inventory(error)) => Err(error.into()),
        }
    }

    /// Puts what a field leads to in order, and leaves out what filters, page and sight do not let through.
    pub(super) async fn arrange(
        &mut self,
        wanted: Wanted<'_>,
        mut children: Children,
    ) -> Result<Option<Children>, Fault> {
        if let Some(problem) = &wanted.arguments.problem {
            self.fail(wanted.key, wanted.pos, problem.clone());
            return Ok(None);
        }
        let all: IndexSet<RecordId, RandomState> = children.values().flatten().copied().collect();
        if all.is_empty() {
            return Ok(Some(children));
        }
        let mut request =
            ListRequest { filters: wanted.arguments.filters.clone(), ..ListRequest::all(wanted.content_type) };
        if all.len() <= MOST_NAMED && !request.filters.contains_key("id") {
            request.filters.insert("id".to_owned(), all.iter().map(ToString::to_string).collect());
            request.limit = Some(MOST_NAMED);
        }
        let Some(ids) = self.ask(request, wanted).await? else { return Ok(None) };
        let mut places: HashMap<RecordId, usize, RandomState> = HashMap::default();
        places.extend(ids.iter().enumerate().filter(|(_, id)| all.contains(*id)).map(|(place, id)| (*id, place)));
        let (limit, offset) = (wanted.arguments.limit.unwrap_or(usize::MAX), wanted.arguments.offset);
        for list in children.values_mut() {
            list.retain(|id| places.contains_key(id));
            list.sort_unstable_by_key(|id| places[id]);
            list.dedup();
            list.drain(..offset.min(list.len()));
            list.truncate(limit);
        }
        Ok(Some(children))
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
