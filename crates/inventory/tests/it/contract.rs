//! Our content types against the recorded ones of Nautobot. The record is no part of the project: without it the test
//! says so and passes. What differs on purpose is in [`ON_PURPOSE`], each with its reason; a row that no longer
//! applies fails the test. Types that the record does not have (metadata, teams, computed fields) are made from
//! public sources and are not compared.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value as Json;
use trueup_inventory::Registry;
use trueup_inventory::model::{ContentType, Field, FieldKind, ManyTarget, OnDelete, Visibility};

/// Keys that every record has, added by the renderer.
const COMMON: [&str; 11] = [
    "id",
    "object_type",
    "display",
    "url",
    "natural_slug",
    "created",
    "last_updated",
    "notes_url",
    "custom_fields",
    "computed_fields",
    "relationships",
];

const ON_PURPOSE: &[(&str, &[&str])] = &[
    (
        "syncs and what became of their records show no custom fields, as in the recorded answers",
        &["nautobot_ssot.sync custom_fields true", "nautobot_ssot.synclogentry custom_fields true"],
    ),
    (
        "modules, and the types of modules, are not part of this inventory: a component is of a device or a device type",
        &[
            "dcim.interface.device nullable true, ours false",
            "dcim.interface.device required false, ours true",
            "dcim.interface.module on_delete CASCADE, ours -",
            "dcim.interface.module read_only false, ours true",
            "dcim.interface.module target dcim.module, ours -",
            "dcim.interfacetemplate.device_type nullable true, ours false",
            "dcim.interfacetemplate.device_type required false, ours true",
            "dcim.interfacetemplate.module_type on_delete CASCADE, ours -",
            "dcim.interfacetemplate.module_type read_only false, ours true",
            "dcim.interfacetemplate.module_type target dcim.moduletype, ours -",
        ],
    ),
    (
        "software image files are not part of this inventory: the key is there, and the list is empty",
        &[
            "dcim.device.software_image_files read_only false, ours true",
            "dcim.device.software_image_files target dcim.softwareimagefile, ours -",
            "dcim.devicetype.software_image_files target dcim.softwareimagefile, ours -",
            "dcim.inventoryitem.software_image_files read_only false, ours true",
            "dcim.inventoryitem.software_image_files target dcim.softwareimagefile, ours -",
            "virtualization.virtualmachine.software_image_files read_only false, ours true",
            "virtualization.virtualmachine.software_image_files target dcim.softwareimagefile, ours -",
        ],
    ),
    (
        "redundancy groups, controllers, device bays, virtual device contexts and schemas of config contexts are not part of \
         this inventory: the key is there, and null or empty",
        &[
            "dcim.device.controller_managed_device_group on_delete SET_NULL, ours -",
            "dcim.device.controller_managed_device_group read_only false, ours true",
            "dcim.device.controller_managed_device_group target dcim.controllermanageddevicegroup, ours -",
            "dcim.device.device_redundancy_group on_delete SET_NULL, ours -",
            "dcim.device.device_redundancy_group read_only false, ours true",
            "dcim.device.device_redundancy_group target dcim.deviceredundancygroup, ours -",
            "dcim.device.local_config_context_schema on_delete SET_NULL, ours -",
            "dcim.device.local_config_context_schema read_only false, ours true",
            "dcim.device.local_config_context_schema target extras.configcontextschema, ours -",
            "dcim.device.parent_bay read_only false, ours true",
            "extras.configcontext.config_context_schema on_delete SET_NULL, ours -",
            "extras.configcontext.config_context_schema read_only false, ours true",
            "extras.configcontext.config_context_schema target extras.configcontextschema, ours -",
            "extras.configcontext.device_redundancy_groups read_only false, ours true",
            "extras.configcontext.device_redundancy_groups target dcim.deviceredundancygroup, ours -",
            "ipam.vrf.virtual_device_contexts target dcim.virtualdevicecontext, ours -",
            "ipam.vrfdeviceassignment.virtual_device_context on_delete CASCADE, ours -",
            "ipam.vrfdeviceassignment.virtual_device_context read_only false, ours true",
            "ipam.vrfdeviceassignment.virtual_device_context target dcim.virtualdevicecontext, ours -",
            "virtualization.virtualmachine.local_config_context_schema on_delete SET_NULL, ours -",
            "virtualization.virtualmachine.local_config_context_schema read_only false, ours true",
            "virtualization.virtualmachine.local_config_context_schema target extras.configcontextschema, ours -",
        ],
    ),
    ("the members of a team are written at the team", &["extras.contact.teams read_only false, ours true"]),
    (
        "groups of users, saved views, approvals, groups of groups and further queues of a job are not part of this \
         inventory: the list is empty",
        &[
            "extras.dynamicgroup.children target extras.dynamicgroup, ours -",
            "extras.job.job_queues target extras.jobqueue, ours -",
            "extras.scheduledjob.associated_approval_workflows on_delete DO_NOTHING, ours -",
            "extras.scheduledjob.associated_approval_workflows target extras.approvalworkflow, ours -",
            "users.objectpermission.groups read_only false, ours true",
            "users.objectpermission.groups target auth.group, ours -",
            "users.user.default_saved_views target extras.savedview, ours -",
            "users.user.groups read_only false, ours true",
            "users.user.groups target auth.group, ours -",
        ],
    ),
    ("templates have no notes", &["dcim.interfacetemplate notes_url true"]),
    (
        "an address or network may be given in one piece or in two, so neither field alone is required",
        &["ipam.ipaddress.address required true, ours false", "ipam.prefix.prefix required true, ours false"],
    ),
    ("the parent follows from the network, whatever a client says", &["ipam.prefix.parent read_only false, ours true"]),
    ("an address is always in a prefix", &["ipam.ipaddress.parent nullable true, ours false"]),
    (
        "a range has its ends once, as start_address and end_address",
        &["ipam.ipaddressrange.end_host is missing", "ipam.ipaddressrange.start_host is missing"],
    ),
    (
        "locations may be set at once; the field `location` is there for older clients, and the API makes locations of it",
        &[
            "ipam.prefix.location read_only false, ours true",
            "ipam.prefix.locations read_only true, ours false",
            "ipam.vlan.location read_only false, ours true",
            "ipam.vlan.locations read_only true, ours false",
        ],
    ),
    (
        "of passwords and tokens only hashes are kept, in fields that the API does not know",
        &["users.token.key read_only false, ours true", "users.user.password is missing"],
    ),
    ("users made by the program itself may have no date", &["users.user.date_joined nullable false, ours true"]),
];

