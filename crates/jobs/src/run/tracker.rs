use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Event;
use crate::store::{PhaseProgress, Progress, StepProgress};

/// How far a run is, kept for whoever asks.
#[derive(Debug, Default)]
pub(super) struct Tracker(Mutex<Tracked>);

#[derive(Debug, Default)]
struct Tracked {
    progress: Progress,
    /// Since it was last taken.
    changed: bool,
}

impl Tracker {
    /// Of a run that goes on where an earlier attempt was.
    pub(super) fn after(progress: Progress) -> Self {
        let progress = Progress { phases: Vec::new(), ..progress };
        Self(Mutex::new(Tracked { progress, changed: false }))
    }

    fn tracked(&self) -> MutexGuard<'_, Tracked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn note(&self, event: Event) {
        let mut tracked = self.tracked();
        let Progress { phases, steps, outcomes } = &mut tracked.progress;
        match event {
            Event::Began(phase) => {
                phases.push(PhaseProgress { phase: phase.name().to_owned(), records: None, share: None });
            }
            Event::Loading { phase, records, share } => {
                if let Some(loading) = phases.iter_mut().find(|loading| loading.phase == phase.name()) {
                    (loading.records, loading.share) = (Some(records), share);
                }
            }
            Event::Applying { done, total, outcomes: so_far } => {
                *steps = Some(StepProgress { done, total });
                *outcomes = so_far;
            }
            Event::Waiting { .. } => {}
            Event::Ended(phase, _) => phases.retain(|ended| ended.phase != phase.name()),
        }
        tracked.changed = true;
    }

    /// How far it is, when that has changed since it was last asked.
    pub(super) fn news(&self) -> Option<Progress> {
        let mut tracked = self.tracked();
        std::mem::take(&mut tracked.changed).then(|| tracked.progress.clone())
    }

    /// How far it is.
    pub(super) fn now(&self) -> Progress {
        self.tracked().progress.clone()
    }
}
