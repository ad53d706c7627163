//! From a valid document to what has to be read: fragments in their places, `@skip` and `@include` decided, fields of
//! one response key joined, variables replaced by their values.

use async_graphql::parser::types::{BaseType, Directive};
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, OperationDefinition, OperationType, Selection as Item, SelectionSet,
};
use async_graphql::{Name, Pos, Positioned, ServerError, Value, Variables};
use indexmap::IndexMap;
use trueup_inventory::model::TypeIndex;
use trueup_inventory::relationship::Association;

use super::arguments::Arguments;
use super::catalog::{Catalog, Root, Shows};

/// An operation, ready to be run.
#[derive(Debug)]
pub struct Plan<'c> {
    pub roots: Vec<PlannedRoot<'c>>,
}

/// One field of the root.
#[derive(Debug)]
pub struct PlannedRoot<'c> {
    pub key: String,
    pub pos: Pos,
    pub asks: Asks<'c>,
}

/// What a field of the root asks for.
#[derive(Debug)]
pub enum Asks<'c> {
    Typename,
    /// The schema itself.
    Schema(Meta),
    /// The type of that name.
    Type {
        name: String,
        below: Meta,
    },
    One {
        id: Option<String>,
        below: Selection<'c>,
    },
    List {
        arguments: Arguments,
        below: Selection<'c>,
    },
}

/// Fields of a part of the schema.
#[derive(Debug, Default)]
pub struct Meta(pub Vec<MetaField>);

/// One of them.
#[derive(Debug)]
pub struct MetaField {
    pub key: String,
    pub name: String,
    pub below: Meta,
}

/// Fields of records of one content type.
#[derive(Debug)]
pub struct Selection<'c> {
    pub content_type: TypeIndex,
    pub object: &'c str,
    pub fields: Vec<Planned<'c>>,
}

/// One field of a record.
#[derive(Debug)]
pub struct Planned<'c> {
    pub key: String,
    pub pos: Pos,
    /// The name of the field in the schema.
    pub name: &'c str,
    /// Nothing for `__typename`.
    pub shows: Option<&'c Shows>,
    pub arguments: Arguments,
    pub below: Below<'c>,
}

/// What is asked of the thing that a field leads to.
#[derive(Debug)]
pub enum Below<'c> {
    Nothing,
    Records(Selection<'c>),
    /// Parts of an object that is no record of a known type, each under its response key.
    Parts(Vec<(String, Part)>),
}

/// A part of a generic object or of a content type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    GenericTypename,
    ContentTypeTypename,
    Id,
    ObjectType,
    Display,
    Url,
    AppLabel,
    Model,
}

impl Part {
    fn of(name: &str, shows: &Shows) -> Option<Self> {
        let content_type = matches!(shows, Shows::ContentType { .. } | Shows::ContentTypes { .. });
        Some(match name {
            "__typename" if content_type => Self::ContentTypeTypename,
            "__typename" => Self::GenericTypename,
            "id" => Self::Id,
            "object_type" => Self::ObjectType,
            "display" => Self::Display,
            "url" => Self::Url,
            "app_label" => Self::AppLabel,
            "model" => Self::Model,
            _ => return None,
        })
    }
}

impl<'c> Plan<'c> {
    /// Plans the operation of that name, or the only one.
    ///
    /// # Errors
    /// It is no query, or a variable that it needs has no value.
    pub fn new(
        catalog: &'c Catalog,
        document: &ExecutableDocument,
        name: Option<&str>,
        variables: &Variables,
    ) -> Result<Self, ServerError> {
        let operation = operation(document, name)?;
        if operation.node.ty != OperationType::Query {
            return Err(ServerError::new("Only queries are answered; changes go over REST.", Some(operation.pos)));
        }
        let values = values(&operation.node, variables)?;
        let planner = Planner { catalog, document, values };
        let mut roots = Vec::new();
        for (key, fields) in planner.collect(&[&operation.node.selection_set.node]) {
            if let Some(root) = planner.root(key, &fields) {
                roots.push(root);
            }
        }
        Ok(Self { roots })
    }
}

