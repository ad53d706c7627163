//! What queries are answered.

use serde_json::json;

use super::world::{World, superuser, viewer};

#[tokio::test]
async fn fields_of_every_sort() {
    let mut world = World::with_boxes(2).await;
    world.create("lab.box", &[("name", "bare".into()), ("site__name", "LON".into())]).await;
    let id = |name: &str| world.ids[name].to_string();
    let box1 = id("box1");
    for (query, expected) in [
        (
            "{ lab_boxes { name kind width weight enabled data __typename } }",
            json!({"lab_boxes": [
                {"name": "bare", "kind": null, "width": null, "weight": null, "enabled": true, "data": null,
                 "__typename": "LabBoxType"},
                {"name": "box1", "kind": "A_1000BASE_T", "width": 19, "weight": "1.50", "enabled": true, "data": null,
                 "__typename": "LabBoxType"},
                {"name": "box2", "kind": "A_1000BASE_T", "width": 19, "weight": "1.50", "enabled": true, "data": null,
                 "__typename": "LabBoxType"},
            ]}),
        ),
        (
            "{ lab_sites { name box_count parent { name parent { name } } children { name } } }",
            json!({"lab_sites": [
                {"name": "AMS", "box_count": 1, "parent": {"name": "North", "parent": null}, "children": []},
                {"name": "LON", "box_count": 2, "parent": {"name": "North", "parent": null}, "children": []},
                {"name": "North", "box_count": 0, "parent": null, "children": [{"name": "AMS"}, {"name": "LON"}]},
            ]}),
        ),
        (
            "{ lab_sites { devices { name region { name } } } }",
            json!({"lab_sites": [
                {"devices": [{"name": "box2", "region": {"name": "North"}}]},
                {"devices": [
                    {"name": "bare", "region": {"name": "North"}},
                    {"name": "box1", "region": {"name": "North"}},
                ]},
                {"devices": []},
            ]}),
        ),
        (
            "{ VIP: vip_labels { name lab_boxes { name } } }",
            json!({"VIP": [
                {"name": "blue", "lab_boxes": [{"name": "box1"}, {"name": "box2"}]},
                {"name": "red", "lab_boxes": [{"name": "box1"}, {"name": "box2"}]},
            ]}),
        ),
        ("{ lab_boxes { labels { name } holds { app_label model display __typename } } }", {
            let held = json!({
                "labels": [{"name": "blue"}, {"name": "red"}],
                "holds": [{"app_label": "lab", "model": "port", "display": "lab | lab port",
                           "__typename": "ContentTypeType"}],
            });
            json!({"lab_boxes": [{"labels": [], "holds": []}, held, held]})
        }),
        (
            &format!("{{ lab_box(id: \"{box1}\") {{ id url ports {{ name }} }} __typename }}"),
            json!({
                "lab_box": {
                    "id": box1,
                    "url": format!("http://lab.example/api/plugins/lab/boxes/{box1}/"),
                    "ports": [{"name": "eth1"}, {"name": "eth9"}, {"name": "eth10"}],
                },
                "__typename": "Query",
            }),
        ),
        ("{ lab_box { name } }", json!({"lab_box": null})),
        ("{ lab_box(id: \"6c2dcc74-6a4e-4f39-9b4a-5a5a8f0f8b1a\") { name } }", json!({"lab_box": null})),
        ("{ lab_boxes(limit: 1, offset: 1) { name } }", json!({"lab_boxes": [{"name": "box1"}]})),
        ("{ lab_boxes(offset: 99) { name } }", json!({"lab_boxes": []})),
        (
            "{ lab_boxes(limit: 2) { ports(limit: 1, offset: 1) { name } } }",
            json!({"lab_boxes": [{"ports": []}, {"ports": [{"name": "eth9"}]}]}),
        ),
    ] {
        assert_eq!(world.data(query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn the_language() {
    let world = World::with_boxes(1).await;
    for (body, expected) in [
        (
            json!({"query": "query Q($some: Int = 1, $with: Boolean!) {
                        lab_boxes(limit: $some) { name ports(limit: 1) @include(if: $with) { name } width @skip(if: $with) }
                    }",
                   "variables": {"with": true}, "operationName": "Q"}),
            json!({"lab_boxes": [{"name": "box1", "ports": [{"name": "eth1"}]}]}),
        ),
        (
            json!({"query": "query Q($some: Int = 1, $with: Boolean!) {
                        lab_boxes(limit: $some) { name ports(limit: 1) @include(if: $with) { name } width @skip(if: $with) }
                    }",
                   "variables": "{\"with\": false}"}),
            json!({"lab_boxes": [{"name": "box1", "width": 19}]}),
        ),
        (
            json!({"query": "query A { lab_sites { name } } query B { b: lab_boxes { n: name m: name } }",
                   "operationName": "B", "variables": null}),
            json!({"b": [{"n": "box1", "m": "box1"}]}),
        ),
        (
            json!({"query": "{ lab_boxes { ...some site { name } ... on LabBoxType { site { parent { name } } } } }
                             fragment some on LabBoxType { name site { ...where } }
                             fragment where on LabSiteType { id: name }"}),
            json!({"lab_boxes": [{"name": "box1", "site": {"id": "LON", "name": "LON", "parent": {"name": "North"}}}]}),
        ),
    ] {
        let answer = world.send(body.clone()).await;
        let found: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!((answer.status.as_u16(), found), (200, json!({ "data": expected })), "{body}");
    }
}

#[tokio::test]
async fn what_may_not_be_seen_is_not_there() {
    let world = World::with_boxes(1).await;
    let query =
        json!({"query": "{ lab_sites { name } lab_boxes { name site { name } labels { name } ports { name } } }"});
    let port = |name: &str| json!({ "name": name });
    for (caller, expected) in [
        (viewer(&[]), json!({"lab_sites": [], "lab_boxes": []})),
        (
            viewer(&["lab.box", "lab.port"]),
            json!({"lab_sites": [], "lab_boxes": [{
                "name": "box1", "site": null, "labels": [], "ports": [port("eth1"), port("eth9"), port("eth10")],
            }]}),
        ),
        (
            superuser(),
            json!({
                "lab_sites": [{"name": "AMS"}, {"name": "LON"}, {"name": "North"}],
                "lab_boxes": [{
                    "name": "box1", "site": {"name": "LON"}, "labels": [port("blue"), port("red")],
                    "ports": [port("eth1"), port("eth9"), port("eth10")],
                }],
            }),
        ),
    ] {
        let answer = world.send_as(&caller, query.clone()).await;
        let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(body, json!({ "data": expected }), "{:?}", caller.grants);
    }
}
