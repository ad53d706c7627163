//! Content types that change while there are records of them: what is altered, and what is refused.

use trueup_inventory::{Args, Dialect, InventoryError, Registry};

use crate::support::*;

/// The type `lab.bench` with these fields besides its name, and what follows them in the file.
fn bench(fields: &str, more: &str) -> Registry {
    let model = format!(
        "content_type: lab.bench\nverbose_name: bench\nverbose_name_plural: benches\nnatural_key: [name]\n\
         ordering: [name]\ndisplay: \"{{name}}\"\n{more}fields:\n  name: {{type: text, required: true}}\n{fields}"
    );
    Registry::with_models(&[("lab.bench", &model)]).unwrap_or_else(|problems| panic!("{problems}"))
}

async fn with_benches(fields: &str, more: &str, benches: &[&[(&str, trueup_engine::Value)]]) -> Fixture {
    let mut fixture = Fixture::new().await.with_basics().await;
    fixture.reopen_with(bench(fields, more)).await;
    for values in benches {
        fixture.ok(&[create("lab.bench", values)]).await;
    }
    fixture
}

/// What stands in the way of opening with other fields; afterwards everything is as it was.
async fn refused(fixture: &mut Fixture, fields: &str, more: &str) -> String {
    fixture.inventory.close().await;
    let error = match trueup_inventory::Inventory::open_with(fixture.database.url(), bench(fields, more)).await {
        Err(error @ InventoryError::Misfits { .. }) => error,
        other => panic!("{other:?}"),
    };
    let message = error.to_string();
    message.split_once("content types:").map_or(message.clone(), |(_, misfits)| misfits.to_owned())
}

#[tokio::test]
async fn what_may_be_null_and_what_may_not_follow_the_type() {
    let strict = "  seats: {type: int, default: 4}\n  note: {type: text}\n";
    let loose = "  seats: {type: int, nullable: true}\n  note: {type: text, nullable: true}\n";
    let one = [("name", "one".into()), ("seats", 2.into())];
    let mut fixture = with_benches(strict, "", &[&one]).await;
    fixture.reopen_with(bench(loose, "")).await;
    let nothing = [("name", "two".into()), ("seats", trueup_engine::Value::Null), ("note", trueup_engine::Value::Null)];
    fixture.ok(&[create("lab.bench", &nothing)]).await;
    assert_eq!(fixture.read("lab.bench", &["name", "seats", "note"]).await, ["one | 2 | ", "two | - | -"]);
    // Back: those that hold nothing get the default, as in a new column. Twice: nothing is left to do.
    for _ in 0..2 {
        fixture.reopen_with(bench(strict, "")).await;
        assert_eq!(fixture.read("lab.bench", &["name", "seats", "note"]).await, ["one | 2 | ", "two | 4 | "]);
    }
    let past_all_rules = "UPDATE lab_bench SET seats = NULL";
    let outcome = fixture.inventory.database().execute(past_all_rules, Args::default()).await;
    assert!(outcome.is_err(), "the database holds the column to it");
    sound(&fixture).await;
}

/// A default of any kind is what the records that are there get, and a field without one comes where there are none yet.
#[tokio::test]
async fn new_fields_hold_their_default_or_nothing_yet() {
    let kinds = [
        ("number", "int", "-4"),
        ("weight", "float", "2.5"),
        ("price", "decimal", "1.50"),
        ("free", "bool", "true"),
        ("note", "text", "\"it's: ?\""),
        ("since", "date", "2026-11-23"),
        ("at", "datetime", "2026-11-23T00:00:00Z"),
        ("tree", "json", "{a: [1]}"),
        ("host", "ip", "10.0.0.1"),
        ("net", "prefix", "10.0.0.0/8"),
        ("port", "interface", "10.0.0.1/8"),
        ("mac", "mac", "\"00:1b:44:11:3a:b7\""),
        ("asset", "uuid", "6c2dcc74-6a4e-4f39-9b4a-5a5a8f0f8b1a"),
    ];
    let names: Vec<&str> = kinds.iter().map(|(name, ..)| *name).collect();
    let required: String =
        kinds.map(|(name, kind, _)| format!("  {name}: {{type: {kind}, required: true}}\n")).concat();
    let with_default =
        kinds.map(|(name, kind, value)| format!("  {name}: {{type: {kind}, default: {value}}}\n")).concat();
    let mut empty = with_benches("", "", &[]).await;
    empty.reopen_with(bench(&required, "")).await;
    assert!(empty.fails(create("lab.bench", &[("name", "one".into())])).await.contains("`asset` is required"));
    let mut fixture = with_benches("", "", &[&[("name", "old".into())]]).await;
    fixture.reopen_with(bench(&with_default, "")).await;
    fixture.ok(&[create("lab.bench", &[("name", "new".into())])]).await;
    let rows = fixture.read("lab.bench", &names).await;
    assert_eq!(rows[0], rows[1], "as in a new record");
    assert!(!rows[0].split(" | ").any(|value| value == "-"), "{rows:?}");
    sound(&fixture).await;
}

