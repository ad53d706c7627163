use std::fmt;
use std::str::FromStr;

use super::{Change, Move, Policy, Step, StepAction};
use crate::record::{Attributes, Identity};
use crate::snapshot::WithChildren;
use crate::value::{ENCODING_VERSION, Encoder, Value};

/// BLAKE3 hash of a plan's canonical bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

/// Version of the form that is fingerprinted.
const PLAN_VERSION: u8 = 1;

impl Fingerprint {
    pub(super) fn of(policy: &Policy, steps: &[Step]) -> Self {
        let mut hasher = blake3::Hasher::new();
        let mut bytes = vec![PLAN_VERSION, ENCODING_VERSION];
        text(&mut bytes, &serde_json::to_string(policy).expect("a policy is made of enums and kind names"));
        hasher.update(&bytes);
        for step in steps {
            bytes.clear();
            encode(step, &mut bytes);
            hasher.update(&bytes);
        }
        Self(*hasher.finalize().as_bytes())
    }
}

impl super::Plan {
    /// The canonical bytes of the steps, one after the other.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.steps().iter().for_each(|step| encode(step, &mut bytes));
        bytes
    }
}

fn encode(step: &Step, out: &mut Vec<u8>) {
    let Step { record, change, depends_on } = step;
    identity(out, Some(record));
    match change {
        Change::Create { after, parent } => {
            out.push(StepAction::Create as u8);
            attributes(out, after);
            identity(out, parent.as_ref());
        }
        Change::Update { before, after, moved } => {
            out.push(StepAction::Update as u8);
            attributes(out, before);
            attributes(out, after);
            if let Some(Move { from, to }) = moved {
                out.push(1);
                identity(out, from.as_ref());
                identity(out, to.as_ref());
            } else {
                out.push(0);
            }
        }
        Change::Delete { before, parent, children } => {
            out.push(StepAction::Delete as u8);
            attributes(out, before);
            identity(out, parent.as_ref());
            out.push(u8::from(*children == WithChildren::Remove));
        }
    }
    let dependencies = depends_on.iter().map(|step| Value::Int(step.0.into())).collect();
    Encoder::new(out).value(&Value::List(dependencies));
}

fn text(out: &mut Vec<u8>, text: &str) {
    Encoder::new(out).text(text);
}

fn identity(out: &mut Vec<u8>, identity: Option<&Identity>) {
    match identity {
        None => Encoder::new(out).null(),
        Some(Identity { kind, key }) => {
            text(out, kind.as_str());
            Encoder::new(out).value(&Value::List(key.values().to_vec()));
        }
    }
}

fn attributes(out: &mut Vec<u8>, attributes: &Attributes) {
    Encoder::new(out).int(attributes.len() as i64);
    for (name, value) in attributes {
        text(out, name);
        Encoder::new(out).value(value);
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The text is no fingerprint of 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a plan fingerprint of 64 hexadecimal digits")]
pub struct ParseFingerprintError(String);

impl FromStr for Fingerprint {
    type Err = ParseFingerprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hash = blake3::Hash::from_hex(text).map_err(|_| ParseFingerprintError(text.to_owned()))?;
        Ok(Self(*hash.as_bytes()))
    }
}
