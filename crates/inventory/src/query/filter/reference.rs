//! Filters by other records: named by their id, or by what people call them.

use super::Compiler;
use super::fault::{Fault, no_choice};
use super::fragment::Fragment;
use super::parameter::{Lookup, Sense, Suffix};
use super::scalar;
use super::way::{Depth, Target, Values, Way, ids_where, subtree};
use crate::model::{ContentType, FieldKind, Registry, ScalarType};
use crate::storage::Cell;

/// What the values of a filter may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    IdOrName,
    Id,
}

/// The value that stands for no record.
const NULL: &str = "null";
/// Values that one statement looks up.
const CHUNK: usize = 200;

/// The condition on `t0`; none when the filter says nothing.
pub(super) async fn condition(
    compiler: &mut Compiler<'_, '_>,
    way: &Way,
    by: By,
    suffix: Suffix,
    values: &[String],
) -> Result<Option<Fragment>, Fault> {
    let sense = match suffix.lookup {
        Lookup::IsNull => {
            return Ok(scalar::flag(values).map(|is_null| somewhere(way, !is_null)));
        }
        Lookup::Exact => suffix.sense,
        Lookup::Text(_) | Lookup::Range(_) => return Err(Fault::Unknown),
    };
    let named: Vec<&str> = values.iter().map(|value| value.trim()).filter(|value| !value.is_empty()).collect();
    if named.is_empty() {
        return Ok(None);
    }
    let sets = sets(compiler, way, by, &named).await?;
    let conditions = named.contains(&NULL).then(|| somewhere(way, false)).into_iter();
    let conditions: Vec<Fragment> = conditions.chain(sets.into_iter().map(|set| way.leads_to("t0.", set))).collect();
    Ok(Some(match (way.values, sense) {
        (Values::All, Sense::Keep) => Fragment::all(conditions),
        (_, Sense::Keep) => Fragment::any(conditions),
        (_, Sense::Exclude) => Fragment::any(conditions).not(),
    }))
}

/// Whether a way leads to anything.
pub(super) fn somewhere(way: &Way, leads: bool) -> Fragment {
    let condition = way.leads_somewhere("t0.");
    if leads { condition } else { condition.not() }
}

/// The sets of records that the values name: one for all values, or one for each where all of them must hold.
pub(super) async fn sets(
    compiler: &mut Compiler<'_, '_>,
    way: &Way,
    by: By,
    values: &[&str],
) -> Result<Vec<Fragment>, Fault> {
    let values: Vec<&str> = values.iter().copied().filter(|value| *value != NULL).collect();
    let together = |cells: Vec<Cell>| match way.values {
        Values::All => cells.into_iter().map(|cell| Fragment::list(vec![cell])).collect(),
        Values::Any => vec![Fragment::list(cells)],
    };
    if values.is_empty() {
        return Ok(Vec::new());
    }
    let to = match way.target {
        Target::ContentTypes => {
            let names = values.iter().map(|value| scalar::cell(compiler.registry, ScalarType::ContentType, value));
            return Ok(together(all_or_messages(names)?));
        }
        Target::Records(to) => compiler.registry.get(to).clone(),
    };
    let named = all_or_messages(values.iter().map(|value| naming(compiler.registry, &to, by, value)))?;
    check_existence(compiler, &to, &named, &values).await?;
    let ids: Option<Vec<Cell>> = named.iter().map(Named::id).collect();
    let sets = match (ids, way.values) {
        (Some(ids), _) => together(ids),
        (None, Values::Any) => {
            vec![ids_where(&to.table, Fragment::any(named.iter().map(|named| named.condition()).collect()))]
        }
        (None, Values::All) => named.iter().map(|named| ids_where(&to.table, named.condition())).collect(),
    };
    Ok(match way.depth {
        Depth::Node => sets,
        Depth::Tree => sets.into_iter().map(|set| subtree(&to, set)).collect(),
    })
}

