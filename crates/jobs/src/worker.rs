//! A worker: finishes what others left, then does what is asked for, one sync after the other.

use std::time::Duration;

use crate::JobError;
use crate::run::{Ended, Runner, Watch};

/// Between two looks when there is nothing to do.
const PAUSE: Duration = Duration::from_millis(500);

/// Works until `stop` is done; then it lets go, wherever it is. That is as safe as being killed: what it was at is finished
/// by the next worker. How each sync ended is told to `ended`; a database that is away is told once to `away`, and waited
/// for.
pub async fn work(
    runner: &Runner,
    stop: impl Future<Output = ()>,
    watch: &Watch<'_>,
    ended: &(dyn Fn(&Ended) + Sync),
    away: &(dyn Fn(&JobError) + Sync),
) {
    let mut stop = std::pin::pin!(stop);
    let mut told = false;
    loop {
        let looked = tokio::select! {
            biased;
            () = &mut stop => return,
            looked = turn(runner, watch, ended) => looked,
        };
        match looked {
            Ok(Look::Busy) => {
                told = false;
                continue;
            }
            Ok(Look::Idle) => told = false,
            Err(error) if !std::mem::replace(&mut told, true) => away(&error),
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

async fn turn(runner: &Runner, watch: &Watch<'_>, ended: &(dyn Fn(&Ended) + Sync)) -> Result<Look, JobError> {
    let mut all = runner.recover(watch).await?;
    all.extend(runner.next(watch).await?);
    all.iter().for_each(ended);
    Ok(if all.iter().any(|(_, ended)| ended.is_ok()) { Look::Busy } else { Look::Idle })
}
