//! Plans: immutable, ordered steps made from a diff under a policy.
//!
//! A plan is complete in itself. Every step carries what it does, what it expects to find (its before-image) and which
//! steps must have succeeded before it; the executor decides nothing. The same inputs make the same bytes, and the
//! [`Fingerprint`] of these bytes is what a person approves.
//!
//! What is deliberately not in a plan: how to reach the target, time, and any function.

mod build;
mod containment;
mod deletes;
mod document;
mod encode;
mod moves;
mod order;
mod policy;
mod select;
mod step;
mod undo;
mod unmet;

pub use build::plan;
pub use document::{StepDocument, StepDocumentError};
pub use encode::Fingerprint;
pub use policy::{AttributeScope, OnFailure, Policy, StepOrder};
pub use select::{Choice, ParseStepsError, SelectError, Selection, StepRange};
pub use step::{Change, Move, Step, StepAction, StepId, Withheld, WithheldReason};

use crate::diff::Problem;

/// Stored steps that are no plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{step} depends on {on}, which does not come before it")]
pub struct StepsOutOfOrder {
    pub step: StepId,
    pub on: StepId,
}

/// Ordered steps, and what was left out of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    policy: Policy,
    steps: Vec<Step>,
    withheld: Vec<Withheld>,
    problems: Vec<Problem>,
    fingerprint: Fingerprint,
}

impl Plan {
    /// A plan of given steps, for one that was stored.
    ///
    /// # Errors
    /// A step depends on one that does not come before it.
    pub fn from_steps(policy: Policy, steps: Vec<Step>) -> Result<Self, StepsOutOfOrder> {
        for (step, id) in steps.iter().zip((0..).map(StepId)) {
            if let Some(on) = step.depends_on.iter().copied().find(|on| *on >= id) {
                return Err(StepsOutOfOrder { step: id, on });
            }
        }
        Ok(Self::assemble(policy, steps, Vec::new(), Vec::new()))
    }

    fn assemble(policy: Policy, steps: Vec<Step>, withheld: Vec<Withheld>, problems: Vec<Problem>) -> Self {
        let fingerprint = Fingerprint::of(&policy, &steps);
        Self { policy, steps, withheld, problems, fingerprint }
    }

    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    pub fn step(&self, id: StepId) -> &Step {
        &self.steps[id.index()]
    }

    /// Changes that the diff shows and the plan does not make, each with its reason.
    pub fn withheld(&self) -> &[Withheld] {
        &self.withheld
    }

    /// What the diff could not compare.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Identifies the plan: two plans with one fingerprint do the same.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    pub fn len(&self) -> usize {
        self.steps.len()
    }

    pub fn count(&self, action: StepAction) -> usize {
        self.steps.iter().filter(|step| step.action() == action).count()
    }
}
