//! Filters by cables, and of cables by what they connect.

use super::super::Compiler;
use super::super::fault::Fault;
use super::super::fragment::Fragment;
use super::super::parameter::Suffix;
use super::super::reference::{self, By};
use super::super::scalar::own_column;
use super::super::way::{End, ids_where, walk};
use super::condition::kept;
use crate::model::{ContentType, FieldKind, Made};
use crate::storage::Cell;

/// The content type of cables.
const CABLES: &str = "dcim.cable";
/// The status of a cable over which its ends are connected.
const CONNECTED: &str = "Connected";
/// Things that are an end of a cable, or of a cable that meets a condition on the columns of its table.
pub(super) fn ends(
    compiler: &Compiler<'_, '_>,
    content_type: &ContentType,
    cable: Option<Fragment>,
) -> Result<Fragment, Fault> {
    let cables = compiler.registry.content_type(CABLES).map_err(|_| Fault::Unknown)?;
    let cable = cable.unwrap_or_else(Fragment::always);
    let mut ends = Vec::new();
    for end in ["a", "b"] {
        let name = |part: &str| {
            let field = cables.field(&format!("termination_{end}_{part}")).and_then(|field| field.column);
            field.map(|column| &cables.columns[column].name).ok_or(Fault::Unknown)
        };
        let (id, kind) = (name("id")?, name("type")?);
        let set = Fragment::new(format!(
            "(SELECT \"{id}\" FROM \"{}\" WHERE \"{id}\" IS NOT NULL AND \"{kind}\" = ? AND ",
            cables.table
        ));
        let set = set.bind(Cell::Text(content_type.name().to_owned())).then("", cable.clone()).within("", ")");
        ends.push(set.within("t0.\"id\" IN ", ""));
    }
    Ok(Fragment::any(ends))
}

/// On the columns of a cable: it is connected, and both its ends are somewhere.
pub(super) fn is_connected(compiler: &Compiler<'_, '_>) -> Result<Fragment, Fault> {
    let cables = compiler.registry.content_type(CABLES).map_err(|_| Fault::Unknown)?;
    let Some(End::Field { way, owner, field }) = walk(compiler.registry, cables, "status__name") else {
        return Err(Fault::Unknown);
    };
    let owner = compiler.registry.get(owner);
    let name = &owner.columns[owner.fields[field].column.ok_or(Fault::Unknown)?].name;
    let named = Fragment::new(format!("\"{name}\"")).equals(vec![Cell::Text(CONNECTED.to_owned())]);
    let mut conditions = vec![way.leads_where(compiler.registry, "", named)];
    for end in ["termination_a_id", "termination_b_id"] {
        let column = cables.field(end).and_then(|field| field.column).ok_or(Fault::Unknown)?;
        conditions.push(Fragment::new(format!("\"{}\" IS NOT NULL", cables.columns[column].name)));
    }
    Ok(Fragment::all(conditions))
}

/// Cables of which an end belongs to a device, or to something that devices belong to.
pub(super) async fn of(
    compiler: &mut Compiler<'_, '_>,
    cables: &ContentType,
    path: &str,
    suffix: Suffix,
    values: &[String],
) -> Result<Option<Fragment>, Fault> {
    let named: Vec<&str> = values.iter().map(|value| value.trim()).filter(|value| !value.is_empty()).collect();
    let mut found = Vec::new();
    let ends: Vec<(String, End)> = compiler
        .registry
        .content_types()
        .filter(|content_type| takes_cables(content_type))
        .filter_map(|content_type| {
            let end = walk(compiler.registry, content_type, path)?;
            Some((content_type.name().to_owned(), end))
        })
        .collect();
    for (name, end) in ends {
        let End::Way(way) = end else { continue };
        let table = &compiler.registry.content_type(&name).map_err(|_| Fault::Unknown)?.table;
        for set in reference::sets(compiler, &way, By::IdOrName, &named).await? {
            let owned = ids_where(table, way.leads_to("", set));
            for end in ["a", "b"] {
                let id = own_column(cables, &format!("termination_{end}_id"))?;
                let kind = own_column(cables, &format!("termination_{end}_type"))?;
                let of_type = Fragment::new(format!("{kind} = ?")).bind(Cell::Text(name.clone()));
                found.push(Fragment::all(vec![of_type, owned.clone().within(&format!("{id} IN "), "")]));
            }
        }
    }
    Ok((!named.is_empty()).then(|| kept(Fragment::any(found), suffix)))
}

/// Whether records of a type can be an end of a cable: their cable is shown with them.
fn takes_cables(content_type: &ContentType) -> bool {
    content_type.fields().iter().any(|field| matches!(field.kind(), FieldKind::Made(Made::Cable)))
}
