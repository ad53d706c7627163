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
    /// `{action:label}`: the label of a choice, in small letters, as in a sentence.
    Label(String),
    /// `{changed_object_type:type}`: the type that a field names, as people call it: `DCIM | device`.
    TypeName(String),
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
            let inside = &rest[start + 1..end];
            parts.push(match inside.split_once(':') {
                None => Part::Field(inside.to_owned()),
                Some((field, "label")) => Part::Label(field.to_owned()),
                Some((field, "type")) => Part::TypeName(field.to_owned()),
                Some((_, form)) => return Err(format!("`{form}` in display `{text}` is none of `label`, `type`")),
            });
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
            Part::Field(name) | Part::Label(name) | Part::TypeName(name) => Some(name.as_str()),
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
        let display = Display::parse("{action:label} {kind:type}").unwrap();
        assert_eq!(display.0[0], Part::Label("action".to_owned()));
        assert_eq!(display.0[2], Part::TypeName("kind".to_owned()));
        for wrong in ["{name", "{name:nope}"] {
            assert!(Display::parse(wrong).is_err(), "{wrong}");
        }
    }
}