/// The record, if it is there.
fn recorded() -> Option<BTreeMap<String, Json>> {
    let path = std::env::var_os("TRUEUP_NAUTOBOT_RECORD").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/nautobot/models.json")),
        PathBuf::from,
    );
    let text = std::fs::read_to_string(&path).ok()?;
    Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

#[test]
#[expect(clippy::print_stderr, reason = "a comparison that did not take place must be seen")]
fn types_are_those_of_the_contract() {
    let Some(recorded) = recorded() else {
        eprintln!("not compared: there is no record of Nautobot's models here");
        return;
    };
    let registry = Registry::embedded().unwrap();
    let mut found = BTreeSet::new();
    for (name, theirs) in &recorded {
        match registry.content_type(name) {
            Ok(ours) => compare(&registry, ours, theirs, &mut found),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(recorded.len(), 69);
    let allowed: BTreeSet<String> =
        ON_PURPOSE.iter().flat_map(|(_, rows)| rows.iter()).map(|row| (*row).to_owned()).collect();
    let new: Vec<_> = found.difference(&allowed).collect();
    let gone: Vec<_> = allowed.difference(&found).collect();
    assert!(new.is_empty() && gone.is_empty(), "without a reason: {new:#?}\nno longer so: {gone:#?}");
}

fn compare(registry: &Registry, ours: &ContentType, theirs: &Json, found: &mut BTreeSet<String>) {
    let name = ours.name();
    let list_url = format!("/api/{}/", ours.endpoint().unwrap_or_default());
    if theirs["list_url"] != list_url.as_str() {
        found.insert(format!("{name} list_url {}", theirs["list_url"]));
    }
    let fields: BTreeMap<&str, &Json> =
        theirs["fields"].as_array().unwrap().iter().map(|field| (field["name"].as_str().unwrap(), field)).collect();
    let has = |key: &str| fields.contains_key(key);
    for (key, is) in [
        ("notes_url", ours.has_notes()),
        ("custom_fields", ours.has_custom_fields()),
        ("last_updated", ours.is_logged()),
    ] {
        if has(key) != is {
            found.insert(format!("{name} {key} {}", has(key)));
        }
    }
    for field in ours.fields() {
        let shown = field.visibility() != Visibility::Hidden && !COMMON.contains(&field.name());
        if shown && !has(field.name()) {
            found.insert(format!("{name}.{} is ours", field.name()));
        }
    }
    for (key, theirs) in fields.iter().filter(|(key, _)| !COMMON.contains(key)) {
        let field = ours.field(key).filter(|field| field.visibility() != Visibility::Hidden);
        match field {
            None => drop(found.insert(format!("{name}.{key} is missing"))),
            Some(field) => {
                for (aspect, theirs, is) in aspects(registry, field, theirs) {
                    let flag = matches!(aspect, "required" | "read_only" | "nullable");
                    if theirs != is && !(flag && ours.is_read_only()) {
                        found.insert(format!("{name}.{key} {aspect} {theirs}, ours {is}"));
                    }
                }
            }
        }
    }
}

/// What is compared of a field: its name, theirs, ours.
fn aspects(registry: &Registry, ours: &Field, theirs: &Json) -> Vec<(&'static str, String, String)> {
    let flag = |key: &str| theirs[key] == true;
    let text = |key: &str| theirs[key].as_str().unwrap_or("-").to_owned();
    let name = |index| registry.get(index).name().to_owned();
    let (mut target, mut on_delete, mut labelled, mut read_only) = ("-".to_owned(), "-", false, ours.is_read_only());
    match ours.kind() {
        FieldKind::Reference(reference) => {
            target = name(reference.to());
            on_delete = match reference.on_delete() {
                OnDelete::Protect => "PROTECT",
                OnDelete::Cascade => "CASCADE",
                OnDelete::SetNull => "SET_NULL",
            };
        }
        FieldKind::Many(many) => {
            target = match many.target() {
                ManyTarget::ContentTypes => "contenttypes.contenttype".to_owned(),
                ManyTarget::Records(to) => name(to),
            };
            read_only |= !many.is_writable();
        }
        FieldKind::Scalar(scalar) => labelled = scalar.is_labelled(),
        _ => {}
    }
    let mut all = vec![
        ("read_only", flag("read_only").to_string(), read_only.to_string()),
        ("required", flag("required").to_string(), (ours.is_demanded() && !read_only).to_string()),
        ("labelled", (theirs["choice_repr"] == "object").to_string(), labelled.to_string()),
    ];
    let stored = matches!(ours.kind(), FieldKind::Scalar(_) | FieldKind::Reference(_));
    if stored && !read_only {
        let nullable = ours.is_nullable() || (matches!(ours.kind(), FieldKind::Reference(_)) && !ours.is_required());
        all.push(("nullable", flag("nullable").to_string(), nullable.to_string()));
    }
    // References to content types are names with us.
    let is_name = theirs["related_model"] == "contenttypes.contenttype" && theirs["many"] != true;
    if theirs["related_model"].is_string() && !is_name {
        all.push(("target", text("related_model"), target));
    }
    if theirs["on_delete"].is_string() && !is_name {
        all.push(("on_delete", text("on_delete"), on_delete.to_owned()));
    }
    all
}
