use std::fmt::Write;

use super::{RecordRef, Snapshot};

/// Beyond this depth lines are no longer indented further; a deep chain would print mostly spaces.
pub(crate) const DEEPEST_INDENT: usize = 60;

impl Snapshot {
    /// The records of the top-level kinds as DiffSync's text form shows them: `kind: id: {attributes}`, and under it
    /// each list of children. A record stands once, below its parent if it has one.
    pub fn tree(&self) -> String {
        let mut out = String::new();
        for kind in self.schema.top_level() {
            let name = self.schema.kind(*kind).name();
            let records = self.rows_of(*kind).map(|row| self.record(super::RowId(row)));
            let mut records = records.filter(|record| record.parent().is_none()).peekable();
            out.push_str(name.as_str());
            if records.peek().is_none() {
                out.push_str(": []");
            }
            out.push('\n');
            records.for_each(|record| self.write_branch(&mut out, record));
        }
        out.truncate(out.trim_end().len());
        out
    }

    fn write_branch(&self, out: &mut String, root: RecordRef<'_>) {
        enum Line<'s> {
            Record(RecordRef<'s>, usize),
            List(&'s str, usize, bool),
        }
        let mut pending = vec![Line::Record(root, 1)];
        while let Some(line) = pending.pop() {
            match line {
                Line::List(field, depth, empty) => {
                    let tail = if empty { ": []" } else { "" };
                    writeln!(out, "{:indent$}{field}{tail}", "", indent = indent(depth)).expect("a String takes all");
                }
                Line::Record(record, depth) => {
                    let attributes: Vec<String> = record
                        .attributes()
                        .iter()
                        .map(|(name, value)| format!("'{name}': {}", quoted(value)))
                        .collect();
                    writeln!(
                        out,
                        "{:indent$}{}: {}: {{{}}}",
                        "",
                        record.kind().name(),
                        record.key(),
                        attributes.join(", "),
                        indent = indent(depth)
                    )
                    .expect("a String takes all");
                    for child in record.kind().children().iter().rev() {
                        let mut below: Vec<_> = record
                            .children()
                            .filter(|record| record.kind().name() == &child.kind)
                            .map(|record| Line::Record(record, depth + 2))
                            .collect();
                        let empty = below.is_empty();
                        below.reverse();
                        pending.extend(below);
                        pending.push(Line::List(&child.field, depth + 1, empty));
                    }
                }
            }
        }
    }
}

fn indent(depth: usize) -> usize {
    2 * depth.min(DEEPEST_INDENT)
}

fn quoted(value: &crate::Value) -> String {
    match value {
        crate::Value::Text(text) => format!("'{text}'"),
        other => other.to_string(),
    }
}
