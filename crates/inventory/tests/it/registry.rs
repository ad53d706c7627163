//! Content types, their checks, and paths.

use trueup_inventory::{Dialect, Registry, create_statements};

const BAD: &str = r#"
content_type: lab.rack
verbose_name: rack
verbose_name_plural: racks
natural_key: [nmae]
ordering: [name]
display: "{naem}"
unique:
  - {fields: [name, hieght]}
fields:
  name: {type: text, required: true}
  height: {type: integer, required: true}
  location: {to: dcim.locaton, on_delete: protect}
  role: {to: extras.role}
  color: {type: text, choices: interface-typ}
  both: {type: text, to: extras.role, on_delete: protect}
  weight: {type: int}
  size: {type: int, default: big}
  bad__name: {type: text}
"#;

#[test]
fn all_problems_of_a_file_are_told_at_once() {
    let error = Registry::with_models(&[("lab.rack", BAD), ("broken", "content_type: [")]).unwrap_err();
    insta::assert_snapshot!(error.to_string());
}

#[test]
fn a_type_added_by_one_file_is_like_all_others() {
    let rack = r#"
content_type: lab.rack
verbose_name: rack
verbose_name_plural: racks
natural_key: [location, name]
ordering: [name]
display: "{name}"
fields:
  name: {type: text, required: true}
  location: {to: dcim.location, on_delete: protect, required: true}
"#;
    let registry = Registry::with_models(&[("lab.rack", rack)]).unwrap();
    let rack = registry.content_type("lab.rack").unwrap();
    assert_eq!(rack.natural_key(), ["location__name", "location__parent__name", "name"]);
    assert!(registry.path(rack, "location__status__name").is_ok());
}

#[test]
fn paths_lead_to_types_and_references() {
    let registry = Registry::embedded().unwrap();
    let mut lines = String::new();
    for (content_type, path) in [
        ("dcim.device", "name"),
        ("dcim.device", "location__name"),
        ("dcim.device", "location__parent__name"),
        ("dcim.device", "tenant__tenant_group__name"),
        ("dcim.device", "tags"),
        ("dcim.device", "id"),
        ("dcim.interface", "mac_address"),
        ("dcim.interface", "mtu"),
        ("dcim.interface", "ip_addresses"),
        ("dcim.interface", "tagged_vlans"),
        ("extras.status", "content_types"),
        ("ipam.prefix", "prefix"),
        ("ipam.prefix", "network"),
        ("ipam.ipaddress", "address"),
        ("ipam.ipaddress", "host"),
        ("ipam.ipaddress", "namespace__name"),
        ("ipam.ipaddress", "parent__namespace__name"),
        ("ipam.ipaddresstointerface", "ip_address__parent__namespace__name"),
        ("dcim.location", "latitude"),
        ("dcim.platform", "napalm_args"),
        ("ipam.vlan", "vid"),
        ("dcim.device", "locatoin__name"),
        ("dcim.device", "location__nmae"),
        ("dcim.device", "location"),
        ("dcim.device", "name__x"),
        ("dcim.device", "status__content_types"),
        ("dcim.device", "tags__name"),
        ("dcim.device", ""),
    ] {
        let content_type = registry.content_type(content_type).unwrap();
        let line = match registry.path(content_type, path) {
            Ok(found) => format!(
                "{}{}{} -> {:?} rest {:?}",
                found.field_type,
                if found.nullable { "?" } else { "" },
                if found.required { "*" } else { "" },
                found.first_reference.map(|first| format!("{} to {}", first.field, first.content_type)),
                found.rest,
            ),
            Err(error) => format!("error: {error}"),
        };
        lines.push_str(&format!("{} {path}: {line}\n", content_type.name()));
    }
    lines.push_str(&registry.content_type("dcim.devise").unwrap_err().to_string());
    insta::assert_snapshot!(lines);
}

#[test]
fn tables_of_some_types() {
    let registry = Registry::embedded().unwrap();
    let of = ["dcim_device\"", "ipam_prefix", "extras_status", "dcim_interface\"", "users_token"];
    for (dialect, name) in [(Dialect::Sqlite, "tables_of_some_types"), (Dialect::Postgres, "tables_on_postgres")] {
        let statements = create_statements(dialect, &registry);
        let some = statements.iter().filter(|statement| {
            of.iter().any(|table| {
                statement.contains(&format!("TABLE \"{table}")) || statement.contains(&format!("ON \"{table}"))
            })
        });
        insta::assert_snapshot!(name, some.cloned().collect::<Vec<_>>().join(";\n"));
    }
}

#[test]
fn a_view_is_only_read_and_nothing_holds_on_to_it() {
    let view = "content_type: lab.seen\nverbose_name: seen\nverbose_name_plural: seen\nnatural_key: [name]\n\
                ordering: [name]\ndisplay: \"{name}\"\nview: true\nfields:\n  name: {type: text, required: true}\n  \
                tags: {many: extras.tag}\n  seen_type: {type: content_type, nullable: true}\n  seen_id: {type: uuid, nullable: true}\n  \
                seen: {generic: [seen_type, seen_id], on_delete: cascade}\n";
    let holds = "content_type: lab.holds\nverbose_name: hold\nverbose_name_plural: holds\nnatural_key: [name]\n\
                 ordering: [name]\ndisplay: \"{name}\"\nfields:\n  name: {type: text, required: true}\n  \
                 run: {to: extras.jobresult, on_delete: protect}\n  runs: {many: extras.jobresult}\n";
    let told = |name, text| Registry::with_models(&[(name, text)]).unwrap_err().to_string();
    insta::assert_snapshot!(format!("{}\n\n{}", told("lab.seen", view), told("lab.holds", holds)));
}
