use std::collections::BTreeSet;

use proptest::prelude::*;
use trueup_engine::apply::{Apply, Event, Fault, Outcome, ReadBack, ReplayError, StepTarget, read_back};
use trueup_engine::diff::Progress;
use trueup_engine::plan::{OnFailure, Plan, Step, StepId};
use trueup_engine::{Policy, plan};

use crate::world::{Flags, World, carry_out, compare, memory, world};

fn plan_of(world: &World, on_failure: OnFailure) -> Plan {
    let (source, target) = (world.source(Flags::Without), world.target(Flags::Without));
    plan(&compare(&source, &target), &Policy { on_failure, ..Policy::default() })
}

/// A target that fails one step and says so.
struct Failing<'p> {
    record: &'p Step,
    fault: Fault,
}

impl StepTarget for Failing<'_> {
    fn apply(&mut self, steps: &[&Step]) -> Vec<Outcome> {
        let outcome = |step: &&Step| match *step == self.record {
            true => Outcome::Failed { fault: self.fault, message: "refused".to_owned() },
            false => Outcome::applied(),
        };
        steps.iter().map(outcome).collect()
    }
}

fn dependants(plan: &Plan, failed: StepId) -> BTreeSet<StepId> {
    let mut found = BTreeSet::from([failed]);
    for (step, id) in plan.steps().iter().zip((0..).map(StepId)) {
        if step.depends_on.iter().any(|on| found.contains(on)) {
            found.insert(id);
        }
    }
    found
}

/// Carries a plan out and writes the log that a driver would; outcomes differ by the digits of `seed`.
fn recorded(plan: &Plan, batches: &[usize], seed: u64) -> (Vec<Event>, Vec<Vec<Option<Outcome>>>) {
    let outcome = |step: StepId| match (seed >> (step.index() % 21 * 3)) & 7 {
        0 => Outcome::failed("no"),
        1 => Outcome::Failed { fault: Fault::Declined, message: "declined".to_owned() },
        2 => Outcome::Stale { found: "other".to_owned() },
        3 => Outcome::Skipped { reason: "why not".to_owned() },
        _ => Outcome::applied(),
    };
    let mut apply = Apply::new(plan);
    let (mut log, mut states) = (Vec::new(), vec![state(plan, &apply)]);
    let mut sizes = batches.iter().copied().cycle();
    loop {
        let batch = apply.next_batch(sizes.next().unwrap_or(1));
        if batch.is_empty() {
            break;
        }
        log.push(Event::Sent(batch.clone()));
        states.push(state(plan, &apply));
        for step in batch {
            for (step, outcome) in apply.settle(step, outcome(step)).unwrap() {
                log.push(Event::Settled(step, outcome));
                states.push(state(plan, &apply));
            }
        }
    }
    assert!(apply.is_done());
    (log, states)
}

