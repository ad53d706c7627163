//! What the program prints: text for people on a terminal, plain text when piped, JSON when asked for.
//!
//! Results go to standard output, everything else to standard error. Colours follow NO_COLOR and the terminal.

mod costs;
mod hint;
mod progress;
mod report;
mod steps;
mod table;

use std::io::{IsTerminal, Write};

use owo_colors::OwoColorize;
use serde::Serialize;

pub use costs::{print_costs, print_measured};
pub use hint::{hint, not_on_path};
pub use progress::{Progress, print_progress};
pub use report::{one_line, print_findings, print_outcome, print_pulled_in, print_report};
pub use steps::print_step;
pub use table::table;

use crate::exit::Exit;

/// Where and how to print.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    json: bool,
}

impl Output {
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    pub fn is_json(self) -> bool {
        self.json
    }

    /// One line of text for people; nothing when JSON was asked for.
    pub fn say(self, text: impl AsRef<str>) {
        if !self.json {
            line(text.as_ref());
        }
    }

    /// One line about something that is wrong and keeps nothing from going on.
    pub fn warn(self, text: impl AsRef<str>) {
        let mut stderr = anstream::stderr().lock();
        // Nothing is left to tell when even this cannot be written.
        let _written = writeln!(stderr, "{} {}", "warning:".yellow().bold(), text.as_ref());
    }

    /// A heading in the text for people.
    pub fn heading(self, text: &str) {
        self.say(format!("\n{}", text.bold()));
    }

    /// One line of JSON; nothing when text was asked for.
    pub fn json(self, value: &impl Serialize) -> anyhow::Result<()> {
        if self.json { self.json_line(value) } else { Ok(()) }
    }

    /// One line of JSON, whatever was asked for.
    pub fn json_line(self, value: &impl Serialize) -> anyhow::Result<()> {
        line(&serde_json::to_string(value)?);
        Ok(())
    }

    /// Progress on standard error: drawn when that is a terminal, else a line from time to time; nothing beside JSON.
    pub fn progress(self) -> Progress {
        match (self.json, std::io::stderr().is_terminal()) {
            (true, _) => Progress::nothing(),
            (false, true) => Progress::drawn(),
            (false, false) => Progress::told(|line| anstream::eprintln!("{line}")),
        }
    }

    /// Tells an error with its causes and what exit code it means.
    pub fn error(self, error: &anyhow::Error) -> Exit {
        let exit = Exit::of(error);
        let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
        let mut stderr = anstream::stderr().lock();
        // Nothing is left to tell when even this cannot be written.
        let _written = if self.json {
            let json = serde_json::json!({"error": causes[0], "causes": &causes[1..]});
            writeln!(stderr, "{json}")
        } else {
            let causes: String = causes[1..].iter().map(|cause| format!("\n  because: {cause}")).collect();
            writeln!(stderr, "{} {}{causes}", "error:".red().bold(), error)
        };
        exit
    }
}

/// Writes a line to standard output; a reader that has gone away ends the program quietly, as for any other tool.
fn line(text: &str) {
    let mut stdout = anstream::stdout().lock();
    if writeln!(stdout, "{text}").is_err() {
        std::process::exit(0);
    }
}
