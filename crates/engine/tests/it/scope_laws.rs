//! A scope leaves out what is outside on both sides, and nothing else.

use std::collections::BTreeMap;

use proptest::prelude::*;
use trueup_engine::diff::{ElementRef, Scope};
use trueup_engine::snapshot::RecordRef;
use trueup_engine::{DiffOptions, KindName, Policy, Snapshot, Value, diff, plan};

use crate::strict::{Strict, is_whole};
use crate::world::{Flags, canonical, carry_out, compare, world};

/// Of some kinds, the colours that are inside.
type Colours = BTreeMap<usize, Vec<u8>>;

fn colours() -> impl Strategy<Value = Colours> {
    prop::collection::btree_map(0..4usize, prop::collection::vec(0..3u8, 1..3), 1..4)
}

fn colour(number: u8) -> Value {
    if number == 0 { Value::Null } else { format!("colour {number}").into() }
}

fn kind_name(kind: usize) -> KindName {
    format!("kind{kind}").into()
}

/// Of the kinds that the world has.
fn scope(colours: &Colours, world: &Snapshot) -> Scope {
    let there = colours.iter().filter(|(kind, _)| world.schema().get(kind_name(**kind).as_str()).is_some());
    there.fold(Scope::all(), |scope, (kind, inside)| {
        scope.only(kind_name(*kind), "colour", inside.iter().map(|number| colour(*number)))
    })
}

/// What the rule says, asked record by record.
struct Rule<'a> {
    colours: &'a Colours,
    source: &'a Snapshot,
}

impl Rule<'_> {
    fn is_inside(&self, record: RecordRef<'_>) -> bool {
        // Where the source has the record, it decides.
        let record = self.source.get_or_none(record.kind().name().as_str(), &record.key()).unwrap_or(record);
        let fits = |(kind, inside): (&usize, &Vec<u8>)| {
            let found = record.get("colour").unwrap();
            *record.kind().name() != kind_name(*kind)
                || inside.iter().any(|number| {
                    let wanted = colour(*number);
                    wanted == found || (wanted.is_null() && found.is_blank())
                })
        };
        let above = record.parent().filter(|above| above.kind().name() != record.kind().name());
        self.colours.iter().all(fits) && above.is_none_or(|above| self.is_inside(above))
    }
}

fn told(element: ElementRef<'_, '_>) -> String {
    let changes = element.changes();
    format!("{} {:?} {:?} {} {changes:?}", element.kind(), element.key(), element.action(), element.is_moved())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_inside_differs_as_it_does_without_a_scope(world in world(), colours in colours()) {
        let (source, target) = (world.source(Flags::Without), world.target(Flags::Without));
        let options = DiffOptions { scope: scope(&colours, &source), ..DiffOptions::default() };
        let rule = Rule { colours: &colours, source: &source };
        let all = compare(&source, &target);
        let scoped = diff(&source, &target, &options, &mut |_| {});
        let inside = all.elements().filter(|element| rule.is_inside(element.record())).map(told);
        prop_assert_eq!(scoped.elements().map(told).collect::<Vec<_>>(), inside.collect::<Vec<_>>());
        let outside = all.elements().filter(|element| !rule.is_inside(element.record())).count();
        prop_assert_eq!(scoped.summary().skip, outside as u64);
    }

    #[test]
    fn what_is_outside_is_left_as_it_is(world in world(), colours in colours(), batch in 1..6usize) {
        let world = world.owned();
        let (source, mut target) = (world.source(Flags::Without), world.target(Flags::Without));
        let options = DiffOptions { scope: scope(&colours, &source), ..DiffOptions::default() };
        let rule = Rule { colours: &colours, source: &source };
        let outside = |side: &Snapshot| {
            let mut outside = side.clone();
            for record in side.records().filter(|record| rule.is_inside(*record)) {
                let _removed = outside.remove(&record.identity(), trueup_engine::snapshot::WithChildren::Keep);
            }
            canonical(&outside)
        };
        let before = target.clone();
        let first = plan(&diff(&source, &before, &options, &mut |_| {}), &Policy::default());
        for step in first.steps() {
            let record = source.get_or_none(step.record.kind.as_str(), &step.record.key);
            let record = record.or_else(|| before.get_or_none(step.record.kind.as_str(), &step.record.key));
            prop_assert!(rule.is_inside(record.unwrap()), "{step:?}");
        }
        let report = carry_out(&first, &mut Strict { snapshot: &mut target }, batch);
        prop_assert!(report.is_clean(), "{:?}\n{:#?}\n{:#?}", report.trouble, first.steps(), first.withheld());
        prop_assert!(is_whole(&target));
        prop_assert_eq!(outside(&target), outside(&before));
        if first.withheld().is_empty() {
            prop_assert!(!diff(&source, &target, &options, &mut |_| {}).has_diffs(), "a second run has nothing to do");
        }
    }

    #[test]
    fn a_scope_that_holds_everything_changes_nothing(world in world()) {
        let (source, target) = (world.source(Flags::With), world.target(Flags::With));
        let all: Colours = (0..4).map(|kind| (kind, vec![0, 1, 2])).collect();
        let options = DiffOptions { scope: scope(&all, &source), ..DiffOptions::default() };
        let (plain, scoped) = (compare(&source, &target), diff(&source, &target, &options, &mut |_| {}));
        prop_assert_eq!(plain.summary(), scoped.summary());
        prop_assert_eq!(plain.problems(), scoped.problems());
        let (plain, scoped) = (plan(&plain, &Policy::default()), plan(&scoped, &Policy::default()));
        prop_assert_eq!(plain.encode(), scoped.encode());
    }
}
