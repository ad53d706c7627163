//! Templates that users write, in the words of Jinja2: run where they reach nothing but what they are given, and with
//! limits on what they may take.

use std::io::{self, Write};

use minijinja::{Error, ErrorKind, Template, Value};
use minijinja_contrib::pycompat::unknown_method_callback;
use serde_json::Value as Json;

/// What one rendering may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Steps of the template.
    pub steps: u64,
    /// Bytes that it comes to.
    pub bytes: usize,
}

/// Where templates run.
#[derive(Debug)]
pub struct Environment {
    inner: minijinja::Environment<'static>,
    limits: Limits,
}

impl Environment {
    pub fn new(limits: Limits) -> Self {
        let mut inner = minijinja::Environment::new();
        inner.set_fuel(Some(limits.steps));
        inner.set_debug(false);
        inner.set_unknown_method_callback(unknown_method_callback);
        Self { inner, limits }
    }

    /// Keeps a template under a name.
    ///
    /// # Errors
    /// It is none; the error says why.
    pub fn add(&mut self, name: String, template: String) -> Result<(), Error> {
        self.inner.add_template_owned(name, template)
    }

    /// Renders a template that was added, and says how many steps that took. How many a failure took nobody tells, only that
    /// it was no more than there were: so there are few at first, which is enough for most templates.
    ///
    /// # Errors
    /// There is none of that name, it fails, or it takes too much.
    pub fn render(&mut self, name: &str, context: &Value) -> (Result<String, Error>, u64) {
        let most = self.limits.steps;
        let mut taken = 0;
        for steps in [most / 64, most / 8, most] {
            self.inner.set_fuel(Some(steps));
            let rendered = self.inner.get_template(name).and_then(|template| self.run(&template, context.clone()));
            match rendered {
                Ok((text, took)) => return (Ok(text), taken + took),
                Err(error) => {
                    taken += steps;
                    if steps == most || !is_out_of_steps(&error) {
                        return (Err(error), taken);
                    }
                }
            }
        }
        (Err(Error::from(ErrorKind::OutOfFuel)), taken)
    }

    /// Renders a text.
    ///
    /// # Errors
    /// It is no template, it fails, or it takes too much.
    pub fn render_text(&self, template: &str, context: Value) -> Result<String, Error> {
        Ok(self.run(&self.inner.template_from_str(template)?, context)?.0)
    }

    /// What a template comes to, and the steps that it took.
    fn run(&self, template: &Template<'_, '_>, context: Value) -> Result<(String, u64), Error> {
        let mut out = Bounded { bytes: Vec::new(), most: self.limits.bytes };
        let captured = template.render_captured_to(context, &mut out)?;
        let steps = captured.state().fuel_levels().map_or(0, |(consumed, _)| consumed);
        drop(captured);
        Ok((String::from_utf8_lossy(&out.bytes).into_owned(), steps))
    }
}

/// Whether a rendering had too few steps. An error within an included template is the cause of another one.
fn is_out_of_steps(error: &Error) -> bool {
    let causes = std::iter::successors(Some(error as &(dyn std::error::Error + 'static)), |error| error.source());
    causes.filter_map(|cause| cause.downcast_ref::<Error>()).any(|cause| cause.kind() == ErrorKind::OutOfFuel)
}

/// What is wrong with a text as a template; nothing when it is one. Whether it can be rendered is another matter.
pub fn problem(template: &str) -> Option<String> {
    let error = minijinja::Environment::new().template_from_str(template).err()?;
    let line = error.line().map_or_else(String::new, |line| format!(" on line {line}"));
    let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    Some(format!("Template syntax error{line}: {detail}"))
}

/// JSON as a value of templates.
pub fn value(json: &Json) -> Value {
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

/// Takes no more than so many bytes.
struct Bounded {
    bytes: Vec<u8>,
    most: usize,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.most {
            return Err(io::Error::other(format!("it comes to more than {} bytes", self.most)));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn templates() {
        let environment = Environment::new(Limits { steps: 1_000_000, bytes: 4 << 20 });
        for (template, expected) in [
            ("Hello {{ name }}\nbye", Ok("Hello world\nbye")),
            ("{{ name.upper() }} {{ missing }}", Ok("WORLD ")),
            ("{% for item in items %}{{ item }},{% endfor %}", Ok("1,2,")),
            ("{% if %}", Err("syntax error")),
            ("{{ items.nope() }}", Err("unknown method")),
            ("{% for a in range(9999) %}{% for b in range(9999) %}{{ b }}{% endfor %}{% endfor %}", Err("fuel")),
            ("{% for a in range(9999) %}{{ name * 9999 }}{% endfor %}", Err("more than 4194304 bytes")),
        ] {
            let context = value(&json!({ "name": "world", "items": [1, 2] }));
            match (environment.render_text(template, context), expected) {
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

    #[test]
    fn a_failure_counts_for_little_more_than_it_took() {
        let mut environment = Environment::new(Limits { steps: 64_000, bytes: 4 << 20 });
        let texts = [
            ("early", "{{ missing.name }}", false, 1..=1_000),
            ("late", "{% for a in range(500) %}{{ a }}{% endfor %}{{ missing.name }}", false, 9_000..=9_000),
            (
                "never",
                "{% for a in range(9999) %}{% for b in range(9) %}{{ b }}{% endfor %}{% endfor %}",
                false,
                64_000..=73_000,
            ),
            ("short", "{{ name }}", true, 1..=100),
            ("long", "{% for a in range(999) %}{{ a }}{% endfor %}", true, 3_000..=17_000),
            ("around", "{% include 'long' %}", true, 3_000..=17_000),
        ];
        for (name, text, _, _) in &texts {
            environment.add((*name).to_owned(), (*text).to_owned()).unwrap();
        }
        let context = value(&json!({ "name": "world" }));
        for (name, _, expected, steps) in texts {
            let (rendered, taken) = environment.render(name, &context);
            assert_eq!(rendered.is_ok(), expected, "{name}: {rendered:?}");
            assert!(steps.contains(&taken), "{name}: {taken}");
        }
    }

    #[test]
    fn what_is_no_template_is_told() {
        assert_eq!(problem("{{ obj.name | upper }}"), None);
        let problem = problem("{{ obj.name }}\n{% if %}").unwrap();
        assert!(problem.starts_with("Template syntax error on line 2: "), "{problem}");
    }
}
