//! What a stored table is and its content type says otherwise, in the order in which it is mended. Pure: nothing is asked.

use std::collections::HashMap;

use crate::model::{ColumnType, ContentType, FieldKind, Registry, ScalarType};
use crate::storage::catalog::{Catalog, StoredColumn};
use crate::storage::dialect::Dialect;
use crate::storage::schema::{Defined, Definition, create_type};
use crate::storage::type_book::{Holds, TypeBook, held, linked};

/// One thing to mend. Columns are places in the content type, or names where it has none any more.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Difference {
    /// An index that is no more, or no more what it was.
    DropIndex {
        name: String,
    },
    /// Links to another type than before.
    DropLinks {
        table: String,
        field: usize,
        was: String,
        is: String,
    },
    /// A column that holds something else than before.
    Replace {
        column: usize,
        was: String,
        is: String,
    },
    Add {
        column: usize,
    },
    /// It may be null now.
    Relax {
        name: String,
    },
    /// It may not be null any more.
    Require {
        column: usize,
    },
    MakeTable {
        sql: String,
    },
    /// The type has a view in place of its table now.
    MakeView {
        sql: String,
    },
    /// `unique`: the place of what must occur once.
    MakeIndex {
        sql: String,
        unique: Option<usize>,
    },
}

/// What differs for a type that has its table.
pub(super) fn differences(
    dialect: Dialect,
    registry: &Registry,
    content_type: &ContentType,
    catalog: &Catalog,
    book: &TypeBook,
) -> Vec<Difference> {
    if content_type.is_view() {
        let definitions = create_type(dialect, registry, content_type).into_iter();
        return definitions.map(|Definition { sql, .. }| Difference::MakeView { sql }).collect();
    }
    let table = &content_type.table;
    let holds = book.holds(content_type);
    let links = links(registry, content_type, catalog, holds);
    let columns = columns(registry, content_type, &catalog.tables[table], holds);
    let made = |name: &str| {
        links.iter().any(|link| matches!(link, Difference::DropLinks { table, .. } if table == name))
            || !catalog.tables.contains_key(name)
    };
    let (tables, indexes): (Vec<_>, Vec<_>) = create_type(dialect, registry, content_type)
        .into_iter()
        .partition(|definition| definition.what == Defined::Table);
    // A column that is made anew takes its indexes along.
    let all_anew = columns.iter().any(|difference| matches!(difference, Difference::Replace { .. }));
    let same = |definition: &Definition| {
        let there = catalog.indexes.get(&definition.name);
        there.is_some_and(|there| {
            there.table == definition.table && dialect.index_shape(&there.sql) == dialect.index_shape(&definition.sql)
        })
    };
    let kept = |definition: &Definition| {
        let goes = made(&definition.table) || (all_anew && definition.table == *table);
        !goes && same(definition)
    };
    let is_kept = |name: &str| indexes.iter().any(|definition| definition.name == name && kept(definition));
    // Only indexes of our own making: others may have made some to their needs.
    let ours = |name: &str, on: &str| {
        (on == table && (name.starts_with("ix_") || name.starts_with("ux_")))
            || (indexes.iter().any(|definition| definition.name == name && definition.table == on) && !made(on))
    };
    let mut dropped: Vec<&String> = catalog
        .indexes
        .iter()
        .filter(|(name, index)| ours(name, &index.table) && !is_kept(name))
        .map(|(name, _)| name)
        .collect();
    dropped.sort_unstable();

    let mut all: Vec<Difference> =
        dropped.into_iter().map(|name| Difference::DropIndex { name: name.clone() }).collect();
    let missing = tables.into_iter().filter(|definition| made(&definition.name)).collect::<Vec<_>>();
    let anew: Vec<Difference> = indexes
        .iter()
        .filter(|definition| !kept(definition))
        .map(|definition| make(content_type, dialect, definition))
        .collect();
    all.extend(links);
    all.extend(columns);
    all.extend(missing.into_iter().map(|definition| Difference::MakeTable { sql: definition.sql }));
    all.extend(anew);
    all
}

/// Tables of links that lead to another type than before.
fn links(registry: &Registry, content_type: &ContentType, catalog: &Catalog, holds: Option<&Holds>) -> Vec<Difference> {
    let mut links = Vec::new();
    for (field, declared) in content_type.fields.iter().enumerate() {
        let FieldKind::Many(many) = &declared.kind else { continue };
        let was = holds.and_then(|holds| holds.get(&many.link.table));
        let is = linked(registry, many.target);
        if let Some(was) = was.filter(|was| **was != is && catalog.tables.contains_key(&many.link.table)) {
            links.push(Difference::DropLinks { table: many.link.table.clone(), field, was: was.clone(), is });
        }
    }
    links
}

/// Columns that are missing or are otherwise, and those that the type no longer has and that nothing fills.
fn columns(
    registry: &Registry,
    content_type: &ContentType,
    stored: &HashMap<String, StoredColumn>,
    holds: Option<&Holds>,
) -> Vec<Difference> {
    let mut columns = Vec::new();
    for (place, column) in content_type.columns.iter().enumerate() {
        let Some(there) = stored.get(&column.name) else {
            columns.push(Difference::Add { column: place });
            continue;
        };
        let is = held(registry, column.column_type);
        match holds.and_then(|holds| holds.get(&column.name)) {
            Some(was) if *was != is && !widens(was, column.column_type) => {
                columns.push(Difference::Replace { column: place, was: was.clone(), is });
            }
            _ if column.nullable && !there.nullable => columns.push(Difference::Relax { name: column.name.clone() }),
            _ if !column.nullable && there.nullable => columns.push(Difference::Require { column: place }),
            _ => {}
        }
    }
    let known = |name: &str| name == "id" || content_type.columns.iter().any(|column| column.name == name);
    let mut left: Vec<&String> =
        stored.iter().filter(|(name, column)| !column.nullable && !known(name)).map(|(name, _)| name).collect();
    left.sort_unstable();
    columns.extend(left.into_iter().map(|name| Difference::Relax { name: name.clone() }));
    columns
}

fn make(content_type: &ContentType, dialect: Dialect, definition: &Definition) -> Difference {
    let unique = content_type.unique.iter().position(|unique| dialect.name(&unique.index_name) == definition.name);
    Difference::MakeIndex { sql: definition.sql.clone(), unique }
}

/// Whether everything that was held is, as it is stored, a value of the new type too.
fn widens(was: &str, is: ColumnType) -> bool {
    let ColumnType::Scalar(is) = is else { return false };
    match is {
        ScalarType::Text => matches!(was, "date" | "decimal" | "content_type"),
        ScalarType::Int => matches!(was, "bool" | "duration"),
        _ => false,
    }
}
