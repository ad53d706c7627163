use std::sync::Arc;

use minijinja::Value as Jinja;
use minijinja::value::{Enumerator, Object};

/// The names that an expression knows.
pub(crate) const NAMES: [&str; 5] = ["row", "item", "index", "file", "vars"];

/// What an expression sees for one record. Values are handed out when asked for.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) row: Jinja,
    /// Undefined without `each`.
    pub(crate) item: Jinja,
    /// Position, from 0, of the item in its list, or of the row in its file when there is no `each`.
    pub(crate) index: u64,
    pub(crate) file: Jinja,
    pub(crate) vars: Jinja,
}

impl Object for Context {
    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Jinja> {
        match key {
            "row" => Some(self.row.clone()),
            "item" => Some(self.item.clone()),
            "index" => Some(Jinja::from(self.index)),
            "file" => Some(self.file.clone()),
            "vars" => Some(self.vars.clone()),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(&NAMES)
    }
}

/// The file that a row is from.
#[derive(Debug)]
pub(crate) struct FileContext {
    /// Relative to the source's folder, with `/`.
    pub(crate) path: Arc<str>,
}

impl FileContext {
    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

impl Object for FileContext {
    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        let value = match key.as_str()? {
            "path" => &*self.path,
            "name" => self.name(),
            "stem" => self.name().rsplit_once('.').map_or(self.name(), |(stem, _)| stem),
            // The name of the folder that the file is in; nothing for a file at the top.
            "folder" => self.path.rsplit('/').nth(1).unwrap_or_default(),
            _ => return None,
        };
        Some(Jinja::from(value))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(&["path", "name", "stem", "folder"])
    }
}
