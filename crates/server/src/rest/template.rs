//! `/api/core/render-jinja-template/`: a template and its context, rendered.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value as Json, json};

use super::answer;
use super::call::Call;
use super::write::body;
use crate::error::ApiError;
use crate::template::{self, Environment, Limits};

/// What one template may take.
const LIMITS: Limits = Limits { steps: 1_000_000, bytes: 4 << 20 };

pub fn render(call: &Call) -> Result<Response, ApiError> {
    let body = body::read(call)?;
    let object = body::object(&body)?;
    let refused = |field: &str, message: &str| ApiError::bad_request(json!({ field: [message] }));
    let template = match object.get("template_code") {
        Some(Json::String(template)) => template,
        Some(_) => return Err(refused("template_code", "Not a valid string.")),
        None => return Err(refused("template_code", "This field is required.")),
    };
    let context = match object.get("context") {
        None | Some(Json::Null) => json!({}),
        Some(context @ Json::Object(_)) => context.clone(),
        Some(_) => return Err(refused("context", "Expected a dictionary of items.")),
    };
    let rendered = Environment::new(LIMITS).render_text(template, template::value(&context));
    let text = rendered.map_err(|error| {
        let detail = format!("Failed to render Jinja template: {error}");
        ApiError::detail(StatusCode::BAD_REQUEST, detail)
    })?;
    let lines: Vec<&str> = text.lines().collect();
    let shown = json!({
        "rendered_template": text,
        "rendered_template_lines": lines,
        "template_code": template,
        "context": context,
    });
    Ok(answer::json(StatusCode::OK, shown.to_string()))
}
