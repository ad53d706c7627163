use trueup_engine::plan::Choice;

/// That somebody wants a stored plan to be applied: all of it or a part, perhaps with a reason for what checks are against.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Approval {
    pub reason: Option<String>,
    pub choice: Choice,
}

impl Approval {
    /// The reason, when it says anything.
    pub(super) fn reason(&self) -> Option<&str> {
        self.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty())
    }
}

/// For all of a plan.
impl From<Option<&str>> for Approval {
    fn from(reason: Option<&str>) -> Self {
        Self { reason: reason.map(str::to_owned), choice: Choice::default() }
    }
}

/// For a part of a plan that nothing is against.
impl From<Choice> for Approval {
    fn from(choice: Choice) -> Self {
        Self { reason: None, choice }
    }
}
