//! One binary of integration tests: what the project as a whole must hold, and the real program on whole paths.

#![expect(clippy::print_stdout, reason = "tests print the numbers that they judge")]

mod bad_input;
mod costs;
mod demo;
mod dependencies;
mod diff;
mod files;
mod guide;
mod layering;
mod library;
mod new_job;
mod program;
mod queue;
mod run;
mod schedule;
mod tree;
mod workspace;
