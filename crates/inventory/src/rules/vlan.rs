//! A VLAN's id lies in the range of its group.

use std::collections::HashMap;

use super::distinct;
use crate::model::ContentType;
use crate::storage::RecordId;
use crate::write::{Batch, Draft, WriteErrorCause as Cause, select_by_ids};

pub(super) async fn check(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let (vid, group) = (content_type.column_of("vid"), content_type.column_of("vlan_group"));
    let groups = distinct(drafts.iter().filter(|draft| draft.is_good()).filter_map(|draft| draft.row[group].id()));
    let head = "SELECT \"id\", \"range\" FROM \"ipam_vlangroup\" WHERE \"id\" IN ";
    let mut ranges: HashMap<RecordId, String> = HashMap::new();
    for row in select_by_ids(&mut batch.session, head, &groups, "").await? {
        ranges.insert(row.some_id(0)?, row.text(1)?.unwrap_or_default());
    }
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        let range = draft.row[group].id().and_then(|id| ranges.get(&id));
        if let (Some(range), Some(vid)) = (range, draft.row[vid].int())
            && !spans(range).is_some_and(|spans| spans.iter().any(|(low, high)| (*low..=*high).contains(&vid)))
        {
            draft.fail(Cause::rule("vid", format!("{vid} is outside the range of its VLAN group, {range}")));
        }
    }
    Ok(())
}

/// A range is readable, and keeps the VLANs that the group has.
pub(super) async fn check_groups(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let range = content_type.column_of("range");
    let mut narrowed = Vec::new();
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        let text = draft.row[range].text().unwrap_or_default().to_owned();
        if spans(&text).is_none() {
            draft.fail(Cause::rule(
                "range",
                format!("`{text}` is no range of VLAN ids from 1 to 4094, such as 1-100,200"),
            ));
        } else if draft.before.as_ref().is_some_and(|before| before[range] != draft.row[range]) {
            narrowed.push(draft.id);
        }
    }
    let head = "SELECT \"vlan_group_id\", \"vid\" FROM \"ipam_vlan\" WHERE \"vlan_group_id\" IN ";
    let mut vids: HashMap<RecordId, Vec<i64>> = HashMap::new();
    for row in select_by_ids(&mut batch.session, head, &narrowed, " ORDER BY 2").await? {
        vids.entry(row.some_id(0)?).or_default().extend(row.int(1)?);
    }
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        let Some(spans) = draft.row[range].text().and_then(spans) else { continue };
        let lost = vids
            .get(&draft.id)
            .and_then(|vids| vids.iter().find(|vid| !spans.iter().any(|(low, high)| (low..=high).contains(vid))));
        if let Some(vid) = lost {
            draft.fail(Cause::rule("range", format!("VLAN {vid} of this group would be outside of it")));
        }
    }
    Ok(())
}

/// `1-100,200` as pairs; `None` when it is no range within 1 to 4094.
pub(crate) fn spans(text: &str) -> Option<Vec<(i64, i64)>> {
    text.split(',')
        .map(|part| {
            let (low, high) = part.split_once('-').unwrap_or((part, part));
            let (low, high) = (low.trim().parse().ok()?, high.trim().parse().ok()?);
            (1 <= low && low <= high && high <= 4094).then_some((low, high))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::spans;

    #[test]
    fn ranges() {
        assert_eq!(spans("1-4094"), Some(vec![(1, 4094)]));
        assert_eq!(spans("5,10-20"), Some(vec![(5, 5), (10, 20)]));
        for bad in ["", "0-5", "20-10", "1-4095", "a"] {
            assert_eq!(spans(bad), None, "{bad}");
        }
    }
}
