//! What `kind()` declares.

use std::collections::BTreeSet;

use trueup_derive::Model;
use trueup_engine::kind::{Blank, Case, Field, Kind, Model, Owner, Permissions, Permit};
use trueup_engine::{FieldType, RecordFlags, Value};

#[derive(Model)]
#[model(
    kind = "vlan",
    content_type = "ipam.vlan",
    shortname(vid, name),
    children(interface = "interfaces", "child-vlan" = "children"),
    references(location(site, parent), "tenant-group"(r#type)),
    allow(create, update),
    flags(SKIP_UNMATCHED_DST, NATURAL_DELETION_ORDER)
)]
#[allow(dead_code, reason = "only its declaration is looked at")]
struct Everything {
    #[id]
    vid: u16,
    #[id(path = "vlan_group__name", references = "vlan_group", case = "fold")]
    group: Option<String>,
    name: String,
    #[attr]
    r#type: String,
    #[attr(path = "status__name", default = "active", case = "fold", blank = "null")]
    status: Option<String>,
    #[attr(case = "keep", blank = "keep")]
    site: String,
    #[attr(references = "tenant")]
    #[attr(path = "tenant__name")]
    tenant: Option<String>,
    parent: Option<String>,
    #[attr(owner = "target")]
    note: String,
    #[attr(owner = "if-empty")]
    description: Option<String>,
    #[attr(owner = "merged")]
    tags: BTreeSet<String>,
    #[attr(owner = "source")]
    asset: String,
    #[model(skip)]
    seen: std::cell::Cell<u32>,
    #[attr(skip)]
    noted: Vec<std::time::Duration>,
}

#[test]
fn every_option_reaches_the_kind() {
    let by_hand = Kind::builder("vlan")
        .content_type("ipam.vlan")
        .shortname(["vid", "name"])
        .id("vid", FieldType::Int)
        .id_field(Field::new("vlan_group__name", FieldType::Text).with_case(Case::Fold))
        .attr("name", FieldType::Text)
        .attr("type", FieldType::Text)
        .attr_field(
            Field::new("status__name", FieldType::Text)
                .with_default("active")
                .with_case(Case::Fold)
                .with_blank(Blank::Null),
        )
        .attr("site", FieldType::Text)
        .attr("tenant__name", FieldType::Text)
        .attr("parent", FieldType::Text)
        .attr_field(Field::new("note", FieldType::Text).with_owner(Owner::Target))
        .attr_field(Field::new("description", FieldType::Text).with_owner(Owner::IfEmpty))
        .attr_field(Field::new("tags", FieldType::set_of(FieldType::Text)).with_owner(Owner::Merged))
        .attr("asset", FieldType::Text)
        .permissions(Permissions { delete: Permit::Forbid, ..Permissions::ALL })
        .flags(RecordFlags::SKIP_UNMATCHED_DST | RecordFlags::NATURAL_DELETION_ORDER)
        .child("interface", "interfaces")
        .child("child-vlan", "children")
        .reference("location", ["site", "parent"])
        .reference("tenant-group", ["type"])
        .reference("vlan_group", ["vlan_group__name"])
        .reference("tenant", ["tenant__name"])
        .build()
        .unwrap();
    assert_eq!(Everything::kind().unwrap(), by_hand);
}

#[test]
fn the_kind_is_called_like_the_struct() {
    #[derive(Model)]
    struct VLANGroup {
        #[id]
        name: String,
    }
    assert_eq!(VLANGroup::kind().unwrap().name(), &"vlan_group");
    assert_eq!(VLANGroup { name: "access".into() }.to_record().kind, "vlan_group");
}

#[test]
fn fields_keep_their_order() {
    let kind = Everything::kind().unwrap();
    let names = |fields: &[Field]| fields.iter().map(|field| field.name().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(kind.identifiers()), ["vid", "vlan_group__name"]);
    let first = ["name", "type", "status__name", "site", "tenant__name", "parent"];
    assert_eq!(names(kind.attributes()), [&first[..], &["note", "description", "tags", "asset"]].concat());
}

#[test]
fn records_name_paths_in_the_order_of_the_kind() {
    let everything = Everything {
        vid: 7,
        group: None,
        name: "seven".into(),
        r#type: "access".into(),
        status: None,
        site: "zrh".into(),
        tenant: Some("acme".into()),
        parent: None,
        note: String::new(),
        description: None,
        tags: BTreeSet::new(),
        asset: String::new(),
        seen: 3.into(),
        noted: Vec::new(),
    };
    let record = everything.to_record();
    assert_eq!(record.key.values(), [Value::Int(7), Value::Null]);
    let kind = Everything::kind().unwrap();
    assert!(record.attributes.keys().eq(kind.attributes().iter().map(Field::name)));
    assert_eq!(record.attributes["tenant__name"], Value::from("acme"));
    assert_eq!(record.attributes["status__name"], Value::Null, "a struct says what it has; defaults are for loaders");
    assert_eq!(record.parent, None);
}
