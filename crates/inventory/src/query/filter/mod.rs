//! From the parameters of a list to one SQL condition.
//!
//! What a type can be filtered by follows from its fields; [`special`] lists what does not. Each parameter becomes a
//! condition on `t0`, the table of the type; all of them must hold. Values that name other records are looked up
//! first, because a name that nothing has is an error and no empty list. Parameters that are no filters (`limit`,
//! `depth`, ...) are the caller's to take out.

mod custom_field;
mod fault;
mod fragment;
mod listing;
mod network;
mod parameter;
mod reference;
mod relationship;
mod restriction;
mod scalar;
mod search;
mod special;
mod text;
mod way;

use indexmap::IndexMap;

use self::fault::Fault;
pub(crate) use self::fragment::Fragment;
pub use self::listing::{
    FilterParameter, FilterValues, custom_field_parameters, filter_parameters, relationship_parameters,
};
use self::parameter::{Lookup, Suffix, TextLookup};
use self::reference::By;
pub use self::restriction::Restriction;
pub(crate) use self::restriction::constraint_expressions;
use self::scalar::Column;
pub(crate) use self::text::expression_fault;
use super::list::{FilterErrors, ListError};
use crate::error::InventoryError;
use crate::model::{ContentType, Field, FieldKind, Registry, ScalarType, Visibility};
use crate::storage::{Dialect, Session};

/// Values that one list may be filtered by, so that a statement stays within the limits of the databases.
const MOST_VALUES: usize = 5_000;

/// What is needed to make conditions.
pub(super) struct Compiler<'s, 'r> {
    pub session: Session<'s>,
    pub registry: &'r Registry,
}

/// The condition that all parameters make together.
///
/// # Errors
/// Everything that is wrong with the parameters, in one go; or the database failed.
pub(super) async fn compile(
    session: Session<'_>,
    registry: &Registry,
    content_type: &ContentType,
    parameters: &IndexMap<String, Vec<String>>,
) -> Result<Fragment, ListError> {
    let compiled = try_compile(session, registry, content_type, parameters).await;
    Ok(compiled.map_err(InventoryError::database("filtering records"))??)
}

/// As [`compile`], with what the database said apart from what is wrong with the parameters.
pub(crate) async fn try_compile(
    session: Session<'_>,
    registry: &Registry,
    content_type: &ContentType,
    parameters: &IndexMap<String, Vec<String>>,
) -> Result<Result<Fragment, FilterErrors>, sqlx::Error> {
    let mut compiler = Compiler { session, registry };
    let mut conditions = Vec::with_capacity(parameters.len());
    let mut errors = FilterErrors::default();
    let mut values_left = MOST_VALUES;
    for (name, values) in parameters {
        let Some(left) = values_left.checked_sub(values.len()) else {
            errors.0.insert(name.clone(), vec![format!("At most {MOST_VALUES} values can be given in all.")]);
            break;
        };
        values_left = left;
        match compiler.condition(content_type, name, values).await {
            Ok(condition) => conditions.extend(condition),
            Err(Fault::Unknown) => {
                errors.0.insert(name.clone(), vec!["Unknown filter field".to_owned()]);
            }
            Err(Fault::Values(messages)) => {
                errors.0.insert(name.clone(), messages);
            }
            Err(Fault::Database(error)) => return Err(error),
        }
    }
    Ok(if errors.0.is_empty() { Ok(Fragment::all(conditions)) } else { Err(errors) })
}

impl Compiler<'_, '_> {
    pub fn dialect(&self) -> Dialect {
        self.session.dialect()
    }

    /// The condition of one parameter; none when it says nothing.
    async fn condition(
        &mut self,
        content_type: &ContentType,
        name: &str,
        values: &[String],
    ) -> Result<Option<Fragment>, Fault> {
        let condition = self.by_name(content_type, name, values).await?;
        let (_, suffix) = Suffix::split(name);
        if let (Some(_), Lookup::Text(TextLookup::Regex | TextLookup::IRegex)) = (&condition, suffix.lookup) {
            text::check_expressions(&mut self.session, values).await?;
        }
        Ok(condition)
    }

    async fn by_name(
        &mut self,
        content_type: &ContentType,
        name: &str,
        values: &[String],
    ) -> Result<Option<Fragment>, Fault> {
        let (base, suffix) = Suffix::split(name);
        if name.contains('\0') {
            return Err(Fault::Unknown);
        }
        if values.iter().any(|value| value.contains('\0')) {
            return Err(Fault::value("Null characters are not allowed."));
        }
        if values.is_empty() {
            return Ok(None);
        }
        if let Some(special) = special::find(content_type, base) {
            return special.condition(self, content_type, suffix, values).await;
        }
        match base {
            "id" => {
                let column = Column { sql: Fragment::new("t0.\"id\""), scalar_type: ScalarType::Uuid, choices: None };
                return scalar::condition(self.dialect(), self.registry, &column, suffix, values);
            }
            "q" if suffix == Suffix::EXACT => {
                return Ok(search::condition(self.dialect(), self.registry, content_type, values));
            }
            _ => {}
        }
        if let Some(key) = base.strip_prefix("cf_")
            && content_type.has_custom_fields()
        {
            return custom_field::condition(self, content_type, key, suffix, values).await;
        }
        if let Some(name) = base.strip_prefix("cr_")
            && content_type.has_custom_fields()
        {
            return relationship::condition(self, content_type, name, suffix, values).await;
        }
        match content_type.field(base) {
            // Asking for beginnings of a hash would tell it letter by letter.
            Some(field) if !field.is_filtered() || field.visibility() == Visibility::Hidden => Err(Fault::Unknown),
            Some(field) => self.by_field(content_type, field, suffix, values).await,
            None => self.by_relation(content_type, base, suffix, values).await,
        }
    }

    async fn by_field(
        &mut self,
        content_type: &ContentType,
        field: &Field,
        suffix: Suffix,
        values: &[String],
    ) -> Result<Option<Fragment>, Fault> {
        match &field.kind {
            FieldKind::Scalar(scalar) => {
                let column = &content_type.columns[field.column.ok_or(Fault::Unknown)?].name;
                let column = Column {
                    sql: Fragment::new(format!("t0.\"{column}\"")),
                    scalar_type: scalar.scalar_type,
                    choices: scalar.choices(),
                };
                scalar::condition(self.dialect(), self.registry, &column, suffix, values)
            }
            FieldKind::Composite(composite) => network::composite(content_type, composite, suffix, values),
            _ => self.by_relation(content_type, field.name(), suffix, values).await,
        }
    }

    /// Filters by other records: `location`, `location_id`, `has_interfaces`, `interfaces`.
    async fn by_relation(
        &mut self,
        content_type: &ContentType,
        base: &str,
        suffix: Suffix,
        values: &[String],
    ) -> Result<Option<Fragment>, Fault> {
        if let Some(way) = way::relation(self.registry, content_type, base) {
            return reference::condition(self, &way, By::IdOrName, suffix, values).await;
        }
        if let Some(name) = base.strip_prefix("has_")
            && suffix.lookup == Lookup::Exact
            && let Some(way) = way::relation(self.registry, content_type, name)
        {
            return Ok(scalar::flag(values).map(|flag| reference::somewhere(&way, flag)));
        }
        if let Some(name) = base.strip_suffix("_id")
            && let Some(way) = way::relation(self.registry, content_type, name)
        {
            return reference::condition(self, &way, By::Id, suffix, values).await;
        }
        Err(Fault::Unknown)
    }
}
