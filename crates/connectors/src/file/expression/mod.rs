//! Expressions of a mapping: MiniJinja, with what data needs and pages do not.
//!
//! Differences to MiniJinja: texts, lists and mappings have Python's methods, as in Jinja2
//! (`row.name.startswith("sw")`); and nothing stays nothing. A field of something undefined is undefined rather than an
//! error, and methods and the filters of one value (`trim`, `upper`, `lower`, `title`, `capitalize`, `replace`, `round`,
//! `abs`) leave null and undefined alone instead of making the text `none` of them or failing.

mod context;
mod filters;
mod value;

pub(super) use context::{Context, FileContext, NAMES};
pub(super) use value::{NoValue, to_value};

use minijinja::{Environment, State, UndefinedBehavior, Value};
use minijinja_contrib::pycompat::unknown_method_callback;

/// Steps that one evaluation may take. An expression takes tens; this stops one that would not end.
const FUEL: u64 = 100_000;

/// An environment for expressions over rows.
pub(super) fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_fuel(Some(FUEL));
    environment.set_debug(false);
    environment.set_unknown_method_callback(method);
    filters::add(&mut environment);
    environment
}

/// An environment for templates of settings, in which a name that is not known is an error.
pub(super) fn strict_environment() -> Environment<'static> {
    let mut environment = environment();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment
}

/// Python's methods; those of nothing give nothing.
fn method(
    state: &mut State<'_, '_>,
    value: &Value,
    name: &str,
    arguments: &[Value],
) -> Result<Value, minijinja::Error> {
    if value.is_none() || value.is_undefined() {
        return Ok(Value::UNDEFINED);
    }
    unknown_method_callback(state, value, name, arguments)
}
