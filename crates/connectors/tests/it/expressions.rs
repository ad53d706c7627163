use std::collections::BTreeMap;

use trueup_engine::Value;

use crate::support::{Setup, assert_says, folder};

/// The value of `expression` for a row.
fn evaluate(expression: &str) -> Result<Value, String> {
    let row = r#"{"name":"x","text":"  São Paulo (HQ) ","blank":" ","nothing":null,"int":7,"whole":7.0,"half":7.5,
        "big":18446744073709551615,"yes":true,"list":[3,1,2],"map":{"a":{"b":"deep"}},"mac":"AABB.CC00.1122","csv":"a, b,c",
        "if":"GigabitEthernet1/0/24","empty":[],"state":"up","digits":"0042","people":[{"n":"x"},{"n":"y"}]}"#;
    let mapping = format!("[{{kind: device, from: a/b.json, fields: {{name: row.name, extra: {expression:?}}}}}]");
    let loaded = Setup { mapping: &mapping, ..Setup::default() }.load(&folder(&[("a/b.json", row.as_bytes())]));
    match &loaded.result {
        Ok(_) => Ok(loaded.field("device", "x", "extra")),
        Err(_) => Err(loaded.error()),
    }
}

fn list<V: Into<Value>>(items: impl IntoIterator<Item = V>) -> Value {
    Value::List(items.into_iter().map(Into::into).collect())
}

#[test]
fn expressions_keep_types_and_nothing_stays_nothing() {
    let cases: Vec<(&str, Value)> = vec![
        ("row.int", Value::Int(7)),
        ("row['int']", Value::Int(7)),
        ("row.int + 1", Value::Int(8)),
        ("row.whole", Value::Int(7)),
        ("row.half", Value::Float(7.5)),
        ("row.yes", Value::Bool(true)),
        ("not row.yes", Value::Bool(false)),
        ("row.nothing", Value::Null),
        ("row.absent", Value::Null),
        ("row.absent.deeper[3].still", Value::Null),
        ("row.big", Value::Decimal(u64::MAX.into())),
        ("row.list", list([3, 1, 2])),
        ("row.list | sort", list([1, 2, 3])),
        (
            "row.map",
            Value::Map(BTreeMap::from([("a".into(), Value::Map(BTreeMap::from([("b".into(), "deep".into())])))])),
        ),
        ("{'k': row.int}", Value::Map(BTreeMap::from([("k".into(), Value::Int(7))]))),
        ("row.map.a.b", "deep".into()),
        ("row.people | map(attribute='n') | list", list(["x", "y"])),
        ("'up' if row.state == 'up' else 'down'", "up".into()),
        ("row.absent or 'other'", "other".into()),
        ("row.absent is defined", Value::Bool(false)),
        ("index", Value::Int(0)),
        ("file.path", "a/b.json".into()),
        ("file.name", "b.json".into()),
        ("file.stem", "b".into()),
        ("file.folder", "a".into()),
        ("vars.site ~ '-' ~ row.int", "ZRH-7".into()),
        ("row | length", Value::Int(18)),
        ("row.keys() | first", "name".into()),
        ("row.state.upper()", "UP".into()),
        ("row.if.split('/')[1]", "0".into()),
        ("row.if.startswith('Gigabit')", Value::Bool(true)),
        ("row.map.get('z', 'none')", "none".into()),
        ("row.nothing.strip().upper()", Value::Null),
        ("row.absent.strip()", Value::Null),
    ];
    for (expression, wanted) in cases {
        assert_eq!(evaluate(expression).as_ref(), Ok(&wanted), "{expression}");
    }
}

