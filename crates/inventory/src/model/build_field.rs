//! From one field of a file to a checked field and its column.

use rust_decimal::Decimal;
use serde_json::Value as Json;
use trueup_engine::Value;

use super::build::{Problems, Scope};
use super::content_type::{CUSTOM_FIELDS, Column, ColumnType, TypeIndex};
use super::document::{ChoicesDocument, FieldDocument};
use super::field::{Field, Visibility};
use super::field_kind::{
    Alias, Composite, FieldKind, Generic, Link, Made, Many, ManyTarget, OnDelete, Reference, Reverse, ReverseShows,
    Scalar, ScalarType,
};
use super::suggest::hint;

/// Builds the field and appends its column, if it has one.
pub(super) fn build_field(
    name: &str,
    place: usize,
    document: &FieldDocument,
    columns: &mut Vec<Column>,
    scope: &Scope<'_>,
    problems: &mut Problems<'_>,
) -> Field {
    let kinds = [
        &document.scalar,
        &document.to,
        &document.many,
        &document.alias,
        &document.reverse,
        &document.count,
        &document.made_by,
    ];
    if kinds.iter().filter(|kind| kind.is_some()).count() + usize::from(document.generic.is_some()) != 1 {
        problems.add(format!(
            "field `{name}`: exactly one of type, to, many, alias, generic, reverse, count and made_by says what it holds"
        ));
    }
    let (kind, column) = if let Some(to) = &document.to {
        let to = target(name, to, scope, problems);
        let column = Column {
            name: format!("{name}_id"),
            field: place,
            column_type: ColumnType::Id(to),
            nullable: !document.required,
            index: true,
            natural_of: None,
        };
        (reference(name, to, document, scope, problems), Some(column))
    } else if let Some(many) = &document.many {
        (to_many(name, many, document, scope, problems), None)
    } else if let Some(alias) = &document.alias {
        (FieldKind::Alias(Alias { path: alias.clone(), to: TypeIndex(0) }), None)
    } else if document.generic.is_some() {
        (FieldKind::Generic(Generic { columns: (0, 0), cascades: cascades(name, document, problems) }), None)
    } else if let Some(from) = document.reverse.as_ref().or(document.count.as_ref()) {
        let shows = if document.count.is_some() { ReverseShows::Count } else { ReverseShows::Records };
        (FieldKind::Reverse(Reverse { from: target(name, from, scope, problems), field: 0, shows }), None)
    } else if let Some(word) = &document.made_by {
        (FieldKind::Made(made(name, word, problems)), None)
    } else {
        scalar(name, place, document, scope, problems)
    };
    let column = column.map(|column| {
        columns.push(column);
        columns.len() - 1
    });
    let mut kind = kind;
    if let (FieldKind::Scalar(scalar), Some(column)) = (&mut kind, column)
        && document.natural
    {
        columns.push(Column {
            name: format!("_{name}"),
            field: place,
            column_type: ColumnType::Scalar(ScalarType::Text),
            nullable: columns[column].nullable,
            index: true,
            natural_of: Some(column),
        });
        scalar.natural = Some(columns.len() - 1);
    }
    let shown_only = matches!(kind, FieldKind::Generic(_) | FieldKind::Reverse(_) | FieldKind::Made(_));
    let nullable = match &kind {
        FieldKind::Reference(_) => !document.required,
        _ => shown_only || document.nullable || (document.computed && !document.required),
    };
    Field {
        name: name.into(),
        default: default(name, &kind, document, nullable, problems),
        kind,
        required: document.required,
        nullable,
        immutable: document.immutable,
        computed: document.computed || shown_only,
        filled: document.filled,
        read_only: document.read_only || shown_only || document.computed,
        slug_of: document.slug_of.clone(),
        stands_for: document.stands_for.clone(),
        help: document.help.clone(),
        label: document.label.clone(),
        visibility: visibility(name, document, problems),
        filtered: !document.unfiltered,
        column,
    }
}

/// A generic reference either goes with what it names, or knows nothing of its end.
fn cascades(name: &str, document: &FieldDocument, problems: &mut Problems<'_>) -> bool {
    match document.on_delete.as_deref() {
        None => false,
        Some("cascade") => true,
        Some(_) => {
            problems.add(format!("field `{name}`: on_delete of generic is `cascade`, or left out"));
            false
        }
    }
}

