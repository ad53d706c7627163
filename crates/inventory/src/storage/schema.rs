//! Tables made from content types: real columns, foreign keys, indexes.

use std::fmt::Write as _;

use super::sqlite;
use crate::model::{ColumnType, ContentType, FieldKind, ManyTarget, Nulls, Registry};

/// The statements that make the tables of every content type.
pub fn create_statements(registry: &Registry) -> Vec<String> {
    registry.content_types().flat_map(|content_type| create_type(registry, content_type)).collect()
}

/// The statements that make one content type: its table, its indexes, and the tables that link it to others.
pub(crate) fn create_type(registry: &Registry, content_type: &ContentType) -> Vec<String> {
    let table = &content_type.table;
    let mut statements = Vec::new();
    let mut create = format!("CREATE TABLE \"{table}\" (\n  \"id\" BLOB PRIMARY KEY NOT NULL");
    for column in &content_type.columns {
        let _ = write!(create, ",\n  \"{}\" {}", column.name, sqlite::type_name(column.column_type));
        if !column.nullable {
            create.push_str(" NOT NULL");
        }
        if let ColumnType::Id(to) = column.column_type {
            let _ = write!(create, " REFERENCES \"{}\"(\"id\")", registry.get(to).table);
        }
    }
    create.push_str("\n)");
    statements.push(create);

    for unique in &content_type.unique {
        let columns: Vec<String> = unique
            .columns
            .iter()
            .map(|&place| {
                let column = &content_type.columns[place];
                let name = format!("\"{}\"", column.name);
                let same = unique.nulls == Nulls::Same && column.nullable && unique.unless_null != Some(place);
                if same { sqlite::null_as_value(&name) } else { name }
            })
            .collect();
        let mut create =
            format!("CREATE UNIQUE INDEX \"{}\" ON \"{table}\" ({})", unique.index_name, columns.join(", "));
        if let Some(place) = unique.unless_null {
            let _ = write!(create, " WHERE \"{}\" IS NOT NULL", content_type.columns[place].name);
        }
        statements.push(create);
    }
    for (place, column) in content_type.columns.iter().enumerate() {
        let covered = content_type
            .unique
            .iter()
            .any(|unique| unique.unless_null.is_none() && unique.columns.first() == Some(&place));
        if column.index && !covered {
            statements.push(format!("CREATE INDEX \"ix_{table}_{0}\" ON \"{table}\" (\"{0}\")", column.name));
        }
    }
    for field in &content_type.fields {
        let FieldKind::Many(many) = &field.kind else { continue };
        if many.link.through {
            continue;
        }
        let (link, far) = (&many.link.table, &many.link.far);
        let target = match many.target {
            ManyTarget::ContentTypes => "TEXT NOT NULL".to_owned(),
            ManyTarget::Records(to) => {
                format!("BLOB NOT NULL REFERENCES \"{}\"(\"id\") ON DELETE CASCADE", registry.get(to).table)
            }
        };
        statements.push(format!(
            "CREATE TABLE \"{link}\" (\n  \"owner_id\" BLOB NOT NULL REFERENCES \"{table}\"(\"id\") ON DELETE CASCADE,\n  \
             \"{far}\" {target},\n  PRIMARY KEY (\"owner_id\", \"{far}\")\n) WITHOUT ROWID"
        ));
        statements.push(format!("CREATE INDEX \"ix_{link}_{far}\" ON \"{link}\" (\"{far}\")"));
    }
    statements
}
