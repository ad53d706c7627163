//! Ranges of addresses: both ends lie in one prefix, and an exclusive range keeps addresses out.

use std::net::IpAddr;

use ipnet::IpNet;

use super::ip_address::namespaces_of;
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
    let namespaces = namespaces_of(batch, &named).await?;
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
        let named = draft.row[columns.parent].id().filter(|_| draft.before.is_none());
        match (prefixes.holder_of_both(space, start, end), named) {
            (Some(holder), Some(named)) if holder != named => {
                let closest = prefixes.place_of(holder).map_or_else(String::new, |(_, net)| net.to_string());
                let message = format!("both ends lie in {closest}, the closest prefix that holds them; name that one");
                draft.fail(Cause::rule("parent", message));
            }
            (Some(holder), _) => draft.row[columns.parent] = Cell::Id(holder),
            (None, _) => {
                let message = "no prefix of that namespace holds both ends; create one that does first";
                draft.fail(Cause::rule("start_address", message));
            }
        }
    }
    let exclusive = |draft: &Draft| draft.is_good() && draft.row[columns.exclusive].int() == Some(1);
    let asked: Vec<(usize, Span)> = drafts
        .iter()
        .enumerate()
        .filter(|(_, draft)| exclusive(draft))
        .filter_map(|(place, draft)| {
            let (start, end) = columns.ends(draft)?;
            Some((place, (start, end, namespace(draft)?)))
        })
        .collect();
    let spans: Vec<Span> = asked.iter().map(|(_, span)| *span).collect();
    for ((place, _), host) in asked.into_iter().zip(first_in(batch, &spans).await?) {
        if let Some(host) = host {
            drafts[place].fail(Cause::rule("is_exclusive", format!("address {host} lies in it; delete that first")));
        }
    }
    Ok(())
}

/// From one address to another, in a namespace.
type Span = (IpAddr, IpAddr, RecordId);

/// Spans that one statement asks about.
const CHUNK: usize = 64;

/// The lowest address in each span, when there is one.
async fn first_in(batch: &mut Batch<'_>, spans: &[Span]) -> Result<Vec<Option<IpAddr>>, sqlx::Error> {
    let mut found = Vec::with_capacity(spans.len());
    for chunk in spans.chunks(CHUNK) {
        let mut args = Args::default();
        let mut selects = Vec::with_capacity(chunk.len());
        for (place, (start, end, namespace)) in chunk.iter().enumerate() {
            args.cell(&Cell::ip(*start));
            args.cell(&Cell::ip(*end));
            args.id(*namespace);
            selects.push(format!(
                "SELECT {place}, (SELECT \"host\" FROM \"ipam_ipaddress\" WHERE \"host\" >= ? AND \"host\" <= ? AND \
                 \"parent_id\" IN (SELECT \"id\" FROM \"ipam_prefix\" WHERE \"namespace_id\" = ?) ORDER BY \"host\" \
                 LIMIT 1)"
            ));
        }
        let sql = format!("{} ORDER BY 1", selects.join(" UNION ALL "));
        for row in batch.session.rows(sql, args).await? {
            found.push(row.cell(1, ColumnType::Scalar(ScalarType::Ip))?.as_ip());
        }
    }
    Ok(found)
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
