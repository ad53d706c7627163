//! Saved queries.

use serde_json::json;

use trueup_server::graphql::default_variables;

use super::world::{World, restricted, superuser, viewer};

#[tokio::test]
async fn a_query_is_checked_before_it_is_saved() {
    let world = World::empty().await;
    let mut reader = world.inventory.reader().await.unwrap();
    for (query, expected) in [
        ("{ lab_boxes { name } }", Ok(json!({}))),
        (
            "query($name: [String], $limit: Int = 5, $on: Boolean! = true) {
                lab_boxes(name: $name, limit: $limit, enabled: $on) { name }
            }",
            Ok(json!({"name": "", "limit": 5, "on": true})),
        ),
        ("query($id: ID!) { lab_box(id: $id) { name } }", Ok(json!({"id": ""}))),
        ("query A($a: Int) { lab_boxes(limit: $a) { name } } query B { lab_sites { name } }", Ok(json!({"a": ""}))),
        ("{", Err("expected")),
        ("{ lab_boxes { nope } }", Err("Unknown field \"nope\"")),
        ("mutation { a }", Err("mutation")),
        ("{ ...f } fragment f on Query { ...f }", Err("within itself")),
    ] {
        let found = world.graphql.validate(&mut reader, query).await.unwrap();
        match (&found, &expected) {
            (Ok(()), Ok(expected)) => assert_eq!(&json!(default_variables(query)), expected, "{query}"),
            (Err(message), Err(part)) => assert!(message.contains(part), "{query}: {message}"),
            _ => panic!("{query}: {found:?}"),
        }
    }
}

#[tokio::test]
async fn a_saved_query_runs_with_variables() {
    let mut world = World::with_boxes(2).await;
    let query = "query($limit: Int = 1) { lab_boxes(limit: $limit) { name } }";
    world.create("extras.graphqlquery", &[("name", "boxes".into()), ("query", query.into())]).await;
    let box1 = json!({"name": "box1"});
    for (body, status, expected) in [
        (json!({}), 200, json!({"data": {"lab_boxes": [box1]}, "errors": null})),
        (
            json!({"variables": {"limit": 2}}),
            200,
            json!({"data": {"lab_boxes": [box1, {"name": "box2"}]}, "errors": null}),
        ),
        (json!({"variables": []}), 400, json!({"errors": [{"message": "Variables must be an object."}]})),
    ] {
        let id = world.ids["boxes"];
        let answer = world.graphql.run_saved(&world.inventory, &superuser(), "", id, &body).await.unwrap();
        let found: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!((answer.status.as_u16(), found), (status, expected), "{body}");
    }
    for (caller, id) in [
        (viewer(&["lab.box"]), "boxes"),
        (restricted(&[("extras.graphqlquery", json!({"name": "other"}))]), "boxes"),
        (superuser(), "box1"),
    ] {
        let outcome = world.graphql.run_saved(&world.inventory, &caller, "", world.ids[id], &json!({})).await;
        assert_eq!(outcome.unwrap_err().status.as_u16(), 404);
    }
}
