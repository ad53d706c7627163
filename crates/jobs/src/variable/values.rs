use std::net::IpAddr;
use std::path::PathBuf;

use indexmap::IndexMap;
use serde_json::Value as Json;
use trueup_engine::value::{IpNet, Timestamp};

use super::{
    CPU_PROFILING, DRYRUN, MEMORY_PROFILING, ObjectReference, PARALLEL_LOADING, SecretReference, VariableCause,
    VariableProblem,
};
use crate::JobError;

/// The value of one variable.
#[derive(Debug, Clone, PartialEq)]
pub enum VariableValue {
    /// It may be left out, and was.
    Nothing,
    /// Also one of several choices.
    Text(String),
    Integer(i64),
    Boolean(bool),
    Choices(Vec<String>),
    DateTime(Timestamp),
    Ip(IpAddr),
    Prefix(IpNet),
    Json(Json),
    File(PathBuf),
    Secret(SecretReference),
    Object(ObjectReference),
    Objects(Vec<ObjectReference>),
}

impl VariableValue {
    fn to_json(&self) -> Json {
        match self {
            Self::Nothing => Json::Null,
            Self::Text(text) => Json::from(text.as_str()),
            Self::Integer(integer) => Json::from(*integer),
            Self::Boolean(boolean) => Json::from(*boolean),
            Self::Choices(choices) => Json::from(choices.clone()),
            Self::DateTime(time) => Json::from(time.to_string()),
            Self::Ip(ip) => Json::from(ip.to_string()),
            Self::Prefix(prefix) => Json::from(prefix.to_string()),
            Self::Json(json) => json.clone(),
            Self::File(path) => Json::from(path.display().to_string()),
            Self::Secret(reference) => Json::from(reference.to_string()),
            Self::Object(object) => object.to_json(),
            Self::Objects(objects) => objects.iter().map(ObjectReference::to_json).collect(),
        }
    }
}

/// The values of all variables of a run, base variables included.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    job: String,
    values: IndexMap<String, VariableValue>,
}

impl Values {
    pub(super) fn new(job: &str, values: IndexMap<String, VariableValue>) -> Self {
        Self { job: job.to_owned(), values }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &VariableValue)> {
        self.values.iter()
    }

    /// The value of a variable, as a type that fits its declaration; an `Option` where it may be left out.
    ///
    /// # Errors
    /// The job declares no such variable, or one of another type: a mistake in the job.
    pub fn get<T: FromVariable>(&self, name: &str) -> Result<T, JobError> {
        let mistake = |message| {
            let problems = vec![VariableProblem::new(name, VariableCause::Mistake, message)];
            JobError::Variables { job: self.job.clone(), problems }
        };
        let value = self.values.get(name);
        let value = value.ok_or_else(|| mistake(format!("the code reads `{name}`, which the job does not declare")))?;
        let wanted = std::any::type_name::<T>();
        T::from_variable(value).ok_or_else(|| mistake(format!("the code reads `{name}` as {wanted}, which it is not")))
    }

    /// The same, with `dryrun` as the run does it, whatever was given.
    #[must_use]
    pub(crate) fn with_dry_run(mut self, dry_run: bool) -> Self {
        self.values.insert(DRYRUN.to_owned(), VariableValue::Boolean(dry_run));
        self
    }

    pub fn dry_run(&self) -> bool {
        self.values.get(DRYRUN) != Some(&VariableValue::Boolean(false))
    }

    pub fn parallel_loading(&self) -> bool {
        self.is_on(PARALLEL_LOADING)
    }

    pub fn memory_profiling(&self) -> bool {
        self.is_on(MEMORY_PROFILING)
    }

    pub fn cpu_profiling(&self) -> bool {
        self.is_on(CPU_PROFILING)
    }

    fn is_on(&self, name: &str) -> bool {
        self.values.get(name) == Some(&VariableValue::Boolean(true))
    }

    /// As they are stored with a run: what, given again, settles to the same values. No secret is in it.
    pub fn to_json(&self) -> serde_json::Map<String, Json> {
        self.values.iter().map(|(name, value)| (name.clone(), value.to_json())).collect()
    }
}

/// A type that a variable can be read as.
pub trait FromVariable: Sized {
    /// `None` when the value is of another type.
    fn from_variable(value: &VariableValue) -> Option<Self>;
}

macro_rules! from_variable {
    ($($rust:ty => $variant:ident),+ $(,)?) => {
        $(impl FromVariable for $rust {
            fn from_variable(value: &VariableValue) -> Option<Self> {
                match value {
                    VariableValue::$variant(value) => Some(value.clone()),
                    _ => None,
                }
            }
        })+
    };
}

from_variable! {
    String => Text, i64 => Integer, bool => Boolean, Vec<String> => Choices, Timestamp => DateTime, IpAddr => Ip,
    IpNet => Prefix, Json => Json, PathBuf => File, SecretReference => Secret, ObjectReference => Object,
    Vec<ObjectReference> => Objects,
}

impl<T: FromVariable> FromVariable for Option<T> {
    fn from_variable(value: &VariableValue) -> Option<Self> {
        if *value == VariableValue::Nothing { Some(None) } else { T::from_variable(value).map(Some) }
    }
}
