//! Filters by the place of a record in its tree.

use super::super::Compiler;
use super::super::fault::Fault;
use super::super::fragment::Fragment;
use super::super::parameter::Suffix;
use super::super::reference::{self, By};
use super::super::scalar;
use super::super::way::{Depth, End, Way, ids_where, subtree, tree_column, walk};
use super::condition::kept;
use crate::model::{ContentType, ScalarType};
use crate::storage::Cell;

/// Depths that can be asked for.
const DEEPEST: u8 = 32;

/// What of a tree a filter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::query::filter) enum Part {
    /// The named records and everything below them.
    Whole,
    /// Everything below them.
    Below,
}

/// Records of a tree by what they stand below of.
pub(super) async fn condition(
    compiler: &mut Compiler<'_, '_>,
    content_type: &ContentType,
    part: Part,
    suffix: Suffix,
    values: &[String],
) -> Result<Option<Fragment>, Fault> {
    tree_column(content_type).ok_or(Fault::Unknown)?;
    let Some(End::Way(parent)) = walk(compiler.registry, content_type, "parent") else { return Err(Fault::Unknown) };
    let here = Way { depth: Depth::Node, ..parent };
    let named: Vec<&str> = values.iter().map(|value| value.trim()).filter(|value| !value.is_empty()).collect();
    let sets = reference::sets(compiler, &here, By::IdOrName, &named).await?;
    let found = sets.into_iter().map(|set| {
        let own = set.clone().within("t0.\"id\" IN ", "").not();
        let whole = subtree(content_type, set).within("t0.\"id\" IN ", "");
        match part {
            Part::Whole => whole,
            Part::Below => Fragment::all(vec![whole, own]),
        }
    });
    let found: Vec<Fragment> = found.collect();
    Ok((!found.is_empty()).then(|| kept(Fragment::any(found), suffix)))
}

/// Records that stand so deep in their tree at most; the top is 0.
pub(super) fn max_depth(
    compiler: &Compiler<'_, '_>,
    content_type: &ContentType,
    values: &[String],
) -> Result<Option<Fragment>, Fault> {
    let Some(value) = values.last().map(|value| value.trim()).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let depth: u8 = match scalar::cell(compiler.registry, ScalarType::Int, value).map_err(Fault::value)? {
        Cell::Int(depth) if depth < 0 => return Ok(Some(Fragment::never())),
        Cell::Int(depth) => u8::try_from(depth).unwrap_or(u8::MAX),
        _ => return Err(Fault::Unknown),
    };
    let parent = tree_column(content_type).ok_or(Fault::Unknown)?;
    if depth > DEEPEST {
        return Ok(Some(Fragment::always()));
    }
    let mut deeper = Fragment::new(format!("\"{parent}\" IS NOT NULL"));
    for _ in 0..depth {
        deeper = ids_where(&content_type.table, deeper).within(&format!("\"{parent}\" IN "), "");
    }
    let table = &content_type.table;
    Ok(Some(ids_where(table, deeper).within("t0.\"id\" IN ", "").not()))
}
