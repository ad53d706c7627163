//! Ways from one type to another: references, to-many fields, and both of them backwards.
//!
//! A condition on records at the far end becomes a condition on the near ones by sets of ids, one within the other.
//! None of the sets looks at a row outside of it, so that the database makes each one once.

use super::fragment::Fragment;
use crate::model::{ContentType, FieldKind, ManyTarget, Registry, ReverseShows, TypeIndex};
use crate::query::associated::associated;
use crate::relationship::Association;

/// One step of a way.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// The table that the step starts from.
    from: String,
    kind: StepKind,
}

#[derive(Debug, Clone)]
enum StepKind {
    /// A reference in a column of the table itself.
    Reference { column: String },
    /// A row of another table that names both sides.
    Link { table: String, near: String, far: String },
    /// A reference in a column of the far table.
    Reverse { table: String, column: String },
    /// A relationship that a user defined: the set of its pairs, with the columns `near` and `far`.
    Associated { pairs: Fragment },
}

/// What a way leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Records(TypeIndex),
    ContentTypes,
}

/// Whether a filter takes everything below the records that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    Node,
    Tree,
}

/// What several values of one filter mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Values {
    Any,
    All,
}

/// A way with what filters by it do.
#[derive(Debug, Clone)]
pub(super) struct Way {
    pub steps: Vec<Step>,
    pub target: Target,
    pub depth: Depth,
    pub values: Values,
}

/// What stands at the end of a path.
#[derive(Debug)]
pub(super) enum End {
    Way(Way),
    /// A plain field of the type that the way leads to; without steps, of the type itself.
    Field {
        way: Way,
        owner: TypeIndex,
        field: usize,
    },
    /// The id of what the way leads to.
    Id(Way),
}

impl Way {
    fn nowhere(content_type: TypeIndex) -> Self {
        Self { steps: Vec::new(), target: Target::Records(content_type), depth: Depth::Node, values: Values::Any }
    }

    /// Records for which the way ends in `set`: `(?, ?)` or `(SELECT ...)`. `row` is what stands before the columns of
    /// the first table, such as `t0.`.
    pub fn leads_to(&self, row: &str, set: Fragment) -> Fragment {
        self.fold(row, |step, row| step.leads_to(row, set))
    }

    /// Records for which the way leads to anything.
    pub fn leads_somewhere(&self, row: &str) -> Fragment {
        self.fold(row, Step::leads_somewhere)
    }

    /// Records for which the way leads to a record that meets a condition on the columns of its table.
    pub fn leads_where(&self, registry: &Registry, row: &str, condition: Fragment) -> Fragment {
        match self.target {
            Target::Records(to) if !self.steps.is_empty() => {
                self.leads_to(row, ids_where(&registry.get(to).table, condition))
            }
            _ => condition,
        }
    }

    fn fold(&self, row: &str, last: impl FnOnce(&Step, &str) -> Fragment) -> Fragment {
        let Some((end, before)) = self.steps.split_last() else { return Fragment::always() };
        let mut condition = last(end, if before.is_empty() { row } else { "" });
        let mut behind = end;
        for (place, step) in before.iter().enumerate().rev() {
            let set = ids_where(&behind.from, condition);
            condition = step.leads_to(if place == 0 { row } else { "" }, set);
            behind = step;
        }
        condition
    }
}

impl Step {
    fn leads_to(&self, row: &str, set: Fragment) -> Fragment {
        match &self.kind {
            StepKind::Reference { column } => set.within(&format!("{row}\"{column}\" IN "), ""),
            StepKind::Link { table, near, far } => set.within(
                &format!("{row}\"id\" IN (SELECT \"{near}\" FROM \"{table}\" WHERE \"{far}\" IN "),
                &format!(" AND \"{near}\" IS NOT NULL)"),
            ),
            StepKind::Reverse { table, column } => set.within(
                &format!("{row}\"id\" IN (SELECT \"{column}\" FROM \"{table}\" WHERE \"id\" IN "),
                &format!(" AND \"{column}\" IS NOT NULL)"),
            ),
            StepKind::Associated { pairs } => {
                let head = format!("{row}\"id\" IN (SELECT pair.near FROM ");
                pairs.clone().within(&head, " pair WHERE pair.far IN ").then("", set).within("", ")")
            }
        }
    }

    fn leads_somewhere(&self, row: &str) -> Fragment {
        Fragment::new(match &self.kind {
            StepKind::Associated { pairs } => {
                return pairs.clone().within(&format!("{row}\"id\" IN (SELECT pair.near FROM "), " pair)");
            }
            StepKind::Reference { column } => format!("{row}\"{column}\" IS NOT NULL"),
            StepKind::Link { table, near, far } => format!(
                "{row}\"id\" IN (SELECT \"{near}\" FROM \"{table}\" \
                 WHERE \"{far}\" IS NOT NULL AND \"{near}\" IS NOT NULL)"
            ),
            StepKind::Reverse { table, column } => {
                format!("{row}\"id\" IN (SELECT \"{column}\" FROM \"{table}\" WHERE \"{column}\" IS NOT NULL)")
            }
        })
    }
}

/// The set of the ids in a table whose rows meet a condition.
pub(super) fn ids_where(table: &str, condition: Fragment) -> Fragment {
    condition.within(&format!("(SELECT \"id\" FROM \"{table}\" WHERE "), ")")
}

