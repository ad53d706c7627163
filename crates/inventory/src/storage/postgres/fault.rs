//! What the errors of PostgreSQL mean.

use sqlx::postgres::PgDatabaseError;

use crate::storage::dialect::{OpenFault, Refusal};

pub(in crate::storage) fn refusal(error: &sqlx::Error) -> Option<Refusal> {
    let error = database_error(error)?;
    match error.code() {
        "23505" => Some(Refusal::Unique(vec![error.constraint().unwrap_or_default().to_owned()])),
        "23503" => Some(Refusal::ForeignKey),
        // Other constraints, values that the database cannot store or read, rows that are too long for an index, and
        // what a trigger raises.
        code if code.starts_with("23") || code.starts_with("22") || matches!(code, "54000" | "P0001") => {
            Some(Refusal::Other(error.message().to_owned()))
        }
        _ => None,
    }
}

pub(in crate::storage) fn open_fault(error: &sqlx::Error) -> Option<OpenFault> {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut => Some(OpenFault::Unreachable),
        error => match database_error(error)?.code() {
            "28000" | "28P01" => Some(OpenFault::AccessDenied),
            "3D000" => Some(OpenFault::DatabaseMissing),
            "42501" => Some(OpenFault::NotPermitted),
            code if is_absence(code) => Some(OpenFault::Unreachable),
            _ => None,
        },
    }
}

pub(in crate::storage) fn is_unavailable(error: &sqlx::Error) -> bool {
    database_error(error).is_some_and(|error| is_absence(error.code()))
}

pub(in crate::storage) fn is_full(error: &sqlx::Error) -> bool {
    database_error(error).is_some_and(|error| error.code() == "53100")
}

/// The connection is gone or was not let in: connection exceptions, too many connections, a server that starts, stops or
/// takes only readers, or ended a session that slept, in a transaction (25P03) or outside; or another writer takes too long.
fn is_absence(code: &str) -> bool {
    code.starts_with("08")
        || matches!(code, "53300" | "55P03" | "57P01" | "57P02" | "57P03" | "57P05" | "25006" | "25P03")
}

fn database_error(error: &sqlx::Error) -> Option<&PgDatabaseError> {
    error.as_database_error()?.try_downcast_ref::<PgDatabaseError>()
}
