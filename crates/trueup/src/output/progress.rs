use std::fmt;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, MultiProgress, ProgressBar, ProgressStyle};
use trueup_jobs::run::{Event, Phase, SyncCounts};
use trueup_jobs::store;

use super::{Output, costs, one_line};

/// Between two lines about one phase, where nothing can be drawn.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// Progress of a run: drawn on a terminal, told by a line from time to time elsewhere, or nothing.
pub struct Progress {
    how: How,
    under_way: Mutex<Vec<UnderWay>>,
}

enum How {
    Nothing,
    Drawn(MultiProgress),
    Told { line: Box<dyn Fn(&str) + Send + Sync>, every: Duration },
}

/// A phase that has begun and not ended.
struct UnderWay {
    phase: Phase,
    began: Instant,
    /// What was done already when it was first heard how much that is.
    from: Option<f64>,
    bar: ProgressBar,
    /// When a line was last told, and how many were.
    told: (Instant, usize),
}

impl Drop for UnderWay {
    /// Also when the run is broken off, and its phase never ends.
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress").finish_non_exhaustive()
    }
}

impl Progress {
    fn new(how: How) -> Self {
        Self { how, under_way: Mutex::default() }
    }

    pub fn nothing() -> Self {
        Self::new(How::Nothing)
    }

    pub fn drawn() -> Self {
        Self::new(How::Drawn(MultiProgress::new()))
    }

    /// `line` is given a line from time to time.
    pub fn told(line: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self::new(How::Told { line: Box::new(line), every: BETWEEN_LINES })
    }

    /// Forgets the phases that were under way, when their run is no more.
    pub fn clear(&self) {
        if let Ok(mut under_way) = self.under_way.lock() {
            under_way.clear();
        }
    }

    pub fn watch(&self, event: Event) {
        let Ok(mut under_way) = self.under_way.lock() else { return };
        match event {
            Event::Began(phase) => {
                // One that was broken off has not told its end.
                under_way.retain(|other| other.phase != phase);
                under_way.push(self.begin(phase));
            }
            Event::Loading { phase, records, share } => {
                self.show(&mut under_way, phase, &format!("{records} records"), share);
            }
            Event::Waiting { phase, attempt, seconds } => {
                let what = format!("attempt {attempt} failed; the next in {seconds:.1} s");
                self.show(&mut under_way, phase, &what, None);
            }
            Event::Applying { done, total, outcomes } => {
                let share = (total > 0).then(|| done as f64 / total as f64);
                self.show(&mut under_way, Phase::Apply, &steps(done, total, &outcomes), share);
            }
            Event::Ended(phase, seconds) => {
                let Some(place) = under_way.iter().position(|other| other.phase == phase) else { return };
                let ended = under_way.remove(place);
                if let How::Told { line, .. } = &self.how
                    && ended.told.1 > 0
                {
                    line(&format!("{}: done after {}", phase.as_str(), time(Duration::from_secs_f64(seconds))));
                }
            }
        }
    }

    fn begin(&self, phase: Phase) -> UnderWay {
        let bar = match &self.how {
            How::Drawn(bars) => {
                let bar = bars.add(ProgressBar::new_spinner().with_message(phase.as_str()));
                bar.set_style(style("  {spinner} {msg}"));
                bar.enable_steady_tick(Duration::from_millis(100));
                bar
            }
            How::Nothing | How::Told { .. } => ProgressBar::hidden(),
        };
        let began = Instant::now();
        UnderWay { phase, began, from: None, bar, told: (began, 0) }
    }

    /// `what` has been done of a phase, and which share that is, when that is known.
    fn show(&self, under_way: &mut [UnderWay], phase: Phase, what: &str, share: Option<f64>) {
        let Some(shown) = under_way.iter_mut().find(|other| other.phase == phase) else { return };
        let from = share.map(|share| *shown.from.get_or_insert(share));
        let text = || {
            let left = from.zip(share).and_then(|(from, share)| left(shown.began.elapsed(), from, share));
            let left = left.map(|left| format!(", about {} left", time(left))).unwrap_or_default();
            let share = share.map(|share| format!(" ({:.0} %)", 100.0 * share)).unwrap_or_default();
            format!("{}: {what}{share}{left}", phase.as_str())
        };
        match &self.how {
            How::Nothing => {}
            How::Drawn(_) => {
                if let Some(share) = share {
                    shown.bar.set_style(style("  {spinner} {bar:30} {msg}"));
                    shown.bar.set_length(1_000);
                    shown.bar.set_position((share * 1_000.0) as u64);
                }
                shown.bar.set_message(text());
            }
            How::Told { line, every } => {
                if shown.told.0.elapsed() >= *every {
                    line(&text());
                    shown.told = (Instant::now(), shown.told.1 + 1);
                }
            }
        }
    }
}

