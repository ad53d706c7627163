use serde_json::json;
use trueup_engine::kind::{KindProblem, SchemaDocument, SchemaProblem};
use trueup_engine::{Field, FieldType, Kind, Schema};

fn text() -> FieldType {
    FieldType::Text
}

#[test]
fn a_kind_is_told_everything_that_is_wrong_with_it() {
    let declared = Kind::builder("")
        .attr("a", text())
        .attr("a", text())
        .attr("", text())
        .attr_field(Field::new("n", FieldType::Int).with_default("many"))
        .child("x", "a")
        .child("x", "xs")
        .shortname(["nick"])
        .reference("y", ["gone"]);
    let error = declared.build().unwrap_err();
    let expected = [
        KindProblem::NoName,
        KindProblem::NoIdentifiers,
        KindProblem::DeclaredTwice("a".into()),
        KindProblem::NoFieldName,
        KindProblem::DeclaredTwice("a".into()),
        KindProblem::ChildTwice("x".into()),
        KindProblem::BadDefault { field: "n".into(), reason: "`many` (text) is not a valid int".into() },
        KindProblem::UnknownShortname("nick".into()),
        KindProblem::UnknownReferenceField { to: "y".into(), field: "gone".into() },
    ];
    assert_eq!(error.problems, expected);
    assert!(expected.iter().all(|problem| error.to_string().contains(&problem.to_string())));
}

#[test]
fn kinds_are_told_everything_that_does_not_fit_between_them() {
    let kind = |name: &str| Kind::builder(name).id("id", text());
    let kinds = vec![
        kind("a").build().unwrap(),
        kind("a").build().unwrap(),
        kind("b").child("ghost", "ghosts").reference("ghost", ["id"]).build().unwrap(),
        kind("c").child_by("a", "as", ["id", "more"]).build().unwrap(),
        kind("d").child_by("a", "as", ["parent"]).build().unwrap(),
        kind("e").attr("x", text()).reference("a", ["id", "x"]).build().unwrap(),
    ];
    let error = Schema::with_top_level(kinds, ["a", "phantom"]).unwrap_err();
    let expected = [
        SchemaProblem::DeclaredTwice("a".into()),
        SchemaProblem::UnknownTopLevel("phantom".into()),
        SchemaProblem::UnknownChild { kind: "b".into(), child: "ghost".into() },
        SchemaProblem::UnknownReference { kind: "b".into(), to: "ghost".into() },
        SchemaProblem::LinkLength { kind: "c".into(), child: "a".into(), given: 2, wanted: 1 },
        SchemaProblem::UnknownLinkField { kind: "d".into(), child: "a".into(), field: "parent".into() },
        SchemaProblem::ReferenceLength { kind: "e".into(), to: "a".into(), given: 2, wanted: 1 },
    ];
    assert_eq!(error.problems, expected);
}

fn read(document: serde_json::Value) -> Result<Schema, String> {
    let document: SchemaDocument = serde_json::from_value(document).map_err(|error| error.to_string())?;
    document.to_schema().map_err(|error| error.to_string())
}

#[test]
fn a_document_declares_kinds() {
    let schema = read(json!({"kinds": {
        "site": {"identifiers": ["name"], "attributes": [{"name": "asn", "type": "int", "default": 1}], "children": {"device": "devices"}},
        "device": {"identifiers": [{"name": "name", "case": "fold"}], "attributes": [{"name": "site", "references": "site", "blank": "null"}], "shortname": ["name"], "content_type": "dcim.device"},
    }}))
    .unwrap();
    let top: Vec<&str> = schema.top_level().iter().map(|id| schema.kind(*id).name().as_str()).collect();
    assert_eq!(top, ["site"]);
    let device = schema.get("device").unwrap();
    assert_eq!(device.content_type(), Some("dcim.device"));
    assert_eq!(device.references()[0].to, "site");
    assert_eq!(device.identifiers()[0].normalise("SW1".into()).unwrap(), "sw1".into());
    assert!(device.attributes()[0].normalise("".into()).unwrap().is_null());
    assert_eq!(*schema.get("site").unwrap().attributes()[0].default(), 1.into());
}

#[test]
fn a_document_is_told_what_is_wrong() {
    let two = json!({"kinds": {"a": {"identifiers": []}, "b": {"identifiers": ["x"], "attributes": ["x"]}}});
    let said = read(two).unwrap_err();
    assert!(said.contains("kind `a` is not well declared") && said.contains("kind `b`"), "{said}");
    let table = [
        (json!({"kinds": {"a": {"identifiers": ["x"], "atributes": []}}}), "unknown field `atributes`"),
        (json!({"kinds": {"a": {}}}), "missing field `identifiers`"),
        (json!({"kinds": {"a": {"identifiers": ["x"], "children": {"b": "bs"}}}}), "`b`, which is not declared"),
        (json!({"top_level": ["b"], "kinds": {"a": {"identifiers": ["x"]}}}), "top-level kind `b` is not declared"),
    ];
    for (document, message) in table {
        let said = read(document).unwrap_err();
        assert!(said.contains(message), "{said}");
    }
    let unknown = json!("number").to_string();
    let said = serde_json::from_str::<FieldType>(&unknown).unwrap_err().to_string();
    assert!(said.starts_with("`number` is no field type; use any, bool, int"), "{said}");
}

#[test]
fn the_children_of_one_kind_are_at_the_top_only_when_nothing_else_holds_them() {
    let location = Kind::builder("location").id("id", text()).child("location", "locations").build().unwrap();
    let region = Kind::builder("region").id("id", text()).child("location", "locations").build().unwrap();
    let top = |kinds: Vec<Kind>| {
        let schema = Schema::new(kinds).unwrap();
        schema.top_level().iter().map(|id| schema.kind(*id).name().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(top(vec![location.clone()]), ["location"]);
    assert_eq!(top(vec![location, region]), ["region"]);
}
