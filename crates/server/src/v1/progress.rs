//! `/api/v1/syncs/{id}/progress/`: how far a sync is, told until it has ended. It is read from the sync's row, so that it does
//! not matter which program runs the sync.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde_json::{Value as Json, json};
use trueup_jobs::store::{Store, SyncProgress};

use super::ask::Ask;
use super::openapi::object;
use super::problem::Problem;
use super::syncs;
use crate::streams::Place;

/// Between two looks at the row; it is written at most once a second.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);
/// Between two signs of life when there is nothing to tell; they also find out that nobody listens any more.
const SILENCE: Duration = Duration::from_secs(15);
/// After that a client has to come again.
const LONGEST: Duration = Duration::from_secs(3_600);

pub async fn progress(ask: &Ask) -> Result<Response, Problem> {
    syncs::may_view(ask)?;
    let id = syncs::id(ask)?;
    let store = ask.app.runner.store().clone();
    let now = store.progress(id).await?;
    let place = ask.app.streams.enter();
    let place = place.ok_or_else(|| Problem::too_many_streams(ask.app.settings.max_streams))?;
    let follow = Follow { store, place, now, until: Instant::now() + LONGEST };
    let events = stream::unfold(Next::Tell(follow), |next| async move {
        match next {
            Next::Tell(follow) => Some(follow.told()),
            Next::Wait(follow) => follow.changed().await.map(Follow::told),
            Next::Nothing => None,
        }
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(SILENCE)).into_response())
}

/// One client that follows one sync.
struct Follow {
    store: Store,
    /// Given back when the client is gone.
    place: Place,
    now: SyncProgress,
    until: Instant,
}

/// What a stream does next.
enum Next {
    Tell(Follow),
    Wait(Follow),
    Nothing,
}

impl Follow {
    fn told(self) -> (Result<Event, Infallible>, Next) {
        let ended = !self.now.status.goes_on();
        let event = Event::default().event(if ended { "ended" } else { "progress" }).data(json!(self.now).to_string());
        (Ok(event), if ended { Next::Nothing } else { Next::Wait(self) })
    }

    /// Waits for news; `None` when there is no more to be told here.
    async fn changed(mut self) -> Option<Self> {
        let mut is_away = false;
        while Instant::now() < self.until {
            tokio::select! {
                () = self.place.closing() => return None,
                () = tokio::time::sleep(BETWEEN_LOOKS) => {}
            }
            // A database that is away may come back.
            match self.store.progress(self.now.sync).await {
                Ok(now) if now != self.now => return Some(Self { now, ..self }),
                Ok(_) => is_away = false,
                Err(_) if is_away => {}
                Err(error) => {
                    is_away = true;
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "no progress can be read; it is tried again"
                    );
                }
            }
        }
        None
    }
}

/// Of the data of an event.
pub fn schema() -> Json {
    let status = json!({ "type": "string", "enum": syncs::STATUSES });
    let keys = [("sync", syncs::number()), ("status", status)].into_iter().chain(syncs::progress_keys());
    object(&keys.collect::<Vec<_>>())
}
