use std::collections::HashSet;

use super::{Child, Containment, Field, Kind, KindName, Owner, Permissions, Reference, Slot};
use crate::record::RecordFlags;
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
    #[error("a field or list of children has an empty name")]
    NoFieldName,
    #[error("kind `{0}` is declared twice among its children")]
    ChildTwice(KindName),
    #[error("it has no identifiers, so its records could not be told apart")]
    NoIdentifiers,
    #[error("field `{0}` is declared twice; identifiers, attributes and child fields must be different fields")]
    DeclaredTwice(String),
    #[error("shortname field `{0}` is not declared")]
    UnknownShortname(String),
    #[error("the reference to `{to}` names field `{field}`, which is not declared")]
    UnknownReferenceField { to: KindName, field: String },
    #[error("identifier `{0}` has an owner; only attributes can have one, for an identifier says which record it is")]
    OwnedIdentifier(String),
    #[error("field `{field}` is {field_type}, but only a set can be merged")]
    MergedNoSet { field: String, field_type: FieldType },
    #[error("fields `{fields}` hold one reference to `{to}` together; give all of them the same owner")]
    OwnersOfReference { to: KindName, fields: String },
    #[error(
        "fields `{fields}` hold one reference to `{to}` together, so none of them alone can be empty; `if-empty` is for \
         references of one field"
    )]
    IfEmptyReference { to: KindName, fields: String },
    #[error("the default of field `{field}`: {reason}")]
    BadDefault { field: String, reason: String },
}

pub(super) fn list(problems: &[impl ToString]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A [`Containment`] whose fields have not been looked up.
#[derive(Debug, Clone)]
struct NamedContainment {
    within: KindName,
    address: String,
    network: usize,
    scope: Vec<(String, usize)>,
}

/// Collects a declaration; [`build`](KindBuilder::build) reports all its problems in one pass.
#[derive(Debug, Clone)]
pub struct KindBuilder {
    name: String,
    identifiers: Vec<Field>,
    attributes: Vec<Field>,
    children: Vec<Child>,
    references: Vec<(KindName, Vec<Option<String>>)>,
    containments: Vec<NamedContainment>,
    shortname: Vec<String>,
    content_type: Option<String>,
    flags: RecordFlags,
    permissions: Permissions,
}

impl KindBuilder {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            identifiers: Vec::new(),
            attributes: Vec::new(),
            children: Vec::new(),
            references: Vec::new(),
            containments: Vec::new(),
            shortname: Vec::new(),
            content_type: None,
            flags: RecordFlags::NONE,
            permissions: Permissions::ALL,
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
    pub fn reference(mut self, to: impl AsRef<str>, fields: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.references.push((to.as_ref().into(), fields.into_iter().map(|field| Some(field.into())).collect()));
        self
    }

    /// `fields` hold some of the identifiers of a record of kind `to`, in their order; `None` leaves one open.
    #[must_use]
    pub fn partial_reference(mut self, to: impl AsRef<str>, fields: impl IntoIterator<Item = Option<String>>) -> Self {
        self.references.push((to.as_ref().into(), fields.into_iter().collect()));
        self
    }

    /// The address in field `address` lies in a record of kind `within`, whose identifier number `network` is the
    /// network; `scope` pairs fields of this kind with identifiers of `within` that must be equal.
    #[must_use]
    pub fn contained_in(
        mut self,
        within: impl AsRef<str>,
        address: impl Into<String>,
        network: usize,
        scope: impl IntoIterator<Item = (String, usize)>,
    ) -> Self {
        self.containments.push(NamedContainment {
            within: within.as_ref().into(),
            address: address.into(),
            network,
            scope: scope.into_iter().collect(),
        });
        self
    }

    /// Flags that every record of this kind has.
    #[must_use]
    pub fn flags(mut self, flags: RecordFlags) -> Self {
        self.flags = flags;
        self
    }

    /// What a plan may do with records of this kind.
    #[must_use]
    pub fn permissions(mut self, permissions: Permissions) -> Self {
        self.permissions = permissions;
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
            if name.is_empty() {
                problems.push(KindProblem::NoFieldName);
            } else if !seen.insert(name) {
                problems.push(KindProblem::DeclaredTwice(name.to_owned()));
            }
        }
        let mut children = HashSet::new();
        let twice = self.children.iter().filter(|child| !children.insert(&child.kind));
        problems.extend(twice.map(|child| KindProblem::ChildTwice(child.kind.clone())));
        for field in self.identifiers.iter().chain(&self.attributes) {
            if field.default().is_null() {
                continue;
            }
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
            containments: Vec::new(),
            shortname: Vec::new(),
            content_type: self.content_type,
            flags: self.flags,
            permissions: self.permissions,
        };
        problems.extend(owners(&kind));
        for field in self.shortname {
            match kind.slot(&field) {
                Some(slot) => kind.shortname.push(slot),
                None => problems.push(KindProblem::UnknownShortname(field)),
            }
        }
        for (to, fields) in self.references {
            let mut slots: Vec<Option<Slot>> = Vec::with_capacity(fields.len());
            for field in fields {
                let slot = field.as_deref().map(|field| kind.slot(field));
                match (slot, field) {
                    (Some(None), Some(field)) => {
                        problems.push(KindProblem::UnknownReferenceField { to: to.clone(), field });
                    }
                    (slot, _) => slots.push(slot.flatten()),
                }
            }
            let reference = Reference { to, fields: slots };
            problems.extend(owners_of_reference(&kind, &reference));
            kind.references.push(reference);
        }
        for NamedContainment { within, address, network, scope } in self.containments {
            let mut slot = |field: String| {
                let slot = kind.slot(&field);
                if slot.is_none() {
                    problems.push(KindProblem::UnknownReferenceField { to: within.clone(), field });
                }
                slot
            };
            let address = slot(address);
            let scope: Option<Vec<_>> =
                scope.into_iter().map(|(field, identifier)| Some((slot(field)?, identifier))).collect();
            if let (Some(address), Some(scope)) = (address, scope) {
                kind.containments.push(Containment { within, address, network, scope });
            }
        }
        if problems.is_empty() { Ok(kind) } else { Err(KindError { kind: kind.name, problems }) }
    }
}