/// `created` and `last_updated`, which every type has.
pub(super) fn timestamp_field(name: &str, place: usize, columns: &mut Vec<Column>) -> Field {
    columns.push(Column {
        name: name.to_owned(),
        field: place,
        column_type: ColumnType::Scalar(ScalarType::DateTime),
        nullable: true,
        index: false,
        natural_of: None,
    });
    Field {
        name: name.into(),
        kind: FieldKind::Scalar(plain(ScalarType::DateTime)),
        required: false,
        nullable: true,
        immutable: false,
        computed: true,
        filled: false,
        read_only: true,
        slug_of: None,
        stands_for: None,
        default: None,
        help: None,
        label: None,
        visibility: Visibility::Shown,
        filtered: true,
        column: Some(columns.len() - 1),
    }
}

/// The custom fields of a record: a JSON object by key.
pub(super) fn custom_fields_field(place: usize, columns: &mut Vec<Column>) -> Field {
    columns.push(Column {
        name: CUSTOM_FIELDS.to_owned(),
        field: place,
        column_type: ColumnType::Scalar(ScalarType::Json),
        nullable: true,
        index: false,
        natural_of: None,
    });
    Field {
        name: CUSTOM_FIELDS.into(),
        kind: FieldKind::Scalar(plain(ScalarType::Json)),
        required: false,
        nullable: true,
        immutable: false,
        computed: false,
        filled: false,
        read_only: false,
        slug_of: None,
        stands_for: None,
        default: Some(Value::Null),
        help: None,
        label: None,
        visibility: Visibility::Shown,
        filtered: false,
        column: Some(columns.len() - 1),
    }
}

fn visibility(name: &str, document: &FieldDocument, problems: &mut Problems<'_>) -> Visibility {
    match (document.opt_in, document.write_only, document.hidden) {
        (false, false, false) => Visibility::Shown,
        (true, false, false) => Visibility::OptIn,
        (false, true, false) => Visibility::WriteOnly,
        (false, false, true) => Visibility::Hidden,
        _ => {
            problems.add(format!("field `{name}`: at most one of opt_in, write_only and hidden"));
            Visibility::Shown
        }
    }
}

fn made(name: &str, word: &str, problems: &mut Problems<'_>) -> Made {
    Made::ALL.iter().find(|(name, _)| *name == word).map_or_else(
        || {
            let hint = hint(word, Made::ALL.iter().map(|(name, _)| *name));
            problems.add(format!("field `{name}`: nothing makes `{word}`{hint}"));
            Made::Null
        },
        |(_, made)| *made,
    )
}

fn plain(scalar_type: ScalarType) -> Scalar {
    Scalar {
        scalar_type,
        max_length: None,
        min: None,
        max: None,
        places: None,
        pattern: None,
        form: None,
        choices: None,
        choice_values: None,
        blank_is_null: false,
        labelled: false,
        natural: None,
    }
}

fn target(name: &str, to: &str, scope: &Scope<'_>, problems: &mut Problems<'_>) -> TypeIndex {
    scope.types.get(to).copied().unwrap_or_else(|| {
        let hint = hint(to, scope.types.keys().map(String::as_str));
        problems.add(format!("field `{name}`: there is no content type `{to}`{hint}"));
        TypeIndex(0)
    })
}

fn reference(
    name: &str,
    to: TypeIndex,
    document: &FieldDocument,
    scope: &Scope<'_>,
    problems: &mut Problems<'_>,
) -> FieldKind {
    let on_delete = match document.on_delete.as_deref() {
        Some("protect") => OnDelete::Protect,
        Some("cascade") => OnDelete::Cascade,
        Some("set_null") if document.required => {
            problems.add(format!("field `{name}`: required and on_delete: set_null contradict each other"));
            OnDelete::SetNull
        }
        Some("set_null") => OnDelete::SetNull,
        other => {
            let found = other.unwrap_or("nothing");
            problems.add(format!("field `{name}`: on_delete is protect, cascade or set_null, found {found}"));
            OnDelete::Protect
        }
    };
    FieldKind::Reference(Reference {
        to,
        on_delete,
        clears: Vec::new(),
        limited: document.limited,
        tree: document.tree,
        subtree: document.subtree,
        related_name: Some(document.related_name.clone().unwrap_or_else(|| scope.plural.clone())),
    })
}

