use indexmap::IndexMap;
use trueup_engine::kind::{KindBuilder, Owner};
use trueup_engine::{Field, FieldType, Kind};
use trueup_inventory::model::ResolvedPath;

/// A kind of the job, as far as others refer to it.
pub(super) struct Named<'k> {
    pub(super) name: &'k str,
    pub(super) content_type: &'k str,
    pub(super) identifiers: Vec<&'k str>,
}

/// The fields of a kind by name, and what the registry knows about each.
pub(super) struct Resolved {
    pub(super) identifiers: Vec<(String, ResolvedPath)>,
    pub(super) attributes: Vec<(String, ResolvedPath)>,
}

impl Resolved {
    fn all(&self) -> impl Iterator<Item = &(String, ResolvedPath)> {
        self.identifiers.iter().chain(&self.attributes)
    }

    pub(super) fn path(&self, field: &str) -> Option<&ResolvedPath> {
        self.all().find(|(name, _)| name == field).map(|(_, path)| path)
    }
}

/// Adds the references of a kind: for each reference field of its content type, the job's kind of that content type, as
/// far as fields say which record it is.
pub(super) fn refer(mut builder: KindBuilder, fields: &Resolved, kinds: &[Named<'_>]) -> KindBuilder {
    let mut seen: Vec<&str> = Vec::new();
    for (_, path) in fields.all() {
        let Some(first) = path.first_reference.as_ref() else { continue };
        let prefix = first.field.as_str();
        if seen.contains(&prefix) {
            continue;
        }
        seen.push(prefix);
        let Some(to) = kinds.iter().find(|kind| kind.content_type == first.content_type) else { continue };
        let named = |identifier: &&str| {
            let wanted = format!("{prefix}__{identifier}");
            fields.all().find(|(name, _)| *name == wanted).map(|_| wanted)
        };
        let parts: Vec<Option<String>> = to.identifiers.iter().map(named).collect();
        if parts.iter().all(Option::is_none) {
            continue;
        }
        match contained(fields, to, &parts) {
            Some((address, network)) => {
                let scope = parts.into_iter().zip(0..).filter_map(|(field, index)| Some((field?, index)));
                builder = builder.contained_in(to.name, address, network, scope);
            }
            None => builder = builder.partial_reference(to.name, parts),
        }
    }
    builder
}

/// Attributes that say together what a record refers to, of which some would be written and others left alone. Where the
/// reference is to a kind of the job the kind itself has told already.
pub(super) fn owners_of_references(kind: &Kind, fields: &Resolved) -> Vec<String> {
    let mut references: IndexMap<&str, Vec<&Field>> = IndexMap::new();
    for (field, (_, path)) in kind.attributes().iter().zip(&fields.attributes) {
        let first = path.first_reference.as_ref();
        first.into_iter().for_each(|first| references.entry(&first.field).or_default().push(field));
    }
    let problem = |(reference, fields): (&str, Vec<&Field>)| {
        let [first, others @ ..] = fields.as_slice() else { return None };
        let what = if others.iter().any(|field| field.owner() != first.owner()) {
            "give them the same owner"
        } else if first.owner() == Owner::IfEmpty && !others.is_empty() {
            "`if-empty` is for references of one field, since one of several can be empty alone"
        } else {
            return None;
        };
        let names = fields.iter().map(|field| field.name()).collect::<Vec<_>>().join("`, `");
        Some(format!("kinds.{}: `{names}` say together which {reference} it is; {what}", kind.name()))
    };
    references.into_iter().filter_map(problem).collect()
}

/// A reference to a network that says everything but the network, on a kind that is an address: the inventory computes
/// which network that is.
fn contained(fields: &Resolved, to: &Named<'_>, parts: &[Option<String>]) -> Option<(String, usize)> {
    let open: Vec<usize> = (0..parts.len()).filter(|index| parts[*index].is_none()).collect();
    let [network] = open.as_slice() else { return None };
    let is_network = to.identifiers[*network] == "prefix";
    let is_address =
        |(_, path): &&(String, ResolvedPath)| matches!(path.field_type, FieldType::Ip | FieldType::Interface);
    let (address, _) = fields.identifiers.iter().find(is_address).filter(|_| is_network)?;
    Some((address.clone(), *network))
}
