//! Tables made from content types: real columns, foreign keys, indexes.

use std::fmt::Write as _;

use super::dialect::Dialect;
use super::sqlite;
use crate::model::{ColumnType, ContentType, FieldKind, ManyTarget, Nulls, Registry, ScalarType, TypeIndex, Unique};

/// The statement that makes a table or an index.
#[derive(Debug)]
pub(super) struct Definition {
    pub what: Defined,
    pub name: String,
    /// The table itself, or that of the index.
    pub table: String,
    pub sql: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Defined {
    Table,
    View,
    Index,
}

/// The statements that make the tables of every content type.
pub fn create_statements(dialect: Dialect, registry: &Registry) -> Vec<String> {
    let tables = registry.content_types().flat_map(|content_type| create_type(dialect, registry, content_type));
    let references = registry.content_types().flat_map(|content_type| references(dialect, registry, content_type));
    tables.map(|definition| definition.sql).chain(references.map(|(_, sql)| sql)).collect()
}

/// What makes one content type: its table, its indexes, and the tables that link it to others.
pub(super) fn create_type(dialect: Dialect, registry: &Registry, content_type: &ContentType) -> Vec<Definition> {
    if content_type.view {
        return vec![empty_view(dialect, content_type)];
    }
    let table = &content_type.table;
    let mut definitions = Vec::new();
    let id = dialect.type_name(ColumnType::Id(content_type.index()));
    let mut create = format!("CREATE TABLE \"{table}\" (\n  \"id\" {id} PRIMARY KEY NOT NULL");
    for column in &content_type.columns {
        let _ = write!(create, ",\n  \"{}\" {}", column.name, dialect.type_name(column.column_type));
        if !column.nullable {
            create.push_str(" NOT NULL");
        }
        if let ColumnType::Id(to) = column.column_type {
            create.push_str(&reference_of_column(dialect, registry, to, Goes::Protected));
        }
    }
    create.push_str("\n)");
    definitions.push(Definition { what: Defined::Table, name: table.clone(), table: table.clone(), sql: create });

    definitions.extend(content_type.unique.iter().map(|unique| unique_index(dialect, content_type, unique)));
    for (place, column) in content_type.columns.iter().enumerate() {
        let covered = content_type
            .unique
            .iter()
            .any(|unique| unique.unless_null.is_none() && unique.columns.first() == Some(&place));
        if column.index && !covered {
            definitions.push(index(dialect, table, &column.name));
        }
    }
    for field in &content_type.fields {
        let FieldKind::Many(many) = &field.kind else { continue };
        if many.link.through {
            continue;
        }
        let (link, far) = (&many.link.table, &many.link.far);
        let owner = reference_of_column(dialect, registry, content_type.index(), Goes::WithIt);
        let target = match many.target {
            ManyTarget::ContentTypes => {
                format!("{} NOT NULL", dialect.type_name(ColumnType::Scalar(ScalarType::ContentType)))
            }
            ManyTarget::Records(to) => {
                format!("{id} NOT NULL{}", reference_of_column(dialect, registry, to, Goes::WithIt))
            }
        };
        let create = format!(
            "CREATE TABLE \"{link}\" (\n  \"owner_id\" {id} NOT NULL{owner},\n  \"{far}\" {target},\n  \
             PRIMARY KEY (\"owner_id\", \"{far}\")\n)"
        );
        let sql = match dialect {
            Dialect::Sqlite => create + " WITHOUT ROWID",
            Dialect::Postgres => create,
        };
        definitions.push(Definition { what: Defined::Table, name: link.clone(), table: link.clone(), sql });
        definitions.push(index(dialect, link, far));
    }
    definitions
}

/// A view without rows, until whoever keeps them makes another one of its columns.
fn empty_view(dialect: Dialect, content_type: &ContentType) -> Definition {
    let table = &content_type.table;
    let id = (ColumnType::Id(content_type.index()), "id");
    let columns = content_type.columns.iter().map(|column| (column.column_type, column.name.as_str()));
    let columns = std::iter::once(id).chain(columns);
    let columns: Vec<String> =
        columns.map(|(of, name)| format!("{} AS \"{name}\"", dialect.cast("NULL", of))).collect();
    let sql = format!("CREATE VIEW \"{table}\" AS SELECT {} WHERE 1 = 0", columns.join(", "));
    Definition { what: Defined::View, name: table.clone(), table: table.clone(), sql }
}

/// The references of one content type by name, where they are made after all tables: PostgreSQL wants the table that is
/// referred to first, and types refer to each other in rings.
pub(super) fn references(dialect: Dialect, registry: &Registry, content_type: &ContentType) -> Vec<(String, String)> {
    if dialect == Dialect::Sqlite || content_type.view {
        return Vec::new();
    }
    let reference = |table: &str, column: &str, to: TypeIndex, goes: Goes| {
        let name = dialect.name(&format!("fk_{table}_{column}")).into_owned();
        let target = &registry.get(to).table;
        let sql = format!(
            "ALTER TABLE \"{table}\" ADD CONSTRAINT \"{name}\" FOREIGN KEY (\"{column}\") \
             REFERENCES \"{target}\"(\"id\"){} DEFERRABLE INITIALLY IMMEDIATE",
            goes.sql()
        );
        (name, sql)
    };
    let mut all = Vec::new();
    for column in &content_type.columns {
        if let ColumnType::Id(to) = column.column_type {
            all.push(reference(&content_type.table, &column.name, to, Goes::Protected));
        }
    }
    for field in &content_type.fields {
        let FieldKind::Many(many) = &field.kind else { continue };
        if many.link.through {
            continue;
        }
        all.push(reference(&many.link.table, "owner_id", content_type.index(), Goes::WithIt));
        if let ManyTarget::Records(to) = many.target {
            all.push(reference(&many.link.table, &many.link.far, to, Goes::WithIt));
        }
    }
    all
}

/// What becomes of a row when the row that it refers to goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Goes {
    Protected,
    WithIt,
}

