//! Declarations in surroundings that could disturb generated code: each of these only has to compile, and to work.

mod facade {
    pub use trueup_derive::Model;
    pub mod engine {
        pub use trueup_engine::*;
    }
}

/// As a user's crate has it that depends on the facade alone.
mod by_the_facade {
    use super::facade::Model;
    use super::facade::engine::kind::Model;

    #[derive(Model)]
    #[model(crate = "crate::foreign::facade::engine")]
    pub struct Site {
        #[id]
        name: String,
        #[attr(case = "fold", blank = "null", default = "unknown")]
        region: Option<String>,
        #[attr(default = 64_512)]
        asn: u32,
    }

    #[test]
    fn works() {
        let site = Site { name: "zrh".into(), region: None, asn: 1 };
        assert_eq!(Site::from_record(&site.to_record()).unwrap().asn, 1);
        assert_eq!(Site::kind().unwrap().attributes().len(), 2);
        assert_eq!((site.name.as_str(), site.region), ("zrh", None));
    }
}

/// A module that took all the good names.
mod shadows {
    #![allow(dead_code, non_snake_case, non_upper_case_globals, reason = "they are only in the way")]

    pub struct Result;
    pub struct Option;
    pub struct Vec;
    pub struct String;
    pub struct Record;
    pub struct Kind;
    pub struct Value;
    pub trait Default {}
    pub trait ToString {}
    pub trait Into {}
    pub trait From {}
    pub fn read() {}
    pub const record: u8 = 0;
    pub const key: u8 = 0;
    pub const id_0: u8 = 0;
    pub const default: u8 = 0;
    pub fn Ok() {}
    pub fn Err() {}
    pub fn Some() {}
    pub fn None() {}

    #[allow(unused_macros, reason = "it is only in the way")]
    macro_rules! vec {
        () => {};
    }

    #[derive(trueup_derive::Model)]
    pub struct Shadowed {
        #[id]
        pub id_0: u8,
        #[attr(default = 7)]
        pub read: u16,
        #[attr(default = default)]
        pub record: u8,
        pub key: ::std::option::Option<::std::string::String>,
        #[attr(skip)]
        pub values: u8,
    }
}

#[test]
fn names_of_the_user_do_not_meet_names_of_the_macro() {
    use trueup_engine::kind::Model;

    let shadowed = shadows::Shadowed { id_0: 1, read: 2, record: 3, key: Some("k".into()), values: 4 };
    let back = shadows::Shadowed::from_record(&shadowed.to_record()).unwrap();
    assert_eq!((back.id_0, back.read, back.record, back.key.as_deref(), back.values), (1, 2, 3, Some("k"), 0));
    assert!(shadows::Shadowed::kind().is_ok());
}

/// Types and texts that come out of a `macro_rules!` macro are wrapped in invisible groups.
mod by_macro {
    use trueup_derive::Model;
    use trueup_engine::Value;
    use trueup_engine::kind::Model;

    macro_rules! model {
        ($name:ident, $kind:literal, $field:ident: $ty:ty = $default:expr, $path:literal) => {
            #[derive(Model)]
            #[model(kind = $kind)]
            struct $name {
                #[id]
                id: u8,
                #[attr(path = $path, default = $default)]
                $field: $ty,
            }
        };
    }

    model!(Numbered, "numbered-thing", mtu: Option<u32> = 1500, "mtu__value");

    #[test]
    fn works() {
        let kind = Numbered::kind().unwrap();
        assert_eq!(kind.name(), &"numbered-thing");
        assert_eq!(kind.attributes()[0].name(), "mtu__value");
        assert_eq!(kind.attributes()[0].default(), &Value::Int(1500));
        let record = Numbered { id: 1, mtu: None }.to_record();
        let back = Numbered::from_record(&record).unwrap();
        assert_eq!((back.id, back.mtu), (1, None));
    }
}

/// A user's own type of field, and an alias of one.
mod own_types {
    use trueup_derive::Model;
    use trueup_engine::kind::{Model, ModelValue};
    use trueup_engine::{FieldType, Value};

    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Status {
        Active,
        Planned,
    }

    impl ModelValue for Status {
        fn field_type() -> FieldType {
            FieldType::Text
        }

        fn to_value(&self) -> Value {
            format!("{self:?}").to_lowercase().into()
        }

        fn from_value(value: &Value) -> Option<Self> {
            [Status::Active, Status::Planned].into_iter().find(|status| status.to_value() == *value)
        }
    }

    type Name = Option<String>;

    #[derive(Model)]
    struct Device {
        #[id]
        name: Name,
        #[attr(default = Status::Planned)]
        status: Status,
        #[attr(default = "active")]
        last_status: Option<Status>,
    }

    #[test]
    fn work() {
        let kind = Device::kind().unwrap();
        assert_eq!(kind.attributes()[0].default(), &Value::from("planned"));
        assert_eq!(kind.attributes()[1].default(), &Value::from("active"));
        let device = Device { name: Some("sw1".into()), status: Status::Active, last_status: None };
        let back = Device::from_record(&device.to_record()).unwrap();
        assert_eq!((back.name, back.status, back.last_status), (device.name, Status::Active, None));
        assert!(Device::from_record(&device_with("retired")).is_err());
    }

    fn device_with(status: &str) -> trueup_engine::Record {
        trueup_engine::Record::new("device", "sw1").with("status", status)
    }
}
