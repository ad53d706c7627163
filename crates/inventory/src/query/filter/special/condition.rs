//! From a special filter to its condition.

use super::super::Compiler;
use super::super::fault::Fault;
use super::super::fragment::Fragment;
use super::super::parameter::{Lookup, Sense, Suffix, TextLookup};
use super::super::reference::By;
use super::super::scalar::own_column;
use super::super::{network, scalar, text};
use super::path::{by_end, has, own_field};
use super::{PathDepth, Special, cable, tree};
use crate::model::ContentType;
use crate::query::filter::way::walk;
use crate::storage::{Cell, Dialect};

/// Types of interfaces that are made of software, and those that are made of air.
const VIRTUAL_KINDS: &[&str] = &["virtual", "bridge", "lag", "tunnel"];
const WIRELESS_BEGINNING: &str = "ieee802.11";
const WIRELESS_KINDS: &[&str] = &["ieee802.15.1", "other-wireless"];

impl Special {
    /// The condition on `t0`; none when the filter says nothing.
    pub async fn condition(
        self,
        compiler: &mut Compiler<'_, '_>,
        content_type: &ContentType,
        suffix: Suffix,
        values: &[String],
    ) -> Result<Option<Fragment>, Fault> {
        let exact = suffix == Suffix::EXACT;
        match self {
            Special::Path(path, depth) => {
                let end = walk(compiler.registry, content_type, path).ok_or(Fault::Unknown)?;
                by_end(compiler, end, depth, By::IdOrName, suffix, values).await
            }
            Special::PathId(path) => {
                let end = walk(compiler.registry, content_type, path).ok_or(Fault::Unknown)?;
                by_end(compiler, end, PathDepth::Declared, By::Id, suffix, values).await
            }
            Special::AnyPath(paths) => {
                let mut conditions = Vec::new();
                for path in paths {
                    let end = walk(compiler.registry, content_type, path).ok_or(Fault::Unknown)?;
                    let Some(found) = by_end(compiler, end, PathDepth::Declared, By::Id, Suffix::EXACT, values).await?
                    else {
                        return Ok(None);
                    };
                    conditions.push(found);
                }
                if exact { Ok(Some(Fragment::any(conditions))) } else { Err(Fault::Unknown) }
            }
            Special::Has(paths) if exact => has(compiler, content_type, paths, values),
            Special::AnyCase(field) if suffix.lookup == Lookup::Exact => {
                let lookup = Lookup::Text(TextLookup::IExact);
                own_field(compiler, content_type, field, Suffix { lookup, ..suffix }, values)
            }
            Special::AnyCase(field) => own_field(compiler, content_type, field, suffix, values),
            Special::Containment(containment) => {
                network::containment(content_type, ("network", "prefix_length"), containment, suffix, values)
            }
            Special::Contained(field) => network::contained(content_type, field, suffix, values),
            Special::Spanning => network::spanning(content_type, ("start_address", "end_address"), suffix, values),
            Special::Tree(part) if suffix.lookup == Lookup::Exact => {
                tree::condition(compiler, content_type, part, suffix, values).await
            }
            Special::MaxDepth if exact => tree::max_depth(compiler, content_type, values),
            Special::HasCable if exact => {
                let ends = cable::ends(compiler, content_type, None)?;
                Ok(scalar::flag(values).map(|flag| if flag { ends } else { ends.not() }))
            }
            Special::Cable if exact => {
                let ids = ids(values)?;
                if ids.is_empty() {
                    return Ok(None);
                }
                let chosen = Fragment::new("\"id\"").equals(ids);
                Ok(Some(cable::ends(compiler, content_type, Some(chosen))?))
            }
            Special::Connected if exact => {
                let connected = cable::is_connected(compiler)?;
                let ends = cable::ends(compiler, content_type, Some(connected))?;
                Ok(scalar::flag(values).map(|flag| if flag { ends } else { ends.not() }))
            }
            Special::Disconnected if exact => {
                let ends = ["termination_a_id", "termination_b_id"].map(|end| own_column(content_type, end));
                let [a, b] = ends;
                let both = Fragment::new(format!("({} IS NOT NULL AND {} IS NOT NULL)", a?, b?));
                Ok(scalar::flag(values).map(|flag| if flag { both.not() } else { both }))
            }
            Special::InterfaceKind if exact => interface_kind(content_type, values),
            Special::CableOf(path) if suffix.lookup == Lookup::Exact => {
                cable::of(compiler, content_type, path, suffix, values).await
            }
            Special::CableEnd(part) if suffix.lookup == Lookup::Exact => {
                let ends = ["a", "b"].map(|end| format!("termination_{end}_{part}"));
                let mut found = Vec::new();
                for end in ends {
                    found.extend(own_field(compiler, content_type, &end, Suffix::EXACT, values)?);
                }
                Ok((!found.is_empty()).then(|| kept(Fragment::any(found), suffix)))
            }
            Special::ListHolds(field) if suffix.lookup == Lookup::Exact => {
                list_holds(compiler.dialect(), content_type, field, suffix, values)
            }
            Special::NoneOfThem => match values.iter().map(|value| value.trim()).find(|value| !value.is_empty()) {
                Some(value) if suffix.lookup == Lookup::Exact && value != "null" => Err(Fault::no_choice(value)),
                _ => Ok(None),
            },
            _ => Err(Fault::Unknown),
        }
    }
}

