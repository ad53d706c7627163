use proptest::prelude::*;
use trueup_engine::kind::{Blank, Case};
use trueup_engine::value::{Encoder, skip};
use trueup_engine::{Field, FieldType, Value, ValueSet};

use crate::values::{scalar, value};

fn field_type() -> impl Strategy<Value = FieldType> {
    let names = [
        "any",
        "bool",
        "int",
        "decimal",
        "float",
        "text",
        "bytes",
        "datetime",
        "duration",
        "ip",
        "interface",
        "prefix",
        "mac",
        "map",
        "list[int]",
        "list[text]",
        "set[text]",
        "set[any]",
        "list[set[int]]",
    ];
    prop::sample::select(names.to_vec()).prop_map(|name| name.parse().expect("a type name"))
}

/// Texts that some types can read, among any others.
fn loaded() -> impl Strategy<Value = Value> {
    let texts = [
        "",
        " ",
        "1",
        " 42 ",
        "1.50",
        "-0.0",
        "1e3",
        "true",
        "False",
        "10.0.0.1",
        "10.0.0.5/24",
        "::1/64",
        "AA-BB-CC-DD-EE-FF",
        "aabb.ccdd.eeff",
        "2024-01-01T00:00:00+02:00",
        "PT1H",
        "1h 30m",
        "İx",
        "ΑΣ",
    ];
    let text = || prop::sample::select(texts.to_vec()).prop_map(Value::from);
    prop_oneof![value(), text(), prop::collection::vec(text(), 0..4).prop_map(Value::List)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_value_comes_back_from_its_bytes(value in value()) {
        let bytes = value.encode();
        prop_assert_eq!(Value::decode(&bytes).unwrap(), value);
        prop_assert_eq!(skip(&bytes).unwrap(), bytes.len());
    }

    #[test]
    fn values_one_after_the_other_are_told_apart(first in value(), second in value()) {
        let mut bytes = first.encode();
        let end = bytes.len();
        Encoder::new(&mut bytes).value(&second);
        prop_assert_eq!(skip(&bytes).unwrap(), end);
        let (read, rest) = Value::decode_prefix(&bytes).unwrap();
        prop_assert_eq!(read, first);
        prop_assert_eq!(rest, second.encode());
    }

    #[test]
    fn values_are_equal_exactly_when_their_bytes_are(one in value(), other in value()) {
        prop_assert_eq!(one == other, one.encode() == other.encode());
        prop_assert_eq!(&one, &one.clone());
    }

    #[test]
    fn only_canonical_bytes_are_values(bytes in prop::collection::vec(0u8..0x18, 0..40)) {
        if let Ok(value) = Value::decode(&bytes) {
            prop_assert_eq!(value.encode(), bytes);
        }
    }

    #[test]
    fn no_bytes_make_decoding_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let whole = Value::decode(&bytes);
        prop_assert!(whole.is_err() || skip(&bytes) == Ok(bytes.len()));
    }

    #[test]
    fn damaged_bytes_never_panic(value in value(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = value.encode();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(read) = Value::decode(&bytes) {
            prop_assert_eq!(read.encode(), bytes);
        }
        prop_assert!(Value::decode(&value.encode()[..at]).is_err());
    }

    #[test]
    fn a_value_comes_back_from_its_tagged_json(value in value()) {
        let json = value.to_tagged_json();
        prop_assert_eq!(&Value::from_tagged_json(&json).unwrap(), &value);
        let text = serde_json::to_string(&json).unwrap();
        prop_assert_eq!(Value::from_tagged_json(&serde_json::from_str(&text).unwrap()).unwrap(), value);
    }

    #[test]
    fn a_set_ignores_order_and_repetition(mut values in prop::collection::vec(scalar(), 0..6), turn in any::<prop::sample::Index>()) {
        let set: ValueSet = values.iter().cloned().collect();
        if !values.is_empty() {
            let turn = turn.index(values.len());
            values.push(values[turn].clone());
            values.rotate_left(turn);
            values.reverse();
        }
        let again: ValueSet = values.iter().cloned().collect();
        prop_assert_eq!(Value::Set(set.clone()).encode(), Value::Set(again.clone()).encode());
        prop_assert_eq!(&set, &again);
        prop_assert!(values.iter().all(|value| set.contains(value)));
    }

    #[test]
    fn normalising_twice_is_normalising_once(
        value in loaded(),
        field_type in field_type(),
        fold in any::<bool>(),
        blank in any::<bool>(),
    ) {
        let field = Field::new("f", field_type)
            .with_case(if fold { Case::Fold } else { Case::Keep })
            .with_blank(if blank { Blank::Null } else { Blank::Keep });
        if let Ok(once) = field.normalise(value) {
            let twice = field.normalise(once.clone());
            prop_assert_eq!(twice.unwrap(), once);
        }
    }
}

#[test]
fn nesting_is_bounded_when_bytes_are_read() {
    let mut bytes = Value::Null.encode();
    for _ in 0..200 {
        let mut outer = vec![0x11];
        let mut length = bytes.len();
        while length >= 0x80 {
            outer.push(length as u8 | 0x80);
            length >>= 7;
        }
        outer.push(length as u8);
        outer.extend(bytes);
        bytes = outer;
    }
    let error = Value::decode(&bytes).unwrap_err();
    assert_eq!(error.to_string(), "a value nests more than 128 levels deep");
    let deep = (0..129).fold(Value::Null, |inner, _| Value::List(vec![inner]));
    assert!(deep.is_too_deep());
    let Value::List(mut inner) = deep else { unreachable!("a list was made") };
    let inner = inner.remove(0);
    assert!(!inner.is_too_deep());
    assert_eq!(Value::decode(&inner.encode()).unwrap(), inner);
}

#[test]
fn folding_reaches_into_lists_and_sets() {
    let field = Field::new("tags", FieldType::set_of(FieldType::Text)).with_case(Case::Fold);
    let folded = field.normalise(Value::List(vec!["Core".into(), "CORE".into(), "edge".into()])).unwrap();
    assert_eq!(folded, Value::Set(["core", "edge"].into_iter().collect()));
}

#[test]
fn a_mac_address_has_four_spellings_and_no_more() {
    let read = |text: &str| FieldType::Mac.normalise(Value::from(text)).map(|value| value.to_string());
    for text in ["aa:bb:cc:dd:ee:ff", "AA-BB-CC-DD-EE-FF", "aabb.ccdd.eeff", "AABBCCDDEEFF", " aabbccddeeff "] {
        assert_eq!(read(text).unwrap().to_lowercase(), "aa:bb:cc:dd:ee:ff", "{text}");
    }
    for text in [
        "aa:bb:cc:dd:ee",
        "aa:bb:cc:dd:ee:ff:",
        "aa::bb:cc:dd:ee:ff",
        "a:abb:cc:dd:ee:ff",
        "aabbccddeefg",
        "aabbccddeeff00",
    ] {
        assert!(read(text).is_err(), "{text}");
    }
}

#[test]
fn a_type_of_absurd_depth_is_refused() {
    let text = format!("{}int{}", "list[".repeat(100_000), "]".repeat(100_000));
    assert!(text.parse::<FieldType>().is_err());
    assert_eq!("list[set[int]]".parse::<FieldType>().unwrap().to_string(), "list[set[int]]");
}
