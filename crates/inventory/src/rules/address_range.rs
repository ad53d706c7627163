//! Ranges of addresses: both ends lie in one prefix, and an exclusive range keeps addresses out.

use std::net::IpAddr;

use ipnet::IpNet;

use super::tree::{Place, Prefixes};
use crate::model::{ColumnType, ContentType, ScalarType};
use crate::storage::{Args, Cell, RecordId};
use crate::write::{Batch, Draft, WriteErrorCause as Cause};

struct Columns {
    start: usize,
    end: usize,
    version: usize,
    parent: usize,
    exclusive: usize,
    namespace: usize,
}

impl Columns {
    fn of(content_type: &ContentType) -> Self {
        Self {
            start: content_type.column_of("start_address"),
            end: content_type.column_of("end_address"),
            version: content_type.column_of("ip_version"),
            parent: content_type.column_of("parent"),
            exclusive: content_type.column_of("is_exclusive"),
            namespace: content_type.by_name.get("namespace").copied().unwrap_or_default(),
        }
    }

    fn ends(&self, draft: &Draft) -> Option<(IpAddr, IpAddr)> {
        draft.row[self.start].as_ip().zip(draft.row[self.end].as_ip())
    }
}

/// The parent is the longest prefix that holds both ends.
pub(super) async fn check(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let columns = Columns::of(content_type);
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        let Some((start, end)) = columns.ends(draft) else { continue };
        if start.is_ipv4() != end.is_ipv4() {
            draft.fail(Cause::rule("end_address", "both ends are of the same IP version"));
        } else if end < start {
            draft.fail(Cause::rule("end_address", "it comes before the start"));
        }
        draft.row[columns.version] = Cell::Int(if start.is_ipv4() { 4 } else { 6 });
    }
    let named: Vec<RecordId> =
        drafts.iter().filter(|draft| draft.is_good()).filter_map(|draft| draft.row[columns.parent].id()).collect();
    let namespaces = super::ip_address::namespaces_of(batch, &named).await?;
    let namespace = |draft: &Draft| {
        let alias = draft.aliases.iter().find(|(field, _)| *field == columns.namespace).map(|(_, id)| *id);
        let parent = draft.row[columns.parent].id().and_then(|parent| namespaces.get(&parent).copied());
        if draft.before.is_some() { alias.or(parent) } else { parent.or(alias) }
    };
    let places = |draft: &Draft| {
        let (start, end) = columns.ends(draft)?;
        let space = namespace(draft)?;
        Some([(space, IpNet::from(start)), (space, IpNet::from(end))])
    };
    let wanted: Vec<Place> = drafts.iter().filter(|draft| draft.is_good()).filter_map(places).flatten().collect();
    let prefixes = Prefixes::covering(batch, &wanted).await?;
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        let Some(((start, end), space)) = columns.ends(draft).zip(namespace(draft)) else { continue };
        match prefixes.holder_of_both(space, start, end) {
            Some(holder) => draft.row[columns.parent] = Cell::Id(holder),
            None => {
                let message = "no prefix of that namespace holds both ends; create one that does first";
                draft.fail(Cause::rule("start_address", message));
            }
        }
    }
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        if draft.row[columns.exclusive].int() != Some(1) {
            continue;
        }
        let Some(((start, end), space)) = columns.ends(draft).zip(namespace(draft)) else { continue };
        let sql = "SELECT \"host\" FROM \"ipam_ipaddress\" WHERE \"host\" >= ? AND \"host\" <= ? AND \"parent_id\" IN \
                   (SELECT \"id\" FROM \"ipam_prefix\" WHERE \"namespace_id\" = ?) ORDER BY \"host\" LIMIT 1";
        let rows = batch.session.rows(sql, within(start, end, space)).await?;
        if let Some(host) = rows.first().map(|row| row.cell(0, ColumnType::Scalar(ScalarType::Ip))).transpose()? {
            let host = host.as_ip().map_or_else(String::new, |host| host.to_string());
            draft.fail(Cause::rule("is_exclusive", format!("address {host} lies in it; delete that first")));
        }
    }
    Ok(())
}

/// An address that an exclusive range of its namespace holds is refused.
pub(super) async fn keep_out(
    batch: &mut Batch<'_>,
    drafts: &mut [Draft],
    place: impl Fn(&Draft) -> Option<(RecordId, IpAddr)>,
) -> Result<(), sqlx::Error> {
    if batch.registry.content_type("ipam.ipaddressrange").is_err() {
        return Ok(());
    }
    let sql = "SELECT r.\"start_address\", r.\"end_address\", p.\"namespace_id\" FROM \"ipam_ipaddressrange\" r \
               JOIN \"ipam_prefix\" p ON p.\"id\" = r.\"parent_id\" WHERE r.\"is_exclusive\" = 1";
    let mut ranges: Vec<(IpAddr, IpAddr, RecordId)> = Vec::new();
    for row in batch.session.rows(sql, Args::default()).await? {
        let ip = |place| Ok::<_, sqlx::Error>(row.cell(place, ColumnType::Scalar(ScalarType::Ip))?.as_ip());
        ranges.extend(ip(0)?.zip(ip(1)?).zip(row.id(2)?).map(|((start, end), space)| (start, end, space)));
    }
    if ranges.is_empty() {
        return Ok(());
    }
    for draft in drafts.iter_mut().filter(|draft| draft.is_good() && draft.before.is_none()) {
        let Some((space, host)) = place(draft) else { continue };
        let held = ranges.iter().find(|(start, end, of)| *of == space && *start <= host && host <= *end);
        if let Some((start, end, _)) = held {
            let message = format!("{host} lies in the exclusive range {start} - {end}");
            draft.fail(Cause::rule("host", message));
        }
    }
    Ok(())
}

fn within(start: IpAddr, end: IpAddr, namespace: RecordId) -> Args {
    let mut args = Args::default();
    args.cell(&Cell::ip(start));
    args.cell(&Cell::ip(end));
    args.id(namespace);
    args
}
