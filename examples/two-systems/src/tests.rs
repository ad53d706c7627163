use std::fs;

use trueup::prelude::*;
use trueup::testkit::Testkit;

use crate::job::TwoSystems;

#[test]
fn the_zone_follows_the_leases() -> Result<(), BoxError> {
    let kit = Testkit::new()?;
    let (leases, zone) = (kit.folder().join("leases.txt"), kit.folder().join("zone"));
    fs::create_dir(&zone)?;
    fs::write(zone.join("printer"), "192.0.2.9")?;
    fs::write(zone.join("gone"), "192.0.2.8")?;
    fs::write(&leases, "192.0.2.10 printer\n192.0.2.11 phone\n")?;
    let (leases, zone_name) = (leases.display().to_string(), zone.display().to_string());
    let variables = [("leases", leases.as_str()), ("zone", zone_name.as_str())];

    let mut steps = kit.plan(TwoSystems, &variables)?.steps;
    steps.sort();
    assert_eq!(steps, ["create host phone", "delete host gone", "update host printer"]);
    assert_eq!(fs::read_to_string(zone.join("printer"))?, "192.0.2.9", "a plan writes nothing");

    let ran = kit.apply(TwoSystems, &variables)?;
    assert!(ran.report.trouble.is_empty() && ran.report.unverified.is_empty(), "{:?}", ran.report);
    assert_eq!(fs::read_to_string(zone.join("printer"))?, "192.0.2.10");
    assert!(zone.join("phone").exists() && !zone.join("gone").exists());
    assert!(kit.plan(TwoSystems, &variables)?.steps.is_empty());
    Ok(())
}