/// SQLite finds nothing wrong with its file.
async fn sound(fixture: &Fixture) {
    if fixture.inventory.database().dialect() == Dialect::Sqlite {
        let rows = fixture.inventory.database().rows("PRAGMA integrity_check", Args::default()).await.unwrap();
        assert_eq!(rows[0].some_text(0).unwrap(), "ok");
    }
}

#[tokio::test]
async fn what_must_be_unique_follows_the_type() {
    let fields = "  row: {type: text}\n  place: {type: int, default: 0}\n";
    let by = |fields: &str| format!("unique:\n  - {{fields: [{fields}]}}\n");
    let values =
        |name: &str, row: &str, place: i64| vec![("name", name.into()), ("row", row.into()), ("place", place.into())];
    let mut fixture = with_benches(fields, &by("row"), &[&values("one", "a", 1)]).await;
    let twin = create("lab.bench", &values("two", "a", 2));
    assert!(fixture.fails(twin.clone()).await.contains("row"));
    // Other fields together, then the same ones in another meaning, then none.
    fixture.reopen_with(bench(fields, &by("row, place"))).await;
    fixture.ok(&[twin]).await;
    assert!(fixture.fails(create("lab.bench", &values("three", "a", 2))).await.contains("place"));
    fixture.reopen_with(bench(fields, "")).await;
    fixture.ok(&[create("lab.bench", &values("three", "a", 2))]).await;
    let indexed = "  row: {type: text, index: true}\n  place: {type: int, default: 0}\n";
    fixture.reopen_with(bench(indexed, "")).await;
    insta::assert_snapshot!(refused(&mut fixture, fields, &by("row, place")).await);
    fixture.reopen_with(bench(indexed, "")).await;
    assert_eq!(fixture.read("lab.bench", &["name"]).await, ["one", "three", "two"]);
}

#[tokio::test]
async fn the_same_fields_may_be_unique_in_another_way() {
    let fields = "  maker: {to: dcim.manufacturer, on_delete: protect}\n";
    let by = |nulls: &str| format!("unique:\n  - {{fields: [maker], nulls: {nulls}}}\n");
    let nobody = |name: &str| create("lab.bench", &[("name", name.into())]);
    let mut fixture = with_benches(fields, &by("distinct"), &[]).await;
    fixture.ok(&[nobody("one")]).await;
    fixture.reopen_with(bench(fields, &by("same"))).await;
    assert!(fixture.fails(nobody("two")).await.contains("maker"));
    fixture.reopen_with(bench(fields, &by("distinct"))).await;
    fixture.ok(&[nobody("two")]).await;
    insta::assert_snapshot!(refused(&mut fixture, fields, &by("same")).await);
}

#[tokio::test]
async fn what_cannot_be_done_is_told_all_at_once_and_nothing_is_changed() {
    let fields = "  number: {type: int, nullable: true}\n  day: {type: text, nullable: true}\n  \
                  maker: {to: dcim.manufacturer, on_delete: protect}\n  labels: {many: dcim.manufacturer}\n  \
                  row: {type: text}\n";
    let held =
        [("name", "one".into()), ("number", 7.into()), ("maker__name", "Acme".into()), ("labels", texts(&["Acme"]))];
    let mut fixture = with_benches(fields, "", &[&held, &[("name", "two".into())]]).await;
    let changed = "  number: {type: text}\n  day: {type: date, required: true}\n  \
                   maker: {to: dcim.platform, on_delete: protect}\n  labels: {many: dcim.platform}\n  \
                   asset: {type: text, required: true}\n  place: {to: dcim.location, on_delete: protect, required: true}\n  \
                   row: {type: text}\n";
    let unique = "unique:\n  - {fields: [row]}\n  - {fields: [row, day]}\n";
    insta::assert_snapshot!(refused(&mut fixture, changed, unique).await);
    fixture.reopen_with(bench(fields, "")).await;
    let all = ["name", "number", "day", "maker__name", "labels"];
    assert_eq!(fixture.read("lab.bench", &all).await, ["one | 7 | - | Acme | {Acme}", "two | - | - | - | {}"]);
}

