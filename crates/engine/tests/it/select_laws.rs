//! Parts of plans.

use proptest::prelude::*;
use trueup_engine::apply::{Apply, StepTarget};
use trueup_engine::plan::{Choice, Plan, SelectError, Selection, Step, StepAction, StepId, StepRange};
use trueup_engine::{Policy, plan};

use crate::strict::{Strict, is_whole};
use crate::world::{Flags, canonical, carry_out, compare, memory, world};

/// Carries out a part of a plan, and says whether all of that went well.
fn carry_out_part(plan: &Plan, selection: &Selection, target: &mut dyn StepTarget, batch: usize) -> bool {
    let mut apply = Apply::of(plan, selection);
    loop {
        let ids = apply.next_batch(batch);
        if ids.is_empty() {
            break;
        }
        assert!(ids.iter().all(|id| selection.contains(*id)));
        let steps: Vec<&Step> = ids.iter().map(|id| plan.step(*id)).collect();
        for (id, outcome) in ids.into_iter().zip(target.apply(&steps)) {
            let _consequences = apply.settle(id, outcome).unwrap();
        }
    }
    let (done, all) = apply.progress();
    let report = apply.report();
    let counts = report.total();
    assert!(apply.is_done() && done == all && all == selection.len());
    assert_eq!((counts.applied() + counts.not_chosen) as usize, plan.len());
    assert_eq!(counts.not_chosen as usize, selection.left_out().count());
    report.is_clean()
}

fn choice() -> impl Strategy<Value = Choice> {
    let kinds = prop::sample::subsequence(vec!["kind0", "kind1", "kind2", "kind3"], 0..3);
    let all = vec![StepAction::Create, StepAction::Update, StepAction::Delete];
    let ranges = prop::collection::vec((0..12u32, 0..4u32), 0..3);
    (kinds, prop::sample::subsequence(all, 0..3), ranges).prop_map(|(kinds, actions, ranges)| Choice {
        kinds: kinds.into_iter().map(Into::into).collect(),
        actions,
        steps: ranges.into_iter().map(|(start, more)| StepRange(start..=start + more)).collect(),
    })
}

/// What of a choice the plan has, so that it can be selected.
fn fitting(mut choice: Choice, plan: &Plan) -> Choice {
    choice.kinds.retain(|kind| plan.steps().iter().any(|step| step.record.kind == *kind));
    choice.steps.retain(|StepRange(range)| (*range.end() as usize) < plan.len());
    choice
}

fn asked(choice: &Choice, plan: &Plan, id: StepId) -> bool {
    let step = plan.step(id);
    let fits = (choice.kinds.is_empty() || choice.kinds.contains(&step.record.kind))
        && (choice.actions.is_empty() || choice.actions.contains(&step.action()));
    let narrowed = choice.steps.is_empty() || !choice.kinds.is_empty() || !choice.actions.is_empty();
    (narrowed && fits) || choice.steps.iter().any(|StepRange(range)| range.contains(&id.0))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn a_selection_is_what_was_asked_for_and_what_that_needs(world in world(), choice in choice()) {
        let (source, target) = (world.source(Flags::Without), world.target(Flags::Without));
        let plan = plan(&compare(&source, &target), &Policy::default());
        let choice = fitting(choice, &plan);
        let ids = || (0..plan.len() as u32).map(StepId);
        let selection = match plan.select(&choice) {
            Ok(selection) => selection,
            Err(error) => {
                prop_assert_eq!(error, if plan.is_empty() { SelectError::NoSteps } else { SelectError::Nothing });
                prop_assert!(!ids().any(|id| asked(&choice, &plan, id)));
                return Ok(());
            }
        };
        let needed_by_chosen = |id: StepId| selection.steps().any(|other| plan.step(other).depends_on.contains(&id));
        for id in ids() {
            prop_assert_eq!(selection.contains(id), asked(&choice, &plan, id) || needed_by_chosen(id));
            let pulled_in = selection.contains(id) && !asked(&choice, &plan, id);
            prop_assert_eq!(selection.pulled_in().contains(&id), pulled_in);
        }
        prop_assert!(selection.steps().is_sorted());
        prop_assert_eq!(selection.len() + selection.left_out().count(), plan.len());
        let again = Choice { steps: selection.ranges(), ..Choice::default() };
        prop_assert!(plan.select(&again).unwrap().steps().eq(selection.steps()));
        prop_assert!(plan.select(&again).unwrap().pulled_in().is_empty());
    }

    /// A part can stand alone, and with what a new plan finds afterwards it comes to the same as the whole.
    #[test]
    fn a_part_and_then_the_rest_is_the_whole(world in world(), choice in choice(), batch in 1..6usize) {
        let (source, mut target) = (world.source(Flags::Without), world.target(Flags::Without));
        let before = target.clone();
        let whole = plan(&compare(&source, &before), &Policy::default());
        let Ok(selection) = whole.select(&fitting(choice, &whole)) else { return Ok(()) };
        let fingerprint = whole.fingerprint();
        let clean = carry_out_part(&whole, &selection, &mut Strict { snapshot: &mut target }, batch);
        prop_assert!(clean);
        prop_assert!(is_whole(&target));
        prop_assert_eq!(whole.fingerprint(), fingerprint);

        let half_way = target.clone();
        let rest = plan(&compare(&source, &half_way), &Policy::default());
        prop_assert!(rest.len() <= whole.len() - selection.len());
        let report = carry_out(&rest, &mut memory(&mut target), batch);
        prop_assert!(report.is_clean(), "{:?}", report.trouble);
        prop_assert_eq!(canonical(&target), canonical(&source));
    }
}

#[test]
fn what_a_plan_does_not_have_cannot_be_chosen() {
    let source = crate::snapshot::sites(&["A", "B"]);
    let mut target = crate::snapshot::sites(&[]);
    target.completeness_mut().confirm_all();
    let plan = plan(&compare(&source, &target), &Policy::default());
    let choose = |choice: Choice| plan.select(&choice).unwrap_err().to_string();
    let kinds = Choice { kinds: vec!["moon".into()], ..Choice::default() };
    assert!(choose(kinds).contains("no step is of kind `moon`; choose among "));
    let beyond = Choice { steps: vec!["1-99".parse().unwrap()], ..Choice::default() };
    assert!(choose(beyond).contains("there is no step 99; choose among the steps 0-"));
    let deletes = Choice { actions: vec![StepAction::Delete], ..Choice::default() };
    assert!(choose(deletes).contains("no step is what was asked for; choose "));
    for text in ["", "x", "-1", "5-3", "1-2-3"] {
        assert!(text.parse::<StepRange>().is_err(), "{text}");
    }
    assert_eq!("15 - 20".parse::<StepRange>().unwrap().to_string(), "15-20");
    assert_eq!("7".parse::<StepRange>().unwrap().to_string(), "7");
}
