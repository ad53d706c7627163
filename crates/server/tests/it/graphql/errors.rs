//! Queries that are refused, and fields that fail.

use serde_json::{Value as Json, json};
use trueup_server::graphql::Limits;

use super::world::World;

#[tokio::test]
async fn what_cannot_be_run_is_refused() {
    let world = World::with_boxes(1).await;
    let deep = format!("{{ lab_sites {} }}", "{ parent ".repeat(20) + "{ name }" + &" }".repeat(20));
    let brackets = "{ lab_boxes(name: ".to_owned() + &"[".repeat(100_000);
    let two = "query A { __typename } query B { __typename }";
    let bomb = (0..40).fold("{ lab_sites { ...f0 } } fragment f40 on LabSiteType { name }".to_owned(), |text, n| {
        format!("{text} fragment f{n} on LabSiteType {{ ...f{0} ...f{0} }}", n + 1)
    });
    for (body, message) in [
        (json!({}), "Must provide query string."),
        (json!([]), "Must provide query string."),
        (json!({"query": null}), "Must provide query string."),
        (json!({"query": 5}), "The query must be a string."),
        (json!({"query": "{ __typename }", "variables": [1]}), "Variables must be an object."),
        (json!({"query": "{ __typename }", "variables": "{"}), "Variables are invalid JSON."),
        (json!({"query": "{ __typename }", "operationName": 1}), "The operationName must be a string."),
        (json!({"query": "{"}), "expected"),
        (json!({"query": "{ lab_boxes { nope } }"}), "Unknown field \"nope\" on type \"LabBoxType\""),
        (json!({"query": "{ lab_boxes { secret } }"}), "Unknown field \"secret\""),
        (json!({"query": "{ lab_boxes(bogus: 1) { name } }"}), "Unknown argument \"bogus\""),
        (json!({"query": "{ lab_boxes(name: 1) { name } }"}), "name"),
        (json!({"query": "{ lab_boxes }"}), "lab_boxes"),
        (json!({"query": "{ lab_boxes { name { x } } }"}), "name"),
        (json!({"query": "mutation { lab_boxes { name } }"}), "mutation"),
        (json!({"query": "subscription { lab_boxes { name } }"}), "subscription"),
        (json!({"query": "query($n: Int!) { lab_boxes(limit: $n) { name } }"}), "n"),
        (json!({"query": "query($n: [Nope] = 1) { lab_boxes(name: $n) { name } }"}), "cannot be of type \"Nope\""),
        (
            json!({"query": "query($n: Int) { lab_boxes(name: $n) { name } }", "variables": {"n": 1}}),
            "expected type \"String\"",
        ),
        (json!({"query": "query($n: Int) { lab_boxes(limit: $n) { name } }", "variables": {"n": "x"}}), "Int"),
        (json!({"query": two}), "Operation name required"),
        (json!({"query": two, "operationName": "C"}), "Unknown operation named"),
        (json!({"query": "{ lab_boxes { ...gone } }"}), "gone"),
        (json!({"query": "{ lab_sites { ...f } } fragment f on LabSiteType { parent { ...f } }"}), "within itself"),
        (json!({"query": "{ lab_sites { name: id name } }"}), "name"),
        (json!({"query": deep}), "fields deep; at most 16"),
        (json!({"query": bomb}), "more than 2000 fields"),
        (json!({"query": brackets}), "nested deeper"),
        (json!({"query": format!("{{ __typename }} #{}", "x".repeat(300_000))}), "at most 262144"),
    ] {
        let answer = world.send(body.clone()).await;
        let found: Json = serde_json::from_str(&answer.body).unwrap();
        let shown = body.to_string().chars().take(200).collect::<String>();
        assert_eq!(answer.status.as_u16(), 400, "{shown}: {found}");
        let errors = found["errors"].as_array().unwrap();
        let told = errors.iter().any(|error| error["message"].as_str().unwrap().contains(message));
        assert!(told, "{shown}: {found}");
        assert_eq!(found.get("data"), None, "{shown}");
    }
}

#[tokio::test]
async fn validation_says_where() {
    let world = World::empty().await;
    let (status, body) = world.ask("{ lab_boxes(limit:2){ nope } }").await;
    assert_eq!(status, 400);
    assert_eq!(body["errors"][0]["locations"], json!([{"line": 1, "column": 23}]));
}

#[tokio::test]
async fn a_field_that_fails_is_null_and_the_rest_is_there() {
    let world = World::with_boxes(2).await;
    let (status, body) = world.ask("{ lab_boxes(limit: -1) { name } lab_sites(limit: 1) { name } }").await;
    assert_eq!(status, 200);
    assert_eq!(
        body,
        json!({
            "errors": [{
                "message": "`limit` must not be negative, found -1.",
                "locations": [{"line": 1, "column": 3}],
                "path": ["lab_boxes"],
            }],
            "data": {"lab_boxes": null, "lab_sites": [{"name": "AMS"}]},
        })
    );
    let (_, body) = world.ask("{ lab_sites { s: devices { ports(offset: -2) { name } } } }").await;
    assert_eq!(body["errors"][0]["path"], json!(["lab_sites", 0, "s", 0, "ports"]));
    assert_eq!(body["data"]["lab_sites"][0], json!({"s": [{"ports": null}]}));
    let (_, body) = world.ask("{ lab_box(id: \"nope\") { name } }").await;
    assert_eq!(body["errors"][0]["message"], "“nope” is not a valid UUID.");
    assert_eq!(body["data"], json!({"lab_box": null}));
}

#[tokio::test]
async fn an_answer_has_an_end() {
    let world = World::limited(Limits { answer: 20_000, ..Limits::default() }).await;
    let mut world = world;
    world.site("AMS", None).await;
    for number in 0..20 {
        world.create("lab.box", &[("name", format!("box{number}").into()), ("site__name", "AMS".into())]).await;
    }
    assert_eq!(world.ask("{ lab_boxes { name } }").await.0, 200);
    // 20 * 20 * 20 * 20 names from a query of 70 letters.
    let (status, body) =
        world.ask("{ lab_boxes { site { devices { site { devices { site { devices { name } } } } } } } }").await;
    assert_eq!(status, 400);
    assert!(body["errors"][0]["message"].as_str().unwrap().contains("longer than 20000 bytes"), "{body}");
}
