//! Why a filter is refused.

/// What is wrong with one filter.
#[derive(Debug)]
pub(super) enum Fault {
    /// There is no filter of that name.
    Unknown,
    /// What is wrong with its values.
    Values(Vec<String>),
    Database(sqlx::Error),
}

impl Fault {
    pub fn value(message: impl Into<String>) -> Self {
        Fault::Values(vec![message.into()])
    }

    /// A value that is none of those that there are.
    pub fn no_choice(value: &str) -> Self {
        Self::value(no_choice(value))
    }
}

pub(super) fn no_choice(value: &str) -> String {
    format!("Select a valid choice. {value} is not one of the available choices.")
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Fault::Database(error)
    }
}
