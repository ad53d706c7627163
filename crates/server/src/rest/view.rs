//! How the records of an answer are to be shown: what a client says by query parameters and headers, in one value that
//! the renderer takes. It says nothing of which records; that is the list's business.

use std::sync::Arc;

use axum::http::{Method, StatusCode};

use super::query::Query;
use super::version::ApiVersion;
use crate::auth::Caller;
use crate::error::ApiError;

/// The deepest view.
pub const MAX_DEPTH: i64 = 10;

/// The render options of one answer.
#[derive(Debug, Clone)]
pub struct View {
    /// Scheme, host and prefix of the client's URLs, without a slash at the end: `https://nautobot.example`. Empty for
    /// relative URLs, as the change log has them.
    pub base: Arc<str>,
    /// How many levels of references are shown in full.
    pub depth: u8,
    pub many: ManyShown,
    /// Opt-in fields that were asked for.
    pub include: Vec<String>,
    pub format: Format,
    pub version: ApiVersion,
    pub occasion: Occasion,
    /// Whose eyes these are; nobody's in particular when absent, and then everything is seen.
    pub caller: Option<Arc<Caller>>,
}

impl View {
    /// A view of plain references with the defaults of a client that says nothing.
    pub fn plain(base: impl Into<Arc<str>>) -> Self {
        Self {
            base: base.into(),
            depth: 0,
            many: ManyShown::All,
            include: Vec::new(),
            format: Format::Json,
            version: ApiVersion::DEFAULT,
            occasion: Occasion::Read,
            caller: None,
        }
    }

    /// How the change log shows records to whom this view is for: one level of references, every list, and addresses without
    /// a host.
    pub fn of_log(&self) -> Self {
        Self {
            base: Arc::from(""),
            depth: 1,
            many: ManyShown::AllNested,
            include: Vec::new(),
            format: Format::Json,
            version: self.version,
            occasion: Occasion::Log,
            caller: self.caller.clone(),
        }
    }

    /// What the parameters of a request say. `depth` and `include` count for GET only; other methods show one level and
    /// all opt-in fields.
    ///
    /// # Errors
    /// The depth is a number outside 0 to 10.
    pub fn of_request(
        method: &Method,
        query: &Query,
        base: String,
        format: Format,
        version: ApiVersion,
    ) -> Result<Self, ApiError> {
        let reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        let depth =
            query.last("depth").and_then(|depth| depth.trim().parse::<i64>().ok()).filter(|_| reads).unwrap_or(0);
        let Some(depth) = u8::try_from(depth).ok().filter(|depth| i64::from(*depth) <= MAX_DEPTH) else {
            let detail = format!("The depth parameter must be an integer between 0 and {MAX_DEPTH}");
            return Err(ApiError::detail(StatusCode::BAD_REQUEST, detail));
        };
        let include = query.all("include").iter().flat_map(|names| names.split(',')).map(str::trim);
        Ok(Self {
            base: base.into(),
            depth,
            many: match query.last("exclude_m2m").and_then(boolean) {
                None => ManyShown::All,
                Some(false) => ManyShown::AllNested,
                Some(true) => ManyShown::None,
            },
            include: include.filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            format,
            version,
            occasion: match *method {
                Method::POST => Occasion::Create,
                Method::PUT | Method::PATCH | Method::DELETE => Occasion::Change,
                _ => Occasion::Read,
            },
            caller: None,
        })
    }

    /// Whether an opt-in field of that name is shown.
    pub fn includes(&self, field: &str) -> bool {
        match self.occasion {
            Occasion::Create | Occasion::Change => true,
            Occasion::Read => self.include.iter().any(|name| name == field),
            Occasion::Log => false,
        }
    }
}

/// Which to-many fields are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ManyShown {
    /// Nothing was said. All of them, which satisfies clients of every version.
    All,
    /// `exclude_m2m=false`: all of them, and reverse lists in nested objects too.
    AllNested,
    /// `exclude_m2m=true`: none, not even tags.
    None,
}

/// What the answer is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json,
    Csv,
}

/// What the answer answers. Fields differ a little.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// GET: opt-in fields only when asked for.
    Read,
    /// POST: opt-in fields, and no counts.
    Create,
    /// PUT and PATCH: opt-in fields, and counts.
    Change,
    /// A row of the change log: neither opt-in fields nor counts.
    Log,
}

/// A boolean as clients write it in a query. Anything else counts as not said.
pub fn boolean(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}
