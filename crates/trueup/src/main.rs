//! The `trueup` program: jobs from files, and no others.

use std::process::ExitCode;

fn main() -> ExitCode {
    trueup::app().run()
}
