//! Every content type that this inventory knows.

use std::collections::HashMap;
use std::sync::Arc;

use super::build::{ModelProblems, Sources, build};
use super::content_type::{ContentType, TypeIndex};
use super::embedded::{CHOICES, MODELS};
use super::field_kind::{FieldKind, ManyTarget, OnDelete, Reverse, ReverseShows};
use super::path::PathError;
use super::suggest::hint;

/// Every content type, by name. Immutable once built.
#[derive(Debug)]
pub struct Registry {
    types: Vec<Arc<ContentType>>,
    by_name: HashMap<Arc<str>, TypeIndex>,
    /// For each type, who points at it: type, field, and what a delete does to them.
    incoming: Vec<Vec<Incoming>>,
    cascading_generics: Vec<CascadingGeneric>,
}

/// A type whose records go with what they name by type and id, and the columns of these two.
pub(crate) type CascadingGeneric = (TypeIndex, (usize, usize));

/// A reference seen from its target.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Incoming {
    pub from: TypeIndex,
    pub field: usize,
    pub on_delete: OnDelete,
}

impl Registry {
    /// The content types that come with the program.
    ///
    /// # Errors
    /// All problems of all files in one go. A test of ours proves that there are none.
    pub fn embedded() -> Result<Self, ModelProblems> {
        Self::with_models(&[])
    }

    /// The content types that come with the program and those of `extra`: pairs of file name and text.
    ///
    /// # Errors
    /// All problems of all files in one go.
    pub fn with_models(extra: &[(&str, &str)]) -> Result<Self, ModelProblems> {
        let models: Vec<(&str, &str)> = MODELS.iter().chain(extra).copied().collect();
        build(Sources { models: &models, own: &[], choices: CHOICES })
    }

    pub(crate) fn new(types: Vec<ContentType>) -> Self {
        let mut incoming = vec![Vec::new(); types.len()];
        for content_type in types.iter().filter(|content_type| !content_type.view) {
            for (place, field) in content_type.fields.iter().enumerate() {
                if let FieldKind::Reference(reference) = &field.kind {
                    let on_delete = reference.on_delete;
                    incoming[reference.to.0].push(Incoming { from: content_type.index, field: place, on_delete });
                }
            }
        }
        let generics = types.iter().flat_map(|content_type| {
            content_type.fields.iter().filter_map(move |field| match &field.kind {
                FieldKind::Generic(generic) if generic.cascades => Some((content_type.index, generic.columns)),
                _ => None,
            })
        });
        let cascading_generics = generics.collect();
        let by_name = types.iter().map(|content_type| (content_type.name.clone(), content_type.index)).collect();
        Self { types: types.into_iter().map(Arc::new).collect(), by_name, incoming, cascading_generics }
    }

    /// The type called `name`, such as `dcim.device`.
    ///
    /// # Errors
    /// There is none of that name; the error says which is nearest.
    pub fn content_type(&self, name: &str) -> Result<&Arc<ContentType>, PathError> {
        match self.by_name.get(name) {
            Some(index) => Ok(&self.types[index.0]),
            None => Err(PathError::UnknownContentType {
                name: name.to_owned(),
                hint: hint(name, self.types.iter().map(|content_type| content_type.name())),
            }),
        }
    }

    /// Every type, in the order of their names.
    pub fn content_types(&self) -> impl Iterator<Item = &Arc<ContentType>> {
        self.types.iter()
    }

    /// The type at that place.
    pub fn get(&self, index: TypeIndex) -> &Arc<ContentType> {
        &self.types[index.0]
    }

    /// Every reference and to-many field that points at a type, wherever it is.
    pub fn pointing_at(&self, index: TypeIndex) -> Vec<Reverse> {
        let points_here = |kind: &FieldKind| match kind {
            FieldKind::Reference(reference) => reference.to == index,
            FieldKind::Many(many) => many.target == ManyTarget::Records(index),
            _ => false,
        };
        let mut found = Vec::new();
        for content_type in &self.types {
            let fields = content_type.fields.iter().enumerate().filter(|(_, field)| points_here(&field.kind));
            let shows = ReverseShows::Records;
            found.extend(fields.map(|(field, _)| Reverse { from: content_type.index, field, shows }));
        }
        found
    }

    pub(crate) fn incoming(&self, index: TypeIndex) -> &[Incoming] {
        &self.incoming[index.0]
    }

    pub(crate) fn cascading_generics(&self) -> &[CascadingGeneric] {
        &self.cascading_generics
    }
}
