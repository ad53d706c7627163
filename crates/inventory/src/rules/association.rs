//! What a relationship joins: two records of its types, within its filters, and not more of them than its kind allows.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

use super::{distinct, settle};
use crate::model::{ContentType, TypeIndex};
use crate::query::meeting;
use crate::relationship::{Relationship, RelationshipKind, Side, Which, load};
use crate::storage::RecordId;
use crate::write::{Batch, Draft, WriteErrorCause as Cause, select_by_ids};

const SIDES: [Side; 2] = [Side::Source, Side::Destination];

/// The columns of a pair; those of sides in the order of [`SIDES`].
struct Columns {
    relationship: usize,
    types: [usize; 2],
    ids: [usize; 2],
}

/// A pair that can be looked at: its relationship and its ends.
#[derive(Debug, Clone, Copy)]
struct Pair {
    relationship: RecordId,
    ends: [RecordId; 2],
}

impl Columns {
    fn of(content_type: &ContentType) -> Self {
        let column = |side: Side, name: &str| content_type.column_of(&format!("{}_{name}", side.word()));
        Self {
            relationship: content_type.column_of("relationship"),
            types: SIDES.map(|side| column(side, "type")),
            ids: SIDES.map(|side| column(side, "id")),
        }
    }

    fn pair(&self, draft: &Draft) -> Option<Pair> {
        let [source, destination] = self.ids.map(|column| draft.row[column].id());
        Some(Pair { relationship: draft.row[self.relationship].id()?, ends: [source?, destination?] })
    }
}

pub(super) async fn check(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    drafts: &mut [Draft],
) -> Result<(), sqlx::Error> {
    let columns = Columns::of(content_type);
    let ids = drafts.iter().filter(|draft| draft.is_good()).filter_map(|draft| draft.row[columns.relationship].id());
    let ids = distinct(ids);
    let definitions = load(&mut batch.session, batch.registry, Which::Ids(&ids)).await?;
    let definitions: HashMap<RecordId, Relationship> = definitions.into_iter().map(|one| (one.id, one)).collect();
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        check_types(batch, &columns, &definitions, draft);
    }
    let allowed = Allowed::read(batch, &columns, &definitions, drafts).await?;
    for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
        let Some(pair) = columns.pair(draft) else { continue };
        let Some(definition) = definitions.get(&pair.relationship) else { continue };
        for (side, id) in SIDES.into_iter().zip(pair.ends) {
            if let Some(why) = allowed.refusal(definition, side, id) {
                draft.fail(Cause::rule(&field(side), why));
            }
        }
    }
    let stored = stored(batch, content_type, &columns, drafts).await?;
    settle(drafts, |writing, drafts| {
        let mut taken = Taken::default();
        stored.iter().filter(|(id, _)| !writing.contains(*id)).for_each(|(_, pair)| taken.add(*pair));
        for draft in drafts.iter_mut().filter(|draft| draft.is_good()) {
            let Some(pair) = columns.pair(draft) else { continue };
            let Some(definition) = definitions.get(&pair.relationship) else { continue };
            match taken.refusal(definition, pair) {
                Some((side, why)) => draft.fail(Cause::rule(&field(side), why)),
                None => taken.add(pair),
            }
        }
    });
    Ok(())
}

fn field(side: Side) -> String {
    format!("{}_id", side.word())
}

fn check_types(batch: &Batch<'_>, columns: &Columns, definitions: &HashMap<RecordId, Relationship>, draft: &mut Draft) {
    let Some(definition) = draft.row[columns.relationship].id().and_then(|id| definitions.get(&id)) else {
        draft.fail(Cause::rule("relationship", "a type that it joins is not known here"));
        return;
    };
    for (place, side) in SIDES.into_iter().enumerate() {
        let wanted = batch.registry.get(definition.end(side).content_type).name();
        let named = draft.row[columns.types[place]].text().unwrap_or_default();
        if named != wanted {
            let message = format!("the {} of {} is a {wanted}, not a {named}", side.word(), definition.label);
            draft.fail(Cause::rule(&format!("{}_type", side.word()), message));
        }
    }
    let same_type = definition.source.content_type == definition.destination.content_type;
    if same_type && draft.row[columns.ids[0]] == draft.row[columns.ids[1]] {
        draft.fail(Cause::rule("destination_id", "a record cannot be joined to itself"));
    }
}

/// Records, by what they are asked for.
type Records = HashSet<RecordId, RandomState>;

/// Which of the named records exist, and which of these a side of a relationship takes.
struct Allowed {
    existing: HashMap<TypeIndex, Records>,
    meeting: HashMap<(RecordId, Side), Records>,
}

