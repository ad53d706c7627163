use trueup::prelude::*;
use trueup::testkit::Testkit;

use crate::job::InventoryToCsv;

fn vlan(kit: &Testkit, vid: i64, name: &str) -> Result<(), BoxError> {
    let fields = [("name", Value::from(name)), ("status__name", Value::from("Active"))];
    kit.create("ipam.vlan", &[("vid", Value::from(vid))], &fields)
}

#[test]
fn the_file_follows_the_inventory() -> Result<(), BoxError> {
    let kit = Testkit::new()?;
    vlan(&kit, 10, "office")?;
    vlan(&kit, 20, "voice")?;
    let file = kit.folder().join("vlans.csv");
    let path = file.display().to_string();
    let variables = [("file", path.as_str())];

    assert_eq!(kit.plan(InventoryToCsv, &variables)?.steps, ["create vlan 10", "create vlan 20"]);
    assert!(!file.exists(), "a plan writes nothing");

    kit.apply(InventoryToCsv, &variables)?;
    assert_eq!(std::fs::read_to_string(&file)?, "vid,name\n10,office\n20,voice\n");

    std::fs::write(&file, "vid,name\n10,bureau\n20,voice\n")?;
    assert_eq!(kit.apply(InventoryToCsv, &variables)?.steps, ["update vlan 10"]);
    assert_eq!(std::fs::read_to_string(&file)?, "vid,name\n10,office\n20,voice\n");
    Ok(())
}

#[test]
fn what_cannot_be_a_row_is_told_and_the_rest_is_written() -> Result<(), BoxError> {
    let kit = Testkit::new()?;
    vlan(&kit, 10, "two\nlines")?;
    vlan(&kit, 20, "voice")?;
    let file = kit.folder().join("vlans.csv");
    let path = file.display().to_string();
    let variables = [("file", path.as_str())];
    let error = kit.apply(InventoryToCsv, &variables).unwrap_err().to_string();
    assert!(error.contains("more than one line"), "{error}");
    assert_eq!(std::fs::read_to_string(&file)?, "vid,name\n20,voice\n");
    Ok(())
}
