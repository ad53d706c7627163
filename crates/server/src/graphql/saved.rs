//! Saved queries: what `extras.graphqlquery` must hold, and running one.

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{DocumentOperations, VariableDefinition};
use async_graphql::{Positioned, ServerError, Variables};
use axum::http::StatusCode;
use serde_json::{Map, Value as Json, json};
use trueup_inventory::{Inventory, Reader, RecordId};

use super::execute::Terms;
use super::plan::check_variable_types;
use super::request::{Answer, GraphQlRequest, variables};
use super::{GraphQl, no_schema, schema};
use crate::auth::Caller;
use crate::error::ApiError;

/// The content type of saved queries.
pub const SAVED_QUERY: &str = "extras.graphqlquery";

/// The variables of a query, each with its default or `""`: what the field `variables` of a saved one shows.
pub fn default_variables(query: &str) -> Map<String, Json> {
    let document = parse_query(query).ok();
    let operations = document.iter().flat_map(|document| document.operations.iter());
    let definitions = operations.flat_map(|(_, operation)| &operation.node.variable_definitions);
    let with_default = |definition: &Positioned<VariableDefinition>| {
        let default = definition.node.default_value.as_ref().map(|default| default.node.clone().into_json());
        let default = default.and_then(Result::ok).unwrap_or_else(|| json!(""));
        (definition.node.name.node.to_string(), default)
    };
    definitions.map(with_default).collect()
}

impl GraphQl {
    /// Checks a query that is to be saved. The inner error is for people, about the field `query`.
    ///
    /// # Errors
    /// The database failed.
    pub async fn validate(&self, reader: &mut Reader, query: &str) -> Result<Result<(), String>, ApiError> {
        let joined = |errors: Vec<ServerError>| {
            let messages: Vec<String> = errors.into_iter().map(|error| error.message).collect();
            messages.join(" ")
        };
        let document = match self.limits.check_text(query).and_then(|()| parse_query(query).map_err(Into::into)) {
            Ok(document) => document,
            Err(error) => return Ok(Err(error.message)),
        };
        if let Err(error) = self.limits.check(&document).and_then(|()| check_variable_types(&document)) {
            return Ok(Err(error.message));
        }
        let name = match &document.operations {
            DocumentOperations::Single(_) => None,
            DocumentOperations::Multiple(operations) => operations.keys().next().map(ToString::to_string),
        };
        let catalog = self.catalog(reader).await?;
        let errors = schema::validate(&catalog, &document, name.as_deref(), &Variables::default()).await;
        let errors = errors.map_err(no_schema)?;
        if !errors.is_empty() {
            return Ok(Err(joined(errors)));
        }
        Ok(Ok(()))
    }

    /// Answers `POST /api/extras/graphql-queries/<id>/run/` with the body `{"variables": {}}`.
    ///
    /// # Errors
    /// There is no such query that the caller may see, or the database failed.
    pub async fn run_saved(
        &self,
        inventory: &Inventory,
        caller: &Caller,
        base: &str,
        id: RecordId,
        body: &Json,
    ) -> Result<Answer, ApiError> {
        let registry = inventory.registry();
        let content_type = registry.content_type(SAVED_QUERY).map_err(|_| ApiError::not_found())?;
        let mut reader = inventory.reader().await?;
        let seen = caller.seen(&mut reader, content_type, &[id]).await?;
        let records = reader.records(content_type, &seen).await?;
        let record = records.first().ok_or_else(ApiError::not_found)?;
        let place = content_type.fields().iter().position(|field| field.name() == "query");
        let query = place.and_then(|place| record.text(content_type, place)).unwrap_or_default().to_owned();
        let variables = match variables(body.get("variables")) {
            Ok(variables) => variables,
            Err(error) => return Ok(Answer::refused(&[error])),
        };
        let request = GraphQlRequest { query, variables, operation: None };
        let terms = Terms { caller, base, limit: self.limits.answer };
        match self.run(&mut reader, &request, terms).await? {
            Ok((data, errors)) => {
                let errors = if errors.is_empty() { Json::Null } else { json!(errors) };
                Ok(Answer { status: StatusCode::OK, body: format!("{{\"data\":{data},\"errors\":{errors}}}") })
            }
            Err(errors) => Ok(Answer::refused(&errors)),
        }
    }
}
