//! The engine from outside: its laws as property tests over random worlds, and tables for what each part promises.

mod apply_laws;
mod check;
mod diff_laws;
mod encoding_page;
mod kinds;
mod plan_laws;
mod plans;
mod rights;
mod rights_laws;
mod scale;
mod scope;
mod scope_laws;
mod select_laws;
mod snapshot;
mod strict;
mod text;
mod value_laws;
mod values;
mod world;
