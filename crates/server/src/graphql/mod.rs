//! GraphQL as Nautobot's clients speak it, over every content type that is reached over the API.
//!
//! - [`catalog`]: what can be asked, made from the registry and what users define; [`names`], [`parameters`],
//!   [`definitions`] are what it is made of.
//! - [`schema`]: what of it a document can reach, as a schema of async-graphql, which says whether the document is valid.
//! - [`limits`]: what a query may cost before it is read.
//! - [`plan`]: a valid query as levels of fields; [`arguments`] are those of its lists.
//! - [`execute`]: runs a plan with a fixed number of queries for each field, however many records there are.
//! - [`introspect`]: what the schema says of itself.
//! - [`saved`]: saved queries.
//!
//! The catalog is made when the first query comes, and again when what users define has changed; who never asks pays
//! nothing. There are no mutations and no subscriptions, as in Nautobot.

mod arguments;
mod catalog;
mod definitions;
mod execute;
mod introspect;
mod limits;
mod names;
mod parameters;
mod plan;
mod request;
mod saved;
mod schema;

use std::sync::Arc;

use async_graphql::ServerError;
use async_graphql::dynamic::SchemaError;
use async_graphql::parser::parse_query;
use axum::http::StatusCode;
use serde_json::Value as Json;
use tokio::sync::Mutex;
use trueup_inventory::{Inventory, Reader};

pub use self::limits::Limits;
pub use self::request::{Answer, GraphQlRequest};
pub use self::saved::{SAVED_QUERY, default_variables};

use self::catalog::Catalog;
use self::definitions::Definitions;
use self::execute::{Fault, Terms};
use self::plan::{Plan, check_variable_types};
use crate::auth::Caller;
use crate::error::ApiError;

/// Answers GraphQL. Cheap to clone; clones share the catalog.
#[derive(Debug, Clone, Default)]
pub struct GraphQl {
    limits: Limits,
    built: Arc<Mutex<Option<Built>>>,
}

/// Everything that depends on what users define at the moment.
#[derive(Debug)]
struct Built {
    definitions: Definitions,
    catalog: Arc<Catalog>,
}

impl GraphQl {
    pub fn new(limits: Limits) -> Self {
        Self { limits, built: Arc::default() }
    }

    /// Answers `POST /api/graphql/`. `base` is scheme, host and prefix of the client's URLs.
    ///
    /// # Errors
    /// The database failed. What is wrong with the query is an [`Answer`].
    pub async fn execute(
        &self,
        inventory: &Inventory,
        caller: &Caller,
        base: &str,
        body: &Json,
    ) -> Result<Answer, ApiError> {
        let request = match GraphQlRequest::read(body) {
            Ok(request) => request,
            Err(error) => return Ok(Answer::refused(&[error])),
        };
        let mut reader = inventory.reader().await?;
        let terms = Terms { caller, base, limit: self.limits.answer };
        match self.run(&mut reader, &request, terms).await? {
            Ok((data, errors)) if errors.is_empty() => {
                Ok(Answer { status: StatusCode::OK, body: format!("{{\"data\":{data}}}") })
            }
            Ok((data, errors)) => {
                let errors = serde_json::json!(errors);
                Ok(Answer { status: StatusCode::OK, body: format!("{{\"errors\":{errors},\"data\":{data}}}") })
            }
            Err(errors) => Ok(Answer::refused(&errors)),
        }
    }

    /// Runs one request. The inner error is why it cannot be run; errors beside the data are of single fields.
    async fn run(
        &self,
        reader: &mut Reader,
        request: &GraphQlRequest,
        terms: Terms<'_>,
    ) -> Result<Result<(String, Vec<ServerError>), Vec<ServerError>>, ApiError> {
        let GraphQlRequest { query, variables, operation } = request;
        let operation = operation.as_deref();
        let document = match self.limits.check_text(query).and_then(|()| parse_query(query).map_err(Into::into)) {
            Ok(document) => document,
            Err(error) => return Ok(Err(vec![error])),
        };
        if let Err(error) = self.limits.check(&document).and_then(|()| check_variable_types(&document)) {
            return Ok(Err(vec![error]));
        }
        let catalog = self.catalog(reader).await?;
        let errors = schema::validate(&catalog, &document, operation, variables).await.map_err(no_schema)?;
        if !errors.is_empty() {
            return Ok(Err(errors));
        }
        let plan = match Plan::new(&catalog, &document, operation, variables) {
            Ok(plan) => plan,
            Err(error) => return Ok(Err(vec![error])),
        };
        match execute::run(reader, &catalog, &plan, terms).await {
            Ok(done) => Ok(Ok(done)),
            Err(Fault::TooLong { limit }) => {
                let message = format!(
                    "The answer would be longer than {limit} bytes. Ask for fewer fields, or for fewer records by \
                     filters and `limit`."
                );
                Ok(Err(vec![ServerError::new(message, None)]))
            }
            Err(Fault::Api(error)) => Err(error),
        }
    }

    /// The catalog for what is defined at the reader's moment.
    async fn catalog(&self, reader: &mut Reader) -> Result<Arc<Catalog>, ApiError> {
        let definitions = definitions::read(reader).await?;
        let mut built = self.built.lock().await;
        if let Some(built) = built.as_ref().filter(|built| built.definitions == definitions) {
            return Ok(Arc::clone(&built.catalog));
        }
        let catalog = Arc::new(Catalog::new(reader.registry(), &definitions));
        *built = Some(Built { definitions, catalog: Arc::clone(&catalog) });
        Ok(catalog)
    }
}

fn no_schema(error: SchemaError) -> ApiError {
    let detail = format!("the GraphQL schema of these content types cannot be made: {error}");
    ApiError::detail(StatusCode::INTERNAL_SERVER_ERROR, detail)
}
