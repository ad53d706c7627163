//! Which records a caller sees in full behind a reference. Others are shown by name only.

use trueup_inventory::model::{ContentType, TypeIndex};
use trueup_inventory::{Reader, RecordId};

use super::world::Set;
use crate::auth::{Right, Scope};
use crate::error::ApiError;
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
        match caller.scope(Right::View, reader.registry(), content_type) {
            Scope::All => {}
            Scope::None => {
                self.none.insert(index);
            }
            Scope::Some(restriction) => {
                let new: Vec<RecordId> = ids.iter().copied().filter(|id| self.asked.insert((index, *id))).collect();
                let seen: Set<RecordId> = reader.allowed(content_type, &new, &restriction).await?.into_iter().collect();
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
