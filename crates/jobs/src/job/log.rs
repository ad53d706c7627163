use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::store::now;

/// What a run says while it goes, line by line. It is kept with the sync: every few seconds, and at the end.
///
/// Cheap to clone; clones write into the same log. Never put a secret into it.
#[derive(Clone)]
pub struct JobLog {
    lines: Arc<Mutex<Lines>>,
    grouping: Arc<str>,
}

/// How much a line matters, in the words of Nautobot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogLevel {
    Debug,
    Info,
    Success,
    Warning,
    /// A record was refused; the run goes on.
    Failure,
    Error,
    Critical,
}

impl LogLevel {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Failure => "failure",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogLine {
    /// Microseconds since 1970.
    pub(crate) at: i64,
    pub(crate) level: LogLevel,
    /// The part of the run that it belongs to.
    pub(crate) grouping: Arc<str>,
    pub(crate) message: String,
    /// What it is about, for people.
    pub(crate) about: String,
}

/// Lines that were not stored yet.
#[derive(Default)]
struct Lines {
    waiting: Vec<LogLine>,
    said: usize,
}

/// So many lines of one run are kept.
const MOST_LINES: usize = 10_000;
/// So many bytes of one line, and of what it is about.
const LONGEST: usize = 10_000;

impl Default for JobLog {
    fn default() -> Self {
        Self { lines: Arc::default(), grouping: Arc::from("main") }
    }
}

impl JobLog {
    /// The same log, whose lines belong to another part of the run.
    #[must_use]
    pub fn grouped(&self, grouping: &str) -> Self {
        Self { lines: Arc::clone(&self.lines), grouping: Arc::from(grouping) }
    }

    pub fn debug(&self, message: impl Into<String>) {
        self.say(LogLevel::Debug, message, "");
    }

    pub fn info(&self, message: impl Into<String>) {
        self.say(LogLevel::Info, message, "");
    }

    pub fn success(&self, message: impl Into<String>) {
        self.say(LogLevel::Success, message, "");
    }

    pub fn warning(&self, message: impl Into<String>) {
        self.say(LogLevel::Warning, message, "");
    }

    pub fn failure(&self, message: impl Into<String>) {
        self.say(LogLevel::Failure, message, "");
    }

    pub fn error(&self, message: impl Into<String>) {
        self.say(LogLevel::Error, message, "");
    }

    pub fn critical(&self, message: impl Into<String>) {
        self.say(LogLevel::Critical, message, "");
    }

    /// A line about something that it names. What is too long is cut; of one run, the first 10,000 lines are kept.
    pub fn say(&self, level: LogLevel, message: impl Into<String>, about: impl Into<String>) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.said += 1;
        let (level, message) = match lines.said {
            ..=MOST_LINES => (level, message.into()),
            said if said == MOST_LINES + 1 => {
                (LogLevel::Warning, format!("the run says more than {MOST_LINES} lines; the rest is not kept"))
            }
            _ => return,
        };
        let (message, about) = (short(message), short(about.into()));
        let line = LogLine { at: now(), level, grouping: Arc::clone(&self.grouping), message, about };
        lines.waiting.push(line);
    }

    /// The lines that wait to be stored, which wait no more.
    pub(crate) fn take(&self) -> Vec<LogLine> {
        std::mem::take(&mut self.lines.lock().unwrap_or_else(PoisonError::into_inner).waiting)
    }
}

/// As much of a text as is kept.
fn short(mut text: String) -> String {
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST));
        text.push('…');
    }
    text
}

impl fmt::Debug for JobLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobLog").field("grouping", &self.grouping).finish_non_exhaustive()
    }
}
