//! Natural keys that go up a tree. The key of a location is its name and the names of all that it lies in; a type says so
//! by a path that goes up one step, `parent__name`, and how many steps there are is a matter of the tree.

use super::reader::Reader;
use crate::error::InventoryError;
use crate::model::{ContentType, FieldKind, Registry, TypeIndex};
use crate::storage::Args;

/// A path of a natural key that goes up a tree: `location__parent__name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Climb {
    /// The type whose records form the tree.
    pub tree: TypeIndex,
    /// What leads to the tree: `location__`, or nothing.
    prefix: String,
    parent: String,
    name: String,
}

impl Climb {
    /// `None` for a path that goes up no tree.
    pub fn of(registry: &Registry, content_type: &ContentType, path: &str) -> Option<Self> {
        let (before, name) = path.rsplit_once("__")?;
        let (prefix, parent) = before.rsplit_once("__").map_or(("", before), |(holder, parent)| (holder, parent));
        let tree = match prefix {
            "" => registry.get(content_type.index()),
            holder => registry.get(registry.path(content_type, &format!("{holder}__id")).ok()?.owner),
        };
        match &tree.field(parent)?.kind {
            FieldKind::Reference(reference) if reference.to() == tree.index() => {}
            _ => return None,
        }
        // A type may name its parent on the way; only a key that ends so goes on to the top.
        if *tree.natural_key().last()? != format!("{parent}__{name}") {
            return None;
        }
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}__") };
        Some(Self { tree: tree.index(), prefix, parent: parent.to_owned(), name: name.to_owned() })
    }

    /// The path that goes up so many steps.
    pub fn up(&self, steps: usize) -> String {
        let Self { tree: _, prefix, parent, name } = self;
        format!("{prefix}{}{name}", format!("{parent}__").repeat(steps))
    }
}

impl Registry {
    /// The types whose trees the natural key of a type goes up.
    pub fn climbed_by_key(&self, content_type: &ContentType) -> Vec<TypeIndex> {
        let climbs = content_type.natural_key().iter().filter_map(|path| Climb::of(self, content_type, path));
        climbs.map(|climb| climb.tree).collect()
    }

    /// The natural key of a type, going up each tree as many steps as its height says.
    pub fn key_to_top(&self, content_type: &ContentType, height: impl Fn(TypeIndex) -> usize) -> Vec<String> {
        let mut paths = Vec::new();
        for path in content_type.natural_key() {
            match Climb::of(self, content_type, path) {
                Some(climb) => paths.extend((1..=height(climb.tree)).map(|steps| climb.up(steps))),
                None => paths.push(path.clone()),
            }
        }
        paths
    }
}

impl Reader {
    /// How many steps it is from the lowest record of a tree up to its top; 0 when no record has a parent.
    ///
    /// # Errors
    /// The database failed.
    pub async fn tree_height(&mut self, content_type: &ContentType) -> Result<usize, InventoryError> {
        let fault = InventoryError::database("measuring a tree");
        let parent = content_type.tree().and_then(|field| field.column);
        let Some(parent) = parent.map(|column| &content_type.columns[column].name) else { return Ok(0) };
        let table = &content_type.table;
        let sql = format!(
            "WITH RECURSIVE \"level\"(\"id\", \"height\") AS (\
             SELECT \"id\", CAST(0 AS BIGINT) FROM \"{table}\" WHERE \"{parent}\" IS NULL UNION ALL \
             SELECT t.\"id\", \"level\".\"height\" + 1 FROM \"{table}\" t \
             JOIN \"level\" ON t.\"{parent}\" = \"level\".\"id\") SELECT max(\"height\") FROM \"level\""
        );
        let rows = self.session().rows(sql, Args::default()).await.map_err(&fault)?;
        let height = rows.first().map(|row| row.int(0)).transpose().map_err(&fault)?.flatten();
        Ok(height.and_then(|height| usize::try_from(height).ok()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_go_up_as_far_as_the_tree_does() {
        let registry = Registry::embedded().unwrap();
        let cases = [
            ("dcim.location", 0, "name"),
            ("dcim.location", 2, "name parent__name parent__parent__name"),
            ("dcim.device", 1, "name tenant__name location__name location__parent__name"),
            (
                "dcim.interface",
                2,
                "device__name device__tenant__name device__location__name device__location__parent__name \
                 device__location__parent__parent__name name",
            ),
            ("dcim.manufacturer", 3, "name"),
            ("tenancy.tenantgroup", 3, "name"),
        ];
        for (name, height, expected) in cases {
            let content_type = registry.content_type(name).unwrap();
            assert_eq!(registry.key_to_top(content_type, |_| height).join(" "), expected, "{name} {height}");
        }
    }
}
