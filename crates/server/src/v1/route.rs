//! What there is below `/api/v1/`: one table.

use std::future::Future;
use std::pin::Pin;

use axum::http::StatusCode;
use axum::response::Response;
use percent_encoding::percent_decode_str;
use serde_json::Value as Json;

use super::ask::Ask;
use super::problem::Problem;
use super::{changes, plans, progress, schedules, status, syncs};
use crate::rest::methods::Verb;

/// One method of one address.
pub struct Route {
    /// Below `/api/v1/`, without slashes at its ends. `{id}` and `{name}` stand for any one part, which the handler is given.
    pub path: &'static str,
    pub verb: Verb,
    /// For people, in one line.
    pub summary: &'static str,
    pub parameters: &'static [Parameter],
    /// Keys of the body, all of which may be left out.
    pub body: &'static [Parameter],
    /// Of a success.
    pub status: StatusCode,
    /// What the body of a success is, one of [`media`].
    pub media: &'static str,
    /// The schema of the body of a success.
    pub gives: fn() -> Json,
    pub handler: Handler,
}

/// Answers a request whose parameters are all known.
pub type Handler = for<'a> fn(&'a Ask) -> Pin<Box<dyn Future<Output = Result<Response, Problem>> + Send + 'a>>;

/// A parameter of a query, or a key of a body.
pub struct Parameter {
    pub name: &'static str,
    /// What it says, for people.
    pub help: &'static str,
    pub takes: Takes,
}

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    Text,
    /// An object, in a body.
    Object,
    /// Any of several, each given by name once more.
    Texts,
    /// One of these words.
    Word(&'static [&'static str]),
    /// One of these words, or several.
    Words(&'static [&'static str]),
    /// Numbers of steps, `12` or `15-20`, or several of these; only in a body.
    Steps,
    Uuid,
    Number {
        least: usize,
        most: usize,
    },
}

/// Types of bodies.
pub mod media {
    pub const JSON: &str = "application/json";
    pub const SVG: &str = "image/svg+xml";
    pub const EVENTS: &str = "text/event-stream";
}

