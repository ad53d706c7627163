use minijinja::{Environment, ErrorKind, Expression, Value as Jinja};
use trueup_engine::kind::{KindId, Slot};
use trueup_engine::{Field, Kind, Schema, Value};

use super::expression::{Context, NAMES};
use super::{Duplicates, FieldExpression, MappingDocument, MappingProblem, ProblemKind, select};

/// A mapping entry that has been checked against the schema, with its expressions compiled.
#[derive(Debug)]
pub(super) struct Entry<'env> {
    pub(super) kind: KindId,
    pub(super) declared: Kind,
    pub(super) rows: Option<Compiled<'env>>,
    pub(super) each: Option<Compiled<'env>>,
    pub(super) when: Option<Compiled<'env>>,
    pub(super) duplicates: Duplicates,
    /// In the order of the kind's declaration; fields that are not set are not here.
    pub(super) identifiers: Vec<MappedField<'env>>,
    pub(super) attributes: Vec<MappedField<'env>>,
}

#[derive(Debug)]
pub(super) struct MappedField<'env> {
    pub(super) field: Field,
    pub(super) from: FieldSource<'env>,
    /// For identifiers: a key with nothing here is no key.
    pub(super) required: bool,
}

#[derive(Debug)]
pub(super) enum FieldSource<'env> {
    Constant(Value),
    Compiled(Compiled<'env>),
}

/// An expression, compiled once.
#[derive(Debug)]
pub(super) struct Compiled<'env> {
    pub(super) text: String,
    how: How<'env>,
}

#[derive(Debug)]
enum How<'env> {
    /// Nothing but `row.name` or `item.name`, looked up without the machine.
    RowField(String),
    ItemField(String),
    Expression(Expression<'env, 'static>),
}

impl Compiled<'_> {
    /// The value for one record; `seen` is `context` as expressions see it.
    pub(super) fn evaluate(&self, context: &Context, seen: &Jinja) -> Result<Jinja, minijinja::Error> {
        match &self.how {
            How::RowField(name) => Ok(context.row.get_attr(name).unwrap_or_default()),
            How::ItemField(name) => Ok(context.item.get_attr(name).unwrap_or_default()),
            How::Expression(expression) => expression.eval(seen.clone()),
        }
    }
}

/// What a compilation needs besides the mapping.
pub(super) struct Compiler<'env, 'a> {
    pub(super) environment: &'env Environment<'static>,
    pub(super) schema: &'a Schema,
    pub(super) vars: &'a Jinja,
    /// Whether the source is a single file, so that entries need not name any.
    pub(super) single_file: bool,
}

