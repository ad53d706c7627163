//! One record by way of serde_json: complete, strict, and with positions in its errors.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use trueup_engine::Value;
use trueup_engine::snapshot::Draft;
use trueup_engine::value::Encoder;

/// What a record says besides its fields.
#[derive(Debug, Default)]
pub(super) struct Head<'l> {
    pub(super) kind: Cow<'l, str>,
    /// The text of `parent`; empty when the record stands at the top.
    pub(super) parent: &'l str,
}

/// Writes the fields of one record into a draft.
pub(super) struct RecordSeed<'d, 'l>(pub(super) &'d mut Draft<'l>);

const FORM: &str = "a record: {\"kind\": …, \"parent\": […], \"identifiers\": {…}, \"attributes\": {…}}";

impl<'l> DeserializeSeed<'l> for RecordSeed<'_, 'l> {
    type Value = Head<'l>;

    fn deserialize<D: Deserializer<'l>>(self, deserializer: D) -> Result<Head<'l>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'l> Visitor<'l> for RecordSeed<'_, 'l> {
    type Value = Head<'l>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(FORM)
    }

    fn visit_map<A: MapAccess<'l>>(self, mut map: A) -> Result<Head<'l>, A::Error> {
        let (mut kind, mut parent) = (None, None);
        let (mut identifiers, mut attributes) = (false, false);
        while let Some(Text(name)) = map.next_key_seed(TextSeed)? {
            let twice = match &*name {
                "kind" => kind.replace(map.next_value_seed(TextSeed)?).is_some(),
                "parent" => parent.replace(map.next_value::<&RawValue>()?.get()).is_some(),
                "identifiers" => {
                    map.next_value_seed(FieldsSeed { draft: self.0, part: Part::Identifiers })?;
                    std::mem::replace(&mut identifiers, true)
                }
                "attributes" => {
                    map.next_value_seed(FieldsSeed { draft: self.0, part: Part::Attributes })?;
                    std::mem::replace(&mut attributes, true)
                }
                other => return Err(A::Error::custom(format_args!("`{other}` is no part of {FORM}"))),
            };
            if twice {
                return Err(A::Error::custom(format_args!("`{name}` is given twice")));
            }
        }
        let Some(Text(kind)) = kind else { return Err(A::Error::missing_field("kind")) };
        if !identifiers {
            return Err(A::Error::missing_field("identifiers"));
        }
        let parent = parent.filter(|text| !is_no_parent(text)).unwrap_or("");
        Ok(Head { kind, parent })
    }
}

/// `[]`, with white space or without, and `null`.
pub(super) fn is_no_parent(parent: &str) -> bool {
    parent == "null"
        || parent.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).is_some_and(|rest| rest.trim().is_empty())
}

struct Text<'l>(Cow<'l, str>);

/// A text, borrowed from the line unless it holds escapes.
struct TextSeed;

impl<'l> DeserializeSeed<'l> for TextSeed {
    type Value = Text<'l>;

    fn deserialize<D: Deserializer<'l>>(self, deserializer: D) -> Result<Text<'l>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'l> Visitor<'l> for TextSeed {
    type Value = Text<'l>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'l str) -> Result<Text<'l>, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text<'l>, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }
}

/// Which fields of a draft are being read.
#[derive(Clone, Copy)]
enum Part {
    Identifiers,
    Attributes,
}

struct FieldsSeed<'d, 'l> {
    draft: &'d mut Draft<'l>,
    part: Part,
}

impl<'l> DeserializeSeed<'l> for FieldsSeed<'_, 'l> {
    type Value = ();

    fn deserialize<D: Deserializer<'l>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'l> Visitor<'l> for FieldsSeed<'_, 'l> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of fields")
    }

    fn visit_map<A: MapAccess<'l>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Text(name)) = map.next_key_seed(TextSeed)? {
            let mut read = Ok(());
            let write = |encoder: &mut Encoder<'_>| read = map.next_value_seed(ValueSeed(encoder));
            match self.part {
                Part::Identifiers => self.draft.identifier(name, write),
                Part::Attributes => self.draft.attribute(name, write),
            }
            read?;
        }
        Ok(())
    }
}

/// Writes one value in canonical form.
struct ValueSeed<'e, 'o>(&'e mut Encoder<'o>);

impl<'l> DeserializeSeed<'l> for ValueSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'l>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'l> Visitor<'l> for ValueSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.0.null();
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.0.bool(value);
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.0.int(value);
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        match i64::try_from(value) {
            Ok(value) => self.0.int(value),
            Err(_) => self.0.value(&Value::from_json(value.into())),
        }
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.0.value(&Value::from_json(value.into()));
        Ok(())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.0.text(value);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'l>>(self, seq: A) -> Result<(), A::Error> {
        let value = Value::deserialize(SeqAccessDeserializer::new(seq))?;
        self.0.value(&value);
        Ok(())
    }

    fn visit_map<A: MapAccess<'l>>(self, map: A) -> Result<(), A::Error> {
        let value = Value::deserialize(MapAccessDeserializer::new(map))?;
        self.0.value(&value);
        Ok(())
    }
}

/// Reads one record from the whole of `text`.
pub(super) fn parse<'l>(text: &'l str, draft: &mut Draft<'l>) -> Result<Head<'l>, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let head = RecordSeed(draft).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(head)
}
