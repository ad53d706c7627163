//! Any value of any type.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use trueup_engine::value::{Decimal, InterfaceAddress, IpNet, MacAddr6, SignedDuration, Timestamp};
use trueup_engine::{Value, ValueSet};

pub fn scalar() -> impl Strategy<Value = Value> {
    let float = prop_oneof![
        any::<f64>(),
        Just(0.0),
        Just(-0.0),
        Just(f64::NAN),
        Just(-f64::NAN),
        Just(f64::INFINITY),
        Just(3.0)
    ];
    let ip = || {
        prop_oneof![
            any::<u32>().prop_map(|bits| IpAddr::V4(Ipv4Addr::from(bits))),
            any::<u128>().prop_map(|bits| IpAddr::V6(Ipv6Addr::from(bits)))
        ]
    };
    let longest = |ip: &IpAddr| if ip.is_ipv4() { 33u8 } else { 129 };
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        prop_oneof![any::<i64>(), -2..3i64, Just(i64::MIN), Just(i64::MAX)].prop_map(Value::Int),
        (any::<i64>(), 0..20u32).prop_map(|(mantissa, scale)| Value::Decimal(Decimal::new(mantissa, scale))),
        prop_oneof![Just(Decimal::MAX), Just(Decimal::MIN), Just(Decimal::new(-0, 3))].prop_map(Value::Decimal),
        float.prop_map(Value::Float),
        prop_oneof![any::<String>(), "[a-c$]{0,3}", Just(String::new())].prop_map(Value::Text),
        prop::collection::vec(any::<u8>(), 0..5).prop_map(Value::Bytes),
        (-377_705_023_201i64..253_402_207_200, 0..1_000_000_000i32)
            .prop_map(|(second, nano)| Value::DateTime(Timestamp::new(second, nano).expect("within the range"))),
        (any::<i64>(), 0..1_000_000_000i32).prop_map(|(seconds, nanos)| {
            Value::Duration(SignedDuration::new(seconds, if seconds < 0 { -nanos } else { nanos }))
        }),
        ip().prop_map(Value::Ip),
        ip().prop_flat_map(move |ip| (Just(ip), 0u8..longest(&ip)))
            .prop_map(|(ip, length)| Value::Interface(InterfaceAddress::new(ip, length).expect("in range"))),
        ip().prop_flat_map(move |ip| (Just(ip), 0u8..longest(&ip)))
            .prop_map(|(ip, length)| Value::Prefix(IpNet::new(ip, length).expect("in range"))),
        any::<[u8; 6]>().prop_map(|bytes| Value::Mac(MacAddr6::from(bytes))),
    ]
}

pub fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|items| Value::Set(items.into_iter().collect::<ValueSet>())),
            prop::collection::btree_map("[a-c$]{0,2}", inner, 0..4)
                .prop_map(|map: BTreeMap<String, Value>| Value::Map(map)),
        ]
    })
}
