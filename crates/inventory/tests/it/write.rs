//! Creating and changing records, and what the change log tells of it.

use trueup_engine::Value;
use trueup_inventory::{Args, Only, Selection, WriteErrorCause};

use crate::support::*;

#[tokio::test]
async fn records_of_one_batch_may_refer_to_each_other() {
    let mut fixture = Fixture::new().await;
    fixture.ok(&[create("dcim.locationtype", &[("name", "Area".into()), ("nestable", true.into())])]).await;
    // The deepest first, in one group.
    let mut changes: Vec<_> =
        (1..20).rev().map(|n| location(&format!("L{n:02}"), "Area", Some(&format!("L{:02}", n - 1)))).collect();
    changes.push(location("L00", "Area", None));
    fixture.ok(&changes).await;
    assert_eq!(fixture.read("dcim.location", &["name", "parent__name"]).await[..2], ["L00 | -", "L01 | L00"]);
    let message = fixture.fails(location("X", "Area", Some("Y"))).await;
    assert_eq!(
        message,
        "dcim.location name=X, location_type__name=Area, status__name=Active, parent__name=Y: \
         `parent`: there is no location with parent__name=Y; create it first or correct the value"
    );
}

#[tokio::test]
async fn a_record_may_change_twice_in_one_batch() {
    let mut fixture = Fixture::new().await.with_basics().await;
    let acme = |description: &str| {
        update("dcim.manufacturer", &[("name", "Acme".into())], &[("description", description.into())])
    };
    fixture.ok(&[acme("one"), acme("two")]).await;
    assert_eq!(fixture.read("dcim.manufacturer", &["description"]).await, ["two"]);
}

#[tokio::test]
async fn a_renamed_record_is_found_by_its_new_name_only() {
    let mut fixture = Fixture::new().await.with_basics().await;
    fixture.ok(&[device("sw1", "AMS")]).await;
    fixture.ok(&[update("dcim.location", &[("name", "AMS".into())], &[("name", "AMS1".into())])]).await;
    assert!(fixture.fails(device("sw2", "AMS")).await.contains("there is no location"));
    fixture.ok(&[device("sw2", "AMS1")]).await;
    // Another writer's changes are noticed.
    let mut other = fixture.inventory.writer();
    let rename = update("dcim.location", &[("name", "AMS1".into())], &[("name", "AMS2".into())]);
    other.write(&[rename], &fixture.context).await.unwrap().remove(0).unwrap();
    assert!(fixture.fails(device("sw3", "AMS1")).await.contains("there is no location"));
}

#[tokio::test]
async fn a_new_namesake_makes_a_name_ambiguous() {
    let mut fixture = Fixture::new().await.with_basics().await;
    fixture.ok(&[device("sw1", "AMS")]).await;
    fixture.ok(&[location("South", "Region", None), location("AMS", "Site", Some("South"))]).await;
    let message = fixture.fails(device("sw2", "AMS")).await;
    assert!(message.contains("`location`: 2 records of location match location__name=AMS"), "{message}");
}

#[tokio::test]
async fn tags_are_sets() {
    let mut fixture = Fixture::new().await.with_basics().await;
    let tag = |name: &str| create("extras.tag", &[("name", name.into()), ("content_types", texts(&["dcim.device"]))]);
    fixture.ok(&[tag("a"), tag("b"), tag("c"), device("sw1", "AMS")]).await;
    let key: &[(&str, Value)] = &[("name", "sw1".into())];
    for (tags, logged) in [(vec!["b", "a"], true), (vec!["a", "b", "a"], false), (vec!["c"], true), (vec![], true)] {
        let before = fixture.log().await.len();
        let list = Value::List(tags.iter().map(|tag| Value::from(*tag)).collect());
        fixture.ok(&[update("dcim.device", key, &[("tags", list)])]).await;
        let mut shown: Vec<&str> = tags.clone();
        shown.sort();
        shown.dedup();
        assert_eq!(fixture.read("dcim.device", &["tags"]).await, [format!("{{{}}}", shown.join(", "))]);
        assert_eq!(fixture.log().await.len() > before, logged, "{tags:?}");
    }
}

