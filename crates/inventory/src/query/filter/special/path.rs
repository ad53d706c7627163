//! Filters by what stands at the end of a path.

use super::super::Compiler;
use super::super::fault::Fault;
use super::super::fragment::Fragment;
use super::super::network;
use super::super::parameter::{Lookup, Sense, Suffix};
use super::super::reference::{self, By};
use super::super::scalar::{self, Column, own_column};
use super::super::way::{Depth, End, Way, walk};
use super::PathDepth;
use super::condition::{ids, kept};
use crate::model::{ContentType, FieldKind};

/// The filter by what stands at the end of a path.
pub(super) async fn by_end(
    compiler: &mut Compiler<'_, '_>,
    end: End,
    depth: PathDepth,
    by: By,
    suffix: Suffix,
    values: &[String],
) -> Result<Option<Fragment>, Fault> {
    match end {
        End::Way(way) => {
            let depth = match depth {
                PathDepth::Declared => way.depth,
                PathDepth::Node => Depth::Node,
                PathDepth::Tree => Depth::Tree,
            };
            reference::condition(compiler, &Way { depth, ..way }, by, suffix, values).await
        }
        End::Id(way) => {
            let ids = ids(values)?;
            if suffix.lookup != Lookup::Exact {
                return Err(Fault::Unknown);
            }
            Ok((!ids.is_empty()).then(|| kept(way.leads_to("t0.", Fragment::list(ids)), suffix)))
        }
        End::Field { way, owner, field } => {
            let owner = compiler.registry.get(owner).clone();
            let keep = Suffix { sense: Sense::Keep, ..suffix };
            if way.steps.is_empty() {
                let name = owner.fields[field].name().to_owned();
                return own_field(compiler, &owner, &name, suffix, values);
            }
            let condition = match &owner.fields[field].kind {
                FieldKind::Scalar(scalar) => {
                    let name = &owner.columns[owner.fields[field].column.ok_or(Fault::Unknown)?].name;
                    let column = Column {
                        sql: Fragment::new(format!("\"{name}\"")),
                        scalar_type: scalar.scalar_type,
                        choices: scalar.choices(),
                    };
                    scalar::condition(compiler.dialect(), compiler.registry, &column, keep, values)?
                }
                FieldKind::Composite(composite) if suffix.lookup == Lookup::Exact => {
                    let each = values.iter().filter_map(|value| network::equals("", &owner, composite, value.trim()));
                    Some(Fragment::any(each.collect()))
                }
                _ => return Err(Fault::Unknown),
            };
            Ok(condition.map(|condition| kept(way.leads_where(compiler.registry, "t0.", condition), suffix)))
        }
    }
}

pub(super) fn own_field(
    compiler: &Compiler<'_, '_>,
    content_type: &ContentType,
    field: &str,
    suffix: Suffix,
    values: &[String],
) -> Result<Option<Fragment>, Fault> {
    match content_type.field(field).map(|field| &field.kind) {
        Some(FieldKind::Scalar(scalar)) => {
            let sql = Fragment::new(own_column(content_type, field)?);
            let column = Column { sql, scalar_type: scalar.scalar_type, choices: scalar.choices() };
            scalar::condition(compiler.dialect(), compiler.registry, &column, suffix, values)
        }
        Some(FieldKind::Composite(composite)) => network::composite(content_type, composite, suffix, values),
        _ => Err(Fault::Unknown),
    }
}

/// Paths through types that this inventory does not have lead nowhere.
pub(super) fn has(
    compiler: &Compiler<'_, '_>,
    content_type: &ContentType,
    paths: &[&str],
    values: &[String],
) -> Result<Option<Fragment>, Fault> {
    let ways = paths.iter().filter_map(|path| match walk(compiler.registry, content_type, path) {
        Some(End::Way(way)) => Some(way.leads_somewhere("t0.")),
        _ => None,
    });
    let ways: Vec<Fragment> = ways.collect();
    if ways.is_empty() {
        return Err(Fault::Unknown);
    }
    let any = Fragment::any(ways);
    Ok(scalar::flag(values).map(|flag| if flag { any } else { any.not() }))
}
