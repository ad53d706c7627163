//! What data cannot say about a content type: small functions beside the type that they guard.
//!
//! Each works on a whole group of records and asks the database once per question, never once per record. A rule may
//! change the row of a draft, or fail the draft; it never writes the draft itself.

mod above;
mod address_range;
mod association;
mod cable;
mod component;
mod computed_field;
mod config_context;
mod content_types;
mod custom_field;
mod device;
mod interface;
mod interface_network;
mod ip_address;
mod key;
mod location;
mod metadata;
mod object_permission;
mod one_of;
mod prefix;
mod primary_address;
mod rack;
mod rack_group;
mod relationship;
mod service;
mod settle;
mod tree;
mod virtual_chassis;
mod vlan;
mod vrf;

pub(crate) use vlan::spans as vlan_ids;

use std::collections::HashSet;

use self::settle::settle;
use crate::model::ContentType;
use crate::storage::RecordId;
use crate::write::{Batch, Draft};

/// What must hold of new and of changed records alike.
async fn check(batch: &mut Batch<'_>, content_type: &ContentType, drafts: &mut [Draft]) -> Result<(), sqlx::Error> {
    one_of::check(content_type, drafts);
    location::check_holds(batch, content_type, drafts).await?;
    match content_type.name() {
        "dcim.location" => {
            location::check_time_zones(content_type, drafts);
            location::check(batch, content_type, drafts).await
        }
        "extras.computedfield" => {
            computed_field::check(batch, content_type, drafts);
            Ok(())
        }
        "extras.configcontext" => {
            config_context::check(content_type, drafts, "data");
            Ok(())
        }
        "extras.customfield" => {
            custom_field::check(content_type, drafts);
            Ok(())
        }
        "extras.customfieldchoice" => {
            let of = custom_field::ChoiceOf { definition: "custom_field", kind: "type" };
            custom_field::check_choices(batch, content_type, drafts, of).await
        }
        "extras.metadatachoice" => {
            let of = custom_field::ChoiceOf { definition: "metadata_type", kind: "data_type" };
            custom_field::check_choices(batch, content_type, drafts, of).await
        }
        "extras.objectmetadata" => metadata::check(batch, content_type, drafts).await,
        "extras.relationship" => relationship::check(batch, content_type, drafts).await,
        "extras.relationshipassociation" => association::check(batch, content_type, drafts).await,
        "users.objectpermission" => object_permission::check(batch, content_type, drafts).await,
        "ipam.service" => {
            service::check(content_type, drafts);
            Ok(())
        }
        "dcim.devicetype" => {
            component::check_heights(content_type, drafts);
            Ok(())
        }
        "dcim.frontporttemplate" => component::check_front_ports(batch, content_type, drafts).await,
        "dcim.poweroutlettemplate" => component::check_power_outlets(batch, content_type, drafts).await,
        "dcim.device" => {
            config_context::check(content_type, drafts, config_context::LOCAL);
            device::check(batch, content_type, drafts).await
        }
        "virtualization.virtualmachine" => {
            config_context::check(content_type, drafts, config_context::LOCAL);
            primary_address::check(batch, content_type, drafts).await
        }
        "dcim.cable" => cable::check(batch, content_type, drafts).await,
        "dcim.rack" => rack::check(batch, content_type, drafts).await,
        "dcim.virtualchassis" => virtual_chassis::check(batch, content_type, drafts).await,
        "dcim.rackgroup" => rack_group::check(batch, content_type, drafts).await,
        "dcim.interface" => {
            interface::check(batch, content_type, drafts).await?;
            interface_network::check(batch, content_type, drafts).await
        }
        "virtualization.vminterface" => interface_network::check(batch, content_type, drafts).await,
        "ipam.ipaddress" => ip_address::before_write(batch, content_type, drafts).await,
        "ipam.ipaddressrange" => address_range::check(batch, content_type, drafts).await,
        "ipam.vlan" => vlan::check(batch, content_type, drafts).await,
        "ipam.vrfprefixassignment" => vrf::check_prefixes(batch, content_type, drafts).await,
        "ipam.vlangroup" => vlan::check_groups(batch, content_type, drafts).await,
        _ => Ok(()),
    }
}

/// Before new records are inserted; their references are in place.
pub(crate) async fn before_create(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    check(batch, content_type, drafts).await?;
    match content_type.name() {
        "ipam.prefix" => prefix::before_create(batch, content_type, drafts).await,
        _ => Ok(()),
    }
}

/// After new records are inserted.
pub(crate) async fn after_create(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    match content_type.name() {
        "ipam.prefix" => prefix::after_create(batch, content_type, drafts).await,
        "dcim.device" => device::instantiate(batch, drafts).await,
        "dcim.virtualchassis" => virtual_chassis::after_create(batch, content_type, drafts).await,
        _ => Ok(()),
    }
}

/// Before changed records are written.
pub(crate) async fn before_update(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    check(batch, content_type, drafts).await?;
    match content_type.name() {
        "extras.status" | "extras.role" | "extras.tag" => {
            content_types::check_in_use(batch, content_type, drafts).await
        }
        "dcim.locationtype" => location::check_types(batch, content_type, drafts).await,
        "ipam.prefix" => prefix::before_update(batch, content_type, drafts).await,
        _ => Ok(()),
    }
}

/// After changed records are written.
pub(crate) async fn after_update(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    match content_type.name() {
        "ipam.prefix" => prefix::after_update(batch, content_type, drafts).await,
        _ => Ok(()),
    }
}

/// Before records are deleted.
pub(crate) async fn before_delete(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    match content_type.name() {
        "ipam.prefix" => prefix::before_delete(batch, content_type, drafts).await,
        _ => Ok(()),
    }
}

/// Whether a rule, and not the on-delete behaviour of the field, decides what a delete does to a reference.
pub(crate) fn owns_reference(to: &ContentType, from: &ContentType, field: usize) -> bool {
    to.name() == "ipam.prefix"
        && matches!(from.name(), "ipam.prefix" | "ipam.ipaddress")
        && from.fields()[field].name() == "parent"
}

/// The ids, each once, in the order in which they come first.
fn distinct(ids: impl Iterator<Item = RecordId>) -> Vec<RecordId> {
    let mut seen = HashSet::new();
    ids.filter(|id| seen.insert(*id)).collect()
}
