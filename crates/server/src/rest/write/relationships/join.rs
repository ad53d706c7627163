//! Making what is joined what was said, within the transaction that wrote the records. Pairs that nobody wants any more
//! go first, so that what they held is free for others.

use std::collections::{HashMap, HashSet};

use indexmap::{IndexMap, IndexSet};
use trueup_engine::Value;
use trueup_inventory::model::{ContentType, Registry};
use trueup_inventory::relationship::{ASSOCIATION, Association, Relationship, Side};
use trueup_inventory::{
    Change, ChangeContext, InventoryWriter, Joined, MAX_BATCH, Reader, RecordId, Stored, WriteErrorCause,
};

use super::super::commit::Refused;
use super::{Joins, RELATIONSHIPS};
use crate::auth::Scope;
use crate::error::ApiError;

/// What the objects of a request want to be joined to, and what must be there in the end.
#[derive(Debug)]
pub struct Joining {
    /// By object.
    pub joins: Vec<Joins>,
    /// The ways on which every record of the type has to have something.
    pub required: Vec<(Association, Relationship)>,
    /// The pairs that the caller may make, and those that he may delete.
    pub may_add: Scope,
    pub may_delete: Scope,
}

/// The records that were written, in the order of the objects.
#[derive(Clone, Copy)]
struct Written<'a> {
    content_type: &'a ContentType,
    stored: &'a [Stored],
}

/// What becomes of pairs, each with the place of the object that wants it.
#[derive(Default)]
struct Pairs {
    gone: IndexMap<RecordId, usize>,
    new: Vec<(usize, Change)>,
}

impl Joining {
    /// Joins records that were just written to what their objects name; or tells for each object what is wrong.
    pub async fn write(
        &self,
        writer: &mut InventoryWriter,
        content_type: &ContentType,
        stored: &[Stored],
        context: &ChangeContext,
    ) -> Result<Result<(), Refused>, ApiError> {
        let written = Written { content_type, stored };
        let mut refused: Refused = vec![Vec::new(); stored.len()];
        let mut reader = writer.lend()?;
        let pairs = self.pairs(&mut reader, written).await;
        writer.take_back(reader);
        let pairs = pairs?;
        let deletes: Vec<(usize, Change)> = pairs.gone.iter().map(|(id, owner)| (*owner, delete(*id))).collect();
        run(writer, &deletes, context, &mut refused).await?;
        let made = run(writer, &pairs.new, context, &mut refused).await?;
        let mut reader = writer.lend()?;
        let checked = self.check(&mut reader, written, &made, &mut refused).await;
        writer.take_back(reader);
        checked?;
        Ok(if refused.iter().all(Vec::is_empty) { Ok(()) } else { Err(refused) })
    }

    /// The pairs that go, and those that are to be: one question for each way.
    async fn pairs(&self, reader: &mut Reader, written: Written<'_>) -> Result<Pairs, ApiError> {
        let mut by_way: IndexMap<Association, Vec<(usize, &IndexSet<RecordId>)>> = IndexMap::new();
        for (owner, joins) in self.joins.iter().enumerate() {
            for (way, wanted) in joins {
                by_way.entry(*way).or_default().push((owner, wanted));
            }
        }
        let mut pairs = Pairs::default();
        // Two records of one request may both name the other.
        let mut known = HashSet::new();
        let registry = reader.registry().clone();
        for (way, wanted) in by_way {
            let ids: Vec<RecordId> = wanted.iter().map(|(owner, _)| written.stored[*owner].id).collect();
            let mut joined: HashMap<RecordId, Vec<Joined>> = HashMap::new();
            for one in reader.joined(way, &ids).await? {
                joined.entry(one.near).or_default().push(one);
            }
            for (owner, wanted) in wanted {
                let near = written.stored[owner].id;
                let there = joined.get(&near).map_or(&[][..], Vec::as_slice);
                pairs.gone.extend(there.iter().filter(|one| !wanted.contains(&one.far)).map(|one| (one.by, owner)));
                let there: HashSet<RecordId> = there.iter().map(|one| one.far).collect();
                for far in wanted.iter().filter(|far| !there.contains(*far)) {
                    if known.insert((way.relationship, ends(way, near, *far))) {
                        pairs.new.push((owner, create(&registry, written.content_type, way, near, *far)));
                    }
                }
            }
        }
        let gone: Vec<RecordId> = pairs.gone.keys().copied().collect();
        demand(reader, &self.may_delete, &gone).await?;
        if self.may_add == Scope::None && !pairs.new.is_empty() {
            return Err(ApiError::forbidden());
        }
        Ok(pairs)
    }

