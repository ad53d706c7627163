use serde_json::{Map, Value as Json};

use super::{RecordRef, RowId, Snapshot, SnapshotError};
use crate::record::{Attributes, Key, Record};
use crate::value::{JsonValueError, Value};

/// A document that cannot become a snapshot.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LoadDocumentError {
    #[error("{at}: {expected} was expected")]
    Shape { at: String, expected: &'static str },
    #[error("{at}: {source}")]
    Value { at: String, source: JsonValueError },
    #[error("{at}: {source}")]
    Record { at: String, source: SnapshotError },
}

const CHILDREN: &str = "children";
const KEY: &str = "key";
const ATTRIBUTES: &str = "attributes";

impl Snapshot {
    /// The records as a nested document, `{kind: [{key, attributes, children: {kind: […]}}]}`, children inside their
    /// parents. Values are in the tagged form, so that [`load_from`](Snapshot::load_from) restores them exactly.
    pub fn dump(&self) -> Json {
        let mut kinds = Map::new();
        for (id, kind) in self.schema.kinds() {
            let roots = self.rows_of(id).map(|row| self.record(RowId(row))).filter(|record| record.parent().is_none());
            let roots: Vec<Json> = roots.map(dump_branch).collect();
            if !roots.is_empty() {
                kinds.insert(kind.name().to_string(), Json::Array(roots));
            }
        }
        Json::Object(kinds)
    }

    /// Adds the records of a document that [`dump`](Snapshot::dump) made.
    ///
    /// # Errors
    /// Names the place in the document; records before it have been added.
    pub fn load_from(&mut self, document: &Json) -> Result<(), LoadDocumentError> {
        let mut pending: Vec<(Option<RowId>, String, &Json)> = Vec::new();
        queue(&mut pending, None, "", document)?;
        while let Some((parent, at, node)) = pending.pop() {
            let kind = at.rsplit_once('[').map_or(&*at, |(path, _)| path);
            let kind = kind.rsplit_once('/').map_or(kind, |(_, kind)| kind);
            let record = read_record(kind, &at, node)?;
            let error = |source| LoadDocumentError::Record { at: at.clone(), source };
            let row = self.add(&record).map_err(error)?;
            if let Some(parent) = parent {
                self.add_child(parent, row).map_err(error)?;
            }
            if let Some(children) = node.get(CHILDREN) {
                queue(&mut pending, Some(row), &format!("{at}/"), children)?;
            }
        }
        Ok(())
    }
}

fn queue<'d>(
    pending: &mut Vec<(Option<RowId>, String, &'d Json)>,
    parent: Option<RowId>,
    at: &str,
    kinds: &'d Json,
) -> Result<(), LoadDocumentError> {
    let shape = |at: &str, expected| LoadDocumentError::Shape { at: at.to_owned(), expected };
    let kinds = kinds.as_object().ok_or_else(|| shape(at, "an object of kinds"))?;
    for (kind, nodes) in kinds.iter().rev() {
        let nodes = nodes.as_array().ok_or_else(|| shape(&format!("{at}{kind}"), "a list of records"))?;
        for (index, node) in nodes.iter().enumerate().rev() {
            pending.push((parent, format!("{at}{kind}[{index}]"), node));
        }
    }
    Ok(())
}

fn read_record(kind: &str, at: &str, node: &Json) -> Result<Record, LoadDocumentError> {
    let value = |json| {
        Value::from_tagged_json(json).map_err(|source| LoadDocumentError::Value { at: at.to_owned(), source })
    };
    let key = node.get(KEY).and_then(Json::as_array);
    let key = key.ok_or_else(|| LoadDocumentError::Shape { at: at.to_owned(), expected: "a list under `key`" })?;
    let key = key.iter().map(value).collect::<Result<Key, _>>()?;
    let mut record = Record::new(kind, key);
    if let Some(attributes) = node.get(ATTRIBUTES).and_then(Json::as_object) {
        let entries = attributes.iter().map(|(name, json)| Ok((name.clone(), value(json)?)));
        record.attributes = entries.collect::<Result<Attributes, _>>()?;
    }
    Ok(record)
}

/// Bottom-up without recursion, so that a deep tree cannot overflow the stack.
fn dump_branch(root: RecordRef<'_>) -> Json {
    struct Open<'s> {
        record: RecordRef<'s>,
        children: super::Children<'s>,
        done: Map<String, Json>,
    }
    let open = |record: RecordRef<'_>| -> Json {
        let key: Vec<Json> = record.key().values().iter().map(Value::to_tagged_json).collect();
        let attributes: Map<String, Json> =
            record.attributes().iter().map(|(name, value)| (name.clone(), value.to_tagged_json())).collect();
        Json::Object(Map::from_iter([
            (KEY.to_owned(), Json::Array(key)),
            (ATTRIBUTES.to_owned(), Json::Object(attributes)),
        ]))
    };
    let mut stack = vec![Open { record: root, children: root.children(), done: Map::new() }];
    loop {
        let top = stack.last_mut().expect("the root is closed by returning");
        if let Some(child) = top.children.next() {
            stack.push(Open { record: child, children: child.children(), done: Map::new() });
            continue;
        }
        let Some(Open { record, done, .. }) = stack.pop() else { unreachable!("the stack holds the node just closed") };
        let mut node = open(record);
        if !done.is_empty() {
            node[CHILDREN] = Json::Object(done);
        }
        match stack.last_mut() {
            None => return node,
            Some(parent) => {
                let list = parent.done.entry(record.kind().name().to_string()).or_insert_with(|| Json::Array(Vec::new()));
                list.as_array_mut().expect("only lists are entered").push(node);
            }
        }
    }
}
