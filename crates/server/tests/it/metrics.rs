//! What Prometheus reads.

use std::collections::BTreeMap;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use serde_json::json;
use tower::ServiceExt as _;
use trueup_inventory::Args;
use trueup_jobs::run::RunMode;
use trueup_server::{MetricsAccess, Settings};

use crate::v1::makers::{have, plan, run};
use crate::write::world::World;

/// What is told to somebody with or without a token.
async fn asked(world: &World, authorization: Option<&str>) -> (u16, String) {
    let mut request = Request::get("/metrics");
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    let response = world.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

/// Series with their values. Every line is one of the format: help, type, or a sample of the metric that was named last.
async fn read(world: &World) -> BTreeMap<String, f64> {
    let (status, text) = asked(world, None).await;
    assert_eq!(status, 200, "{text}");
    let mut series = BTreeMap::new();
    let mut metrics = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            metrics.push(rest.split(' ').next().unwrap());
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(metrics.last() == Some(&name) && ["gauge", "counter", "histogram"].contains(&kind), "{line}");
        } else {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(name.starts_with(metrics.last().unwrap()), "{line} stands below {:?}", metrics.last());
            let before = series.insert(name.to_owned(), value.parse().unwrap());
            assert_eq!(before, None, "{name} is told twice");
        }
    }
    let all = metrics.len();
    metrics.sort_unstable();
    metrics.dedup();
    assert_eq!(metrics.len(), all, "a metric is told twice: {metrics:?}");
    series
}

