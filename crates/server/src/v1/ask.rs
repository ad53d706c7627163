//! A request of a known caller for a known route.

use std::fmt;
use std::sync::Arc;

use axum::response::Response;
use serde_json::{Map, Value as Json};
use trueup_engine::plan::StepRange;
use trueup_inventory::Restriction;
use trueup_jobs::run::Runner;
use uuid::Uuid;

use super::body;
use super::problem::Problem;
use super::route::{Parameter, Route, Takes};
use crate::app::App;
use crate::auth::{Access, Caller, Right, Scope, TokenKind};
use crate::rest::answer;
use crate::rest::query::Query;

/// What a handler is given.
pub struct Ask {
    pub app: App,
    pub caller: Arc<Caller>,
    pub query: Query,
    /// What the body says: keys of the route with what they can say.
    pub body: Map<String, Json>,
    /// What stood for the parts of the path in braces.
    pub captured: Vec<String>,
    pub route: &'static Route,
}

impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ask").field("path", &self.route.path).field("query", &self.query).finish_non_exhaustive()
    }
}

impl Ask {
    /// Every parameter is one of the route's and says what it can say.
    ///
    /// # Errors
    /// All that are wrong, in one go.
    pub fn check_parameters(&self) -> Result<(), Problem> {
        let known = self.route.parameters;
        let wrong: Vec<(&str, String)> = self
            .query
            .iter()
            .filter_map(|(name, values)| {
                let fault = match known.iter().find(|one| one.name == name) {
                    None => Some(unknown(known)),
                    Some(parameter) => values.iter().find_map(|value| fault(parameter.takes, value)),
                };
                fault.map(|fault| (name, fault))
            })
            .collect();
        if wrong.is_empty() { Ok(()) } else { Err(Problem::parameters(wrong)) }
    }

    /// A number that has been checked, or what it is when nothing is said.
    pub fn number(&self, name: &str, otherwise: usize) -> usize {
        self.query.last(name).and_then(|value| value.parse().ok()).unwrap_or(otherwise)
    }

    /// A parameter that says a number has been checked; `None` when it is left out.
    pub fn given_number(&self, name: &str) -> Option<i64> {
        self.query.last(name).and_then(|value| value.parse().ok())
    }

    /// What a key of the body says that takes several texts.
    pub fn texts(&self, key: &str) -> Vec<String> {
        self.body.get(key).map(body::texts).unwrap_or_default()
    }

    /// The number that the path names, or what stands there instead.
    pub fn id(&self) -> Result<i64, &str> {
        let given = self.captured.first().map_or("", String::as_str);
        given.parse().map_err(|_| given)
    }

    /// The runner of jobs, asked by the caller.
    pub fn runner(&self) -> Runner {
        self.app.runner.asked_by(&self.caller.user_name)
    }

    /// A success, with the status of the route.
    pub fn done(&self, body: &Json) -> Response {
        answer::json(self.route.status, body.to_string())
    }

    /// The caller has a right over everything of a content type. What is kept outside the inventory cannot be held
    /// against constraints, so that permissions with constraints do not count.
    ///
    /// # Errors
    /// The caller has not, or the token may only read.
    pub fn must(&self, right: Right, content_type: &str) -> Result<(), Problem> {
        if right != Right::View && self.caller.token == TokenKind::ReadOnly {
            return Err(Problem::read_only());
        }
        let of = self.app.inventory.registry().content_type(content_type);
        match of.map(|of| self.caller.may(right, of)) {
            Ok(Access::All) => Ok(()),
            Ok(Access::Restricted(_)) => {
                let hint = format!("ask for a permission to {} {content_type} without constraints", right.action());
                Err(Problem { hint, ..Problem::forbidden(right.action(), content_type) })
            }
            Ok(Access::None) | Err(_) => Err(Problem::forbidden(right.action(), content_type)),
        }
    }

    /// The records of a content type that the caller may view, all when there is no restriction.
    ///
    /// # Errors
    /// The caller may view none.
    pub fn may_view(&self, content_type: &str) -> Result<Option<Restriction>, Problem> {
        let registry = self.app.inventory.registry();
        let refused = || Problem::forbidden("view", content_type);
        let of = registry.content_type(content_type).map_err(|_| refused())?;
        match self.caller.scope(Right::View, registry, of) {
            Scope::All => Ok(None),
            Scope::Some(restriction) => Ok(Some(restriction)),
            Scope::None => Err(refused()),
        }
    }
}

fn unknown(known: &[Parameter]) -> String {
    if known.is_empty() {
        return "there is no such parameter; this address takes none".to_owned();
    }
    let names: Vec<&str> = known.iter().map(|one| one.name).collect();
    format!("there is no such parameter; there are {}", names.join(", "))
}

/// What is wrong with a value of a parameter, or of a key of a body.
pub fn fault(takes: Takes, value: &str) -> Option<String> {
    if value.contains('\0') {
        return Some("it may hold no null character".to_owned());
    }
    match takes {
        Takes::Text | Takes::Texts | Takes::Object => None,
        Takes::Word(words) | Takes::Words(words) => {
            (!words.contains(&value)).then(|| format!("`{value}` is none of {}", words.join(", ")))
        }
        Takes::Steps => value.parse::<StepRange>().err().map(|error| error.to_string()),
        Takes::Uuid => Uuid::parse_str(value).is_err().then(|| format!("`{value}` is no UUID")),
        Takes::Number { least, most } => {
            let number = value.parse::<usize>().ok().filter(|number| (least..=most).contains(number));
            number.is_none().then(|| format!("`{value}` is no number from {least} to {most}"))
        }
    }
}
