//! What a path below `/api/` names.

use std::collections::{BTreeMap, HashMap};

use percent_encoding::percent_decode_str;
use trueup_inventory::Registry;
use trueup_inventory::model::TypeIndex;

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

/// Endpoints that are no content type's list.
const FIXED: [&str; 2] = ["extras/content-types", "users/config"];

impl Endpoints {
    pub fn new(registry: &Registry) -> Self {
        let types = registry.content_types();
        let lists: HashMap<String, TypeIndex> =
            types.filter_map(|one| Some((one.endpoint()?.to_owned(), one.index()))).collect();
        let mut apps: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for path in lists.keys().map(String::as_str).chain(FIXED) {
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
        let route = match path {
            "" => Route::Root,
            "status" => Route::Status,
            "docs" => Route::Docs,
            "swagger.json" => Route::OpenApi,
            "plugins" | "apps" => Route::Plugins,
            "plugins/installed-plugins" | "apps/installed-apps" => Route::InstalledPlugins,
            "users/config" => Route::UserConfig,
            "core/render-jinja-template" => Route::RenderTemplate,
            "graphql" => Route::GraphQl,
            "extras/content-types" => Route::ContentTypes,
            _ if self.apps.contains_key(path) || APPS.contains(&path) => Route::App(path.to_owned()),
            _ => return self.below_list(path),
        };
        Some(route)
    }

    fn below_list(&self, path: &str) -> Option<Route> {
        if let Some(key) = path.strip_prefix("extras/content-types/") {
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
