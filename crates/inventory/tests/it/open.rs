//! Opening and reopening.

use trueup_inventory::testing::TestDatabase;
use trueup_inventory::{Args, Dialect, Inventory, InventoryError, RecordId, Registry};

use crate::support::*;

#[tokio::test]
async fn what_was_written_is_there_after_reopening() {
    let mut fixture = Fixture::new().await.with_basics().await;
    fixture.ok(&[device("sw1", "AMS")]).await;
    fixture.reopen().await;
    assert_eq!(fixture.read("dcim.device", &["name"]).await, ["sw1"]);
    assert_eq!(fixture.read("extras.status", &["name"]).await.len(), 22);
}

#[tokio::test]
async fn a_type_added_later_gets_its_table() {
    let mut fixture = Fixture::new().await.with_basics().await;
    fixture.reopen_with(lab("")).await;
    fixture.ok(&[create("lab.bench", &[("name", "one".into())])]).await;
    assert_eq!(fixture.read("lab.bench", &["name"]).await, ["one"]);
}

/// A bench of the lab, with more fields or without.
fn lab(more: &str) -> Registry {
    let model = format!(
        "content_type: lab.bench\nverbose_name: bench\nverbose_name_plural: benches\nnatural_key: [name]\n\
         ordering: [name]\ndisplay: \"{{name}}\"\nfields:\n  name: {{type: text, required: true, unique: true}}\n{more}"
    );
    Registry::with_models(&[("lab.bench", &model)]).unwrap_or_else(|problems| panic!("{problems}"))
}

const MORE: &str = "
  seats: {type: int, default: 4}
  free: {type: bool, default: true}
  note: {type: text}
  weight: {type: decimal, nullable: true}
  data: {type: json, default: {}}
  number: {type: text, unique: true, nullable: true}
  maker: {to: dcim.manufacturer, on_delete: protect}
  labels: {many: dcim.platform}
";

#[tokio::test]
async fn a_type_that_grows_keeps_its_records() {
    let mut fixture = Fixture::new().await.with_basics().await;
    fixture.reopen_with(lab("")).await;
    let bench = |name: &str| create("lab.bench", &[("name", name.into())]);
    fixture.ok(&[bench("old")]).await;
    // The second time nothing is left to do.
    for _ in 0..2 {
        fixture.reopen_with(lab(MORE)).await;
    }
    let fields = ["name", "seats", "free", "note", "weight", "data", "maker__name", "labels"];
    assert_eq!(fixture.read("lab.bench", &fields).await, ["old | 4 | true |  | - | {} | - | {}"]);
    for content_type in ["dcim.platform", "dcim.manufacturer"] {
        fixture.ok(&[create(content_type, &[("name", "Bolt".into())])]).await;
    }
    let made = [("maker__name", "Bolt".into()), ("labels", texts(&["Bolt"])), ("number", "1".into())];
    fixture.ok(&[update("lab.bench", &[("name", "old".into())], &made)]).await;
    assert_eq!(fixture.read("lab.bench", &fields).await, ["old | 4 | true |  | - | {} | Bolt | {Bolt}"]);
    // References and uniqueness are the database's too.
    let message = fixture.fails(delete("dcim.manufacturer", &[("name", "Bolt".into())])).await;
    assert!(message.contains("bench old"), "{message}");
    let message = fixture.fails(create("lab.bench", &[("name", "new".into()), ("number", "1".into())])).await;
    assert!(message.contains("number"), "{message}");
    let delete = "DELETE FROM dcim_manufacturer WHERE name = 'Bolt'";
    let gone = fixture.inventory.database().execute(delete, Args::default()).await;
    assert!(gone.is_err(), "the reference is known to the database");
}

#[tokio::test]
async fn several_programs_may_open_a_new_database_at_once() {
    let database = TestDatabase::empty().await;
    let open = || {
        let url = database.url().to_owned();
        tokio::spawn(async move { Inventory::open(&url).await })
    };
    for opened in [open(), open(), open(), open()] {
        opened.await.unwrap().unwrap().close().await;
    }
    let fixture = Fixture::on(database).await;
    assert_eq!(fixture.read("extras.status", &["name"]).await.len(), 22);
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_left_alone() {
    let fixture = Fixture::new().await;
    let future = "INSERT INTO schema_version (version, name, applied_at) VALUES (99, 'future', 0)";
    fixture.sql(future, Args::default()).await;
    let error = Inventory::open(fixture.database.url()).await.unwrap_err();
    assert!(matches!(error, InventoryError::NewerSchema { found: 99, .. }), "{error:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there() {
    for (url, unavailable) in [
        ("postgres://ann:secret@127.0.0.1:1/none", true),
        ("postgresql://ann:secret@127.0.0.1:1/none", true),
        ("postgres://ann:secret@127.0.0.1:port/none", false),
    ] {
        let error = Inventory::open(url).await.unwrap_err();
        let told = format!("{error} {error:?}");
        assert_eq!(error.is_unavailable(), unavailable, "{told}");
        assert!(!told.contains("secret"), "{told}");
    }
}

/// Names sort by their bytes, so that both databases show the same lists.
#[tokio::test]
async fn both_databases_sort_alike() {
    let mut fixture = Fixture::new().await;
    let names = ["é", "a b", "_", "Z", "a", "ab", "B", "~", "1"];
    let changes: Vec<_> = names.iter().map(|name| create("tenancy.tenant", &[("name", (*name).into())])).collect();
    fixture.ok(&changes).await;
    let sorted = "SELECT name FROM tenancy_tenant ORDER BY name";
    let rows = fixture.inventory.database().rows(sorted, Args::default()).await.unwrap();
    let found: Vec<String> = rows.iter().map(|row| row.some_text(0).unwrap()).collect();
    let mut expected = names.to_vec();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

/// What only one of them would let pass must fail in the tests of both.
#[tokio::test]
async fn rows_are_read_as_what_they_are() {
    let fixture = Fixture::new().await;
    let sql = "SELECT count(*), 7, CAST('x' AS TEXT), CAST(1.5 AS DOUBLE PRECISION), NULL, ? FROM inventory_state";
    let args = Args::default().with(RecordId(uuid::Uuid::from_u128(7)));
    let rows = fixture.inventory.database().rows(sql, args).await.unwrap();
    let row = &rows[0];
    assert_eq!((row.some_int(0).unwrap(), row.some_int(1).unwrap()), (1, 7));
    assert_eq!((row.some_text(2).unwrap(), row.real(3).unwrap()), ("x".to_owned(), Some(1.5)));
    assert_eq!((row.int(4).unwrap(), row.text(4).unwrap(), row.id(4).unwrap()), (None, None, None));
    assert_eq!(row.some_id(5).unwrap().0, uuid::Uuid::from_u128(7));
    assert!(row.some_int(4).is_err() && row.some_text(4).is_err() && row.int(6).is_err());
    if TestDatabase::dialect() == Dialect::Postgres {
        assert!(row.int(2).is_err() && row.text(0).is_err() && row.id(2).is_err() && row.real(1).is_err());
    }
}