fn operation<'d>(
    document: &'d ExecutableDocument,
    name: Option<&str>,
) -> Result<&'d Positioned<OperationDefinition>, ServerError> {
    match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Ok(operation),
        (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => {
            operations.values().next().ok_or_else(|| ServerError::new("There is no operation.", None))
        }
        (DocumentOperations::Multiple(operations), Some(name)) if operations.contains_key(name) => {
            Ok(&operations[name])
        }
        (_, Some(name)) => Err(ServerError::new(format!("Unknown operation named \"{name}\"."), None)),
        (_, None) => {
            let message = "Must provide operation name if query contains multiple operations.";
            Err(ServerError::new(message, None))
        }
    }
}

type Values = IndexMap<Name, async_graphql::Value>;

/// The value of every variable that has one.
fn values(operation: &OperationDefinition, variables: &Variables) -> Result<Values, ServerError> {
    let mut values = Values::new();
    for definition in &operation.variable_definitions {
        let name = &definition.node.name.node;
        let given = variables.get(name).or(definition.node.default_value.as_ref().map(|default| &default.node));
        match given {
            Some(Value::Null) | None if !definition.node.var_type.node.nullable => {
                let message =
                    format!("Variable \"${name}\" of required type \"{}\" was not provided.", definition.node.var_type);
                return Err(ServerError::new(message, Some(definition.pos)));
            }
            Some(value) => {
                values.insert(name.clone(), value.clone());
            }
            None => {}
        }
    }
    Ok(values)
}

/// Checks that variables are of types that arguments have. async-graphql's own rules take it for granted that types
/// within lists exist.
///
/// # Errors
/// One is not.
pub fn check_variable_types(document: &ExecutableDocument) -> Result<(), ServerError> {
    for (_, operation) in document.operations.iter() {
        for definition in &operation.node.variable_definitions {
            let mut base = &definition.node.var_type.node.base;
            while let BaseType::List(inner) = base {
                base = &inner.base;
            }
            if let BaseType::Named(name) = base
                && !["String", "Int", "Float", "Boolean", "ID"].contains(&name.as_str())
            {
                let variable = &definition.node.name.node;
                let message = format!(
                    "Variable \"${variable}\" cannot be of type \"{name}\"; arguments are of String, Int, Boolean and ID."
                );
                return Err(ServerError::new(message, Some(definition.pos)));
            }
        }
    }
    Ok(())
}

struct Planner<'c, 'd> {
    catalog: &'c Catalog,
    document: &'d ExecutableDocument,
    values: Values,
}

/// Fields by response key, those of one key together.
type Collected<'d> = IndexMap<&'d str, Vec<&'d Positioned<Field>>>;

impl<'c, 'd> Planner<'c, 'd> {
    fn collect(&self, selections: &[&'d SelectionSet]) -> Collected<'d> {
        let mut collected = Collected::new();
        selections.iter().for_each(|selection| self.collect_into(selection, &mut collected));
        collected
    }

    fn collect_into(&self, selection: &'d SelectionSet, collected: &mut Collected<'d>) {
        for item in &selection.items {
            if !self.wanted(item.node.directives()) {
                continue;
            }
            match &item.node {
                Item::Field(field) => {
                    collected.entry(field.node.response_key().node.as_str()).or_default().push(field);
                }
                Item::InlineFragment(fragment) => {
                    self.collect_into(&fragment.node.selection_set.node, collected);
                }
                Item::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.node.fragment_name.node) {
                        self.collect_into(&fragment.node.selection_set.node, collected);
                    }
                }
            }
        }
    }

    /// What `@skip` and `@include` say.
    fn wanted(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().all(|directive| {
            let condition = directive.node.get_argument("if").map(|value| value.node.clone());
            let condition = condition.and_then(|value| value.into_const_with(|name| self.variable(name)).ok());
            match directive.node.name.node.as_str() {
                "skip" => condition != Some(Value::Boolean(true)),
                "include" => condition == Some(Value::Boolean(true)),
                _ => true,
            }
        })
    }

    /// The value of a variable. An argument that is, or holds, a variable without one is as if it were not there.
    fn variable(&self, name: Name) -> Result<Value, ()> {
        self.values.get(&name).cloned().ok_or(())
    }

    fn argument(&self, field: &Field, name: &str) -> Option<Value> {
        let value = field.get_argument(name)?.node.clone();
        value.into_const_with(|name| self.variable(name)).ok()
    }

