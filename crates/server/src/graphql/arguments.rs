//! The arguments of a list, as the inventory takes them.

use async_graphql::Value;
use indexmap::IndexMap;

use super::parameters::Parameter;

/// Filters and page of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arguments {
    /// By name of the filter.
    pub filters: IndexMap<String, Vec<String>>,
    pub limit: Option<usize>,
    pub offset: usize,
    /// What is wrong with the page, when something is.
    pub problem: Option<String>,
}

impl Arguments {
    /// Reads what a valid query gives. An argument that is null or `[]` is as if it were not there, and so is a limit
    /// of 0, as in REST.
    pub fn read<'a>(given: impl Iterator<Item = (&'a str, Value)>, parameters: &[Parameter]) -> Self {
        let mut arguments = Self::default();
        for (name, value) in given {
            match name {
                "limit" => arguments.limit = arguments.page(name, &value).filter(|limit| *limit > 0),
                "offset" => arguments.offset = arguments.page(name, &value).unwrap_or(0),
                _ => {
                    let parameter = parameters.iter().find(|parameter| parameter.argument == name);
                    let filter = parameter.and_then(|parameter| parameter.filter.as_deref()).unwrap_or(name);
                    let values = texts(value);
                    if !values.is_empty() {
                        arguments.filters.insert(filter.to_owned(), values);
                    }
                }
            }
        }
        arguments
    }

    fn page(&mut self, name: &str, value: &Value) -> Option<usize> {
        match value {
            Value::Number(number) => {
                let found = number.as_u64().and_then(|number| usize::try_from(number).ok());
                if found.is_none() {
                    self.problem = Some(format!("`{name}` must not be negative, found {number}."));
                }
                found
            }
            _ => None,
        }
    }
}

/// The values of a filter, one for each item of a list.
fn texts(value: Value) -> Vec<String> {
    match value {
        Value::List(items) => items.into_iter().flat_map(texts).collect(),
        Value::String(text) => vec![text],
        Value::Enum(name) => vec![name.to_string()],
        Value::Number(number) => vec![number.to_string()],
        Value::Boolean(boolean) => vec![boolean.to_string()],
        Value::Null | Value::Binary(_) | Value::Object(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::value;

    use super::*;
    use crate::graphql::parameters::Values;

    #[test]
    fn values_become_texts() {
        let parameters = [Parameter {
            argument: "cf_a_b__ic".to_owned(),
            filter: Some("cf_a-b__ic".to_owned()),
            values: Values::Texts,
        }];
        let given = [
            ("name", value!(["a", "b", null])),
            ("vid", value!(7)),
            ("enabled", value!(true)),
            ("serial", value!(null)),
            ("asset_tag", value!([])),
            ("cf_a_b__ic", value!("x")),
            ("limit", value!(2)),
            ("offset", value!(3)),
        ];
        let arguments = Arguments::read(given.into_iter(), &parameters);
        let filters: Vec<String> =
            arguments.filters.iter().map(|(name, values)| format!("{name}={}", values.join(","))).collect();
        assert_eq!(filters, ["name=a,b", "vid=7", "enabled=true", "cf_a-b__ic=x"]);
        assert_eq!((arguments.limit, arguments.offset, arguments.problem), (Some(2), 3, None));
    }

    #[test]
    fn pages_are_not_negative_and_null_says_nothing() {
        for (limit, expected) in [
            (value!(-1), (None, Some("`limit` must not be negative, found -1.".to_owned()))),
            (value!(null), (None, None)),
            (value!(0), (None, None)),
            (value!(5), (Some(5), None)),
        ] {
            let arguments = Arguments::read([("limit", limit)].into_iter(), &[]);
            assert_eq!((arguments.limit, arguments.problem), expected);
        }
    }
}