fn all_or_messages<T>(items: impl Iterator<Item = Result<T, String>>) -> Result<Vec<T>, Fault> {
    let mut good = Vec::new();
    let mut messages = Vec::new();
    for item in items {
        match item {
            Ok(item) => good.push(item),
            Err(message) => messages.push(message),
        }
    }
    if messages.is_empty() { Ok(good) } else { Err(Fault::Values(messages)) }
}

/// How one value names records: a condition on the columns of their table.
enum Named {
    Id(Cell),
    Name(Fragment),
}

impl Named {
    fn id(&self) -> Option<Cell> {
        match self {
            Named::Id(id) => Some(id.clone()),
            Named::Name(_) => None,
        }
    }

    fn condition(&self) -> Fragment {
        match self {
            Named::Id(id) => Fragment::new("\"id\"").equals(vec![id.clone()]),
            Named::Name(condition) => condition.clone(),
        }
    }
}

fn naming(registry: &Registry, to: &ContentType, by: By, value: &str) -> Result<Named, String> {
    if let Some(id) = scalar::uuid(value) {
        return Ok(Named::Id(Cell::Id(id)));
    }
    if by == By::Id {
        return Err(format!("\u{201c}{value}\u{201d} is not a valid value."));
    }
    let conditions: Vec<Fragment> =
        naming_fields(to).into_iter().filter_map(|field| equals(registry, to, field, value)).collect();
    if conditions.is_empty() { Err(no_choice(value)) } else { Ok(Named::Name(Fragment::any(conditions))) }
}

/// The fields by which a record is named in filters: the first plain field of the type's own in its natural key, and
/// `name`.
fn naming_fields(to: &ContentType) -> Vec<usize> {
    let own = |path: &&str| {
        to.field(path).is_some_and(|field| matches!(field.kind, FieldKind::Scalar(_) | FieldKind::Composite(_)))
    };
    let first = to.natural_key().iter().map(String::as_str).find(own);
    let name = Some("name").filter(own).filter(|name| first != Some(*name));
    first.into_iter().chain(name).map(|name| to.by_name[name]).collect()
}

/// The condition that a plain field has a value, on the columns of its table; none when it cannot have it.
fn equals(registry: &Registry, to: &ContentType, field: usize, value: &str) -> Option<Fragment> {
    match &to.fields[field].kind {
        FieldKind::Scalar(scalar) => {
            let cell = scalar::cell(registry, scalar.scalar_type, value).ok()?;
            let column = &to.columns[to.fields[field].column?].name;
            Some(Fragment::new(format!("\"{column}\"")).equals(vec![cell]))
        }
        FieldKind::Composite(composite) => super::network::equals("", to, composite, value),
        _ => None,
    }
}

/// Every value must name a record that exists.
async fn check_existence(
    compiler: &mut Compiler<'_, '_>,
    to: &ContentType,
    named: &[Named],
    values: &[&str],
) -> Result<(), Fault> {
    let mut missing = vec![true; named.len()];
    for (chunk, start) in named.chunks(CHUNK).zip((0..).step_by(CHUNK)) {
        let mut questions: Option<Fragment> = None;
        for (place, named) in chunk.iter().enumerate() {
            let head = format!("SELECT CAST({place} AS BIGINT) WHERE EXISTS (SELECT 1 FROM \"{}\" WHERE ", to.table);
            let question = named.condition().within(&head, ")");
            questions = Some(match questions {
                None => question,
                Some(before) => before.then(" UNION ALL ", question),
            });
        }
        let Some(questions) = questions else { break };
        for row in compiler.session.rows(questions.sql.as_str(), questions.args()).await? {
            let place = row.int(0)?.and_then(|place| usize::try_from(place).ok()).unwrap_or_default();
            if let Some(missing) = missing.get_mut(start + place) {
                *missing = false;
            }
        }
    }
    let messages: Vec<String> =
        values.iter().zip(missing).filter(|(_, missing)| *missing).map(|(value, _)| no_choice(value)).collect();
    if messages.is_empty() { Ok(()) } else { Err(Fault::Values(messages)) }
}
