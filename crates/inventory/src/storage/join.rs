//! Joins along paths: one alias per way, shared by all paths that go it.

use std::fmt::Write as _;

use crate::model::{FieldKind, Hop, Registry, ResolvedPath, Terminal, TypeIndex};

/// The tables that a set of paths from one type goes through. Alias `t0` is the type itself.
#[derive(Debug)]
pub(crate) struct Joins {
    root: TypeIndex,
    steps: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    parent: usize,
    hop: Hop,
    /// A row without it is of no interest, because a key names a value behind it.
    inner: bool,
}

impl Joins {
    pub fn new(root: TypeIndex) -> Self {
        Self { root, steps: Vec::new() }
    }

    /// Walks a path and gives the alias number of the table at its end.
    pub fn walk(&mut self, path: &ResolvedPath, inner: bool) -> usize {
        let mut alias = 0;
        for hop in &path.hops {
            let known = self.steps.iter().position(|step| step.parent == alias && step.hop == *hop);
            let place = known.unwrap_or_else(|| {
                self.steps.push(Step { parent: alias, hop: *hop, inner: false });
                self.steps.len() - 1
            });
            self.steps[place].inner |= inner;
            alias = place + 1;
        }
        alias
    }

    /// The column expressions of a path that ends at `alias`.
    pub fn expressions(registry: &Registry, path: &ResolvedPath, alias: usize) -> Vec<String> {
        let columns = &registry.get(path.owner).columns;
        let name = |column: usize| format!("t{alias}.\"{}\"", columns[column].name);
        match path.terminal {
            Terminal::Id => vec![format!("t{alias}.\"id\"")],
            Terminal::Column(column) => vec![name(column)],
            Terminal::Composite(_, (address, length)) => vec![name(address), name(length)],
            Terminal::Many(_) => Vec::new(),
        }
    }

    /// The expressions to sort by for a path that ends at `alias`: as people count, where the field says so.
    pub fn sort_expressions(registry: &Registry, path: &ResolvedPath, alias: usize) -> Vec<String> {
        let owner = registry.get(path.owner);
        if let Terminal::Column(column) = path.terminal
            && let FieldKind::Scalar(scalar) = &owner.fields[owner.columns[column].field].kind
            && let Some(natural) = scalar.natural
        {
            return vec![format!("t{alias}.\"{}\"", owner.columns[natural].name)];
        }
        Self::expressions(registry, path, alias)
    }

    /// `FROM` for reading: every reference that may be null is an outer join.
    pub fn sql_for_reading(&self, registry: &Registry) -> String {
        let mut sql = format!("\"{}\" t0", registry.get(self.root).table);
        for place in 0..self.steps.len() {
            let join = if self.outer(place) { "LEFT JOIN" } else { "JOIN" };
            let _ = write!(sql, " {join} {}", self.on(registry, place));
        }
        sql
    }

    fn outer(&self, place: usize) -> bool {
        let step = &self.steps[place];
        step.hop.nullable || (step.parent > 0 && self.outer(step.parent - 1))
    }

    fn on(&self, registry: &Registry, place: usize) -> String {
        let step = &self.steps[place];
        let alias = place + 1;
        let table = &registry.get(step.hop.to).table;
        format!("\"{table}\" t{alias} ON {}", self.condition(registry, place))
    }

    fn condition(&self, registry: &Registry, place: usize) -> String {
        let step = &self.steps[place];
        let owner = registry.get(step.hop.from);
        let column = owner.fields[step.hop.field].column.expect("a reference is one column");
        format!("t{}.\"id\" = t{}.\"{}\"", place + 1, step.parent, owner.columns[column].name)
    }

    /// `FROM` for finding records by a list of keys `k`: the tables behind the references come first, so that each is
    /// found by its own index, and the order is forced. Gives the tables and the conditions that tie them.
    pub fn sql_for_finding(&self, registry: &Registry) -> (String, Vec<String>) {
        let mut sql = String::from("k");
        let mut conditions = Vec::new();
        for (place, step) in self.steps.iter().enumerate().rev() {
            if step.inner {
                let _ = write!(sql, " CROSS JOIN \"{}\" t{}", registry.get(step.hop.to).table, place + 1);
                conditions.push(self.condition(registry, place));
            }
        }
        let _ = write!(sql, " CROSS JOIN \"{}\" t0", registry.get(self.root).table);
        for (place, step) in self.steps.iter().enumerate() {
            if !step.inner {
                let _ = write!(sql, " LEFT JOIN {}", self.on(registry, place));
            }
        }
        (sql, conditions)
    }
}
