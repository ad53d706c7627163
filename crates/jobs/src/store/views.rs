//! The history as content types of Nautobot: syncs, their results, and what they have logged. One view for each, with a
//! column for each that the type would have. They are made anew whenever the tables of the history change.

use trueup_inventory::{Args, Dialect, Transaction};

use crate::JobError;

/// What is said of rows in the words of one database.
struct Words(Dialect);

impl Words {
    /// An id that is kept as a text.
    fn id_of_text(&self, text: &str) -> String {
        match self.0 {
            Dialect::Sqlite => format!("unhex(replace({text}, '-', ''))"),
            Dialect::Postgres => format!("({text})::uuid"),
        }
    }

    /// The id of a row that belongs to another one and has a number there, as a UUID of version 8: whose it is, what it is
    /// and which one it is, so that ids come in the order of their rows.
    fn id_of_part(&self, of: &str, what: Part, number: &str) -> String {
        let what = what as u8;
        match self.0 {
            Dialect::Sqlite => format!("unhex(printf('%012x8%03x8%015x', {of}, {what}, {number}))"),
            Dialect::Postgres => {
                format!("(lpad(to_hex({of}), 12, '0') || '8{what:03x}8' || lpad(to_hex({number}), 15, '0'))::uuid")
            }
        }
    }

    /// A member of a JSON object, as text.
    fn member(&self, object: &str, name: &str) -> String {
        match self.0 {
            Dialect::Sqlite => format!("json_extract({object}, '$.{name}')"),
            Dialect::Postgres => format!("({object}::json ->> '{name}')"),
        }
    }

    /// Seconds in a JSON object, as microseconds.
    fn micros(&self, object: &str, name: &str) -> String {
        let member = self.member(object, name);
        match self.0 {
            Dialect::Sqlite => format!("CAST(round({member} * 1000000) AS INTEGER)"),
            Dialect::Postgres => format!("round({member}::double precision * 1000000)::bigint"),
        }
    }

    /// Bytes that a phase held, of a sync that was measured.
    fn memory(&self, phase: &str, what: &str) -> String {
        match self.0 {
            Dialect::Sqlite => format!("json_extract(s.costs, '$.memory.{phase}.{what}')"),
            Dialect::Postgres => format!("(s.costs::json #>> '{{memory,{phase},{what}}}')::bigint"),
        }
    }

    /// A time as RFC 3339 has it, as microseconds.
    fn moment(&self, text: &str) -> String {
        match self.0 {
            Dialect::Sqlite => format!("CAST(strftime('%s', {text}) AS INTEGER) * 1000000"),
            Dialect::Postgres => format!("(extract(epoch from ({text})::timestamptz) * 1000000)::bigint"),
        }
    }

    /// Nothing, in a column of a type.
    fn null(&self, of: Null) -> &'static str {
        match (self.0, of) {
            (Dialect::Sqlite, _) => "NULL",
            (Dialect::Postgres, Null::Id) => "NULL::uuid",
            (Dialect::Postgres, Null::Text) => "NULL::text",
            (Dialect::Postgres, Null::Moment) => "NULL::bigint",
        }
    }

    /// A text of a view, which sorts by its bytes as all texts do.
    fn text(&self, expression: &str) -> String {
        match self.0 {
            Dialect::Sqlite => expression.to_owned(),
            Dialect::Postgres => format!("({expression}) COLLATE \"C\""),
        }
    }
}

/// What the rows of the history are that have ids of their own only in a view.
#[derive(Clone, Copy)]
enum Part {
    Step = 0,
    Unchanged = 1,
    Line = 2,
    Schedule = 3,
}

#[derive(Clone, Copy)]
enum Null {
    Id,
    Text,
    Moment,
}

/// Takes the views away, so that what they are made of can change.
pub(super) async fn drop(transaction: &mut Transaction) -> Result<(), JobError> {
    for view in [
        "nautobot_ssot_synclogentry",
        "nautobot_ssot_sync",
        "extras_joblogentry",
        "extras_jobresult",
        "extras_scheduledjob",
    ] {
        run(transaction, format!("DROP VIEW IF EXISTS {view}")).await?;
    }
    Ok(())
}

