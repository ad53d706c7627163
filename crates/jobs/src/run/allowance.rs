//! What may be asked of the systems that a program changes, whatever many of its syncs ask.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::control::Budget;

/// The systems that jobs of a program have a budget for, by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Systems(Arc<Mutex<HashMap<String, Arc<System>>>>);

impl Systems {
    pub(crate) fn allowance(&self, budget: Option<&Budget>) -> Allowance {
        let granted = budget.map(|budget| {
            let mut systems = lock(&self.0);
            (budget.clone(), Arc::clone(systems.entry(budget.system.clone()).or_default()))
        });
        Allowance { granted }
    }
}

/// What a job may ask of its target. Given to hooks, which ask before each request; a job without a budget never waits.
#[derive(Debug, Clone, Default)]
pub struct Allowance {
    granted: Option<(Budget, Arc<System>)>,
}

/// A request under way; it ends when this is dropped.
#[derive(Debug)]
#[must_use]
pub struct Request {
    system: Option<Arc<System>>,
}

#[derive(Debug, Default)]
struct System {
    batches: Mutex<Pace>,
    requests: Mutex<Pace>,
    under_way: Mutex<u32>,
    ended: Notify,
}

impl Allowance {
    /// Waits until a request may be sent.
    pub async fn request(&self) -> Request {
        let Some((budget, system)) = &self.granted else { return Request { system: None } };
        if let Some(most) = budget.concurrency {
            loop {
                let ended = system.ended.notified();
                {
                    let mut under_way = lock(&system.under_way);
                    if *under_way < most {
                        *under_way += 1;
                        break;
                    }
                }
                ended.await;
            }
        }
        // Held from here on, also by who is dropped while waiting for the turn.
        let request = Request { system: budget.concurrency.map(|_| Arc::clone(system)) };
        turn(&system.requests, budget.requests_per_second).await;
        request
    }

    /// Waits until a batch may be written.
    pub(super) async fn batch(&self) {
        if let Some((budget, system)) = &self.granted {
            turn(&system.batches, budget.batches_per_second).await;
        }
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        if let Some(system) = &self.system {
            *lock(&system.under_way) -= 1;
            system.ended.notify_waiters();
        }
    }
}

async fn turn(pace: &Mutex<Pace>, per_second: Option<f64>) {
    if let Some(per_second) = per_second {
        let turn = lock(pace).turn(Instant::now(), per_second);
        sleep_until(turn).await;
    }
}

/// Turns that come at even distances, and none at once for time that has passed unused.
#[derive(Debug, Default)]
struct Pace {
    next: Option<Instant>,
}

impl Pace {
    fn turn(&mut self, now: Instant, per_second: f64) -> Instant {
        let turn = self.next.map_or(now, |next| next.max(now));
        self.next = Some(turn + Duration::from_secs_f64(1.0 / per_second));
        turn
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_keep_their_distance_and_are_not_saved_up() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut pace = Pace::default();
        // Asked at, and given at, in milliseconds; four a second.
        for (asked, given) in [(0, 0), (0, 250), (10, 500), (600, 750), (2_000, 2_000), (2_000, 2_250)] {
            assert_eq!(pace.turn(at(asked), 4.0), at(given), "asked at {asked}");
        }
    }

    #[tokio::test]
    async fn so_many_requests_are_under_way_and_no_more() {
        let systems = Systems::default();
        let budget = Budget::of("nms").concurrency(2);
        let (one, other) = (systems.allowance(Some(&budget)), systems.allowance(Some(&budget)));
        let elsewhere = systems.allowance(Some(&Budget::of("other").concurrency(1)));
        let first = one.request().await;
        let _second = other.request().await;
        let _third = elsewhere.request().await;
        let mut waits = Box::pin(one.request());
        assert!(at_once(&mut waits).await.is_none(), "two are under way");
        drop(first);
        let fourth = waits.await;
        assert!(at_once(&mut Box::pin(other.request())).await.is_none());
        drop(fourth);
        let _free = systems.allowance(None).request().await;
        let _fifth = other.request().await;
    }

    /// What a future gives at once.
    async fn at_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
        tokio::select! {
            biased;
            done = future => Some(done),
            () = std::future::ready(()) => None,
        }
    }
}