    fn arguments(&self, field: &Field, list_of: TypeIndex) -> Arguments {
        let given = field.arguments.iter();
        let given = given.filter_map(|(name, value)| {
            let value = value.node.clone().into_const_with(|name| self.variable(name)).ok()?;
            Some((name.node.as_str(), value))
        });
        Arguments::read(given, self.catalog.parameters(list_of))
    }

    fn root(&self, key: &str, fields: &[&'d Positioned<Field>]) -> Option<PlannedRoot<'c>> {
        let first = fields.first()?;
        let asks = match first.node.name.node.as_str() {
            "__typename" => Asks::Typename,
            "__schema" => Asks::Schema(self.meta(fields)),
            "__type" => {
                let name = self.argument(&first.node, "name");
                let Some(Value::String(name)) = name else { return None };
                Asks::Type { name, below: self.meta(fields) }
            }
            name => match *self.catalog.roots.get(name)? {
                Root::One(index) => {
                    let id = match self.argument(&first.node, "id") {
                        Some(Value::String(id)) => Some(id),
                        Some(Value::Number(id)) => Some(id.to_string()),
                        _ => None,
                    };
                    Asks::One { id, below: self.selection(index, fields)? }
                }
                Root::List(index) => {
                    Asks::List { arguments: self.arguments(&first.node, index), below: self.selection(index, fields)? }
                }
            },
        };
        Some(PlannedRoot { key: key.to_owned(), pos: first.pos, asks })
    }

    fn meta(&self, fields: &[&'d Positioned<Field>]) -> Meta {
        let below = self.below(fields).into_iter().filter_map(|(key, fields)| {
            let name = fields.first()?.node.name.node.to_string();
            Some(MetaField { key: key.to_owned(), name, below: self.meta(&fields) })
        });
        Meta(below.collect())
    }

    fn below(&self, fields: &[&'d Positioned<Field>]) -> Collected<'d> {
        let selections: Vec<&SelectionSet> = fields.iter().map(|field| &field.node.selection_set.node).collect();
        self.collect(&selections)
    }

    fn selection(&self, content_type: TypeIndex, fields: &[&'d Positioned<Field>]) -> Option<Selection<'c>> {
        let object = self.catalog.object(content_type)?;
        let mut planned = Vec::new();
        for (key, fields) in self.below(fields) {
            let Some(first) = fields.first() else { continue };
            let known = object.fields.get_key_value(first.node.name.node.as_str());
            let (name, shows) = known.map_or(("__typename", None), |(name, shows)| (name.as_str(), Some(shows)));
            let (arguments, below) = match shows {
                None => (Arguments::default(), Below::Nothing),
                Some(shows) => self.below_of(shows, &fields)?,
            };
            planned.push(Planned { key: key.to_owned(), pos: first.pos, name, shows, arguments, below });
        }
        Some(Selection { content_type, object: &object.name, fields: planned })
    }

    fn below_of(&self, shows: &'c Shows, fields: &[&'d Positioned<Field>]) -> Option<(Arguments, Below<'c>)> {
        let first = fields.first()?;
        Some(match shows {
            Shows::Links { to, .. } | Shows::Pointing { from: to, .. } | Shows::Associated(Association { to, .. }) => {
                (self.arguments(&first.node, *to), Below::Records(self.selection(*to, fields)?))
            }
            Shows::Reference { to, .. }
            | Shows::Alias { to, .. }
            | Shows::RenderedReference { to }
            | Shows::AssociatedOne(Association { to, .. }) => {
                (Arguments::default(), Below::Records(self.selection(*to, fields)?))
            }
            Shows::ContentType { .. } | Shows::ContentTypes { .. } | Shows::Generic { .. } | Shows::RenderedGeneric => {
                let parts = self.below(fields);
                let parts = parts.iter().filter_map(|(key, fields)| {
                    Some(((*key).to_owned(), Part::of(fields.first()?.node.name.node.as_str(), shows)?))
                });
                (Arguments::default(), Below::Parts(parts.collect()))
            }
            Shows::Id
            | Shows::Url
            | Shows::Value { .. }
            | Shows::Choice { .. }
            | Shows::Count(_)
            | Shows::Rendered { .. }
            | Shows::CustomFields { .. }
            | Shows::CustomField { .. }
            | Shows::ComputedField { .. } => (Arguments::default(), Below::Nothing),
        })
    }
}
