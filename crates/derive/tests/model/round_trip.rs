//! struct → record → struct is exact, for every type that a field may have.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::net::IpAddr;

use trueup_derive::Model;
use trueup_engine::kind::{Model, ModelValue};
use trueup_engine::value::{Decimal, InterfaceAddress, IpNet, MacAddr6, SignedDuration, Timestamp};
use trueup_engine::{FieldType, Value};

/// Every sample stands once as a plain field, in an option and in a list; as an identifier where `#[id]` allows it.
macro_rules! round_trips {
    ($($test:ident: $ty:ty => $field_type:expr, $samples:expr;)+) => {
        $(#[test]
        fn $test() {
            #[derive(Debug, Clone, PartialEq, Model)]
            struct Sample {
                #[id]
                number: u32,
                #[id(path = "key")]
                identifier: $ty,
                #[id]
                optional_identifier: Option<$ty>,
                #[attr(path = "some__path")]
                plain: $ty,
                some: Option<$ty>,
                none: Option<$ty>,
                list: Vec<$ty>,
                lists: Option<Vec<Vec<$ty>>>,
                options: Vec<Option<$ty>>,
                map: BTreeMap<String, $ty>,
            }

            let kind = Sample::kind().unwrap();
            let field_type: FieldType = $field_type;
            let declared = |name: &str| kind.field(kind.slot(name).unwrap()).field_type().clone();
            assert_eq!(declared("key"), field_type);
            assert_eq!(declared("some__path"), field_type);
            assert_eq!(declared("some"), field_type, "an option is no type of its own");
            assert_eq!(declared("list"), FieldType::list_of(field_type.clone()));
            assert_eq!(declared("lists"), FieldType::list_of(FieldType::list_of(field_type)));
            assert_eq!(declared("map"), FieldType::Map);

            let samples: Vec<$ty> = $samples.into_iter().collect();
            for (number, sample) in (0..).zip(&samples) {
                exact(&Sample {
                    number,
                    identifier: sample.clone(),
                    optional_identifier: (number % 2 == 0).then(|| sample.clone()),
                    plain: sample.clone(),
                    some: Some(sample.clone()),
                    none: None,
                    list: samples.clone(),
                    lists: Some(vec![samples.clone(), Vec::new()]),
                    options: vec![None, Some(sample.clone()), None],
                    map: BTreeMap::from([("here".to_owned(), sample.clone())]),
                });
            }
        })+
    };
}

#[track_caller]
fn exact<T: Model + Debug + PartialEq>(model: &T) {
    let record = model.to_record();
    let back = T::from_record(&record).unwrap();
    // Debug as well: `Decimal` calls 1.0 and 1.00 equal, and a round trip should not even change that.
    assert_eq!((&back, format!("{back:?}")), (model, format!("{model:?}")));
    assert_eq!(back.to_record(), record);

    let kind = T::kind().unwrap();
    let names = kind.identifiers().iter().zip(record.key.values());
    let attributes = kind.attributes().iter().map(|field| (field, &record.attributes[field.name()]));
    for (field, value) in names.chain(attributes) {
        let normalised = field.normalise(value.clone()).unwrap();
        assert_eq!(&normalised, value, "a snapshot changes nothing in `{}`", field.name());
    }
}

fn parsed<T: std::str::FromStr<Err: Debug>, const N: usize>(texts: [&str; N]) -> [T; N] {
    texts.map(|text| text.parse().unwrap())
}

