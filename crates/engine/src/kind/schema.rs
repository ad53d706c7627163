use std::collections::{HashMap, HashSet};

use super::builder::list;
use super::{Kind, KindName};

/// Index of a kind within one [`Schema`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KindId(u16);

impl KindId {
    pub(crate) fn index(self) -> usize {
        self.0.into()
    }
}

/// All kinds of one side, and which of them stand at the top.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Schema {
    kinds: Vec<Kind>,
    by_name: HashMap<KindName, KindId>,
    top_level: Vec<KindId>,
}

/// Kinds that do not fit together, with everything that is wrong about them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the kinds do not fit together: {}", list(problems))]
pub struct SchemaError {
    pub problems: Vec<SchemaProblem>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaProblem {
    #[error("kind `{0}` is declared twice")]
    DeclaredTwice(KindName),
    #[error("top-level kind `{0}` is not declared")]
    UnknownTopLevel(KindName),
    #[error("kind `{kind}` has children of kind `{child}`, which is not declared")]
    UnknownChild { kind: KindName, child: KindName },
    #[error("kind `{kind}` references kind `{to}`, which is not declared")]
    UnknownReference { kind: KindName, to: KindName },
    #[error(
        "the reference of kind `{kind}` to `{to}` has {given} fields, but `{to}` is identified by {wanted}; give one \
         field for each identifier, in the same order"
    )]
    ReferenceLength { kind: KindName, to: KindName, given: usize, wanted: usize },
    #[error(
        "children of kind `{child}` are linked to `{kind}` by {given} fields, but `{kind}` is identified by {wanted}"
    )]
    LinkLength { kind: KindName, child: KindName, given: usize, wanted: usize },
    #[error("children of kind `{child}` are linked to `{kind}` by field `{field}`, which `{child}` does not declare")]
    UnknownLinkField { kind: KindName, child: KindName, field: String },
    #[error("there are more than 65,535 kinds")]
    TooManyKinds,
}

impl Schema {
    /// Kinds at the top are those that are no other kind's children, in the order given. A kind whose records hang
    /// below each other, such as a location, is one of them.
    ///
    /// # Errors
    /// Names every problem at once.
    pub fn new(kinds: Vec<Kind>) -> Result<Self, SchemaError> {
        let others = |kind: &Kind| {
            let name = kind.name().clone();
            let children: Vec<KindName> = kind.children().iter().map(|child| child.kind.clone()).collect();
            children.into_iter().filter(move |child| *child != name)
        };
        let below: HashSet<KindName> = kinds.iter().flat_map(others).collect();
        let top: Vec<KindName> =
            kinds.iter().map(|kind| kind.name().clone()).filter(|name| !below.contains(name)).collect();
        Self::with_top_level(kinds, top.iter().map(KindName::as_str))
    }

    /// # Errors
    /// Names every problem at once.
    pub fn with_top_level(
        kinds: Vec<Kind>,
        top_level: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, SchemaError> {
        let mut problems = Vec::new();
        let mut schema = Schema::default();
        for kind in kinds {
            if schema.by_name.contains_key(kind.name()) {
                problems.push(SchemaProblem::DeclaredTwice(kind.name().clone()));
            } else if schema.push(kind).is_none() {
                problems.push(SchemaProblem::TooManyKinds);
                break;
            }
        }
        for name in top_level {
            match schema.id(name.as_ref()) {
                Some(id) => schema.top_level.push(id),
                None => problems.push(SchemaProblem::UnknownTopLevel(name.as_ref().into())),
            }
        }
        for kind in &schema.kinds {
            schema.check_children(kind, &mut problems);
            schema.check_references(kind, &mut problems);
        }
        if problems.is_empty() { Ok(schema) } else { Err(SchemaError { problems }) }
    }

    fn check_children(&self, kind: &Kind, problems: &mut Vec<SchemaProblem>) {
        for child in kind.children() {
            let Some(id) = self.id(child.kind.as_str()) else {
                problems.push(SchemaProblem::UnknownChild { kind: kind.name().clone(), child: child.kind.clone() });
                continue;
            };
            if child.by.is_empty() {
                continue;
            }
            let (given, wanted) = (child.by.len(), kind.identifiers().len());
            if given != wanted {
                let (kind, child) = (kind.name().clone(), child.kind.clone());
                problems.push(SchemaProblem::LinkLength { kind, child, given, wanted });
                continue;
            }
            for field in child.by.iter().filter(|field| self.kind(id).slot(field).is_none()) {
                problems.push(SchemaProblem::UnknownLinkField {
                    kind: kind.name().clone(),
                    child: child.kind.clone(),
                    field: field.clone(),
                });
            }
        }
    }

    fn check_references(&self, kind: &Kind, problems: &mut Vec<SchemaProblem>) {
        for containment in kind.containments() {
            let (name, to) = (kind.name().clone(), containment.within.clone());
            let wanted = containment.scope.iter().map(|(_, identifier)| *identifier).chain([containment.network]);
            let wanted = wanted.max().unwrap_or_default() + 1;
            match self.get(to.as_str()).map(|within| within.identifiers().len()) {
                None => problems.push(SchemaProblem::UnknownReference { kind: name, to }),
                Some(given) if given < wanted => {
                    problems.push(SchemaProblem::ReferenceLength { kind: name, to, given: wanted, wanted: given });
                }
                Some(_) => {}
            }
        }
        for reference in kind.references() {
            let (name, to) = (kind.name().clone(), reference.to.clone());
            match self.id(to.as_str()) {
                None => problems.push(SchemaProblem::UnknownReference { kind: name, to }),
                Some(id) => {
                    let (given, wanted) = (reference.fields.len(), self.kind(id).identifiers().len());
                    if given != wanted {
                        problems.push(SchemaProblem::ReferenceLength { kind: name, to, given, wanted });
                    }
                }
            }
        }
    }

    pub fn id(&self, name: &str) -> Option<KindId> {
        self.by_name.get(name).copied()
    }

    pub fn kind(&self, id: KindId) -> &Kind {
        &self.kinds[id.index()]
    }

    pub fn get(&self, name: &str) -> Option<&Kind> {
        self.id(name).map(|id| self.kind(id))
    }

    pub fn kinds(&self) -> impl ExactSizeIterator<Item = (KindId, &Kind)> {
        self.kinds.iter().enumerate().map(|(index, kind)| (KindId(index as u16), kind))
    }

    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// Kinds at the top, in the order in which a diff visits them.
    pub fn top_level(&self) -> &[KindId] {
        &self.top_level
    }

    /// `None` when the schema is full.
    pub(crate) fn push(&mut self, kind: Kind) -> Option<KindId> {
        let id = KindId(u16::try_from(self.kinds.len()).ok()?);
        self.by_name.insert(kind.name().clone(), id);
        self.kinds.push(kind);
        Some(id)
    }

    pub(crate) fn push_top_level(&mut self, id: KindId) {
        if !self.top_level.contains(&id) {
            self.top_level.push(id);
        }
    }

    pub(crate) fn kind_mut(&mut self, id: KindId) -> &mut Kind {
        &mut self.kinds[id.index()]
    }
}