/// How far a sync was when whoever runs it noted it last.
pub fn print_progress(output: Output, progress: &store::Progress) {
    let store::Progress { phases, steps: noted, outcomes } = progress;
    for store::PhaseProgress { phase, records, share } in phases {
        let records = records.map(|records| format!(", {records} records")).unwrap_or_default();
        let share = share.map(|share| format!(" ({:.0} %)", 100.0 * share)).unwrap_or_default();
        output.say(format!("  at         {}{records}{share}", costs::phase(phase)));
    }
    if let Some(store::StepProgress { done, total }) = noted {
        output.say(format!("  steps      {}", steps(*done, *total, outcomes)));
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn steps(done: u64, total: u64, outcomes: &SyncCounts) -> String {
    // That all were applied is what one expects, and needs no words.
    if outcomes.not_applied() == 0 {
        return format!("{done} of {total} steps");
    }
    format!("{done} of {total} steps, {}", one_line(outcomes))
}

/// How long the rest takes at the pace so far; `None` while there is none.
fn left(elapsed: Duration, from: f64, share: f64) -> Option<Duration> {
    let done = share - from;
    let ratio = (1.0 - share).max(0.0) / done;
    (done > 0.0).then(|| Duration::try_from_secs_f64(elapsed.as_secs_f64() * ratio).ok()).flatten()
}

fn time(time: Duration) -> String {
    HumanDuration(Duration::from_secs(time.as_secs_f64().round() as u64)).to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn the_rest_is_reckoned_from_the_pace_so_far() {
        let seconds = |elapsed, from, share| left(Duration::from_secs(elapsed), from, share).map(|left| left.as_secs());
        assert_eq!(seconds(10, 0.0, 0.25), Some(30));
        // A resumed apply did not do the first half in this time.
        assert_eq!(seconds(10, 0.5, 0.75), Some(10));
        assert_eq!(seconds(10, 0.0, 1.0), Some(0));
        assert_eq!((seconds(10, 0.5, 0.5), seconds(10, 0.5, 0.4)), (None, None), "there is no pace yet");
    }

    #[test]
    fn lines_say_what_is_done_and_when_a_phase_that_was_told_of_ends() {
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let told = Arc::clone(&lines);
        let how = |every| How::Told {
            line: Box::new({
                let told = Arc::clone(&told);
                move |line: &str| told.lock().unwrap().push(line.to_owned())
            }),
            every,
        };
        let events = [
            Event::Began(Phase::LoadSource),
            Event::Began(Phase::LoadTarget),
            Event::Loading { phase: Phase::LoadTarget, records: 7_000, share: None },
            Event::Loading { phase: Phase::LoadSource, records: 500, share: Some(0.25) },
            Event::Ended(Phase::LoadTarget, 61.0),
            Event::Ended(Phase::LoadSource, 1.0),
            Event::Began(Phase::Diff),
            Event::Ended(Phase::Diff, 1.0),
            Event::Began(Phase::Apply),
            Event::Applying { done: 0, total: 4, outcomes: SyncCounts::default() },
            Event::Applying {
                done: 3,
                total: 4,
                outcomes: SyncCounts { created: 1, failed: 2, ..SyncCounts::default() },
            },
            Event::Ended(Phase::Apply, 2.0),
        ];
        let often = Progress::new(how(Duration::ZERO));
        events.into_iter().for_each(|event| often.watch(event));
        assert_eq!(
            std::mem::take(&mut *lines.lock().unwrap()),
            [
                "load target: 7000 records",
                "load source: 500 records (25 %)",
                "load target: done after 61 seconds",
                "load source: done after 1 second",
                "apply: 0 of 4 steps (0 %)",
                "apply: 3 of 4 steps, 1 created, 2 failed (75 %), about 0 seconds left",
                "apply: done after 2 seconds",
            ]
        );
        let seldom = Progress::new(how(Duration::from_secs(3_600)));
        events.into_iter().for_each(|event| seldom.watch(event));
        assert_eq!(*lines.lock().unwrap(), [""; 0], "a short run needs no lines");
    }
}