#[tokio::test]
async fn syncs_are_told_under_the_names_of_ssot_in_the_units_that_they_say() {
    let world = World::new().await;
    let nothing = read(&world).await;
    assert_eq!(nothing["nautobot_ssot_sync_total{sync_type=\"total_syncs\"}"], 0.0);
    assert_eq!(nothing["trueup_oldest_waiting_seconds"], 0.0);

    let plan = plan(&world, &["D,1"]).await;
    world.post(&format!("v1/plans/{plan}/apply"), json!({})).await;
    have(&world, &["A,1", "B,1"]).await;
    let last = run(&world, &["A,2", "B,1", "C,1"], RunMode::DryRun).await;
    let set = "UPDATE jobs_sync SET started_at = ended_at - 90061500000, durations = ?, costs = ? WHERE id = ?";
    let durations = json!({ "source_load": 30.5, "target_load": 0.25, "diff": 0.002, "plan": 1, "apply": 86_400 });
    let costs = json!({ "cpu": { "diff": 0.5 }, "rows_written": 12,
                        "memory": { "source_load": { "final": 1_048_576, "peak": 2_097_152 } } });
    let args = Args::default().with(durations.to_string()).with(costs.to_string()).with(last.sync.0);
    world.inventory.database().execute(set, args).await.unwrap();
    let wait = "UPDATE jobs_sync SET asked_at = asked_at - 5000000 WHERE status = 'pending'";
    world.inventory.database().execute(wait, Args::default()).await.unwrap();

    // Nautobot's history has the same figures.
    let history = world.get("plugins/ssot/history/?sort=-start_time").await.body;
    let measured =
        history["results"].as_array().unwrap().iter().find(|sync| !sync["source_load_memory_peak"].is_null());
    let measured = measured.unwrap_or_else(|| panic!("no memory in {history}"));
    assert_eq!(measured["source_load_memory_final"], json!(1_048_576));
    assert_eq!(
        (&measured["source_load_memory_peak"], &measured["diff_memory_peak"]),
        (&json!(2_097_152), &json!(null))
    );

    let told = read(&world).await;
    let of = |name: &str, labels: &[(&str, &str)]| {
        let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
        let series = format!("{name}{{{}}}", labels.join(","));
        *told.get(&series).unwrap_or_else(|| panic!("no {series} in {told:#?}"))
    };
    for (phase, seconds) in [
        ("source_load_time", 30.5),
        ("target_load_time", 0.25),
        ("diff_time", 0.002),
        ("plan_time", 1.0),
        ("sync_time", 86_400.0),
        ("verify_time", 0.0),
        ("sync_duration", 90_061.5),
    ] {
        let found = of("nautobot_ssot_duration_seconds", &[("phase", phase), ("job", "makers")]);
        assert_eq!(found, seconds, "{phase}");
    }
    for (kind, count) in
        [("total", 4.0), ("completed", 3.0), ("pending", 1.0), ("failed", 0.0), ("completed_with_failures", 0.0)]
    {
        let kind = format!("{kind}_syncs");
        assert_eq!(of("nautobot_ssot_sync_total", &[("sync_type", &kind)]), count, "{kind}");
    }
    for (operation, count) in [("create", 1.0), ("update", 1.0), ("delete", 0.0), ("no-change", 1.0), ("skip", 0.0)] {
        let found = of("nautobot_ssot_operation_total", &[("job", "makers"), ("operation", operation)]);
        assert_eq!(found, count, "{operation}");
    }
    let memory = |phase| of("nautobot_ssot_sync_memory_usage_bytes", &[("phase", phase), ("job", "makers")]);
    assert_eq!((memory("source_load_memory_final"), memory("source_load_memory_peak")), (1_048_576.0, 2_097_152.0));
    assert_eq!(of("trueup_sync_cpu_seconds", &[("phase", "diff_time"), ("job", "makers")]), 0.5);
    assert_eq!(of("trueup_sync_rows_written", &[("job", "makers")]), 12.0);
    assert_eq!((told["trueup_syncs_waiting"], told["trueup_syncs_running"]), (1.0, 0.0));
    assert!((5.0..60.0).contains(&told["trueup_oldest_waiting_seconds"]), "{}", told["trueup_oldest_waiting_seconds"]);
    assert_eq!(of("trueup_http_requests_total", &[("method", "POST"), ("status", "202")]), 1.0);
    let all: f64 = told.iter().filter(|(name, _)| name.starts_with("trueup_http_requests_total")).map(|(_, n)| n).sum();
    assert_eq!(all, told["trueup_http_request_duration_seconds_count"]);
    assert_eq!(all, told["trueup_http_request_duration_seconds_bucket{le=\"+Inf\"}"]);
    // Who is paused waits for no worker, and who is to be resumed waits since somebody said so.
    for (state, waited) in
        [("wanted = 'pause'", 0.0..0.001), ("wanted = 'resume', beat_at = asked_at + 4000000", 1.0..56.0)]
    {
        let set = format!("UPDATE jobs_sync SET {state} WHERE status = 'pending'");
        world.inventory.database().execute(set, Args::default()).await.unwrap();
        let told = read(&world).await;
        assert!(waited.contains(&told["trueup_oldest_waiting_seconds"]), "{state}: {told:?}");
    }
}

#[tokio::test]
async fn the_number_of_queries_does_not_depend_on_the_history() {
    let world = World::new().await;
    let queries = async || {
        let before = world.inventory.queries();
        read(&world).await;
        world.inventory.queries() - before
    };
    let empty = queries().await;
    for _ in 0..5 {
        have(&world, &["A,1"]).await;
    }
    assert_eq!(queries().await, empty);
}

#[tokio::test]
async fn anybody_may_read_them_unless_tokens_are_asked_for() {
    let open = World::new().await;
    let closed = open.with_settings(Settings { metrics: MetricsAccess::Tokens, ..Settings::default() });
    assert_eq!(asked(&open, None).await.0, 200);
    for refused in [None, Some("Token 00000000000000000000000000000000deadbeef")] {
        let (status, text) = asked(&closed, refused).await;
        assert!(status == 403 && !text.contains("trueup_"), "{status} {text}");
    }
    assert_eq!(asked(&closed, Some(&open.authorization())).await.0, 200);
}
