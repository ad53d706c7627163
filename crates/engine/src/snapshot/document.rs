use serde_json::{Map, Value as Json};

use super::{RecordRef, RowId, Snapshot, SnapshotError};
use crate::kind::KindName;
use crate::record::{Attributes, Identity, Key, Record, RecordFlags};
use crate::value::{JsonValueError, Value};

/// A document that cannot become a snapshot.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LoadDocumentError {
    #[error("{at}: {expected} was expected")]
    Shape { at: String, expected: &'static str },
    #[error("{at}: {source}")]
    Value { at: String, source: JsonValueError },
    #[error("{at}: {source}")]
    Record { at: String, source: Box<SnapshotError> },
}

const CHILDREN: &str = "children";
const KEY: &str = "key";
const ATTRIBUTES: &str = "attributes";
const FLAGS: &str = "flags";
const PARENT: &str = "parent";

/// Levels of records inside each other. What is deeper stands at the top of the document and names its parent, for
/// JSON readers bound the depth of what they read.
const DEEPEST: usize = 16;

impl Snapshot {
    /// The records as a nested document, `{kind: [{key, attributes, flags, children: {kind: […]}}]}`, children inside
    /// their parents; below sixteen levels they stand at the top with `parent: {kind: key}`. Values are in the tagged
    /// form, so that [`load_from`](Snapshot::load_from) restores the records exactly.
    pub fn dump(&self) -> Json {
        let mut kinds = Map::new();
        let mut deeper: Vec<RecordRef<'_>> = Vec::new();
        for (id, _) in self.schema.kinds() {
            let records = self.rows_of(id).map(|row| self.record(RowId(row)));
            for root in records.filter(|record| record.parent().is_none()) {
                list_of(&mut kinds, root).push(dump_branch(root, &mut deeper));
            }
        }
        let mut next = 0;
        while let Some(root) = deeper.get(next).copied() {
            let mut node = dump_branch(root, &mut deeper);
            let parent = root.parent().expect("what is deep in the tree has a parent");
            node[PARENT] = Json::Object(Map::from_iter([(parent.kind().name().to_string(), key_of(parent))]));
            list_of(&mut kinds, root).push(node);
            next += 1;
        }
        Json::Object(kinds)
    }

    /// Adds the records of a document that [`dump`](Snapshot::dump) made.
    ///
    /// # Errors
    /// Names the place in the document; records before it have been added.
    pub fn load_from(&mut self, document: &Json) -> Result<(), LoadDocumentError> {
        let mut pending: Vec<Node<'_>> = Vec::new();
        let mut links: Vec<(String, RowId, Identity)> = Vec::new();
        queue(&mut pending, None, "", document)?;
        while let Some(Node { parent, kind, at, json }) = pending.pop() {
            let (record, parent_named) = read_record(kind, &at, json)?;
            let error = |source| LoadDocumentError::Record { at: at.clone(), source: Box::new(source) };
            let row = self.add(&record).map_err(error)?;
            if let Some(parent) = parent {
                self.add_child(parent, row).map_err(error)?;
            }
            if let Some(children) = json.get(CHILDREN) {
                queue(&mut pending, Some(row), &format!("{at}/"), children)?;
            }
            links.extend(parent_named.map(|parent| (at, row, parent)));
        }
        for (at, row, parent) in links {
            let linked = self.row_of(&parent).and_then(|parent| self.add_child(parent, row));
            linked.map_err(|source| LoadDocumentError::Record { at, source: Box::new(source) })?;
        }
        Ok(())
    }
}

fn list_of<'k>(kinds: &'k mut Map<String, Json>, record: RecordRef<'_>) -> &'k mut Vec<Json> {
    let list = kinds.entry(record.kind().name().as_str()).or_insert_with(|| Json::Array(Vec::new()));
    list.as_array_mut().expect("only lists are entered")
}

fn key_of(record: RecordRef<'_>) -> Json {
    record.key().to_tagged_json()
}

