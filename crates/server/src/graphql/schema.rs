//! The schema that one document is held against, by the rules of GraphQL as async-graphql knows them.
//!
//! The whole schema is large: every list takes every filter of its type, tens of thousands of arguments, and
//! async-graphql keeps each of them in full. So a document gets the part of it that it can reach: the types that its
//! fields lead to with all their fields, and arguments only for fields that it names. What is left out could change
//! neither whether the document is valid nor what is told about it. Nothing is resolved here; that is the work of
//! [`execute`](super::execute), and [`introspect`](super::introspect) tells the whole schema.

use std::collections::HashSet;
use std::sync::Arc;

use async_graphql::dynamic::{Enum, Field, FieldFuture, InputValue, Object, Scalar, Schema, SchemaError, TypeRef};
use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Request, Response, ServerError, Value, Variables};
use trueup_inventory::model::TypeIndex;

use super::catalog::{Catalog, FIXED, QUERY, Root, SCALARS, Shows};
use super::parameters::{PAGE, Parameter};

/// What is wrong with a document; nothing when it can be run.
///
/// # Errors
/// No schema can be made: two things have one name, or a name is none that GraphQL takes.
pub async fn validate(
    catalog: &Catalog,
    document: &ExecutableDocument,
    operation: Option<&str>,
    variables: &Variables,
) -> Result<Vec<ServerError>, SchemaError> {
    let schema = build(catalog, &Named::of(document))?;
    let mut request = Request::new("").variables(variables.clone());
    request.operation_name = operation.map(str::to_owned);
    request.set_parsed_query(document.clone());
    Ok(schema.execute(request).await.errors)
}

/// What a document names.
#[derive(Debug, Default)]
struct Named<'d> {
    fields: HashSet<&'d str>,
    types: HashSet<&'d str>,
}

impl<'d> Named<'d> {
    fn of(document: &'d ExecutableDocument) -> Self {
        let mut named = Self::default();
        for (_, operation) in document.operations.iter() {
            named.add(&operation.node.selection_set.node);
        }
        for fragment in document.fragments.values() {
            named.types.insert(fragment.node.type_condition.node.on.node.as_str());
            named.add(&fragment.node.selection_set.node);
        }
        named
    }

    fn add(&mut self, selection: &'d SelectionSet) {
        for item in &selection.items {
            match &item.node {
                Selection::Field(field) => {
                    self.fields.insert(field.node.name.node.as_str());
                    self.add(&field.node.selection_set.node);
                }
                Selection::InlineFragment(fragment) => {
                    if let Some(condition) = &fragment.node.type_condition {
                        self.types.insert(condition.node.on.node.as_str());
                    }
                    self.add(&fragment.node.selection_set.node);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    /// The content types whose fields may be asked for.
    fn reached(&self, catalog: &Catalog) -> HashSet<TypeIndex> {
        let roots = catalog.roots.iter().filter(|(name, _)| self.fields.contains(name.as_str()));
        let mut todo: Vec<TypeIndex> = roots
            .map(|(_, root)| match root {
                Root::One(index) | Root::List(index) => *index,
            })
            .collect();
        todo.extend(
            catalog.objects().filter(|(_, one)| self.types.contains(one.name.as_str())).map(|(index, _)| index),
        );
        let mut reached = HashSet::new();
        while let Some(index) = todo.pop() {
            if let Some(object) = catalog.object(index).filter(|_| reached.insert(index)) {
                let fields = object.fields.iter().filter(|(name, _)| self.fields.contains(name.as_str()));
                todo.extend(fields.filter_map(|(_, shows)| shows.leads_to()));
            }
        }
        reached
    }
}

fn build(catalog: &Catalog, named: &Named<'_>) -> Result<Schema, SchemaError> {
    let mut builder = Schema::build(QUERY, None, None).extension(OnlyValidate);
    let mut query = Object::new(QUERY);
    for (name, root) in &catalog.roots {
        let (Root::One(index) | Root::List(index)) = *root;
        let Some(object) = catalog.object(index) else { continue };
        query = query.field(match root {
            Root::One(_) => {
                let id = InputValue::new("id", TypeRef::named(TypeRef::ID));
                field(name, TypeRef::named(&object.name)).argument(id)
            }
            Root::List(_) => {
                let list = field(name, TypeRef::named_list(&object.name));
                if named.fields.contains(name.as_str()) {
                    with_arguments(list, catalog.parameters(index))
                } else {
                    list
                }
            }
        });
    }
    builder = builder.register(query);
    for scalar in SCALARS {
        builder = builder.register(Scalar::new(scalar));
    }
    for (name, fields) in FIXED {
        let object =
            fields.iter().fold(Object::new(name), |object, (name, output)| object.field(field(name, type_ref(output))));
        builder = builder.register(object);
    }
    let reached = named.reached(catalog);
    for (index, one) in catalog.objects() {
        let mut object = Object::new(&one.name);
        if !reached.contains(&index) {
            builder = builder.register(object.field(field("id", TypeRef::named_nn(TypeRef::ID))));
            continue;
        }
        for (name, shows) in &one.fields {
            if let Shows::Choice { choices, .. } = shows {
                let enumeration = Enum::new(&choices.name);
                builder =
                    builder.register(choices.values.values().fold(enumeration, |one, value| one.item(value.as_str())));
            }
            let (output, list_of) = catalog.output(shows);
            let field = field(name, type_ref(&output));
            object = object.field(match list_of.filter(|_| named.fields.contains(name.as_str())) {
                Some(to) => with_arguments(field, catalog.parameters(to)),
                None => field,
            });
        }
        builder = builder.register(object);
    }
    builder.finish()
}

fn field(name: &str, output: TypeRef) -> Field {
    Field::new(name, output, |_| FieldFuture::Value(None))
}

fn with_arguments(field: Field, parameters: &[Parameter]) -> Field {
    let filters = parameters.iter().map(|one| (one.argument.as_str(), one.values.input()));
    let page = PAGE.into_iter().map(|name| (name, TypeRef::INT));
    filters.chain(page).fold(field, |field, (name, input)| field.argument(InputValue::new(name, type_ref(input))))
}

/// A type as GraphQL writes it.
fn type_ref(written: &str) -> TypeRef {
    if let Some(inner) = written.strip_suffix('!') {
        return TypeRef::NonNull(Box::new(type_ref(inner)));
    }
    match written.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
        Some(inner) => TypeRef::List(Box::new(type_ref(inner))),
        None => TypeRef::named(written),
    }
}

/// Ends every request once it is known to be valid.
struct OnlyValidate;

impl ExtensionFactory for OnlyValidate {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(OnlyValidate)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for OnlyValidate {
    async fn execute(&self, _: &ExtensionContext<'_>, _: Option<&str>, _: NextExecute<'_>) -> Response {
        Response::new(Value::Null)
    }
}