impl Goes {
    fn sql(self) -> &'static str {
        match self {
            Goes::Protected => "",
            Goes::WithIt => " ON DELETE CASCADE",
        }
    }
}

/// The reference that is declared with its column; see [`references`] for the others.
fn reference_of_column(dialect: Dialect, registry: &Registry, to: TypeIndex, goes: Goes) -> String {
    match dialect {
        Dialect::Sqlite => format!(" REFERENCES \"{}\"(\"id\"){}", registry.get(to).table, goes.sql()),
        Dialect::Postgres => String::new(),
    }
}

fn index(dialect: Dialect, table: &str, column: &str) -> Definition {
    let name = dialect.name(&format!("ix_{table}_{column}")).into_owned();
    let term = dialect.index_term(&format!("\"{column}\""));
    let sql = format!("CREATE INDEX \"{name}\" ON \"{table}\" ({term})");
    Definition { what: Defined::Index, name, table: table.to_owned(), sql }
}

fn unique_index(dialect: Dialect, content_type: &ContentType, unique: &Unique) -> Definition {
    let null_is_a_value = |place: usize| {
        let column = &content_type.columns[place];
        unique.nulls == Nulls::Same && column.nullable && unique.unless_null != Some(place)
    };
    let term = |&place: &usize| {
        let name = format!("\"{}\"", content_type.columns[place].name);
        match dialect {
            Dialect::Sqlite if null_is_a_value(place) => sqlite::null_as_value(&name),
            _ => dialect.index_term(&name),
        }
    };
    let terms: Vec<String> = unique.columns.iter().map(term).collect();
    let name = dialect.name(&unique.index_name).into_owned();
    let mut sql = format!("CREATE UNIQUE INDEX \"{name}\" ON \"{}\" ({})", content_type.table, terms.join(", "));
    if dialect == Dialect::Postgres && unique.columns.iter().any(|place| null_is_a_value(*place)) {
        sql.push_str(" NULLS NOT DISTINCT");
    }
    if let Some(place) = unique.unless_null {
        let _ = write!(sql, " WHERE \"{}\" IS NOT NULL", content_type.columns[place].name);
    }
    Definition { what: Defined::Index, name, table: content_type.table.clone(), sql }
}
