//! Reading what an answer shows, level by level: the records that were asked for, then all that these refer to, and so
//! on to the depth of the view. Each level asks once per type for rows and once per field for what hangs on them.

use std::collections::BTreeMap;

use trueup_inventory::model::{Made, TypeIndex};
use trueup_inventory::{LinkTarget, Reader, RecordId};

use super::plan::{How, Line, Place, Plan, Plans, Tail};
use super::sight::Sight;
use super::world::{Set, World};
use super::{logged, made};
use crate::error::ApiError;
use crate::rest::view::View;

/// Everything that is needed to write an answer.
#[derive(Debug)]
pub struct Gathered<'v> {
    pub world: World,
    pub plans: Plans<'v>,
    pub sight: Sight,
    /// A record that was asked for may also stand behind a reference, where it shows other fields.
    visited: Set<(Place, TypeIndex, RecordId)>,
}

/// Records by type.
pub type Level = BTreeMap<TypeIndex, Vec<RecordId>>;

impl<'v> Gathered<'v> {
    /// What records show that stand at the top of an answer, or in the rows of a table.
    ///
    /// # Errors
    /// The database failed.
    pub async fn read(
        reader: &mut Reader,
        view: &'v View,
        first: Place,
        content_type: TypeIndex,
        ids: &[RecordId],
    ) -> Result<Self, ApiError> {
        let depth = if first == Place::Row { 0 } else { view.depth };
        let mut gathered = Self::new(reader, view);
        let mut level = Level::from([(content_type, ids.to_vec())]);
        for remaining in (0..=depth).rev() {
            let place = if remaining == depth { first } else { Place::Nested };
            level = gathered.level(reader, place, level, remaining > 0).await?;
        }
        Ok(gathered)
    }

    /// Nothing yet.
    pub fn new(reader: &Reader, view: &'v View) -> Self {
        let registry = reader.registry();
        Self {
            world: World::new(registry),
            plans: Plans::new(registry, view),
            sight: Sight::default(),
            visited: Set::default(),
        }
    }

    /// Reads records with all that hangs on them, and gives what they refer to when that is to be shown too.
    pub async fn level(
        &mut self,
        reader: &mut Reader,
        place: Place,
        level: Level,
        goes_on: bool,
    ) -> Result<Level, ApiError> {
        let registry = reader.registry().clone();
        let mut next = Level::new();
        for (index, mut ids) in level {
            ids.retain(|id| self.visited.insert((place, index, *id)));
            if ids.is_empty() {
                continue;
            }
            let plan = self.plans.make(index, place);
            self.world.load(reader, index, ids.iter().copied()).await?;
            self.load_names(reader, &plan, &ids).await?;
            if place == Place::Nested {
                let view = self.plans.view();
                self.sight.look(reader, view, registry.get(index), &ids).await?;
                ids.retain(|id| self.sight.sees(index, *id));
            }
            for line in &plan.fields {
                self.load_field(reader, &plan, line, &ids).await?;
            }
            for tail in &plan.tail {
                match tail {
                    Tail::ComputedFields => self.world.load_computed_fields(reader, index, &ids).await?,
                    Tail::Relationships => self.world.load_relationships(reader, index, &ids).await?,
                }
            }
            if goes_on {
                self.targets(&plan, &ids, &mut next);
            }
        }
        Ok(next)
    }

    pub async fn load_names(&mut self, reader: &mut Reader, plan: &Plan, ids: &[RecordId]) -> Result<(), ApiError> {
        let index = plan.content_type.index();
        for chain in plan.natural_key.iter().chain(plan.display.needs()) {
            self.world.load_chain(reader, chain, ids).await?;
        }
        if let Some(parent) = plan.display.needs_ancestors() {
            self.world.load_ancestors(reader, index, parent, ids).await?;
        }
        if !plan.display.needs_of_nameless().is_empty() {
            let nameless = ids.iter().copied().filter(|id| {
                let record = self.world.record(index, *id);
                record.is_some_and(|record| plan.display.is_nameless(&plan.content_type, record))
            });
            let nameless: Vec<RecordId> = nameless.collect();
            for chain in plan.display.needs_of_nameless() {
                self.world.load_chain(reader, chain, &nameless).await?;
            }
        }
        Ok(())
    }

