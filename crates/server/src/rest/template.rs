//! `/api/core/render-jinja-template/`: a template and its context, rendered.

use std::io::{self, Write};

use axum::http::StatusCode;
use axum::response::Response;
use minijinja::{Environment, Value};
use minijinja_contrib::pycompat::unknown_method_callback;
use serde_json::{Value as Json, json};

use super::answer;
use super::call::Call;
use super::write::body;
use crate::error::ApiError;

/// Steps that one template may take.
const FUEL: u64 = 1_000_000;
/// Bytes that it may come to.
const MOST_BYTES: usize = 4 << 20;

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
    let text = rendered(template, &context).map_err(|error| {
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

fn rendered(template: &str, context: &Json) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_fuel(Some(FUEL));
    environment.set_debug(false);
    environment.set_unknown_method_callback(unknown_method_callback);
    let mut out = Bounded(Vec::new());
    environment.template_from_str(template)?.render_captured_to(value(context), &mut out)?;
    Ok(String::from_utf8_lossy(&out.0).into_owned())
}

fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::from(()),
        Json::Bool(truth) => Value::from(*truth),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Value::from(number),
            (None, Some(number)) => Value::from(number),
            (None, None) => Value::from(number.as_f64()),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => items.iter().map(value).collect(),
        Json::Object(pairs) => Value::from_pairs(pairs.iter().map(|(key, item)| (key.clone(), value(item)))),
    }
}

/// Takes no more than [`MOST_BYTES`].
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MOST_BYTES {
            return Err(io::Error::other(format!("it comes to more than {MOST_BYTES} bytes")));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates() {
        for (template, expected) in [
            ("Hello {{ name }}\nbye", Ok("Hello world\nbye")),
            ("{{ name.upper() }} {{ missing }}", Ok("WORLD ")),
            ("{% for item in items %}{{ item }},{% endfor %}", Ok("1,2,")),
            ("{% if %}", Err("syntax error")),
            ("{{ items.nope() }}", Err("unknown method")),
            ("{% for a in range(9999) %}{% for b in range(9999) %}{{ b }}{% endfor %}{% endfor %}", Err("fuel")),
            ("{% for a in range(9999) %}{{ name * 9999 }}{% endfor %}", Err("more than 4194304 bytes")),
        ] {
            let found = rendered(template, &json!({ "name": "world", "items": [1, 2] }));
            match (found, expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected),
                (Err(error), Err(expected)) => {
                    let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                    let message = format!("{error} {source}");
                    assert!(message.contains(expected), "{template}: {message}");
                }
                (found, _) => panic!("{template}: {found:?}"),
            }
        }
    }
}
