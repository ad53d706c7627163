//! What a query may cost before anything is read: its text, its depth, and how many fields it asks for once its
//! fragments are put in their places. All of it is counted without putting them there, so that a small text which
//! stands for millions of fields is refused at once.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, Pos, ServerError};

/// Bounds of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the query.
    pub text: usize,
    /// How deep braces, brackets and parentheses may be nested in the text.
    pub nesting: usize,
    /// How many fields may be nested in each other.
    pub depth: usize,
    /// How many fields may be asked for, each counted wherever a fragment puts it.
    pub fields: usize,
    /// Bytes of JSON that may be written for an answer.
    pub answer: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { text: 256 << 10, nesting: 64, depth: 16, fields: 2_000, answer: 256 << 20 }
    }
}

impl Limits {
    /// Checks a text before it is parsed: a parser goes as deep as its text does.
    ///
    /// # Errors
    /// The text is too long or too deep.
    pub fn check_text(&self, query: &str) -> Result<(), ServerError> {
        if query.len() > self.text {
            let message = format!("The query has {} bytes; at most {} are allowed.", query.len(), self.text);
            return Err(ServerError::new(message, None));
        }
        if nesting(query) > self.nesting {
            let message = format!("The query is nested deeper than {} brackets.", self.nesting);
            return Err(ServerError::new(message, None));
        }
        Ok(())
    }

    /// Checks a document.
    ///
    /// # Errors
    /// A fragment contains itself, or an operation is too deep or asks for too many fields.
    pub fn check(&self, document: &ExecutableDocument) -> Result<(), ServerError> {
        let mut measured = HashMap::new();
        for (_, operation) in document.operations.iter() {
            let size = measure(document, &operation.node.selection_set.node, &mut measured)?;
            if size.depth > self.depth {
                let message = format!(
                    "The query is {} fields deep; at most {} are allowed. Ask in several queries.",
                    size.depth, self.depth
                );
                return Err(ServerError::new(message, Some(operation.pos)));
            }
            if size.fields > self.fields {
                let message = format!("The query asks for more than {} fields. Ask in several queries.", self.fields);
                return Err(ServerError::new(message, Some(operation.pos)));
            }
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Size {
    depth: usize,
    fields: usize,
}

/// A fragment that is being measured has `None`.
type Measured<'d> = HashMap<&'d Name, Option<Size>>;

fn measure<'d>(
    document: &'d ExecutableDocument,
    selection: &'d SelectionSet,
    measured: &mut Measured<'d>,
) -> Result<Size, ServerError> {
    let mut size = Size::default();
    for item in &selection.items {
        let inner = match &item.node {
            Selection::Field(field) => {
                let inner = measure(document, &field.node.selection_set.node, measured)?;
                Size { depth: inner.depth + 1, fields: inner.fields.saturating_add(1) }
            }
            Selection::InlineFragment(fragment) => measure(document, &fragment.node.selection_set.node, measured)?,
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                measure_fragment(document, name, spread.pos, measured)?
            }
        };
        size.depth = size.depth.max(inner.depth);
        size.fields = size.fields.saturating_add(inner.fields);
    }
    Ok(size)
}

fn measure_fragment<'d>(
    document: &'d ExecutableDocument,
    name: &'d Name,
    pos: Pos,
    measured: &mut Measured<'d>,
) -> Result<Size, ServerError> {
    match measured.get(name) {
        Some(Some(size)) => return Ok(*size),
        Some(None) => {
            let message = format!("Cannot spread fragment \"{name}\" within itself.");
            return Err(ServerError::new(message, Some(pos)));
        }
        None => {}
    }
    // An unknown fragment is told by validation.
    let Some(fragment) = document.fragments.get(name) else { return Ok(Size::default()) };
    measured.insert(name, None);
    let size = measure(document, &fragment.node.selection_set.node, measured)?;
    measured.insert(name, Some(size));
    Ok(size)
}

/// How deep brackets are nested, strings and comments aside.
fn nesting(query: &str) -> usize {
    let bytes = query.as_bytes();
    let (mut depth, mut deepest, mut place) = (0_usize, 0, 0);
    while let Some(&byte) = bytes.get(place) {
        place += match byte {
            b'{' | b'[' | b'(' => {
                depth += 1;
                deepest = deepest.max(depth);
                1
            }
            b'}' | b']' | b')' => {
                depth = depth.saturating_sub(1);
                1
            }
            b'#' => bytes[place..].iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len() - place),
            b'"' => text_length(&bytes[place..]),
            _ => 1,
        };
    }
    deepest
}

/// The length of the string that begins here, quotes included; 1 for a quote that is never closed, so that nothing
/// behind it is overlooked.
fn text_length(bytes: &[u8]) -> usize {
    let (quote, end_of_line) = if bytes.starts_with(b"\"\"\"") { (&b"\"\"\""[..], false) } else { (&b"\""[..], true) };
    let mut place = quote.len();
    while place < bytes.len() {
        match bytes[place] {
            b'\\' => place += 2,
            b'\n' if end_of_line => return 1,
            _ if bytes[place..].starts_with(quote) => return place + quote.len(),
            _ => place += 1,
        }
    }
    1
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    #[test]
    fn brackets_in_texts_and_comments_are_no_nesting() {
        for (query, depth) in [
            ("", 0),
            ("{ a(b: [1]) { c } }", 3),
            ("{ a(b: \"{{{{\") }", 2),
            ("{ a(b: \"\\\"{{{{\") }", 2),
            ("{ a(b: \"\"\"{{ \" {{\"\"\") }", 2),
            ("{ # {{{{\n a { b } }", 2),
            ("{ a(b: \"never closed {{{", 5),
            ("}}}}{", 1),
            ("\\", 0),
            ("\"\\", 0),
        ] {
            assert_eq!(nesting(query), depth, "{query}");
        }
    }

    #[test]
    fn fragments_are_counted_where_they_are_put() {
        let mut bomb = "{ a { ...f0 } }".to_owned();
        for level in 0..40 {
            bomb.push_str(&format!(" fragment f{level} on T {{ ...f{0} ...f{0} }}", level + 1));
        }
        bomb.push_str(" fragment f40 on T { x }");
        let limits = Limits::default();
        let deep = |depth: usize| format!("{}a{}", "{ a ".repeat(depth - 1) + "{ ", " }".repeat(depth));
        for (query, expected) in [
            ("{ a { b } }".to_owned(), None),
            (bomb, Some("more than 2000 fields")),
            ("{ ...f } fragment f on T { a ...g } fragment g on T { b ...f }".to_owned(), Some("within itself")),
            (deep(16), None),
            (deep(17), Some("17 fields deep; at most 16")),
        ] {
            let outcome = limits.check(&parse_query(&query).unwrap()).err().map(|error| error.message);
            match expected {
                None => assert_eq!(outcome, None, "{query}"),
                Some(part) => assert!(outcome.as_ref().is_some_and(|it| it.contains(part)), "{query}: {outcome:?}"),
            }
        }
    }
}
