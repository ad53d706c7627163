//! `docs/encoding.md` says what the engine does.

use std::collections::BTreeMap;

use trueup_engine::Value;
use trueup_engine::value::ENCODING_VERSION;

const PAGE: &str = include_str!("../../../../docs/encoding.md");

/// The cells of the rows of the table that begins with this heading.
fn table(first_heading: &str) -> Vec<Vec<&'static str>> {
    let head = format!("| {first_heading} |");
    let lines =
        PAGE.lines().skip_while(|line| !line.starts_with(&head)).skip(2).take_while(|line| line.starts_with('|'));
    let cells =
        |line: &'static str| line.trim_matches('|').split(" | ").map(|cell| cell.trim().trim_matches('`')).collect();
    lines.map(cells).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn examples() -> Vec<(Value, &'static str)> {
    let value = |json: &str| Value::from_tagged_json(&serde_json::from_str(json).expect("an example is JSON"));
    let rows = table("value");
    rows.into_iter().map(|row| (value(row[0]).expect("an example is a value"), row[1])).collect()
}

#[test]
fn the_examples_are_what_the_engine_writes_and_reads() {
    let examples = examples();
    assert!(examples.len() > 25);
    let wrong: Vec<String> = examples
        .iter()
        .filter(|(value, bytes)| hex(&value.encode()) != *bytes)
        .map(|(value, bytes)| format!("{value}: the page says {bytes}, the engine writes {}", hex(&value.encode())))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(examples.iter().all(|(value, _)| Value::decode(&value.encode()).as_ref() == Ok(value)));
}

#[test]
fn the_page_names_every_tag_and_has_an_example_of_each() {
    let tags: BTreeMap<&str, &str> = table("tag").into_iter().map(|row| (row[0], row[1])).collect();
    let shown: BTreeMap<String, &str> =
        examples().iter().map(|(value, _)| (hex(&value.encode()[..1]), value.type_name())).collect();
    let told: BTreeMap<String, &str> = tags.iter().map(|(tag, name)| ((*tag).to_owned(), *name)).collect();
    assert_eq!(told, shown);
    for tag in 0..=u8::MAX {
        let known = !matches!(Value::decode(&[tag]), Err(error) if error.to_string().contains("no tag"));
        assert_eq!(known, tags.contains_key(hex(&[tag]).as_str()), "tag {tag:02x}");
    }
    assert!(PAGE.starts_with(&format!("# The canonical encoding of values, version {ENCODING_VERSION}\n")));
}
