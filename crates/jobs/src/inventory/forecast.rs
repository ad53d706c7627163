use indexmap::IndexMap;
use trueup_connectors::ConnectorError;
use trueup_engine::check::{Affected, Forecast, RefusedDeletes};
use trueup_engine::{Identity, Key, KindName, Schema};
use trueup_inventory::{DeleteForecast, Inventory, Reader, RecordId, Selection};

use super::adapter::{failed, these};

/// What the inventory's content types say that deletes take along: one query for each kind to find the records, then one
/// for each reference that leads to them.
pub(super) async fn forecast(
    inventory: &Inventory,
    schema: &Schema,
    deletes: &[Identity],
) -> Result<Forecast, ConnectorError> {
    let mut reader = inventory.reader().await.map_err(failed("reading records"))?;
    let found = find(&mut reader, schema, deletes).await?;
    let ids: Vec<(&str, RecordId)> = found.iter().map(|(id, (content_type, _))| (*content_type, *id)).collect();
    let foreseen = reader.forecast_deletes(&ids).await.map_err(failed("looking for what hangs on records"))?;
    let DeleteForecast { along, cleared, refused } = foreseen;
    let records = |ids: Vec<RecordId>| ids.iter().map(|id| found[id].1.clone()).collect();
    Ok(Forecast {
        along: along.into_iter().map(affected).collect(),
        cleared: cleared.into_iter().map(|(one, field)| (affected(one), field)).collect(),
        refused: refused
            .into_iter()
            .map(|one| RefusedDeletes { records: records(one.records), needed_by: affected(one.needed_by) })
            .collect(),
    })
}

/// The records of identities, each with its content type, as far as they exist.
async fn find<'s>(
    reader: &mut Reader,
    schema: &'s Schema,
    wanted: &[Identity],
) -> Result<IndexMap<RecordId, (&'s str, Identity)>, ConnectorError> {
    let mut found = IndexMap::with_capacity(wanted.len());
    for (_, kind) in schema.kinds() {
        let Some(content_type) = kind.content_type() else { continue };
        let keys: Vec<&Key> =
            wanted.iter().filter(|record| record.kind == *kind.name()).map(|record| &record.key).collect();
        if keys.is_empty() {
            continue;
        }
        let fields: Vec<&str> = kind.identifiers().iter().map(|field| field.name()).collect();
        let selection = Selection::all(content_type, fields).only(these(kind, keys));
        let mut keep = |row: trueup_inventory::RowView<'_>| {
            let key: Key = row.values().iter().cloned().collect();
            found.insert(row.id(), (content_type, Identity { kind: kind.name().clone(), key }));
        };
        reader.read(&selection, &mut keep).await.map_err(failed("reading records"))?;
    }
    Ok(found)
}

fn affected(one: trueup_inventory::Affected) -> Affected {
    Affected {
        kind: KindName::from(&*one.content_type),
        called: one.verbose_name_plural,
        count: one.count as u64,
        examples: one.examples,
    }
}
