use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Mutex;

use minijinja::value::{Kwargs, StringInput, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State, Value};
use regex::{NoExpand, Regex, RegexBuilder, Replacer};
use trueup_engine::value::parse_mac;
use unicode_normalization::UnicodeNormalization;

/// Adds the filters that job files have beyond MiniJinja's own, and gives its text filters their meaning for nothing.
pub(super) fn add(environment: &mut Environment<'static>) {
    environment.add_filter("trim", |value: &Value, chars: Option<Cow<'_, str>>| {
        on_text(value, |text| match &chars {
            None => text.trim().to_owned(),
            Some(chars) => text.trim_matches(|c| chars.contains(c)).to_owned(),
        })
    });
    environment.add_filter("upper", |value: &Value| on_text(value, |text| text.to_uppercase()));
    environment.add_filter("lower", |value: &Value| on_text(value, |text| text.to_lowercase()));
    environment.add_filter("title", |value: &Value| on_text(value, |text| minijinja::filters::title(text.into())));
    environment.add_filter("capitalize", |state: &State<'_, '_>, value: &Value| {
        if is_nothing(value) {
            return Ok(value.clone());
        }
        text_of(value).and_then(|_| StringInput::new(state, value)).map(minijinja::filters::capitalize)
    });
    environment.add_filter("replace", |value: &Value, from: Cow<'_, str>, to: Cow<'_, str>| {
        on_text(value, |text| text.replace(&*from, &to))
    });
    environment.add_filter("round", |value: Value, precision: Option<i32>, method: Option<&str>, named: Kwargs| {
        if is_nothing(&value) { Ok(value) } else { minijinja::filters::round(value, precision, method, named) }
    });
    environment.add_filter(
        "abs",
        |value: Value| {
            if is_nothing(&value) { Ok(value) } else { minijinja::filters::abs(value) }
        },
    );
    environment.add_filter("slug", |value: &Value| on_text(value, slug));
    environment.add_filter("split", split);
    environment.add_filter("mac", mac);
    environment.add_filter("int_or_none", int_or_none);
    environment.add_filter("none_if_empty", none_if_empty);
    environment.add_filter("lookup", lookup);
    let compiled = Mutex::new(HashMap::new());
    environment.add_filter("regex_replace", move |value: &Value, pattern: Cow<'_, str>, to: Cow<'_, str>| {
        let regex = compile(&compiled, &pattern)?;
        let to = replacement(&to);
        on_text(value, |text| match &to {
            Replacement::Plain(to) => replace_all(&regex, text, NoExpand(to)),
            Replacement::Groups(to) => replace_all(&regex, text, to.as_str()),
        })
    });
}

fn is_nothing(value: &Value) -> bool {
    value.is_undefined() || value.is_none()
}

fn invalid(message: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}

/// Texts, numbers and bools as text.
fn text_of(value: &Value) -> Result<Cow<'_, str>, Error> {
    match (value.as_str(), value.kind()) {
        (Some(text), _) => Ok(Cow::Borrowed(text)),
        (None, ValueKind::Number | ValueKind::Bool) => Ok(Cow::Owned(value.to_string())),
        (None, kind) => Err(invalid(format!("a text was expected, but there is a {kind}"))),
    }
}

/// The value for nothing is itself.
fn on_text(value: &Value, change: impl FnOnce(&str) -> String) -> Result<Value, Error> {
    if is_nothing(value) {
        return Ok(value.clone());
    }
    text_of(value).map(|text| Value::from(change(&text)))
}

/// Lower-case ASCII letters and digits with single dashes between: `São Paulo (HQ)` → `sao-paulo-hq`.
fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !unicode_normalization::char::is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' | '_' => slug.push(c),
            'ß' => slug.push_str("ss"),
            'æ' => slug.push_str("ae"),
            'ø' => slug.push('o'),
            'ł' => slug.push('l'),
            'đ' => slug.push('d'),
            '\'' | '’' => {}
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

/// A list of parts; white space separates when no separator is given. Nothing gives an empty list.
fn split(value: &Value, separator: Option<Cow<'_, str>>) -> Result<Value, Error> {
    if is_nothing(value) {
        return Ok(Value::from(Vec::<Value>::new()));
    }
    let text = text_of(value)?;
    let parts: Vec<Value> = match separator.as_deref() {
        None | Some("") => text.split_whitespace().map(Value::from).collect(),
        Some(separator) => text.split(separator).map(Value::from).collect(),
    };
    Ok(Value::from(parts))
}

