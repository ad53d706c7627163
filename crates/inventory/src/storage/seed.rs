//! The records of a new inventory: statuses, roles and the namespace that everything is in by default.
//!
//! They are written as they stand in `models/seed.yaml`, without validation and change log: they are part of the
//! schema. Their content types may name types that do not exist yet.

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};
use trueup_engine::Value;

use super::session::Session;
use super::{Args, Cell, RecordId, natural_key};
use crate::model::{ContentType, FieldKind, Registry, SEED};

type SeedDocument = IndexMap<String, Vec<Map<String, Json>>>;

pub(crate) async fn seed(session: &mut Session<'_>, registry: &Registry, now: i64) -> Result<(), sqlx::Error> {
    let document: SeedDocument =
        serde_saphyr::from_str(SEED).map_err(|error| sqlx::Error::Decode(error.to_string().into()))?;
    for (name, records) in &document {
        let Ok(content_type) = registry.content_type(name) else { continue };
        for record in records {
            insert(session, content_type, record, now).await?;
        }
    }
    Ok(())
}

async fn insert(
    session: &mut Session<'_>,
    content_type: &ContentType,
    record: &Map<String, Json>,
    now: i64,
) -> Result<(), sqlx::Error> {
    let id = RecordId::random();
    let mut args = Args::default();
    args.id(id);
    let mut names = String::from("\"id\"");
    for column in &content_type.columns {
        let field = &content_type.fields[column.field];
        let FieldKind::Scalar(scalar) = &field.kind else { continue };
        names.push_str(&format!(", \"{}\"", column.name));
        if matches!(field.name(), "created" | "last_updated") {
            args.int(now);
            continue;
        }
        if let Some(text) = column.natural_of {
            let text = record.get(content_type.columns[text].name.as_str()).and_then(Json::as_str);
            args.cell(&text.map_or(Cell::Null, |text| Cell::Text(natural_key(text))));
            continue;
        }
        let value = record.get(field.name()).cloned().map(Value::from_json);
        let value = value.or_else(|| field.default.clone()).unwrap_or_default();
        args.cell(&Cell::from_value(scalar.scalar_type, value).unwrap_or_default());
    }
    let marks = names.split(", ").map(|_| "?").collect::<Vec<_>>().join(", ");
    let sql = format!("INSERT INTO \"{}\" ({names}) VALUES ({marks})", content_type.table);
    session.execute(sql, args).await?;

    for field in &content_type.fields {
        let FieldKind::Many(many) = &field.kind else { continue };
        let Some(Json::Array(items)) = record.get(field.name()) else { continue };
        for item in items.iter().filter_map(Json::as_str) {
            let mut args = Args::default();
            args.id(id);
            args.text(item);
            let sql = format!(
                "INSERT INTO \"{}\" (\"{}\", \"{}\") VALUES (?, ?)",
                many.link.table, many.link.near, many.link.far
            );
            session.execute(sql, args).await?;
        }
    }
    Ok(())
}
