//! What stands and falls together: records, batches, and all batches of a sync.

use trueup_inventory::{Atomicity, InventoryError, ListRequest, Version, WriteErrorCause};

use crate::support::*;

fn tenant(name: &str) -> trueup_inventory::Change {
    create("tenancy.tenant", &[("name", name.into())])
}

#[tokio::test]
async fn everything_that_is_wrong_is_told() {
    let mut fixture = Fixture::new().await.with_basics().await;
    let change = create(
        "dcim.device",
        &[
            ("name", "x".repeat(256).into()),
            ("position", "first".into()),
            ("location__name", "Nowhere".into()),
            ("tags", texts(&["nope", "neither"])),
        ],
    );
    let error = fixture.write(&[change]).await.remove(0).unwrap_err();
    let mut blamed: Vec<&str> = error.causes.iter().filter_map(WriteErrorCause::field).collect();
    blamed.sort_unstable();
    let expected = ["device_type", "location", "name", "position", "role", "status", "tags", "tags"];
    assert_eq!(blamed, expected, "{error}");
    // Paths too.
    let change = create("tenancy.tenant", &[("nmae", "x".into()), ("created", "2026-01-01".into())]);
    let error = fixture.write(&[change]).await.remove(0).unwrap_err();
    assert_eq!(error.causes.len(), 2, "{error}");
    let change = update(
        "dcim.location",
        &[("name", "AMS".into())],
        &[("location_type__name", "Region".into()), ("latitude", 91.into()), ("parent__name", "Nope".into())],
    );
    let error = fixture.write(&[change]).await.remove(0).unwrap_err();
    assert_eq!(error.causes.len(), 3, "{error}");
}