fn state(plan: &Plan, apply: &Apply<'_>) -> Vec<Option<Outcome>> {
    let open: BTreeSet<StepId> = apply.unanswered().collect();
    (0..plan.len() as u32)
        .map(StepId)
        .map(|step| {
            let sent = open.contains(&step).then(|| Outcome::Skipped { reason: "sent".to_owned() });
            apply.outcome(step).cloned().or(sent)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Whether a step was done is seen on its record, right before it and right after it.
    #[test]
    fn what_nobody_answered_is_read_back(world in world()) {
        let plan = plan_of(&world, OnFailure::Continue);
        let mut target = world.target(Flags::Without);
        for step in plan.steps() {
            let key = (step.record.kind.as_str(), &step.record.key);
            prop_assert_eq!(read_back(step, target.get_or_none(key.0, key.1)), ReadBack::NotDone, "{:?}", step);
            let outcome = memory(&mut target).apply(&[step]).remove(0);
            prop_assert!(outcome.is_applied(), "{outcome:?}");
            prop_assert_eq!(read_back(step, target.get_or_none(key.0, key.1)), ReadBack::Done, "{:?}", step);
        }
    }

    #[test]
    fn the_size_of_batches_changes_nothing(world in world(), sizes in prop::collection::vec(1..7usize, 1..5)) {
        let plan = plan_of(&world, OnFailure::Stop);
        let mut reports = Vec::new();
        for batches in [vec![1], vec![1000], sizes] {
            let mut target = world.target(Flags::Without);
            let mut apply = Apply::new(&plan);
            let mut next = batches.iter().copied().cycle();
            loop {
                let batch = apply.next_batch(next.next().unwrap());
                if batch.is_empty() {
                    break;
                }
                let steps: Vec<&Step> = batch.iter().map(|step| plan.step(*step)).collect();
                let one_sort = |step: &&Step| step.record.kind == steps[0].record.kind && step.action() == steps[0].action();
                prop_assert!(steps.iter().all(one_sort));
                let outcomes = memory(&mut target).apply(&steps);
                for (step, outcome) in batch.into_iter().zip(outcomes) {
                    let _consequences = apply.settle(step, outcome).unwrap();
                }
            }
            prop_assert!(apply.is_done());
            reports.push(apply.report());
        }
        prop_assert_eq!(&reports[0], &reports[1]);
        prop_assert_eq!(&reports[0], &reports[2]);
        prop_assert!(reports[0].is_clean());
        prop_assert_eq!(reports[0].total().applied(), plan.len() as u64);
    }

    #[test]
    fn a_failure_blocks_what_depends_on_it_and_nothing_else(world in world(), failing in any::<prop::sample::Index>(), batch in 1..5usize) {
        let plan = plan_of(&world, OnFailure::Continue);
        prop_assume!(!plan.is_empty());
        let failing = StepId(failing.index(plan.len()) as u32);
        let blocked = dependants(&plan, failing);
        for fault in [Fault::Error, Fault::Declined, Fault::Passing] {
            let report = carry_out(&plan, &mut Failing { record: plan.step(failing), fault }, batch);
            let troubled: BTreeSet<StepId> = report.trouble.iter().map(|(step, _)| *step).collect();
            prop_assert_eq!(&troubled, &blocked);
            prop_assert_eq!(report.total().failed, 1);
            prop_assert_eq!(report.total().blocked, blocked.len() as u64 - 1);
            prop_assert_eq!(report.open, 0);
        }
    }

    #[test]
    fn an_error_stops_everything_when_the_policy_says_so(world in world(), failing in any::<prop::sample::Index>()) {
        let plan = plan_of(&world, OnFailure::Stop);
        prop_assume!(!plan.is_empty());
        let failing = StepId(failing.index(plan.len()) as u32);
        let step = plan.step(failing);
        let stopped = carry_out(&plan, &mut Failing { record: step, fault: Fault::Error }, 1);
        prop_assert_eq!(stopped.total().applied(), failing.index() as u64);
        prop_assert_eq!(stopped.total().blocked, (plan.len() - failing.index() - 1) as u64);
        // A refused record is no error: the rest goes on.
        let declined = carry_out(&plan, &mut Failing { record: step, fault: Fault::Declined }, 1);
        prop_assert_eq!(declined.total().blocked, dependants(&plan, failing).len() as u64 - 1);
    }

    #[test]
    fn a_log_cut_anywhere_replays_to_the_same_state(
        world in world(),
        batches in prop::collection::vec(1..5usize, 1..4),
        seed in any::<u64>(),
        stop in any::<bool>(),
    ) {
        let plan = plan_of(&world, if stop { OnFailure::Stop } else { OnFailure::Continue });
        let (log, states) = recorded(&plan, &batches, seed);
        for cut in 0..=log.len() {
            let replayed = Apply::replay(&plan, log[..cut].iter().cloned()).unwrap();
            prop_assert_eq!(&state(&plan, &replayed), &states[cut]);
        }
        // What the replayed machine does next is what the live one did.
        for cut in 0..log.len() {
            let Event::Sent(batch) = &log[cut] else { continue };
            let mut replayed = Apply::replay(&plan, log[..cut].iter().cloned()).unwrap();
            prop_assert_eq!(&replayed.next_batch(batch.len()), batch);
        }
    }

    #[test]
    fn apply_progress_ends_at_its_total(world in world(), batch in 1..5usize) {
        let plan = plan_of(&world, OnFailure::Stop);
        let mut target = world.target(Flags::Without);
        let mut told: Vec<Progress> = Vec::new();
        let report = trueup_engine::apply::run(&plan, &mut memory(&mut target), batch, &mut |progress| told.push(progress));
        prop_assert_eq!(report.open, 0);
        prop_assert!(told.is_sorted_by_key(|progress| progress.done));
        prop_assert_eq!(told.last().map(|progress| progress.done), Some(plan.len() as u64));
    }
}

fn three_sites() -> Plan {
    let source = crate::snapshot::sites(&["a", "b", "c"]);
    let target = crate::snapshot::sites(&[]);
    plan(&compare(&source, &target), &Policy::default())
}

#[test]
fn a_log_of_another_plan_is_refused() {
    let plan = three_sites();
    let replay = |events: Vec<Event>| Apply::replay(&plan, events).map(|_| ()).unwrap_err();
    let step = StepId(1);
    assert_eq!(replay(vec![Event::Sent(vec![StepId(3)])]), ReplayError::NoSuchStep(StepId(3)));
    assert_eq!(replay(vec![Event::Sent(vec![step]), Event::Sent(vec![step])]), ReplayError::NotReady(step));
    assert_eq!(replay(vec![Event::Settled(step, Outcome::applied())]), ReplayError::NotSent(step));
    assert_eq!(replay(vec![Event::Settled(StepId(9), Outcome::applied())]), ReplayError::NoSuchStep(StepId(9)));
}

#[test]
fn a_target_that_answers_too_little_has_failed_the_rest() {
    struct Silent;
    impl StepTarget for Silent {
        fn apply(&mut self, _: &[&Step]) -> Vec<Outcome> {
            vec![Outcome::applied()]
        }
    }
    let report = carry_out(&three_sites(), &mut Silent, 2);
    assert_eq!((report.total().created, report.total().failed, report.total().blocked), (1, 1, 1));
    assert!(report.trouble[0].1.contains("gave no outcome"), "{:?}", report.trouble);
}

#[test]
fn a_record_that_is_not_as_planned_is_stale_and_the_others_go_on() {
    let plan = three_sites();
    let mut target = crate::snapshot::sites(&["b"]);
    let report = carry_out(&plan, &mut memory(&mut target), 1);
    assert_eq!((report.total().created, report.total().stale, report.total().blocked), (2, 1, 0), "the others go on");
}
