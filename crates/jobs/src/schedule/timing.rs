use std::fmt;
use std::time::Duration;

use croner::Cron;
use croner::errors::CronError;
use croner::parser::{CronParser, Seconds, Year};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The shortest interval: a shorter one asks for the next run before anybody has looked for the last.
const LEAST: Duration = Duration::from_secs(10);
/// The longest: beyond that nobody waits for the next run.
const MOST: Duration = Duration::from_secs(366 * 24 * 3600);

/// When runs are due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Timing {
    /// At the times that a cron text names, of the clocks of a time zone. A time that the clocks leave out in spring counts
    /// as the first one after it; one that they come by twice in autumn counts once.
    Cron { cron: String, zone: String },
    /// Every so many seconds, counted from a start; what the clocks on the walls do does not matter.
    Every { seconds: u64, start: Timestamp },
}

/// Why a schedule cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimingError {
    #[error(
        "`{cron}` cannot be read: {reason}; give five fields, as in `30 2 * * mon-fri` for half past two on weekdays"
    )]
    Cron { cron: String, reason: String },
    #[error("`{cron}` names a time that never comes; look at its day and month")]
    Never { cron: String },
    #[error("there is no time zone `{zone}`; give a name as in `Europe/Berlin`, or `UTC`")]
    Zone { zone: String },
    #[error("`{every}` is no span of time; give it as in `15m`, `1h 30m` or `24h`")]
    Span { every: String },
    #[error("{every} is too short; the shortest interval is 10 s")]
    TooShort { every: String },
    #[error("{every} is too long; the longest interval is 8784h, a year")]
    TooLong { every: String },
    #[error("`{start}` is no time; give it as in `2026-12-01T02:30:00Z`")]
    Start { start: String },
}

impl TimingError {
    /// What of a schedule it is about: `cron`, `zone`, `every` or `start`.
    pub const fn about(&self) -> &'static str {
        match self {
            Self::Cron { .. } | Self::Never { .. } => "cron",
            Self::Zone { .. } => "zone",
            Self::Span { .. } | Self::TooShort { .. } | Self::TooLong { .. } => "every",
            Self::Start { .. } => "start",
        }
    }
}

impl Timing {
    /// # Errors
    /// The text cannot be read, there is no such zone, or no such time ever comes after `now`.
    pub fn cron(cron: &str, zone: &str, now: Timestamp) -> Result<Self, TimingError> {
        let timing = Self::Cron { cron: cron.trim().to_owned(), zone: zone.to_owned() };
        timing.next_after(now)?;
        Ok(timing)
    }

    /// `every` is a span as people write it; `start` a time, or now.
    ///
    /// # Errors
    /// One of them cannot be read, or the span is too short or too long.
    pub fn every(every: &str, start: Option<&str>, now: Timestamp) -> Result<Self, TimingError> {
        let span: SignedDuration = every.parse().map_err(|_| TimingError::Span { every: every.to_owned() })?;
        let span = Duration::try_from(span).map_err(|_| TimingError::Span { every: every.to_owned() })?;
        if span < LEAST {
            return Err(TimingError::TooShort { every: every.to_owned() });
        }
        if span > MOST {
            return Err(TimingError::TooLong { every: every.to_owned() });
        }
        let read = |start: &str| start.parse().map_err(|_| TimingError::Start { start: start.to_owned() });
        let start = start.map_or(Ok(now), read)?;
        Ok(Self::Every { seconds: span.as_secs(), start })
    }

    /// The first time that is due after another one.
    ///
    /// # Errors
    /// What is stored cannot be read, or no such time ever comes.
    pub fn next_after(&self, after: Timestamp) -> Result<Timestamp, TimingError> {
        match self {
            Self::Cron { cron, zone } => {
                let pattern = parse(cron)?;
                let zone = TimeZone::get(zone).map_err(|_| TimingError::Zone { zone: zone.clone() })?;
                let next = pattern.find_next_occurrence(&after.to_zoned(zone), false);
                next.map(|next| next.timestamp()).map_err(|_| TimingError::Never { cron: cron.clone() })
            }
            Self::Every { seconds, start } => {
                let (seconds, start) = (i64::try_from(*seconds).unwrap_or(i64::MAX).max(1), *start);
                let passed = after.as_second() - start.as_second();
                let turns = if after < start { 0 } else { passed / seconds + 1 };
                let next = turns.checked_mul(seconds).and_then(|ahead| start.as_second().checked_add(ahead));
                let next = next.and_then(|next| Timestamp::new(next, start.subsec_nanosecond()).ok());
                next.ok_or_else(|| TimingError::TooLong { every: format!("{seconds} s") })
            }
        }
    }

    /// The times that are due after another one, as far as there are any and they can be told.
    pub fn upcoming(&self, after: Timestamp) -> impl Iterator<Item = Timestamp> {
        std::iter::successors(self.next_after(after).ok(), |time| self.next_after(*time).ok())
    }

    /// How a time is shown to those who wrote this.
    pub fn shown(&self, time: Timestamp) -> String {
        match self {
            Self::Cron { zone, .. } => match TimeZone::get(zone) {
                Ok(zone) => time.to_zoned(zone).to_string(),
                Err(_) => time.to_string(),
            },
            Self::Every { .. } => time.to_string(),
        }
    }
}

fn parse(cron: &str) -> Result<Cron, TimingError> {
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    parser.parse(cron).map_err(|error| {
        let reason = match error {
            CronError::EmptyPattern => "it is empty".to_owned(),
            CronError::InvalidPattern(said) | CronError::IllegalCharacters(said) | CronError::ComponentError(said) => {
                said
            }
            other => other.to_string(),
        };
        TimingError::Cron { cron: cron.to_owned(), reason: reason.trim_end_matches('.').to_owned() }
    })
}

