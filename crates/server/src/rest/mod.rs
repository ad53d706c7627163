//! Everything below `/api/`.

pub mod answer;
pub mod base;
pub mod call;
mod fields;
mod list;
pub mod methods;
mod negotiate;
mod object;
pub mod openapi;
pub mod operation;
mod options;
mod page;
pub mod part;
pub mod query;
pub mod render;
mod root;
pub mod route;
mod table;
mod template;
mod user_config;
pub mod version;
pub mod view;
mod write;

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value as Json;
use trueup_inventory::model::ContentType;
use trueup_inventory::{RequestId, Restriction};

use self::call::Call;
use self::methods::{Methods, Verb};
use self::query::Query;
use self::route::{OPEN_API, Route};
use self::version::ApiVersion;
use self::view::{Format, View};
use self::write::Target;
use crate::app::App;
use crate::auth::{self, Right, Scope};
use crate::error::ApiError;

/// Answers any request below `/api/`.
pub async fn handle(State(app): State<App>, request: Request) -> Response {
    let head = request.method() == Method::HEAD;
    let query = Query::parse(request.uri().query().unwrap_or_default());
    let below = request.uri().path().strip_prefix("/api").unwrap_or_default().trim_start_matches('/');
    let route = app.endpoints.route(below);
    let methods = route.as_ref().map_or(Methods::default(), |route| route.methods(app.inventory.registry()));
    // The OpenAPI document has a format of its own, and is of no version.
    let asked = match route {
        Some(Route::Docs | Route::OpenApi) => Ok((Format::Json, ApiVersion::DEFAULT)),
        _ => negotiate::format(request.headers(), &query).and_then(|(format, in_header)| {
            let version = negotiate::version(in_header, &query)?;
            Ok((format, version))
        }),
    };
    let version = asked.as_ref().map_or(ApiVersion::DEFAULT, |(_, version)| *version);
    let answered = match asked {
        Ok((format, version)) => answer(&app, request, route, query, format, version).await,
        Err(error) => Err(error),
    };
    let mut response = answered.unwrap_or_else(ApiError::into_response);
    let headers = response.headers_mut();
    if let Ok(version) = HeaderValue::from_str(&version.to_string()) {
        headers.insert("api-version", version);
    }
    if let Some(allow) = methods.allow() {
        headers.insert(header::ALLOW, allow);
    }
    headers.insert(header::VARY, HeaderValue::from_static("Accept, Cookie, origin"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if head {
        *response.body_mut() = Body::empty();
    }
    response
}

async fn answer(
    app: &App,
    request: Request,
    route: Option<Route>,
    query: Query,
    format: Format,
    version: ApiVersion,
) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let route = route.ok_or_else(ApiError::not_found)?;
    if !path.ends_with('/') && route != Route::OpenApi {
        if parts.method != Method::GET && parts.method != Method::HEAD {
            return Err(ApiError::not_found());
        }
        let query = parts.uri.query().map_or_else(String::new, |query| format!("?{query}"));
        return redirect(&parts.headers, &format!("{path}/{query}"));
    }
    let caller = auth::caller(app, &parts.headers).await?;
    let mut view = View::of_request(&parts.method, &query, base::base(&parts.headers), format, version)?;
    view.caller = Some(Arc::clone(&caller));
    let limit = app.settings.max_body;
    let body = to_bytes(body, limit).await.map_err(|_| {
        ApiError::detail(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("The body is longer than {limit} bytes; send it in parts."),
        )
    })?;
    let call = Call {
        app: app.clone(),
        caller,
        path: path.to_owned(),
        request_id: parts.extensions.get().copied().unwrap_or_else(RequestId::random),
        method: parts.method,
        query,
        headers: parts.headers,
        view,
        body,
    };
    dispatch(&call, route).await
}

async fn dispatch(call: &Call, route: Route) -> Result<Response, ApiError> {
    let registry = Arc::clone(call.app.inventory.registry());
    let methods = route.methods(&registry);
    if methods.is_empty() {
        return Err(ApiError::not_found());
    }
    if call.method == Method::OPTIONS {
        return options::options(call, &route).await;
    }
    let refused = || ApiError::method_not_allowed(call.method.as_str());
    let verb = Verb::of(&call.method).filter(|verb| methods.has(*verb)).ok_or_else(refused)?;
    match route {
        Route::List(index) => {
            let content_type = registry.get(index);
            match verb {
                Verb::Get => list::list(call, content_type).await,
                Verb::Post => write::create(call, content_type).await,
                Verb::Put | Verb::Patch => write::update(call, content_type, Target::List).await,
                Verb::Delete => write::delete(call, content_type, Target::List).await,
            }
        }
        Route::Object { content_type, key } => {
            let content_type = registry.get(content_type);
            let id = object::find(call, content_type, &key).await?;
            match verb {
                Verb::Get => object::object(call, content_type, id).await,
                Verb::Put | Verb::Patch => write::update(call, content_type, Target::Object(id)).await,
                Verb::Delete => write::delete(call, content_type, Target::Object(id)).await,
                Verb::Post => Err(refused()),
            }
        }
        Route::Part { content_type, key, part } => {
            let content_type = registry.get(content_type);
            let part = part::table::find(content_type, &part).ok_or_else(ApiError::not_found)?;
            let id = object::find(call, content_type, &key).await?;
            part::answer(call, content_type, id, part).await
        }
        Route::GraphQl => graphql(call).await,
        Route::RenderTemplate => template::render(call),
        Route::UserConfig => user_config::config(call).await,
        Route::Docs => redirect(&call.headers, &format!("/api/{OPEN_API}")),
        Route::OpenApi => Ok(answer::json(StatusCode::OK, openapi::document(&call.app).as_ref())),
        Route::Root => Ok(root::root(call)),
        Route::App(app) => Ok(root::app(call, &app)),
        Route::Status => Ok(root::status(call)),
        Route::Plugins => Ok(root::plugins(call)),
        Route::InstalledPlugins => Ok(answer::json(StatusCode::OK, "[]")),
        Route::ContentTypes => root::content_types(call),
        Route::ContentType(key) => root::content_type(call, &key),
    }
}

/// To another path of this server.
fn redirect(headers: &HeaderMap, path: &str) -> Result<Response, ApiError> {
    let location = format!("{}{path}", base::forwarded_prefix(headers));
    let location = HeaderValue::from_str(&location).map_err(|_| ApiError::not_found())?;
    Ok((StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, location)]).into_response())
}

async fn graphql(call: &Call) -> Result<Response, ApiError> {
    let body: Json = write::body::parse(&call.body)?;
    let answer = call.app.graphql.execute(&call.app.inventory, &call.caller, &call.view.base, &body).await?;
    Ok(answer::json(answer.status, answer.body))
}

/// The records to which a right of the caller is bound, all when there is no restriction, or a refusal.
fn demand(call: &Call, right: Right, content_type: &ContentType) -> Result<Option<Restriction>, ApiError> {
    match call.caller.scope(right, call.app.inventory.registry(), content_type) {
        Scope::All => Ok(None),
        Scope::Some(restriction) => Ok(Some(restriction)),
        Scope::None => Err(ApiError::forbidden()),
    }
}
