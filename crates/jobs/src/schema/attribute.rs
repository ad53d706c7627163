use trueup_engine::kind::Nulls;
use trueup_engine::{Field, FieldType, Value, ValueSet};
use trueup_inventory::model::ResolvedPath;

/// An attribute that the inventory cannot store as null takes its default there, or must be given.
pub(super) fn as_attribute(field: Field, path: &ResolvedPath) -> Field {
    let default = if field.default().is_null() { default(path) } else { field.default().clone() };
    let many = matches!(path.field_type, FieldType::Set(_));
    let nulls = match (path.nullable || many, default.is_null()) {
        (true, true) => Nulls::Keep,
        (_, false) => Nulls::Default,
        (false, true) if path.required => Nulls::Refuse,
        (false, true) => Nulls::Keep,
    };
    field.with_default(default).with_nulls(nulls)
}

fn default(path: &ResolvedPath) -> Value {
    match (&path.default, &path.field_type, path.nullable) {
        (Some(default), _, _) if path.first_reference.is_none() => default.clone(),
        (_, FieldType::Set(_), _) => Value::Set(ValueSet::default()),
        (_, FieldType::Text, false) if path.first_reference.is_none() && !path.required => Value::from(""),
        _ => Value::Null,
    }
}
