use serde::de::DeserializeOwned;
use serde_saphyr::options::{DuplicateKeyPolicy, NonFiniteFloatPolicy};

/// YAML that is not what was expected, with line and column.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.without_snippet())]
pub struct YamlError(Box<serde_saphyr::Error>);

/// Reads a document that a person wrote: a job file, a declaration of kinds. YAML 1.2, in which `no` and `n` are texts;
/// a key that stands twice is an error.
///
/// # Errors
/// Not well-formed, or not of the form that `T` wants.
pub fn from_yaml<T: DeserializeOwned>(text: &str) -> Result<T, YamlError> {
    let options = options();
    serde_saphyr::from_str_with_options(text, options).map_err(|error| YamlError(Box::new(error)))
}

/// How YAML is read here, wherever it comes from.
pub(crate) fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        emit_comments: false,
        duplicate_keys: DuplicateKeyPolicy::Error,
        non_finite_float_policy: NonFiniteFloatPolicy::Reject,
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        with_snippet: false,
    }
}
