//! From files to a registry. All problems of all files are found in one pass, so that a person mends them together.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::build_field::{build_field, custom_fields_field, timestamp_field};
use super::check_across;
use super::content_type::{CUSTOM_FIELDS, Column, ColumnType, ContentType, SearchLookup, TypeIndex, Unique};
use super::display::{ANCESTRY, Display};
use super::document::{Choice, Nulls, TypeDocument};
use super::field::Field;
use super::field_kind::{FieldKind, ManyTarget, OnDelete, Reverse};
use super::own_types;
use super::registry::Registry;
use super::suggest::hint;

/// What is wrong in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelProblem {
    /// The name of the file, without `.yaml`.
    pub file: String,
    pub message: String,
}

/// Everything that is wrong with the files of content types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelProblems(pub Vec<ModelProblem>);

impl fmt::Display for ModelProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the content types cannot be used, {} to mend:", self.0.len())?;
        for ModelProblem { file, message } in &self.0 {
            write!(f, "\n  {file}.yaml: {message}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ModelProblems {}

/// Texts of the files: name and content.
pub(super) struct Sources<'a> {
    /// Content types of the program.
    pub models: &'a [(&'a str, &'a str)],
    /// Content types of a user, which keep to apps of their own.
    pub own: &'a [(&'a str, &'a str)],
    pub choices: &'a [(&'a str, &'a str)],
}

/// Collects problems of one file.
pub(super) struct Problems<'a> {
    pub file: &'a str,
    pub all: &'a mut Vec<ModelProblem>,
}

impl Problems<'_> {
    pub fn add(&mut self, message: impl Into<String>) {
        self.all.push(ModelProblem { file: self.file.to_owned(), message: message.into() });
    }
}

/// What a field may refer to.
pub(super) struct Scope<'a> {
    pub types: &'a HashMap<String, TypeIndex>,
    pub choices: &'a HashMap<String, Arc<[Choice]>>,
    pub table: &'a str,
    /// What records of the type are called from what they point at, when a field does not say.
    pub plural: String,
}

pub(super) fn build(sources: Sources<'_>) -> Result<Registry, ModelProblems> {
    let mut all = Vec::new();
    let choices = read_choices(sources.choices, &mut all);
    let mut documents = read_documents(sources.models, &mut all);
    let mut own = read_documents(sources.own, &mut all);
    own_types::check(&documents, &mut own, &mut all);
    documents.append(&mut own);
    // The program's own come first, so that a clash is told of the user's file.
    check_across::check_endpoints(&documents, &mut all);
    // By content type, so that everything derived from them is stable.
    documents.sort_by(|a, b| a.1.content_type.cmp(&b.1.content_type));

    let types: HashMap<String, TypeIndex> = documents
        .iter()
        .enumerate()
        .map(|(place, (_, document))| (document.content_type.clone(), TypeIndex(place)))
        .collect();
    let mut built: Vec<ContentType> = Vec::with_capacity(documents.len());
    for (place, (file, document)) in documents.iter().enumerate() {
        let mut problems = Problems { file, all: &mut all };
        built.push(build_type(TypeIndex(place), document, &types, &choices, &mut problems));
    }
    if !all.is_empty() {
        return Err(ModelProblems(all));
    }
    finish(built, &documents, all)
}

fn read_choices(files: &[(&str, &str)], all: &mut Vec<ModelProblem>) -> HashMap<String, Arc<[Choice]>> {
    let mut choices = HashMap::new();
    for (name, text) in files {
        match serde_saphyr::from_str::<Vec<Choice>>(text) {
            Ok(list) => {
                choices.insert((*name).to_owned(), Arc::from(list));
            }
            Err(error) => Problems { file: name, all }.add(error.to_string()),
        }
    }
    choices
}

fn read_documents<'a>(files: &[(&'a str, &str)], all: &mut Vec<ModelProblem>) -> Vec<(&'a str, TypeDocument)> {
    let mut documents: Vec<(&str, TypeDocument)> = Vec::new();
    for (file, text) in files {
        let mut problems = Problems { file, all };
        let document = match serde_saphyr::from_str::<TypeDocument>(text) {
            Ok(document) => document,
            Err(error) => {
                problems.add(error.to_string());
                continue;
            }
        };
        let name = &document.content_type;
        let word = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        };
        if !name.split_once('.').is_some_and(|(app, model)| word(app) && word(model)) {
            problems.add(format!("content_type `{name}` must be two lower-case words such as `dcim.device`"));
        }
        if documents.iter().any(|(_, other)| other.content_type == *name) {
            problems.add(format!("content_type `{name}` is declared twice"));
            continue;
        }
        documents.push((file, document));
    }
    documents
}

