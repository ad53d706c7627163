use trueup_engine::kind::{FieldDocument, KindBuilder};
use trueup_engine::{Field, FieldType, Kind, RecordFlags, Schema};
use trueup_inventory::Registry;
use trueup_inventory::model::ResolvedPath;

use super::{Named, Resolved, as_attribute, assemble, owners_of_references, refer, same_content_type};
use crate::JobError;
use crate::document::{JobDocument, JobKindDocument};

/// Builds the kinds of a job. Field types and defaults come from the content types; a field that leads to a content
/// type of another kind of the job refers to that kind.
///
/// # Errors
/// Everything that is wrong with the kinds, in one error: content types, fields, children and flags that do not exist,
/// and what the engine has against kinds; only when each kind is sound by itself, what it has against them together.
pub fn schema(job: &JobDocument, registry: &Registry) -> Result<Schema, JobError> {
    let all = named(job);
    let mut problems = same_content_type(&all);
    let mut kinds = Vec::new();
    for (name, kind) in &job.kinds {
        problems.extend(children(name, kind, job, registry));
        let flags = flags(name, kind, &mut problems);
        match resolve(name, kind, registry) {
            Ok(fields) => match build(name, kind, &fields, &all).flags(flags).build() {
                Ok(kind) => {
                    problems.extend(owners_of_references(&kind, &fields.resolved()));
                    kinds.push(kind);
                }
                Err(error) => problems.push(error.to_string()),
            },
            Err(found) => problems.extend(found),
        }
    }
    assemble(&job.name, kinds, problems)
}

fn named(job: &JobDocument) -> Vec<Named<'_>> {
    let kinds = job.kinds.iter().map(|(name, kind)| Named {
        name,
        content_type: &kind.content_type,
        identifiers: kind.identifiers.iter().map(FieldDocument::name).collect(),
    });
    kinds.collect()
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
    fn resolved(&self) -> Resolved {
        let of = |fields: &[ResolvedField<'_>]| {
            fields.iter().map(|field| (field.document.name().to_owned(), field.path.clone())).collect()
        };
        Resolved { identifiers: of(&self.identifiers), attributes: of(&self.attributes) }
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

fn build(name: &str, kind: &JobKindDocument, fields: &Fields<'_>, all: &[Named<'_>]) -> KindBuilder {
    let mut builder = Kind::builder(name).content_type(&kind.content_type).shortname(&kind.shortname);
    builder = builder.permissions(kind.allow.permissions());
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
    refer(builder, &fields.resolved(), all)
}

impl ResolvedField<'_> {
    fn field_type(&self) -> FieldType {
        self.document.field_type().cloned().unwrap_or_else(|| self.path.field_type.clone())
    }

    fn to_identifier(&self) -> Field {
        self.document.to_field(self.field_type())
    }

    fn to_attribute(&self) -> Field {
        as_attribute(self.document.to_field(self.field_type()), &self.path)
    }
}
