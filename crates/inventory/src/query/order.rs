//! The order of a list: paths, or what the type says, and always the id at the end, so that pages never overlap.

use crate::model::{ContentType, FieldKind, Registry};
use crate::storage::{Joins, sqlite};

/// How often a reference is followed to what its target is ordered by.
const DEEPEST: usize = 3;

/// The tables that the order needs, and the terms of `ORDER BY`.
pub(super) struct Order {
    pub joins: Joins,
    pub terms: String,
}

/// Unknown paths are ignored; when none is left, the type's own order counts.
pub(super) fn order(registry: &Registry, content_type: &ContentType, sort: &[String]) -> Order {
    let mut joins = Joins::new(content_type.index());
    let mut terms = Vec::new();
    for path in sort.iter().flat_map(|paths| paths.split(',')).map(str::trim) {
        add(registry, content_type, path, &mut joins, &mut terms);
    }
    if terms.is_empty() {
        for path in content_type.ordering() {
            add(registry, content_type, path, &mut joins, &mut terms);
        }
    }
    terms.push("t0.\"id\"".to_owned());
    Order { joins, terms: terms.join(", ") }
}

fn add(registry: &Registry, content_type: &ContentType, path: &str, joins: &mut Joins, terms: &mut Vec<String>) {
    let (path, direction) = match path.strip_prefix('-') {
        Some(path) => (path, sqlite::Direction::Descending),
        None => (path, sqlite::Direction::Ascending),
    };
    for path in expanded(registry, content_type, path, DEEPEST) {
        let Ok(path) = registry.path(content_type, &path) else { continue };
        let alias = joins.walk(&path, false);
        let expressions = Joins::sort_expressions(registry, &path, alias);
        terms.extend(expressions.iter().map(|expression| sqlite::order_by(expression, direction)));
    }
}

/// A path that ends at a reference stands for what its target is ordered by.
fn expanded(registry: &Registry, content_type: &ContentType, path: &str, depth: usize) -> Vec<String> {
    let mut current = content_type;
    for name in path.split("__") {
        match current.field(name).map(|field| &field.kind) {
            Some(FieldKind::Reference(reference)) => current = registry.get(reference.to()),
            Some(FieldKind::Alias(alias)) => current = registry.get(alias.to()),
            _ => return vec![path.to_owned()],
        }
    }
    if depth == 0 {
        return vec![format!("{path}__id")];
    }
    let behind = current.ordering().iter().map(|inner| format!("{path}__{}", inner.trim_start_matches('-')));
    behind.flat_map(|path| expanded(registry, content_type, &path, depth - 1)).collect()
}
