//! The record that the last part of an address names: by its id, or by its natural key.
//!
//! A natural key in an address is its values in order, each encoded as in a query string and `%00` for null, with `;`
//! between them. What is left out at the end is null. The key of a record in a tree goes on to the top: `AMS;NL;EU`.

use percent_encoding::percent_decode_str;
use trueup_engine::Value;

use super::climb::Climb;
use super::filter::Fragment;
use super::reader::Reader;
use crate::error::InventoryError;
use crate::model::{ContentType, Registry, ResolvedPath, ScalarType, Terminal};
use crate::storage::{Cell, Joins, RecordId};
use crate::write::key_cells;

/// Values that a key may have.
const MOST_PARTS: usize = 32;
/// The field by which a single value names a record whose natural key has several.
const NAME: &str = "name";

impl Reader {
    /// The record that `key` names: an id, or a natural key as addresses hold it, percent signs and all. None when
    /// there is no such record, or several.
    ///
    /// # Errors
    /// The database failed.
    pub async fn find(&mut self, content_type: &ContentType, key: &str) -> Result<Option<RecordId>, InventoryError> {
        let registry = self.registry().clone();
        let fault = InventoryError::database("finding a record");
        if let Ok(id) = uuid::Uuid::parse_str(key) {
            let query = format!("SELECT \"id\" FROM \"{}\" WHERE \"id\" = ?", content_type.table);
            let query = Fragment::new(query).bind(Cell::Id(RecordId(id)));
            return self.only_one(&query).await.map_err(fault);
        }
        let Some(parts) = key_parts(key) else { return Ok(None) };
        let by_key = match registry.key_paths(content_type, parts.len()) {
            Some(paths) => by_paths(&registry, content_type, &paths, &parts),
            None => None,
        };
        if let Some(query) = by_key
            && let Some(id) = self.only_one(&query).await.map_err(&fault)?
        {
            return Ok(Some(id));
        }
        let named = (parts.len() == 1 && is_unique(content_type, NAME)).then(|| vec![NAME.to_owned()]);
        let by_name = named.and_then(|paths| by_paths(&registry, content_type, &paths, &parts));
        match by_name {
            Some(query) => self.only_one(&query).await.map_err(fault),
            None => Ok(None),
        }
    }

    async fn only_one(&mut self, query: &Fragment) -> Result<Option<RecordId>, sqlx::Error> {
        match self.ids(query).await?[..] {
            [id] => Ok(Some(id)),
            _ => Ok(None),
        }
    }
}

/// The values of a key, decoded; none where it says null. `None` when the key is no text.
pub fn key_parts(key: &str) -> Option<Vec<Option<String>>> {
    let parts = key.split(';').map(|part| {
        if part == "%00" || part == "\0" {
            return Some(None);
        }
        let text = percent_decode_str(&part.replace('+', " ")).decode_utf8().ok()?.into_owned();
        (!text.contains('\0')).then_some(Some(text))
    });
    parts.collect()
}

impl Registry {
    /// The paths of a natural key of so many values. When the last of them goes up a tree, the key goes on to the top, and
    /// one path more, which must be null. `None` when no key of the type has so many values.
    pub fn key_paths(&self, content_type: &ContentType, parts: usize) -> Option<Vec<String>> {
        if parts > MOST_PARTS {
            return None;
        }
        let mut paths = content_type.natural_key().to_vec();
        let climb = paths.last().and_then(|last| Climb::of(self, content_type, last));
        if let Some(climb) = climb {
            let mut steps = 1;
            while paths.len() <= parts {
                steps += 1;
                paths.push(climb.up(steps));
            }
        }
        (paths.len() >= parts).then_some(paths)
    }
}

/// The query for records whose values at the paths are the parts; none when no record can have them.
fn by_paths(
    registry: &Registry,
    content_type: &ContentType,
    paths: &[String],
    parts: &[Option<String>],
) -> Option<Fragment> {
    let mut joins = Joins::new(content_type.index());
    let mut conditions = Vec::with_capacity(paths.len());
    for (place, path) in paths.iter().enumerate() {
        let path = registry.path(content_type, path).ok()?;
        let alias = joins.walk(&path, false);
        let expressions = Joins::expressions(registry, &path, alias);
        let cells = match parts.get(place) {
            Some(Some(text)) => cells(registry, &path, text)?,
            _ => vec![Cell::Null; expressions.len()],
        };
        for (expression, cell) in expressions.into_iter().zip(cells) {
            let expression = Fragment::new(expression);
            conditions.push(match cell {
                Cell::Null => expression.within("", " IS NULL"),
                // An empty part is also how a null is written by those who do not know `%00`.
                Cell::Text(text) if text.is_empty() && path.nullable => {
                    let empty = expression.clone().equals(vec![Cell::Text(text)]);
                    Fragment::any(vec![empty, expression.within("", " IS NULL")])
                }
                cell => expression.equals(vec![cell]),
            });
        }
    }
    let head = format!("SELECT t0.\"id\" FROM {} WHERE ", joins.sql_for_reading(registry));
    Some(Fragment::all(conditions).within(&head, " LIMIT 2"))
}

fn cells(registry: &Registry, path: &ResolvedPath, text: &str) -> Option<Vec<Cell>> {
    let text_column = matches!(path.terminal, Terminal::Column(column)
        if registry.get(path.owner).columns[column].column_type == crate::model::ColumnType::Scalar(ScalarType::Text));
    let value = Value::from(text);
    let value = if text_column { value } else { path.field_type.normalise(value).ok()? };
    let mut cells = Vec::new();
    key_cells(registry, path, value, &mut cells)?;
    Some(cells)
}

fn is_unique(content_type: &ContentType, field: &str) -> bool {
    let column = content_type.field(field).and_then(|field| field.column);
    column.is_some_and(|column| {
        content_type.unique.iter().any(|unique| unique.columns == [column] && unique.unless_null.is_none())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_apart() {
        let text = |text: &str| Some(text.to_owned());
        let cases = [
            ("AMS", Some(vec![text("AMS")])),
            ("AMS;EU", Some(vec![text("AMS"), text("EU")])),
            ("a+b;c%3Bd", Some(vec![text("a b"), text("c;d")])),
            ("%00;x", Some(vec![None, text("x")])),
            ("", Some(vec![text("")])),
            ("%FF", None),
            ("a%00b", None),
        ];
        for (key, expected) in cases {
            assert_eq!(key_parts(key), expected, "{key}");
        }
    }

    #[test]
    fn keys_of_trees_go_on_to_the_top() {
        let registry = Registry::embedded().unwrap();
        let paths = |name: &str, parts| registry.key_paths(registry.content_type(name).unwrap(), parts);
        let location = |parts| paths("dcim.location", parts).unwrap();
        assert_eq!(location(1), ["name", "parent__name"]);
        assert_eq!(location(2), ["name", "parent__name", "parent__parent__name"]);
        assert_eq!(location(3).last().unwrap(), "parent__parent__parent__name");
        assert_eq!(
            paths("dcim.device", 4).unwrap(),
            ["name", "tenant__name", "location__name", "location__parent__name", "location__parent__parent__name"]
        );
        assert_eq!(paths("dcim.manufacturer", 2), None);
        assert_eq!(paths("dcim.location", 33), None);
    }
}