pub(super) fn kept(condition: Fragment, suffix: Suffix) -> Fragment {
    match suffix.sense {
        Sense::Keep => condition,
        Sense::Exclude => condition.not(),
    }
}

pub(super) fn ids(values: &[String]) -> Result<Vec<Cell>, Fault> {
    let ids = values.iter().map(|value| value.trim()).filter(|value| !value.is_empty());
    let ids = ids.map(|value| scalar::uuid(value).map(Cell::Id).ok_or("Enter a valid UUID."));
    ids.collect::<Result<_, _>>().map_err(Fault::value)
}

fn interface_kind(content_type: &ContentType, values: &[String]) -> Result<Option<Fragment>, Fault> {
    let kind = own_column(content_type, "type")?;
    let list = |words: &[&str]| {
        let cells = words.iter().map(|word| Cell::Text((*word).to_owned())).collect();
        Fragment::new(kind.as_str()).equals(cells)
    };
    let made_of_software = list(VIRTUAL_KINDS);
    let begins = text::sensitive::starts_with(&kind, WIRELESS_BEGINNING);
    let made_of_air = Fragment::any(vec![begins, list(WIRELESS_KINDS)]);
    let mut found = Vec::new();
    for value in values.iter().map(|value| value.trim()).filter(|value| !value.is_empty()) {
        found.push(match value {
            "virtual" => made_of_software.clone(),
            "wireless" => made_of_air.clone(),
            "physical" => Fragment::any(vec![made_of_software.clone(), made_of_air.clone()]).not(),
            other => return Err(Fault::no_choice(other)),
        });
    }
    Ok((!found.is_empty()).then(|| Fragment::any(found)))
}

fn list_holds(
    dialect: Dialect,
    content_type: &ContentType,
    field: &str,
    suffix: Suffix,
    values: &[String],
) -> Result<Option<Fragment>, Fault> {
    let list = dialect.json_list_holds(&own_column(content_type, field)?);
    let numbers = values.iter().map(|value| value.trim()).filter(|value| !value.is_empty());
    let numbers = numbers.map(|value| {
        let number = value.parse::<i64>().map_err(|_| Fault::value("Enter a whole number."))?;
        Ok(Fragment::new(list.as_str()).bind(Cell::Int(number)))
    });
    let found: Vec<Fragment> = numbers.collect::<Result<_, Fault>>()?;
    Ok((!found.is_empty()).then(|| kept(Fragment::any(found), suffix)))
}
