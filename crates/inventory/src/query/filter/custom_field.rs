//! Filters by custom fields: `cf_<key>` with the suffixes of the type that the field's definition says.

use super::Compiler;
use super::fault::Fault;
use super::fragment::Fragment;
use super::parameter::{Lookup, Sense, Suffix, TextLookup};
use super::scalar::{self, Column};
use super::text;
use crate::model::{CUSTOM_FIELDS, ContentType, FieldKind, ScalarType};
use crate::storage::{Args, Cell, write_json_text};

/// The content type of definitions, and its fields.
const DEFINITIONS: &str = "extras.customfield";

/// What a definition says that filters need.
struct Definition {
    kind: String,
    logic: String,
}

/// The condition on `t0`; none when the filter says nothing.
pub(super) async fn condition(
    compiler: &mut Compiler<'_, '_>,
    content_type: &ContentType,
    key: &str,
    suffix: Suffix,
    values: &[String],
) -> Result<Option<Fragment>, Fault> {
    let definition = definition(compiler, content_type, key).await?.ok_or(Fault::Unknown)?;
    let column = content_type.field(CUSTOM_FIELDS).and_then(|field| field.column).ok_or(Fault::Unknown)?;
    let object = format!("t0.\"{}\"", content_type.columns[column].name);
    let dialect = compiler.dialect();
    let member = |sql: String| Fragment::new(sql).bind(Cell::Text(key.to_owned()));
    let as_text = || member(dialect.json_text(&object));
    match (definition.kind.as_str(), suffix.lookup) {
        ("boolean", Lookup::Exact) => Ok(scalar::flag(values).map(|flag| {
            let words = if flag { ["true", "1"] } else { ["false", "0"] };
            as_text().equals(words.map(|word| Cell::Text(word.to_owned())).to_vec())
        })),
        ("multi-select", Lookup::Exact) => Ok(holds_choice(&as_text(), suffix.sense, values)),
        ("integer", Lookup::Exact | Lookup::Range(_)) => {
            let column =
                Column { sql: member(dialect.json_number(&object)), scalar_type: ScalarType::Float, choices: None };
            scalar::condition(dialect, compiler.registry, &column, suffix, values)
        }
        (kind, _) => {
            let dated = kind == "date" && !matches!(suffix.lookup, Lookup::Text(_));
            let scalar_type = if dated { ScalarType::Date } else { ScalarType::Text };
            let suffix = match suffix.lookup {
                Lookup::Exact
                    if definition.logic == "loose" && matches!(kind, "text" | "url" | "markdown" | "json") =>
                {
                    Suffix { lookup: Lookup::Text(TextLookup::IContains), ..suffix }
                }
                _ => suffix,
            };
            scalar::condition(
                dialect,
                compiler.registry,
                &Column { sql: as_text(), scalar_type, choices: None },
                suffix,
                values,
            )
        }
    }
}

/// Whether a list of choices, as JSON, holds one of the values.
fn holds_choice(list: &Fragment, sense: Sense, values: &[String]) -> Option<Fragment> {
    let held = values.iter().filter(|value| !value.is_empty()).map(|value| {
        let mut quoted = String::new();
        write_json_text(value, &mut quoted);
        text::sensitive::contains(list, &quoted)
    });
    let held: Vec<Fragment> = held.collect();
    if held.is_empty() {
        return None;
    }
    let found = Fragment::any(held);
    Some(match sense {
        Sense::Keep => found,
        Sense::Exclude => found.not(),
    })
}

/// The definition of that key for records of a type, unless filters by it are switched off.
async fn definition(
    compiler: &mut Compiler<'_, '_>,
    content_type: &ContentType,
    key: &str,
) -> Result<Option<Definition>, Fault> {
    let Ok(definitions) = compiler.registry.content_type(DEFINITIONS) else { return Ok(None) };
    let column = |name: &str| {
        let column = definitions.field(name).and_then(|field| field.column)?;
        Some(format!("\"{}\"", definitions.columns[column].name))
    };
    let (Some(key_column), Some(kind), Some(logic)) = (column("key"), column("type"), column("filter_logic")) else {
        return Ok(None);
    };
    let Some(FieldKind::Many(types)) = definitions.field("content_types").map(|field| &field.kind) else {
        return Ok(None);
    };
    let link = &types.link;
    let sql = format!(
        "SELECT {kind}, {logic} FROM \"{}\" WHERE {key_column} = ? \
         AND \"id\" IN (SELECT \"{}\" FROM \"{}\" WHERE \"{}\" = ?)",
        definitions.table, link.near, link.table, link.far
    );
    let mut args = Args::default();
    args.text(key);
    args.text(content_type.name());
    let rows = compiler.session.rows(sql, args).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let definition = Definition { kind: row.text(0)?.unwrap_or_default(), logic: row.text(1)?.unwrap_or_default() };
    Ok(Some(definition).filter(|definition| definition.logic != "disabled"))
}
