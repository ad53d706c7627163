//! A worker: finishes what others left, then does what is asked for, one sync after the other.

use std::time::Duration;

use crate::JobError;
use crate::run::{Ended, Runner, Watch};
use crate::store::{SyncId, Unable};

/// Between two looks when there is nothing to do.
const PAUSE: Duration = Duration::from_millis(500);

/// What a worker tells whoever started it.
#[derive(Debug)]
pub enum News<'n> {
    /// A sync, and how it ended.
    Ended(&'n Ended),
    /// A sync that waits for a job that this program does not have, or has in another version, and why it was not taken.
    /// Told once.
    Unable(&'n Unable, &'n str),
    /// The database is away. Told once; then it is waited for.
    Away(&'n JobError),
}

/// Works until `stop` is done; then it lets go, wherever it is. That is as safe as being killed: what it was at is finished
/// by the next worker.
pub async fn work(
    runner: &Runner,
    stop: impl Future<Output = ()>,
    watch: &Watch<'_>,
    tell: &(dyn Fn(News<'_>) + Sync),
) {
    let mut stop = std::pin::pin!(stop);
    let mut told = false;
    // The last sync of which it was told that this program cannot do it.
    let mut unable = SyncId(0);
    loop {
        let looked = tokio::select! {
            biased;
            () = &mut stop => return,
            looked = turn(runner, watch, tell, &mut unable) => looked,
        };
        match looked {
            Ok(Look::Busy) => {
                told = false;
                continue;
            }
            Ok(Look::Idle) => told = false,
            Err(error) if !std::mem::replace(&mut told, true) => tell(News::Away(&error)),
            Err(_) => {}
        }
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// What a look found: something that came to its end, or nothing.
enum Look {
    Busy,
    Idle,
}

async fn turn(
    runner: &Runner,
    watch: &Watch<'_>,
    tell: &(dyn Fn(News<'_>) + Sync),
    unable: &mut SyncId,
) -> Result<Look, JobError> {
    let mut all = runner.recover(watch).await?;
    all.extend(runner.next(watch).await?);
    all.iter().for_each(|ended| tell(News::Ended(ended)));
    if all.iter().any(|(_, ended)| ended.is_ok()) {
        return Ok(Look::Busy);
    }
    for (one, why) in runner.unable(*unable).await? {
        tell(News::Unable(&one, &why));
        *unable = one.sync;
    }
    Ok(Look::Idle)
}
