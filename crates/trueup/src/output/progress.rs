use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use trueup_jobs::run::Event;

/// Progress of a run, drawn on the terminal; nothing when nobody watches.
#[derive(Debug)]
pub struct Bars {
    bar: Option<Mutex<ProgressBar>>,
}

impl Bars {
    pub(super) fn new(visible: bool) -> Self {
        Self { bar: visible.then(|| Mutex::new(ProgressBar::hidden())) }
    }

    pub fn watch(&self, event: Event) {
        let Some(bar) = &self.bar else { return };
        let Ok(mut bar) = bar.lock() else { return };
        match event {
            Event::Began(phase) => {
                *bar = ProgressBar::new_spinner().with_message(phase.as_str());
                bar.set_style(spinner());
                bar.enable_steady_tick(Duration::from_millis(100));
            }
            Event::Loading { phase, records, share } => {
                let share = share.map(|share| format!(" ({:.0} %)", 100.0 * share)).unwrap_or_default();
                bar.set_message(format!("{}: {records} records{share}", phase.as_str()));
            }
            Event::Waiting { phase, attempt, seconds } => {
                bar.set_message(format!("{}: attempt {attempt} failed; the next in {seconds:.1} s", phase.as_str()));
            }
            Event::Applying { done, total } => {
                bar.set_style(steps());
                bar.set_length(total);
                bar.set_position(done);
            }
            Event::Ended(..) => bar.finish_and_clear(),
        }
    }
}

fn spinner() -> ProgressStyle {
    ProgressStyle::with_template("  {spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn steps() -> ProgressStyle {
    ProgressStyle::with_template("  {bar:30} {pos}/{len} steps, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
