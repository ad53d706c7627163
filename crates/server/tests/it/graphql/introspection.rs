//! What the schema says of itself.

use serde_json::json;

use super::world::World;

/// What graphiql and code generators send.
const STANDARD: &str = "query IntrospectionQuery {
  __schema {
    queryType { name } mutationType { name } subscriptionType { name }
    types { ...FullType }
    directives { name description locations args { ...InputValue } }
  }
}
fragment FullType on __Type {
  kind name description
  fields(includeDeprecated: true) {
    name description args { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason
  }
  inputFields { ...InputValue }
  interfaces { ...TypeRef }
  enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
  possibleTypes { ...TypeRef }
}
fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue }
fragment TypeRef on __Type {
  kind name
  ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
    ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } }
}";

#[tokio::test]
async fn the_standard_query_tells_everything() {
    let world = World::empty().await;
    let data = world.data(STANDARD).await;
    assert_eq!(data["__schema"]["queryType"], json!({"name": "Query"}));
    assert_eq!(data["__schema"]["mutationType"], json!(null));
    let types = data["__schema"]["types"].as_array().unwrap();
    let one = |name: &str| types.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("no {name}"));
    let fields = |name: &str| -> Vec<String> {
        one(name)["fields"].as_array().unwrap().iter().map(|field| field["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        fields("LabBoxType"),
        [
            "id",
            "display",
            "url",
            "name",
            "site",
            "region",
            "kind",
            "width",
            "weight",
            "enabled",
            "data",
            "labels",
            "holds",
            "created",
            "last_updated",
            "_custom_field_data",
            "ports",
        ]
    );
    assert_eq!(fields("ContentTypeType"), ["app_label", "model", "display"]);
    let query = one("Query")["fields"].as_array().unwrap();
    let boxes = query.iter().find(|field| field["name"] == "lab_boxes").unwrap();
    let argument = |name: &str| {
        let argument = boxes["args"].as_array().unwrap().iter().find(|one| one["name"] == name);
        let kind = &argument.unwrap_or_else(|| panic!("no argument {name}"))["type"];
        match kind["kind"].as_str() {
            Some("LIST") => format!("[{}]", kind["ofType"]["name"].as_str().unwrap()),
            _ => kind["name"].as_str().unwrap().to_owned(),
        }
    };
    for (name, expected) in [
        ("name", "[String]"),
        ("name__ic", "[String]"),
        ("name__isnull", "Boolean"),
        ("kind", "[String]"),
        ("width__gte", "[Int]"),
        ("enabled", "Boolean"),
        ("site", "[String]"),
        ("has_labels", "Boolean"),
        ("q", "String"),
        ("limit", "Int"),
        ("offset", "Int"),
    ] {
        assert_eq!(argument(name), expected, "{name}");
    }
    let kinds: Vec<&str> = one("LabBoxKindChoices")["enumValues"]
        .as_array()
        .unwrap()
        .iter()
        .map(|value| value["name"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["A_1000BASE_T", "TAGGED_ALL"]);
}

#[tokio::test]
async fn schema_and_records_in_one_query() {
    let world = World::with_boxes(1).await;
    assert_eq!(
        world
            .data("{ a: lab_boxes { name } t: __type(name: \"LabSiteType\") { kind } b: lab_sites(limit: 1) { name } }")
            .await,
        json!({"a": [{"name": "box1"}], "t": {"kind": "OBJECT"}, "b": [{"name": "AMS"}]})
    );
}

#[tokio::test]
async fn every_type_that_is_named_is_told() {
    let world = World::empty().await;
    let data = world.data(STANDARD).await;
    let types = data["__schema"]["types"].as_array().unwrap();
    let mut names: Vec<&str> = types.iter().map(|one| one["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "a type is told twice");
    let mut named = Vec::new();
    for one in types {
        let fields = one["fields"].as_array().into_iter().flatten();
        named.extend(fields.clone().map(|field| &field["type"]));
        named.extend(fields.flat_map(|field| field["args"].as_array().unwrap()).map(|argument| &argument["type"]));
    }
    for mut one in named {
        while !one["ofType"].is_null() {
            one = &one["ofType"];
        }
        let name = one["name"].as_str().unwrap();
        assert!(names.binary_search(&name).is_ok(), "{name} is not told");
        let told = types.iter().find(|told| told["name"] == name).unwrap();
        assert_eq!(told["kind"], one["kind"], "{name}");
    }
}

#[tokio::test]
async fn the_schema_describes_itself_as_the_library_does() {
    // The library keeps the same types for its own introspection; a query that it finds valid must be answered.
    let world = World::empty().await;
    let query = "{
        __schema { description __typename directives { isRepeatable args { isDeprecated deprecationReason } } }
        type: __type(name: \"__Type\") { name specifiedByURL possibleTypes { name } fields { name args { name } } }
        none: __type(name: \"Nope\") { name }
        kinds: __type(name: \"__TypeKind\") { enumValues { name __typename } }
    }";
    let data = world.data(query).await;
    assert_eq!(data["none"], json!(null));
    assert_eq!(data["type"]["name"], "__Type");
    assert_eq!(data["kinds"]["enumValues"][1], json!({"name": "OBJECT", "__typename": "__EnumValue"}));
    assert_eq!(data["__schema"]["__typename"], "__Schema");
}
