//! The order of a list: paths, or what the type says, and always the id at the end, so that pages never overlap.

use crate::model::{ContentType, FieldKind, Registry, ResolvedPath, Terminal, Visibility};
use crate::storage::{Dialect, Direction, Joins};

/// How often a reference is followed to what its target is ordered by.
const DEEPEST: usize = 3;

/// The tables that the order needs, and the terms of `ORDER BY`.
pub(crate) struct Order {
    pub joins: Joins,
    pub terms: String,
}

/// Unknown paths are ignored; when none is left, the type's own order counts. `joins` are those of the rest of the
/// statement.
pub(crate) fn order(
    dialect: Dialect,
    registry: &Registry,
    content_type: &ContentType,
    sort: &[String],
    mut joins: Joins,
) -> Order {
    let mut terms = Vec::new();
    let mut add = |path: &str, terms: &mut Vec<String>| {
        let found = keys(registry, content_type, path, &mut joins);
        terms.extend(found.iter().map(|(expression, direction)| dialect.order_by(expression, *direction)));
    };
    for path in sort.iter().flat_map(|paths| paths.split(',')).map(str::trim) {
        add(path, &mut terms);
    }
    if terms.is_empty() {
        for path in content_type.ordering() {
            add(path, &mut terms);
        }
    }
    terms.push("t0.\"id\"".to_owned());
    Order { joins, terms: terms.join(", ") }
}

/// What a path sorts by.
fn keys(registry: &Registry, content_type: &ContentType, path: &str, joins: &mut Joins) -> Vec<(String, Direction)> {
    let mut keys = Vec::new();
    let (path, direction) = match path.strip_prefix('-') {
        Some(path) => (path, Direction::Descending),
        None => (path, Direction::Ascending),
    };
    for path in expanded(registry, content_type, path, DEEPEST) {
        let Ok(path) = registry.path(content_type, &path) else { continue };
        if is_hidden(registry, &path) {
            continue;
        }
        let alias = joins.walk(&path, false);
        let expressions = Joins::sort_expressions(registry, &path, alias);
        keys.extend(expressions.into_iter().map(|expression| (expression, direction)));
    }
    keys
}

/// Whether a path ends at a field that is never shown, of which the order of a list would tell something.
fn is_hidden(registry: &Registry, path: &ResolvedPath) -> bool {
    let owner = registry.get(path.owner);
    match path.terminal {
        Terminal::Column(column) => owner.fields[owner.columns[column].field].visibility() == Visibility::Hidden,
        _ => false,
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