fn to_many(
    name: &str,
    many: &str,
    document: &FieldDocument,
    scope: &Scope<'_>,
    problems: &mut Problems<'_>,
) -> FieldKind {
    let target = match many {
        "content_type" => ManyTarget::ContentTypes,
        to => ManyTarget::Records(target(name, to, scope, problems)),
    };
    let link = match &document.through {
        None => Link {
            table: format!("{}_{name}", scope.table),
            near: "owner_id".to_owned(),
            far: if target == ManyTarget::ContentTypes { "content_type" } else { "target_id" }.to_owned(),
            through: false,
            writable: true,
        },
        Some(through) => {
            if !scope.types.contains_key(&through.content_type) {
                problems.add(format!("field `{name}`: there is no content type `{}`", through.content_type));
            }
            Link {
                table: through.content_type.replace('.', "_"),
                near: format!("{}_id", through.near),
                far: format!("{}_id", through.far),
                through: true,
                writable: through.writable,
            }
        }
    };
    FieldKind::Many(Many {
        target,
        limited: document.limited,
        subtree: document.subtree,
        related_name: document.related_name.clone(),
        link,
    })
}

fn scalar(
    name: &str,
    place: usize,
    document: &FieldDocument,
    scope: &Scope<'_>,
    problems: &mut Problems<'_>,
) -> (FieldKind, Option<Column>) {
    let word = document.scalar.as_deref().unwrap_or("text");
    let scalar_type = ScalarType::ALL.iter().find(|(name, _)| *name == word).map_or_else(
        || {
            let hint = hint(word, ScalarType::ALL.iter().map(|(name, _)| *name));
            problems.add(format!("field `{name}`: `{word}` is no type{hint}"));
            ScalarType::Text
        },
        |(_, scalar_type)| *scalar_type,
    );
    if document.stored_as.is_some() {
        if !matches!(scalar_type, ScalarType::Prefix | ScalarType::Interface) {
            problems.add(format!("field `{name}`: only prefix and interface are stored_as two fields"));
        }
        return (FieldKind::Composite(Composite { scalar_type, columns: (0, 0) }), None);
    }
    let choices = match &document.choices {
        None => None,
        Some(ChoicesDocument::Inline(list)) => Some(list.as_slice().into()),
        Some(ChoicesDocument::Named(list)) => scope.choices.get(list).cloned().or_else(|| {
            let hint = hint(list, scope.choices.keys().map(String::as_str));
            problems.add(format!("field `{name}`: there is no list of choices `{list}`{hint}"));
            None
        }),
    };
    let choice_values = choices.as_ref().map(|list| list.iter().map(|choice| choice.value.clone()).collect());
    let pattern = document.pattern.as_ref().and_then(|pattern| {
        regex::Regex::new(&format!("^(?:{pattern})$"))
            .map_err(|error| problems.add(format!("field `{name}`: pattern: {error}")))
            .ok()
    });
    let bound = |bound: &Option<Json>, word: &str, problems: &mut Problems<'_>| {
        bound.as_ref().and_then(|bound| {
            let decimal = bound.to_string().trim_matches('"').parse::<Decimal>();
            decimal.map_err(|_| problems.add(format!("field `{name}`: {word} `{bound}` is no number"))).ok()
        })
    };
    let column = Column {
        name: name.to_owned(),
        field: place,
        column_type: ColumnType::Scalar(scalar_type),
        nullable: document.nullable || (document.computed && !document.required),
        index: document.index,
        natural_of: None,
    };
    let scalar = Scalar {
        scalar_type,
        max_length: document.max_length,
        min: bound(&document.min, "min", problems),
        max: bound(&document.max, "max", problems),
        places: document.places,
        pattern,
        form: document.form,
        choices,
        choice_values,
        blank_is_null: document.blank_is_null,
        labelled: document.labelled,
        natural: None,
    };
    (FieldKind::Scalar(scalar), Some(column))
}

/// Texts that nobody fills in are empty; a nullable field is null; everything else must say what it starts as.
fn default(
    name: &str,
    kind: &FieldKind,
    document: &FieldDocument,
    nullable: bool,
    problems: &mut Problems<'_>,
) -> Option<Value> {
    let field_type = match kind {
        FieldKind::Scalar(scalar) => scalar.scalar_type.field_type(),
        _ => return document.default.clone().map(Value::from_json),
    };
    match &document.default {
        Some(default) => field_type
            .normalise(Value::from_json(default.clone()))
            .map_err(|error| problems.add(format!("field `{name}`: default {error}")))
            .ok(),
        None if nullable => Some(Value::Null),
        None if document.required => None,
        None if matches!(kind, FieldKind::Scalar(scalar) if scalar.scalar_type == ScalarType::Text) => {
            Some(Value::Text(String::new()))
        }
        None => {
            problems.add(format!("field `{name}`: say one of required, nullable or default"));
            None
        }
    }
}
