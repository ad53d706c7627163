//! The filters of a content type as arguments of its lists.

use trueup_inventory::model::ContentType;
use trueup_inventory::{
    FilterParameter, FilterValues, Registry, custom_field_parameters, filter_parameters, relationship_parameters,
};

use super::definitions::{Definition, Definitions};
use super::names;

/// A filter as an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// The name of the argument.
    pub argument: String,
    /// The name of the filter, where it is another one.
    pub filter: Option<String>,
    pub values: FilterValues,
}

impl Parameter {
    /// The type of the argument as GraphQL writes it.
    pub fn input(&self) -> &'static str {
        match self.values {
            FilterValues::Texts => "[String]",
            FilterValues::Numbers => "[Int]",
            FilterValues::Boolean => "Boolean",
            FilterValues::Text => "String",
        }
    }
}

/// The arguments of every list besides its filters.
pub const PAGE: [&str; 2] = ["limit", "offset"];

/// Every filter of a content type that can be an argument.
pub fn of(registry: &Registry, content_type: &ContentType, definitions: &Definitions) -> Vec<Parameter> {
    let same_name = |FilterParameter { name, values }| Parameter { argument: name, filter: None, values };
    let own = filter_parameters(registry, content_type).into_iter().map(same_name);
    let here = |one: &&Definition| {
        content_type.has_custom_fields() && one.content_types.iter().any(|name| name == content_type.name())
    };
    let custom = definitions.custom_fields.iter().filter(here).flat_map(|definition| {
        let argument = names::custom_field(&definition.key);
        let filter = format!("cf_{}", definition.key);
        custom_field_parameters(&definition.key, &definition.filter_kind).into_iter().map(move |parameter| {
            let suffix = parameter.name.strip_prefix(&filter).unwrap_or_default();
            let argument = format!("{argument}{suffix}");
            let filter = (argument != parameter.name).then_some(parameter.name);
            Parameter { argument, filter, values: parameter.values }
        })
    });
    let ways = definitions.relationships.iter().filter(|_| content_type.has_custom_fields()).flat_map(|one| {
        let ways = one.ways_from(content_type.index()).into_iter();
        ways.flat_map(|way| relationship_parameters(&one.key, way.toward)).map(same_name)
    });
    own.chain(custom).chain(ways).collect()
}