#[tokio::test]
async fn the_log_tells_what_was_stored() {
    let mut fixture = Fixture::new().await.with_basics().await;
    let tag = create("extras.tag", &[("name", "core \"1\"".into()), ("content_types", texts(&["dcim.device"]))]);
    fixture.ok(&[tag]).await;
    let mut change = device("sw\n1", "AMS");
    change.values.push(("tags".into(), texts(&["core \"1\""])));
    let stored = fixture.ok(&[change]).await.remove(0);
    let fields =
        ["user_name", "change_context", "change_context_detail", "request_id", "changed_object_id", "object_data"];
    let mut rows = Vec::new();
    fixture
        .inventory
        .read(&Selection::all("extras.objectchange", fields), &mut |row| rows.push(row.into_values()))
        .await
        .unwrap();
    let last = rows.into_iter().find(|row| row[4] == Value::from(stored.id.to_string())).expect("the create is logged");
    assert_eq!(last[..3], ["tester".into(), "job".into(), "tests".into()]);
    assert_eq!(last[3], Value::from(fixture.context.request_id.to_string()));
    let Value::Map(data) = &last[5] else { panic!("{last:?}") };
    assert_eq!(data["name"], "sw\n1".into());
    assert_eq!(data["tags"], Value::List(vec!["core \"1\"".into()]));
    assert_eq!(data["tenant"], Value::Null);
    assert!(matches!(&data["location"], Value::Text(id) if id.len() == 36), "{data:?}");
}

#[tokio::test]
async fn log_and_records_stand_and_fall_together() {
    let mut fixture = Fixture::new().await.with_basics().await;
    let before = fixture.log().await.len();
    // The database refuses the log, so it must not keep the record either.
    let no_log = no_log("TRUE");
    no_log.make(fixture.inventory.database()).await;
    let outcome = fixture.writer.write(&[device("sw1", "AMS")], &fixture.context).await;
    assert!(outcome.is_err(), "{outcome:?}");
    assert_eq!(fixture.read("dcim.device", &["name"]).await.len(), 0);
    assert_eq!(fixture.log().await.len(), before);
    no_log.drop(fixture.inventory.database()).await;
    fixture.ok(&[device("sw1", "AMS")]).await;
}

#[tokio::test]
async fn a_record_that_vanished_behind_our_back_is_told() {
    let mut fixture = Fixture::new().await.with_basics().await;
    fixture.ok(&[create("tenancy.tenant", &[("name", "T".into())])]).await;
    let mut change = device("sw1", "AMS");
    change.values.push(("tenant__name".into(), "T".into()));
    fixture.ok(&[change.clone()]).await;
    fixture.ok(&[update("dcim.device", &[("name", "sw1".into())], &[("tenant__name", Value::Null)])]).await;
    let mut other = device("sw2", "AMS");
    other.values.push(("tenant__name".into(), "T".into()));
    fixture.ok(&[other]).await;
    fixture.ok(&[delete("dcim.device", &[("name", "sw2".into())])]).await;
    let mut warm = device("sw3", "AMS");
    warm.values.push(("tenant__name".into(), "T".into()));
    fixture.ok(&[warm.clone()]).await;
    fixture.sql("UPDATE dcim_device SET tenant_id = NULL", Args::default()).await;
    fixture.sql("DELETE FROM tenancy_tenant", Args::default()).await;
    warm.values[0].1 = "sw4".into();
    let message = fixture.fails(warm).await;
    assert!(message.contains("was deleted meanwhile"), "{message}");
}