fn build_type(
    index: TypeIndex,
    document: &TypeDocument,
    types: &HashMap<String, TypeIndex>,
    choices: &HashMap<String, Arc<[Choice]>>,
    problems: &mut Problems<'_>,
) -> ContentType {
    let table = document.content_type.replace('.', "_");
    let plural = document.verbose_name_plural.to_lowercase().replace([' ', '-'], "_");
    let scope = Scope { types, choices, table: &table, plural };
    let mut fields: Vec<Field> = Vec::new();
    let mut columns: Vec<Column> = Vec::new();
    for (name, field) in &document.fields {
        if !name.starts_with(|c: char| c.is_ascii_lowercase())
            || name.contains("__")
            || !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            || matches!(name.as_str(), "id" | CUSTOM_FIELDS)
            || (!document.read_only && matches!(name.as_str(), "created" | "last_updated"))
        {
            problems.add(format!(
                "field `{name}`: a name is a lower-case word without `__`, and not id, created, last_updated or \
                 custom_fields"
            ));
        }
        let place = fields.len();
        fields.push(build_field(name, place, field, &mut columns, &scope, problems));
    }
    if document.custom_fields {
        let place = fields.len();
        fields.push(custom_fields_field(place, &mut columns));
    }
    if !document.read_only {
        for name in ["created", "last_updated"] {
            let place = fields.len();
            fields.push(timestamp_field(name, place, &mut columns));
        }
    }
    let by_name: HashMap<Arc<str>, usize> =
        fields.iter().enumerate().map(|(place, field)| (field.name.clone(), place)).collect();
    let display = Display::parse(&document.display).unwrap_or_else(|message| {
        problems.add(message);
        Display(Vec::new())
    });
    for name in display.field_names() {
        if !by_name.contains_key(name) {
            problems.add(format!("display: no field `{name}`{}", hint(name, by_name.keys().map(AsRef::as_ref))));
        }
    }
    let shown_as = document.shown_as.as_ref().unwrap_or(&document.display);
    let shown_as = Display::parse(shown_as).unwrap_or_else(|message| {
        problems.add(message);
        Display(Vec::new())
    });
    let mut content_type = ContentType {
        index,
        name: document.content_type.as_str().into(),
        verbose_name: document.verbose_name.clone(),
        verbose_name_plural: document.verbose_name_plural.clone(),
        table,
        fields,
        by_name,
        columns,
        natural_key: Vec::new(),
        ordering: document.ordering.clone(),
        display,
        shown_as,
        endpoint: document.endpoint.clone(),
        search: search(document, problems),
        unique: Vec::new(),
        exactly_one: document.exactly_one.clone(),
        read_only: document.read_only,
        view: document.view,
        notes: document.notes,
        custom_fields: document.custom_fields,
        logged: document.logged,
    };
    resolve_composites(&mut content_type, document, problems);
    resolve_generics(&mut content_type, document, problems);
    resolve_clears(&mut content_type, document, problems);
    content_type.unique = build_unique(&content_type, document, problems);
    check_across::check_type(&content_type, document, problems);
    content_type
}

/// Composite fields name columns of fields that may stand after them.
fn resolve_composites(content_type: &mut ContentType, document: &TypeDocument, problems: &mut Problems<'_>) {
    for (name, field) in &document.fields {
        let Some(parts) = &field.stored_as else { continue };
        let columns: Vec<usize> =
            parts.iter().filter_map(|part| content_type.field(part).and_then(|field| field.column)).collect();
        let [address, length] = columns[..] else {
            problems.add(format!("field `{name}`: stored_as names two stored fields, an ip and an int"));
            continue;
        };
        let place = content_type.by_name[name.as_str()];
        if let FieldKind::Composite(composite) = &mut content_type.fields[place].kind {
            composite.columns = (address, length);
        }
    }
}

fn search(document: &TypeDocument, problems: &mut Problems<'_>) -> Vec<(String, SearchLookup)> {
    let lookup = |(path, word): (&String, &String)| {
        let lookup = match word.as_str() {
            "icontains" => SearchLookup::IContains,
            "iexact" => SearchLookup::IExact,
            "exact" => SearchLookup::Exact,
            other => {
                problems.add(format!("search: {path} is looked up by icontains, iexact or exact, not by `{other}`"));
                return None;
            }
        };
        Some((path.clone(), lookup))
    };
    document.search.iter().filter_map(lookup).collect()
}

