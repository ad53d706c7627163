//! References that the database holds to and no content type has: of columns and tables that a type, or all of them, no
//! longer have. What they refer to stays as long as they do.

use super::catalog::{Catalog, ForeignKey};
use crate::model::{ColumnType, Registry, TypeIndex};

/// A reference of a column that no content type has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leftover {
    pub table: String,
    pub column: String,
    pub to: TypeIndex,
}

/// Those to the tables of content types.
pub(super) fn leftovers(catalog: &Catalog, registry: &Registry) -> Vec<Leftover> {
    let left = |key: &&ForeignKey| {
        !registry.content_types().any(|content_type| {
            let mut columns = content_type.columns.iter();
            content_type.table == key.table && columns.any(|column| is(column.column_type, &column.name, key))
        })
    };
    let to = |key: &ForeignKey| registry.content_types().find(|one| one.table == key.to).map(|one| one.index);
    let mut found: Vec<Leftover> = catalog
        .foreign_keys
        .iter()
        .filter(left)
        .filter_map(|key| Some(Leftover { table: key.table.clone(), column: key.column.clone(), to: to(key)? }))
        .collect();
    found.sort_unstable_by(|a, b| (&a.table, &a.column).cmp(&(&b.table, &b.column)));
    found
}

fn is(column_type: ColumnType, name: &str, key: &ForeignKey) -> bool {
    matches!(column_type, ColumnType::Id(_)) && name == key.column
}
