//! Records that stand for one of several things, such as an assignment to an interface of a device or of a virtual
//! machine.

use crate::model::ContentType;
use crate::write::{Draft, WriteErrorCause as Cause};

/// Of each set of alternatives a record names just one.
pub(super) fn check(content_type: &ContentType, drafts: &mut [Draft]) {
    for set in content_type.exactly_one() {
        let columns: Vec<usize> = set.iter().map(|name| content_type.column_of(name)).collect();
        for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
            let named: Vec<&String> = set
                .iter()
                .zip(&columns)
                .filter(|(_, column)| !draft.row[**column].is_null())
                .map(|(name, _)| name)
                .collect();
            let all = set.join(" and ");
            let cause = match named[..] {
                [_] => continue,
                [] => Cause::rule(&set[0], format!("name one of {all}")),
                [_, second, ..] => Cause::rule(second, format!("name only one of {all}")),
            };
            draft.fail(cause);
        }
    }
}
