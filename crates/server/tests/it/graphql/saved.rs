//! Saved queries.

use serde_json::json;

use super::world::World;

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
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{query}"),
            (Err(message), Err(part)) => assert!(message.contains(part), "{query}: {message}"),
            _ => panic!("{query}: {found:?}"),
        }
    }
}