/// Makes the views, and the indexes that find their rows by id.
pub(super) async fn make(transaction: &mut Transaction, dialect: Dialect) -> Result<(), JobError> {
    let words = Words(dialect);
    for (name, table, id) in [
        ("jobs_sync_id", "jobs_sync", words.id_of_text("uuid")),
        ("jobs_step_id", "jobs_step", words.id_of_part("plan", Part::Step, "position")),
        ("jobs_unchanged_id", "jobs_unchanged", words.id_of_part("sync", Part::Unchanged, "position")),
        ("jobs_log_id", "jobs_log", words.id_of_part("sync", Part::Line, "position")),
    ] {
        run(transaction, format!("DROP INDEX IF EXISTS {name}")).await?;
        run(transaction, format!("CREATE INDEX {name} ON {table} (({id}))")).await?;
    }
    for view in [schedules(&words), results(&words), lines(&words), syncs(&words), records(&words)] {
        run(transaction, view).await?;
    }
    Ok(())
}

async fn run(transaction: &mut Transaction, sql: String) -> Result<(), JobError> {
    transaction.execute(sql, Args::default()).await.map(std::mem::drop).map_err(JobError::store("opened"))
}

fn view(name: &str, columns: &[(&str, String)], from: &str) -> String {
    format!("CREATE VIEW {name} AS {}", select(columns, from))
}

fn select(columns: &[(&str, String)], from: &str) -> String {
    let columns: Vec<String> = columns.iter().map(|(name, what)| format!("{what} AS \"{name}\"")).collect();
    format!("SELECT {} FROM {from}", columns.join(", "))
}

/// How a run went, for those who know Celery: an interrupted one is taken up again, and one that did not do all that it was
/// to do has failed, so that whoever waits for its end looks at it.
const STATUS: &str = "CASE s.status WHEN 'pending' THEN 'PENDING' WHEN 'running' THEN 'STARTED' \
                      WHEN 'interrupted' THEN 'RETRY' WHEN 'completed' THEN 'SUCCESS' WHEN 'cancelled' THEN 'REVOKED' \
                      ELSE 'FAILURE' END";

fn results(words: &Words) -> String {
    let text = |expression: &str| words.text(expression);
    let lines =
        |levels: &str| format!("(SELECT count(*) FROM jobs_log l WHERE l.sync = s.id AND l.level IN ({levels}))");
    let cancelled =
        |then: &str, otherwise: &str| format!("CASE s.status WHEN 'cancelled' THEN {then} ELSE {otherwise} END");
    let asked = words.member("s.asked", "variables");
    let schedule = words.id_of_part("s.schedule", Part::Schedule, "0");
    let scheduled = format!("CASE WHEN s.schedule IS NOT NULL THEN {schedule} END");
    view(
        "extras_jobresult",
        &[
            ("id", words.id_of_text("s.uuid")),
            ("status", text(STATUS)),
            ("name", "s.job".to_owned()),
            ("task_name", "s.job".to_owned()),
            ("date_created", "s.asked_at".to_owned()),
            ("date_started", "CASE s.status WHEN 'pending' THEN NULL ELSE s.started_at END".to_owned()),
            ("date_done", "s.ended_at".to_owned()),
            (
                "result",
                text(
                    "CASE WHEN s.ended_at IS NULL THEN NULL ELSE '{\"sync\": ' || s.id || ', \"status\": \"' || s.status || \
                     '\", \"plan\": ' || coalesce(s.plan || '', 'null') || ', \"outcomes\": ' || coalesce(s.report, 'null') \
                     || '}' END",
                ),
            ),
            ("worker", words.null(Null::Text).to_owned()),
            ("task_args", text("'[]'")),
            ("task_kwargs", text(&format!("coalesce(g.variables, {asked}, '{{}}')"))),
            ("celery_kwargs", text("'{}'")),
            ("traceback", "s.message".to_owned()),
            ("meta", text("'{\"children\": []}'")),
            ("debug_log_count", lines("'debug'")),
            ("success_log_count", lines("'success'")),
            ("info_log_count", lines("'info'")),
            ("warning_log_count", lines("'warning'")),
            ("error_log_count", lines("'failure', 'error', 'critical'")),
            ("canceled_by_user_name", text("''")),
            ("cancel_type", text(&cancelled("'terminated'", "''"))),
            ("date_canceled", cancelled("s.ended_at", "NULL")),
            ("job_model_id", "j.id".to_owned()),
            ("user_id", "u.id".to_owned()),
            ("scheduled_job_id", scheduled),
            ("canceled_by_id", words.null(Null::Id).to_owned()),
            ("custom_fields", text("'{}'")),
        ],
        "jobs_sync s LEFT JOIN jobs_given g ON g.sync = s.id LEFT JOIN extras_job j ON j.name = s.job \
         LEFT JOIN users_user u ON u.username = s.user_name",
    )
}

