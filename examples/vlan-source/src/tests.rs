use trueup::prelude::*;
use trueup::testkit::Testkit;

use crate::job::VlanSource;

/// Writes the file and gives the variables that name it.
fn file(kit: &Testkit, text: &str) -> Result<String, BoxError> {
    let path = kit.folder().join("vlans.csv");
    std::fs::write(&path, text)?;
    Ok(path.display().to_string())
}

#[test]
fn vlans_are_created_changed_and_then_nothing_is_left_to_do() -> Result<(), BoxError> {
    let kit = Testkit::new()?;
    let path = file(&kit, "vid,name\n10,office\n20,voice\n")?;
    let variables = [("file", path.as_str())];

    let planned = kit.plan(VlanSource, &variables)?;
    assert_eq!(planned.steps, ["create vlan 10", "create vlan 20"]);
    assert!(kit.rows("ipam.vlan", &["vid"])?.is_empty(), "a plan changes nothing");

    kit.apply(VlanSource, &variables)?;
    assert_eq!(kit.rows("ipam.vlan", &["vid", "name"])?, ["10 | office", "20 | voice"]);

    file(&kit, "vid,name\n10,office\n20,phones\n")?;
    assert_eq!(kit.apply(VlanSource, &variables)?.steps, ["update vlan 20"]);
    assert!(kit.plan(VlanSource, &variables)?.steps.is_empty());
    Ok(())
}

#[test]
fn a_bad_line_is_named_and_deletes_nothing() -> Result<(), BoxError> {
    let kit = Testkit::new()?;
    let path = file(&kit, "vid,name\n10,office\n20,voice\n")?;
    let variables = [("file", path.as_str())];
    kit.apply(VlanSource, &variables)?;

    file(&kit, "vid,name\n10,office\ntwenty,voice\n")?;
    let planned = kit.plan(VlanSource, &variables)?;
    assert!(planned.steps.is_empty(), "{:?}", planned.steps);
    assert!(planned.report.source.rejected[0].contains("line 3: vlan: `twenty` is no number of a VLAN"));
    Ok(())
}
