use std::fmt;

use indexmap::IndexMap;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use trueup_engine::Value;

/// `source` of a job file, for `connector: file`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileSourceDocument {
    /// A file or folder, relative to the job file's folder. A MiniJinja template that knows `vars`.
    pub path: String,
    /// How the texts in the files are encoded.
    #[serde(default)]
    pub encoding: Encoding,
}

/// How texts are stored in files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// With or without a byte order mark.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// ISO 8859-1: one byte a character.
    #[serde(rename = "latin-1")]
    Latin1,
}

/// What happens when something cannot become a record. `settings.on_bad_record` of a job file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnBadRecord {
    /// The load ends with an error that names it.
    #[default]
    Stop,
    /// It is left out and reported, and its absence never becomes a delete.
    Skip,
}

/// One entry of `mapping` in a job file: how the rows of some files become records of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MappingDocument {
    /// The kind of the records, one of the job's `kinds`.
    pub kind: String,
    /// Patterns of file names relative to `source.path`; `**` stands for any number of folders. May be left out when
    /// `source.path` is a file.
    #[serde(default, skip_serializing_if = "Patterns::is_empty")]
    pub from: Patterns,
    /// Expression that gives a list, evaluated for each of the file's own rows: its items are the rows instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<String>,
    /// Expression that gives a list, evaluated for each row: one record for each `item`. Nothing is no item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<String>,
    /// Expression; no record is made where it is false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// What a second record with the same identifiers means.
    #[serde(default)]
    pub duplicates: Duplicates,
    /// Field of the kind → what it is set to.
    pub fields: IndexMap<String, FieldExpression>,
}

/// What a second record with the same identifiers means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Duplicates {
    /// It is a bad record.
    #[default]
    Error,
    /// It is fine when every field is equal, and a bad record otherwise.
    Same,
    /// The first one wins; the others are counted.
    First,
}

/// One pattern or a list of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Patterns(pub Vec<String>);

impl Patterns {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What a field is set to: a MiniJinja expression, or `{value: …}`.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldExpression {
    Expression(String),
    Constant(Value),
}

impl<'de> Deserialize<'de> for Patterns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany;

        impl<'de> Visitor<'de> for OneOrMany {
            type Value = Patterns;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a file name pattern or a list of them")
            }

            fn visit_str<E: de::Error>(self, pattern: &str) -> Result<Patterns, E> {
                Ok(Patterns(vec![pattern.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Patterns, A::Error> {
                let mut patterns = Vec::new();
                while let Some(pattern) = seq.next_element()? {
                    patterns.push(pattern);
                }
                Ok(Patterns(patterns))
            }
        }

        deserializer.deserialize_any(OneOrMany)
    }
}

impl<'de> Deserialize<'de> for FieldExpression {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ExpressionOrConstant;

        impl<'de> Visitor<'de> for ExpressionOrConstant {
            type Value = FieldExpression;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an expression such as `row.name | trim`, or {value: …} for the same value in every record")
            }

            fn visit_str<E: de::Error>(self, expression: &str) -> Result<FieldExpression, E> {
                Ok(FieldExpression::Expression(expression.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FieldExpression, A::Error> {
                let mut value = None;
                while let Some(name) = map.next_key::<String>()? {
                    if name != "value" {
                        return Err(de::Error::unknown_field(&name, &["value"]));
                    }
                    value = Some(map.next_value::<Value>()?);
                }
                value.map(FieldExpression::Constant).ok_or_else(|| de::Error::missing_field("value"))
            }
        }

        deserializer.deserialize_any(ExpressionOrConstant)
    }
}

impl Serialize for FieldExpression {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            FieldExpression::Expression(expression) => serializer.serialize_str(expression),
            FieldExpression::Constant(value) => serializer.collect_map([("value", value)]),
        }
    }
}
