//! The schema of a job: its kinds with what the inventory's content types say about their fields.

use trueup_engine::kind::{FieldDocument, KindBuilder, Nulls};
use trueup_engine::{Field, FieldType, Kind, RecordFlags, Schema, Value};
use trueup_inventory::Registry;
use trueup_inventory::model::ResolvedPath;

use crate::JobError;
use crate::document::{JobDocument, JobKindDocument};

/// Builds the kinds of a job. Field types and defaults come from the content types; a field that leads to a content
/// type of another kind of the job refers to that kind.
///
/// # Errors
/// Every content type, field and flag that does not exist, in one error; then what the engine has against the kinds.
pub fn schema(job: &JobDocument, registry: &Registry) -> Result<Schema, JobError> {
    let mut problems = Vec::new();
    let mut builders = Vec::new();
    for (name, kind) in &job.kinds {
        match resolve(name, kind, registry) {
            Ok(fields) => builders.push(build(name, kind, &fields, job, &mut problems)),
            Err(found) => problems.extend(found),
        }
    }
    if !problems.is_empty() {
        return Err(JobError::Invalid { job: job.name.clone(), problems });
    }
    let kinds = builders.into_iter().map(KindBuilder::build).collect::<Result<Vec<_>, _>>()?;
    let top_level: Vec<&str> = job
        .kinds
        .keys()
        .map(String::as_str)
        .filter(|name| !job.kinds.values().any(|kind| kind.children.contains_key(*name)))
        .collect();
    Ok(Schema::with_top_level(kinds, top_level)?)
}

/// A field of a job's kind and what the registry knows about it.
struct ResolvedField<'d> {
    document: &'d FieldDocument,
    path: ResolvedPath,
}

struct Fields<'d> {
    identifiers: Vec<ResolvedField<'d>>,
    attributes: Vec<ResolvedField<'d>>,
}

impl Fields<'_> {
    fn all(&self) -> impl Iterator<Item = &ResolvedField<'_>> {
        self.identifiers.iter().chain(&self.attributes)
    }
}

fn resolve<'d>(name: &str, kind: &'d JobKindDocument, registry: &Registry) -> Result<Fields<'d>, Vec<String>> {
    let at = |error: &dyn ToString| format!("kinds.{name}: {}", error.to_string());
    let content_type = registry.content_type(&kind.content_type).map_err(|error| vec![at(&error)])?;
    let mut problems = Vec::new();
    let mut resolve = |fields: &'d [FieldDocument]| -> Vec<ResolvedField<'d>> {
        let mut resolved = Vec::new();
        for document in fields {
            match registry.path(content_type, document.name()) {
                Ok(path) => resolved.push(ResolvedField { document, path }),
                Err(error) => problems.push(at(&error)),
            }
        }
        resolved
    };
    let fields = Fields { identifiers: resolve(&kind.identifiers), attributes: resolve(&kind.attributes) };
    if problems.is_empty() { Ok(fields) } else { Err(problems) }
}

fn build(
    name: &str,
    kind: &JobKindDocument,
    fields: &Fields<'_>,
    job: &JobDocument,
    problems: &mut Vec<String>,
) -> KindBuilder {
    let mut builder = Kind::builder(name).content_type(&kind.content_type).shortname(&kind.shortname);
    for field in &fields.identifiers {
        builder = builder.id_field(field.to_identifier());
    }
    for field in &fields.attributes {
        builder = builder.attr_field(field.to_attribute());
    }
    for (child, reference) in &kind.children {
        let by = kind.identifiers.iter().map(|field| format!("{reference}__{}", field.name()));
        builder = builder.child_by(child, format!("{child}s"), by);
    }
    let mut flags = RecordFlags::NONE;
    for flag in &kind.flags {
        match RecordFlags::from_name(flag) {
            Some(known) => flags |= known,
            None => problems.push(format!("kinds.{name}.flags: `{flag}` is no model flag of DiffSync")),
        }
    }
    refer(builder.flags(flags), fields, job)
}

/// Adds the references of a kind: for each reference field of its content type, the job's kind of that content type, as
/// far as fields say which record it is.
fn refer(mut builder: KindBuilder, fields: &Fields<'_>, job: &JobDocument) -> KindBuilder {
    let mut seen: Vec<&str> = Vec::new();
    for field in fields.all() {
        let Some(first) = field.path.first_reference.as_ref() else { continue };
        let prefix = first.field.as_str();
        if seen.contains(&prefix) {
            continue;
        }
        seen.push(prefix);
        let referenced = job.kinds.iter().find(|(_, kind)| kind.content_type == first.content_type);
        let Some((to, referenced)) = referenced else { continue };
        let named = |identifier: &FieldDocument| {
            let wanted = format!("{prefix}__{}", identifier.name());
            fields.all().find(|field| field.document.name() == wanted).map(|_| wanted)
        };
        let parts: Vec<Option<String>> = referenced.identifiers.iter().map(named).collect();
        if parts.iter().all(Option::is_none) {
            continue;
        }
        match contained(fields, referenced, &parts) {
            Some((address, network)) => {
                let scope = parts.into_iter().zip(0..).filter_map(|(field, index)| Some((field?, index)));
                builder = builder.contained_in(to, address, network, scope);
            }
            None => builder = builder.partial_reference(to, parts),
        }
    }
    builder
}

/// A reference to a network that says everything but the network, on a kind that is an address: the inventory computes
/// which network that is.
fn contained(fields: &Fields<'_>, referenced: &JobKindDocument, parts: &[Option<String>]) -> Option<(String, usize)> {
    let open: Vec<usize> = (0..parts.len()).filter(|index| parts[*index].is_none()).collect();
    let [network] = open.as_slice() else { return None };
    let is_network = referenced.identifiers[*network].name() == "prefix";
    let is_address = |field: &&ResolvedField<'_>| matches!(field.path.field_type, FieldType::Ip | FieldType::Interface);
    let address = fields.identifiers.iter().find(is_address).filter(|_| is_network)?;
    Some((address.document.name().to_owned(), *network))
}

impl ResolvedField<'_> {
    fn field_type(&self) -> FieldType {
        self.document.field_type().cloned().unwrap_or_else(|| self.path.field_type.clone())
    }

    fn to_identifier(&self) -> Field {
        self.document.to_field(self.field_type())
    }

    /// An attribute that the inventory cannot store as null takes its default there, or must be given.
    fn to_attribute(&self) -> Field {
        let field = self.document.to_field(self.field_type());
        let default = if field.default().is_null() { self.default() } else { field.default().clone() };
        let many = matches!(self.path.field_type, FieldType::Set(_));
        let nulls = match (self.path.nullable || many, default.is_null()) {
            (true, true) => Nulls::Keep,
            (_, false) => Nulls::Default,
            (false, true) if self.path.required => Nulls::Refuse,
            (false, true) => Nulls::Keep,
        };
        field.with_default(default).with_nulls(nulls)
    }

    fn default(&self) -> Value {
        match (&self.path.default, &self.path.field_type, self.path.nullable) {
            (Some(default), _, _) if self.path.first_reference.is_none() => default.clone(),
            (_, FieldType::Set(_), _) => Value::Set(trueup_engine::ValueSet::default()),
            (_, FieldType::Text, false) if self.path.first_reference.is_none() && !self.path.required => {
                Value::from("")
            }
            _ => Value::Null,
        }
    }
}
