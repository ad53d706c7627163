use std::borrow::Cow;

use trueup_engine::kind::KindId;
use trueup_engine::record::RecordFlags;
use trueup_engine::snapshot::{Draft, RowDraft, RowId, SnapshotError};
use trueup_engine::{Identity, Key, KindName, Snapshot, Value};

use super::parse::{Head, parse};
use super::scan::{Pattern, scan};
use crate::Cause;
use crate::file::without_position;

/// Adds records one after the other, and remembers what the next one is likely to need again.
#[derive(Default)]
pub(super) struct Feed {
    draft: Draft<'static>,
    row: RowDraft,
    kinds: Vec<KnownKind>,
    /// Of the record before; the next one is most likely of the same kind.
    last_kind: usize,
    last_parent: String,
    last_parent_row: Option<RowId>,
}

struct KnownKind {
    name: String,
    id: KindId,
    /// How many fields the pattern knows of; a kind may learn more.
    fields: usize,
    pattern: Option<Pattern>,
}

/// Why a record was not added, and where in its text when that is known.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) cause: Cause,
    pub(super) column: Option<u64>,
    pub(super) kind: Option<KindName>,
}

impl Refusal {
    fn of(kind: &str, cause: Cause) -> Self {
        Self { cause, column: None, kind: Some(KindName::from(kind)) }
    }
}

impl Feed {
    /// Adds the record that fills `text`.
    pub(super) fn add(&mut self, text: &str, snapshot: &mut Snapshot) -> Result<RowId, Refusal> {
        if let Some(row) = self.add_expected(text, snapshot)? {
            return Ok(row);
        }
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
        added.map_err(|cause| Refusal::of(&head.kind, cause))
    }

    /// Adds a record that is written like those before it; `None` when it is not.
    #[inline]
    fn add_expected(&mut self, text: &str, snapshot: &mut Snapshot) -> Result<Option<RowId>, Refusal> {
        let last = self.last_kind;
        let others = (0..self.kinds.len()).filter(|kind| *kind != last);
        for number in (last..self.kinds.len().min(last + 1)).chain(others) {
            let Some(pattern) = &self.kinds[number].pattern else { continue };
            self.row.clear();
            let Some(parent) = pattern.scan(text, &self.last_parent, &mut self.row) else { continue };
            self.last_kind = number;
            let refuse = |feed: &Self, cause| Refusal::of(&feed.kinds[number].name, cause);
            let parent = self.parent(parent, snapshot).map_err(|cause| refuse(self, cause))?;
            let added = snapshot.add_row(self.kinds[number].id, &self.row, parent);
            return added.map_err(|error| refuse(self, error.into()));
        }
        Ok(None)
    }

    #[inline]
    fn parent(&mut self, path: &str, snapshot: &Snapshot) -> Result<Option<RowId>, Cause> {
        match path {
            "" => Ok(None),
            same if same == self.last_parent => Ok(self.last_parent_row),
            other => {
                let row = find_parent(other, snapshot)?;
                self.last_parent.clear();
                self.last_parent.push_str(other);
                self.last_parent_row = Some(row);
                Ok(self.last_parent_row)
            }
        }
    }

    fn add_draft(&mut self, head: &Head<'_>, draft: &Draft<'_>, snapshot: &mut Snapshot) -> Result<RowId, Cause> {
        let number = self.kind(&head.kind, snapshot)?;
        let parent = self.parent(head.parent, snapshot)?;
        let known = &mut self.kinds[number];
        let row = snapshot.add_draft(known.id, draft, parent, RecordFlags::NONE)?;
        let kind = snapshot.schema().kind(known.id);
        let fields = kind.identifiers().len() + kind.attributes().len();
        if fields != known.fields {
            known.fields = fields;
            known.pattern = snapshot.layout(known.id).map(|layout| Pattern::new(&known.name, &layout));
        }
        Ok(row)
    }

    fn kind(&mut self, name: &str, snapshot: &mut Snapshot) -> Result<usize, SnapshotError> {
        if let Some(number) = self.kinds.iter().position(|known| known.name == name) {
            return Ok(number);
        }
        let id = snapshot.kind_named(name)?;
        self.kinds.push(KnownKind { name: name.to_owned(), id, fields: 0, pattern: None });
        Ok(self.kinds.len() - 1)
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
    const LINES: [&str; 5] = [
        r#"{"kind":"a","parent":[],"identifiers":{"id":"r"},"attributes":{"x":-7}}"#,
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
