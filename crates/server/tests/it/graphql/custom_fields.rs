//! Custom fields are fields of the schema, from the moment they are defined.

use serde_json::json;
use trueup_engine::Value;

use super::world::World;

#[tokio::test]
async fn a_custom_field_is_a_field_once_it_is_defined() {
    let mut world = World::empty().await;
    world.site("AMS", None).await;
    let query = "{ lab_boxes { cf_code } }";
    assert_eq!(world.ask(query).await.0, 400);
    for (key, kind) in
        [("code", "text"), ("count", "integer"), ("on", "boolean"), ("many", "multi-select"), ("free", "json")]
    {
        let content_types = Value::Set(["lab.box"].into_iter().collect());
        let values =
            [("label", key.into()), ("key", key.into()), ("type", kind.into()), ("content_types", content_types)];
        world.create("extras.customfield", &values).await;
    }
    let custom = json!({"code": "a\"b", "count": 7, "on": false, "many": ["x", "y"], "free": {"a": [1]}, "old": 1});
    for (name, custom) in [("full", custom.clone()), ("empty", json!({})), ("wrong", json!({"count": "7", "code": 5}))]
    {
        let values = [("name", name.into()), ("site__name", "AMS".into()), ("custom_fields", Value::from_json(custom))];
        world.create("lab.box", &values).await;
    }
    assert_eq!(
        world.data("{ lab_boxes { name cf_code cf_count cf_on cf_many cf_free } }").await,
        json!({"lab_boxes": [
            {"name": "empty", "cf_code": null, "cf_count": null, "cf_on": null, "cf_many": null, "cf_free": null},
            {"name": "full", "cf_code": "a\"b", "cf_count": 7, "cf_on": false, "cf_many": ["x", "y"],
             "cf_free": {"a": [1]}},
            {"name": "wrong", "cf_code": "5", "cf_count": null, "cf_on": null, "cf_many": null, "cf_free": null},
        ]})
    );
    let data = world.data("{ lab_boxes { _custom_field_data } }").await;
    assert_eq!(data["lab_boxes"][1]["_custom_field_data"], custom);
    let (status, body) = world.ask("{ lab_sites { cf_code } }").await;
    assert_eq!(status, 400, "{body}");
}
