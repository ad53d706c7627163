//! What a database remembers of every content type that it has ever held: the number by which clients know it, and what
//! its columns hold.
//!
//! A number is given once, when a type is first seen, and belongs to its name from then on: it neither changes nor goes to
//! another type when types come and go. What a column holds is kept because the column itself does not say it: a text, a
//! day and a document are all texts to the database.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::Args;
use super::catalog::Catalog;
use super::session::Session;
use crate::model::{ColumnType, ContentType, FieldKind, ManyTarget, Registry, TypeIndex};

/// All that is remembered, by the names of types.
#[derive(Debug, Default)]
pub(super) struct TypeBook {
    entries: HashMap<String, Entry>,
}

#[derive(Debug)]
struct Entry {
    number: i64,
    holds: Holds,
}

/// What columns hold, by their names, and what tables of links lead to, by theirs. Those that a type no longer has stay.
pub(super) type Holds = BTreeMap<String, String>;

/// The numbers by which clients know content types.
#[derive(Debug)]
pub struct TypeNumbers {
    by_type: Vec<i64>,
}

impl TypeNumbers {
    /// The number of a type.
    pub fn of(&self, content_type: TypeIndex) -> i64 {
        self.by_type[content_type.0]
    }

    /// The type of a number; none of a type that was taken away.
    pub fn find(&self, number: i64) -> Option<TypeIndex> {
        self.by_type.iter().position(|own| *own == number).map(TypeIndex)
    }
}

impl TypeBook {
    pub async fn read(session: &mut Session<'_>) -> Result<Self, sqlx::Error> {
        let mut book = Self::default();
        let sql = "SELECT name, number, holds FROM inventory_content_type";
        for row in session.rows(sql, Args::default()).await? {
            let holds = serde_json::from_str(&row.some_text(2)?).map_err(|error| sqlx::Error::Decode(error.into()))?;
            book.entries.insert(row.some_text(0)?, Entry { number: row.some_int(1)?, holds });
        }
        Ok(book)
    }

    /// What is remembered of the columns of a type.
    pub fn holds(&self, content_type: &ContentType) -> Option<&Holds> {
        self.entries.get(content_type.name()).map(|entry| &entry.holds)
    }

    /// Writes down what all types hold now, with numbers for those that have none: the next ones, in the order of names;
    /// first those that had a table in `before`, since clients of earlier versions knew these by that order.
    pub async fn write(
        mut self,
        session: &mut Session<'_>,
        registry: &Registry,
        before: &Catalog,
    ) -> Result<TypeNumbers, sqlx::Error> {
        let mut last = self.entries.values().map(|entry| entry.number).max().unwrap_or(0);
        let mut types: Vec<&Arc<ContentType>> = registry.content_types().collect();
        types.sort_by_key(|content_type| !before.tables.contains_key(&content_type.table));
        let mut by_type = vec![0; types.len()];
        for content_type in types {
            let now = holds(registry, content_type);
            let name = content_type.name();
            let number = match self.entries.get_mut(name) {
                None => {
                    last += 1;
                    let sql = "INSERT INTO inventory_content_type (number, name, holds) VALUES (?, ?, ?)";
                    session.execute(sql, Args::default().with(last).with(name).with(text(&now)?)).await?;
                    last
                }
                Some(entry) => {
                    let mut all = entry.holds.clone();
                    all.extend(now);
                    if all != entry.holds {
                        let sql = "UPDATE inventory_content_type SET holds = ? WHERE number = ?";
                        session.execute(sql, Args::default().with(text(&all)?).with(entry.number)).await?;
                    }
                    entry.number
                }
            };
            by_type[content_type.index.0] = number;
        }
        Ok(TypeNumbers { by_type })
    }
}

fn text(holds: &Holds) -> Result<String, sqlx::Error> {
    serde_json::to_string(holds).map_err(|error| sqlx::Error::Encode(error.into()))
}

/// What the columns and links of a type hold, as its file says.
fn holds(registry: &Registry, content_type: &ContentType) -> Holds {
    let columns = content_type.columns.iter();
    let mut all: Holds = columns.map(|column| (column.name.clone(), held(registry, column.column_type))).collect();
    for field in &content_type.fields {
        if let FieldKind::Many(many) = &field.kind
            && !many.link.through
        {
            all.insert(many.link.table.clone(), linked(registry, many.target));
        }
    }
    all
}

/// What a column holds: the word for a plain value, or the type that it refers to.
pub(super) fn held(registry: &Registry, column_type: ColumnType) -> String {
    match column_type {
        ColumnType::Scalar(scalar) => scalar.word().to_owned(),
        ColumnType::Id(to) => registry.get(to).name().to_owned(),
    }
}

/// What a table of links leads to.
pub(super) fn linked(registry: &Registry, target: ManyTarget) -> String {
    match target {
        ManyTarget::ContentTypes => "content_type".to_owned(),
        ManyTarget::Records(to) => registry.get(to).name().to_owned(),
    }
}
