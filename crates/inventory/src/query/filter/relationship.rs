//! Filters by relationships: `cr_<key>__source`, `__destination` or `__peer`, with the records on that side.

use super::Compiler;
use super::fault::Fault;
use super::fragment::Fragment;
use super::parameter::Suffix;
use super::reference::{self, By};
use super::way::through;
use crate::model::ContentType;
use crate::relationship::{Side, Which, load};

/// The condition on `t0`; none when the filter says nothing. `name` is the key and the side.
pub(super) async fn condition(
    compiler: &mut Compiler<'_, '_>,
    content_type: &ContentType,
    name: &str,
    suffix: Suffix,
    values: &[String],
) -> Result<Option<Fragment>, Fault> {
    let (key, side) = name.rsplit_once("__").ok_or(Fault::Unknown)?;
    let side = Side::parse(side).ok_or(Fault::Unknown)?;
    let found = load(&mut compiler.session, compiler.registry, Which::Key(key)).await?;
    let mut ways = found.iter().flat_map(|relationship| relationship.ways_from(content_type.index()));
    let way = ways.find(|way| way.toward == side).ok_or(Fault::Unknown)?;
    let way = through(compiler.registry, content_type, way).ok_or(Fault::Unknown)?;
    reference::condition(compiler, &way, By::IdOrName, suffix, values).await
}
