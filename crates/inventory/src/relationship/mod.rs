//! Relationships that users define between two types: what a definition says, and the ways that it opens.
//!
//! A definition is a record of [`DEFINITION`], what it joins are records of [`ASSOCIATION`]. Their rules are in
//! `rules`, what they lead to is read by `query`; both start from here.

mod load;

use indexmap::IndexMap;
use serde_json::Value as Json;

use crate::model::{Registry, TypeIndex};
use crate::storage::RecordId;

pub(crate) use load::{Which, load};

pub(crate) const DEFINITION: &str = "extras.relationship";
/// The content type of the pairs that relationships join.
pub const ASSOCIATION: &str = "extras.relationshipassociation";

/// One side of a relationship, as seen from the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    Source,
    Destination,
    /// Either: the relationship is symmetric.
    Peer,
}

impl Side {
    pub const ALL: [Side; 3] = [Side::Source, Side::Destination, Side::Peer];

    /// As the API writes it.
    pub fn word(self) -> &'static str {
        match self {
            Side::Source => "source",
            Side::Destination => "destination",
            Side::Peer => "peer",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|side| side.word() == word)
    }

    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Side::Source => Side::Destination,
            Side::Destination => Side::Source,
            Side::Peer => Side::Peer,
        }
    }
}

/// How many records may be joined to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelationshipKind {
    OneToOne,
    SymmetricOneToOne,
    OneToMany,
    ManyToMany,
    SymmetricManyToMany,
}

impl RelationshipKind {
    const ALL: [RelationshipKind; 5] =
        [Self::OneToOne, Self::SymmetricOneToOne, Self::OneToMany, Self::ManyToMany, Self::SymmetricManyToMany];

    /// As it is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::OneToOne => "one-to-one",
            Self::SymmetricOneToOne => "symmetric-one-to-one",
            Self::OneToMany => "one-to-many",
            Self::ManyToMany => "many-to-many",
            Self::SymmetricManyToMany => "symmetric-many-to-many",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    pub fn is_symmetric(self) -> bool {
        matches!(self, Self::SymmetricOneToOne | Self::SymmetricManyToMany)
    }

    /// Whether a record may have several records on that side.
    pub fn has_many(self, side: Side) -> bool {
        match self {
            Self::OneToOne | Self::SymmetricOneToOne => false,
            Self::OneToMany => side == Side::Destination,
            Self::ManyToMany | Self::SymmetricManyToMany => true,
        }
    }
}

/// Filters of a list by name, each with its values.
pub type Filters = IndexMap<String, Vec<String>>;

/// What a definition says of one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    pub content_type: TypeIndex,
    /// What records on this side call those of the other; empty for the name of their type.
    pub label: String,
    pub hidden: bool,
    /// The records that may stand on this side; every one when empty.
    pub filter: Filters,
}

/// The definition of a relationship whose types both exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relationship {
    pub id: RecordId,
    pub key: String,
    pub label: String,
    pub kind: RelationshipKind,
    pub source: End,
    pub destination: End,
    /// The side whose records must have something on the other.
    pub required_on: Option<Side>,
}

/// A way through a relationship, from records on one side to those on the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Association {
    pub relationship: RecordId,
    /// The type that it leads to.
    pub to: TypeIndex,
    /// The side that it leads to.
    pub toward: Side,
}

impl Relationship {
    /// What the definition says of a side.
    pub fn end(&self, side: Side) -> &End {
        match side {
            Side::Source | Side::Peer => &self.source,
            Side::Destination => &self.destination,
        }
    }

    /// The way to a side.
    pub fn toward(&self, toward: Side) -> Association {
        Association { relationship: self.id, to: self.end(toward).content_type, toward }
    }

    /// The ways that records of a type may go: none, one, or both when the type stands on both sides.
    pub fn ways_from(&self, content_type: TypeIndex) -> Vec<Association> {
        let sides: &[Side] = if self.kind.is_symmetric() { &[Side::Peer] } else { &[Side::Destination, Side::Source] };
        let starts_here = |toward: &&Side| self.end(toward.opposite()).content_type == content_type;
        sides.iter().filter(starts_here).map(|toward| self.toward(*toward)).collect()
    }

    /// What records call those on that side.
    pub fn label_toward(&self, registry: &Registry, toward: Side) -> String {
        let label = &self.end(toward.opposite()).label;
        if !label.is_empty() {
            return label.clone();
        }
        let to = registry.get(self.end(toward).content_type);
        let name = if self.kind.has_many(toward) { to.verbose_name_plural() } else { to.verbose_name() };
        name.to_owned()
    }

    /// The way on which a record of a type has to have something.
    pub fn required_from(&self, content_type: TypeIndex) -> Option<Association> {
        let toward = self.required_on?.opposite();
        self.ways_from(content_type).into_iter().find(|way| way.toward == toward)
    }
}

/// The filters that an object of JSON holds: texts, numbers, truth values, or lists of these.
///
/// # Errors
/// It is no such object; the text says what it should be.
pub(crate) fn filters(json: &Json) -> Result<Filters, String> {
    let wanted = || "it is an object of filters, such as {\"location\": [\"AMS\"]}".to_owned();
    let object = match json {
        Json::Null => return Ok(Filters::new()),
        Json::Object(object) => object,
        _ => return Err(wanted()),
    };
    let plain = |value: &Json| match value {
        Json::String(text) => Ok(text.clone()),
        Json::Number(_) | Json::Bool(_) => Ok(value.to_string()),
        Json::Null => Ok("null".to_owned()),
        Json::Array(_) | Json::Object(_) => Err(wanted()),
    };
    let pair = |(name, value): (&String, &Json)| {
        let values = match value {
            Json::Array(values) => values.iter().map(plain).collect::<Result<_, _>>()?,
            one => vec![plain(one)?],
        };
        Ok((name.clone(), values))
    };
    object.iter().map(pair).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn filters_are_names_with_values() {
        let found = filters(&json!({"name": "a", "vid": [1, "2"], "has_rack": true, "tenant": null})).unwrap();
        let found: Vec<String> = found.iter().map(|(name, values)| format!("{name}={}", values.join("|"))).collect();
        assert_eq!(found, ["name=a", "vid=1|2", "has_rack=true", "tenant=null"]);
        assert_eq!(filters(&json!(null)), Ok(Filters::new()));
        for wrong in [json!([]), json!("name=a"), json!({"name": {"a": 1}}), json!({"name": [["a"]]})] {
            filters(&wrong).unwrap_err();
        }
    }

    #[test]
    fn sides_and_kinds_have_one_word_each() {
        for side in Side::ALL {
            assert_eq!(Side::parse(side.word()), Some(side));
            assert_eq!(side.opposite().opposite(), side);
        }
        for kind in RelationshipKind::ALL {
            assert_eq!(RelationshipKind::parse(kind.word()), Some(kind));
        }
    }
}