/// Any spelling of a MAC address in the one that trueup writes; blank is none.
fn mac(value: &Value) -> Result<Value, Error> {
    if is_nothing(value) {
        return Ok(Value::from(()));
    }
    let text = text_of(value)?;
    if text.trim().is_empty() {
        return Ok(Value::from(()));
    }
    parse_mac(text.trim()).map(|mac| Value::from(mac.to_string())).map_err(|error| invalid(error.to_string()))
}

/// The whole number that a value is or that a text spells; none for everything else.
fn int_or_none(value: &Value) -> Value {
    let from_float = |float: f64| (float.fract() == 0.0 && float.abs() < 9e15).then_some(float as i64);
    let int = match value.kind() {
        ValueKind::Number if value.is_integer() => return value.clone(),
        ValueKind::Number => f64::try_from(value.clone()).ok().and_then(from_float),
        ValueKind::String => {
            let text = value.as_str().unwrap_or_default().trim();
            text.parse::<i64>().ok().or_else(|| text.parse::<f64>().ok().and_then(from_float))
        }
        _ => None,
    };
    int.map_or_else(|| Value::from(()), Value::from)
}

/// None for a text of white space and for an empty list or mapping.
fn none_if_empty(value: &Value) -> Value {
    let empty = match value.as_str() {
        Some(text) => text.trim().is_empty(),
        None => matches!(value.kind(), ValueKind::Seq | ValueKind::Map) && value.len() == Some(0),
    };
    if empty { Value::from(()) } else { value.clone() }
}

/// What stands for the value in a mapping, or the default, or none.
fn lookup(value: &Value, map: &Value, default: Option<&Value>, kwargs: Kwargs) -> Result<Value, Error> {
    if map.kind() != ValueKind::Map {
        return Err(invalid("`lookup` wants a mapping, as in lookup({\"up\": \"Active\"}, \"Planned\")"));
    }
    let named: Option<Value> = kwargs.get("default")?;
    kwargs.assert_all_used()?;
    let found = if is_nothing(value) { Value::UNDEFINED } else { map.get_item(value)? };
    if !found.is_undefined() {
        return Ok(found);
    }
    Ok(default.cloned().or(named).unwrap_or_else(|| Value::from(())))
}

/// Patterns come from the job file, so there are few of them.
fn compile(compiled: &Mutex<HashMap<String, Regex>>, pattern: &str) -> Result<Regex, Error> {
    const MOST: usize = 1000;
    let mut compiled = compiled.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(regex) = compiled.get(pattern) {
        return Ok(regex.clone());
    }
    let regex = RegexBuilder::new(pattern).size_limit(1 << 20).build();
    let regex = regex.map_err(|error| invalid(format!("`{pattern}` is no regular expression: {error}")))?;
    if compiled.len() < MOST {
        compiled.insert(pattern.to_owned(), regex.clone());
    }
    Ok(regex)
}

enum Replacement {
    Plain(String),
    Groups(String),
}

/// Groups are written as Ansible's filter of this name writes them, `\1` and `\g<name>`; a dollar is a dollar.
fn replacement(text: &str) -> Replacement {
    if !text.contains('\\') {
        return Replacement::Plain(text.to_owned());
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '$' => out.push_str("$$"),
            '\\' => {
                let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
                let name = rest.strip_prefix("g<").and_then(|rest| rest.split_once('>'));
                if digits > 0 {
                    out.push_str(&format!("${{{}}}", &rest[..digits]));
                    rest = &rest[digits..];
                } else if let Some((name, after)) = name {
                    out.push_str(&format!("${{{name}}}"));
                    rest = after;
                } else {
                    let escaped = rest.strip_prefix('\\');
                    out.push('\\');
                    rest = escaped.unwrap_or(rest);
                }
            }
            other => out.push(other),
        }
    }
    Replacement::Groups(out)
}

fn replace_all(regex: &Regex, text: &str, to: impl Replacer) -> String {
    regex.replace_all(text, to).into_owned()
}
