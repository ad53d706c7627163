//! Everything below `/api/`.

mod answer;
pub mod call;
mod list;
mod negotiate;
mod object;
pub mod query;
pub mod render;
mod root;
pub mod route;
pub mod version;
pub mod view;
mod write;

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value as Json;
use trueup_inventory::RequestId;

use self::call::Call;
use self::query::Query;
use self::route::Route;
use self::write::Target;
use crate::app::App;
use crate::auth::{self, Access, Right};
use crate::error::ApiError;

/// Answers any request below `/api/`.
pub async fn handle(State(app): State<App>, request: Request) -> Response {
    let version = negotiate::version(&request);
    let head = request.method() == Method::HEAD;
    let mut response = match answer(&app, request).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    };
    let headers = response.headers_mut();
    let shown = version.unwrap_or(version::ApiVersion::DEFAULT).to_string();
    if let Ok(shown) = HeaderValue::from_str(&shown) {
        headers.insert("api-version", shown);
    }
    headers.insert(header::VARY, HeaderValue::from_static("Accept, Cookie, origin"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if head {
        *response.body_mut() = Body::empty();
    }
    response
}

async fn answer(app: &App, request: Request) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let below = path.strip_prefix("/api/").unwrap_or_default();
    let route = app.endpoints.route(below).ok_or_else(ApiError::not_found)?;
    if !path.ends_with('/') && route != Route::OpenApi {
        if parts.method != Method::GET && parts.method != Method::HEAD {
            return Err(ApiError::not_found());
        }
        let query = parts.uri.query().map_or_else(String::new, |query| format!("?{query}"));
        let location = HeaderValue::from_str(&format!("{path}/{query}")).map_err(|_| ApiError::not_found())?;
        return Ok((StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, location)]).into_response());
    }
    let caller = auth::caller(app, &parts.headers).await?;
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    let view = negotiate::view(&parts, &query, &caller)?;
    let limit = app.settings.max_body;
    let body = to_bytes(body, limit).await.map_err(|_| {
        ApiError::detail(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("The body is longer than {limit} bytes; send it in parts."),
        )
    })?;
    let call = Call {
        app: app.clone(),
        caller: Arc::new(caller),
        path: path.to_owned(),
        method: parts.method,
        query,
        headers: parts.headers,
        view,
        request_id: RequestId::random(),
        body,
    };
    dispatch(&call, route).await
}

async fn dispatch(call: &Call, route: Route) -> Result<Response, ApiError> {
    let registry = Arc::clone(call.app.inventory.registry());
    let read = matches!(call.method, Method::GET | Method::HEAD);
    match route {
        Route::List(index) => {
            let content_type = registry.get(index);
            match call.method.as_str() {
                "GET" | "HEAD" => list::list(call, content_type).await,
                "POST" => write::create(call, content_type).await,
                "PUT" | "PATCH" => write::update(call, content_type, Target::List).await,
                "DELETE" => write::delete(call, content_type, Target::List).await,
                other => Err(ApiError::method_not_allowed(other)),
            }
        }
        Route::Object { content_type, key } => {
            let content_type = registry.get(content_type);
            let id = object::find(call, content_type, &key).await?;
            match call.method.as_str() {
                "GET" | "HEAD" => object::object(call, content_type, id).await,
                "PUT" | "PATCH" => write::update(call, content_type, Target::Object(id)).await,
                "DELETE" => write::delete(call, content_type, Target::Object(id)).await,
                other => Err(ApiError::method_not_allowed(other)),
            }
        }
        Route::Part { content_type, key, part } => {
            let content_type = registry.get(content_type);
            let id = object::find(call, content_type, &key).await?;
            object::part(call, content_type, id, &part).await
        }
        Route::GraphQl if call.method == Method::POST => graphql(call).await,
        Route::GraphQl => Err(ApiError::method_not_allowed(call.method.as_str())),
        Route::RenderTemplate | Route::Docs | Route::OpenApi => Err(ApiError::not_found()),
        Route::UserConfig if call.method == Method::PATCH => Err(ApiError::method_not_allowed("PATCH")),
        _ if !read => Err(ApiError::method_not_allowed(call.method.as_str())),
        Route::Root => Ok(root::root(call)),
        Route::App(app) => Ok(root::app(call, &app)),
        Route::Status => Ok(root::status(call)),
        Route::Plugins => Ok(root::plugins(call)),
        Route::InstalledPlugins => Ok(answer::json(StatusCode::OK, "[]")),
        Route::UserConfig => Ok(answer::json(StatusCode::OK, "{}")),
        Route::ContentTypes => root::content_types(call),
        Route::ContentType(key) => root::content_type(call, &key),
    }
}

async fn graphql(call: &Call) -> Result<Response, ApiError> {
    let body: Json = write::body::parse(&call.body)?;
    let answer = call.app.graphql.execute(&call.app.inventory, &call.caller, &call.view.base, &body).await?;
    Ok(answer::json(answer.status, answer.body))
}

/// The constraint under which the caller may do something, or a refusal.
fn demand(
    call: &Call,
    right: Right,
    content_type: &trueup_inventory::model::ContentType,
) -> Result<Option<trueup_inventory::Restriction>, ApiError> {
    match call.caller.may(right, content_type) {
        Access::None => Err(ApiError::forbidden()),
        Access::All => Ok(None),
        Access::Restricted(constraints) => {
            let constraints = Json::Array(constraints.to_vec());
            let registry = call.app.inventory.registry();
            trueup_inventory::Restriction::parse(registry, content_type, &constraints).map(Some).map_err(|why| {
                tracing::warn!(user = %call.caller.user_name, why, "a permission has constraints that cannot be understood");
                ApiError::forbidden()
            })
        }
    }
}