#[tokio::test]
async fn what_holds_nothing_may_become_anything() {
    let fields = "  number: {type: int, nullable: true, index: true, unique: true}\n  \
                  maker: {to: dcim.manufacturer, on_delete: protect}\n  labels: {many: dcim.manufacturer}\n";
    let mut fixture = with_benches(fields, "", &[&[("name", "one".into())]]).await;
    let changed =
        "  number: {type: text}\n  maker: {to: dcim.platform, on_delete: protect}\n  labels: {many: dcim.platform}\n";
    for _ in 0..2 {
        fixture.reopen_with(bench(changed, "")).await;
    }
    fixture.ok(&[create("dcim.platform", &[("name", "ios".into())])]).await;
    let now = [("number", "x7".into()), ("maker__name", "ios".into()), ("labels", texts(&["ios"]))];
    fixture.ok(&[update("lab.bench", &[("name", "one".into())], &now)]).await;
    assert_eq!(
        fixture.read("lab.bench", &["name", "number", "maker__name", "labels"]).await,
        ["one | x7 | ios | {ios}"]
    );
    let gone = fixture.inventory.database().execute("DELETE FROM dcim_platform", Args::default()).await;
    assert!(gone.is_err(), "the new reference is known to the database");
    sound(&fixture).await;
}

/// A day is a text too.
#[tokio::test]
async fn a_wider_type_keeps_what_was_held() {
    let held = [("name", "one".into()), ("since", "2026-11-23".into()), ("free", true.into())];
    let fields = "  since: {type: date, nullable: true}\n  free: {type: bool, default: false}\n";
    let mut fixture = with_benches(fields, "", &[&held]).await;
    let wider = "  since: {type: text}\n  free: {type: int, default: 0}\n";
    fixture.reopen_with(bench(wider, "")).await;
    assert_eq!(fixture.read("lab.bench", &["name", "since", "free"]).await, ["one | 2026-11-23 | 1"]);
    // The way back is no wider type.
    insta::assert_snapshot!(refused(&mut fixture, fields, "").await);
}

#[tokio::test]
async fn what_a_type_no_longer_has_is_left_alone() {
    let fields = "  number: {type: text, required: true, unique: true}\n  maker: {to: dcim.manufacturer, on_delete: cascade, required: true}\n";
    let held = [("name", "one".into()), ("number", "7".into()), ("maker__name", "Acme".into())];
    let mut fixture = with_benches(fields, "", &[&held]).await;
    // Without the fields records can be made and changed.
    fixture.reopen_with(bench("", "")).await;
    fixture.ok(&[create("lab.bench", &[("name", "two".into())])]).await;
    assert_eq!(fixture.read("lab.bench", &["name"]).await, ["one", "two"]);
    // What the old values refer to stays, and others go.
    fixture
        .ok(&[
            delete("dcim.devicetype", &[("model", "X1".into())]),
            create("dcim.manufacturer", &[("name", "Bolt".into())]),
        ])
        .await;
    insta::assert_snapshot!(fixture.fails(delete("dcim.manufacturer", &[("name", "Acme".into())])).await);
    fixture.ok(&[delete("dcim.manufacturer", &[("name", "Bolt".into())])]).await;
    // Back as it was needs a value for the new one.
    insta::assert_snapshot!(refused(&mut fixture, fields, "").await);
    let loose =
        "  number: {type: text, unique: true, nullable: true}\n  maker: {to: dcim.manufacturer, on_delete: cascade}\n";
    fixture.reopen_with(bench(loose, "")).await;
    assert_eq!(fixture.read("lab.bench", &["name", "number", "maker__name"]).await, ["one | 7 | Acme", "two | - | -"]);
    // Nor does a type that is taken away lose its records.
    fixture.reopen().await;
    fixture.reopen_with(bench(loose, "")).await;
    assert_eq!(fixture.read("lab.bench", &["name", "number"]).await, ["one | 7", "two | -"]);
    sound(&fixture).await;
}

