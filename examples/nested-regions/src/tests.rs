use trueup::prelude::*;
use trueup::testkit::Testkit;

use crate::job::NestedRegions;
use crate::tree::NAIVE_QUERIES;

#[test]
fn a_tree_is_read_with_as_many_queries_when_it_is_empty_as_when_it_is_full() -> Result<(), BoxError> {
    let kit = Testkit::new()?;
    assert_eq!(NAIVE_QUERIES, 7_033);
    let empty = kit.plan(NestedRegions, &[])?.report.target.queries;
    let made = kit.apply(NestedRegions, &[])?.report;
    let created = made.outcomes.map(|outcomes| outcomes.created);
    assert_eq!((created, &made.trouble), (Some(7_036), &Vec::new()), "with the types of locations");

    let full = kit.plan(NestedRegions, &[])?.report;
    assert_eq!((full.steps, full.target.records), (0, 7_036));
    assert_eq!(full.target.queries, empty);
    assert!(empty < 10, "{empty} queries for two kinds");
    Ok(())
}
