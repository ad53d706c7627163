//! `#[derive(Model)]` as its users meet it.

mod declaration;
mod defaults;
mod foreign;
mod refused;
mod round_trip;
mod ui;
