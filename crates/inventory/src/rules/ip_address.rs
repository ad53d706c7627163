//! An address lies in the longest prefix of its namespace that holds it, and must lie in one.

use std::collections::HashMap;

use super::location::distinct;
use super::tree::Prefixes;
use crate::model::ContentType;
use crate::storage::{Cell, RecordId};
use crate::write::{Batch, Draft, WriteErrorCause as Cause, select_by_ids};

pub(super) async fn before_write(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let host = content_type.column_of("host");
    let length = content_type.column_of("mask_length");
    let version = content_type.column_of("ip_version");
    let parent = content_type.column_of("parent");
    let kind = content_type.column_of("type");
    let dns_name = content_type.column_of("dns_name");
    let namespace = content_type.by_name.get("namespace").copied().unwrap_or_default();

    let namespace_of = |draft: &Draft| -> Option<RecordId> {
        draft.aliases.iter().find(|(field, _)| *field == namespace).map(|(_, id)| *id)
    };
    let namespaces = distinct(drafts.iter().filter(|draft| draft.is_good()).filter_map(&namespace_of));
    let prefixes = Prefixes::load(batch, &namespaces).await?;
    let mut names: HashMap<RecordId, String> = HashMap::new();
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        let Some(ip) = draft.row[host].as_ip() else { continue };
        let (family, longest) = if ip.is_ipv4() { (4, 32) } else { (6, 128) };
        draft.row[version] = Cell::Int(family);
        if draft.row[length].int().is_some_and(|length| length > longest) {
            draft.fail(Cause::rule("mask_length", format!("an IPv{family} address has at most {longest} bits")));
            continue;
        }
        if family == 4 && draft.row[kind].text() == Some("slaac") {
            draft.fail(Cause::rule("type", "only IPv6 addresses come from SLAAC"));
            continue;
        }
        if let Some(name) = draft.row[dns_name].text()
            && name.chars().any(char::is_uppercase)
        {
            draft.row[dns_name] = Cell::Text(name.to_lowercase());
        }
        let Some(id) = namespace_of(draft) else { continue };
        match prefixes.holder(id, ip) {
            Some(holder) => draft.row[parent] = Cell::Id(holder),
            None => {
                if !names.contains_key(&id) {
                    names.insert(id, namespace_name(batch, id).await?);
                }
                draft.fail(Cause::NoPrefix { host: ip.to_string(), namespace: names[&id].clone() });
            }
        }
    }
    Ok(())
}

/// Asked for only when an address has no place.
async fn namespace_name(batch: &mut Batch<'_>, id: RecordId) -> Result<String, sqlx::Error> {
    let head = "SELECT \"name\" FROM \"ipam_namespace\" WHERE \"id\" IN ";
    let rows = select_by_ids(&mut batch.session, head, &[id], "").await?;
    Ok(rows.first().map(|row| row.text(0)).transpose()?.flatten().unwrap_or_default())
}