/// Generic references name fields that may stand after them.
fn resolve_generics(content_type: &mut ContentType, document: &TypeDocument, problems: &mut Problems<'_>) {
    for (name, field) in &document.fields {
        let Some((type_field, id_field)) = &field.generic else { continue };
        let column = |name: &str| content_type.field(name).and_then(|field| field.column);
        let Some(columns) = column(type_field).zip(column(id_field)) else {
            problems.add(format!("field `{name}`: generic names two stored fields, a content_type and a uuid"));
            continue;
        };
        let place = content_type.by_name[name.as_str()];
        if let FieldKind::Generic(generic) = &mut content_type.fields[place].kind {
            generic.columns = columns;
        }
    }
}

/// What a reference takes along when it is cleared are fields that may be null and may stand after it.
fn resolve_clears(content_type: &mut ContentType, document: &TypeDocument, problems: &mut Problems<'_>) {
    for (name, field) in document.fields.iter().filter(|(_, field)| !field.clears.is_empty()) {
        let nullable = |other: &String| content_type.field(other).filter(|other| other.nullable)?.column;
        let columns: Vec<usize> = field.clears.iter().filter_map(nullable).collect();
        let place = content_type.by_name[name.as_str()];
        match &mut content_type.fields[place].kind {
            FieldKind::Reference(reference)
                if reference.on_delete == OnDelete::SetNull && columns.len() == field.clears.len() =>
            {
                reference.clears = columns;
            }
            _ => problems.add(format!(
                "field `{name}`: clears names fields that may be null, beside a `to` with on_delete: set_null"
            )),
        }
    }
}

fn build_unique(content_type: &ContentType, document: &TypeDocument, problems: &mut Problems<'_>) -> Vec<Unique> {
    let mut all = Vec::new();
    let column = |name: &str, problems: &mut Problems<'_>| {
        let column = content_type.field(name).and_then(|field| field.column);
        if column.is_none() {
            let stored = content_type.fields.iter().filter(|field| field.column.is_some()).map(Field::name);
            problems.add(format!("unique: no stored field `{name}`{}", hint(name, stored)));
        }
        column
    };
    for (name, field) in &document.fields {
        if field.unique
            && let Some(place) = column(name, problems)
        {
            all.push((vec![Arc::from(name.as_str())], vec![place], Nulls::Distinct, None));
        }
    }
    for unique in &document.unique {
        let columns: Vec<usize> = unique.fields.iter().filter_map(|name| column(name, problems)).collect();
        let unless_null = unique.unless_null.as_ref().and_then(|name| column(name, problems));
        let names = unique.fields.iter().map(|name| Arc::from(name.as_str())).collect();
        for &place in &columns {
            let column = &content_type.columns[place];
            if unique.nulls == Nulls::Same
                && column.nullable
                && Some(place) != unless_null
                && !matches!(column.column_type, ColumnType::Id(_))
            {
                problems.add(format!(
                    "unique: `{}` is nullable and no reference; say `nulls: distinct` or `unless_null`",
                    column.name
                ));
            }
        }
        all.push((names, columns, unique.nulls, unless_null));
    }
    all.into_iter()
        .map(|(fields, columns, nulls, unless_null): (Vec<Arc<str>>, _, _, _)| Unique {
            index_name: format!("ux_{}_{}", content_type.table, fields.join("_")),
            fields,
            columns,
            nulls,
            unless_null,
        })
        .collect()
}

/// What needs every type to exist: natural keys, orderings and aliases.
fn finish(
    mut built: Vec<ContentType>,
    documents: &[(&str, TypeDocument)],
    mut all: Vec<ModelProblem>,
) -> Result<Registry, ModelProblems> {
    let keys: Vec<Vec<String>> = (0..built.len())
        .map(|place| {
            let mut problems = Problems { file: documents[place].0, all: &mut all };
            expand_key(place, &built, documents, &mut vec![place], &mut problems)
        })
        .collect();
    for (content_type, key) in built.iter_mut().zip(keys) {
        content_type.natural_key = key;
    }
    check_aliases(&mut built, documents, &mut all);
    resolve_reverses(&mut built, documents, &mut all);
    check_across::check_between(&built, documents, &mut all);
    if !all.is_empty() {
        return Err(ModelProblems(all));
    }
    let registry = Registry::new(built);
    for (file, document) in documents {
        let mut problems = Problems { file, all: &mut all };
        if let Ok(content_type) = registry.content_type(&document.content_type) {
            let shown = content_type.shown_as.field_names().filter(|name| *name != ANCESTRY);
            let ordering = content_type.ordering.iter().map(|path| path.trim_start_matches('-'));
            let paths = content_type.natural_key.iter().map(String::as_str).chain(ordering);
            for path in paths.chain(shown).chain(content_type.search.iter().map(|(path, _)| path.as_str())) {
                if let Err(error) = registry.path(content_type, path) {
                    problems.add(error.to_string());
                }
            }
        }
    }
    if all.is_empty() { Ok(registry) } else { Err(ModelProblems(all)) }
}

