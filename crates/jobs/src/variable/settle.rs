use indexmap::IndexMap;
use serde_json::Value as Json;

use super::given::Form;
use super::{Given, Values, Variable, VariableCause, VariableProblem, VariableValue, base, read};
use crate::{JobError, JobMeta};

/// Holds what was given against the variables of a job and the base variables.
///
/// # Errors
/// Everything that is wrong, in one error: declarations, names that do not exist, values that are missing or do not fit.
pub fn settle(job: &JobMeta, variables: &[Variable], given: &Given) -> Result<Values, JobError> {
    settle_with(job, variables, given, |variable, value| match value {
        VariableValue::File(path) if !path.is_file() => {
            Err(format!("`{}` is `{}`, but there is no such file", variable.name, path.display()))
        }
        _ => Ok(()),
    })
}

/// The same for a run that is done elsewhere, where the files are that it is given.
///
/// # Errors
/// As for [`settle`].
pub(crate) fn given_elsewhere(job: &JobMeta, variables: &[Variable], given: &Given) -> Result<Values, JobError> {
    settle_with(job, variables, given, |_, _| Ok(()))
}

/// The values of a run again, from what is stored of it. Its files may be gone since.
///
/// # Errors
/// The job declares other variables than it did then.
pub(crate) fn restore(
    job: &JobMeta,
    variables: &[Variable],
    stored: &serde_json::Map<String, Json>,
) -> Result<Values, JobError> {
    settle_with(job, variables, &Given::from(stored.clone()), |_, _| Ok(()))
}

fn settle_with(
    job: &JobMeta,
    variables: &[Variable],
    given: &Given,
    accept: impl Fn(&Variable, &VariableValue) -> Result<(), String>,
) -> Result<Values, JobError> {
    let base = base::variables(job);
    let mut problems: Vec<VariableProblem> = Vec::new();
    let mut add = |name: &str, cause, message| problems.push(VariableProblem::new(name, cause, message));
    for variable in variables {
        if let Some(problem) = variable.problem() {
            add(&variable.name, VariableCause::Mistake, problem);
        }
    }
    let declared = || base.iter().chain(variables);
    for (index, variable) in variables.iter().enumerate() {
        if variables[..index].iter().any(|other| other.name == variable.name) {
            add(&variable.name, VariableCause::Mistake, format!("variable `{}` is declared twice", variable.name));
        }
    }
    for name in given.entries.keys().filter(|name| !declared().any(|variable| variable.name == **name)) {
        let known: Vec<&str> = variables.iter().chain(&base).map(|variable| variable.name.as_str()).collect();
        add(name, VariableCause::Unknown, format!("there is no variable `{name}`; the job has: {}", known.join(", ")));
    }
    let mut values = IndexMap::new();
    for variable in declared() {
        let given = given.entries.get(&variable.name);
        let cause = if given.is_some() { VariableCause::Unfit } else { VariableCause::Missing };
        match settle_one(variable, given).and_then(|value| accept(variable, &value).map(|()| value)) {
            Ok(value) => drop(values.insert(variable.name.clone(), value)),
            Err(problem) => add(&variable.name, cause, problem),
        }
    }
    problems.dedup();
    if problems.is_empty() {
        Ok(Values::new(&job.name, values))
    } else {
        Err(JobError::Variables { job: job.name.clone(), problems })
    }
}

fn settle_one(variable: &Variable, given: Option<&Form>) -> Result<VariableValue, String> {
    let json = match given {
        Some(Form::Texts(texts)) => Some(read::from_texts(variable, texts)?),
        Some(Form::Json(Json::Null)) | None => variable.default.clone(),
        Some(Form::Json(json)) => Some(json.clone()),
    };
    match json {
        Some(json) => read::value(variable, &json),
        None if variable.required => {
            let help = if variable.help.is_empty() { String::new() } else { format!(" ({})", variable.help) };
            Err(format!("`{0}` must be given: --var {0}=…{help}", variable.name))
        }
        None => Ok(VariableValue::Nothing),
    }
}
