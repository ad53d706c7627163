use std::collections::BTreeMap;

use minijinja::Value as Jinja;
use minijinja::value::ValueKind;
use trueup_engine::Value;
use trueup_engine::value::Decimal;

use crate::file::node::{List, Map};

/// The result of an expression that no record can hold, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoValue(pub(crate) String);

/// Lists nested deeper than this are a mistake, and would use up the stack.
const DEEPEST: usize = 64;

/// The result of an expression as a value; undefined is null.
pub(crate) fn to_value(result: &Jinja) -> Result<Value, NoValue> {
    at_depth(result, 0)
}

fn at_depth(result: &Jinja, depth: usize) -> Result<Value, NoValue> {
    if depth > DEEPEST {
        return Err(NoValue(format!("a list nested more than {DEEPEST} deep")));
    }
    if let Some(map) = result.downcast_object_ref::<Map>() {
        return Ok(map.to_value());
    }
    if let Some(list) = result.downcast_object_ref::<List>() {
        return Ok(list.to_value());
    }
    match result.kind() {
        ValueKind::Undefined | ValueKind::None => Ok(Value::Null),
        ValueKind::Bool => Ok(Value::Bool(result.is_true())),
        ValueKind::Number => number(result),
        ValueKind::String => Ok(Value::Text(result.as_str().unwrap_or_default().to_owned())),
        ValueKind::Bytes => Ok(Value::Bytes(result.as_bytes().unwrap_or_default().to_vec())),
        ValueKind::Seq | ValueKind::Iterable => {
            let items = result.try_iter().map_err(|error| NoValue(error.to_string()))?;
            Ok(Value::List(items.map(|item| at_depth(&item, depth + 1)).collect::<Result<_, _>>()?))
        }
        ValueKind::Map => {
            let mut entries = BTreeMap::new();
            for key in result.try_iter().map_err(|error| NoValue(error.to_string()))? {
                let item = result.get_item(&key).map_err(|error| NoValue(error.to_string()))?;
                entries.insert(key.to_string(), at_depth(&item, depth + 1)?);
            }
            Ok(Value::Map(entries))
        }
        other => Err(NoValue(format!("a value of type {other}"))),
    }
}

fn number(result: &Jinja) -> Result<Value, NoValue> {
    if !result.is_integer() {
        return f64::try_from(result.clone()).map(Value::Float).map_err(|error| NoValue(error.to_string()));
    }
    if let Some(int) = result.as_i64() {
        return Ok(Value::Int(int));
    }
    let wide = i128::try_from(result.clone()).ok().and_then(|wide| Decimal::try_from_i128_with_scale(wide, 0).ok());
    wide.map(Value::Decimal).ok_or_else(|| NoValue(format!("the number {result}")))
}
