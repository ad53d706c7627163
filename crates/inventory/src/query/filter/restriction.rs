//! What a permission lets someone see of a type: constraints in the words of Django, as object permissions hold them.
//!
//! `{"name__startswith": "ams", "location__name": "AMS"}` demands both, a list of such objects demands one of them, and
//! null or an empty object demands nothing.

use serde_json::Value as Json;

use super::fragment::Fragment;
use super::parameter::{Range, TextLookup};
use super::way::{Depth, End, Target, Way, walk};
use super::{network, scalar, text};
use crate::model::{ContentType, FieldKind, Registry, ScalarType};
use crate::storage::{Cell, Dialect};

/// Constraints that records of one type must meet. A permission is read where no database is at hand, so they are said in
/// the words of each.
#[derive(Debug, Clone, PartialEq)]
pub struct Restriction {
    sqlite: Fragment,
    postgres: Fragment,
}

/// A comparison in Django's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Constraint {
    Exact,
    In,
    IsNull,
    Contains,
    StartsWith,
    EndsWith,
    Text(TextLookup),
    Range(Range),
}

impl Constraint {
    const ALL: [(&'static str, Constraint); 16] = [
        ("exact", Constraint::Exact),
        ("in", Constraint::In),
        ("isnull", Constraint::IsNull),
        ("contains", Constraint::Contains),
        ("startswith", Constraint::StartsWith),
        ("endswith", Constraint::EndsWith),
        ("iexact", Constraint::Text(TextLookup::IExact)),
        ("icontains", Constraint::Text(TextLookup::IContains)),
        ("istartswith", Constraint::Text(TextLookup::IStartsWith)),
        ("iendswith", Constraint::Text(TextLookup::IEndsWith)),
        ("regex", Constraint::Text(TextLookup::Regex)),
        ("iregex", Constraint::Text(TextLookup::IRegex)),
        ("gt", Constraint::Range(Range::Greater)),
        ("gte", Constraint::Range(Range::GreaterOrEqual)),
        ("lt", Constraint::Range(Range::Less)),
        ("lte", Constraint::Range(Range::LessOrEqual)),
    ];

    fn split(path: &str) -> (&str, Constraint) {
        let known = path.rsplit_once("__").and_then(|(base, word)| {
            let (_, constraint) = Self::ALL.iter().find(|(name, _)| *name == word)?;
            Some((base, *constraint))
        });
        known.unwrap_or((path, Constraint::Exact))
    }
}

impl Restriction {
    /// Reads the constraints of a permission.
    ///
    /// # Errors
    /// What in them cannot be understood. A permission with such constraints must grant nothing.
    pub fn parse(registry: &Registry, content_type: &ContentType, constraints: &Json) -> Result<Self, String> {
        let alternatives = match constraints {
            Json::Null => return Ok(Self { sqlite: Fragment::always(), postgres: Fragment::always() }),
            Json::Array(alternatives) => alternatives.as_slice(),
            one => std::slice::from_ref(one),
        };
        let in_words_of = |dialect| any_of(dialect, registry, content_type, alternatives);
        Ok(Self { sqlite: in_words_of(Dialect::Sqlite)?, postgres: in_words_of(Dialect::Postgres)? })
    }

    pub(in crate::query) fn condition(&self, dialect: Dialect) -> &Fragment {
        match dialect {
            Dialect::Sqlite => &self.sqlite,
            Dialect::Postgres => &self.postgres,
        }
    }

    /// What meets this restriction or the other.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            sqlite: Fragment::any(vec![self.sqlite, other.sqlite]),
            postgres: Fragment::any(vec![self.postgres, other.postgres]),
        }
    }

    /// Whether every record meets it.
    pub fn is_none(&self) -> bool {
        self.sqlite == Fragment::always()
    }
}

/// The regular expressions in the constraints of a permission, with their paths.
pub(crate) fn constraint_expressions<'c>(constraints: &'c Json) -> Vec<(&'c str, &'c str)> {
    let alternatives = match constraints {
        Json::Array(alternatives) => alternatives.as_slice(),
        one => std::slice::from_ref(one),
    };
    let members = alternatives.iter().filter_map(Json::as_object).flatten();
    let expression = |(path, value): (&'c String, &'c Json)| {
        let (_, constraint) = Constraint::split(path);
        let compares = matches!(constraint, Constraint::Text(TextLookup::Regex | TextLookup::IRegex));
        Some((path.as_str(), value.as_str().filter(|_| compares)?))
    };
    members.filter_map(expression).collect()
}

/// What meets one of the alternatives.
fn any_of(
    dialect: Dialect,
    registry: &Registry,
    content_type: &ContentType,
    alternatives: &[Json],
) -> Result<Fragment, String> {
    let mut any = Vec::with_capacity(alternatives.len());
    for alternative in alternatives {
        let Json::Object(members) = alternative else {
            return Err(format!("constraints are an object or a list of objects, not `{alternative}`"));
        };
        let all = members.iter().map(|(path, value)| {
            compile(dialect, registry, content_type, path, value).map_err(|why| format!("constraint `{path}`: {why}"))
        });
        any.push(Fragment::all(all.collect::<Result<_, _>>()?));
    }
    // An empty list demands nothing, as null does.
    Ok(if any.is_empty() { Fragment::always() } else { Fragment::any(any) })
}

