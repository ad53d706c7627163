use trueup_connectors::file::OnBadRecord;
use trueup_engine::{Identity, Key};

use crate::support::{Setup, assert_says, folder};

fn skipping<'s>(mapping: &'s str) -> Setup<'s> {
    Setup { mapping, on_bad_record: OnBadRecord::Skip, ..Setup::default() }
}

const MAPPING: &str = "
- kind: device
  from: 'devices.*'
  fields: {name: row.name, units: row.units}
";

#[test]
fn a_record_whose_key_is_known_is_marked_and_its_kind_stays_complete() {
    let loaded = skipping(MAPPING).load(&folder(&[("devices.csv", b"name,units\na,1\nb,many\nc,3\n")]));
    assert_eq!(loaded.names("device"), ["a", "c"]);
    assert_eq!(loaded.incomplete("device"), None);
    assert_eq!(loaded.snapshot.completeness().unreadable_records(), [Identity::new("device", Key::from("b"))]);
    let rejected = &loaded.report().rejected[0];
    assert_eq!(rejected.place.to_string(), "devices.csv, line 3");
    assert_says(&rejected.to_string(), &["devices.csv, line 3", "device b", "many"]);
}

#[test]
fn a_record_without_a_key_makes_its_kind_incomplete() {
    let loaded =
        skipping(MAPPING).load(&folder(&[("devices.jsonl", b"{\"name\":\"a\"}\nnonsense\n{\"name\":\"c\"}\n")]));
    assert_eq!(loaded.names("device"), ["a", "c"]);
    assert_says(&loaded.incomplete("device").unwrap(), &["devices.jsonl, line 2"]);
}

#[test]
fn a_broken_file_makes_all_its_kinds_incomplete_and_the_others_are_read() {
    let schema = "
kinds:
  site: {identifiers: [name]}
  device: {identifiers: [name], attributes: [units]}
  rack: {identifiers: [name]}
";
    let mapping = "
- {kind: site, from: 'b*.yaml', fields: {name: row.site}}
- {kind: device, from: 'b*.yaml', fields: {name: row.name}}
- {kind: rack, from: racks.csv, fields: {name: row.name}}
";
    let folder = folder(&[
        ("b1.yaml", b"- {site: x, name: a}\n"),
        ("b2.yaml", b"- {site: y, name: [\n"),
        ("b3.yaml", b"- {site: z, name: c}\n"),
        ("racks.csv", b"name\nr1\n"),
    ]);
    let loaded = Setup { schema, ..skipping(mapping) }.load(&folder);
    assert_eq!(loaded.names("device"), ["a", "c"]);
    assert_eq!(loaded.report().rejected.len(), 1);
    assert_eq!(loaded.report().rejected[0].kinds.len(), 2);
    for kind in ["site", "device"] {
        assert_says(&loaded.incomplete(kind).unwrap(), &["b2.yaml"]);
    }
    assert_eq!(loaded.incomplete("rack"), None);
    assert_eq!(loaded.report().files, 3);
}

#[test]
fn a_list_that_is_not_there_is_no_empty_list() {
    let mapping = "[{kind: device, from: d.yaml, rows: row.devices, fields: {name: row.name}}]";
    let cut_off = folder(&[("d.yaml", b"sites: []\n")]);
    let loaded = skipping(mapping).load(&cut_off);
    assert_says(&loaded.incomplete("device").unwrap(), &["`row.devices` gives nothing"]);
    let stopped = Setup { mapping, ..Setup::default() }.load(&cut_off);
    assert_says(&stopped.error(), &["d.yaml, line 1", "write `row.devices or []`"]);
    let mapping = "[{kind: device, from: d.yaml, rows: 'row.devices or []', fields: {name: row.name}}]";
    let allowed = skipping(mapping).load(&cut_off);
    assert_eq!(allowed.incomplete("device"), None);
}

#[test]
fn an_expression_that_fails_is_a_bad_record() {
    let mapping =
        "[{kind: device, from: d.jsonl, when: row.units / 1 > 0, fields: {name: row.name, extra: 10 / row.units}}]";
    let folder = folder(&[("d.jsonl", b"{\"name\":\"a\",\"units\":5}\n{\"name\":\"b\",\"units\":\"x\"}\n")]);
    let loaded = skipping(mapping).load(&folder);
    assert_eq!(loaded.names("device"), ["a"]);
    assert_eq!(loaded.incomplete("device"), None);
    assert_eq!(loaded.snapshot.completeness().unreadable_records(), [Identity::new("device", Key::from("b"))]);
    assert_says(&loaded.report().rejected[0].to_string(), &["d.jsonl, line 2", "device b", "`when`"]);
}