/// So it is in a type whose records are the links of another one.
#[tokio::test]
async fn what_links_no_longer_have_holds_what_it_refers_to() {
    let types = |spare: &str| {
        let head = |name: &str, key: &str| {
            format!(
                "content_type: lab.{name}\nverbose_name: {name}\nverbose_name_plural: {name}s\nnatural_key: [{key}]\n\
                 ordering: [{key}]\ndisplay: \"{{{key}}}\"\nfields:\n"
            )
        };
        let shelf = head("shelf", "name")
            + "  name: {type: text, required: true}\n  makers: {many: dcim.manufacturer, through: {content_type: lab.slot, \
               near: shelf, far: maker}}\n";
        let slot = head("slot", "label")
            + "  label: {type: text, required: true}\n  shelf: {to: lab.shelf, on_delete: cascade, required: true}\n  \
               maker: {to: dcim.manufacturer, on_delete: cascade, required: true}\n"
            + spare;
        let files = [("lab.shelf", shelf.as_str()), ("lab.slot", slot.as_str())];
        Registry::with_models(&files).unwrap_or_else(|problems| panic!("{problems}"))
    };
    let mut fixture = Fixture::new().await.with_basics().await;
    fixture.reopen_with(types("  spare: {to: dcim.platform, on_delete: cascade}\n")).await;
    let values = [
        ("label", "one".into()),
        ("shelf__name", "top".into()),
        ("maker__name", "Acme".into()),
        ("spare__name", "ios".into()),
    ];
    fixture
        .ok(&[
            create("dcim.platform", &[("name", "ios".into())]),
            create("lab.shelf", &[("name", "top".into())]),
            create("lab.slot", &values),
        ])
        .await;
    fixture.reopen_with(types("")).await;
    let message = fixture.fails(delete("dcim.platform", &[("name", "ios".into())])).await;
    assert!(message.contains("spare_id"), "{message}");
}

/// What others have made beside our tables is theirs.
#[tokio::test]
async fn indexes_of_others_stay() {
    let mut fixture = with_benches("", "", &[]).await;
    fixture.sql("CREATE INDEX mine ON lab_bench (name, created)", Args::default()).await;
    fixture.reopen_with(bench("  row: {type: text, index: true}\n", "")).await;
    fixture.sql("DROP INDEX mine", Args::default()).await;
}

#[tokio::test]
async fn a_type_whose_records_others_keep_gives_its_table_up_when_that_holds_nothing() {
    let view = "read_only: true\nlogged: false\nview: true\n";
    let field = "  tenant: {to: tenancy.tenant, on_delete: protect}\n";
    let mut fixture = with_benches(field, "", &[&[("name", "one".into())]]).await;
    let message = refused(&mut fixture, field, view).await;
    assert!(
        message.contains("lab.bench: its records are kept elsewhere now") && message.contains("holds 1"),
        "{message}"
    );
    fixture.reopen_with(bench(field, "")).await;
    fixture.ok(&[delete("lab.bench", &[("name", "one".into())])]).await;
    // Twice: nothing is left to do.
    for _ in 0..2 {
        fixture.reopen_with(bench(field, view)).await;
        assert!(fixture.read("lab.bench", &["name", "tenant__name"]).await.is_empty());
    }
    sound(&fixture).await;
}

#[tokio::test]
async fn what_others_keep_is_read_as_it_is_and_holds_nothing() {
    let view = "read_only: true\nlogged: false\nview: true\n";
    let field = "  tenant: {to: tenancy.tenant, on_delete: protect}\n";
    let mut fixture = with_benches(field, "", &[]).await;
    fixture.reopen_with(bench(field, view)).await;
    let tenant = fixture.ok(&[create("tenancy.tenant", &[("name", "t".into())])]).await.remove(0).id;
    for statement in [
        "DROP VIEW lab_bench",
        "CREATE TABLE kept (id INTEGER, name TEXT)",
        "CREATE VIEW lab_bench AS SELECT t.id AS id, kept.name AS name, t.id AS tenant_id \
         FROM kept JOIN tenancy_tenant t ON t.name = 't'",
    ] {
        fixture.sql(statement, Args::default()).await;
    }
    let request = trueup_inventory::ListRequest {
        limit: Some(1_000),
        ..trueup_inventory::ListRequest::all(fixture.inventory.registry().content_type("lab.bench").unwrap().index())
    };
    for count in 0..3 {
        // A list is read anew, though the inventory itself has not changed.
        let mut reader = fixture.inventory.reader().await.unwrap();
        assert_eq!(reader.list(&request).await.unwrap().count, count);
        drop(reader);
        fixture.sql("INSERT INTO kept (name) VALUES ('one')", Args::default()).await;
    }
    assert_eq!(fixture.read("lab.bench", &["name", "tenant__name"]).await[0], "one | t");
    let refused = fixture.fails(create("lab.bench", &[("name", "two".into())])).await;
    assert_eq!(refused, "lab.bench name=two: lab.bench is written by the inventory alone");
    let gone = fixture.ok(&[delete("tenancy.tenant", &[("name", "t".into())])]).await.remove(0).id;
    assert_eq!(gone, tenant);
}
