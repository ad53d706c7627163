use std::fmt;

use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use trueup_engine::kind::{Permissions, Permit};
use trueup_engine::plan::StepAction;

/// What a job may do with records of a kind: `allow: [create, update]`, or one of the words `match-only` and `nothing`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AllowDocument(Permissions);

impl AllowDocument {
    pub(crate) fn permissions(self) -> Permissions {
        self.0
    }

    pub(super) fn is_all(&self) -> bool {
        self.0 == Permissions::ALL
    }
}

impl Serialize for AllowDocument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Permissions { create, update, delete } = self.0;
        let all = [(create, StepAction::Create), (update, StepAction::Update), (delete, StepAction::Delete)];
        serializer.collect_seq(all.iter().filter(|(permit, _)| *permit == Permit::Allow).map(|(_, action)| action))
    }
}

impl<'de> Deserialize<'de> for AllowDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordOrActions;

        impl<'de> Visitor<'de> for WordOrActions {
            type Value = AllowDocument;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of create, update and delete, or one of the words match-only and nothing")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<AllowDocument, E> {
                match word {
                    "match-only" => Ok(AllowDocument(Permissions::MATCH_ONLY)),
                    "nothing" => Ok(AllowDocument(Permissions::NOTHING)),
                    other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut actions: A) -> Result<AllowDocument, A::Error> {
                let mut permissions = Permissions::NOTHING;
                while let Some(action) = actions.next_element()? {
                    match action {
                        StepAction::Create => permissions.create = Permit::Allow,
                        StepAction::Update => permissions.update = Permit::Allow,
                        StepAction::Delete => permissions.delete = Permit::Allow,
                    }
                }
                Ok(AllowDocument(permissions))
            }
        }

        deserializer.deserialize_any(WordOrActions)
    }
}
