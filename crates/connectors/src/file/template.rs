use std::collections::BTreeMap;

use minijinja::{ErrorKind, Value as Jinja};
use serde::Deserialize;
use serde_json::Value as Json;
use trueup_engine::Value;

use super::expression::{NoValue, strict_environment, to_value};
use super::node::Node;

/// A template of a setting that cannot be filled in.
#[derive(Debug, thiserror::Error)]
#[error("`{template}` cannot be filled in")]
pub struct TemplateError {
    pub template: String,
    #[source]
    pub source: Box<minijinja::Error>,
}

/// The values of a job's variables in their places: `{{ vars.site }}`.
///
/// # Errors
/// It is no template, or it names what is not there.
pub fn fill_in(template: &str, vars: &BTreeMap<String, Json>) -> Result<String, TemplateError> {
    strict_environment().render_str(template, context(vars)).map_err(failed(template))
}

/// As [`fill_in`]; a template that is one expression keeps the type of its value, so that a list of choices is a list.
///
/// # Errors
/// As there, or the value is none that a record can have.
pub fn fill_in_value(template: &str, vars: &BTreeMap<String, Json>) -> Result<Value, TemplateError> {
    let Some(expression) = lone_expression(template) else {
        return fill_in(template, vars).map(Value::Text);
    };
    let environment = strict_environment();
    let found = environment.compile_expression(expression).and_then(|expression| expression.eval(context(vars)));
    let found = found.map_err(failed(template))?;
    if found.is_undefined() {
        return Err(failed(template)(ErrorKind::UndefinedError.into()));
    }
    let no_value = |NoValue(problem)| minijinja::Error::new(ErrorKind::InvalidOperation, problem);
    to_value(&found).map_err(no_value).map_err(failed(template))
}

/// What is between the braces of a template that is nothing else. A `-` beside them is no minus: it takes away white space.
fn lone_expression(template: &str) -> Option<&str> {
    let expression = template.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    let expression = expression.strip_prefix('-').unwrap_or(expression);
    let expression = expression.strip_suffix('-').unwrap_or(expression);
    (!expression.contains("{{")).then_some(expression)
}

fn failed(template: &str) -> impl Fn(minijinja::Error) -> TemplateError {
    move |source| TemplateError { template: template.to_owned(), source: Box::new(source) }
}

fn context(vars: &BTreeMap<String, Json>) -> Jinja {
    Jinja::from_pairs([("vars", jinja_vars(vars))])
}

pub(super) fn jinja_vars(vars: &BTreeMap<String, Json>) -> Jinja {
    // Every JSON value is a node.
    let node = |value| Node::deserialize(value).unwrap_or(Node::Null).to_jinja();
    Jinja::from_pairs(vars.iter().map(|(name, value)| (name.as_str(), node(value))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_expression_keeps_its_type_with_white_space_taken_away_or_not() {
        let vars = [("rack".to_owned(), Json::from(7)), ("site".to_owned(), Json::from("ams"))].into_iter().collect();
        let cases = [
            ("{{ vars.rack }}", Value::from(7)),
            ("{{- vars.rack }}", Value::from(7)),
            (" {{-vars.rack-}} ", Value::from(7)),
            ("{{ -vars.rack }}", Value::from(-7)),
            ("{{ [vars.site, vars.rack] -}}", Value::List(vec!["ams".into(), 7.into()])),
            ("{{ vars.site }}-{{ vars.rack }}", Value::from("ams-7")),
            ("rack {{- vars.rack }}", Value::from("rack7")),
        ];
        for (template, wanted) in cases {
            assert_eq!(fill_in_value(template, &vars).unwrap(), wanted, "{template}");
        }
    }
}
