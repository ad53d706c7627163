//! An address lies in the longest prefix of its namespace that holds it, and must lie in one.

use std::collections::HashMap;

use ipnet::IpNet;

use super::address_range;
use super::tree::{Place, Prefixes};
use crate::model::ContentType;
use crate::storage::{Cell, RecordId};
use crate::write::{Batch, Draft, WriteErrorCause as Cause, select_by_ids};

/// The columns that the rule works on, and the place of the field `namespace`, which has none.
struct Columns {
    host: usize,
    length: usize,
    version: usize,
    parent: usize,
    kind: usize,
    dns_name: usize,
    namespace: usize,
}

impl Columns {
    fn of(content_type: &ContentType) -> Self {
        Self {
            host: content_type.column_of("host"),
            length: content_type.column_of("mask_length"),
            version: content_type.column_of("ip_version"),
            parent: content_type.column_of("parent"),
            kind: content_type.column_of("type"),
            dns_name: content_type.column_of("dns_name"),
            namespace: content_type.by_name.get("namespace").copied().unwrap_or_default(),
        }
    }

    /// The namespace that a change names.
    fn namespace_of(&self, draft: &Draft) -> Option<RecordId> {
        draft.aliases.iter().find(|(field, _)| *field == self.namespace).map(|(_, id)| *id)
    }

    /// The parent that a change names, when it is another one than before.
    fn parent_of(&self, draft: &Draft) -> Option<RecordId> {
        let before = draft.before.as_ref().and_then(|before| before[self.parent].id());
        draft.row[self.parent].id().filter(|parent| Some(*parent) != before)
    }
}

pub(super) async fn before_write(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let columns = Columns::of(content_type);
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        check_values(&columns, draft);
    }
    let named: Vec<RecordId> = drafts.iter().filter(|d| d.is_good()).filter_map(|d| columns.parent_of(d)).collect();
    let namespaces = namespaces_of(batch, &named).await?;
    // A named parent says the namespace; what the default of the field says is then of no interest.
    let namespace = |draft: &Draft| match columns.parent_of(draft) {
        Some(parent) => namespaces.get(&parent).copied(),
        None => columns.namespace_of(draft),
    };
    let host = |draft: &Draft| draft.row[columns.host].as_ip();
    let places: Vec<Place> = drafts
        .iter()
        .filter(|draft| draft.is_good())
        .filter_map(|draft| Some((namespace(draft)?, IpNet::from(host(draft)?))))
        .collect();
    address_range::keep_out(batch, drafts, |draft| namespace(draft).zip(host(draft))).await?;
    let prefixes = Prefixes::covering(batch, &places).await?;
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        let Some((space, ip)) = namespace(draft).zip(host(draft)) else { continue };
        let named = columns.parent_of(draft);
        match (prefixes.holder(space, ip), named) {
            (Some(holder), Some(named)) if holder != named => {
                let message = prefixes.place_of(holder).map_or_else(String::new, |(_, net)| net.to_string());
                let message =
                    format!("{ip} lies in {message}, the closest prefix of that namespace; name that one as parent");
                draft.fail(Cause::rule("parent", message));
            }
            (Some(holder), _) => draft.row[columns.parent] = Cell::Id(holder),
            (None, _) => {
                let name = name_of(batch, space).await?;
                draft.fail(Cause::NoPrefix { host: ip.to_string(), namespace: name });
            }
        }
    }
    Ok(())
}

fn check_values(columns: &Columns, draft: &mut Draft) {
    let Some(ip) = draft.row[columns.host].as_ip() else { return };
    let (family, longest) = if ip.is_ipv4() { (4, 32) } else { (6, 128) };
    draft.row[columns.version] = Cell::Int(family);
    if draft.row[columns.length].int().is_some_and(|length| length > longest) {
        draft.fail(Cause::rule("mask_length", format!("an IPv{family} address has at most {longest} bits")));
    } else if family == 4 && draft.row[columns.kind].text() == Some("slaac") {
        draft.fail(Cause::rule("type", "only IPv6 addresses come from SLAAC"));
    }
    if let Some(name) = draft.row[columns.dns_name].text()
        && name.chars().any(char::is_uppercase)
    {
        draft.row[columns.dns_name] = Cell::Text(name.to_lowercase());
    }
}

/// The namespaces of prefixes.
pub(super) async fn namespaces_of(
    batch: &mut Batch<'_>,
    prefixes: &[RecordId],
) -> Result<HashMap<RecordId, RecordId>, sqlx::Error> {
    let head = "SELECT \"id\", \"namespace_id\" FROM \"ipam_prefix\" WHERE \"id\" IN ";
    let mut namespaces = HashMap::new();
    for row in select_by_ids(&mut batch.session, head, prefixes, "").await? {
        namespaces.insert(row.some_id(0)?, row.some_id(1)?);
    }
    Ok(namespaces)
}

async fn name_of(batch: &mut Batch<'_>, namespace: RecordId) -> Result<String, sqlx::Error> {
    let head = "SELECT \"name\" FROM \"ipam_namespace\" WHERE \"id\" IN ";
    let rows = select_by_ids(&mut batch.session, head, &[namespace], "").await?;
    Ok(rows.first().map(|row| row.text(0)).transpose()?.flatten().unwrap_or_default())
}
