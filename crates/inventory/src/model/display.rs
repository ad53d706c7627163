//! How a record is named for people: a text with `{field}` in it, filled from the record's own columns.

/// The name that stands for a record of a tree with everything above it: `EU → AMS`.
pub const ANCESTRY: &str = "ancestry";

/// A parsed display text.
#[derive(Debug, PartialEq, Eq)]
pub struct Display(pub(crate) Vec<Part>);

/// A piece of a display text.
#[derive(Debug, PartialEq, Eq)]
pub enum Part {
    Text(String),
    /// The name of a field, or a path.
    Field(String),
}

impl Display {
    /// `Err` holds what is wrong with the text.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find('{') {
            let end = rest[start..].find('}').ok_or_else(|| format!("`{{` in display `{text}` is not closed"))? + start;
            if start > 0 {
                parts.push(Part::Text(rest[..start].to_owned()));
            }
            parts.push(Part::Field(rest[start + 1..end].to_owned()));
            rest = &rest[end + 1..];
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Display(parts))
    }

    /// The pieces in their order.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    pub(crate) fn field_names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Field(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_text_and_fields() {
        let display = Display::parse("{name} ({vid})").unwrap();
        assert_eq!(display.field_names().collect::<Vec<_>>(), ["name", "vid"]);
        assert_eq!(display.0.len(), 4);
        assert!(Display::parse("{name").is_err());
    }
}
