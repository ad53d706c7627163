//! One field of a content type: what it is called, and who may do what with it.

use std::sync::Arc;

use trueup_engine::Value;

use super::field_kind::FieldKind;

/// When the value of a field is seen over the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Visibility {
    #[default]
    Shown,
    /// Only when asked for by `include`.
    OptIn,
    /// Written, never shown.
    WriteOnly,
    /// Neither.
    Hidden,
}

impl Visibility {
    /// Whether anybody is ever told the value: over the API, and in the change log.
    pub(crate) fn is_told(self) -> bool {
        matches!(self, Self::Shown | Self::OptIn)
    }
}

/// One field of a content type.
#[derive(Debug)]
pub struct Field {
    pub(crate) name: Arc<str>,
    pub(crate) kind: FieldKind,
    pub(crate) required: bool,
    pub(crate) nullable: bool,
    pub(crate) immutable: bool,
    pub(crate) computed: bool,
    /// A rule fills it when nothing is said.
    pub(crate) filled: bool,
    pub(crate) read_only: bool,
    /// The column that it is made from when nothing is said.
    pub(crate) slug_of: Option<String>,
    pub(crate) stands_for: Option<String>,
    pub(crate) default: Option<Value>,
    pub(crate) help: Option<String>,
    pub(crate) label: Option<String>,
    pub(crate) visibility: Visibility,
    pub(crate) filtered: bool,
    /// The place among the columns of the table, for fields that are one column.
    pub(crate) column: Option<usize>,
}

impl Field {
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn kind(&self) -> &FieldKind {
        &self.kind
    }

    /// A record cannot be created without it.
    pub fn is_required(&self) -> bool {
        self.required
    }

    /// A client that makes a record has to say it: nothing else gives it a value.
    pub fn is_demanded(&self) -> bool {
        self.required && !self.computed && !self.filled && self.default.is_none()
    }

    pub fn is_nullable(&self) -> bool {
        self.nullable
    }

    /// The inventory sets it.
    pub fn is_computed(&self) -> bool {
        self.computed
    }

    /// It cannot be written over the API.
    pub fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// It cannot change once the record exists.
    pub fn is_immutable(&self) -> bool {
        self.immutable
    }

    /// What a new record has when nothing is said. For references, the natural key of the default.
    pub fn default(&self) -> Option<&Value> {
        self.default.as_ref()
    }

    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// How the field is called for people.
    pub fn label(&self) -> String {
        self.label.clone().unwrap_or_else(|| {
            let words = self.name.replace('_', " ");
            let mut letters = words.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        })
    }

    /// The to-many field that is written by this key too, by one record.
    pub fn stands_for(&self) -> Option<&str> {
        self.stands_for.as_deref()
    }

    pub fn visibility(&self) -> Visibility {
        self.visibility
    }

    /// Whether lists can be filtered by it.
    pub fn is_filtered(&self) -> bool {
        self.filtered
    }
}
