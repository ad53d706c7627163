//! Paths such as `location__parent__name`: references walked to the field at their end.

use trueup_engine::{FieldType, Value};

use super::content_type::{ContentType, TypeIndex};
use super::field::Field;
use super::field_kind::{FieldKind, ManyTarget, ScalarType};
use super::registry::Registry;
use super::suggest::hint;

/// A path with everything known about it.
#[derive(Debug, Clone)]
pub struct ResolvedPath {
    /// The path as it was asked for.
    pub path: String,
    pub field_type: FieldType,
    /// Whether any part of the way may be null.
    pub nullable: bool,
    /// What a record that says nothing about it has; only for fields of the type itself.
    pub default: Option<Value>,
    /// Whether a record cannot be created without it; only for fields of the type itself and its references.
    pub required: bool,
    /// The first step, when it is a reference, and what it points at.
    pub first_reference: Option<FirstReference>,
    /// What follows the first reference.
    pub rest: Option<String>,
    pub(crate) hops: Vec<Hop>,
    /// The type that holds the last field.
    pub(crate) owner: TypeIndex,
    pub(crate) terminal: Terminal,
}

/// The reference that a path begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstReference {
    pub field: String,
    pub content_type: String,
}

/// One reference walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Hop {
    pub from: TypeIndex,
    pub field: usize,
    pub to: TypeIndex,
    pub nullable: bool,
}

/// What stands at the end of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Terminal {
    Id,
    Column(usize),
    /// Columns of the address and of the length.
    Composite(ScalarType, (usize, usize)),
    /// The place of the field.
    Many(usize),
}

/// A path that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    #[error("there is no content type `{name}`{hint}")]
    UnknownContentType { name: String, hint: String },
    #[error("{content_type} has no field `{field}`{hint} (path `{path}`)")]
    UnknownField { content_type: String, field: String, hint: String, path: String },
    #[error("{content_type}.{field} is no reference, so nothing can follow it (path `{path}`)")]
    NotAReference { content_type: String, field: String, path: String },
    #[error(
        "{content_type}.{field} is a reference to {to}; name a field of it, for example `{example}` (path `{path}`)"
    )]
    EndsAtReference { content_type: String, field: String, to: String, example: String, path: String },
    #[error("{content_type}.{field} is worked out when a record is shown and has no path (path `{path}`)")]
    ShownOnly { content_type: String, field: String, path: String },
    #[error("{content_type}.{field} holds many records and cannot be reached through another record (path `{path}`)")]
    ManyBehindReference { content_type: String, field: String, path: String },
}

/// Where a path ends.
struct End<'c> {
    owner: &'c ContentType,
    terminal: Terminal,
    field_type: FieldType,
    nullable: bool,
}

