//! One batch: cut into groups, each handed to the action that it is about.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::change::{Action, Change, ChangeContext, Stored};
use super::custom_field::Definitions;
use super::draft::Draft;
use super::error::{WriteError, WriteErrorCause as Cause};
use super::lookup::{LookupIndex, Lookups};
use super::shape::Shape;
use crate::model::{ContentType, Registry, TypeIndex};
use crate::storage::{Leftover, RecordId, Session};

/// What a writer remembers between batches.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub lookups: Lookups,
    shapes: HashMap<ShapeKey, Arc<Shape>>,
    /// For a type such as status and the type that uses it: the records that are for it.
    pub allowed: HashMap<(TypeIndex, TypeIndex), HashSet<RecordId>>,
    /// The custom fields of types.
    pub custom_fields: HashMap<TypeIndex, Arc<Definitions>>,
}

type ShapeKey = (Arc<str>, Action, Vec<Arc<str>>, Vec<Arc<str>>);

/// Shapes that a writer keeps.
const MOST_SHAPES: usize = 1_000;

impl Memory {
    /// Forgets everything that the database may have changed.
    pub fn forget(&mut self) {
        self.lookups.forget();
        self.allowed.clear();
        self.custom_fields.clear();
    }

    /// The one record of a key that is for records of the type `user`.
    pub fn only_allowed(&self, lookup: LookupIndex, key: &[u8], to: TypeIndex, user: TypeIndex) -> Option<RecordId> {
        let allowed = self.allowed.get(&(to, user))?;
        let mut found = self.lookups.several(lookup, key).iter().filter(|id| allowed.contains(id));
        found.next().filter(|_| found.next().is_none()).copied()
    }

    /// Records of the type were changed or deleted.
    pub fn changed(&mut self, content_type: &ContentType) {
        self.lookups.changed(content_type.index);
        self.written(content_type);
    }

    /// Records of the type were created.
    pub fn created(&mut self, content_type: &ContentType) {
        self.lookups.created(content_type.index);
        self.written(content_type);
    }

    fn written(&mut self, content_type: &ContentType) {
        self.allowed.retain(|(to, _), _| *to != content_type.index);
        if Definitions::TYPES.contains(&content_type.name()) {
            self.custom_fields.clear();
        }
    }
}

/// A batch at work inside its transaction.
pub(crate) struct Batch<'a> {
    pub session: Session<'a>,
    pub registry: &'a Registry,
    /// References that no content type has and the database holds to.
    pub leftovers: &'a [Leftover],
    pub memory: &'a mut Memory,
    pub context: &'a ChangeContext,
    /// Microseconds since 1970.
    pub now: i64,
    /// The revision of the inventory that this write makes.
    pub revision: i64,
}

/// What became of one change, or everything that is wrong with it.
pub(crate) type Outcome = Result<Stored, Vec<Cause>>;

impl Batch<'_> {
    /// Runs all changes, in groups, and answers for each in order.
    pub async fn run(&mut self, changes: &[Change]) -> Result<Vec<Result<Stored, WriteError>>, sqlx::Error> {
        let mut outcomes: Vec<Option<Outcome>> = changes.iter().map(|_| None).collect();
        let mut start = 0;
        while start < changes.len() {
            let first = &changes[start];
            let same = |change: &&Change| change.action == first.action && change.content_type == first.content_type;
            let end = start + changes[start..].iter().take_while(same).count();
            let drafts = self.drafts(changes, start..end, &mut outcomes);
            let done = match first.action {
                Action::Create => self.create(changes, drafts).await?,
                Action::Update => self.update(changes, drafts).await?,
                Action::Delete => self.delete(changes, drafts).await?,
            };
            for (index, outcome) in done {
                outcomes[index] = Some(outcome);
            }
            start = end;
        }
        let answers = outcomes.into_iter().zip(changes).map(|(outcome, change)| {
            let outcome = outcome.unwrap_or_else(|| {
                Err(vec![Cause::Refused { message: "it was not reached; this is a fault of the inventory".to_owned() }])
            });
            outcome.map_err(|causes| WriteError { record: change.describe(), causes })
        });
        Ok(answers.collect())
    }

    /// An empty draft for each change of a group whose paths make sense; the others are answered at once.
    fn drafts(
        &mut self,
        changes: &[Change],
        range: std::ops::Range<usize>,
        outcomes: &mut [Option<Outcome>],
    ) -> Vec<Draft> {
        let mut drafts = Vec::with_capacity(range.len());
        let mut last: Option<Arc<Shape>> = None;
        for index in range {
            let change = &changes[index];
            let shape = match &last {
                Some(shape) if shape.fits(change) => Ok(Arc::clone(shape)),
                _ => self.shape(change),
            };
            match shape {
                Ok(shape) => {
                    drafts.push(Draft::new(index, Arc::clone(&shape), RecordId::random()));
                    last = Some(shape);
                }
                Err(causes) => outcomes[index] = Some(Err(causes)),
            }
        }
        drafts
    }

    fn shape(&mut self, change: &Change) -> Result<Arc<Shape>, Vec<Cause>> {
        let paths = |pairs: &super::PathValues| pairs.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>();
        let key = (change.content_type.clone(), change.action, paths(&change.identifiers), paths(&change.values));
        if let Some(shape) = self.memory.shapes.get(&key) {
            return Ok(Arc::clone(shape));
        }
        let shape = Arc::new(Shape::of(self.registry, &mut self.memory.lookups, change)?);
        if self.memory.shapes.len() >= MOST_SHAPES {
            self.memory.shapes.clear();
        }
        self.memory.shapes.insert(key, Arc::clone(&shape));
        Ok(shape)
    }
}
