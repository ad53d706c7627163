//! The shape of a change: which paths it has and what each of them does. Thousands of changes share one shape, so
//! paths are resolved once.

use std::sync::Arc;

use super::change::{Action, Change};
use super::error::WriteErrorCause as Cause;
use super::lookup::{LookupIndex, Lookups};
use crate::model::{CUSTOM_FIELDS, ContentType, FieldKind, Registry, ResolvedPath, Terminal, TypeIndex};

/// What the changes of one form have in common. Positions count the identifiers first, then the values.
#[derive(Debug)]
pub(crate) struct Shape {
    pub content_type: Arc<ContentType>,
    pub paths: Vec<Arc<str>>,
    /// How many of the paths are identifiers.
    pub identifiers: usize,
    /// What each position does; identifiers of an update or delete only find the record.
    pub slots: Vec<Slot>,
    pub references: Vec<Group>,
    /// How the record of an update or delete is found.
    pub target: Option<Group>,
    /// Columns that the change sets, besides references.
    pub assigned: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    /// Plain value of a column.
    Column(usize),
    /// The place of a field in two columns.
    Composite(usize),
    /// The place of a to-many field.
    Many(usize),
    /// The column that holds the custom fields.
    CustomFields(usize),
    /// The id of a new record.
    Id,
    /// Part of a reference, or of finding the record.
    Key,
}

/// The positions that together name one record.
#[derive(Debug)]
pub(crate) struct Group {
    /// The place of the reference or alias field; for a target, nothing.
    pub field: usize,
    pub sets: Sets,
    pub lookup: LookupIndex,
    pub positions: Vec<usize>,
}

/// Where the id that was found goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sets {
    Column(usize),
    /// A field without a column of its own; a rule takes the id from there.
    Alias,
    Target,
}

impl Shape {
    /// Everything that is wrong with the paths of the change, when something is.
    pub fn of(registry: &Registry, lookups: &mut Lookups, change: &Change) -> Result<Self, Vec<Cause>> {
        let content_type = registry.content_type(&change.content_type).map_err(|error| vec![error.into()])?.clone();
        if content_type.read_only {
            return Err(vec![Cause::ReadOnlyType { content_type: content_type.name().to_owned() }]);
        }
        let identifiers = change.identifiers.len();
        let paths: Vec<Arc<str>> =
            change.identifiers.iter().chain(&change.values).map(|(path, _)| path.clone()).collect();
        let finds = change.action != Action::Create;
        if finds && identifiers == 0 {
            return Err(vec![Cause::NoIdentifiers { action: change.action.word() }]);
        }
        let mut shape = Shape {
            slots: vec![Slot::Key; paths.len()],
            references: Vec::new(),
            target: None,
            assigned: Vec::new(),
            content_type,
            identifiers,
            paths,
        };
        let mut causes = Vec::new();
        if finds {
            match shape.find(registry, lookups) {
                Ok(group) => shape.target = Some(group),
                Err(cause) => causes.push(cause),
            }
        }
        let first = if finds { identifiers } else { 0 };
        if change.action != Action::Delete {
            causes.extend((first..shape.paths.len()).filter_map(|position| shape.add(registry, position).err()));
            if causes.is_empty() {
                causes.extend(shape.finish_groups(registry, lookups).err());
            }
        }
        if causes.is_empty() { Ok(shape) } else { Err(causes) }
    }

    /// The shape of records that a rule makes: no paths at all.
    pub fn empty(content_type: Arc<ContentType>) -> Self {
        Shape {
            content_type,
            paths: Vec::new(),
            identifiers: 0,
            slots: Vec::new(),
            references: Vec::new(),
            target: None,
            assigned: Vec::new(),
        }
    }

    /// Whether a change has this shape.
    pub fn fits(&self, change: &Change) -> bool {
        self.identifiers == change.identifiers.len()
            && self.paths.len() == change.identifiers.len() + change.values.len()
            && self
                .paths
                .iter()
                .zip(change.identifiers.iter().chain(&change.values))
                .all(|(mine, (path, _))| Arc::ptr_eq(mine, path) || mine == path)
    }

    fn find(&self, registry: &Registry, lookups: &mut Lookups) -> Result<Group, Cause> {
        let paths = &self.paths[..self.identifiers];
        for path in paths {
            let resolved = registry.path(&self.content_type, path)?;
            if matches!(resolved.terminal, Terminal::Many(_)) {
                let message = "a field of many records cannot identify a record";
                return Err(Cause::rule(path, message));
            }
        }
        let lookup = lookups.index(registry, self.content_type.index, paths.to_vec())?;
        Ok(Group { field: 0, sets: Sets::Target, lookup, positions: (0..self.identifiers).collect() })
    }