#[tokio::test]
async fn a_batch_may_be_all_or_nothing() {
    let mut fixture = Fixture::new().await;
    fixture.ok(&[tenant("taken")]).await;
    let log = fixture.log().await.len();
    let mut writer = fixture.inventory.writer().with_atomicity(Atomicity::Batch);
    let changes = [tenant("a"), tenant("taken"), create("tenancy.tenant", &[]), tenant("b")];
    let answers = writer.write(&changes, &fixture.context).await.unwrap();
    let causes: Vec<_> = answers.into_iter().map(|answer| answer.unwrap_err().causes).collect();
    assert_eq!((&causes[0], &causes[3]), (&vec![WriteErrorCause::Withdrawn], &vec![WriteErrorCause::Withdrawn]));
    assert!(matches!(causes[1][..], [WriteErrorCause::Duplicate { .. }]), "{causes:?}");
    assert!(matches!(causes[2][..], [WriteErrorCause::Required { .. }]), "{causes:?}");
    assert_eq!(fixture.read("tenancy.tenant", &["name"]).await, ["taken"]);
    assert_eq!(fixture.log().await.len(), log);
    // What was rolled back is not remembered: the group that the first batch made is not there for the second.
    let group = create("tenancy.tenantgroup", &[("name", "G".into())]);
    let mut member = tenant("c");
    member.values.push(("tenant_group__name".into(), "G".into()));
    let answers = writer.write(&[group, member.clone(), tenant("taken")], &fixture.context).await.unwrap();
    assert!(answers.iter().all(Result::is_err));
    let error = writer.write(&[member], &fixture.context).await.unwrap().remove(0).unwrap_err();
    assert!(matches!(error.causes[..], [WriteErrorCause::ReferenceNotFound { .. }]), "{error}");
    assert!(writer.write(&[tenant("a"), tenant("b")], &fixture.context).await.unwrap().iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_check_writes_nothing() {
    let mut fixture = Fixture::new().await;
    fixture.ok(&[tenant("taken")]).await;
    let answers = fixture.writer.check(&[tenant("a"), tenant("taken")], &fixture.context).await.unwrap();
    assert_eq!(answers.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false]);
    assert_eq!(fixture.read("tenancy.tenant", &["name"]).await, ["taken"]);
}

#[tokio::test]
async fn batches_may_be_one_transaction() {
    let mut fixture = Fixture::new().await;
    for atomicity in [Atomicity::Record, Atomicity::Batch] {
        let mut writer = fixture.inventory.writer().with_atomicity(atomicity);
        let name = |name: &str| tenant(&format!("{name} {atomicity:?}"));
        writer.begin().await.unwrap();
        assert!(matches!(writer.begin().await, Err(InventoryError::Transaction { .. })));
        writer.write(&[name("dropped")], &fixture.context).await.unwrap();
        writer.rollback().await.unwrap();

        writer.begin().await.unwrap();
        writer.write(&[name("first")], &fixture.context).await.unwrap();
        // A batch that fails is dropped as its atomicity says; the transaction goes on.
        let answers = writer.write(&[name("second"), name("first")], &fixture.context).await.unwrap();
        assert_eq!(answers[0].is_ok(), atomicity == Atomicity::Record);
        // Nobody sees it before it is committed.
        assert_eq!(
            fixture.read("tenancy.tenant", &["name"]).await.iter().filter(|n| n.contains("first")).count(),
            match atomicity {
                Atomicity::Record => 0,
                Atomicity::Batch => 1,
            }
        );
        writer.write(&[name("third")], &fixture.context).await.unwrap();
        writer.commit().await.unwrap();
        assert!(matches!(writer.commit().await, Err(InventoryError::Transaction { .. })));
    }
    let names = fixture.read("tenancy.tenant", &["name"]).await;
    assert_eq!(names, ["first Batch", "first Record", "second Record", "third Batch", "third Record"]);
    // Another writer goes on from there.
    fixture.ok(&[tenant("after")]).await;
}

#[tokio::test]
async fn a_transaction_that_the_database_fails_is_lost_whole() {
    let mut fixture = Fixture::new().await;
    let no_log = no_log("NEW.object_repr = 'bad'");
    no_log.make(fixture.inventory.database()).await;
    let mut writer = fixture.inventory.writer();
    writer.begin().await.unwrap();
    writer.write(&[tenant("good")], &fixture.context).await.unwrap();
    assert!(writer.write(&[tenant("bad")], &fixture.context).await.is_err());
    // Nothing more is written as if nothing had happened.
    assert!(matches!(writer.write(&[tenant("more")], &fixture.context).await, Err(InventoryError::Transaction { .. })));
    assert!(matches!(writer.commit().await, Err(InventoryError::Transaction { .. })));
    assert_eq!(fixture.read("tenancy.tenant", &["name"]).await, Vec::<String>::new());
    no_log.drop(fixture.inventory.database()).await;
    writer.write(&[tenant("again")], &fixture.context).await.unwrap();
    fixture.ok(&[tenant("other")]).await;
}

#[tokio::test]
async fn what_is_rolled_back_is_in_no_list() {
    let mut fixture = Fixture::new().await;
    let tenants = fixture.inventory.registry().content_type("tenancy.tenant").unwrap().index();
    let request = ListRequest::all(tenants);
    fixture.writer.begin().await.unwrap();
    fixture.ok(&[tenant("gone")]).await;
    let mut reader = fixture.writer.lend().unwrap();
    assert_eq!(reader.list(&request).await.unwrap().count, 1);
    fixture.writer.take_back(reader);
    fixture.writer.rollback().await.unwrap();
    // The next batch has the number that the lost one would have had.
    fixture.ok(&[tenant("a"), tenant("b")]).await;
    let page = fixture.inventory.reader().await.unwrap().list(&request).await.unwrap();
    assert_eq!((page.count, page.ids.len()), (2, 2));
}

#[tokio::test]
async fn a_change_may_demand_a_version() {
    let mut fixture = Fixture::new().await;
    let made = fixture.ok(&[tenant("T")]).await.remove(0);
    let key: &[(&str, trueup_engine::Value)] = &[("name", "T".into())];
    let describe = |text: &str| update("tenancy.tenant", key, &[("description", text.into())]);
    let changed = fixture.ok(&[describe("one").expecting(made.version)]).await.remove(0);
    assert!(changed.version > made.version);
    for change in [describe("two"), delete("tenancy.tenant", key)] {
        let error = fixture.write(&[change.expecting(made.version)]).await.remove(0).unwrap_err();
        let (expected, found) = (made.version.unwrap(), changed.version.unwrap());
        assert_eq!(error.causes, [WriteErrorCause::Changed { expected, found }]);
    }
    // A change that changes nothing leaves the version.
    let same = fixture.ok(&[describe("one")]).await.remove(0);
    assert_eq!(same.version, changed.version);
    fixture.ok(&[delete("tenancy.tenant", key).expecting(changed.version)]).await;
    assert_eq!(Version(1).to_string(), "1");
}

#[tokio::test]
async fn ids_name_records_and_may_be_given() {
    let mut fixture = Fixture::new().await.with_basics().await;
    let id = "6c2dcc74-6a4e-4f39-9b4a-5a5a8f0f8b1a";
    let with_id = |name: &str| create("tenancy.tenant", &[("name", name.into()), ("id", id.into())]);
    assert_eq!(fixture.ok(&[with_id("T")]).await[0].id.to_string(), id);
    assert!(fixture.fails(with_id("U")).await.contains("another tenant has the same id"));
    let bad = create("tenancy.tenant", &[("name", "U".into()), ("id", "x".into())]);
    assert!(fixture.fails(bad).await.contains("`id`: `x` cannot be stored as uuid"));
    let moved = update("tenancy.tenant", &[("name", "T".into())], &[("id", id.into())]);
    assert!(fixture.fails(moved).await.contains("`id` is computed"));

    let tag = |name: &str| create("extras.tag", &[("name", name.into()), ("content_types", texts(&["dcim.device"]))]);
    let tags = fixture.ok(&[tag("a"), tag("b")]).await;
    let by = |path: &str, value: trueup_engine::Value| trueup_engine::Value::Map([(path.to_owned(), value)].into());
    let mut change = device("sw1", "AMS");
    change.values.push(("tenant__id".into(), id.into()));
    let named = vec![by("id", tags[0].id.to_string().into()), by("name", "b".into()), "b".into()];
    change.values.push(("tags".into(), trueup_engine::Value::List(named)));
    fixture.ok(&[change]).await;
    assert_eq!(fixture.read("dcim.device", &["tenant__name", "tags"]).await, ["T | {a, b}"]);
    // The same tags by other names are no change.
    let log = fixture.log().await.len();
    let ids = tags.iter().map(|tag| by("id", tag.id.to_string().into())).collect();
    let key: &[(&str, trueup_engine::Value)] = &[("name", "sw1".into())];
    fixture.ok(&[update("dcim.device", key, &[("tags", trueup_engine::Value::List(ids))])]).await;
    assert_eq!(fixture.log().await.len(), log);
    let nowhere = trueup_engine::Value::List(vec![by("id", "7c2dcc74-6a4e-4f39-9b4a-5a5a8f0f8b1a".into())]);
    let message = fixture.fails(update("dcim.device", key, &[("tags", nowhere)])).await;
    assert!(message.contains("`tags`: there is no tag with id=7c2dcc74"), "{message}");
}

#[tokio::test]
async fn values_that_only_look_right_are_refused() {
    let mut fixture = Fixture::new().await;
    let version = |date: &str| {
        create(
            "dcim.softwareversion",
            &[
                ("version", date.into()),
                ("platform__name", "OS".into()),
                ("status__name", "Active".into()),
                ("release_date", date.into()),
            ],
        )
    };
    fixture.ok(&[create("dcim.platform", &[("name", "OS".into())]), version("2026-02-28")]).await;
    for date in ["2026-02-30", "2026-2-1", "yesterday"] {
        assert!(fixture.fails(version(date)).await.contains("cannot be stored as date"), "{date}");
    }
    let note = create(
        "extras.note",
        &[
            ("assigned_object_type", "dcim.devise".into()),
            ("assigned_object_id", "6c2dcc74-6a4e-4f39-9b4a-5a5a8f0f8b1a".into()),
            ("note", "x".into()),
        ],
    );
    assert!(fixture.fails(note).await.contains("there is no content type `dcim.devise`"));
}

#[tokio::test]
async fn of_many_programs_that_create_one_name_one_wins() {
    let fixture = Fixture::new().await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (inventory, context) = (fixture.inventory.clone(), fixture.context.clone());
            tokio::spawn(async move { inventory.write(&[tenant("one")], &context).await.unwrap().remove(0) })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => won += 1,
            Err(error) => assert!(matches!(error.causes[..], [WriteErrorCause::Duplicate { .. }]), "{error}"),
        }
    }
    assert_eq!(won, 1);
}

