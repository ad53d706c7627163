use trueup_engine::kind::{KindBuilder, Reference, Slot};
use trueup_engine::{Field, FieldType, Kind, Schema};
use trueup_inventory::Registry;
use trueup_inventory::model::ResolvedPath;

use super::{Named, Resolved, as_attribute, assemble, owners_of_references, refer, same_content_type};
use crate::JobError;

/// Builds the schema of kinds that were declared in code. A kind with a content type gets the defaults of its fields from
/// it, and its references to other kinds of the job; one without is taken as it is.
///
/// # Errors
/// Everything that is wrong, in one error: content types and fields that do not exist, fields whose type is not that of
/// the inventory, and what the engine has against the kinds together.
pub fn schema_of_kinds(job: &str, kinds: &[Kind], registry: &Registry) -> Result<Schema, JobError> {
    if kinds.is_empty() {
        let problems = vec!["it has no kinds, so there is nothing to compare".to_owned()];
        return Err(JobError::Invalid { job: job.to_owned(), problems });
    }
    let all = named(kinds);
    let mut problems = same_content_type(&all);
    let mut built = Vec::with_capacity(kinds.len());
    for kind in kinds {
        let Some(content_type) = kind.content_type() else {
            built.push(kind.clone());
            continue;
        };
        match resolve(kind, content_type, registry) {
            Ok(fields) => match refer(rebuild(kind, &fields, &all), &fields, &all).build() {
                Ok(kind) => {
                    problems.extend(owners_of_references(&kind, &fields));
                    built.push(kind);
                }
                Err(error) => problems.push(error.to_string()),
            },
            Err(found) => problems.extend(found),
        }
    }
    assemble(job, built, problems)
}

fn named(kinds: &[Kind]) -> Vec<Named<'_>> {
    let named = kinds.iter().filter_map(|kind| {
        Some(Named {
            name: kind.name().as_str(),
            content_type: kind.content_type()?,
            identifiers: kind.identifiers().iter().map(Field::name).collect(),
        })
    });
    named.collect()
}

fn resolve(kind: &Kind, content_type: &str, registry: &Registry) -> Result<Resolved, Vec<String>> {
    let at = |problem: &dyn ToString| format!("kinds.{}: {}", kind.name(), problem.to_string());
    let content_type = registry.content_type(content_type).map_err(|error| vec![at(&error)])?;
    let mut problems = Vec::new();
    let mut resolve = |fields: &[Field]| -> Vec<(String, ResolvedPath)> {
        let mut resolved = Vec::new();
        for field in fields {
            match registry.path(content_type, field.name()) {
                Ok(path) if fits(field.field_type(), &path.field_type) => {
                    resolved.push((field.name().to_owned(), path));
                }
                Ok(path) => {
                    let (own, there) = (field.field_type(), &path.field_type);
                    problems.push(at(&format!("field `{}` is {own}, but {there} in the inventory", field.name())));
                }
                Err(error) => problems.push(at(&error)),
            }
        }
        resolved
    };
    let fields = Resolved { identifiers: resolve(kind.identifiers()), attributes: resolve(kind.attributes()) };
    if problems.is_empty() { Ok(fields) } else { Err(problems) }
}

/// Values of one type are never equal to values of another, so a field of the wrong type would differ for ever.
fn fits(own: &FieldType, there: &FieldType) -> bool {
    match (own, there) {
        (FieldType::Any, _) | (_, FieldType::Any) => true,
        (FieldType::List(own), FieldType::List(there)) | (FieldType::Set(own), FieldType::Set(there)) => {
            fits(own, there)
        }
        (own, there) => own == there,
    }
}

/// The kind, with what the inventory says about its attributes. References that follow from the content types are left to
/// [`refer`].
fn rebuild(kind: &Kind, fields: &Resolved, all: &[Named<'_>]) -> KindBuilder {
    let name_of = |slot: &Slot| kind.field(*slot).name().to_owned();
    let mut builder = Kind::builder(kind.name().as_str()).flags(kind.flags()).permissions(kind.permissions());
    if let Some(content_type) = kind.content_type() {
        builder = builder.content_type(content_type);
    }
    builder = builder.shortname(kind.shortname().iter().map(name_of));
    for field in kind.identifiers() {
        builder = builder.id_field(field.clone());
    }
    for (field, (_, path)) in kind.attributes().iter().zip(&fields.attributes) {
        builder = builder.attr_field(as_attribute(field.clone(), path));
    }
    for child in kind.children() {
        builder = builder.child_by(child.kind.as_str(), &child.field, &child.by);
    }
    let follows = |reference: &&Reference| {
        let to = all.iter().find(|other| *other.name == *reference.to.as_str()).map(|to| to.content_type);
        let field = reference.fields.iter().flatten().next().map(name_of);
        let path = field.and_then(|field| fields.path(&field));
        to.is_some_and(|to| path.and_then(|path| path.first_reference.as_ref()).is_some_and(|r| r.content_type == to))
    };
    for reference in kind.references().iter().filter(|reference| !follows(reference)) {
        let parts = reference.fields.iter().map(|slot| slot.as_ref().map(name_of));
        builder = builder.partial_reference(reference.to.as_str(), parts);
    }
    for containment in kind.containments() {
        let scope = containment.scope.iter().map(|(slot, identifier)| (name_of(slot), *identifier));
        let address = name_of(&containment.address);
        builder = builder.contained_in(containment.within.as_str(), address, containment.network, scope);
    }
    builder
}