    /// Reads what one field shows beyond the records themselves.
    pub async fn load_field(
        &mut self,
        reader: &mut Reader,
        plan: &Plan,
        line: &Line,
        ids: &[RecordId],
    ) -> Result<(), ApiError> {
        let index = plan.content_type.index();
        let field = (index, line.field);
        match &line.how {
            How::Many(_) | How::First(_) | How::ContentTypes => self.world.load_links(reader, field, ids).await,
            How::Reverse(reverse) => self.world.load_pointing(reader, field, *reverse, ids).await,
            How::Count(reverse) => self.world.add_count(reader, field, *reverse, ids).await,
            How::Made(Made::LoggedRecord) => {
                // The log of a record shows records of other types, and so on: the future would hold itself.
                Box::pin(logged::load(&mut self.world, reader, self.plans.view(), index, ids)).await
            }
            How::Made(made) => made::load(&mut self.world, reader, *made, field, ids).await,
            How::Alias(chain, _) => self.world.load_chain(reader, chain, ids).await,
            How::Generic => {
                let mut targets = Level::new();
                self.generic_targets(plan, line.field, ids, &mut targets);
                for (to, ids) in targets {
                    self.world.load(reader, to, ids).await?;
                }
                Ok(())
            }
            How::CustomFields => self.world.load_custom_fields(reader, index).await,
            How::Plain
            | How::Composite
            | How::BareChoice
            | How::LabelledChoice(_)
            | How::Decimal(_)
            | How::Instant
            | How::Duration
            | How::Reference(_) => Ok(()),
        }
    }

    /// Adds what records refer to.
    pub fn targets(&self, plan: &Plan, ids: &[RecordId], next: &mut Level) {
        let index = plan.content_type.index();
        let records = || ids.iter().filter_map(|id| self.world.record(index, *id));
        for line in &plan.fields {
            let field = (index, line.field);
            match &line.how {
                How::Reference(to) => next
                    .entry(*to)
                    .or_default()
                    .extend(records().filter_map(|record| record.reference(&plan.content_type, line.field))),
                How::Alias(chain, to) => {
                    let found = records().filter_map(|record| chain.target(&self.world, record));
                    next.entry(*to).or_default().extend(found);
                }
                How::Many(to) | How::First(to) => {
                    let links = ids.iter().flat_map(|id| self.world.links(field, *id));
                    next.entry(*to).or_default().extend(links.filter_map(|target| match target {
                        LinkTarget::Record(id) => Some(*id),
                        LinkTarget::ContentType(_) => None,
                    }));
                }
                How::Reverse(reverse) => {
                    let found = ids.iter().flat_map(|id| self.world.pointing(field, *id));
                    next.entry(reverse.from()).or_default().extend(found);
                }
                How::Generic => self.generic_targets(plan, line.field, ids, next),
                How::Made(made) => {
                    for (to, id) in ids.iter().filter_map(|id| made::target(&self.world, *made, index, *id)) {
                        next.entry(to).or_default().push(id);
                    }
                }
                How::Plain
                | How::Composite
                | How::BareChoice
                | How::LabelledChoice(_)
                | How::Decimal(_)
                | How::Instant
                | How::Duration
                | How::ContentTypes
                | How::Count(_)
                | How::CustomFields => {}
            }
        }
        if plan.tail.contains(&Tail::Relationships) {
            for (to, id) in ids.iter().flat_map(|id| self.world.relationships.targets(index, *id)) {
                next.entry(to).or_default().push(id);
            }
        }
    }

    fn generic_targets(&self, plan: &Plan, field: usize, ids: &[RecordId], next: &mut Level) {
        let records = ids.iter().filter_map(|id| self.world.record(plan.content_type.index(), *id));
        for (name, id) in records.filter_map(|record| record.generic(&plan.content_type, field)) {
            if let Ok(to) = self.world.registry().content_type(name) {
                next.entry(to.index()).or_default().push(id);
            }
        }
    }
}
