//! The schema of a job: its kinds with what the inventory's content types say about their fields. Kinds come from a job
//! file ([`schema`]) or from code ([`schema_of_kinds`]).

mod attribute;
mod document;
mod kinds;
mod references;

use trueup_engine::{Kind, Schema};

pub use document::schema;
pub use kinds::schema_of_kinds;

use attribute::as_attribute;
use references::{Named, Resolved, owners_of_references, refer};

use crate::JobError;

/// Every kind is compared with all records of its content type, so that two kinds would take each other's records for
/// surplus.
fn same_content_type(kinds: &[Named<'_>]) -> Vec<String> {
    let problem = |(index, kind): (usize, &Named<'_>)| {
        let first = kinds[..index].iter().find(|other| other.content_type == kind.content_type)?;
        Some(format!(
            "kinds.{}: kind `{}` is of {} already; let one kind hold all records of a content type",
            kind.name, first.name, kind.content_type
        ))
    };
    kinds.iter().enumerate().filter_map(problem).collect()
}

/// The kinds together, unless something is wrong with one of them.
fn assemble(job: &str, kinds: Vec<Kind>, mut problems: Vec<String>) -> Result<Schema, JobError> {
    if problems.is_empty() {
        match Schema::new(kinds) {
            Ok(schema) => return Ok(schema),
            Err(error) => problems.extend(error.problems.iter().map(ToString::to_string)),
        }
    }
    Err(JobError::Invalid { job: job.to_owned(), problems })
}
