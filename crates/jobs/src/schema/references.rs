use trueup_engine::FieldType;
use trueup_engine::kind::KindBuilder;
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