fn schedules(words: &Words) -> String {
    let text = |expression: &str| words.text(expression);
    let (cron, zone) = (words.member("h.timing", "cron"), words.member("h.timing", "zone"));
    let (seconds, start) = (words.member("h.timing", "seconds"), words.member("h.timing", "start"));
    view(
        "extras_scheduledjob",
        &[
            ("id", words.id_of_part("h.id", Part::Schedule, "0")),
            ("time_zone", text(&format!("coalesce({zone}, 'UTC')"))),
            ("state", text("'active'")),
            ("name", "h.name".to_owned()),
            ("task", "h.job".to_owned()),
            (
                "interval",
                text(&format!(
                    "CASE {seconds} || '' WHEN '3600' THEN 'hourly' WHEN '86400' THEN 'daily' WHEN '604800' THEN 'weekly' \
                     ELSE 'custom' END"
                )),
            ),
            ("crontab", text(&format!("coalesce({cron}, 'every ' || {seconds} || ' s')"))),
            ("args", text("'[]'")),
            ("kwargs", "h.variables".to_owned()),
            ("one_off", "0".to_owned()),
            ("start_time", format!("coalesce({}, h.made_at)", words.moment(&start))),
            ("enabled", "h.enabled".to_owned()),
            ("last_run_at", "h.last_at".to_owned()),
            ("total_run_count", "(SELECT count(*) FROM jobs_sync r WHERE r.schedule = h.id)".to_owned()),
            ("date_changed", "h.made_at".to_owned()),
            ("description", text("coalesce(h.message, '')")),
            ("celery_kwargs", text("'{}'")),
            ("decision_date", words.null(Null::Moment).to_owned()),
            ("job_model_id", "j.id".to_owned()),
            ("job_queue_id", words.null(Null::Id).to_owned()),
            ("user_id", "u.id".to_owned()),
        ],
        "jobs_schedule h LEFT JOIN extras_job j ON j.name = h.job LEFT JOIN users_user u ON u.username = h.user_name",
    )
}

fn lines(words: &Words) -> String {
    view(
        "extras_joblogentry",
        &[
            ("id", words.id_of_part("l.sync", Part::Line, "l.position")),
            ("log_level", "l.level".to_owned()),
            ("grouping", "l.grouping".to_owned()),
            ("message", "l.message".to_owned()),
            ("log_object", "l.about".to_owned()),
            ("absolute_url", words.text("''")),
            ("job_result_id", words.id_of_text("s.uuid")),
            ("created", "l.at".to_owned()),
        ],
        "jobs_log l JOIN jobs_sync s ON s.id = l.sync",
    )
}

