//! Changes of one group that make room for each other.

use std::collections::HashSet;

use crate::storage::RecordId;
use crate::write::Draft;

/// Checks drafts against what other records hold, until those that are left hold together. `check` gets the records that
/// are about to be written, whose old places are free; one that fails keeps its old place, which another one may have been
/// given, so the rest are checked again.
pub(super) fn settle(drafts: &mut [Draft], mut check: impl FnMut(&HashSet<RecordId>, &mut [Draft])) {
    let written = |drafts: &[Draft]| drafts.iter().filter(|draft| draft.is_good()).map(|draft| draft.id).collect();
    let mut writing: HashSet<RecordId> = written(drafts);
    loop {
        check(&writing, drafts);
        let left: HashSet<RecordId> = written(drafts);
        if left.len() == writing.len() {
            return;
        }
        writing = left;
    }
}
