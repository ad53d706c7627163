//! Which methods each route answers. Everything that says so is made from here: the refusals of dispatch, the header
//! `Allow`, OPTIONS, and the OpenAPI document.

use axum::http::{HeaderValue, Method};
use trueup_inventory::Registry;
use trueup_inventory::model::ContentType;

use super::operation::{Operation, Shape};
use super::part::table;
use super::route::Route;

/// A method that does something. HEAD is a GET without its body, and OPTIONS is answered wherever anything is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    /// In the order in which `Allow` names them.
    pub const ALL: [Self; 5] = [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete];

    pub fn of(method: &Method) -> Option<Self> {
        let name = if *method == Method::HEAD { "GET" } else { method.as_str() };
        Self::ALL.into_iter().find(|verb| verb.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A set of methods, in no order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Methods(u8);

impl Methods {
    const READ: Self = Self::of(&[Verb::Get]);
    const CHANGE: Self = Self::of(&[Verb::Get, Verb::Put, Verb::Patch, Verb::Delete]);
    const ALL: Self = Self::of(&Verb::ALL);

    const fn of(verbs: &[Verb]) -> Self {
        let mut bits = 0;
        let mut place = 0;
        while place < verbs.len() {
            bits |= 1 << verbs[place] as u8;
            place += 1;
        }
        Self(bits)
    }

    pub fn has(self, verb: Verb) -> bool {
        self.0 & Self::of(&[verb]).0 != 0
    }

    /// Nothing is there.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = Verb> {
        Verb::ALL.into_iter().filter(move |verb| self.has(*verb))
    }

    /// The value of the header `Allow`; nothing where nothing is.
    pub fn allow(self) -> Option<HeaderValue> {
        if self.is_empty() {
            return None;
        }
        let mut names: Vec<&str> = self.iter().map(Verb::name).collect();
        names.extend(self.has(Verb::Get).then_some("HEAD"));
        names.push("OPTIONS");
        HeaderValue::from_str(&names.join(", ")).ok()
    }
}

impl FromIterator<Verb> for Methods {
    fn from_iter<I: IntoIterator<Item = Verb>>(verbs: I) -> Self {
        Self(verbs.into_iter().fold(0, |bits, verb| bits | Self::of(&[verb]).0))
    }
}

impl Route {
    /// What may be asked; nothing of what is not there.
    pub fn methods(&self, registry: &Registry) -> Methods {
        match self {
            Self::List(content_type) => of_list(registry.get(*content_type)),
            Self::Object { content_type, .. } => {
                let list = of_list(registry.get(*content_type));
                Methods(list.0 & Methods::CHANGE.0)
            }
            other => other.operations(registry).iter().map(|operation| operation.verb).collect(),
        }
    }

    /// The methods of an address that is neither a list nor a record, with what they take and give. Lists and records
    /// follow from their content types.
    pub fn operations(&self, registry: &Registry) -> &'static [Operation] {
        const SHOWN: &[Operation] = &[Operation::get(Shape::Object)];
        const KEPT: &[Operation] = &[SHOWN[0], Operation::new(Verb::Patch, Shape::Object, 200, Shape::Object)];
        const BARE_LIST: &[Operation] = &[Operation::get(Shape::List)];
        const PAGE: &[Operation] = &[Operation::get(Shape::Objects)];
        const MOVED: &[Operation] = &[Operation::new(Verb::Get, Shape::Nothing, 301, Shape::Nothing)];
        const ASKED: &[Operation] = &[Operation::new(Verb::Post, Shape::Object, 200, Shape::Object)];
        match self {
            Self::List(_) | Self::Object { .. } => &[],
            Self::Part { content_type, part, .. } => {
                table::find(registry.get(*content_type), part).map_or(&[], |part| part.operations)
            }
            Self::Root | Self::App(_) | Self::Status | Self::Plugins | Self::OpenApi | Self::ContentType(_) => SHOWN,
            Self::UserConfig => KEPT,
            Self::InstalledPlugins => BARE_LIST,
            Self::ContentTypes => PAGE,
            Self::Docs => MOVED,
            Self::GraphQl | Self::RenderTemplate => ASKED,
        }
    }
}

/// Jobs are found by the program; people change how they run.
const NOT_MADE: &str = "extras.job";

fn of_list(content_type: &ContentType) -> Methods {
    match content_type.name() {
        _ if content_type.is_read_only() => Methods::READ,
        NOT_MADE => Methods::CHANGE,
        _ => Methods::ALL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rest::route::Endpoints;

    #[test]
    fn what_clients_are_told() {
        let registry = Registry::embedded().unwrap();
        let endpoints = Endpoints::new(&registry);
        for (path, expected) in [
            ("", "GET, HEAD, OPTIONS"),
            ("dcim", "GET, HEAD, OPTIONS"),
            ("status", "GET, HEAD, OPTIONS"),
            ("tenancy/tenants", "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS"),
            ("tenancy/tenants/x", "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"),
            ("tenancy/tenants/x/notes", "GET, POST, HEAD, OPTIONS"),
            ("tenancy/tenants/x/nothing", ""),
            ("users/users/x/notes", ""),
            ("extras/jobs", "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"),
            ("extras/object-changes", "GET, HEAD, OPTIONS"),
            ("extras/object-changes/x", "GET, HEAD, OPTIONS"),
            ("extras/content-types/1", "GET, HEAD, OPTIONS"),
            ("graphql", "POST, OPTIONS"),
        ] {
            let allow = endpoints.route(path).and_then(|route| route.methods(&registry).allow());
            let allow = allow.as_ref().map_or("", |allow| allow.to_str().unwrap());
            assert_eq!(allow, expected, "{path}");
        }
    }
}