impl Registry {
    /// Walks `path` from `content_type`.
    pub fn path(&self, content_type: &ContentType, path: &str) -> Result<ResolvedPath, PathError> {
        let mut hops = Vec::new();
        let mut current = content_type;
        let mut steps = path.split("__").peekable();
        let mut nullable = false;
        loop {
            let step = steps.next().unwrap_or_default();
            let last = steps.peek().is_none();
            if step == "id" && last {
                let end = End { owner: current, terminal: Terminal::Id, field_type: FieldType::Text, nullable };
                return Ok(self.resolved(content_type, path, hops, end));
            }
            let field = current.field(step).ok_or_else(|| PathError::UnknownField {
                content_type: current.name().to_owned(),
                field: step.to_owned(),
                hint: hint(step, current.fields().iter().map(Field::name)),
                path: path.to_owned(),
            })?;
            let place = current.by_name[step];
            match &field.kind {
                FieldKind::Reference(_) | FieldKind::Alias(_) if last => {
                    let to = match &field.kind {
                        FieldKind::Alias(alias) => alias.to,
                        FieldKind::Reference(reference) => reference.to,
                        _ => unreachable!("the arm matches these two"),
                    };
                    let to = self.get(to);
                    let key = to.natural_key.first().map_or("id", String::as_str);
                    return Err(PathError::EndsAtReference {
                        content_type: current.name().to_owned(),
                        field: step.to_owned(),
                        to: to.name().to_owned(),
                        example: format!("{path}__{key}"),
                        path: path.to_owned(),
                    });
                }
                FieldKind::Reference(reference) => {
                    nullable |= field.nullable;
                    hops.push(Hop { from: current.index, field: place, to: reference.to, nullable: field.nullable });
                    current = self.get(reference.to);
                }
                FieldKind::Alias(alias) => {
                    for name in alias.path.split("__") {
                        let place = current.by_name[name];
                        let FieldKind::Reference(reference) = &current.fields[place].kind else {
                            unreachable!("aliases are checked to be references when the registry is built")
                        };
                        let optional = current.fields[place].nullable;
                        nullable |= optional;
                        hops.push(Hop { from: current.index, field: place, to: reference.to, nullable: optional });
                        current = self.get(reference.to);
                    }
                }
                FieldKind::Generic(_) | FieldKind::Reverse(_) | FieldKind::Made(_) => {
                    return Err(PathError::ShownOnly {
                        content_type: current.name().to_owned(),
                        field: step.to_owned(),
                        path: path.to_owned(),
                    });
                }
                FieldKind::Many(_) if !last => return Err(self.not_a_reference(current, step, path)),
                FieldKind::Many(_) if !hops.is_empty() => {
                    return Err(PathError::ManyBehindReference {
                        content_type: current.name().to_owned(),
                        field: step.to_owned(),
                        path: path.to_owned(),
                    });
                }
                FieldKind::Many(many) => {
                    let field_type = FieldType::set_of(self.element_type(many.target));
                    let end = End { owner: current, terminal: Terminal::Many(place), field_type, nullable: false };
                    return Ok(self.resolved(content_type, path, hops, end));
                }
                FieldKind::Scalar(_) | FieldKind::Composite(_) if !last => {
                    return Err(self.not_a_reference(current, step, path));
                }
                FieldKind::Scalar(scalar) => {
                    let column = field.column.expect("a scalar field is one column");
                    let field_type = scalar.scalar_type.field_type();
                    let nullable = nullable || field.nullable;
                    let end = End { owner: current, terminal: Terminal::Column(column), field_type, nullable };
                    return Ok(self.resolved(content_type, path, hops, end));
                }
                FieldKind::Composite(composite) => {
                    let terminal = Terminal::Composite(composite.scalar_type, composite.columns);
                    let field_type = composite.scalar_type.field_type();
                    let end = End { owner: current, terminal, field_type, nullable };
                    return Ok(self.resolved(content_type, path, hops, end));
                }
            }
        }
    }

    /// The type of one element of a to-many field: the natural key of its target.
    pub(crate) fn element_type(&self, target: ManyTarget) -> FieldType {
        match target {
            ManyTarget::ContentTypes => FieldType::Text,
            ManyTarget::Records(to) => {
                let to = self.get(to);
                match to.natural_key.as_slice() {
                    [single] => self.path(to, single).map_or(FieldType::Any, |resolved| resolved.field_type),
                    _ => FieldType::list_of(FieldType::Any),
                }
            }
        }
    }

    fn not_a_reference(&self, content_type: &ContentType, field: &str, path: &str) -> PathError {
        PathError::NotAReference {
            content_type: content_type.name().to_owned(),
            field: field.to_owned(),
            path: path.to_owned(),
        }
    }

    /// The path from `root` that goes by `hops` to what it holds at its end.
    fn resolved(&self, root: &ContentType, path: &str, hops: Vec<Hop>, end: End<'_>) -> ResolvedPath {
        let End { owner, terminal, field_type, nullable } = end;
        let (first, rest) = match path.split_once("__") {
            Some((first, rest)) => (first, Some(rest)),
            None => (path, None),
        };
        let first_field = root.field(first);
        let first_reference = first_field.and_then(|field| {
            let to = match &field.kind {
                FieldKind::Reference(reference) => reference.to,
                FieldKind::Alias(alias) => alias.to,
                _ => return None,
            };
            Some(FirstReference { field: first.to_owned(), content_type: self.get(to).name().to_owned() })
        });
        ResolvedPath {
            path: path.to_owned(),
            field_type,
            nullable,
            default: first_field.and_then(|field| field.default.clone()),
            required: first_field.is_some_and(|field| field.required && field.default.is_none()),
            first_reference,
            rest: rest.map(str::to_owned),
            hops,
            owner: owner.index,
            terminal,
        }
    }
}
