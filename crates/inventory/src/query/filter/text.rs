//! Comparing texts: parts of them, whatever their case, and regular expressions.
//!
//! `É` and `é` differ, except in regular expressions on SQLite: only the letters of ASCII have two cases.

use super::fault::Fault;
use super::fragment::Fragment;
use super::parameter::TextLookup;
use crate::storage::{Args, Case, Cell, Dialect, Session};

/// The longest regular expression that a filter takes.
const LONGEST_EXPRESSION: usize = 500;
/// Memory that a compiled expression may take, so that `(a{1000}){1000}` is refused.
const LARGEST_EXPRESSION: usize = 1 << 20;

/// The condition, or what is wrong with the expression.
pub(super) fn compare(
    dialect: Dialect,
    column: &Fragment,
    lookup: TextLookup,
    value: &str,
) -> Result<Fragment, String> {
    Ok(match lookup {
        TextLookup::IContains => contains(dialect, column, value),
        TextLookup::IStartsWith => like(dialect, column, format!("{}%", escaped(value))),
        TextLookup::IEndsWith => like(dialect, column, format!("%{}", escaped(value))),
        TextLookup::IExact => like(dialect, column, escaped(value)),
        TextLookup::Regex => matches(dialect, column, value, Case::Sensitive)?,
        TextLookup::IRegex => matches(dialect, column, value, Case::Insensitive)?,
    })
}

/// Whether a text holds another, whatever the case.
pub(super) fn contains(dialect: Dialect, column: &Fragment, value: &str) -> Fragment {
    like(dialect, column, format!("%{}%", escaped(value)))
}

fn like(dialect: Dialect, column: &Fragment, pattern: String) -> Fragment {
    Fragment { sql: dialect.like(&column.sql), cells: column.cells.clone() }.bind(Cell::Text(pattern))
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

/// Expressions are those of the crate `regex`, whose time is linear whatever the pattern. PostgreSQL has its own, which
/// are the same in all that is common.
fn matches(dialect: Dialect, column: &Fragment, pattern: &str, case: Case) -> Result<Fragment, String> {
    check_expression(pattern)?;
    let (sql, pattern) = dialect.regexp(&column.sql, case, pattern);
    Ok(Fragment { sql, cells: column.cells.clone() }.bind(Cell::Text(pattern)))
}

/// What the crate `regex` says to an expression.
fn check_expression(pattern: &str) -> Result<(), String> {
    if pattern.chars().count() > LONGEST_EXPRESSION {
        return Err(bad(&format!("it is longer than {LONGEST_EXPRESSION} characters")));
    }
    if let Err(error) = regex::RegexBuilder::new(pattern).size_limit(LARGEST_EXPRESSION).build() {
        return Err(bad(error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ")));
    }
    Ok(())
}

/// What is wrong with an expression, for the crate `regex` or for this database.
pub(crate) async fn expression_fault(session: &mut Session<'_>, pattern: &str) -> Result<Option<String>, sqlx::Error> {
    if let Err(fault) = check_expression(pattern) {
        return Ok(Some(fault));
    }
    refused(session, pattern).await
}

/// Whether the database understands expressions that are good for the crate `regex`.
pub(super) async fn check_expressions(session: &mut Session<'_>, values: &[String]) -> Result<(), Fault> {
    for value in values {
        if let Some(fault) = refused(session, value).await? {
            return Err(Fault::value(fault));
        }
    }
    Ok(())
}

/// What the database says to an expression that is good for the crate `regex`, which SQLite uses itself.
async fn refused(session: &mut Session<'_>, pattern: &str) -> Result<Option<String>, sqlx::Error> {
    if session.dialect() == Dialect::Sqlite {
        return Ok(None);
    }
    let tried = session.attempt("SELECT '' ~ ?", Args::default().with(pattern)).await?;
    Ok(tried.err().map(|refusal| bad(&refusal.to_string())))
}

fn bad(why: &str) -> String {
    format!("Enter a valid regular expression: {why}")
}

/// Comparisons that heed the case. The same text on every database.
pub(super) mod sensitive {
    use super::{Cell, Fragment};

    pub fn contains(column: &Fragment, value: &str) -> Fragment {
        if value.is_empty() {
            return column.clone().within("", " IS NOT NULL");
        }
        let value = Fragment::new("?").bind(Cell::Text(value.to_owned()));
        let without = column.clone().then(", ", value).within("replace(", ", '')");
        without.then(" <> ", column.clone())
    }

    pub fn starts_with(column: &str, value: &str) -> Fragment {
        let length = value.chars().count();
        Fragment::new(format!("substr({column}, 1, {length}) = ?")).bind(Cell::Text(value.to_owned()))
    }

    pub fn ends_with(column: &str, value: &str) -> Fragment {
        let length = value.chars().count();
        let sql = format!("(length({column}) >= {length} AND substr({column}, length({column}) - {length} + 1) = ?)");
        Fragment::new(sql).bind(Cell::Text(value.to_owned()))
    }
}
