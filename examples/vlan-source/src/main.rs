//! VLANs from a CSV file into the inventory.

mod job;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

fn main() -> ExitCode {
    trueup::app().job(job::VlanSource).run()
}
