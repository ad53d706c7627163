//! Devices: what must match, and the components that a new one gets.

use std::collections::HashMap;
use std::sync::Arc;

use super::distinct;
use super::{primary_address, rack, virtual_chassis};
use crate::model::ContentType;
use crate::storage::{Cell, RecordId};
use crate::write::{Batch, Components, Draft, Shape, WriteErrorCause as Cause, blank_row, select_by_ids};

/// The platform is of the device type's manufacturer; what else must hold stands in [`primary_address`],
/// [`virtual_chassis`] and [`rack`].
pub(super) async fn check(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let (platform, device_type) = (content_type.column_of("platform"), content_type.column_of("device_type"));
    let ids = |column: usize, drafts: &[Draft]| {
        distinct(drafts.iter().filter(|draft| draft.is_good()).filter_map(|draft| draft.row[column].id()))
    };
    let platforms = ids(platform, drafts);
    let mut makers: HashMap<RecordId, Option<RecordId>> = HashMap::new();
    if !platforms.is_empty() {
        for (table, ids) in [("dcim_platform", platforms), ("dcim_devicetype", ids(device_type, drafts))] {
            let head = format!("SELECT \"id\", \"manufacturer_id\" FROM \"{table}\" WHERE \"id\" IN ");
            for row in select_by_ids(&mut batch.session, &head, &ids, "").await? {
                makers.insert(row.some_id(0)?, row.id(1)?);
            }
        }
    }
    let maker = |cell: &Cell| cell.id().and_then(|id| makers.get(&id).copied().flatten());
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        if let (Some(one), Some(other)) = (maker(&draft.row[platform]), maker(&draft.row[device_type]))
            && one != other
        {
            draft.fail(Cause::rule("platform", "it is of another manufacturer than the device type"));
        }
    }
    primary_address::check(batch, content_type, drafts).await?;
    virtual_chassis::check_members(batch, content_type, drafts).await?;
    rack::check_devices(batch, content_type, drafts).await
}

/// Interfaces of new devices, from the templates of their device types, when the context asks for them.
pub(super) async fn instantiate(batch: &mut Batch<'_>, drafts: &[Draft]) -> Result<(), sqlx::Error> {
    if batch.context.components == Components::Leave {
        return Ok(());
    }
    let (Ok(interface), Ok(template)) = (
        batch.registry.content_type("dcim.interface").cloned(),
        batch.registry.content_type("dcim.interfacetemplate").cloned(),
    ) else {
        return Ok(());
    };
    let Some(active) = active_status(batch).await? else { return Ok(()) };
    let devices: Vec<(RecordId, RecordId)> = drafts
        .iter()
        .filter(|draft| draft.is_good())
        .filter_map(|draft| Some((draft.id, draft.row[draft.content_type().column_of("device_type")].id()?)))
        .collect();
    let types = distinct(devices.iter().map(|(_, device_type)| *device_type));
    let copied = ["name", "label", "description", "type", "mgmt_only", "speed", "duplex", "port_type"];
    let columns = copied.map(|name| (template.column_of(name), interface.column_of(name)));
    let names = copied.map(|name| format!("\"{name}\"")).join(", ");
    let head =
        format!("SELECT \"device_type_id\", {names} FROM \"dcim_interfacetemplate\" WHERE \"device_type_id\" IN ");
    let mut templates: HashMap<RecordId, Vec<Vec<Cell>>> = HashMap::new();
    for row in select_by_ids(&mut batch.session, &head, &types, "").await? {
        let cells = columns.iter().enumerate();
        let cells = cells.map(|(place, (from, _))| row.cell(place + 1, template.columns[*from].column_type));
        templates.entry(row.some_id(0)?).or_default().push(cells.collect::<Result<_, _>>()?);
    }
    let shape = Arc::new(Shape::empty(interface.clone()));
    let blank = blank_row(&interface, batch.now);
    let mut interfaces: Vec<Draft> = Vec::new();
    for (device, device_type) in devices {
        for cells in templates.get(&device_type).into_iter().flatten() {
            let mut draft = Draft::new(0, Arc::clone(&shape), RecordId::random());
            draft.row.clone_from(&blank);
            draft.row[interface.column_of("device")] = Cell::Id(device);
            draft.row[interface.column_of("status")] = Cell::Id(active);
            for ((_, to), cell) in columns.iter().zip(cells) {
                draft.row[*to] = cell.clone();
            }
            interfaces.push(draft);
        }
    }
    Box::pin(batch.store(&interface, &mut interfaces)).await?;
    match interfaces.iter().find_map(|draft| draft.causes.first()) {
        None => Ok(()),
        Some(cause) => Err(sqlx::Error::Protocol(format!("interfaces of a new device: {cause}"))),
    }
}

async fn active_status(batch: &mut Batch<'_>) -> Result<Option<RecordId>, sqlx::Error> {
    let Ok(status) = batch.registry.content_type("extras.status").map(|status| status.index) else { return Ok(None) };
    batch.default_id(status, "Active".into()).await
}