impl fmt::Display for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cron { cron, zone } => write!(f, "{cron} ({zone})"),
            Self::Every { seconds, .. } => {
                let span = SignedDuration::from_secs(i64::try_from(*seconds).unwrap_or(i64::MAX));
                write!(f, "every {span:#}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    fn upcoming(cron: &str, zone: &str, after: &str, many: usize) -> Vec<String> {
        let timing = Timing::cron(cron, zone, at(after)).unwrap();
        timing.upcoming(at(after)).take(many).map(|time| timing.shown(time)).collect()
    }

    #[test]
    fn a_time_that_the_clocks_leave_out_comes_right_after() {
        // In Berlin, 2026-03-29 has no 02:30: clocks go from 02:00 to 03:00.
        assert_eq!(
            upcoming("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", 3),
            [
                "2026-03-28T02:30:00+01:00[Europe/Berlin]",
                "2026-03-29T03:00:00+02:00[Europe/Berlin]",
                "2026-03-30T02:30:00+02:00[Europe/Berlin]"
            ]
        );
    }

    #[test]
    fn a_time_that_the_clocks_come_by_twice_counts_once() {
        // In Berlin, 2026-10-25 has two 02:30.
        assert_eq!(
            upcoming("30 2 * * *", "Europe/Berlin", "2026-10-24T00:00:00Z", 3),
            [
                "2026-10-24T02:30:00+02:00[Europe/Berlin]",
                "2026-10-25T02:30:00+02:00[Europe/Berlin]",
                "2026-10-26T02:30:00+01:00[Europe/Berlin]"
            ]
        );
    }

    #[test]
    fn every_quarter_of_an_hour_is_that_also_when_the_clocks_change() {
        for (day, first) in [("2026-03-29T00:50:00Z", "01:00"), ("2026-10-25T00:50:00Z", "01:00")] {
            let timing = Timing::cron("*/15 * * * *", "Europe/Berlin", at(day)).unwrap();
            let times: Vec<_> = timing.upcoming(at(day)).take(8).collect();
            assert!(times[0].to_string().contains(first), "{times:?}");
            for pair in times.windows(2) {
                assert_eq!(pair[1].as_second() - pair[0].as_second(), 15 * 60, "{times:?}");
            }
        }
    }

    #[test]
    fn days_that_are_rare_come() {
        assert_eq!(upcoming("0 0 29 2 *", "UTC", "2026-03-01T00:00:00Z", 1), ["2028-02-29T00:00:00+00:00[UTC]"]);
        assert_eq!(upcoming("0 6 * * mon", "UTC", "2026-11-28T00:00:00Z", 1), ["2026-11-30T06:00:00+00:00[UTC]"]);
    }

    #[test]
    fn what_cannot_be_says_what_is_wrong() {
        let now = at("2026-11-28T10:00:00Z");
        let cron = |cron, zone| Timing::cron(cron, zone, now).unwrap_err().to_string();
        let every = |every, start| Timing::every(every, start, now).unwrap_err().to_string();
        for (said, part) in [
            (cron("0 0 31 2 *", "UTC"), "names a time that never comes"),
            (cron("61 * * * *", "UTC"), "`61 * * * *` cannot be read"),
            (cron("* * * *", "UTC"), "cannot be read"),
            (cron("0 0 0 * * *", "UTC"), "cannot be read"),
            (cron("", "UTC"), "it is empty"),
            (cron("whenever", "UTC"), "cannot be read"),
            (cron("0 0 * * *", "Europe/Bärlin"), "no time zone `Europe/Bärlin`"),
            (cron("0 0 * * *", ""), "no time zone ``"),
            (every("0s", None), "0s is too short"),
            (every("-5m", None), "is no span of time"),
            (every("9s", None), "is too short"),
            (every("20000h", None), "is too long"),
            (every("soon", None), "`soon` is no span of time"),
            (every("1 month", None), "is no span of time"),
            (every("15m", Some("tomorrow")), "`tomorrow` is no time"),
        ] {
            assert!(said.contains(part), "{said}");
        }
    }

    #[test]
    fn intervals_are_counted_from_their_start_and_not_from_the_last_run() {
        let now = at("2026-11-28T10:00:00Z");
        let timing = Timing::every("15m", Some("2026-11-28T00:05:00Z"), now).unwrap();
        assert_eq!(timing.next_after(now).unwrap(), at("2026-11-28T10:05:00Z"));
        assert_eq!(timing.next_after(at("2026-11-28T10:05:00Z")).unwrap(), at("2026-11-28T10:20:00Z"));
        assert_eq!(timing.next_after(at("2026-11-28T10:19:59.999Z")).unwrap(), at("2026-11-28T10:20:00Z"));
        assert_eq!(
            timing.next_after(at("2020-01-01T00:00:00Z")).unwrap(),
            at("2026-11-28T00:05:00Z"),
            "not before its start"
        );
        assert_eq!(timing.to_string(), "every 15m");
        assert_eq!(Timing::every("1h 30m", None, now).unwrap().next_after(now).unwrap(), at("2026-11-28T11:30:00Z"));
    }

    #[test]
    fn what_is_stored_is_read_again() {
        let now = at("2026-11-28T10:00:00Z");
        for timing in
            [Timing::cron("30 2 * * *", "Europe/Berlin", now).unwrap(), Timing::every("15m", None, now).unwrap()]
        {
            let json = serde_json::to_string(&timing).unwrap();
            assert_eq!(serde_json::from_str::<Timing>(&json).unwrap(), timing, "{json}");
        }
    }
}
