//! Regions within regions, with sites and their locations: a tree of 7,033 records that a sync reads with one joined query.

mod job;
#[cfg(test)]
mod tests;
mod tree;

use std::process::ExitCode;

fn main() -> ExitCode {
    trueup::app().job(job::NestedRegions).run()
}
