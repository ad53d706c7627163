use std::fmt;
use std::io::Read;

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use serde_saphyr::{Options, Spanned};

use super::json_lines::as_row;
use super::{At, RowSink, RowsError, read_text};
use crate::Cause;
use crate::file::node::Node;

/// The items of each document that is a list, and each document that is a mapping. Documents without content are none.
///
/// YAML 1.2: `no` and `off` are texts, and so are numbers with leading zeros or underscores.
pub(super) fn read(reader: impl Read, sink: &mut RowSink<'_>) -> Result<(), RowsError> {
    let text = read_text(reader)?;
    let documents: Vec<Spanned<Document>> = serde_saphyr::from_multiple_with_options(&text, options(text.len()))
        .map_err(|error| {
            let location = error.location().filter(|location| location.line() > 0);
            let at = location.map(|location| At {
                line: Some(location.line()),
                column: Some(location.column()),
                record: None,
            });
            RowsError::File(at.unwrap_or_default(), Cause::Syntax(message(&error)))
        })?;
    let mut number = 0;
    for document in documents {
        let line = document.defined.line();
        let rows = match document.value {
            Document::List(rows) => rows.into_iter().map(|row| (row.defined.line(), row.value)).collect(),
            Document::Other(node) => vec![(line, node)],
        };
        for (line, row) in rows {
            number += 1;
            let at = At { line: (line > 0).then_some(line), column: None, record: Some(number) };
            sink(at, as_row(row))?;
        }
    }
    Ok(())
}

/// Limits that follow the size of the file: what it holds itself is never too much, what its aliases make of it is.
fn options(length: usize) -> Options {
    let mut options = crate::yaml::options();
    options.budget = serde_saphyr::budget! {
        max_events: length.saturating_mul(4).saturating_add(1000),
        max_nodes: length.saturating_mul(2).saturating_add(1000),
        max_documents: length.saturating_add(1),
        max_total_scalar_bytes: length.saturating_mul(4).saturating_add(1000),
        max_anchors: 1_000_000,
        max_aliases: 1_000_000,
        max_merge_keys: 1_000_000,
        enforce_alias_anchor_ratio: false,
        max_depth: 64,
    };
    options
}

/// The parser's words without the position, which stands in the place.
fn message(error: &serde_saphyr::Error) -> String {
    let text = error.without_snippet().to_string();
    let line = text.lines().next().unwrap_or_default();
    let cut = line.rfind(" at line ").unwrap_or(line.len());
    line[..cut].trim_end_matches(',').to_owned()
}

enum Document {
    List(Vec<Spanned<Node>>),
    Other(Node),
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DocumentVisitor;

        impl<'de> Visitor<'de> for DocumentVisitor {
            type Value = Document;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of rows or one mapping")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Document, A::Error> {
                let mut rows = Vec::new();
                while let Some(row) = seq.next_element()? {
                    rows.push(row);
                }
                Ok(Document::List(rows))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Document, A::Error> {
                Node::deserialize(de::value::MapAccessDeserializer::new(map)).map(Document::Other)
            }
        }

        deserializer.deserialize_any(DocumentVisitor)
    }
}
