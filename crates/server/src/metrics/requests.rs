use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::{Method, StatusCode};

use super::exposition::Exposition;

/// Up to how many seconds the answers of a bucket took.
const BUCKETS: [f64; 8] = [0.005, 0.025, 0.1, 0.25, 1.0, 2.5, 10.0, 60.0];

/// The requests that this process has answered.
#[derive(Debug, Default)]
pub struct Requests(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    answered: BTreeMap<(&'static str, u16), u64>,
    /// Those that took no longer than each bucket says, and longer than the one before.
    buckets: [u64; BUCKETS.len()],
    seconds: f64,
}

impl Requests {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn answered(&self, method: &Method, status: StatusCode, took: Duration) {
        let seconds = took.as_secs_f64();
        let mut counts = self.counts();
        *counts.answered.entry((name(method), status.as_u16())).or_default() += 1;
        if let Some(bucket) = BUCKETS.iter().position(|most| seconds <= *most) {
            counts.buckets[bucket] += 1;
        }
        counts.seconds += seconds;
    }

    pub fn expose(&self, exposition: &mut Exposition) {
        let counts = self.counts();
        let mut metric = exposition
            .counter("trueup_http_requests_total", "Requests that this process has answered, by method and status.");
        for ((method, status), count) in &counts.answered {
            metric.sample(&[("method", method), ("status", &status.to_string())], *count as f64);
        }
        let help = "How long answers took up to their beginning, in seconds.";
        let mut metric = exposition.histogram("trueup_http_request_duration_seconds", help);
        let mut up_to = 0;
        for (most, count) in BUCKETS.iter().zip(counts.buckets) {
            up_to += count;
            metric.part("_bucket", &[("le", &most.to_string())], up_to as f64);
        }
        let all = counts.answered.values().sum::<u64>() as f64;
        metric.part("_bucket", &[("le", "+Inf")], all);
        metric.part("_sum", &[], counts.seconds);
        metric.part("_count", &[], all);
    }
}

/// The methods that there are; a client may send any word, and each would be one more series for good.
fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}