    /// What came to be is what the caller may make, and every record has what it has to have.
    async fn check(
        &self,
        reader: &mut Reader,
        written: Written<'_>,
        made: &[RecordId],
        refused: &mut Refused,
    ) -> Result<(), ApiError> {
        demand(reader, &self.may_add, made).await?;
        let ids: Vec<RecordId> = written.stored.iter().map(|one| one.id).collect();
        for (way, relationship) in &self.required {
            let filter = &relationship.end(way.toward.opposite()).filter;
            let bound = reader.meeting(written.content_type, filter, &ids).await?;
            let joined: HashSet<RecordId> = reader.joined(*way, &ids).await?.iter().map(|one| one.near).collect();
            for (place, id) in ids.iter().enumerate() {
                if bound.contains(id) && !joined.contains(id) && refused[place].is_empty() {
                    let (key, side) = (&relationship.key, way.toward.word());
                    refused[place].push(cause(format!(
                        "You need to specify [\"relationships\"][\"{key}\"][\"{side}\"][\"objects\"]."
                    )));
                }
            }
        }
        Ok(())
    }
}

/// Only pairs that a right covers.
async fn demand(reader: &mut Reader, scope: &Scope, pairs: &[RecordId]) -> Result<(), ApiError> {
    let registry = reader.registry().clone();
    let covered = match (scope, registry.content_type(ASSOCIATION)) {
        (Scope::Some(restriction), Ok(association)) => reader.allowed(association, pairs, restriction).await?.len(),
        (Scope::All, _) => pairs.len(),
        _ => 0,
    };
    if covered < pairs.len() { Err(ApiError::forbidden()) } else { Ok(()) }
}

/// Writes changes of pairs. What is wrong with one is the matter of its object.
async fn run(
    writer: &mut InventoryWriter,
    changes: &[(usize, Change)],
    context: &ChangeContext,
    refused: &mut Refused,
) -> Result<Vec<RecordId>, ApiError> {
    let batch: Vec<Change> = changes.iter().map(|(_, change)| change.clone()).collect();
    let mut answers = Vec::with_capacity(batch.len());
    for part in batch.chunks(MAX_BATCH) {
        answers.extend(writer.write(part, context).await?);
    }
    let mut written = Vec::with_capacity(batch.len());
    for ((owner, _), answer) in changes.iter().zip(answers) {
        match answer {
            Ok(stored) => written.push(stored.id),
            Err(error) => refused[*owner].extend(error.causes.iter().filter_map(of_owner)),
        }
    }
    Ok(written)
}

/// The ends of a pair, in an order that is the same from both of a symmetric relationship.
fn ends(way: Association, near: RecordId, far: RecordId) -> (RecordId, RecordId) {
    match way.toward {
        Side::Destination => (near, far),
        Side::Source => (far, near),
        Side::Peer => (near.min(far), near.max(far)),
    }
}

fn create(registry: &Registry, content_type: &ContentType, way: Association, near: RecordId, far: RecordId) -> Change {
    let (here, there) = ((content_type.name(), near), (registry.get(way.to).name(), far));
    let (source, destination) = if way.toward == Side::Source { (there, here) } else { (here, there) };
    let values = [
        ("relationship__id", way.relationship.to_string()),
        ("source_type", source.0.to_owned()),
        ("source_id", source.1.to_string()),
        ("destination_type", destination.0.to_owned()),
        ("destination_id", destination.1.to_string()),
    ];
    Change::create(ASSOCIATION, values.map(|(path, value)| (path.into(), Value::from(value))).to_vec())
}

fn delete(pair: RecordId) -> Change {
    Change::delete(ASSOCIATION, vec![("id".into(), Value::from(pair.to_string()))])
}

fn of_owner(found: &WriteErrorCause) -> Option<WriteErrorCause> {
    match found {
        WriteErrorCause::Withdrawn => None,
        WriteErrorCause::Rule { message, .. } => Some(cause(message.clone())),
        other => Some(cause(other.to_string())),
    }
}

fn cause(message: String) -> WriteErrorCause {
    WriteErrorCause::Rule { field: RELATIONSHIPS.to_owned(), message }
}
