//! What a path below `/api/` names.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use percent_encoding::percent_decode_str;
use trueup_inventory::Registry;
use trueup_inventory::model::TypeIndex;

use super::part::table;
use super::root::APPS;

/// A path that means something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// `/api/`
    Root,
    /// `/api/dcim/`
    App(String),
    /// `/api/dcim/devices/`
    List(TypeIndex),
    /// `/api/dcim/devices/<id or composite key>/`
    Object {
        content_type: TypeIndex,
        key: String,
    },
    /// `/api/dcim/devices/<id or composite key>/notes/`
    Part {
        content_type: TypeIndex,
        key: String,
        part: String,
    },
    /// `/api/extras/content-types/`
    ContentTypes,
    ContentType(String),
    Status,
    /// `/api/docs/`
    Docs,
    /// `/api/swagger.json`
    OpenApi,
    /// `/api/plugins/` or `/api/apps/`
    Plugins,
    InstalledPlugins,
    /// `/api/users/config/`
    UserConfig,
    /// `/api/core/render-jinja-template/`
    RenderTemplate,
    GraphQl,
}

/// The endpoints of all content types, by path.
#[derive(Debug)]
pub struct Endpoints {
    lists: HashMap<String, TypeIndex>,
    /// By app, the names of its endpoints.
    apps: BTreeMap<String, Vec<String>>,
}

/// Addresses that do not depend on content types.
static FIXED: [(&str, Route); 12] = [
    ("", Route::Root),
    ("apps", Route::Plugins),
    ("apps/installed-apps", Route::InstalledPlugins),
    ("core/render-jinja-template", Route::RenderTemplate),
    (CONTENT_TYPES, Route::ContentTypes),
    ("docs", Route::Docs),
    ("graphql", Route::GraphQl),
    ("plugins", Route::Plugins),
    ("plugins/installed-plugins", Route::InstalledPlugins),
    ("status", Route::Status),
    (OPEN_API, Route::OpenApi),
    (USER_CONFIG, Route::UserConfig),
];

const CONTENT_TYPES: &str = "extras/content-types";
const USER_CONFIG: &str = "users/config";
/// What stands in a path for the key of a record.
pub const KEY: &str = "{id}";
/// The OpenAPI document.
pub const OPEN_API: &str = "swagger.json";

/// Those that an app's root names beside the lists of content types.
const LISTED: [&str; 2] = [CONTENT_TYPES, USER_CONFIG];

impl Endpoints {
    pub fn new(registry: &Registry) -> Self {
        let types = registry.content_types();
        let lists: HashMap<String, TypeIndex> =
            types.filter_map(|one| Some((one.endpoint()?.to_owned(), one.index()))).collect();
        let mut apps: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for path in lists.keys().map(String::as_str).chain(LISTED) {
            if let Some((app, name)) = path.rsplit_once('/') {
                apps.entry(app.to_owned()).or_default().push(name.to_owned());
            }
        }
        apps.values_mut().for_each(|names| names.sort_unstable());
        Self { lists, apps }
    }

    /// The apps with their endpoints, in the order of the alphabet.
    pub fn apps(&self) -> &BTreeMap<String, Vec<String>> {
        &self.apps
    }

    /// What `path` names: the part of a URL's path after `/api/`, still percent-encoded, with or without its last
    /// slash.
    pub fn route(&self, path: &str) -> Option<Route> {
        let path = path.strip_suffix('/').unwrap_or(path);
        if let Some((_, route)) = FIXED.iter().find(|(fixed, _)| *fixed == path) {
            return Some(route.clone());
        }
        if self.apps.contains_key(path) || APPS.contains(&path) {
            return Some(Route::App(path.to_owned()));
        }
        self.below_list(path)
    }

    /// Every path that means something, as [`route`](Self::route) takes it, with `{id}` for the keys of records.
    pub fn paths(&self, registry: &Registry) -> Vec<String> {
        let mut paths: Vec<String> = FIXED.iter().map(|(path, _)| (*path).to_owned()).collect();
        let apps: BTreeSet<&str> = self.apps.keys().map(String::as_str).chain(APPS).collect();
        let apps = apps.into_iter().filter(|app| FIXED.iter().all(|(path, _)| path != app));
        paths.extend(apps.map(str::to_owned));
        paths.push(format!("{CONTENT_TYPES}/{KEY}"));
        for (list, content_type) in &self.lists {
            paths.push(list.clone());
            paths.push(format!("{list}/{KEY}"));
            let parts = table::of(registry.get(*content_type));
            paths.extend(parts.map(|part| format!("{list}/{KEY}/{}", part.name)));
        }
        paths.sort_unstable();
        paths
    }

    fn below_list(&self, path: &str) -> Option<Route> {
        if let Some(key) = path.strip_prefix(CONTENT_TYPES).and_then(|rest| rest.strip_prefix('/')) {
            return (!key.contains('/')).then(|| Route::ContentType(key.to_owned()));
        }
        let segments = if path.starts_with("plugins/") { 3 } else { 2 };
        let end = path.match_indices('/').nth(segments - 1).map_or(path.len(), |(place, _)| place);
        let content_type = *self.lists.get(&path[..end])?;
        let mut rest = path[end..].split('/').skip(1);
        let (key, part) = (rest.next(), rest.next());
        if rest.next().is_some() {
            return None;
        }
        match (key, part) {
            (None, _) => Some(Route::List(content_type)),
            (Some(key), part) => {
                let key = decoded_key(key)?;
                Some(match part {
                    None => Route::Object { content_type, key },
                    Some(part) => Route::Part { content_type, key, part: part.to_owned() },
                })
            }
        }
    }
}

/// A key as the client meant it. Keys with `.` or `/` in them name no route, as in Nautobot.
fn decoded_key(key: &str) -> Option<String> {
    let key = percent_decode_str(key).decode_utf8().ok()?;
    (!key.is_empty() && !key.contains(['.', '/'])).then(|| key.into_owned())
}
