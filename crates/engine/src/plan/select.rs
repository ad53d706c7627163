//! A part of a plan: the steps that somebody chooses, and those that these depend on.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use super::{Plan, Step, StepAction, StepId};
use crate::kind::KindName;

/// Which steps somebody wants. Kinds and actions narrow each other: a step is wanted that is of any of these kinds and does
/// any of these things, where some are named. Steps that are named by their numbers are wanted besides. A choice that
/// names nothing wants every step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choice {
    pub kinds: Vec<KindName>,
    pub actions: Vec<StepAction>,
    pub steps: Vec<StepRange>,
}

/// Numbers of steps in a row: `12`, or `15-20`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepRange(pub RangeInclusive<u32>);

/// The text names no steps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no steps; give a number, such as 12, or a range, such as 15-20")]
pub struct ParseStepsError(String);

/// A choice that does not fit a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    #[error("there is no step {step}; choose among the steps {there}")]
    NoSuchStep { step: u32, there: StepRange },
    #[error("no step is of kind `{kind}`; choose among {there}")]
    NoSuchKind { kind: KindName, there: String },
    #[error("no step is what was asked for; choose other kinds or actions, or steps by their numbers")]
    Nothing,
    #[error("the plan has no steps, so that none can be chosen; leave the choice out")]
    NoSteps,
}

/// Steps of a plan that can be carried out without the others: with each step all that it depends on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    chosen: Vec<bool>,
    /// Chosen only because another one depends on them.
    pulled_in: Vec<StepId>,
}

impl Choice {
    /// Whether it wants every step.
    pub fn is_all(&self) -> bool {
        let Self { kinds, actions, steps } = self;
        kinds.is_empty() && actions.is_empty() && steps.is_empty()
    }
}

impl Plan {
    /// The steps that a choice wants, and those that they depend on. The plan stays what it is.
    ///
    /// # Errors
    /// The choice names a step or a kind that the plan does not have, or wants no step.
    pub fn select(&self, choice: &Choice) -> Result<Selection, SelectError> {
        let Choice { kinds, actions, steps } = choice;
        let Some(last) = self.len().checked_sub(1) else {
            return if choice.is_all() { Ok(Selection::default()) } else { Err(SelectError::NoSteps) };
        };
        let last = last as u32;
        if let Some(StepRange(beyond)) = steps.iter().find(|StepRange(range)| *range.end() > last) {
            return Err(SelectError::NoSuchStep { step: *beyond.end(), there: StepRange(0..=last) });
        }
        if !kinds.is_empty() {
            let there: BTreeSet<&str> = self.steps().iter().map(|step| step.record.kind.as_str()).collect();
            if let Some(kind) = kinds.iter().find(|kind| !there.contains(kind.as_str())) {
                let there = there.into_iter().collect::<Vec<_>>().join(", ");
                return Err(SelectError::NoSuchKind { kind: kind.clone(), there });
            }
        }
        let kinds: BTreeSet<&KindName> = kinds.iter().collect();
        let narrowed = choice.is_all() || !kinds.is_empty() || !actions.is_empty();
        let fits = |step: &Step| {
            (kinds.is_empty() || kinds.contains(&step.record.kind))
                && (actions.is_empty() || actions.contains(&step.action()))
        };
        let mut chosen: Vec<bool> = self.steps().iter().map(|step| narrowed && fits(step)).collect();
        fill(&mut chosen, steps);
        if !chosen.contains(&true) {
            return Err(SelectError::Nothing);
        }
        let mut pulled_in = Vec::new();
        // What a step depends on comes before it, so that one way back finds everything.
        for index in (0..self.len()).rev().filter(|index| chosen[*index]).collect::<Vec<_>>() {
            let mut pending = self.steps()[index].depends_on.clone();
            while let Some(needed) = pending.pop() {
                if !std::mem::replace(&mut chosen[needed.index()], true) {
                    pulled_in.push(needed);
                    pending.extend(&self.step(needed).depends_on);
                }
            }
        }
        pulled_in.sort_unstable();
        Ok(Selection { chosen, pulled_in })
    }
}

/// Chooses the steps that are named by their numbers, each once, however many ranges name it.
fn fill(chosen: &mut [bool], ranges: &[StepRange]) {
    let mut ranges: Vec<(u32, u32)> = ranges.iter().map(|StepRange(range)| (*range.start(), *range.end())).collect();
    ranges.sort_unstable();
    let mut next = 0;
    for (start, end) in ranges {
        for step in start.max(next)..=end {
            chosen[step as usize] = true;
        }
        next = next.max(end + 1);
    }
}

impl Selection {
    /// Every step of a plan.
    pub fn all_of(plan: &Plan) -> Self {
        Self { chosen: vec![true; plan.len()], pulled_in: Vec::new() }
    }

    pub fn contains(&self, step: StepId) -> bool {
        self.chosen.get(step.index()).is_some_and(|chosen| *chosen)
    }

    /// In the order of the plan.
    pub fn steps(&self) -> impl Iterator<Item = StepId> {
        self.chosen.iter().zip((0..).map(StepId)).filter(|(chosen, _)| **chosen).map(|(_, id)| id)
    }

    /// The steps that are not chosen, in the order of the plan.
    pub fn left_out(&self) -> impl Iterator<Item = StepId> {
        self.chosen.iter().zip((0..).map(StepId)).filter(|(chosen, _)| !**chosen).map(|(_, id)| id)
    }

    /// The steps that nobody asked for, and that others depend on.
    pub fn pulled_in(&self) -> &[StepId] {
        &self.pulled_in
    }

    /// How many steps there are.
    pub fn len(&self) -> usize {
        self.chosen.iter().filter(|chosen| **chosen).count()
    }

    pub fn is_empty(&self) -> bool {
        !self.chosen.contains(&true)
    }

    pub fn is_all(&self) -> bool {
        !self.chosen.contains(&false)
    }

    /// The numbers of its steps, as ranges.
    pub fn ranges(&self) -> Vec<StepRange> {
        let mut ranges: Vec<StepRange> = Vec::new();
        for StepId(step) in self.steps() {
            match ranges.last_mut() {
                Some(StepRange(range)) if *range.end() + 1 == step => *range = *range.start()..=step,
                _ => ranges.push(StepRange(step..=step)),
            }
        }
        ranges
    }
}

impl fmt::Display for StepRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, end) = (self.0.start(), self.0.end());
        if start == end { write!(f, "{start}") } else { write!(f, "{start}-{end}") }
    }
}

impl FromStr for StepRange {
    type Err = ParseStepsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |text: &str| text.trim().parse::<u32>().ok();
        let range = match text.split_once('-') {
            None => number(text).map(|step| step..=step),
            Some((start, end)) => number(start).zip(number(end)).map(|(start, end)| start..=end),
        };
        range.filter(|range| !range.is_empty()).map(StepRange).ok_or_else(|| ParseStepsError(text.to_owned()))
    }
}
