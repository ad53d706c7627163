use trueup_inventory::{Args, Database};

use super::views;
use crate::JobError;

/// In the words of SQLite; see [`Transaction::define`](trueup_inventory::Transaction::define). Forward only; entry N brings version N to N + 1. Never changed once released.
/// A change of [`views`] needs one too, be it empty.
const MIGRATIONS: &[&str] = &[
    "
CREATE TABLE jobs_sync (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    job TEXT NOT NULL,
    source TEXT NOT NULL,
    target TEXT NOT NULL,
    dry_run INTEGER NOT NULL,
    status TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    durations TEXT NOT NULL DEFAULT '{}',
    summary TEXT,
    source_records INTEGER,
    target_records INTEGER,
    report TEXT,
    message TEXT,
    plan INTEGER
);
CREATE INDEX jobs_sync_job ON jobs_sync (job, id);
CREATE TABLE jobs_plan (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sync INTEGER NOT NULL REFERENCES jobs_sync (id) ON DELETE CASCADE,
    fingerprint TEXT NOT NULL,
    policy TEXT NOT NULL,
    kinds TEXT NOT NULL,
    status TEXT NOT NULL,
    approval TEXT,
    made_at INTEGER NOT NULL
);
CREATE INDEX jobs_plan_sync ON jobs_plan (sync);
CREATE TABLE jobs_step (
    plan INTEGER NOT NULL REFERENCES jobs_plan (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    action TEXT NOT NULL,
    sent_at INTEGER,
    outcome TEXT,
    message TEXT,
    settled_at INTEGER,
    PRIMARY KEY (plan, position)
) WITHOUT ROWID;
CREATE TABLE jobs_step_document (
    plan INTEGER NOT NULL REFERENCES jobs_plan (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (plan, position)
) WITHOUT ROWID;
CREATE TABLE jobs_finding (
    plan INTEGER NOT NULL REFERENCES jobs_plan (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    severity TEXT NOT NULL,
    name TEXT NOT NULL,
    subject TEXT NOT NULL,
    message TEXT NOT NULL,
    advice TEXT NOT NULL,
    PRIMARY KEY (plan, position)
) WITHOUT ROWID;
CREATE TABLE jobs_rejected (
    sync INTEGER NOT NULL REFERENCES jobs_sync (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    side TEXT NOT NULL,
    place TEXT NOT NULL,
    record TEXT NOT NULL,
    cause TEXT NOT NULL,
    PRIMARY KEY (sync, position)
) WITHOUT ROWID;
CREATE TABLE jobs_withheld (
    plan INTEGER NOT NULL REFERENCES jobs_plan (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    action TEXT NOT NULL,
    record TEXT NOT NULL,
    place TEXT,
    reason TEXT NOT NULL,
    PRIMARY KEY (plan, position)
) WITHOUT ROWID;
",
    "
ALTER TABLE jobs_sync ADD COLUMN owner TEXT;
ALTER TABLE jobs_sync ADD COLUMN beat_at INTEGER;
ALTER TABLE jobs_sync ADD COLUMN wanted TEXT;
ALTER TABLE jobs_sync ADD COLUMN attempts INTEGER NOT NULL DEFAULT 1;
ALTER TABLE jobs_sync ADD COLUMN request TEXT;
ALTER TABLE jobs_sync ADD COLUMN queued INTEGER NOT NULL DEFAULT 0;
CREATE INDEX jobs_sync_status ON jobs_sync (status);
UPDATE jobs_sync SET status = 'interrupted' WHERE status = 'running';
UPDATE jobs_sync SET status = 'completed' WHERE status IN ('planned', 'applied');
UPDATE jobs_sync SET status = 'completed-with-failures' WHERE status = 'partial';
UPDATE jobs_sync SET status = 'waiting-for-approval' WHERE status = 'refused';
ALTER TABLE jobs_plan ADD COLUMN undoes INTEGER;
ALTER TABLE jobs_step ADD COLUMN batch INTEGER;
ALTER TABLE jobs_step ADD COLUMN fault TEXT;
UPDATE jobs_step SET batch = coalesce(sent_at, settled_at) WHERE outcome IS NOT NULL AND outcome <> 'blocked';
UPDATE jobs_step SET batch = sent_at WHERE outcome IS NULL;
UPDATE jobs_step SET fault = 'error' WHERE outcome = 'failed';
",
    "
CREATE TABLE jobs_given (
    sync INTEGER PRIMARY KEY REFERENCES jobs_sync (id) ON DELETE CASCADE,
    connector TEXT NOT NULL,
    variables TEXT NOT NULL
);
",
    "
ALTER TABLE jobs_sync ADD COLUMN user_name TEXT;
",
    "
ALTER TABLE jobs_sync ADD COLUMN asked_at INTEGER;
UPDATE jobs_sync SET asked_at = started_at;
ALTER TABLE jobs_sync ADD COLUMN asked TEXT;
ALTER TABLE jobs_sync ADD COLUMN version TEXT;
",
    "
ALTER TABLE jobs_plan ADD COLUMN applied_by INTEGER;
UPDATE jobs_plan SET applied_by = (SELECT min(s.id) FROM jobs_sync s WHERE s.plan = jobs_plan.id AND s.dry_run = 0)
WHERE status <> 'open';
CREATE INDEX jobs_plan_applied_by ON jobs_plan (applied_by);
CREATE TABLE jobs_log (
    sync INTEGER NOT NULL REFERENCES jobs_sync (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    at INTEGER NOT NULL,
    level TEXT NOT NULL,
    grouping TEXT NOT NULL,
    message TEXT NOT NULL,
    about TEXT NOT NULL,
    PRIMARY KEY (sync, position)
) WITHOUT ROWID;
CREATE TABLE jobs_unchanged (
    sync INTEGER NOT NULL REFERENCES jobs_sync (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (sync, position)
) WITHOUT ROWID;
",
    "
CREATE TABLE jobs_loss (
    sync INTEGER NOT NULL REFERENCES jobs_sync (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    lost TEXT NOT NULL,
    content_type TEXT NOT NULL,
    record TEXT NOT NULL,
    name TEXT NOT NULL,
    held TEXT NOT NULL,
    PRIMARY KEY (sync, position)
) WITHOUT ROWID;
CREATE TABLE jobs_approval (
    plan INTEGER NOT NULL REFERENCES jobs_plan (id) ON DELETE CASCADE,
    sync INTEGER NOT NULL REFERENCES jobs_sync (id) ON DELETE CASCADE,
    given_at INTEGER NOT NULL,
    user_name TEXT NOT NULL,
    reason TEXT,
    chosen TEXT,
    PRIMARY KEY (plan, sync)
) WITHOUT ROWID;
ALTER TABLE jobs_plan ADD COLUMN checks TEXT;
ALTER TABLE jobs_withheld ADD COLUMN records INTEGER NOT NULL DEFAULT 1;
ALTER TABLE jobs_sync ADD COLUMN control TEXT NOT NULL DEFAULT '{}';
ALTER TABLE jobs_sync ADD COLUMN singleton INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs_step ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
CREATE TABLE jobs_step_object (
    plan INTEGER NOT NULL REFERENCES jobs_plan (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    content_type TEXT,
    object TEXT NOT NULL,
    PRIMARY KEY (plan, position)
) WITHOUT ROWID;
CREATE TABLE jobs_schedule (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    job TEXT NOT NULL,
    mode TEXT NOT NULL,
    variables TEXT NOT NULL,
    timing TEXT NOT NULL,
    missed TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    user_name TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    next_at INTEGER,
    last_at INTEGER,
    last_sync INTEGER,
    message TEXT
);
CREATE INDEX jobs_schedule_next ON jobs_schedule (next_at);
ALTER TABLE jobs_sync ADD COLUMN schedule INTEGER;
ALTER TABLE jobs_sync ADD COLUMN taken_at INTEGER;
CREATE INDEX jobs_sync_schedule ON jobs_sync (schedule);
ALTER TABLE jobs_sync ADD COLUMN costs TEXT;
ALTER TABLE jobs_sync ADD COLUMN progress TEXT;
CREATE INDEX jobs_sync_ended ON jobs_sync (job, id) WHERE ended_at IS NOT NULL;
CREATE TABLE jobs_flame_graph (
    sync INTEGER PRIMARY KEY REFERENCES jobs_sync (id) ON DELETE CASCADE,
    svg TEXT NOT NULL
);
",
];

/// Brings the tables of the history up to date.
pub(super) async fn migrate(database: &Database) -> Result<(), JobError> {
    let fault = JobError::store("opened");
    let mut transaction = database.begin().await.map_err(&fault)?;
    transaction.lock_definitions().await.map_err(&fault)?;
    let table = "CREATE TABLE IF NOT EXISTS jobs_version (version INTEGER NOT NULL)";
    transaction.define(table).await.map_err(&fault)?;
    let rows = transaction.rows("SELECT version FROM jobs_version", Args::default()).await.map_err(&fault)?;
    let found = rows.first().map(|row| row.some_int(0)).transpose().map_err(&fault)?;
    let version = found.unwrap_or(0);
    let known = MIGRATIONS.len() as i64;
    if version > known {
        let message =
            format!("the history has version {version}, this program knows up to {known}; use the newer program");
        return Err(fault(sqlx::Error::Protocol(message)));
    }
    if version < known {
        views::drop(&mut transaction).await?;
        for migration in &MIGRATIONS[version as usize..] {
            transaction.define(migration).await.map_err(&fault)?;
        }
        views::make(&mut transaction, database.dialect()).await?;
    }
    let record = if found.is_none() {
        "INSERT INTO jobs_version (version) VALUES (?)"
    } else {
        "UPDATE jobs_version SET version = ?"
    };
    if found != Some(known) {
        transaction.execute(record, Args::default().with(known)).await.map_err(&fault)?;
    }
    transaction.commit().await.map_err(&fault)
}
