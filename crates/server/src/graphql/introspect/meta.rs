//! The types of which schemas are told, from the specification of October 2021.

/// Scalars of GraphQL itself.
pub const BUILT_IN: [&str; 5] = ["Int", "Float", "String", "Boolean", "ID"];

/// A field: its name, its type and its arguments.
pub type MetaField = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// An object type.
pub struct MetaType {
    pub name: &'static str,
    pub fields: &'static [MetaField],
}

pub struct MetaEnum {
    pub name: &'static str,
    pub values: &'static [&'static str],
}

/// A directive that queries may use.
pub struct Directive {
    pub name: &'static str,
    pub locations: &'static [&'static str],
    pub arguments: &'static [(&'static str, &'static str)],
}

const WHERE_SELECTED: &[&str] = &["FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"];

pub const DIRECTIVES: [Directive; 2] = [
    Directive { name: "include", locations: WHERE_SELECTED, arguments: &[("if", "Boolean!")] },
    Directive { name: "skip", locations: WHERE_SELECTED, arguments: &[("if", "Boolean!")] },
];

const DEPRECATED: &[(&str, &str)] = &[("includeDeprecated", "Boolean")];

pub const TYPES: [MetaType; 6] = [
    MetaType {
        name: "__Schema",
        fields: &[
            ("description", "String", &[]),
            ("types", "[__Type!]!", &[]),
            ("queryType", "__Type!", &[]),
            ("mutationType", "__Type", &[]),
            ("subscriptionType", "__Type", &[]),
            ("directives", "[__Directive!]!", &[]),
        ],
    },
    MetaType {
        name: "__Type",
        fields: &[
            ("kind", "__TypeKind!", &[]),
            ("name", "String", &[]),
            ("description", "String", &[]),
            ("specifiedByURL", "String", &[]),
            ("fields", "[__Field!]", DEPRECATED),
            ("interfaces", "[__Type!]", &[]),
            ("possibleTypes", "[__Type!]", &[]),
            ("enumValues", "[__EnumValue!]", DEPRECATED),
            ("inputFields", "[__InputValue!]", DEPRECATED),
            ("ofType", "__Type", &[]),
        ],
    },
    MetaType {
        name: "__Field",
        fields: &[
            ("name", "String!", &[]),
            ("description", "String", &[]),
            ("args", "[__InputValue!]!", DEPRECATED),
            ("type", "__Type!", &[]),
            ("isDeprecated", "Boolean!", &[]),
            ("deprecationReason", "String", &[]),
        ],
    },
    MetaType {
        name: "__InputValue",
        fields: &[
            ("name", "String!", &[]),
            ("description", "String", &[]),
            ("type", "__Type!", &[]),
            ("defaultValue", "String", &[]),
            ("isDeprecated", "Boolean!", &[]),
            ("deprecationReason", "String", &[]),
        ],
    },
    MetaType {
        name: "__EnumValue",
        fields: &[
            ("name", "String!", &[]),
            ("description", "String", &[]),
            ("isDeprecated", "Boolean!", &[]),
            ("deprecationReason", "String", &[]),
        ],
    },
    MetaType {
        name: "__Directive",
        fields: &[
            ("name", "String!", &[]),
            ("description", "String", &[]),
            ("locations", "[__DirectiveLocation!]!", &[]),
            ("args", "[__InputValue!]!", DEPRECATED),
            ("isRepeatable", "Boolean!", &[]),
        ],
    },
];

pub const ENUMS: [MetaEnum; 2] = [
    MetaEnum {
        name: "__TypeKind",
        values: &["SCALAR", "OBJECT", "INTERFACE", "UNION", "ENUM", "INPUT_OBJECT", "LIST", "NON_NULL"],
    },
    MetaEnum {
        name: "__DirectiveLocation",
        values: &[
            "QUERY",
            "MUTATION",
            "SUBSCRIPTION",
            "FIELD",
            "FRAGMENT_DEFINITION",
            "FRAGMENT_SPREAD",
            "INLINE_FRAGMENT",
            "VARIABLE_DEFINITION",
            "SCHEMA",
            "SCALAR",
            "OBJECT",
            "FIELD_DEFINITION",
            "ARGUMENT_DEFINITION",
            "INTERFACE",
            "UNION",
            "ENUM",
            "ENUM_VALUE",
            "INPUT_OBJECT",
            "INPUT_FIELD_DEFINITION",
        ],
    },
];