    fn add(&mut self, registry: &Registry, position: usize) -> Result<(), Cause> {
        let path = self.paths[position].clone();
        let resolved = registry.path(&self.content_type, &path)?;
        let field = self.first(&resolved);
        let content_type = self.content_type.clone();
        let computed = || Cause::Computed { field: path.to_string() };
        if path.contains("__") {
            return self.add_to_group(&content_type, &resolved, position);
        }
        if resolved.terminal == Terminal::Id {
            // Only a new record takes an id.
            if self.target.is_some() {
                return Err(computed());
            }
            self.slots[position] = Slot::Id;
            return Ok(());
        }
        let field_of = &content_type.fields[field];
        if field_of.computed {
            return Err(computed());
        }
        // The last one to name a field sets it.
        if let Some(earlier) = (0..position).find(|&earlier| self.paths[earlier] == path) {
            self.slots[earlier] = Slot::Key;
        }
        self.slots[position] = match &field_of.kind {
            FieldKind::Scalar(_) => {
                let column = field_of.column.expect("a scalar field is one column");
                self.assigned.push(column);
                if field_of.name() == CUSTOM_FIELDS { Slot::CustomFields(column) } else { Slot::Column(column) }
            }
            FieldKind::Composite(composite) => {
                self.assigned.extend([composite.columns.0, composite.columns.1]);
                Slot::Composite(field)
            }
            FieldKind::Many(many) if !many.link.writable => return Err(computed()),
            FieldKind::Many(_) => Slot::Many(field),
            FieldKind::Generic(_) | FieldKind::Reverse(_) | FieldKind::Made(_) => return Err(computed()),
            FieldKind::Reference(_) | FieldKind::Alias(_) => return Err(computed()),
        };
        Ok(())
    }

    /// A path behind a reference; or behind an alias, under either of its names.
    fn add_to_group(
        &mut self,
        content_type: &ContentType,
        resolved: &ResolvedPath,
        position: usize,
    ) -> Result<(), Cause> {
        let path = &resolved.path;
        let alias = content_type.fields.iter().position(|field| match &field.kind {
            FieldKind::Alias(alias) => {
                [alias.path.as_str(), field.name()].iter().any(|name| path.starts_with(&format!("{name}__")))
            }
            _ => false,
        });
        let field = alias.unwrap_or_else(|| self.first(resolved));
        if content_type.fields[field].computed {
            return Err(Cause::Computed { field: path.clone() });
        }
        let sets = match content_type.fields[field].column {
            Some(column) => Sets::Column(column),
            None => Sets::Alias,
        };
        match self.references.iter_mut().find(|group| group.field == field) {
            Some(group) => group.positions.push(position),
            None => {
                self.references.push(Group { field, sets, lookup: LookupIndex::UNSET, positions: vec![position] });
            }
        }
        Ok(())
    }

    fn finish_groups(&mut self, registry: &Registry, lookups: &mut Lookups) -> Result<(), Cause> {
        for group in &mut self.references {
            let field = &self.content_type.fields[group.field];
            let (to, alias) = match &field.kind {
                FieldKind::Reference(reference) => (reference.to, None),
                FieldKind::Alias(alias) => (alias.to, Some(alias.path.as_str())),
                _ => continue,
            };
            let rest = |path: &Arc<str>| -> Arc<str> {
                let by_alias = alias.and_then(|alias| path.strip_prefix(alias));
                let rest = by_alias.or_else(|| path.strip_prefix(field.name())).unwrap_or(path);
                rest.trim_start_matches("__").into()
            };
            let paths = group.positions.iter().map(|&position| rest(&self.paths[position])).collect();
            group.lookup = lookups.index(registry, to, paths)?;
        }
        Ok(())
    }

    fn first(&self, resolved: &ResolvedPath) -> usize {
        let name = resolved.path.split("__").next().unwrap_or_default();
        self.content_type.by_name.get(name).copied().unwrap_or_default()
    }

    /// Where a reference points.
    pub fn target_type(&self, group: &Group) -> TypeIndex {
        match &self.content_type.fields[group.field].kind {
            FieldKind::Reference(reference) => reference.to,
            FieldKind::Alias(alias) => alias.to,
            _ => self.content_type.index,
        }
    }
}