/// Fields whose owner makes no sense.
fn owners(kind: &Kind) -> Vec<KindProblem> {
    let owned = kind.identifiers.iter().filter(|field| field.owner() != Owner::Source);
    let owned = owned.map(|field| KindProblem::OwnedIdentifier(field.name().to_owned()));
    let is_set = |field: &Field| matches!(field.field_type(), FieldType::Set(_));
    let no_set = kind.attributes.iter().filter(|field| field.owner() == Owner::Merged && !is_set(field));
    let no_set = no_set.map(|field| KindProblem::MergedNoSet {
        field: field.name().to_owned(),
        field_type: field.field_type().clone(),
    });
    owned.chain(no_set).collect()
}

/// A reference is written as a whole or not at all.
fn owners_of_reference(kind: &Kind, reference: &Reference) -> Option<KindProblem> {
    let slots = reference.fields.iter().flatten().filter(|slot| matches!(slot, Slot::Attribute(_)));
    let fields: Vec<&Field> = slots.map(|slot| kind.field(*slot)).collect();
    let first = fields.first()?.owner();
    let (to, names) = (reference.to.clone(), fields.iter().map(|field| field.name()).collect::<Vec<_>>().join("`, `"));
    if fields.iter().any(|field| field.owner() != first) {
        Some(KindProblem::OwnersOfReference { to, fields: names })
    } else if first == Owner::IfEmpty && fields.len() > 1 {
        Some(KindProblem::IfEmptyReference { to, fields: names })
    } else {
        None
    }
}
