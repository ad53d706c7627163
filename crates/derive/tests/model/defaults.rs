//! Defaults are checked by rustc where their type is known, and by the engine where they are texts.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use trueup_derive::Model;
use trueup_engine::kind::{Kind, KindProblem, Model};
use trueup_engine::value::{Decimal, IpNet, ValueSet};
use trueup_engine::{FieldType, Value};

const NAME: &str = "unnamed";
const MTU: u32 = 9000;

#[derive(Model)]
#[allow(dead_code, reason = "only its declaration is looked at")]
struct Defaults {
    #[id]
    id: i64,
    #[attr(default = true)]
    flag: bool,
    #[attr(default = -5)]
    negative: i8,
    #[attr(default = 4_000_000_000)]
    large: Option<u32>,
    #[attr(default = MTU + Self::MORE)]
    computed: u32,
    #[attr(default = 0.5)]
    share: f64,
    #[attr(default = "active")]
    text: String,
    #[attr(default = NAME)]
    constant: Option<String>,
    #[attr(default = format!("{NAME}-{MTU}"))]
    formatted: String,
    #[attr(default = "10.0.0.0/8")]
    read_by_engine: IpNet,
    #[attr(default = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    address: Option<IpAddr>,
    #[attr(default = Decimal::new(15, 1))]
    decimal: Decimal,
    #[attr(default = BTreeSet::new())]
    set: BTreeSet<String>,
    #[attr(default = vec![1, 2])]
    list: Vec<u16>,
    #[attr(default = 7)]
    anything: Value,
    #[attr(default = "x")]
    any_text: Value,
    none: Option<String>,
}

impl Defaults {
    const MORE: u32 = 216;
}

#[test]
fn defaults_are_values_of_their_field() {
    let kind = Defaults::kind().unwrap();
    let expected: [(&str, Value); 16] = [
        ("flag", true.into()),
        ("negative", (-5).into()),
        ("large", 4_000_000_000_i64.into()),
        ("computed", 9216.into()),
        ("share", 0.5.into()),
        ("text", "active".into()),
        ("constant", "unnamed".into()),
        ("formatted", "unnamed-9000".into()),
        // The field normalises its default like any other value, when a record enters a snapshot.
        ("read_by_engine", "10.0.0.0/8".into()),
        ("address", IpAddr::V4(Ipv4Addr::LOCALHOST).into()),
        ("decimal", Decimal::new(15, 1).into()),
        ("set", ValueSet::default().into()),
        ("list", Value::List(vec![1.into(), 2.into()])),
        ("anything", 7.into()),
        ("any_text", "x".into()),
        ("none", Value::Null),
    ];
    for (name, value) in &expected {
        assert_eq!(default(&kind, name), value, "{name}");
    }
    assert_eq!(kind.attributes().len(), expected.len());
}

fn default<'a>(kind: &'a Kind, name: &str) -> &'a Value {
    kind.field(kind.slot(name).unwrap()).default()
}

#[test]
fn a_text_that_the_engine_cannot_read_is_refused_by_the_kind() {
    #[derive(Model)]
    #[allow(dead_code, reason = "only its declaration is looked at")]
    struct Prefix {
        #[id]
        name: String,
        #[attr(default = "ten dot nothing")]
        prefix: IpNet,
    }
    let error = Prefix::kind().unwrap_err();
    assert!(matches!(&error.problems[..], [KindProblem::BadDefault { field, .. }] if field == "prefix"), "{error}");
    assert_eq!(<IpNet as trueup_engine::kind::ModelValue>::field_type(), FieldType::Prefix);
}
