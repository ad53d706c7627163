use std::fmt::{self, Write};

use super::element::{Element, ElementRef, Elements};
use super::order::groups;
use super::{Action, Diff};

/// Beyond this depth lines are not indented further and say their depth instead.
const DEEPEST_INDENT: usize = 40;

impl Diff<'_> {
    /// DiffSync's text form: all that differs, whatever an order hook says; `(no diffs)` when nothing does.
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.write_text(&mut out).expect("a String takes all");
        out
    }

    /// Writes the text form line by line.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_text(&self, out: &mut dyn Write) -> fmt::Result {
        enum Work<'d, 's> {
            Group(&'d str, usize),
            Element(ElementRef<'d, 's>),
        }
        fn queue<'d, 's>(pending: &mut Vec<Work<'d, 's>>, elements: Elements<'d, 's>) {
            for group in groups(elements).into_iter().rev() {
                let differing: Vec<_> = group.elements.into_iter().filter(|element| element.differs()).collect();
                let Some(first) = differing.first() else { continue };
                let depth = first.depth();
                pending.extend(differing.into_iter().rev().map(Work::Element));
                pending.push(Work::Group(group.kind.as_str(), depth));
            }
        }
        if !self.elements.iter().any(|element: &Element| element.differs) {
            return out.write_str("(no diffs)");
        }
        let mut pending = Vec::new();
        queue(&mut pending, Elements::roots(self, &self.elements));
        let mut first = true;
        while let Some(work) = pending.pop() {
            if !std::mem::take(&mut first) {
                out.write_char('\n')?;
            }
            match work {
                Work::Group(kind, depth) => {
                    indent(out, depth, 0)?;
                    out.write_str(kind)?;
                }
                Work::Element(element) => {
                    self.write_element(out, element)?;
                    queue(&mut pending, element.children());
                }
            }
        }
        Ok(())
    }

    fn write_element(&self, out: &mut dyn Write, element: ElementRef<'_, '_>) -> fmt::Result {
        let (source, target) = (self.source().name(), self.target().name());
        indent(out, element.depth(), 2)?;
        write!(out, "{}: {}", element.kind(), element.shortname())?;
        match element.action() {
            Action::Create => write!(out, " MISSING in {target}"),
            Action::Delete => write!(out, " MISSING in {source}"),
            Action::Update | Action::NoChange => {
                for change in element.changes() {
                    out.write_char('\n')?;
                    indent(out, element.depth(), 4)?;
                    write!(out, "{}    {source}({})    {target}({})", change.name, change.after, change.before)?;
                }
                if element.is_moved() {
                    let parent = |record: Option<crate::snapshot::RecordRef<'_>>| {
                        let parent = record.and_then(|record| record.parent());
                        parent.map_or_else(|| "top".to_owned(), |parent| parent.identity().to_string())
                    };
                    out.write_char('\n')?;
                    indent(out, element.depth(), 4)?;
                    let (below, was) = (parent(element.source()), parent(element.target()));
                    write!(out, "(moved)    {source}({below})    {target}({was})")?;
                }
                Ok(())
            }
        }
    }
}

fn indent(out: &mut dyn Write, depth: usize, extra: usize) -> fmt::Result {
    write!(out, "{:width$}", "", width = 4 * depth.min(DEEPEST_INDENT) + extra)?;
    if depth > DEEPEST_INDENT { write!(out, "({depth}) ") } else { Ok(()) }
}
