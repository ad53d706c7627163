//! What locations lie in.

use std::collections::HashMap;

use super::distinct;
use crate::storage::RecordId;
use crate::write::{Batch, select_by_ids};

/// What some locations lie in, up to the top.
pub(super) struct Above(HashMap<RecordId, RecordId>);

impl Above {
    /// One query for each level.
    pub async fn of(batch: &mut Batch<'_>, locations: &[RecordId]) -> Result<Self, sqlx::Error> {
        let head = "SELECT \"id\", \"parent_id\" FROM \"dcim_location\" WHERE \"parent_id\" IS NOT NULL AND \"id\" IN ";
        let mut parents: HashMap<RecordId, RecordId> = HashMap::new();
        let mut level = locations.to_vec();
        while !level.is_empty() {
            let mut next = Vec::new();
            for row in select_by_ids(&mut batch.session, head, &level, "").await? {
                let (id, parent) = (row.some_id(0)?, row.some_id(1)?);
                if parents.insert(id, parent).is_none() && !parents.contains_key(&parent) {
                    next.push(parent);
                }
            }
            level = distinct(next.into_iter());
        }
        Ok(Self(parents))
    }

    /// Whether a location is that place, or lies in it.
    pub fn lies_in(&self, location: RecordId, place: RecordId) -> bool {
        std::iter::successors(Some(location), |current| self.0.get(current).copied()).any(|current| current == place)
    }
}
