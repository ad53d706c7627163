#![expect(clippy::print_stdout, reason = "a bench reports on standard output")]
//! Validated creates with change log, beside a bare multi-row insert of the same rows into the same tables.
//!
//! `cargo bench -p trueup-inventory --bench create_throughput -- [RECORDS] [BATCH]` prints JSON lines. Behind
//! `scripts/with-postgres` it measures PostgreSQL, without the bare insert; that server writes nothing through to the disk,
//! so its figures are those of the work and not of the disk.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Arguments as _, AssertSqlSafe, Column as _, Row as _, SqlitePool, TypeInfo as _, ValueRef as _};
use trueup_engine::Value;
use trueup_inventory::testing::TestDatabase;
use trueup_inventory::{Action, Change, ChangeContext, Dialect, Inventory, InventoryWriter, Selection};

const TEMPLATES_PER_TYPE: usize = 40;
const ROWS_PER_STATEMENT: usize = 500;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let numbers: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let records = numbers.first().copied().unwrap_or(100_000);
    let batch = numbers.get(1).copied().unwrap_or(1_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(run(records, batch))
}

async fn run(records: usize, batch: usize) -> Result<(), Failure> {
    if TestDatabase::dialect() == Dialect::Postgres {
        let database = TestDatabase::new().await;
        let mut ours = Ours::new(database.open().await, records, batch).await?;
        ours.measure(records, batch).await?;
        ours.inventory.close().await;
        return Ok(());
    }
    let folder = std::env::temp_dir().join(format!("trueup-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let outcome = compare(&folder, records, batch).await;
    std::fs::remove_dir_all(&folder)?;
    outcome
}

/// The inventory that is measured, with what the records refer to.
struct Ours {
    inventory: Inventory,
    writer: InventoryWriter,
    context: ChangeContext,
}

impl Ours {
    async fn new(inventory: Inventory, records: usize, batch: usize) -> Result<Self, Failure> {
        let mut ours =
            Self { writer: inventory.writer(), inventory, context: ChangeContext::job("bench", "create_throughput") };
        let mut setup = vec![change("dcim.manufacturer", vec![("name", Value::from("Acme"))])];
        setup.extend((0..records.div_ceil(TEMPLATES_PER_TYPE)).map(|number| {
            change(
                "dcim.devicetype",
                vec![("manufacturer__name", "Acme".into()), ("model", format!("Model {number}").into())],
            )
        }));
        ours.write(&setup, batch).await?;
        Ok(ours)
    }

    async fn write(&mut self, changes: &[Change], batch: usize) -> Result<(), Failure> {
        for part in changes.chunks(batch) {
            all_good(self.writer.write(part, &self.context).await?)?;
        }
        Ok(())
    }

    /// Creates, reads and updates, each reported; what the creates took on the clock and of the processor.
    async fn measure(&mut self, records: usize, batch: usize) -> Result<(Duration, Duration), Failure> {
        let changes: Vec<Change> = (0..records).map(template).collect();
        let queries = self.inventory.queries();
        let (started, before) = (Instant::now(), cpu());
        self.write(&changes, batch).await?;
        let (took, cpu) = (started.elapsed(), cpu_since(before));
        report("validated_creates_with_change_log", records, took, cpu, self.inventory.queries() - queries);

        let started = Instant::now();
        let mut read = 0;
        let fields = ["device_type__manufacturer__name", "device_type__model", "name", "type", "label", "mgmt_only"];
        self.inventory.read(&Selection::all("dcim.interfacetemplate", fields), &mut |_| read += 1).await?;
        report("read_for_a_sync", read, started.elapsed(), Duration::ZERO, 1);

        let updates: Vec<Change> = (0..records).map(update).collect();
        for step in ["updates_with_change_log", "updates_that_change_nothing"] {
            let (started, queries) = (Instant::now(), self.inventory.queries());
            self.write(&updates, batch).await?;
            report(step, records, started.elapsed(), Duration::ZERO, self.inventory.queries() - queries);
        }
        Ok((took, cpu))
    }
}

async fn compare(folder: &std::path::Path, records: usize, batch: usize) -> Result<(), Failure> {
    let open = |name: &str| {
        let path = folder.join(name).display().to_string();
        async move { Inventory::open(&path).await }
    };
    let mut ours = Ours::new(open("ours.db").await?, records, batch).await?;
    let ours_file = file(&ours.inventory).await?;
    let before = rowids(&ours_file).await?;
    let (took, ours_cpu) = ours.measure(records, batch).await?;

    let bare = open("bare.db").await?;
    let bare_file = file(&bare).await?;
    let names = [("dcim_manufacturer", 0), ("dcim_devicetype", 0)];
    for (table, after) in names {
        let rows = dump(&ours_file, table, after).await?;
        insert(&bare_file, &[(table, &rows)], batch).await?;
    }
    let templates = dump(&ours_file, "dcim_interfacetemplate", before.0).await?;
    let mut log = dump(&ours_file, "extras_objectchange", before.1).await?;
    log.truncate(records);
    let (started, cpu) = (Instant::now(), self::cpu());
    insert(&bare_file, &[("dcim_interfacetemplate", &templates), ("extras_objectchange", &log)], batch).await?;
    let bare_took = started.elapsed();
    let bare_cpu = cpu_since(cpu);
    report("bare_insert_of_the_same_rows", records, bare_took, bare_cpu, 0);
    println!(
        "{{\"step\":\"share_of_bare\",\"wall\":{:.3},\"cpu\":{:.3}}}",
        bare_took.as_secs_f64() / took.as_secs_f64(),
        bare_cpu.as_secs_f64() / ours_cpu.as_secs_f64().max(f64::EPSILON),
    );
    ours_file.close().await;
    bare_file.close().await;
    ours.inventory.close().await;
    bare.close().await;
    Ok(())
}

fn change(content_type: &str, values: Vec<(&str, Value)>) -> Change {
    let values = values.into_iter().map(|(path, value)| (Arc::from(path), value)).collect();
    Change::create(content_type, values)
}

fn template(number: usize) -> Change {
    let mut change = change(
        "dcim.interfacetemplate",
        vec![
            ("type", "1000base-t".into()),
            ("label", format!("Port {number}").into()),
            ("mgmt_only", false.into()),
            ("description", "".into()),
        ],
    );
    change.identifiers = vec![
        ("device_type__manufacturer__name".into(), "Acme".into()),
        ("device_type__model".into(), format!("Model {}", number / TEMPLATES_PER_TYPE).into()),
        ("name".into(), format!("GigabitEthernet1/0/{}", number % TEMPLATES_PER_TYPE).into()),
    ];
    change
}

fn update(number: usize) -> Change {
    let mut change = template(number);
    change.action = Action::Update;
    change.values = vec![("label".into(), format!("Changed {number}").into())];
    change
}

fn all_good<T, E: std::error::Error + Send + Sync + 'static>(outcomes: Vec<Result<T, E>>) -> Result<(), Failure> {
    for outcome in outcomes {
        outcome?;
    }
    Ok(())
}

fn report(step: &str, records: usize, took: Duration, cpu: Duration, statements: u64) {
    println!(
        "{{\"step\":\"{step}\",\"records\":{records},\"wall_s\":{:.3},\"cpu_s\":{:.3},\"per_s\":{:.0},\"statements\":{statements}}}",
        took.as_secs_f64(),
        cpu.as_secs_f64(),
        records as f64 / took.as_secs_f64(),
    );
}

/// CPU time of this process, from the scheduler's own account in nanoseconds; zero where there is none.
fn cpu() -> Duration {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else { return Duration::ZERO };
    let nanos = tasks.flatten().filter_map(|task| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanos.sum())
}

fn cpu_since(before: Duration) -> Duration {
    cpu().saturating_sub(before)
}

#[derive(Clone)]
enum Raw {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

/// The file of an inventory past all that is measured, with the settings that the inventory has.
async fn file(inventory: &Inventory) -> Result<SqlitePool, Failure> {
    let options = SqliteConnectOptions::new()
        .filename(inventory.place())
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(true)
        .pragma("cache_size", "-32768")
        .pragma("temp_store", "memory")
        .pragma("wal_autocheckpoint", "8000");
    Ok(SqlitePoolOptions::new().max_connections(1).connect_with(options).await?)
}

async fn rowids(file: &SqlitePool) -> Result<(i64, i64), Failure> {
    let last = |table: &str| format!("SELECT coalesce(max(rowid), 0) FROM {table}");
    let one: i64 = sqlx::query_scalar(AssertSqlSafe(last("dcim_interfacetemplate"))).fetch_one(file).await?;
    let two: i64 = sqlx::query_scalar(AssertSqlSafe(last("extras_objectchange"))).fetch_one(file).await?;
    Ok((one, two))
}

async fn dump(file: &SqlitePool, table: &str, after: i64) -> Result<Vec<Vec<Raw>>, Failure> {
    let sql = format!("SELECT * FROM {table} WHERE rowid > {after} ORDER BY rowid");
    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(file).await?;
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let cells = row.columns().iter().map(|column| {
            let place = column.ordinal();
            let value = row.try_get_raw(place)?;
            Ok(match value.type_info().name() {
                _ if value.is_null() => Raw::Null,
                "INTEGER" => Raw::Int(row.try_get_unchecked(place)?),
                "BLOB" => Raw::Blob(row.try_get_unchecked(place)?),
                _ => Raw::Text(row.try_get_unchecked(place)?),
            })
        });
        all.push(cells.collect::<Result<Vec<Raw>, sqlx::Error>>()?);
    }
    Ok(all)
}

/// Inserts `batch` rows of each table per transaction, in statements of 500 rows, and nothing else.
async fn insert(file: &SqlitePool, tables: &[(&str, &Vec<Vec<Raw>>)], batch: usize) -> Result<(), Failure> {
    let longest = tables.iter().map(|(_, rows)| rows.len()).max().unwrap_or(0);
    for start in (0..longest).step_by(batch) {
        let mut transaction = file.begin_with("BEGIN IMMEDIATE").await?;
        for (table, rows) in tables {
            let part = &rows[start.min(rows.len())..(start + batch).min(rows.len())];
            for rows in part.chunks(ROWS_PER_STATEMENT) {
                let marks = format!("({})", vec!["?"; rows[0].len()].join(","));
                let sql = format!("INSERT INTO {table} VALUES {}", vec![marks; rows.len()].join(","));
                let mut args = sqlx::sqlite::SqliteArguments::default();
                for cell in rows.iter().flatten() {
                    match cell.clone() {
                        Raw::Null => args.add(None::<i64>),
                        Raw::Int(int) => args.add(int),
                        Raw::Text(text) => args.add(text),
                        Raw::Blob(blob) => args.add(blob),
                    }?;
                }
                sqlx::query_with(AssertSqlSafe(sql), args).execute(&mut *transaction).await?;
            }
        }
        transaction.commit().await?;
    }
    Ok(())
}