pub static ROUTES: [Route; 19] = [
    Route {
        path: "changes",
        verb: Verb::Get,
        summary: "The change log from the oldest on, to be followed by a cursor.",
        parameters: &changes::PARAMETERS,
        body: &[],
        status: StatusCode::OK,
        media: media::JSON,
        gives: changes::schema,
        handler: |ask| Box::pin(changes::changes(ask)),
    },
    Route {
        path: "plans/{id}",
        verb: Verb::Get,
        summary: "A plan: what it comes to, and what checks have to say of it.",
        parameters: &[],
        body: &[],
        status: StatusCode::OK,
        media: media::JSON,
        gives: plans::schema,
        handler: |ask| Box::pin(plans::plan(ask)),
    },
    Route {
        path: "plans/{id}/apply",
        verb: Verb::Post,
        summary: "Asks for a plan, or a part of it, to be applied; a worker takes it up.",
        parameters: &[],
        body: &plans::KEYS,
        status: StatusCode::ACCEPTED,
        media: media::JSON,
        gives: plans::asked_schema,
        handler: |ask| Box::pin(plans::apply(ask)),
    },
    Route {
        path: "plans/{id}/steps",
        verb: Verb::Get,
        summary: "The steps of a plan in their order, each with its outcome.",
        parameters: &plans::PARAMETERS,
        body: &[],
        status: StatusCode::OK,
        media: media::JSON,
        gives: plans::steps_schema,
        handler: |ask| Box::pin(plans::steps(ask)),
    },
    Route {
        path: "schedules",
        verb: Verb::Get,
        summary: "The schedules by name, each with the times that come next.",
        parameters: &[],
        body: &[],
        status: StatusCode::OK,
        media: media::JSON,
        gives: schedules::list_schema,
        handler: |ask| Box::pin(schedules::list(ask)),
    },
    Route {
        path: "schedules",
        verb: Verb::Post,
        summary: "Has a job run at times; a worker does it.",
        parameters: &[],
        body: &schedules::KEYS,
        status: StatusCode::CREATED,
        media: media::JSON,
        gives: schedules::schema,
        handler: |ask| Box::pin(schedules::add(ask)),
    },
    Route {
        path: "schedules/{name}",
        verb: Verb::Delete,
        summary: "Forgets a schedule; what it has asked for stays.",
        parameters: &[],
        body: &[],
        status: StatusCode::OK,
        media: media::JSON,
        gives: schedules::removed_schema,
        handler: |ask| Box::pin(schedules::remove(ask)),
    },
    Route {
        path: "schedules/{name}",
        verb: Verb::Get,
        summary: "A schedule, by its name.",
        parameters: &[],
        body: &[],
        status: StatusCode::OK,
        media: media::JSON,
        gives: schedules::schema,
        handler: |ask| Box::pin(schedules::schedule(ask)),
    },
    Route {
        path: "schedules/{name}/disable",
        verb: Verb::Post,
        summary: "Lets a schedule count no more.",
        parameters: &[],
        body: &[],
        status: StatusCode::OK,
        media: media::JSON,
        gives: schedules::schema,
        handler: |ask| Box::pin(schedules::disable(ask)),
    },
    Route {
        path: "schedules/{name}/enable",
        verb: Verb::Post,
        summary: "Lets a schedule count from now on.",
        parameters: &[],
        body: &[],
        status: StatusCode::OK,
        media: media::JSON,
        gives: schedules::schema,
        handler: |ask| Box::pin(schedules::enable(ask)),
    },
    Route {
        path: "status",
        verb: Verb::Get,
        summary: "The program, its database, and how long it has been running.",
        parameters: &[],
        body: &[],
        status: StatusCode::OK,
        media: media::JSON,
        gives: status::schema,
        handler: |ask| Box::pin(status::status(ask)),
    },
    Route {
        path: "syncs",
        verb: Verb::Get,
        summary: "The syncs, newest first.",
        parameters: &syncs::PARAMETERS,
        body: &[],
        status: StatusCode::OK,
        media: media::JSON,
        gives: syncs::list_schema,
        handler: |ask| Box::pin(syncs::list(ask)),
    },
    Route {
        path: "syncs/{id}",
        verb: Verb::Get,
        summary: "A sync: how far it has come, what checks found, what was left out, what could not be read.",
        parameters: &[],
        body: &[],
        status: StatusCode::OK,
        media: media::JSON,
        gives: syncs::schema,
        handler: |ask| Box::pin(syncs::sync(ask)),
    },
    Route {
        path: "syncs/{id}/cancel",
        verb: Verb::Post,
        summary: "Asks a sync to stop; what was done stays done.",
        parameters: &[],
        body: &[],
        status: StatusCode::ACCEPTED,
        media: media::JSON,
        gives: syncs::schema,
        handler: |ask| Box::pin(syncs::cancel(ask)),
    },
    Route {
        path: "syncs/{id}/flame-graph",
        verb: Verb::Get,
        summary: "Where a run spent its CPU time, when it was asked for `cpu_profiling`.",
        parameters: &[],
        body: &[],
        status: StatusCode::OK,
        media: media::SVG,
        gives: syncs::flame_graph_schema,
        handler: |ask| Box::pin(syncs::flame_graph(ask)),
    },
    Route {
        path: "syncs/{id}/pause",
        verb: Verb::Post,
        summary: "Asks a sync to stop before its next batch and to keep its place.",
        parameters: &[],
        body: &[],
        status: StatusCode::ACCEPTED,
        media: media::JSON,
        gives: syncs::schema,
        handler: |ask| Box::pin(syncs::pause(ask)),
    },
    Route {
        path: "syncs/{id}/progress",
        verb: Verb::Get,
        summary: "How far a sync is, as server-sent events: `progress` when there is news, `ended` as the last one.",
        parameters: &[],
        body: &[],
        status: StatusCode::OK,
        media: media::EVENTS,
        gives: progress::schema,
        handler: |ask| Box::pin(progress::progress(ask)),
    },
    Route {
        path: "syncs/{id}/resume",
        verb: Verb::Post,
        summary: "Takes a pause back, or asks a worker for the rest of a sync.",
        parameters: &[],
        body: &[],
        status: StatusCode::ACCEPTED,
        media: media::JSON,
        gives: syncs::schema,
        handler: |ask| Box::pin(syncs::resume(ask)),
    },
    Route {
        path: "syncs/{id}/undo",
        verb: Verb::Post,
        summary: "Makes the plan that takes back what a sync has applied.",
        parameters: &[],
        body: &[],
        status: StatusCode::CREATED,
        media: media::JSON,
        gives: plans::schema,
        handler: |ask| Box::pin(syncs::undo(ask)),
    },
];

/// A route that a path names.
pub struct Found {
    pub route: &'static Route,
    /// What stood for the parts in braces, in their order.
    pub captured: Vec<String>,
}

/// The routes of a path, one for each method that it has.
pub fn find(path: &str) -> Vec<Found> {
    ROUTES.iter().filter_map(|route| Some(Found { route, captured: captured(route.path, path)? })).collect()
}

fn captured(pattern: &str, path: &str) -> Option<Vec<String>> {
    let (wanted, given): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    if wanted.len() != given.len() {
        return None;
    }
    let mut captured = Vec::new();
    for (wanted, given) in wanted.into_iter().zip(given) {
        if wanted.starts_with('{') && !given.is_empty() {
            captured.push(percent_decode_str(given).decode_utf8().ok()?.into_owned());
        } else if wanted != given {
            return None;
        }
    }
    Some(captured)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart() {
        for (pattern, path, expected) in [
            ("status", "status", Some(vec![])),
            ("status", "changes", None),
            ("status", "status/x", None),
            ("runs/{id}", "runs/7", Some(vec!["7".to_owned()])),
            ("runs/{id}/steps/{step}", "runs/7/steps/1", Some(vec!["7".to_owned(), "1".to_owned()])),
            ("runs/{id}", "runs/n%C3%A4chtlich", Some(vec!["nächtlich".to_owned()])),
            ("runs/{id}", "runs/%ff", None),
            ("runs/{id}", "runs/", None),
            ("runs/{id}", "runs", None),
        ] {
            assert_eq!(captured(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn routes_are_in_order_and_there_once() {
        let names: Vec<(&str, &str)> = ROUTES.iter().map(|route| (route.path, route.verb.name())).collect();
        assert!(names.is_sorted_by(|one, other| one < other), "{names:?}");
    }
}
