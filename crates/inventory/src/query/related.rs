//! What fields lead to, as lists: filtered, in the order of their type, and only what may be seen.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use indexmap::IndexMap;

use super::associated::associated;
use super::filter::{Fragment, Restriction, compile};
use super::list::ListError;
use super::order::order;
use super::reader::Reader;
use crate::error::InventoryError;
use crate::model::{ContentType, FieldKind, ManyTarget, Registry, Reverse, TypeIndex};
use crate::relationship::Association;
use crate::storage::{Cell, Joins, RecordId};
use crate::write::padded;

/// A field that leads from one record to several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// A to-many field of the type of the records.
    Links { of: TypeIndex, field: usize },
    /// What points at the records.
    Pointing(Reverse),
    /// What a relationship joins to the records.
    Associated(Association),
}

/// Which of the records that a field leads to are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct RelatedRequest<'r> {
    /// Filters of the type that the field leads to, as in [`ListRequest`](super::ListRequest).
    pub filters: Option<&'r IndexMap<String, Vec<String>>>,
    pub restrict: Option<&'r Restriction>,
}

/// By record, what it leads to.
pub type Related = HashMap<RecordId, Vec<RecordId>, RandomState>;

/// Where the pairs of a relation stand: what to join to the far type `t0`, and the column that holds the near record.
struct Pairs {
    to: TypeIndex,
    join: Fragment,
    near: String,
}

impl Reader {
    /// The records that a field leads to, each list in the order of their type. Records that lead nowhere are left out.
    ///
    /// # Errors
    /// A filter is unknown or its value is none that it can have; or the database failed.
    pub async fn related(
        &mut self,
        relation: Relation,
        ids: &[RecordId],
        request: RelatedRequest<'_>,
    ) -> Result<Related, ListError> {
        let registry = self.registry().clone();
        let Some(pairs) = pairs(&registry, relation) else { return Ok(Related::default()) };
        let dialect = self.session().dialect();
        let mut condition = match request.filters {
            None => Fragment::always(),
            Some(filters) => compile(self.session(), &registry, registry.get(pairs.to), filters).await?,
        };
        if let Some(restriction) = request.restrict {
            condition = Fragment::all(vec![condition, restriction.condition(dialect).clone()]);
        }
        Ok(self.follow(&pairs, &condition, ids).await?)
    }

    /// All that a field leads to.
    pub(super) async fn led_to(&mut self, relation: Relation, ids: &[RecordId]) -> Result<Related, InventoryError> {
        let registry = self.registry().clone();
        match pairs(&registry, relation) {
            Some(pairs) => self.follow(&pairs, &Fragment::always(), ids).await,
            None => Ok(Related::default()),
        }
    }

    async fn follow(
        &mut self,
        pairs: &Pairs,
        condition: &Fragment,
        ids: &[RecordId],
    ) -> Result<Related, InventoryError> {
        let registry = self.registry().clone();
        let dialect = self.session().dialect();
        let to = registry.get(pairs.to);
        let order = order(dialect, &registry, to, &[], Joins::new(to.index()));
        let head = format!("SELECT {}, t0.\"id\" FROM {}", pairs.near, order.joins.sql_for_reading(&registry));
        let head = pairs.join.clone().within(&head, " WHERE ");
        let fault = InventoryError::database("reading what records lead to");
        let mut related = Related::default();
        for chunk in padded(ids) {
            let among =
                Fragment::list(chunk.into_iter().map(Cell::Id).collect()).within(&format!("{} IN ", pairs.near), "");
            let wanted = Fragment::all(vec![condition.clone(), among]);
            let query = head.clone().then("", wanted).within("", &format!(" ORDER BY {}", order.terms));
            let args = query.args();
            for row in self.session().rows(query.sql, args).await.map_err(&fault)? {
                let (near, far) = (row.some_id(0).map_err(&fault)?, row.some_id(1).map_err(&fault)?);
                let list: &mut Vec<RecordId> = related.entry(near).or_default();
                // Rows of a type of its own may join the same two twice.
                if list.last() != Some(&far) {
                    list.push(far);
                }
            }
        }
        Ok(related)
    }
}

fn pairs(registry: &Registry, relation: Relation) -> Option<Pairs> {
    match relation {
        Relation::Links { of, field } => links(registry.get(of), field),
        Relation::Pointing(reverse) => pointing(registry.get(reverse.from), reverse),
        Relation::Associated(association) => {
            let join = associated(registry, association)?.within(" JOIN ", " pair ON pair.far = t0.\"id\"");
            Some(Pairs { to: association.to, join, near: "pair.near".to_owned() })
        }
    }
}

fn links(content_type: &ContentType, field: usize) -> Option<Pairs> {
    let FieldKind::Many(many) = &content_type.fields.get(field)?.kind else { return None };
    let ManyTarget::Records(to) = many.target else { return None };
    let link = &many.link;
    let join = format!(" JOIN \"{}\" pair ON pair.\"{}\" = t0.\"id\"", link.table, link.far);
    Some(Pairs { to, join: Fragment::new(join), near: format!("pair.\"{}\"", link.near) })
}

fn pointing(from: &ContentType, reverse: Reverse) -> Option<Pairs> {
    let field = from.fields.get(reverse.field)?;
    if let FieldKind::Many(many) = &field.kind {
        let link = &many.link;
        let join = format!(" JOIN \"{}\" pair ON pair.\"{}\" = t0.\"id\"", link.table, link.near);
        return Some(Pairs { to: from.index(), join: Fragment::new(join), near: format!("pair.\"{}\"", link.far) });
    }
    let column = &from.columns[field.column?].name;
    Some(Pairs { to: from.index(), join: Fragment::new(""), near: format!("t0.\"{column}\"") })
}
