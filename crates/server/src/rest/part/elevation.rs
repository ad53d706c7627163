//! What stands in a rack, unit by unit, on one face.

use std::collections::HashMap;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use trueup_engine::Value;
use trueup_inventory::model::ContentType;
use trueup_inventory::{ListRequest, Reader, Record, RecordId};

use crate::error::ApiError;
use crate::rest::call::Call;
use crate::rest::page::Paging;
use crate::rest::view::boolean;
use crate::rest::{answer, render};

const FACES: [(&str, &str); 2] = [("front", "Front"), ("rear", "Rear")];

pub async fn show(call: &Call, rack_type: &ContentType, rack: RecordId) -> Result<Response, ApiError> {
    if call.query.last("render").is_some_and(|format| format != "json") {
        return Err(ApiError::bad_request(json!({ "render": ["Only json is drawn here."] })));
    }
    let face = call.query.last("face").unwrap_or(FACES[0].0);
    let Some((face, label)) = FACES.into_iter().find(|(value, _)| *value == face) else {
        return Err(ApiError::bad_request(json!({ "face": [format!("\"{face}\" is not a valid choice.")] })));
    };
    let mut reader = call.app.inventory.reader().await?;
    let records = reader.records(rack_type, &[rack]).await?;
    let record = records.first().ok_or_else(ApiError::not_found)?;
    let height = number(record, rack_type, "u_height").unwrap_or(0);
    let upwards = truth(record, rack_type, "desc_units");
    let standing = standing(call, &mut reader, rack, face).await?;
    let device_type = reader.registry().content_type("dcim.device").map_err(|_| ApiError::not_found())?.clone();
    let ids: Vec<RecordId> = standing.iter().map(|device| device.id).collect();
    let texts = render::objects(&mut reader, &call.view, &device_type, &ids).await?;
    let mut units: HashMap<i64, usize> = HashMap::new();
    let whole = call.query.last("expand_devices").and_then(boolean).unwrap_or(true);
    for (place, device) in standing.iter().enumerate() {
        let top = device.position + device.height.max(1) - 1;
        let shown = if whole { device.position..=top } else { top..=top };
        units.extend(shown.map(|unit| (unit, place)));
    }
    let unit = |unit: i64| {
        let device = units.get(&unit).map_or("null", |place| texts[*place].as_str());
        let occupied = standing.iter().any(|device| device.covers(unit));
        format!(
            "{{\"id\":{unit},\"name\":\"U{unit}\",\"face\":{{\"value\":\"{face}\",\"label\":\"{label}\"}},\
             \"device\":{device},\"occupied\":{occupied}}}"
        )
    };
    let mut shown: Vec<String> = (1..=height).map(unit).collect();
    if !upwards {
        shown.reverse();
    }
    let paging = Paging::new(&call.query, &call.app.settings);
    let part = paging.part(&shown);
    Ok(answer::json(StatusCode::OK, paging.answer(&call.url(), &call.query, shown.len(), part)))
}

/// A device in its units.
struct Standing {
    id: RecordId,
    position: i64,
    height: i64,
}

impl Standing {
    fn covers(&self, unit: i64) -> bool {
        (self.position..self.position + self.height.max(1)).contains(&unit)
    }
}

/// The devices that fill units of a face and that the caller may see. One of full depth fills both faces.
async fn standing(call: &Call, reader: &mut Reader, rack: RecordId, face: &str) -> Result<Vec<Standing>, ApiError> {
    let registry = call.app.inventory.registry();
    let types = registry.content_type("dcim.device").ok().zip(registry.content_type("dcim.devicetype").ok());
    let Some((device, device_type)) = types else { return Ok(Vec::new()) };
    let mut request = ListRequest::all(device.index());
    request.filters.insert("rack".to_owned(), vec![rack.to_string()]);
    let ids = reader.list(&request).await?.ids;
    let ids = call.caller.seen(reader, device, &ids).await?;
    let devices = reader.records(device, &ids).await?;
    let type_of = |record: &Record| record.reference(device, device.place("device_type")?);
    let type_ids: Vec<RecordId> = devices.iter().filter_map(type_of).collect();
    let kinds = reader.records(device_type, &type_ids).await?;
    let kinds: HashMap<RecordId, &Record> = kinds.iter().map(|record| (record.id(), record)).collect();
    let standing = devices.iter().filter_map(|record| {
        let position = number(record, device, "position")?;
        let kind = kinds.get(&type_of(record)?);
        let deep = kind.is_some_and(|kind| truth(kind, device_type, "is_full_depth"));
        let mounted = device.place("face").and_then(|place| record.text(device, place)).unwrap_or_default();
        let height = kind.and_then(|kind| number(kind, device_type, "u_height")).unwrap_or(1);
        (deep || mounted == face).then(|| Standing { id: record.id(), position, height })
    });
    Ok(standing.collect())
}

fn number(record: &Record, content_type: &ContentType, field: &str) -> Option<i64> {
    match record.value(content_type, content_type.place(field)?) {
        Value::Int(number) => Some(number),
        _ => None,
    }
}

fn truth(record: &Record, content_type: &ContentType, field: &str) -> bool {
    content_type.place(field).is_some_and(|place| record.value(content_type, place) == Value::Bool(true))
}
