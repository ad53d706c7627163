//! Addresses, networks and VLAN ids that are free: what there is, and taking some by creating records in them.

use std::net::IpAddr;

use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value as Json, json};
use trueup_inventory::model::ContentType;
use trueup_inventory::{Between, MAX_BATCH, RecordId};

use crate::error::ApiError;
use crate::rest::call::Call;
use crate::rest::page::Paging;
use crate::rest::write::{self, Supply};
use crate::rest::{answer, query::Query};

pub async fn addresses(call: &Call, prefix: RecordId) -> Result<Response, ApiError> {
    let between = Between { first: end(&call.query, "range_start")?, last: end(&call.query, "range_end")? };
    match call.method {
        Method::GET | Method::HEAD => {
            // A prefix may have more addresses than any list; nobody can take more than a batch at once.
            let most =
                Paging::new(&call.query, &call.app.settings).limit.map_or(MAX_BATCH, |limit| limit.min(MAX_BATCH));
            let mut reader = call.app.inventory.reader().await?;
            let free = reader.free_addresses(prefix, between, most).await?;
            let shown = free.iter().map(|net| json!({ "ip_version": version(net), "address": net.to_string() }));
            Ok(answer::json(StatusCode::OK, Json::Array(shown.collect()).to_string()))
        }
        Method::POST => take(call, "ipam.ipaddress", Supply::Addresses { prefix, between }).await,
        _ => Err(ApiError::method_not_allowed(call.method.as_str())),
    }
}

pub async fn networks(call: &Call, content_type: &ContentType, prefix: RecordId) -> Result<Response, ApiError> {
    match call.method {
        Method::GET | Method::HEAD => {
            let mut reader = call.app.inventory.reader().await?;
            let free = reader.free_networks(prefix).await?;
            let shown = free.iter().map(|net| json!({ "ip_version": version(net), "prefix": net.to_string() }));
            Ok(answer::json(StatusCode::OK, Json::Array(shown.collect()).to_string()))
        }
        Method::POST => {
            let mut reader = call.app.inventory.reader().await?;
            let records = reader.records(content_type, &[prefix]).await?;
            drop(reader);
            let record = records.first().ok_or_else(ApiError::not_found)?;
            let own = content_type.place("prefix").map(|place| record.value(content_type, place).to_string());
            let is_v4 = own.is_some_and(|own| !own.contains(':'));
            let body = write::body::read(call)?;
            let lengths = lengths(&body, if is_v4 { 32 } else { 128 })?;
            take(call, "ipam.prefix", Supply::Networks { prefix, lengths }).await
        }
        _ => Err(ApiError::method_not_allowed(call.method.as_str())),
    }
}

pub async fn vlans(call: &Call, group: RecordId) -> Result<Response, ApiError> {
    match call.method {
        Method::GET | Method::HEAD => {
            let mut reader = call.app.inventory.reader().await?;
            let free: Vec<String> = reader.free_vlan_ids(group).await?.iter().map(ToString::to_string).collect();
            let most = call.query.last("limit").and_then(|limit| limit.parse().ok()).unwrap_or(usize::MAX);
            let shown = &free[..most.min(free.len())];
            Ok(answer::json(StatusCode::OK, Paging::WHOLE.answer(&call.url(), &call.query, shown.len(), shown)))
        }
        Method::POST => take(call, "ipam.vlan", Supply::VlanIds { group }).await,
        _ => Err(ApiError::method_not_allowed(call.method.as_str())),
    }
}

async fn take(call: &Call, content_type: &str, supply: Supply) -> Result<Response, ApiError> {
    let registry = call.app.inventory.registry();
    let content_type = registry.content_type(content_type).map_err(|_| ApiError::not_found())?;
    write::create_from(call, content_type, Some(supply)).await
}

fn version(net: &ipnet::IpNet) -> u8 {
    if net.addr().is_ipv4() { 4 } else { 6 }
}

/// An end of the range that is asked about; with a length behind it, as addresses are written elsewhere, or without.
fn end(query: &Query, name: &str) -> Result<Option<IpAddr>, ApiError> {
    let Some(text) = query.last(name).map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let host = text.split_once('/').map_or(text, |(host, _)| host);
    host.parse().map(Some).map_err(|_| ApiError::bad_request(json!({ name: ["Enter a valid IPv4 or IPv6 address."] })))
}

/// The length that each object of a body asks for.
fn lengths(body: &Json, longest: u8) -> Result<Vec<u8>, ApiError> {
    let one = |item: &Json| {
        let message = match item.get("prefix_length") {
            None => "This field is required.".to_owned(),
            Some(Json::Null) => "This field may not be null.".to_owned(),
            Some(given) => {
                let text = given.as_str().map_or_else(|| given.to_string(), str::to_owned);
                match text.trim().parse::<u64>() {
                    Err(_) => "A valid integer is required.".to_owned(),
                    Ok(length) => match u8::try_from(length).ok().filter(|length| *length <= longest) {
                        Some(length) => return Ok(length),
                        None => format!("A prefix length is at most {longest} here."),
                    },
                }
            }
        };
        Err(json!({ "prefix_length": [message] }))
    };
    match body {
        Json::Array(items) => {
            let lengths: Vec<Result<u8, Json>> = items.iter().map(one).collect();
            if lengths.iter().all(Result::is_ok) {
                return Ok(lengths.into_iter().flatten().collect());
            }
            let errors = lengths.into_iter().map(|length| length.err().unwrap_or_else(|| json!({})));
            Err(ApiError::bad_request(errors.collect()))
        }
        one_item => one(one_item).map(|length| vec![length]).map_err(ApiError::bad_request),
    }
}