impl<'env> Compiler<'env, '_> {
    /// # Errors
    /// Everything that is wrong with the mapping.
    pub(super) fn compile(&self, mapping: &[MappingDocument]) -> Result<Vec<Entry<'env>>, Vec<MappingProblem>> {
        let mut problems = Problems::default();
        let entries: Vec<Entry<'env>> = mapping
            .iter()
            .enumerate()
            .filter_map(|(number, entry)| self.entry(entry, &format!("mapping[{number}]"), &mut problems))
            .collect();
        if mapping.is_empty() {
            problems.add("mapping", ProblemKind::Empty);
        }
        if problems.0.is_empty() { Ok(entries) } else { Err(problems.0) }
    }

    fn entry(&self, document: &MappingDocument, path: &str, problems: &mut Problems) -> Option<Entry<'env>> {
        let MappingDocument { kind, from, rows, each, when, duplicates, fields } = document;
        if from.is_empty() && !self.single_file {
            problems.add(path, ProblemKind::NoFiles);
        }
        for reason in from.0.iter().filter_map(|pattern| select::check(pattern).err()) {
            problems.add(format!("{path}.from"), ProblemKind::Pattern { reason });
        }
        let with_item = if each.is_some() { Item::Known } else { Item::Unknown };
        let mut expression = |text: &Option<String>, name: &str, item: Item| {
            let text = text.as_ref()?;
            self.expression(text, item).map_err(|problem| problems.add(format!("{path}.{name}"), problem)).ok()
        };
        let rows = expression(rows, "rows", Item::Unknown);
        let each = expression(each, "each", Item::Unknown);
        let when = expression(when, "when", with_item);
        let Some(id) = self.schema.id(kind) else {
            let names = self.schema.kinds().map(|(_, kind)| kind.name().to_string()).collect();
            problems.add(format!("{path}.kind"), ProblemKind::UnknownKind { kind: kind.clone(), names });
            return None;
        };
        let declared = self.schema.kind(id).clone();
        let mut mapped: Vec<(Slot, MappedField<'env>)> = Vec::new();
        for (name, from) in fields {
            let path = format!("{path}.fields.{name}");
            let Some(slot) = declared.slot(name) else {
                let fields = declared.identifiers().iter().chain(declared.attributes());
                let names = fields.map(|field| field.name().to_owned()).collect();
                let (kind, field) = (kind.clone(), name.clone());
                problems.add(path, ProblemKind::UnknownField { kind, field, names });
                continue;
            };
            let field = declared.field(slot).clone();
            match self.field_source(from, &field, with_item) {
                Ok(from) => mapped.push((slot, MappedField { required: is_required(&declared, slot), field, from })),
                Err(problem) => problems.add(path, problem),
            }
        }
        for field in declared.identifiers() {
            if !fields.contains_key(field.name()) && field.default().is_null() {
                let (kind, field) = (kind.clone(), field.name().to_owned());
                problems.add(format!("{path}.fields"), ProblemKind::MissingIdentifier { kind, field });
            }
        }
        let (identifiers, attributes) = in_declared_order(mapped, &declared);
        Some(Entry { kind: id, declared, rows, each, when, duplicates: *duplicates, identifiers, attributes })
    }

    fn field_source(
        &self,
        from: &FieldExpression,
        field: &Field,
        item: Item,
    ) -> Result<FieldSource<'env>, ProblemKind> {
        match from {
            FieldExpression::Expression(text) => self.expression(text, item).map(FieldSource::Compiled),
            FieldExpression::Constant(value) => field
                .normalise(value.clone())
                .map(FieldSource::Constant)
                .map_err(|error| ProblemKind::Constant { reason: error.to_string() }),
        }
    }

    fn expression(&self, text: &str, item: Item) -> Result<Compiled<'env>, ProblemKind> {
        let no_expression = |reason: String| ProblemKind::Expression { expression: text.to_owned(), reason };
        if text.contains("{{") {
            return Err(no_expression("write the expression alone, without {{ and }}".to_owned()));
        }
        let expression = self.environment.compile_expression_owned(text.to_owned());
        let expression = expression.map_err(|error| no_expression(reason(&error)))?;
        self.check_names(&expression, text, item)?;
        let context = Context {
            row: Jinja::UNDEFINED,
            item: Jinja::UNDEFINED,
            index: 0,
            file: Jinja::UNDEFINED,
            vars: self.vars.clone(),
        };
        // Filters are looked up when they run, so run it once on nothing; every other error may be due to that.
        if let Err(error) = expression.eval(Jinja::from_object(context))
            && let ErrorKind::UnknownFilter | ErrorKind::UnknownTest | ErrorKind::UnknownFunction = error.kind()
        {
            return Err(no_expression(reason(&error)));
        }
        let plain = |prefix: &str| text.trim().strip_prefix(prefix).filter(|name| is_name(name)).map(str::to_owned);
        let how = match (plain("row."), plain("item.")) {
            (Some(name), _) => How::RowField(name),
            (_, Some(name)) => How::ItemField(name),
            _ => How::Expression(expression),
        };
        Ok(Compiled { text: text.to_owned(), how })
    }

    fn check_names(&self, expression: &Expression<'_, '_>, text: &str, item: Item) -> Result<(), ProblemKind> {
        let unknown = |name: &str, names: Vec<String>| {
            Err(ProblemKind::UnknownName { expression: text.to_owned(), name: name.to_owned(), names })
        };
        let is_global = |name: &str| self.environment.globals().any(|(global, _)| global == name);
        let mut used: Vec<String> = expression.undeclared_variables(true).into_iter().collect();
        used.sort_unstable();
        for path in used {
            let (name, rest) = path.split_once('.').unwrap_or((&path, ""));
            let is_known = NAMES.contains(&name) && (name != "item" || item == Item::Known);
            if !is_known && !is_global(name) {
                let names = NAMES.iter().filter(|name| **name != "item" || item == Item::Known);
                return unknown(name, names.map(|name| (*name).to_owned()).collect());
            }
            let var = rest.split('.').next().unwrap_or_default();
            if name == "vars" && !var.is_empty() && self.vars.get_attr(var).is_ok_and(|value| value.is_undefined()) {
                let names = self.vars.try_iter().into_iter().flatten().map(|name| format!("vars.{name}"));
                return unknown(&format!("vars.{var}"), names.collect());
            }
        }
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Item {
    Known,
    Unknown,
}

#[derive(Default)]
struct Problems(Vec<MappingProblem>);

impl Problems {
    fn add(&mut self, path: impl Into<String>, problem: ProblemKind) {
        self.0.push(MappingProblem { path: path.into(), problem });
    }
}

fn reason(error: &minijinja::Error) -> String {
    match error.detail() {
        Some(detail) => detail.to_owned(),
        None => error.kind().to_string(),
    }
}

fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// An identifier must be filled in, save one that points to another record, which may be at the top and have none.
fn is_required(kind: &Kind, slot: Slot) -> bool {
    let is_reference = kind.references().iter().any(|reference| reference.fields.contains(&Some(slot)));
    matches!(slot, Slot::Identifier(_)) && !is_reference && !kind.field(slot).name().contains("__")
}

/// Identifiers and attributes, each in the order of the declaration; an identifier that is not set has its default.
fn in_declared_order<'env>(
    mut mapped: Vec<(Slot, MappedField<'env>)>,
    declared: &Kind,
) -> (Vec<MappedField<'env>>, Vec<MappedField<'env>>) {
    for (index, field) in declared.identifiers().iter().enumerate() {
        let slot = Slot::Identifier(index);
        if !mapped.iter().any(|(other, _)| *other == slot) {
            let from = FieldSource::Constant(field.default().clone());
            mapped.push((slot, MappedField { field: field.clone(), from, required: false }));
        }
    }
    mapped.sort_by_key(|(slot, _)| match slot {
        Slot::Identifier(index) => (0, *index),
        Slot::Attribute(index) => (1, *index),
    });
    let (identifiers, attributes): (Vec<_>, Vec<_>) =
        mapped.into_iter().partition(|(slot, _)| matches!(slot, Slot::Identifier(_)));
    let fields = |mapped: Vec<(Slot, MappedField<'env>)>| mapped.into_iter().map(|(_, field)| field).collect();
    (fields(identifiers), fields(attributes))
}