impl Allowed {
    /// One question for each type, and one for each filter.
    async fn read(
        batch: &mut Batch<'_>,
        columns: &Columns,
        definitions: &HashMap<RecordId, Relationship>,
        drafts: &[Draft],
    ) -> Result<Self, sqlx::Error> {
        let mut by_side: HashMap<(RecordId, Side), Vec<RecordId>> = HashMap::new();
        for pair in drafts.iter().filter(|draft| draft.is_good()).filter_map(|draft| columns.pair(draft)) {
            for (side, id) in SIDES.into_iter().zip(pair.ends) {
                by_side.entry((pair.relationship, side)).or_default().push(id);
            }
        }
        let mut by_type: HashMap<TypeIndex, Vec<RecordId>> = HashMap::new();
        let mut allowed = Self { existing: HashMap::new(), meeting: HashMap::new() };
        for ((relationship, side), ids) in by_side {
            let Some(definition) = definitions.get(&relationship) else { continue };
            let ids = distinct(ids.into_iter());
            let end = definition.end(side);
            if !end.filter.is_empty() {
                let content_type = batch.registry.get(end.content_type).clone();
                let found = meeting(batch.session.again(), batch.registry, &content_type, &end.filter, &ids).await?;
                // A filter that names something that is gone lets nothing through.
                allowed.meeting.insert((relationship, side), found.unwrap_or_default());
            }
            by_type.entry(end.content_type).or_default().extend(ids);
        }
        for (index, ids) in by_type {
            let head = format!("SELECT \"id\" FROM \"{}\" WHERE \"id\" IN ", batch.registry.get(index).table);
            let rows = select_by_ids(&mut batch.session, &head, &distinct(ids.into_iter()), "").await?;
            let found = rows.iter().map(|row| row.some_id(0)).collect::<Result<_, _>>()?;
            allowed.existing.insert(index, found);
        }
        Ok(allowed)
    }

    fn refusal(&self, definition: &Relationship, side: Side, id: RecordId) -> Option<String> {
        let end = definition.end(side);
        if !self.existing.get(&end.content_type).is_some_and(|found| found.contains(&id)) {
            return Some(format!("there is nothing with the id {id}"));
        }
        let outside = self.meeting.get(&(definition.id, side)).is_some_and(|found| !found.contains(&id));
        outside.then(|| {
            format!("{} takes only what its {}_filter finds, and that is not {id}", definition.label, side.word())
        })
    }
}

/// The pairs of the same relationships that stand at the ends of those that are written, by the records that say so.
async fn stored(
    batch: &mut Batch<'_>,
    content_type: &ContentType,
    columns: &Columns,
    drafts: &[Draft],
) -> Result<HashMap<RecordId, Pair>, sqlx::Error> {
    let pairs = || drafts.iter().filter(|draft| draft.is_good()).filter_map(|draft| columns.pair(draft));
    let relationships: HashSet<RecordId> = pairs().map(|pair| pair.relationship).collect();
    let ids = distinct(pairs().flat_map(|pair| pair.ends));
    let mut stored = HashMap::new();
    for side in SIDES {
        let head = format!(
            "SELECT \"id\", \"relationship_id\", \"source_id\", \"destination_id\" FROM \"{}\" WHERE \"{}\" IN ",
            content_type.table,
            field(side)
        );
        for row in select_by_ids(&mut batch.session, &head, &ids, "").await? {
            let pair = Pair { relationship: row.some_id(1)?, ends: [row.some_id(2)?, row.some_id(3)?] };
            if relationships.contains(&pair.relationship) {
                stored.insert(row.some_id(0)?, pair);
            }
        }
    }
    Ok(stored)
}

/// What is joined already.
#[derive(Default)]
struct Taken {
    pairs: HashSet<(RecordId, [RecordId; 2])>,
    /// By relationship and side, the records that stand there.
    standing: HashSet<(RecordId, Side, RecordId)>,
}

impl Taken {
    fn add(&mut self, Pair { relationship, ends }: Pair) {
        self.pairs.insert((relationship, ends));
        for (side, id) in SIDES.into_iter().zip(ends) {
            self.standing.insert((relationship, side, id));
        }
    }

    /// Why a pair cannot be, and the side that is to blame.
    fn refusal(&self, definition: &Relationship, pair: Pair) -> Option<(Side, String)> {
        let Pair { relationship, ends: [source, destination] } = pair;
        let stands = |side: Side, id: RecordId| self.standing.contains(&(relationship, side, id));
        let symmetric = definition.kind.is_symmetric();
        let known = |ends: [RecordId; 2]| self.pairs.contains(&(relationship, ends));
        if known([source, destination]) {
            // The same pair once more is for the database to refuse.
            return None;
        }
        if symmetric && known([destination, source]) {
            return Some((Side::Destination, format!("{} joins these two already", definition.label)));
        }
        let second = |side: Side, id: RecordId| {
            (side, format!("{} joins {id} to another record already; delete that first", definition.label))
        };
        let anywhere = |id: RecordId| SIDES.into_iter().any(|side| stands(side, id));
        match definition.kind {
            RelationshipKind::ManyToMany | RelationshipKind::SymmetricManyToMany => None,
            RelationshipKind::OneToMany => {
                stands(Side::Destination, destination).then(|| second(Side::Destination, destination))
            }
            RelationshipKind::OneToOne => stands(Side::Destination, destination)
                .then(|| second(Side::Destination, destination))
                .or_else(|| stands(Side::Source, source).then(|| second(Side::Source, source))),
            RelationshipKind::SymmetricOneToOne => anywhere(destination)
                .then(|| second(Side::Destination, destination))
                .or_else(|| anywhere(source).then(|| second(Side::Source, source))),
        }
    }
}
