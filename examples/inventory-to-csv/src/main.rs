//! The VLANs of the inventory, kept in a CSV file.

mod job;
mod table;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

fn main() -> ExitCode {
    trueup::app().job(job::InventoryToCsv).run()
}
