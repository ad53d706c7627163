//! Query strings: parameters by name, each with its values in their order.

use indexmap::IndexMap;

/// Parameters that say how to answer, not which records.
pub const NO_FILTERS: [&str; 8] =
    ["api_version", "depth", "exclude_m2m", "format", "include", "limit", "offset", "sort"];

/// The parameters of a query string.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query(IndexMap<String, Vec<String>>);

impl Query {
    pub fn parse(text: &str) -> Self {
        let mut parameters: IndexMap<String, Vec<String>> = IndexMap::new();
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            parameters.entry(name.into_owned()).or_default().push(value.into_owned());
        }
        Self(parameters)
    }

    /// The last value of a parameter, which is the one that counts where there can be only one.
    pub fn last(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(|values| values.last()).map(String::as_str)
    }

    /// All values of a parameter.
    pub fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// What is left for the filters of a list.
    pub fn filters(&self) -> IndexMap<String, Vec<String>> {
        let filters = self.0.iter().filter(|(name, _)| !NO_FILTERS.contains(&name.as_str()));
        filters.map(|(name, values)| (name.clone(), values.clone())).collect()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(name, values)| (name.as_str(), values.as_slice()))
    }
}
