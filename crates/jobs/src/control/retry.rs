use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use serde::{Deserialize, Serialize};

/// How often something is tried that fails by what may pass: a system that is away, or too slow. What is refused is not tried
/// again.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retry {
    /// With the first one.
    pub attempts: u32,
    /// Before the second attempt; about so long, so that not all who wait come back at once.
    #[serde(with = "super::seconds")]
    pub pause: Duration,
    /// By which the pause grows from attempt to attempt.
    pub factor: f32,
    /// The longest pause.
    #[serde(with = "super::seconds")]
    pub most: Duration,
}

impl Retry {
    /// Once, and no more.
    pub const NONE: Self = Self { attempts: 1, ..Self::USUAL };

    const USUAL: Self = Self { attempts: 3, pause: Duration::from_secs(1), factor: 2.0, most: Duration::from_secs(60) };

    /// The pauses between the attempts, as many as there are attempts to come.
    pub fn pauses(&self) -> impl Iterator<Item = Duration> + use<> {
        let Self { attempts, pause, factor, most } = *self;
        let growing = ExponentialBuilder::new().with_min_delay(pause).with_factor(factor).with_max_delay(most);
        let times = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
        growing.with_max_times(times).with_jitter().build().map(move |pause| pause.min(most))
    }

    pub(super) fn problems(&self) -> Vec<String> {
        let Self { attempts, pause, factor, most } = self;
        let mut problems = Vec::new();
        if *attempts == 0 {
            problems.push("retry.attempts: 0 are no attempts; 1 is to try once".to_owned());
        }
        if !(1.0..=100.0).contains(factor) {
            problems.push(format!("retry.factor: {factor} is no number from 1 to 100"));
        }
        if pause > most {
            let (pause, most) = (pause.as_secs_f64(), most.as_secs_f64());
            problems.push(format!("retry.pause: {pause} s are longer than retry.most, {most} s; make it shorter"));
        }
        problems
    }
}

/// What is left out of a policy that is there.
impl Default for Retry {
    fn default() -> Self {
        Self::USUAL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_the_longest_and_are_not_all_alike() {
        let retry = Retry { attempts: 6, pause: Duration::from_secs(1), factor: 3.0, most: Duration::from_secs(12) };
        let bounds = [(1, 2), (3, 6), (9, 12), (12, 12), (12, 12)];
        let mut all = Vec::new();
        for _ in 0..50 {
            let pauses: Vec<Duration> = retry.pauses().collect();
            assert_eq!(pauses.len(), bounds.len());
            for (pause, (least, most)) in pauses.iter().zip(bounds) {
                assert!((Duration::from_secs(least)..=Duration::from_secs(most)).contains(pause), "{pauses:?}");
            }
            all.push(pauses[0]);
        }
        all.dedup();
        assert!(all.len() > 1, "who waits does not come back with all others");
        assert_eq!(Retry::NONE.pauses().count(), 0);
        assert_eq!(Retry { attempts: 0, ..retry }.pauses().count(), 0);
    }
}
