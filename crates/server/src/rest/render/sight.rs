//! Which records a caller sees in full behind a reference. Others are shown by name only.

use trueup_inventory::model::{ContentType, TypeIndex};
use trueup_inventory::{Reader, RecordId};

use super::world::Set;
use crate::auth::{Access, Right};
use crate::error::ApiError;
use crate::rest::restriction::restriction;
use crate::rest::view::View;

/// What was found out about the records behind references.
#[derive(Debug, Default)]
pub struct Sight {
    unseen: Set<(TypeIndex, RecordId)>,
    asked: Set<(TypeIndex, RecordId)>,
    none: Set<TypeIndex>,
}

impl Sight {
    /// Finds out which of these records the caller may view.
    pub async fn look(
        &mut self,
        reader: &mut Reader,
        view: &View,
        content_type: &ContentType,
        ids: &[RecordId],
    ) -> Result<(), ApiError> {
        let Some(caller) = &view.caller else { return Ok(()) };
        let index = content_type.index();
        match caller.may(Right::View, content_type) {
            Access::All => {}
            Access::None => {
                self.none.insert(index);
            }
            Access::Restricted(constraints) => {
                let new: Vec<RecordId> = ids.iter().copied().filter(|id| self.asked.insert((index, *id))).collect();
                let restriction = restriction(reader.registry(), content_type, constraints);
                let seen: Set<RecordId> = match restriction {
                    Some(restriction) => reader.allowed(content_type, &new, &restriction).await?.into_iter().collect(),
                    None => Set::default(),
                };
                self.unseen.extend(new.into_iter().filter(|id| !seen.contains(id)).map(|id| (index, id)));
            }
        }
        Ok(())
    }

    /// Whether a record is shown in full.
    pub fn sees(&self, content_type: TypeIndex, id: RecordId) -> bool {
        (self.none.is_empty() || !self.none.contains(&content_type))
            && (self.unseen.is_empty() || !self.unseen.contains(&(content_type, id)))
    }
}
