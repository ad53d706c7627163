//! The schema of a catalog: what async-graphql validates queries against and answers introspection from.
//!
//! It resolves nothing. Queries are answered by [`execute`](super::execute), a level at a time, which a resolver per
//! field cannot do; so resolvers here say null, and an extension lets only introspection reach them.

use std::sync::Arc;

use async_graphql::dynamic::{
    Enum, Field, FieldFuture, InputValue, Object, Scalar, Schema, SchemaBuilder, SchemaError, TypeRef,
};
use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{Request, Response, ServerError, Value, Variables};
use indexmap::IndexMap;
use trueup_inventory::model::TypeIndex;

use super::catalog::{self, Catalog, Root, SCALARS, Shows};
use super::definitions::CustomKind;
use super::parameters::Parameter;

/// The type of the query's root.
pub const QUERY: &str = "Query";
/// A record of any type, in brief.
pub const GENERIC_OBJECT: &str = "GenericObjectType";
/// A content type.
pub const CONTENT_TYPE_OBJECT: &str = "ContentTypeType";

/// Makes the schema.
///
/// # Errors
/// Two things have one name, or a name is none that GraphQL takes. Content types that users add can bring that about.
pub fn build(catalog: &Catalog) -> Result<Schema, SchemaError> {
    let mut builder = Schema::build(QUERY, None, None).extension(OnlyIntrospection);
    let mut query = Object::new(QUERY);
    for (name, root) in &catalog.roots {
        match *root {
            Root::One(index) => {
                let Some(object) = catalog.object(index) else { continue };
                let id = InputValue::new("id", TypeRef::named(TypeRef::ID));
                query = query.field(field(name, TypeRef::named(&object.name)).argument(id));
            }
            Root::List(index) => {
                let Some(object) = catalog.object(index) else { continue };
                query = query.field(list(name, &object.name, catalog.parameters(index)));
            }
        }
    }
    builder = builder.register(query);
    for scalar in SCALARS {
        builder = builder.register(Scalar::new(scalar));
    }
    builder = builder.register(object(GENERIC_OBJECT, &["id", "object_type", "display", "url"]));
    builder = builder.register(object(CONTENT_TYPE_OBJECT, &["app_label", "model", "display"]));
    for one in catalog.objects() {
        builder = register(builder, catalog, one);
    }
    builder.finish()
}

fn register(mut builder: SchemaBuilder, catalog: &Catalog, one: &catalog::Object) -> SchemaBuilder {
    let mut object = Object::new(&one.name);
    for (name, shows) in &one.fields {
        let target = |to: &TypeIndex| catalog.object(*to).map(|object| object.name.as_str());
        let field = match shows {
            Shows::Id => field(name, TypeRef::named_nn(TypeRef::ID)),
            Shows::Url => field(name, TypeRef::named(TypeRef::STRING)),
            Shows::Value { output, .. } | Shows::Rendered { output } => field(name, TypeRef::named(*output)),
            Shows::Choice { choices, .. } => {
                builder = builder.register(enumeration(choices));
                field(name, TypeRef::named(&choices.name))
            }
            Shows::Reference { to, .. } | Shows::Alias { to, .. } | Shows::RenderedReference { to } => {
                let Some(target) = target(to) else { continue };
                field(name, TypeRef::named(target))
            }
            Shows::Links { to, .. } | Shows::Pointing { from: to, .. } => {
                let Some(target) = target(to) else { continue };
                list(name, target, catalog.parameters(*to))
            }
            Shows::Count(_) => field(name, TypeRef::named(TypeRef::INT)),
            Shows::ContentType { .. } => field(name, TypeRef::named(CONTENT_TYPE_OBJECT)),
            Shows::ContentTypes { .. } => field(name, TypeRef::named_list(CONTENT_TYPE_OBJECT)),
            Shows::Generic { .. } | Shows::RenderedGeneric => field(name, TypeRef::named(GENERIC_OBJECT)),
            Shows::CustomFields { .. } => field(name, TypeRef::named(catalog::JSON)),
            Shows::CustomField { kind, .. } => field(name, custom_type(*kind)),
        };
        object = object.field(field);
    }
    builder.register(object)
}

fn custom_type(kind: CustomKind) -> TypeRef {
    match kind {
        CustomKind::Text => TypeRef::named(TypeRef::STRING),
        CustomKind::Integer => TypeRef::named(TypeRef::INT),
        CustomKind::Boolean => TypeRef::named(TypeRef::BOOLEAN),
        CustomKind::Texts => TypeRef::named_list(TypeRef::STRING),
        CustomKind::Json => TypeRef::named(catalog::JSON),
    }
}

fn field(name: &str, output: TypeRef) -> Field {
    Field::new(name, output, |_| FieldFuture::Value(None))
}

fn list(name: &str, target: &str, parameters: &[Parameter]) -> Field {
    let mut field = field(name, TypeRef::named_list(target));
    for parameter in parameters {
        let input = match parameter.values.output() {
            (name, true) => TypeRef::named_list(name),
            (name, false) => TypeRef::named(name),
        };
        field = field.argument(InputValue::new(&parameter.argument, input));
    }
    for name in ["limit", "offset"] {
        field = field.argument(InputValue::new(name, TypeRef::named(TypeRef::INT)));
    }
    field
}

fn object(name: &str, fields: &[&str]) -> Object {
    fields.iter().fold(Object::new(name), |object, name| {
        let output = if *name == "id" { TypeRef::ID } else { TypeRef::STRING };
        object.field(field(name, TypeRef::named(output)))
    })
}

fn enumeration(choices: &catalog::Choices) -> Enum {
    choices.values.values().fold(Enum::new(&choices.name), |one, value| one.item(value.as_str()))
}

/// What is wrong with a document, by the rules of GraphQL and this schema; nothing when it can be run.
pub async fn validate(
    schema: &Schema,
    document: ExecutableDocument,
    operation: Option<&str>,
    variables: &Variables,
) -> Vec<ServerError> {
    schema.execute(request(document, operation, variables).data(Run::Nothing)).await.errors
}

/// What a valid document asks of the schema itself, by response key; null for everything else.
pub async fn introspect(
    schema: &Schema,
    document: ExecutableDocument,
    operation: Option<&str>,
    variables: &Variables,
) -> (IndexMap<async_graphql::Name, Value>, Vec<ServerError>) {
    let response = schema.execute(request(document, operation, variables).data(Run::Introspection)).await;
    match response.data {
        Value::Object(values) => (values, response.errors),
        _ => (IndexMap::new(), response.errors),
    }
}

fn request(document: ExecutableDocument, operation: Option<&str>, variables: &Variables) -> Request {
    let mut request = Request::new("").variables(variables.clone());
    request.operation_name = operation.map(str::to_owned);
    request.set_parsed_query(document);
    request
}

/// How far a request goes once it is known to be valid.
enum Run {
    Nothing,
    Introspection,
}

struct OnlyIntrospection;

impl ExtensionFactory for OnlyIntrospection {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(OnlyIntrospection)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for OnlyIntrospection {
    async fn execute(&self, ctx: &ExtensionContext<'_>, operation: Option<&str>, next: NextExecute<'_>) -> Response {
        match ctx.data_opt::<Run>() {
            Some(Run::Introspection) => next.run(ctx, operation).await,
            Some(Run::Nothing) | None => Response::new(Value::Null),
        }
    }
}
