use std::collections::HashSet;

use super::{Child, Field, Kind, KindName, Reference, Slot};
use crate::value::FieldType;

/// A kind that contradicts itself, with everything that is wrong about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("kind `{kind}` is not well declared: {}", list(problems))]
pub struct KindError {
    pub kind: KindName,
    pub problems: Vec<KindProblem>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KindProblem {
    #[error("its name is empty")]
    NoName,
    #[error("it has no identifiers, so its records could not be told apart")]
    NoIdentifiers,
    #[error("field `{0}` is declared twice; identifiers, attributes and child fields must be different fields")]
    DeclaredTwice(String),
    #[error("shortname field `{0}` is not declared")]
    UnknownShortname(String),
    #[error("the reference to `{to}` names field `{field}`, which is not declared")]
    UnknownReferenceField { to: KindName, field: String },
    #[error("the default of field `{field}`: {reason}")]
    BadDefault { field: String, reason: String },
}

pub(super) fn list(problems: &[impl ToString]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Collects a declaration; [`build`](KindBuilder::build) reports all its problems in one pass.
#[derive(Debug, Clone)]
pub struct KindBuilder {
    name: String,
    identifiers: Vec<Field>,
    attributes: Vec<Field>,
    children: Vec<Child>,
    references: Vec<(KindName, Vec<String>)>,
    shortname: Vec<String>,
    content_type: Option<String>,
}

impl KindBuilder {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            identifiers: Vec::new(),
            attributes: Vec::new(),
            children: Vec::new(),
            references: Vec::new(),
            shortname: Vec::new(),
            content_type: None,
        }
    }

    #[must_use]
    pub fn id(self, name: impl Into<String>, field_type: FieldType) -> Self {
        self.id_field(Field::new(name, field_type))
    }

    #[must_use]
    pub fn id_field(mut self, field: Field) -> Self {
        self.identifiers.push(field);
        self
    }

    #[must_use]
    pub fn attr(self, name: impl Into<String>, field_type: FieldType) -> Self {
        self.attr_field(Field::new(name, field_type))
    }

    #[must_use]
    pub fn attr_field(mut self, field: Field) -> Self {
        self.attributes.push(field);
        self
    }

    /// Records of `kind` hang below records of this one, linked by hand.
    #[must_use]
    pub fn child(self, kind: impl AsRef<str>, field: impl Into<String>) -> Self {
        self.child_by(kind, field, Vec::<String>::new())
    }

    /// Records of `kind` hang below the record whose key stands in the child's fields `by`.
    #[must_use]
    pub fn child_by(
        mut self,
        kind: impl AsRef<str>,
        field: impl Into<String>,
        by: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let by = by.into_iter().map(Into::into).collect();
        self.children.push(Child { kind: kind.as_ref().into(), field: field.into(), by });
        self
    }

    /// `fields` hold the key of a record of kind `to`.
    #[must_use]
    pub fn reference(
        mut self,
        to: impl AsRef<str>,
        fields: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.references.push((to.as_ref().into(), fields.into_iter().map(Into::into).collect()));
        self
    }

    #[must_use]
    pub fn shortname(mut self, fields: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.shortname = fields.into_iter().map(Into::into).collect();
        self
    }

    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// # Errors
    /// [`KindError`] names every problem of the declaration at once.
    pub fn build(self) -> Result<Kind, KindError> {
        let mut problems = Vec::new();
        if self.name.is_empty() {
            problems.push(KindProblem::NoName);
        }
        if self.identifiers.is_empty() {
            problems.push(KindProblem::NoIdentifiers);
        }
        let fields = self.identifiers.iter().chain(&self.attributes).map(Field::name);
        let child_fields = self.children.iter().map(|child| child.field.as_str());
        let mut seen = HashSet::new();
        for name in fields.chain(child_fields) {
            if !seen.insert(name) {
                problems.push(KindProblem::DeclaredTwice(name.to_owned()));
            }
        }
        for field in self.identifiers.iter().chain(&self.attributes) {
            if let Err(error) = field.normalise(field.default().clone()) {
                let reason = error.to_string();
                problems.push(KindProblem::BadDefault { field: field.name().to_owned(), reason });
            }
        }
        let mut kind = Kind {
            name: KindName::from(self.name.as_str()),
            identifiers: self.identifiers,
            attributes: self.attributes,
            children: self.children,
            references: Vec::new(),
            shortname: Vec::new(),
            content_type: self.content_type,
        };
        for field in self.shortname {
            match kind.slot(&field) {
                Some(slot) => kind.shortname.push(slot),
                None => problems.push(KindProblem::UnknownShortname(field)),
            }
        }
        for (to, fields) in self.references {
            let mut slots: Vec<Slot> = Vec::with_capacity(fields.len());
            for field in fields {
                match kind.slot(&field) {
                    Some(slot) => slots.push(slot),
                    None => problems.push(KindProblem::UnknownReferenceField { to: to.clone(), field }),
                }
            }
            kind.references.push(Reference { to, fields: slots });
        }
        if problems.is_empty() { Ok(kind) } else { Err(KindError { kind: kind.name, problems }) }
    }
}
