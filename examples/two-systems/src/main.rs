//! Names of hosts from one system in another; neither is the inventory.

mod job;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

fn main() -> ExitCode {
    trueup::app().job(job::TwoSystems).run()
}