round_trips! {
    bools: bool => FieldType::Bool, [true, false];
    i8s: i8 => FieldType::Int, [i8::MIN, -1, 0, i8::MAX];
    i16s: i16 => FieldType::Int, [i16::MIN, 0, i16::MAX];
    i32s: i32 => FieldType::Int, [i32::MIN, 0, i32::MAX];
    i64s: i64 => FieldType::Int, [i64::MIN, 0, i64::MAX];
    u8s: u8 => FieldType::Int, [0, u8::MAX];
    u16s: u16 => FieldType::Int, [0, u16::MAX];
    u32s: u32 => FieldType::Int, [0, u32::MAX];
    f64s: f64 => FieldType::Float, [0.0, 1.0, -1.5, f64::MIN_POSITIVE, f64::MAX, f64::INFINITY, f64::NEG_INFINITY];
    texts: String => FieldType::Text, ["", " ", "None", "a__b", "größe \u{1F310}", "line\nline\0"].map(String::from);
    decimals: Decimal => FieldType::Decimal,
        [Decimal::ZERO, Decimal::MAX, Decimal::MIN, Decimal::new(100, 2), Decimal::new(-1, 28)];
    addresses: IpAddr => FieldType::Ip, parsed(["10.0.0.5", "0.0.0.0", "::1", "2001:db8::ffff", "::ffff:10.0.0.5"]);
    interface_addresses: InterfaceAddress => FieldType::Interface, parsed(["10.0.0.5/24", "10.0.0.5/32", "fe80::1/64"]);
    prefixes: IpNet => FieldType::Prefix, parsed(["10.0.0.0/8", "0.0.0.0/0", "10.0.0.5/32", "2001:db8::/32", "::/0"]);
    macs: MacAddr6 => FieldType::Mac, [MacAddr6::nil(), MacAddr6::broadcast(), MacAddr6::new(0, 0x1b, 2, 3, 4, 0xff)];
    instants: Timestamp => FieldType::DateTime,
        [Timestamp::MIN, Timestamp::UNIX_EPOCH, "2026-02-28T23:59:59.123456789Z".parse().unwrap(), Timestamp::MAX];
    durations: SignedDuration => FieldType::Duration,
        [SignedDuration::ZERO, SignedDuration::new(-3, -5), SignedDuration::MAX, SignedDuration::MIN];
    sets: BTreeSet<String> => FieldType::set_of(FieldType::Text),
        [BTreeSet::new(), BTreeSet::from(["b", "a", ""].map(String::from))];
    int_sets: BTreeSet<i32> => FieldType::set_of(FieldType::Int), [BTreeSet::from([300, -1, 2])];
    maps: BTreeMap<String, Vec<u8>> => FieldType::Map,
        [BTreeMap::new(), BTreeMap::from([("".to_owned(), vec![1, 2]), ("a__b".to_owned(), vec![])])];
}

/// `Value` cannot stand in an option, where its null would be the option's.
#[test]
fn values() {
    #[derive(Debug, PartialEq, Model)]
    struct Anything {
        #[id]
        key: Value,
        value: Value,
        list: Vec<Value>,
    }
    assert_eq!(<Value as ModelValue>::field_type(), FieldType::Any);
    let text = Value::from("text");
    for value in [Value::Null, true.into(), 1.into(), text.clone(), Value::List(vec![text]), Value::Bytes(vec![0, 255])]
    {
        exact(&Anything { key: value.clone(), value: value.clone(), list: vec![Value::Null, value] });
    }
}

#[test]
fn sets_of_addresses() {
    #[derive(Debug, PartialEq, Model)]
    struct Sets {
        #[id]
        addresses: BTreeSet<IpAddr>,
        prefixes: BTreeSet<IpNet>,
        macs: Option<BTreeSet<MacAddr6>>,
        instants: BTreeSet<Timestamp>,
        lists: BTreeSet<Vec<u16>>,
    }
    exact(&Sets {
        addresses: parsed(["10.0.0.10", "10.0.0.9", "::1"]).into(),
        prefixes: parsed(["10.0.0.0/8", "10.0.0.0/16"]).into(),
        macs: Some([MacAddr6::broadcast(), MacAddr6::nil()].into()),
        instants: [Timestamp::UNIX_EPOCH].into(),
        lists: [vec![2, 1], vec![1, 2], vec![]].into(),
    });
}

#[test]
fn a_model_of_identifiers_alone() {
    #[derive(Debug, PartialEq, Model)]
    struct Tag {
        #[id]
        name: String,
    }
    exact(&Tag { name: "core".into() });
}

#[test]
fn identifiers_and_attributes_in_any_order() {
    #[derive(Debug, PartialEq, Model)]
    struct Mixed {
        a: String,
        #[id]
        b: u8,
        c: u8,
        #[id]
        d: String,
    }
    exact(&Mixed { a: "a".into(), b: 1, c: 2, d: "d".into() });
}

#[test]
fn skipped_fields_come_back_as_their_default() {
    #[derive(Debug, PartialEq, Model)]
    struct Device {
        #[id]
        name: String,
        #[model(skip)]
        loaded_from: Option<std::path::PathBuf>,
        #[attr(skip)]
        retries: usize,
    }
    let device = Device { name: "sw1".into(), loaded_from: Some("a.csv".into()), retries: 3 };
    let record = device.to_record();
    assert!(record.attributes.is_empty());
    let back = Device::from_record(&record).unwrap();
    assert_eq!(back, Device { name: "sw1".into(), loaded_from: None, retries: 0 });
}
