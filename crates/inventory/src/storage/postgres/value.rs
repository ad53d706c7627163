//! Cells as values of statements, and numbers of results.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo, PgValueRef};
use sqlx::{Arguments as _, Encode, Postgres, Type, TypeInfo as _, ValueRef as _};

use crate::storage::{Args, Cell};

/// The type of a value whose type the server finds out by itself.
const UNSPECIFIED: Oid = Oid(0);
const UUID: Oid = Oid(2950);

pub(in crate::storage) fn arguments(args: Args) -> PgArguments {
    let cells = args.into_cells();
    let mut arguments = PgArguments::default();
    arguments.reserve(cells.len(), 0);
    for cell in &cells {
        arguments.add(Value(cell)).expect("plain values always encode");
    }
    arguments
}

/// A cell as a value of a statement. A null has no type: the server gives it that of its place. Statements are
/// remembered by their text with the types of their first use, and a null with the type of another column's values
/// would spoil that for all later uses.
struct Value<'c>(&'c Cell);

impl Type<Postgres> for Value<'_> {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(UNSPECIFIED)
    }
}

impl Encode<'_, Postgres> for Value<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        match self.0 {
            Cell::Null => Ok(IsNull::Yes),
            Cell::Int(int) => Encode::<Postgres>::encode_by_ref(int, buffer),
            Cell::Real(float) => Encode::<Postgres>::encode_by_ref(float, buffer),
            Cell::Text(text) => Encode::<Postgres>::encode_by_ref(text, buffer),
            Cell::Bytes(bytes) => Encode::<Postgres>::encode_by_ref(bytes, buffer),
            Cell::Id(id) => {
                buffer.extend_from_slice(id.0.as_bytes());
                Ok(IsNull::No)
            }
        }
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(match self.0 {
            Cell::Null => return None,
            Cell::Int(_) => <i64 as Type<Postgres>>::type_info(),
            Cell::Real(_) => <f64 as Type<Postgres>>::type_info(),
            Cell::Text(_) => <String as Type<Postgres>>::type_info(),
            Cell::Bytes(_) => <Vec<u8> as Type<Postgres>>::type_info(),
            Cell::Id(_) => PgTypeInfo::with_oid(UUID),
        })
    }
}

/// A number of any width, or a truth value as 0 or 1.
pub(in crate::storage) fn int(value: &PgValueRef<'_>) -> Result<i64, sqlx::Error> {
    let bytes = value.as_bytes().map_err(sqlx::Error::Decode)?;
    match (value.type_info().name(), bytes) {
        ("BOOL", &[byte]) => Ok(byte.into()),
        ("INT2", &[a, b]) => Ok(i16::from_be_bytes([a, b]).into()),
        ("INT4", &[a, b, c, d]) => Ok(i32::from_be_bytes([a, b, c, d]).into()),
        ("INT8", &[a, b, c, d, e, f, g, h]) => Ok(i64::from_be_bytes([a, b, c, d, e, f, g, h])),
        (other, _) => Err(sqlx::Error::Decode(format!("a number was asked for, and {other} is there").into())),
    }
}

/// Bytes, or those of an id.
pub(in crate::storage) fn bytes(value: PgValueRef<'_>) -> Result<&[u8], sqlx::Error> {
    match value.type_info().name() {
        "BYTEA" | "UUID" => value.as_bytes().map_err(sqlx::Error::Decode),
        other => Err(sqlx::Error::Decode(format!("bytes were asked for, and {other} is there").into())),
    }
}