#[tokio::test]
async fn custom_fields_are_checked_by_their_definitions() {
    let mut fixture = Fixture::new().await;
    let field = |label: &str, kind: &str| {
        create(
            "extras.customfield",
            &[("label", label.into()), ("type", kind.into()), ("content_types", texts(&["tenancy.tenant"]))],
        )
    };
    let mut floor = field("Floor", "integer");
    floor.values.push(("default".into(), 3.into()));
    floor.values.push(("validation_minimum".into(), 1.into()));
    fixture.ok(&[field("Owner", "text"), floor, field("Since", "date"), field("Live", "boolean")]).await;
    let map = |pairs: &[(&str, trueup_engine::Value)]| {
        trueup_engine::Value::Map(pairs.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
    };
    fixture.ok(&[tenant("T")]).await;
    let read = async |fixture: &Fixture| fixture.read("tenancy.tenant", &["custom_fields"]).await.join("");
    assert_eq!(read(&fixture).await, "{'floor': 3}");
    let set = |value| update("tenancy.tenant", &[("name", "T".into())], &[("custom_fields", value)]);
    fixture.ok(&[set(map(&[("owner", "me".into()), ("live", true.into())]))]).await;
    fixture.ok(&[set(map(&[("floor", 7.into()), ("live", trueup_engine::Value::Null)]))]).await;
    assert_eq!(read(&fixture).await, "{'floor': 7, 'live': None, 'owner': 'me'}");
    for (given, expected) in [
        (map(&[("onwer", "x".into())]), "custom field `onwer`: there is none of that key"),
        (map(&[("floor", 0.into())]), "custom field `floor`: Value must be at least 1"),
        (map(&[("since", "2026-02-30".into())]), "custom field `since`: Date values must be in the format"),
        (map(&[("owner", "m\0e".into())]), "custom field `owner`: Null characters are not allowed."),
        (map(&[("live", "maybe".into())]), "custom field `live`: Value must be true or false."),
        (trueup_engine::Value::Null, "`custom_fields` may not be null"),
    ] {
        let message = fixture.fails(set(given)).await;
        assert!(message.contains(expected), "{message}");
    }
}