/// Reverse fields name a field of another type.
fn resolve_reverses(built: &mut [ContentType], documents: &[(&str, TypeDocument)], all: &mut Vec<ModelProblem>) {
    for place in 0..built.len() {
        let mut problems = Problems { file: documents[place].0, all };
        for (name, document) in &documents[place].1.fields {
            let field = built[place].by_name[name.as_str()];
            let FieldKind::Reverse(Reverse { from, .. }) = built[place].fields[field].kind else { continue };
            let by = document.by.as_deref().unwrap_or_default();
            let points_here = |field: &Field| match &field.kind {
                FieldKind::Reference(reference) => reference.to == TypeIndex(place),
                FieldKind::Many(many) => many.target == ManyTarget::Records(TypeIndex(place)),
                _ => false,
            };
            match built[from.0].by_name.get(by).copied() {
                Some(found) if points_here(&built[from.0].fields[found]) => {
                    if let FieldKind::Reverse(reverse) = &mut built[place].fields[field].kind {
                        reverse.field = found;
                    }
                }
                _ => problems
                    .add(format!("field `{name}`: `by` names a field of {} that points here", built[from.0].name)),
            }
        }
    }
}

/// The natural key of a type with references replaced by the key of what they point at. A type that is already being
/// expanded gives only its plain fields, so that trees end.
fn expand_key(
    place: usize,
    built: &[ContentType],
    documents: &[(&str, TypeDocument)],
    open: &mut Vec<usize>,
    problems: &mut Problems<'_>,
) -> Vec<String> {
    let mut key = Vec::new();
    for path in &documents[place].1.natural_key {
        let mut current = place;
        let mut ends_at_reference = true;
        for step in path.split("__") {
            let Some(field) = built[current].field(step) else {
                if step != "id" {
                    let names = built[current].fields.iter().map(Field::name);
                    problems.add(format!(
                        "natural_key: {} has no field `{step}`{} (path `{path}`)",
                        built[current].name,
                        hint(step, names)
                    ));
                }
                ends_at_reference = false;
                break;
            };
            match &field.kind {
                FieldKind::Reference(reference) => current = reference.to.0,
                _ => ends_at_reference = false,
            }
        }
        if !ends_at_reference {
            key.push(path.clone());
        } else if open.contains(&current) {
            let plain = documents[current].1.natural_key.iter().filter(|inner| !inner.contains("__"));
            let plain = plain.filter(|inner| {
                !matches!(built[current].field(inner).map(|field| &field.kind), Some(FieldKind::Reference(_)))
            });
            key.extend(plain.map(|inner| format!("{path}__{inner}")));
        } else {
            open.push(current);
            let inner = expand_key(current, built, documents, open, problems);
            open.pop();
            key.extend(inner.into_iter().map(|inner| format!("{path}__{inner}")));
        }
    }
    key
}

fn check_aliases(built: &mut [ContentType], documents: &[(&str, TypeDocument)], all: &mut Vec<ModelProblem>) {
    for place in 0..built.len() {
        for field in 0..built[place].fields.len() {
            let FieldKind::Alias(alias) = &built[place].fields[field].kind else { continue };
            let mut current = place;
            let mut bad = None;
            for step in alias.path.split("__") {
                match built[current].field(step).map(|field| &field.kind) {
                    Some(FieldKind::Reference(reference)) => current = reference.to.0,
                    _ => bad = Some(step.to_owned()),
                }
            }
            if let Some(step) = bad {
                let message = format!(
                    "field `{}`: alias `{}` is no path of references (`{step}`)",
                    built[place].fields[field].name, alias.path
                );
                Problems { file: documents[place].0, all }.add(message);
            } else if let FieldKind::Alias(alias) = &mut built[place].fields[field].kind {
                alias.to = TypeIndex(current);
            }
        }
    }
}
