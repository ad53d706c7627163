use super::Value;

/// Values without order or repetition, kept sorted by their canonical bytes so that equal sets look equal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValueSet(Vec<Value>);

impl ValueSet {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn contains(&self, value: &Value) -> bool {
        self.0.contains(value)
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Value> {
        self.0.iter()
    }
}

impl<V: Into<Value>> FromIterator<V> for ValueSet {
    fn from_iter<I: IntoIterator<Item = V>>(values: I) -> Self {
        let mut keyed: Vec<(Vec<u8>, Value)> =
            values.into_iter().map(Into::into).map(|value: Value| (value.encode(), value)).collect();
        keyed.sort_by(|a, b| a.0.cmp(&b.0));
        keyed.dedup_by(|a, b| a.0 == b.0);
        ValueSet(keyed.into_iter().map(|(_, value)| value).collect())
    }
}

impl IntoIterator for ValueSet {
    type Item = Value;
    type IntoIter = std::vec::IntoIter<Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a ValueSet {
    type Item = &'a Value;
    type IntoIter = std::slice::Iter<'a, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
