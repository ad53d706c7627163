use std::collections::HashMap;
use std::sync::Arc;

use minijinja::Value as Jinja;
use minijinja::value::{Enumerator, Object};

/// Names in a header, and where they stand. Built once a file.
#[derive(Debug)]
pub(super) struct Header {
    names: Vec<Box<str>>,
    by_name: HashMap<Box<str>, usize>,
}

impl Header {
    /// White space around names does not count; columns without a name cannot be asked for.
    ///
    /// # Errors
    /// A name that two columns have, with the numbers of both, counted from 1.
    pub(super) fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<Self, (Box<str>, usize, usize)> {
        let names: Vec<Box<str>> = names.into_iter().map(|name| name.trim().into()).collect();
        let mut by_name = HashMap::with_capacity(names.len());
        for (index, name) in names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            if let Some(first) = by_name.insert(name.clone(), index) {
                return Err((name.clone(), first + 1, index + 1));
            }
        }
        Ok(Self { names, by_name })
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }
}

/// A line of a table: texts under the names of a header.
#[derive(Debug)]
pub(super) struct TableRow {
    pub(super) header: Arc<Header>,
    pub(super) texts: csv::StringRecord,
}

impl Object for TableRow {
    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Jinja> {
        self.texts.get(*self.header.by_name.get(key)?).map(Jinja::from)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let names = self.header.names.iter().filter(|name| !name.is_empty());
        Enumerator::Values(names.map(|name| Jinja::from(&**name)).collect())
    }
}