#[test]
fn filters() {
    let cases: Vec<(&str, Value)> = vec![
        ("row.text | trim", "São Paulo (HQ)".into()),
        ("row.nothing | trim", Value::Null),
        ("row.absent | trim | upper | lower | title | capitalize | replace('a', 'b')", Value::Null),
        ("row.int | upper", "7".into()),
        ("row.state | title", "Up".into()),
        ("row.state | capitalize", "Up".into()),
        ("row.if | replace('GigabitEthernet', 'Gi')", "Gi1/0/24".into()),
        ("'xxaxx' | trim('x')", "a".into()),
        ("row.half | round(0, 'ceil') | int", Value::Int(8)),
        ("row.half | round(method='floor')", Value::Int(7)),
        ("row.nothing | round | abs", Value::Null),
        ("(-7) | abs", Value::Int(7)),
        ("row.text | slug", "sao-paulo-hq".into()),
        ("\"Jürgen's  Straße_1\" | slug", "jurgens-strasse_1".into()),
        ("row.nothing | slug", Value::Null),
        ("row.csv | split(',')", list(["a", " b", "c"])),
        ("row.csv | split(',') | map('trim') | list", list(["a", "b", "c"])),
        ("'a  b' | split", list(["a", "b"])),
        ("row.nothing | split(',')", Value::List(Vec::new())),
        ("row.if | regex_replace('^\\\\D+', '')", "1/0/24".into()),
        ("row.if | regex_replace('^(\\\\D\\\\w).*?(\\\\d.*)$', '\\\\1\\\\2')", "Gi1/0/24".into()),
        ("row.if | regex_replace('(?P<unit>\\\\d+)$', '[\\\\g<unit>]')", "GigabitEthernet1/0/[24]".into()),
        ("'cost' | regex_replace('c', '$1')", "$1ost".into()),
        ("row.nothing | regex_replace('a', 'b')", Value::Null),
        ("row.mac | mac", "AA:BB:CC:00:11:22".into()),
        ("row.blank | mac", Value::Null),
        ("row.nothing | mac", Value::Null),
        ("row.digits | int_or_none", Value::Int(42)),
        ("'n/a' | int_or_none", Value::Null),
        ("row.half | int_or_none", Value::Null),
        ("row.whole | int_or_none", Value::Int(7)),
        ("' 12.0 ' | int_or_none", Value::Int(12)),
        ("row.yes | int_or_none", Value::Null),
        ("row.blank | none_if_empty", Value::Null),
        ("row.empty | none_if_empty", Value::Null),
        ("row.list | none_if_empty", list([3, 1, 2])),
        ("row.state | none_if_empty", "up".into()),
        ("row.state | lookup({'up': 'Active'}, 'Planned')", "Active".into()),
        ("'down' | lookup({'up': 'Active'}, 'Planned')", "Planned".into()),
        ("'down' | lookup({'up': 'Active'}, default='Planned')", "Planned".into()),
        ("'down' | lookup({'up': 'Active'})", Value::Null),
        ("row.nothing | lookup({'up': 'Active'}, 'Planned')", "Planned".into()),
    ];
    for (expression, wanted) in cases {
        assert_eq!(evaluate(expression).as_ref(), Ok(&wanted), "{expression}");
    }
}

#[test]
fn failures_name_the_field_and_the_reason() {
    for (expression, says) in [
        ("row.state | mac", "`up` is not a MAC address"),
        ("row.list | upper", "a text was expected, but there is a sequence"),
        ("row.int / row.state", "`extra`"),
        ("row.state | regex_replace('(', '')", "regular expression"),
        ("row.state | lookup(1)", "wants a mapping"),
        ("range(100000) | map('string') | map('upper') | join", "`extra`"),
    ] {
        assert_says(&evaluate(expression).expect_err(expression), &["a/b.json, line 1, record 1", "device x", says]);
    }
}

#[test]
fn what_a_mapping_leaves_empty_takes_the_default() {
    let mapping = "[{kind: device, from: d.json, fields: {name: row.name, role: row.role}}]";
    let setup = Setup { mapping, ..Setup::default() };
    let loaded =
        setup.load(&folder(&[("d.json", br#"[{"name":"a"},{"name":"b","role":null},{"name":"c","role":"x"}]"#)]));
    loaded.report();
    for (name, role) in [("a", "none-yet"), ("b", "none-yet"), ("c", "x")] {
        assert_eq!(loaded.field("device", name, "role"), Value::from(role), "{name}");
    }
}