fn compile(
    dialect: Dialect,
    registry: &Registry,
    content_type: &ContentType,
    path: &str,
    value: &Json,
) -> Result<Fragment, String> {
    let (base, constraint) = Constraint::split(path);
    let end =
        walk(registry, content_type, base).ok_or_else(|| format!("{} has no path `{base}`", content_type.name()))?;
    match end {
        End::Way(way) => by_record(registry, &way, constraint, value),
        End::Id(way) => {
            let ids = Fragment::list(values(constraint, value)?.into_iter().map(id).collect::<Result<_, _>>()?);
            if way.steps.is_empty() {
                return Ok(ids.within("t0.\"id\" IN ", ""));
            }
            Ok(way.leads_to("t0.", ids))
        }
        End::Field { way, owner, field } => {
            let owner = registry.get(owner);
            let row = if way.steps.is_empty() { "t0." } else { "" };
            let condition = by_field(dialect, registry, owner, field, row, constraint, value)?;
            Ok(way.leads_where(registry, "t0.", condition))
        }
    }
}

/// A reference itself is compared by id, or by the name of a content type.
fn by_record(registry: &Registry, way: &Way, constraint: Constraint, value: &Json) -> Result<Fragment, String> {
    if constraint == Constraint::IsNull || (constraint == Constraint::Exact && value.is_null()) {
        let somewhere = way.leads_somewhere("t0.");
        return Ok(if value.is_null() || truth(value)? { somewhere.not() } else { somewhere });
    }
    let values = values(constraint, value)?.into_iter();
    let cells: Vec<Cell> = match way.target {
        Target::Records(_) => values.map(id).collect::<Result<_, _>>()?,
        Target::ContentTypes => values
            .map(|value| scalar::cell(registry, ScalarType::ContentType, &plain(value)?))
            .collect::<Result<_, _>>()?,
    };
    let way = Way { depth: Depth::Node, ..way.clone() };
    Ok(way.leads_to("t0.", Fragment::list(cells)))
}

fn by_field(
    dialect: Dialect,
    registry: &Registry,
    owner: &ContentType,
    field: usize,
    row: &str,
    constraint: Constraint,
    value: &Json,
) -> Result<Fragment, String> {
    let definition = &owner.fields[field];
    let (column, scalar_type) = match (&definition.kind, definition.column) {
        (FieldKind::Scalar(scalar), Some(column)) => (column, scalar.scalar_type),
        (FieldKind::Composite(composite), _) => {
            let each = values(constraint, value)?.into_iter().map(|value| {
                let value = plain(value)?;
                network::equals(row, owner, composite, &value).ok_or_else(|| format!("`{value}` is no address"))
            });
            return Ok(Fragment::any(each.collect::<Result<_, _>>()?));
        }
        _ => return Err("it holds nothing that can be compared".to_owned()),
    };
    let column = Fragment::new(format!("{row}\"{}\"", owner.columns[column].name));
    let cell = |value: &Json| scalar::cell(registry, scalar_type, &plain(value)?);
    let only_text = || match scalar_type {
        ScalarType::Text | ScalarType::ContentType => plain(value),
        _ => Err("only texts are compared like that".to_owned()),
    };
    Ok(match constraint {
        Constraint::IsNull => scalar::null(&column, truth(value)?),
        Constraint::Exact if value.is_null() => scalar::null(&column, true),
        Constraint::Exact | Constraint::In => {
            let cells = values(constraint, value)?.into_iter().map(cell);
            column.equals(cells.collect::<Result<_, _>>()?)
        }
        Constraint::Contains => text::sensitive::contains(&column, &only_text()?),
        Constraint::StartsWith => text::sensitive::starts_with(&column.sql, &only_text()?),
        Constraint::EndsWith => text::sensitive::ends_with(&column.sql, &only_text()?),
        Constraint::Text(lookup) => text::compare(dialect, &column, lookup, &only_text()?)?,
        Constraint::Range(range) => {
            let (column, cell) = match (scalar_type, cell(value)?) {
                (ScalarType::Decimal, Cell::Text(text)) => {
                    (Fragment::new(dialect.number(&column.sql)), text.parse().map_or(Cell::Null, Cell::Real))
                }
                (ScalarType::Json | ScalarType::Bool, _) => return Err("it has no order".to_owned()),
                (_, cell) => (column, cell),
            };
            column.then(&format!(" {} ", range.operator()), Fragment::new("?").bind(cell))
        }
    })
}

fn values(constraint: Constraint, value: &Json) -> Result<Vec<&Json>, String> {
    match (constraint, value) {
        (Constraint::In, Json::Array(values)) => Ok(values.iter().collect()),
        (Constraint::In, _) => Err("`in` takes a list".to_owned()),
        (Constraint::Exact, value) => Ok(vec![value]),
        _ => Err("records are compared by exact, in or isnull".to_owned()),
    }
}

fn plain(value: &Json) -> Result<String, String> {
    match value {
        Json::String(text) if text.contains('\0') => Err("null characters are in no text".to_owned()),
        Json::String(text) => Ok(text.clone()),
        Json::Number(number) => Ok(number.to_string()),
        Json::Bool(flag) => Ok(flag.to_string()),
        other => Err(format!("`{other}` is no plain value")),
    }
}

fn id(value: &Json) -> Result<Cell, String> {
    let text = plain(value)?;
    scalar::uuid(&text).map(Cell::Id).ok_or_else(|| format!("`{text}` is no id"))
}

fn truth(value: &Json) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| format!("`{value}` is neither true nor false"))
}