fn syncs(words: &Words) -> String {
    let micros = |name: &str| words.micros("s.durations", name);
    view(
        "nautobot_ssot_sync",
        &[
            ("id", words.id_of_text("s.uuid")),
            ("source", "s.source".to_owned()),
            ("target", "s.target".to_owned()),
            ("start_time", "CASE s.status WHEN 'pending' THEN NULL ELSE s.started_at END".to_owned()),
            ("source_load_time", micros("source_load")),
            ("target_load_time", micros("target_load")),
            ("diff_time", micros("diff")),
            ("sync_time", format!("CASE WHEN s.report IS NULL THEN NULL ELSE {} END", micros("apply"))),
            ("source_load_memory_final", words.memory("source_load", "final")),
            ("source_load_memory_peak", words.memory("source_load", "peak")),
            ("target_load_memory_final", words.memory("target_load", "final")),
            ("target_load_memory_peak", words.memory("target_load", "peak")),
            ("diff_memory_final", words.memory("diff", "final")),
            ("diff_memory_peak", words.memory("diff", "peak")),
            ("sync_memory_final", words.memory("apply", "final")),
            ("sync_memory_peak", words.memory("apply", "peak")),
            ("dry_run", "s.dry_run".to_owned()),
            ("summary", "s.summary".to_owned()),
            ("job_result_id", words.id_of_text("s.uuid")),
        ],
        "jobs_sync s",
    )
}

/// A key of a step, in JSON, as DiffSync joins the identifiers of a record.
const UNIQUE_ID: &str =
    "replace(replace(replace(replace(trim(t.key, '[]'), '\",\"', '__'), ',\"', '__'), '\",', '__'), '\"', '')";

fn records(words: &Words) -> String {
    let text = |expression: &str| words.text(expression);
    let row = |what: Row<'_>| {
        let Row { id, timestamp, action, status, document, object, object_repr, message } = what;
        let (object_type, object_id) =
            object.unwrap_or_else(|| (words.null(Null::Text).to_owned(), words.null(Null::Id).to_owned()));
        [
            ("id", id),
            ("timestamp", timestamp.to_owned()),
            ("action", text(action)),
            ("status", text(status)),
            ("document", document.to_owned()),
            ("synced_object_id", object_id),
            ("object_repr", text(object_repr)),
            ("message", text(message)),
            ("sync_id", words.id_of_text("s.uuid")),
            ("synced_object_type", object_type),
        ]
    };
    let steps = row(Row {
        id: words.id_of_part("t.plan", Part::Step, "t.position"),
        timestamp: "t.settled_at",
        action: "t.action",
        status: "CASE WHEN t.outcome = 'applied' THEN 'success' WHEN t.fault = 'error' THEN 'error' ELSE 'failure' END",
        document: "d.document",
        // Other systems have ids of their own form.
        object: Some((
            text("o.content_type"),
            format!("CASE WHEN o.content_type IS NOT NULL THEN {} END", words.id_of_text("o.object")),
        )),
        object_repr: &format!("t.kind || ' ' || {UNIQUE_ID}"),
        message: "coalesce(t.message, CASE t.action WHEN 'create' THEN 'Created successfully' \
                  WHEN 'update' THEN 'Updated successfully' ELSE 'Deleted successfully' END)",
    });
    let unchanged = row(Row {
        id: words.id_of_part("n.sync", Part::Unchanged, "n.position"),
        timestamp: "s.started_at",
        action: "'no-change'",
        status: "'success'",
        document: words.null(Null::Text),
        object: None,
        object_repr: "n.kind || ' ' || n.key",
        message: "'No changes to apply; no action needed'",
    });
    let applied = select(
        &steps,
        "jobs_step t JOIN jobs_step_document d ON d.plan = t.plan AND d.position = t.position \
         LEFT JOIN jobs_step_object o ON o.plan = t.plan AND o.position = t.position \
         JOIN jobs_plan p ON p.id = t.plan JOIN jobs_sync s ON s.id = p.applied_by WHERE t.outcome IS NOT NULL",
    );
    let unchanged = select(&unchanged, "jobs_unchanged n JOIN jobs_sync s ON s.id = n.sync");
    format!("CREATE VIEW nautobot_ssot_synclogentry AS {applied} UNION ALL {unchanged}")
}

/// What differs between the rows that a log of records is made of.
struct Row<'r> {
    id: String,
    timestamp: &'r str,
    action: &'r str,
    status: &'r str,
    document: &'r str,
    /// Type and id of the record.
    object: Option<(String, String)>,
    object_repr: &'r str,
    message: &'r str,
}
