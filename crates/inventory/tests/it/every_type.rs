//! Each content type is created, read back as stored, changed, found unchanged, and deleted.

use trueup_engine::Value;
use trueup_inventory::Selection;

use crate::support::*;

struct Case {
    content_type: &'static str,
    identifiers: Vec<(&'static str, Value)>,
    values: Vec<(&'static str, Value)>,
    change: (&'static str, Value),
}

fn template(content_type: &'static str, values: Vec<(&'static str, Value)>, change: (&'static str, Value)) -> Case {
    let identifiers = vec![
        ("device_type__manufacturer__name", "Acme".into()),
        ("device_type__model", "X1".into()),
        ("name", "new".into()),
    ];
    Case { content_type, identifiers, values, change }
}

fn named(content_type: &'static str, values: Vec<(&'static str, Value)>, change: (&'static str, Value)) -> Case {
    Case { content_type, identifiers: vec![("name", "New".into())], values, change }
}

/// Whether a type has a case here; the others are in `every_other_type`.
pub fn has_case(content_type: &str) -> bool {
    cases().iter().any(|case| case.content_type == content_type)
}

fn cases() -> Vec<Case> {
    let active = || ("status__name", Value::from("Active"));
    vec![
        named("extras.status", vec![("content_types", texts(&["dcim.device"]))], ("color", "ff0000".into())),
        named(
            "extras.role",
            vec![("content_types", texts(&["dcim.device", "ipam.vlan"])), ("weight", 10.into())],
            ("weight", Value::Null),
        ),
        named(
            "extras.tag",
            vec![("content_types", texts(&["dcim.device"])), ("description", "d".into())],
            ("content_types", texts(&["dcim.location"])),
        ),
        named("tenancy.tenantgroup", vec![("parent__name", Value::Null)], ("description", "x".into())),
        named("tenancy.tenant", vec![("tags", texts(&[]))], ("comments", "x".into())),
        named("dcim.locationtype", vec![("nestable", true.into())], ("parent__name", "Region".into())),
        Case {
            content_type: "dcim.location",
            identifiers: vec![("name", "New".into()), ("parent__name", "North".into())],
            values: vec![
                ("location_type__name", "Site".into()),
                active(),
                ("latitude", Value::Decimal("52.370000".parse().unwrap())),
                ("time_zone", "Europe/Amsterdam".into()),
                ("asn", 65000.into()),
            ],
            change: ("facility", "F1".into()),
        },
        named("dcim.manufacturer", vec![("description", "d".into())], ("description", "e".into())),
        named(
            "dcim.platform",
            vec![
                ("manufacturer__name", "Acme".into()),
                ("napalm_args", Value::Map([("a".to_owned(), 1.into())].into())),
            ],
            ("network_driver", "acme_os".into()),
        ),
        named("dcim.devicefamily", vec![("description", "d".into())], ("description", "e".into())),
        Case {
            content_type: "dcim.devicetype",
            identifiers: vec![("manufacturer__name", "Acme".into()), ("model", "New".into())],
            values: vec![("u_height", 2.into()), ("is_full_depth", false.into()), ("subdevice_role", "parent".into())],
            change: ("part_number", "P1".into()),
        },
        template(
            "dcim.interfacetemplate",
            vec![("type", "1000base-t".into()), ("mgmt_only", true.into())],
            ("speed", 1000.into()),
        ),
        template("dcim.consoleporttemplate", vec![("type", "rj-45".into())], ("type", "usb-c".into())),
        template("dcim.consoleserverporttemplate", vec![("type", "rj-45".into())], ("label", "L".into())),
        template(
            "dcim.powerporttemplate",
            vec![("type", "iec-60320-c14".into()), ("maximum_draw", 90.into())],
            ("allocated_draw", 50.into()),
        ),
        template(
            "dcim.poweroutlettemplate",
            vec![("type", "iec-60320-c13".into()), ("feed_leg", "A".into())],
            ("feed_leg", "B".into()),
        ),
        template(
            "dcim.rearporttemplate",
            vec![("type", "lc".into()), ("positions", 2.into())],
            ("positions", 4.into()),
        ),
        template(
            "dcim.frontporttemplate",
            vec![
                ("type", "lc".into()),
                ("rear_port_template__device_type__model", "X1".into()),
                ("rear_port_template__name", "rear".into()),
            ],
            ("rear_port_position", 2.into()),
        ),
        template("dcim.devicebaytemplate", vec![("label", "L".into())], ("description", "d".into())),
        template("dcim.modulebaytemplate", vec![("position", "1".into())], ("position", "2".into())),
        Case {
            content_type: "dcim.device",
            identifiers: vec![("name", "new".into()), ("location__name", "AMS".into())],
            values: vec![
                ("device_type__model", "X1".into()),
                ("role__name", "Switch".into()),
                active(),
                ("tenant__name", Value::Null),
                ("asset_tag", Value::Null),
            ],
            change: ("serial", "S1".into()),
        },
        Case {
            content_type: "dcim.interface",
            identifiers: vec![("device__name", "sw1".into()), ("name", "new".into())],
            values: vec![
                ("type", "virtual".into()),
                active(),
                ("mac_address", "aabb.ccdd.eeff".into()),
                ("mtu", 1500.into()),
            ],
            change: ("mac_address", "00:11:22:33:44:55".into()),
        },
        named("ipam.namespace", vec![("location__name", "AMS".into())], ("description", "d".into())),
        Case {
            content_type: "ipam.prefix",
            identifiers: vec![("namespace__name", "Global".into()), ("prefix", "10.9.0.0/24".into())],
            values: vec![
                active(),
                ("type", "pool".into()),
                ("locations", Value::List(vec![Value::List(vec!["AMS".into(), "North".into()])])),
            ],
            change: ("description", "d".into()),
        },
        Case {
            content_type: "ipam.ipaddress",
            identifiers: vec![("parent__namespace__name", "Global".into()), ("host", "10.0.0.9".into())],
            values: vec![("mask_length", 24.into()), active(), ("dns_name", "host.example".into())],
            change: ("mask_length", 25.into()),
        },
        Case {
            content_type: "ipam.ipaddresstointerface",
            identifiers: vec![
                ("ip_address__parent__namespace__name", "Global".into()),
                ("ip_address__host", "10.0.0.1".into()),
                ("interface__device__name", "sw1".into()),
                ("interface__name", "eth0".into()),
            ],
            values: vec![],
            change: ("is_primary", true.into()),
        },
        named("ipam.vlangroup", vec![("range", "1-100".into())], ("range", "1-200".into())),
        Case {
            content_type: "ipam.vlan",
            identifiers: vec![("vlan_group__name", "Campus".into()), ("vid", 20.into())],
            values: vec![("name", "users".into()), active()],
            change: ("name", "guests".into()),
        },
    ]
}

#[tokio::test]
async fn create_read_update_delete() {
    let mut fixture = Fixture::new().await.with_basics().await;
    fixture
        .ok(&[
            create(
                "dcim.rearporttemplate",
                &[
                    ("device_type__model", "X1".into()),
                    ("name", "rear".into()),
                    ("type", "lc".into()),
                    ("positions", 4.into()),
                ],
            ),
            device("sw1", "AMS"),
            interface("sw1", "eth0"),
            prefix("10.0.0.0/24"),
            address("10.0.0.1/24"),
            create("ipam.vlangroup", &[("name", "Campus".into())]),
        ])
        .await;
    let inventory = fixture.inventory.clone();
    let cases = cases();
    for Case { content_type, identifiers, values, change } in &cases {
        let all: Vec<_> = identifiers.iter().chain(values).cloned().collect();
        let mut create = create(content_type, &all);
        create.identifiers = create.values.drain(..identifiers.len()).collect();
        let stored = fixture.ok(&[create]).await.remove(0);

        // What the answer says is what a sync reads.
        let fields: Vec<&str> = all.iter().map(|(path, _)| *path).collect();
        let selection = Selection::all(*content_type, fields).only(trueup_inventory::Only::Ids(vec![stored.id]));
        let mut read = Vec::new();
        inventory.read(&selection, &mut |row| read.push(row.into_values())).await.unwrap();
        let answered: Vec<Value> = stored.values.iter().map(|(_, value)| value.clone()).collect();
        assert_eq!(read, [answered], "{content_type}");

        let log = fixture.log().await.len();
        let logged = usize::from(inventory.registry().content_type(content_type).unwrap().is_logged());
        let change = update(content_type, identifiers, std::slice::from_ref(change));
        assert_eq!(fixture.ok(std::slice::from_ref(&change)).await[0].id, stored.id);
        assert_eq!(fixture.log().await.len(), log + logged, "{content_type}: an update is logged");
        fixture.ok(&[change]).await;
        assert_eq!(fixture.log().await.len(), log + logged, "{content_type}: no change, no log");
        fixture.ok(&[delete(content_type, identifiers)]).await;
        assert_eq!(fixture.rows(&selection).await, Vec::<String>::new());
        assert_eq!(fixture.log().await.len(), log + 2 * logged);
        let message = fixture.fails(delete(content_type, identifiers)).await;
        assert!(message.contains("no "), "{message}");
    }
}