/// Walks a path such as `tenant__tenant_group` or `interfaces__mac_address`.
pub(super) fn walk(registry: &Registry, content_type: &ContentType, path: &str) -> Option<End> {
    let mut way = Way::nowhere(content_type.index());
    let mut names = path.split("__").peekable();
    while let Some(name) = names.next() {
        let Target::Records(at) = way.target else { return None };
        let current = registry.get(at);
        if matches!(name, "id" | "pk") && names.peek().is_none() {
            return Some(End::Id(way));
        }
        let plain = current
            .by_name
            .get(name)
            .copied()
            .filter(|&field| matches!(current.fields[field].kind, FieldKind::Scalar(_) | FieldKind::Composite(_)));
        if let Some(field) = plain {
            return names.peek().is_none().then_some(End::Field { way, owner: at, field });
        }
        let next = relation(registry, current, name)?;
        way.steps.extend(next.steps);
        way = Way { steps: way.steps, ..next };
    }
    Some(End::Way(way))
}

/// The way of that name from a type: a field of it, or what another type calls the records that point there.
pub(super) fn relation(registry: &Registry, content_type: &ContentType, name: &str) -> Option<Way> {
    if let Some(&field) = content_type.by_name.get(name)
        && let Some(way) = forward(registry, content_type, field)
    {
        return Some(way);
    }
    let named = |related: Option<&str>| related == Some(name);
    let points_here = |target: TypeIndex| target == content_type.index();
    registry.content_types().find_map(|from| {
        let field = from.fields().iter().position(|field| match &field.kind {
            FieldKind::Reference(reference) => points_here(reference.to) && named(reference.related_name()),
            FieldKind::Many(many) => match many.target {
                ManyTarget::Records(to) => points_here(to) && named(many.related_name()),
                ManyTarget::ContentTypes => false,
            },
            _ => false,
        })?;
        backward(content_type, from, field)
    })
}

/// The way through a relationship.
pub(super) fn through(registry: &Registry, from: &ContentType, association: Association) -> Option<Way> {
    let kind = StepKind::Associated { pairs: associated(registry, association)? };
    Some(Way {
        steps: vec![Step { from: from.table.clone(), kind }],
        target: Target::Records(association.to),
        depth: Depth::Node,
        values: Values::Any,
    })
}

fn forward(registry: &Registry, content_type: &ContentType, field: usize) -> Option<Way> {
    let from = content_type.table.clone();
    match &content_type.fields[field].kind {
        FieldKind::Reference(reference) => {
            let column = &content_type.columns[content_type.fields[field].column?];
            Some(Way {
                steps: vec![Step { from, kind: StepKind::Reference { column: column.name.clone() } }],
                target: Target::Records(reference.to),
                depth: if reference.filters_subtree() { Depth::Tree } else { Depth::Node },
                values: Values::Any,
            })
        }
        FieldKind::Alias(alias) => match walk(registry, content_type, &alias.path)? {
            End::Way(way) => Some(way),
            _ => None,
        },
        FieldKind::Many(many) => {
            let link = &many.link;
            let (target, values) = match many.target {
                ManyTarget::ContentTypes => (Target::ContentTypes, Values::All),
                ManyTarget::Records(to) if registry.get(to).name() == "extras.tag" => {
                    (Target::Records(to), Values::All)
                }
                ManyTarget::Records(to) => (Target::Records(to), Values::Any),
            };
            let kind = StepKind::Link { table: link.table.clone(), near: link.near.clone(), far: link.far.clone() };
            Some(Way { steps: vec![Step { from, kind }], target, depth: Depth::Node, values })
        }
        FieldKind::Reverse(reverse) if reverse.shows == ReverseShows::Records => {
            backward(content_type, registry.get(reverse.from), reverse.field)
        }
        _ => None,
    }
}

fn backward(to: &ContentType, from: &ContentType, field: usize) -> Option<Way> {
    let kind = match &from.fields[field].kind {
        FieldKind::Many(many) => {
            StepKind::Link { table: many.link.table.clone(), near: many.link.far.clone(), far: many.link.near.clone() }
        }
        _ => {
            let column = &from.columns[from.fields[field].column?];
            StepKind::Reverse { table: from.table.clone(), column: column.name.clone() }
        }
    };
    Some(Way {
        steps: vec![Step { from: to.table.clone(), kind }],
        target: Target::Records(from.index()),
        depth: Depth::Node,
        values: Values::Any,
    })
}

/// The set of records below those of a set, and these themselves. A ring in the data ends it.
pub(super) fn subtree(content_type: &ContentType, roots: Fragment) -> Fragment {
    let Some(parent) = tree_column(content_type) else { return roots };
    let table = &content_type.table;
    roots.within(
        &format!("(WITH RECURSIVE below(id) AS (SELECT \"id\" FROM \"{table}\" WHERE \"id\" IN "),
        &format!(
            " UNION SELECT node.\"id\" FROM \"{table}\" node JOIN below ON node.\"{parent}\" = below.id) \
             SELECT id FROM below)"
        ),
    )
}

/// The column by which records of a type stand below each other.
pub(super) fn tree_column(content_type: &ContentType) -> Option<&str> {
    let parent = content_type.tree().or_else(|| content_type.field("parent"))?;
    match &parent.kind {
        FieldKind::Reference(reference) if reference.to == content_type.index() => {
            parent.column.map(|column| content_type.columns[column].name.as_str())
        }
        _ => None,
    }
}
