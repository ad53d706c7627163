use regex::Regex;
use serde_json::Value as Json;

use super::base::RESERVED;
use super::read;

/// The type of a variable.
#[derive(Debug, Clone, PartialEq)]
pub enum VariableKind {
    Text,
    Integer,
    Boolean,
    /// One of these.
    Choice(Vec<String>),
    /// Any number of these.
    MultiChoice(Vec<String>),
    /// RFC 3339, with its offset.
    DateTime,
    /// An address without a mask.
    Ip,
    Prefix,
    Json,
    /// The path of a file on the machine that runs the job.
    File,
    /// Where a secret is, never the secret.
    Secret,
    /// A record of the inventory. `by` is the field that a bare text means.
    Object {
        content_type: String,
        by: String,
    },
    /// Any number of records of the inventory.
    Objects {
        content_type: String,
        by: String,
    },
}

/// The declaration of one variable.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    pub name: String,
    pub kind: VariableKind,
    /// For people; left out, the name stands for it.
    pub label: String,
    pub help: String,
    /// Whether a run needs a value. Left out, one without a default does.
    pub required: bool,
    pub default: Option<Json>,
    /// Of an integer, or of the length of a text.
    pub min: Option<i64>,
    pub max: Option<i64>,
    /// What the whole of a text must match.
    pub regex: Option<String>,
}

impl Variable {
    pub fn new(name: impl Into<String>, kind: VariableKind) -> Self {
        let (label, help, required) = (String::new(), String::new(), true);
        Self { name: name.into(), kind, label, help, required, default: None, min: None, max: None, regex: None }
    }

    pub fn text(name: impl Into<String>) -> Self {
        Self::new(name, VariableKind::Text)
    }

    pub fn integer(name: impl Into<String>) -> Self {
        Self::new(name, VariableKind::Integer)
    }

    pub fn boolean(name: impl Into<String>) -> Self {
        Self::new(name, VariableKind::Boolean)
    }

    pub fn choice<T: Into<String>>(name: impl Into<String>, choices: impl IntoIterator<Item = T>) -> Self {
        Self::new(name, VariableKind::Choice(choices.into_iter().map(Into::into).collect()))
    }

    pub fn multi_choice<T: Into<String>>(name: impl Into<String>, choices: impl IntoIterator<Item = T>) -> Self {
        Self::new(name, VariableKind::MultiChoice(choices.into_iter().map(Into::into).collect()))
    }

    pub fn date_time(name: impl Into<String>) -> Self {
        Self::new(name, VariableKind::DateTime)
    }

    pub fn ip(name: impl Into<String>) -> Self {
        Self::new(name, VariableKind::Ip)
    }

    pub fn prefix(name: impl Into<String>) -> Self {
        Self::new(name, VariableKind::Prefix)
    }

    pub fn json(name: impl Into<String>) -> Self {
        Self::new(name, VariableKind::Json)
    }

    pub fn file(name: impl Into<String>) -> Self {
        Self::new(name, VariableKind::File)
    }

    pub fn secret(name: impl Into<String>) -> Self {
        Self::new(name, VariableKind::Secret)
    }

    /// A record of a content type such as `dcim.location`, named by its `name`.
    pub fn object(name: impl Into<String>, content_type: impl Into<String>) -> Self {
        Self::new(name, VariableKind::Object { content_type: content_type.into(), by: "name".to_owned() })
    }

    pub fn objects(name: impl Into<String>, content_type: impl Into<String>) -> Self {
        Self::new(name, VariableKind::Objects { content_type: content_type.into(), by: "name".to_owned() })
    }

    #[must_use]
    pub fn label(self, label: impl Into<String>) -> Self {
        Self { label: label.into(), ..self }
    }

    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: help.into(), ..self }
    }

    /// The value when none is given.
    #[must_use]
    pub fn default(self, default: impl Into<Json>) -> Self {
        Self { default: Some(default.into()), required: false, ..self }
    }

    /// It may be left out; then the job finds nothing.
    #[must_use]
    pub fn optional(self) -> Self {
        Self { required: false, ..self }
    }

    #[must_use]
    pub fn min(self, min: i64) -> Self {
        Self { min: Some(min), ..self }
    }

    #[must_use]
    pub fn max(self, max: i64) -> Self {
        Self { max: Some(max), ..self }
    }

    #[must_use]
    pub fn regex(self, regex: impl Into<String>) -> Self {
        Self { regex: Some(regex.into()), ..self }
    }

    /// The field by which a bare text names a record, instead of `name`.
    #[must_use]
    pub fn by(mut self, field: impl Into<String>) -> Self {
        if let VariableKind::Object { by, .. } | VariableKind::Objects { by, .. } = &mut self.kind {
            *by = field.into();
        }
        self
    }

    /// The pattern, for the whole of a text.
    pub(super) fn pattern(&self) -> Option<Result<Regex, regex::Error>> {
        self.regex.as_ref().map(|pattern| Regex::new(&format!("^(?:{pattern})$")))
    }

    /// What is wrong with the declaration itself.
    pub(super) fn problem(&self) -> Option<String> {
        let name = &self.name;
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if name.is_empty() || !name.chars().all(is_word) {
            return Some(format!("`{name}` cannot be the name of a variable; use letters, digits, `_` and `-`"));
        }
        if RESERVED.contains(&name.as_str()) {
            return Some(format!("every job has a variable `{name}`; give the job's own another name"));
        }
        if let Some(Err(error)) = self.pattern() {
            return Some(format!("the pattern of `{name}` is none: {error}"));
        }
        read::value(self, self.default.as_ref()?).err().map(|problem| format!("the default of {problem}"))
    }
}
