//! Databases that earlier versions of the program have written are opened with everything in them, and are afterwards what
//! a new one is.
//!
//! `fixtures` holds one for each version before this one: a file of SQLite, and from version 2 on the statements that make
//! the database of PostgreSQL. They were written by the programs of their time and are never written anew.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use trueup_inventory::testing::TestDatabase;
use trueup_inventory::{Args, Dialect, Inventory, Registry, Selection};

use crate::support::*;

/// An own type that the databases of version 2 hold.
const ORDER: &str = "
content_type: acme.order
verbose_name: circuit order
verbose_name_plural: circuit orders
natural_key: [number]
ordering: [number]
display: \"{number}\"
fields:
  number: {type: text, required: true, unique: true}
  maker: {to: dcim.manufacturer, on_delete: protect}
  lines: {type: int, default: 1}
";

fn registry() -> Registry {
    Registry::with_models(&[("acme.order", ORDER)]).unwrap_or_else(|problems| panic!("{problems}"))
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The database of an earlier version, on what the tests run on; none where that version knew no such database.
async fn database(version: i64) -> Option<TestDatabase> {
    let database = TestDatabase::empty().await;
    match TestDatabase::dialect() {
        Dialect::Sqlite => {
            fs::copy(fixtures().join(format!("v{version}.db")), database.url()).unwrap();
        }
        Dialect::Postgres if version < 2 => return None,
        Dialect::Postgres => {
            let sql = fs::read_to_string(fixtures().join(format!("v{version}.postgres.sql"))).unwrap();
            database.script(&sql).await;
        }
    }
    Some(database)
}

async fn newest_version(inventory: &Inventory) -> i64 {
    let rows = inventory.database().rows("SELECT max(version) FROM schema_version", Args::default()).await.unwrap();
    rows[0].some_int(0).unwrap()
}

/// The tables, columns, indexes and references of a database, a line each.
async fn shape(inventory: &Inventory) -> BTreeSet<String> {
    let queries: &[&str] = match inventory.database().dialect() {
        Dialect::Sqlite => &[
            "SELECT 'column ' || t.name || '.' || c.name || ' ' || c.type || ' ' || c.\"notnull\" || c.pk \
             FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'jobs%' AND t.name <> 'sqlite_sequence'",
            "SELECT 'reference ' || t.name || '.' || f.\"from\" || ' ' || f.\"table\" || ' ' || f.on_delete \
             FROM sqlite_master t JOIN pragma_foreign_key_list(t.name) f WHERE t.name NOT LIKE 'jobs%'",
            "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name NOT LIKE 'jobs%'",
        ],
        Dialect::Postgres => &[
            "SELECT concat('column ', table_name, '.', column_name, ' ', data_type, ' ', collation_name, ' ', \
             is_nullable) FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE 'jobs%'",
            "SELECT concat('constraint ', conrelid::regclass, ' ', conname, ' ', pg_get_constraintdef(oid)) \
             FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE 'jobs%'",
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE 'jobs%'",
        ],
    };
    let mut lines = BTreeSet::new();
    for query in queries {
        let rows = inventory.database().rows(*query, Args::default()).await.unwrap();
        lines.extend(rows.iter().map(|row| row.some_text(0).unwrap()));
    }
    lines
}

#[tokio::test]
async fn every_earlier_version_becomes_what_a_new_database_is() {
    let fresh = TestDatabase::empty().await;
    let inventory = fresh.open_with(registry()).await;
    let expected = shape(&inventory).await;
    let newest = newest_version(&inventory).await;
    inventory.close().await;
    assert!(newest > 1 && expected.len() > 500, "{newest} {}", expected.len());
    for version in 1..newest {
        let Some(database) = database(version).await else { continue };
        // Twice: the second time nothing is left to do.
        for _ in 0..2 {
            let inventory = database.open_with(registry()).await;
            assert_eq!(newest_version(&inventory).await, newest);
            let found = shape(&inventory).await;
            let differing: Vec<_> = found.symmetric_difference(&expected).collect();
            assert!(differing.is_empty(), "version {version}: {differing:#?}");
            inventory.close().await;
        }
    }
}

async fn count(inventory: &Inventory, content_type: &str) -> usize {
    let mut count = 0;
    inventory.read(&Selection::all(content_type, ["id"]), &mut |_| count += 1).await.unwrap();
    count
}

/// What the databases hold, as the programs of their time have counted it.
const COUNTS: [(i64, &[(&str, usize)]); 2] = [
    (
        1,
        &[
            ("dcim.device", 10),
            ("dcim.interface", 93),
            ("ipam.prefix", 359),
            ("ipam.prefixlocationassignment", 5),
            ("ipam.vlanlocationassignment", 4),
            ("extras.objectchange", 50),
        ],
    ),
    (
        2,
        &[
            ("dcim.device", 3),
            ("dcim.interface", 3),
            ("ipam.prefix", 2),
            ("ipam.ipaddress", 1),
            ("ipam.prefixlocationassignment", 1),
            ("ipam.vlanlocationassignment", 1),
            ("extras.objectchange", 20),
            ("acme.order", 2),
        ],
    ),
];

#[tokio::test]
async fn every_earlier_version_keeps_its_records() {
    for (version, counts) in COUNTS {
        let Some(database) = database(version).await else { continue };
        let inventory = database.open_with(registry()).await;
        for (content_type, expected) in counts {
            assert_eq!(count(&inventory, content_type).await, *expected, "version {version}: {content_type}");
        }
        let mut placed = 0;
        let links = Selection::all("ipam.prefix", ["locations"]);
        inventory.read(&links, &mut |row| placed += usize::from(row.values()[0].to_string().len() > 2)).await.unwrap();
        assert!(placed > 0, "prefixes kept their locations");
        if inventory.database().dialect() == Dialect::Sqlite {
            let faults = inventory.database().rows("PRAGMA foreign_key_check", Args::default()).await.unwrap();
            assert_eq!(faults.len(), 0);
            let sound = inventory.database().rows("PRAGMA integrity_check", Args::default()).await.unwrap();
            assert_eq!(sound[0].some_text(0).unwrap(), "ok");
        }
        inventory.close().await;
    }
}

#[tokio::test]
async fn an_earlier_version_can_be_written() {
    for (version, _) in COUNTS {
        let Some(database) = database(version).await else { continue };
        let mut fixture = Fixture::on_with(database, registry()).await;
        fixture.ok(&[create("dcim.manufacturer", &[("name", "Newcomer".into())])]).await;
        fixture.ok(&[create("acme.order", &[("number", "9".into()), ("maker__name", "Newcomer".into())])]).await;
        let message = fixture.fails(create("acme.order", &[("number", "9".into())])).await;
        assert!(message.contains("number"), "{message}");
        assert!(
            fixture
                .read("acme.order", &["number", "maker__name", "lines"])
                .await
                .contains(&"9 | Newcomer | 1".to_owned())
        );
    }
}

/// Clients of version 2 knew content types by their place in the order of names; they keep these numbers.
#[tokio::test]
async fn numbers_that_clients_have_seen_stay() {
    let Some(database) = database(2).await else { panic!("version 2 knows both databases") };
    let inventory = database.open_with(registry()).await;
    let number = |name: &str| inventory.type_numbers().of(inventory.registry().content_type(name).unwrap().index());
    let seen = [("acme.order", 1), ("dcim.device", 6), ("virtualization.vminterface", 79)];
    for (name, expected) in seen {
        assert_eq!(number(name), expected, "{name}");
    }
}
