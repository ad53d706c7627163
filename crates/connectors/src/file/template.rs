use std::collections::BTreeMap;

use minijinja::Value as Jinja;

use super::expression::strict_environment;

/// A template of a setting that cannot be filled in.
#[derive(Debug, thiserror::Error)]
#[error("`{template}` cannot be filled in")]
pub struct TemplateError {
    pub template: String,
    #[source]
    pub source: Box<minijinja::Error>,
}

/// A setting with the values of the job's variables in their places: `{{ vars.site }}`.
///
/// # Errors
/// It is no template, or it names what is not there.
pub fn fill_in(template: &str, vars: &BTreeMap<String, String>) -> Result<String, TemplateError> {
    let context = Jinja::from_pairs([("vars", jinja_vars(vars))]);
    let filled = strict_environment().render_str(template, context);
    filled.map_err(|source| TemplateError { template: template.to_owned(), source: Box::new(source) })
}

pub(super) fn jinja_vars(vars: &BTreeMap<String, String>) -> Jinja {
    Jinja::from_pairs(vars.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}
