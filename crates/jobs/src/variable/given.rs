use indexmap::IndexMap;
use serde_json::Value as Json;

/// What was given for the variables of a job, not yet held against their declarations.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Given {
    pub(super) entries: IndexMap<String, Form>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Form {
    /// As on a command line, each time that the variable is named.
    Texts(Vec<String>),
    Json(Json),
}

impl Given {
    /// Whether it says something of a variable.
    pub(crate) fn says(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// Nothing: every variable takes its default.
    pub fn none() -> Self {
        Self::default()
    }

    /// Texts, as `--var name=value` gives them. Where a variable takes one value, the last one counts.
    pub fn texts<N: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let mut given = Self::default();
        for (name, text) in pairs {
            match given.entries.entry(name.into()).or_insert_with(|| Form::Texts(Vec::new())) {
                Form::Texts(texts) => texts.push(text.into()),
                Form::Json(_) => {}
            }
        }
        given
    }

    /// One more, as JSON.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Json>) -> Self {
        self.entries.insert(name.into(), Form::Json(value.into()));
        self
    }
}

/// An object of JSON, as an API takes it.
impl From<serde_json::Map<String, Json>> for Given {
    fn from(values: serde_json::Map<String, Json>) -> Self {
        Self { entries: values.into_iter().map(|(name, value)| (name, Form::Json(value))).collect() }
    }
}
