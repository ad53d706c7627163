//! The filter `q`: what a person types to find something.

use super::fragment::Fragment;
use super::way::{End, walk};
use super::{network, scalar, text};
use crate::model::{ContentType, FieldKind, Registry, ScalarType, SearchLookup};
use crate::storage::{Cell, Dialect};

/// The condition on `t0`; none when nothing is searched for.
pub(super) fn condition(
    dialect: Dialect,
    registry: &Registry,
    content_type: &ContentType,
    values: &[String],
) -> Option<Fragment> {
    let wanted = values.last().map(|value| value.trim()).filter(|value| !value.is_empty())?;
    let mut conditions = Vec::new();
    if let Some(id) = scalar::uuid(wanted) {
        conditions.push(Fragment::new("t0.\"id\"").equals(vec![Cell::Id(id)]));
    }
    let looked_at = |path: &str| content_type.search().iter().any(|(searched, _)| searched == path);
    for (path, lookup) in content_type.search() {
        conditions.extend(at_path(dialect, registry, content_type, path, *lookup, wanted));
    }
    // Networks and addresses are searched by what they begin with, whether or not their type says so.
    for field in content_type.fields().iter().filter(|field| !looked_at(field.name())) {
        if let FieldKind::Composite(composite) = field.kind() {
            conditions.extend(network::search("t0.", content_type, composite, wanted));
        }
    }
    Some(Fragment::any(conditions))
}

fn at_path(
    dialect: Dialect,
    registry: &Registry,
    content_type: &ContentType,
    path: &str,
    lookup: SearchLookup,
    wanted: &str,
) -> Option<Fragment> {
    let Some(End::Field { way, owner, field }) = walk(registry, content_type, path) else { return None };
    let owner = registry.get(owner);
    let row = if way.steps.is_empty() { "t0." } else { "" };
    let condition = match &owner.fields[field].kind {
        FieldKind::Composite(composite) => network::search(row, owner, composite, wanted)?,
        FieldKind::Scalar(scalar) => {
            let column = Fragment::new(format!("{row}\"{}\"", owner.columns[owner.fields[field].column?].name));
            match (lookup, scalar.scalar_type) {
                (SearchLookup::IContains, ScalarType::Mac) => {
                    text::contains(dialect, &Fragment::new(dialect.mac_text(&column.sql)), wanted)
                }
                (SearchLookup::IContains, ScalarType::Text) => text::contains(dialect, &column, wanted),
                (SearchLookup::IContains, ScalarType::Int | ScalarType::Json | ScalarType::ContentType) => {
                    text::contains(dialect, &column.within("CAST(", " AS TEXT)"), wanted)
                }
                (SearchLookup::IExact, ScalarType::Text) => {
                    text::compare(dialect, &column, super::parameter::TextLookup::IExact, wanted).ok()?
                }
                (_, scalar_type) => column.equals(vec![scalar::cell(registry, scalar_type, wanted).ok()?]),
            }
        }
        _ => return None,
    };
    Some(way.leads_where(registry, "t0.", condition))
}
