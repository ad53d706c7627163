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
/// Everything that is wrong with the kinds, in one error: content types, fields, children and flags that do not exist,
/// and what the engine has against kinds; only when each kind is sound by itself, what it has against them together.
pub fn schema(job: &JobDocument, registry: &Registry) -> Result<Schema, JobError> {
    let mut problems = Vec::new();
    let mut kinds = Vec::new();
    for (name, kind) in &job.kinds {
        problems.extend(same_content_type(name, kind, job));
        problems.extend(children(name, kind, job, registry));
        let flags = flags(name, kind, &mut problems);
        match resolve(name, kind, registry) {
            Ok(fields) => match build(name, kind, &fields, job).flags(flags).build() {
                Ok(kind) => kinds.push(kind),
                Err(error) => problems.push(error.to_string()),
            },
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() {
        match Schema::new(kinds) {
            Ok(schema) => return Ok(schema),
            Err(error) => problems.extend(error.problems.iter().map(ToString::to_string)),
        }
    }
    Err(JobError::Invalid { job: job.name.clone(), problems })
}

/// Every kind is compared with all records of its content type, so that two kinds would take each other's records for
/// surplus.
fn same_content_type(name: &str, kind: &JobKindDocument, job: &JobDocument) -> Option<String> {
    let (first, _) = job.kinds.iter().find(|(_, other)| other.content_type == kind.content_type)?;
    let content_type = &kind.content_type;
    (first != name).then(|| {
        format!(
            "kinds.{name}: kind `{first}` is of {content_type} already; let one kind hold all records of a content type"
        )
    })
}

/// What is wrong with the children of a kind.
fn children(name: &str, kind: &JobKindDocument, job: &JobDocument, registry: &Registry) -> Vec<String> {
    let problem = |(child, reference): (&String, &String)| {
        let Some(declared) = job.kinds.get(child) else {
            return Some(format!("kinds.{name}.children: the job has no kind `{child}`"));
        };
        // A content type that does not exist is a problem of the child's own.
        let content_type = registry.content_type(&declared.content_type).ok()?;
        let own = registry.content_type(&kind.content_type).ok()?;
        let known = |identifier: &&FieldDocument| registry.path(own, identifier.name()).is_ok();
        let leads_here = |identifier: &FieldDocument| {
            let path = registry.path(content_type, &format!("{reference}__{}", identifier.name()));
            let first = path.ok().and_then(|path| path.first_reference);
            first.is_some_and(|first| first.field == *reference && first.content_type == kind.content_type)
        };
        let mut identifiers = kind.identifiers.iter().filter(known);
        (!identifiers.all(leads_here)).then(|| {
            let (of, to) = (&declared.content_type, &kind.content_type);
            format!("kinds.{name}.children.{child}: {of} has no reference `{reference}` to {to}")
        })
    };
    kind.children.iter().filter_map(problem).collect()
}

fn flags(name: &str, kind: &JobKindDocument, problems: &mut Vec<String>) -> RecordFlags {
    let mut flags = RecordFlags::NONE;
    for flag in &kind.flags {
        match RecordFlags::from_name(flag) {
            Some(known) => flags |= known,
            None => problems.push(format!("kinds.{name}.flags: `{flag}` is no model flag of DiffSync")),
        }
    }
    flags
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
            if document.references().is_some() {
                let field = document.name();
                problems.push(at(&format!("`references` of `{field}` follows from the content type; leave it out")));
            }
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

fn build(name: &str, kind: &JobKindDocument, fields: &Fields<'_>, job: &JobDocument) -> KindBuilder {
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
    refer(builder, fields, job)
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
