use std::borrow::Cow;

use trueup_engine::kind::KindId;
use trueup_engine::record::RecordFlags;
use trueup_engine::snapshot::{Draft, RowId, SnapshotError};
use trueup_engine::{Identity, Key, KindName, Snapshot, Value};

use super::parse::{Head, parse};
use super::scan::scan;
use crate::Cause;
use crate::file::without_position;

/// Adds records one after the other, and remembers what the next one is likely to need again.
#[derive(Default)]
pub(super) struct Feed {
    draft: Draft<'static>,
    kinds: Vec<(String, KindId)>,
    last_parent: String,
    last_parent_row: Option<RowId>,
}

/// Why a record was not added, and where in its text when that is known.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) cause: Cause,
    pub(super) column: Option<u64>,
    pub(super) kind: Option<KindName>,
}

impl Refusal {
    fn whole(cause: Cause) -> Self {
        Self { cause, column: None, kind: None }
    }
}

impl Feed {
    /// Adds the record that fills `text`.
    pub(super) fn add(&mut self, text: &str, snapshot: &mut Snapshot) -> Result<RowId, Refusal> {
        let mut draft = std::mem::take(&mut self.draft).reset();
        let head = match scan(text, &self.last_parent, &mut draft) {
            Some(head) => head,
            None => {
                draft = draft.reset();
                parse(text, &mut draft).map_err(|error| syntax(&error))?
            }
        };
        let added = self.add_draft(&head, &draft, snapshot);
        self.draft = draft.reset();
        added.map_err(|cause| Refusal { kind: Some(KindName::from(&*head.kind)), ..Refusal::whole(cause) })
    }

    fn add_draft(&mut self, head: &Head<'_>, draft: &Draft<'_>, snapshot: &mut Snapshot) -> Result<RowId, Cause> {
        let kind = self.kind(&head.kind, snapshot)?;
        let parent = match head.parent {
            "" => None,
            same if same == self.last_parent => self.last_parent_row,
            other => {
                let row = find_parent(other, snapshot)?;
                self.last_parent.clear();
                self.last_parent.push_str(other);
                self.last_parent_row = Some(row);
                self.last_parent_row
            }
        };
        Ok(snapshot.add_draft(kind, draft, parent, RecordFlags::NONE)?)
    }

    #[inline]
    fn kind(&mut self, name: &str, snapshot: &mut Snapshot) -> Result<KindId, SnapshotError> {
        if let Some((_, kind)) = self.kinds.iter().find(|(known, _)| known == name) {
            return Ok(*kind);
        }
        let kind = snapshot.kind_named(name)?;
        self.kinds.push((name.to_owned(), kind));
        Ok(kind)
    }
}

/// The row of the last record of a parent path.
fn find_parent(path: &str, snapshot: &Snapshot) -> Result<RowId, Cause> {
    let path: Vec<(Cow<'_, str>, Vec<Value>)> = serde_json::from_str(path).map_err(|error| {
        Cause::Syntax(format!("`parent` is no list of [kind, [identifier values]]: {}", without_position(&error)))
    })?;
    let Some((kind, values)) = path.into_iter().next_back() else {
        return Err(Cause::Syntax("`parent` names no record".to_owned()));
    };
    if snapshot.schema().id(&kind).is_none() {
        return Err(Cause::NoParentKind(kind.into_owned()));
    }
    let identity = Identity::new(&*kind, values.into_iter().collect::<Key>());
    snapshot.row_of(&identity).map_err(|error| match error {
        SnapshotError::NotFound(identity) => Cause::NoParent(identity),
        other => other.into(),
    })
}

fn syntax(error: &serde_json::Error) -> Refusal {
    let column = (error.column() > 0).then_some(error.column() as u64);
    Refusal { cause: Cause::Syntax(without_position(error)), column, kind: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = r#"{"kind":"a","parent":[],"identifiers":{"id":"p"},"attributes":{"x":1}}"#;
    const LINES: [&str; 4] = [
        r#"{"kind":"b","parent":[["a",["p"]]],"identifiers":{"id":"q","n":-12},"attributes":{"x":true,"y":null,"z":"t"}}"#,
        r#"{ "kind" : "b" , "parent" : [ [ "a" , [ "p" ] ] ] , "identifiers" : { "id" : 7 } }"#,
        r#"{"identifiers":{"id":"Zürich \u00fc"},"kind":"c","attributes":{"f":1.5,"l":[1,{"m":2}],"e":""}}"#,
        r#"{"kind":"a","parent":null,"identifiers":{"id":123456789012345678},"attributes":{}}"#,
    ];
    const SPLICES: &[u8] = b"\"\\{}[],:0-9.eE+ntf \x00\x1f\x7f/*'";

    fn by_parse(feed: &mut Feed, text: &str, snapshot: &mut Snapshot) -> bool {
        let mut draft = Draft::new();
        parse(text, &mut draft).is_ok_and(|head| feed.add_draft(&head, &draft, snapshot).is_ok())
    }

    /// What the scanner accepts, the parser accepts too, and makes the same record of it.
    #[test]
    fn scanner_and_parser_agree_on_damaged_lines() {
        let mut seed = 1u64;
        let mut random = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % below
        };
        let mut accepted = 0;
        for round in 0..60_000 {
            let mut bytes = LINES[round % LINES.len()].as_bytes().to_vec();
            for _ in 0..random(4) {
                let (at, middle) = (random(bytes.len()), bytes.len() / 2);
                match random(4) {
                    0 => drop(bytes.remove(at)),
                    1 => bytes.insert(at, SPLICES[random(SPLICES.len())]),
                    2 => bytes[at] = SPLICES[random(SPLICES.len())],
                    _ => bytes.swap(at, middle),
                }
            }
            let Ok(text) = std::str::from_utf8(&bytes) else { continue };
            let (mut feed, mut scanned) = (Feed::default(), Snapshot::inferring("scanned"));
            feed.add(FIRST, &mut scanned).unwrap();
            let taken = feed.add(text, &mut scanned).is_ok();
            let (mut feed, mut parsed) = (Feed::default(), Snapshot::inferring("parsed"));
            feed.add(FIRST, &mut parsed).unwrap();
            assert_eq!(taken, by_parse(&mut feed, text, &mut parsed), "{text}");
            assert_eq!(scanned.dump(), parsed.dump(), "{text}");
            accepted += usize::from(taken);
        }
        assert!(accepted > 10_000, "the damage is too great to tell anything: {accepted}");
    }
}
