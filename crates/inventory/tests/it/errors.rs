//! Each kind of refusal, in the words that people read, and that a bad record harms no other.

use trueup_engine::Value;
use trueup_inventory::{InventoryError, MAX_BATCH};

use crate::support::*;

#[tokio::test]
async fn messages_name_record_field_and_remedy() {
    let mut fixture = Fixture::new().await.with_basics().await;
    fixture
        .ok(&[
            create("extras.tag", &[("name", "core".into()), ("content_types", texts(&["dcim.location"]))]),
            location("South", "Region", None),
            location("AMS", "Site", Some("South")),
            device("sw1", "AMS-not"),
        ][..3])
        .await;
    let changed = |path: &'static str, value: Value| {
        let mut change = device("d", "AMS");
        change.values.retain(|(other, _)| other.as_ref() != path);
        change.values.push(("location__parent__name".into(), "North".into()));
        change.values.push((path.into(), value));
        change
    };
    let long = "x".repeat(256);
    let mut without = device("d", "AMS");
    without.values.truncate(1);
    let cases = [
        create("dcim.devise", &[("name", "x".into())]),
        create("extras.objectchange", &[("user_name", "x".into())]),
        changed("locatoin__name", "AMS".into()),
        changed("created", "2026-01-01T00:00:00Z".into()),
        changed("status", "Active".into()),
        changed("name", long.into()),
        changed("role__name", "Router".into()),
        changed("status__name", "Connected".into()),
        changed("status__name", Value::Null),
        changed("tags", texts(&["core"])),
        changed("tags", texts(&["nope"])),
        changed("face", "left".into()),
        changed("position", 0.into()),
        changed("position", "first".into()),
        changed("serial", Value::List(vec![])),
        device("d", "AMS"),
        without,
        create("dcim.manufacturer", &[("name", "".into())]),
        create("dcim.manufacturer", &[("name", "Acme".into())]),
        create("extras.tag", &[("name", "t".into())]),
        create("extras.tag", &[("name", "t".into()), ("content_types", texts(&["dcim.devise"]))]),
        create(
            "extras.tag",
            &[("name", "t".into()), ("content_types", texts(&["dcim.device"])), ("color", "red".into())],
        ),
        create("ipam.prefix", &[("status__name", "Active".into())]),
        create("ipam.prefix", &[("prefix", "10.0.0.0/33".into()), ("status__name", "Active".into())]),
        create(
            "ipam.prefix",
            &[
                ("prefix", "10.0.0.0/8".into()),
                ("parent__prefix", "10.0.0.0/8".into()),
                ("status__name", "Active".into()),
            ],
        ),
        update("dcim.device", &[("name", "nope".into())], &[("serial", "x".into())]),
        update("dcim.device", &[], &[("serial", "x".into())]),
        update("dcim.location", &[("name", "AMS".into())], &[("facility", "x".into())]),
        update(
            "dcim.location",
            &[("name", "AMS".into()), ("parent__name", "North".into())],
            &[("latitude", "91".into())],
        ),
        update(
            "dcim.location",
            &[("name", "AMS".into()), ("parent__name", "North".into())],
            &[("latitude", "1.1234567".into())],
        ),
        delete("dcim.manufacturer", &[("name", "Acme".into())]),
    ];
    let messages: Vec<String> = fixture
        .write(&cases)
        .await
        .into_iter()
        .map(|outcome| outcome.map_or_else(|error| error.to_string(), |stored| format!("STORED {stored:?}")))
        .map(|message| message.replace(&"x".repeat(256), "xxx…"))
        .collect();
    insta::assert_snapshot!(messages.join("\n"));
}

#[tokio::test]
async fn one_bad_record_harms_no_other() {
    let mut fixture = Fixture::new().await.with_basics().await;
    let mut changes: Vec<_> = (0..700).map(|number| device(&format!("d{number}"), "AMS")).collect();
    changes[123] = device("d7", "AMS");
    changes[456] = device("x", "Nowhere");
    changes[600] = device("d599", "AMS");
    let outcomes = fixture.write(&changes).await;
    let bad: Vec<usize> = (0..700).filter(|&place| outcomes[place].is_err()).collect();
    assert_eq!(bad, [123, 456, 600]);
    let message = outcomes[123].as_ref().unwrap_err().to_string();
    assert!(message.starts_with("dcim.device name=d7, location__name=AMS, "), "{message}");
    assert_eq!(fixture.read("dcim.device", &["name"]).await.len(), 697);
    let log = fixture.log().await;
    assert_eq!(log.iter().filter(|line| line.contains("| dcim.device |")).count(), 697);

    let updates: Vec<_> = (0..50)
        .map(|number| {
            let tag = if number == 30 { "tag-1".to_owned() } else { format!("tag-{number}") };
            update("dcim.device", &[("name", format!("d{number}").into())], &[("asset_tag", tag.into())])
        })
        .collect();
    let outcomes = fixture.write(&updates).await;
    let bad: Vec<usize> = (0..50).filter(|&place| outcomes[place].is_err()).collect();
    assert_eq!(bad.len(), 1, "{bad:?}");
}

#[tokio::test]
async fn nulls_are_equal_where_people_expect_it() {
    let mut fixture = Fixture::new().await.with_basics().await;
    assert!(fixture.fails(location("North", "Region", None)).await.contains("same name and parent"));
    fixture.ok(&[device("sw1", "AMS")]).await;
    assert!(fixture.fails(device("sw1", "AMS")).await.contains("same name and location and tenant"));
    let unnamed = || {
        let mut change = device("", "AMS");
        change.values[0].1 = Value::Null;
        change
    };
    fixture.ok(&[unnamed(), unnamed()]).await;
    fixture.ok(&[vlan(None, 7, "seven"), vlan(None, 7, "seven")]).await;
    let mut tagged = device("sw2", "AMS");
    tagged.values.push(("asset_tag".into(), "".into()));
    let mut other = device("sw3", "AMS");
    other.values.push(("asset_tag".into(), "".into()));
    fixture.ok(&[tagged, other]).await;
}

#[tokio::test]
async fn a_batch_is_bounded() {
    let mut fixture = Fixture::new().await;
    let changes = vec![vlan(None, 1, "x"); MAX_BATCH + 1];
    let error = fixture.writer.write(&changes, &fixture.context).await.unwrap_err();
    assert!(matches!(error, InventoryError::BatchTooLarge { .. }), "{error}");
}