#[tokio::test]
async fn stored_values_are_those_of_the_record() {
    let mut fixture = Fixture::new().await.with_basics().await;
    let stored = fixture.ok(&[prefix("10.1.77.9/16")]).await.remove(0);
    assert_eq!(stored.values[0].1.to_string(), "10.1.0.0/16");
    let only = Only::Ids(vec![stored.id]);
    let selection = Selection::all("ipam.prefix", ["network", "broadcast", "prefix_length", "ip_version"]).only(only);
    assert_eq!(fixture.rows(&selection).await, ["10.1.0.0 | 10.1.255.255 | 16 | 4"]);
}

#[tokio::test]
async fn names_may_move_along_within_a_batch() {
    let mut fixture = Fixture::new().await.with_basics().await;
    fixture.ok(&[device("a", "AMS"), device("b", "AMS"), device("c", "AMS")]).await;
    let rename = |from: &str, to: &str| update("dcim.device", &[("name", from.into())], &[("name", to.into())]);
    fixture.ok(&[rename("a", "b"), rename("b", "c"), rename("c", "d")]).await;
    assert_eq!(fixture.read("dcim.device", &["name"]).await, ["b", "c", "d"]);
}

#[test]
fn work_can_move_between_threads() {
    fn send<T: Send>(_: &T) {}
    async fn all(fixture: Fixture) {
        let mut writer = fixture.inventory.writer();
        send(&writer.write(&[], &fixture.context));
        send(&fixture.inventory.read(&Selection::all("dcim.device", ["name"]), &mut |_| {}));
    }
    let _ = all;
}

/// On PostgreSQL a value has a type before its place is known; a null must not.
#[tokio::test]
async fn nulls_are_of_any_type() {
    let mut fixture = Fixture::new().await.with_basics().await;
    let numbered = |name: &str, height: Value, tenant: Value| {
        let mut change = device(name, "AMS");
        change.values.extend(pairs(&[("vc_position", height), ("tenant__name", tenant), ("serial", name.into())]));
        change
    };
    fixture.ok(&[create("tenancy.tenant", &[("name", "T".into())])]).await;
    fixture.ok(&[numbered("a", Value::Null, Value::Null), numbered("b", 2.into(), "T".into())]).await;
    fixture.ok(&[numbered("c", 3.into(), "T".into()), numbered("d", Value::Null, Value::Null)]).await;
    let fields = ["name", "vc_position", "tenant__name"];
    assert_eq!(fixture.read("dcim.device", &fields).await, ["a | - | -", "b | 2 | T", "c | 3 | T", "d | - | -"]);
    let set = |name: &str, height: Value, tenant: Value| {
        update("dcim.device", &[("name", name.into())], &[("vc_position", height), ("tenant__name", tenant)])
    };
    // Every value of the statement is null, then the first only, then none.
    fixture.ok(&[set("b", Value::Null, Value::Null), set("c", Value::Null, Value::Null)]).await;
    fixture.ok(&[set("a", 1.into(), Value::Null), set("b", 5.into(), "T".into())]).await;
    fixture.ok(&[set("a", Value::Null, "T".into()), set("b", 6.into(), Value::Null)]).await;
    assert_eq!(fixture.read("dcim.device", &fields).await, ["a | - | T", "b | 6 | -", "c | - | -", "d | - | -"]);
}

#[tokio::test]
async fn a_null_character_is_in_no_text() {
    let mut fixture = Fixture::new().await;
    let good = create("tenancy.tenant", &[("name", "good".into())]);
    let bad = create("tenancy.tenant", &[("name", "a\0b".into())]);
    let by_name = create("tenancy.tenant", &[("name", "c".into()), ("tenant_group__name", "a\0b".into())]);
    let answers = fixture.write(&[bad, good, by_name]).await;
    assert_eq!(answers.iter().map(Result::is_ok).collect::<Vec<_>>(), [false, true, false]);
    for answer in answers.into_iter().filter_map(Result::err) {
        assert!(matches!(answer.causes[..], [WriteErrorCause::Unstorable { .. }]), "{answer}");
    }
}