/// Bottom-up without recursion. Children at the limit of depth go to `deeper` instead.
fn dump_branch<'s>(root: RecordRef<'s>, deeper: &mut Vec<RecordRef<'s>>) -> Json {
    struct Open<'s> {
        record: RecordRef<'s>,
        children: super::Children<'s>,
        done: Map<String, Json>,
    }
    let open = |record: RecordRef<'s>| Open { record, children: record.children(), done: Map::new() };
    let mut stack: Vec<Open<'s>> = Vec::new();
    let mut top = open(root);
    loop {
        if let Some(child) = top.children.next() {
            if stack.len() + 1 == DEEPEST {
                deeper.push(child);
            } else {
                stack.push(std::mem::replace(&mut top, open(child)));
            }
            continue;
        }
        let node = dump_record(top.record, top.done);
        let Some(mut parent) = stack.pop() else { return node };
        list_of(&mut parent.done, top.record).push(node);
        top = parent;
    }
}

fn dump_record(record: RecordRef<'_>, children: Map<String, Json>) -> Json {
    let attributes: Map<String, Json> =
        record.attributes().iter().map(|(name, value)| (name.clone(), value.to_tagged_json())).collect();
    let mut node = Map::new();
    node.insert(KEY.to_owned(), key_of(record));
    node.insert(ATTRIBUTES.to_owned(), Json::Object(attributes));
    let flags: Vec<&str> = record.own_flags().names().collect();
    if !flags.is_empty() {
        node.insert(FLAGS.to_owned(), Json::from(flags));
    }
    if !children.is_empty() {
        node.insert(CHILDREN.to_owned(), Json::Object(children));
    }
    Json::Object(node)
}

/// One record of a document that is still to be read.
struct Node<'d> {
    parent: Option<RowId>,
    kind: &'d str,
    /// Its place in the document.
    at: String,
    json: &'d Json,
}

fn shape(at: &str, expected: &'static str) -> LoadDocumentError {
    LoadDocumentError::Shape { at: at.to_owned(), expected }
}

fn queue<'d>(
    pending: &mut Vec<Node<'d>>,
    parent: Option<RowId>,
    at: &str,
    kinds: &'d Json,
) -> Result<(), LoadDocumentError> {
    let kinds = kinds.as_object().ok_or_else(|| shape(at, "an object of kinds"))?;
    for (kind, nodes) in kinds.iter().rev() {
        let nodes = nodes.as_array().ok_or_else(|| shape(&format!("{at}{kind}"), "a list of records"))?;
        for (index, json) in nodes.iter().enumerate().rev() {
            pending.push(Node { parent, kind, at: format!("{at}{kind}[{index}]"), json });
        }
    }
    Ok(())
}

/// The record, and the parent that it names itself.
fn read_record(kind: &str, at: &str, node: &Json) -> Result<(Record, Option<Identity>), LoadDocumentError> {
    let value = |json: &Json| {
        Value::from_tagged_json(json).map_err(|source| LoadDocumentError::Value { at: at.to_owned(), source })
    };
    let key = |json: Option<&Json>| {
        let key = json.and_then(Json::as_array).ok_or_else(|| shape(at, "a list under `key`"))?;
        key.iter().map(value).collect::<Result<Key, _>>()
    };
    let mut record = Record::new(kind, key(node.get(KEY))?);
    let object = |name: &str, expected| match node.get(name) {
        None => Ok(None),
        Some(json) => json.as_object().map(Some).ok_or_else(|| shape(at, expected)),
    };
    if let Some(attributes) = object(ATTRIBUTES, "an object under `attributes`")? {
        let entries = attributes.iter().map(|(name, json)| Ok((name.clone(), value(json)?)));
        record.attributes = entries.collect::<Result<Attributes, _>>()?;
    }
    for flag in node.get(FLAGS).and_then(Json::as_array).into_iter().flatten() {
        let flag = flag.as_str().and_then(RecordFlags::from_name);
        record.flags |= flag.ok_or_else(|| shape(at, "the name of a flag"))?;
    }
    let parent = match object(PARENT, "an object {kind: key} under `parent`")?.and_then(|parent| parent.iter().next()) {
        Some((kind, json)) => Some(Identity { kind: KindName::from(kind), key: key(Some(json))? }),
        None => None,
    };
    Ok((record, parent))
}
