//! Metadata of records, and the teams that it may name, over REST and GraphQL.

use serde_json::json;

use super::world::World;

#[tokio::test]
async fn is_written_and_shown_with_what_it_is_about() {
    let world = World::new().await;
    let tenant = world.created("tenancy/tenants", json!({ "name": "T" })).await;
    let contact = world.created("extras/contacts", json!({ "name": "Ann" })).await;
    let team = world.post("extras/teams", json!({ "name": "NOC", "contacts": [{ "name": "Ann" }] })).await;
    assert_eq!(team.body["contacts"][0]["id"], contact.as_str());
    let shown = world.get(&format!("extras/contacts/{contact}/")).await;
    assert_eq!(shown.body["teams"][0]["id"], team.id().as_str());
    assert_eq!(world.get("extras/contacts/?teams=NOC").await.body["count"], 1);
    for (name, kind) in [("Owner", "contact-or-team"), ("Origin", "select")] {
        let body = json!({ "name": name, "data_type": kind, "content_types": ["tenancy.tenant"] });
        world.created("extras/metadata-types", body).await;
    }
    world.created("extras/metadata-choices", json!({ "metadata_type": { "name": "Origin" }, "value": "crm" })).await;

    let about = json!({ "assigned_object_type": "tenancy.tenant", "assigned_object_id": tenant });
    let with = |more: serde_json::Value| {
        let mut body = about.clone();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let body = with(json!({ "metadata_type": { "name": "Owner" }, "team": { "name": "NOC" } }));
    let owner = world.post("extras/object-metadata", body).await;
    assert_eq!(owner.status, 201, "{}", owner.body);
    assert_eq!(owner.body["assigned_object"]["url"], format!("http://nautobot.example/api/tenancy/tenants/{tenant}/"));
    assert_eq!((&owner.body["value"], &owner.body["scoped_fields"]), (&json!(null), &json!([])));
    let wrong = with(json!({ "metadata_type": { "name": "Origin" }, "value": "erp", "scoped_fields": ["name"] }));
    let message = "Invalid choice (erp). Available choices are: crm";
    assert_eq!(world.post("extras/object-metadata", wrong).await.shown(), (400, json!({ "value": [message] })));
    let right = with(json!({ "metadata_type": { "name": "Origin" }, "value": "crm", "scoped_fields": ["name"] }));
    world.created("extras/object-metadata", right).await;
    let query = "{ object_metadata(metadata_type: \"Origin\") { value scoped_fields assigned_object { display } } }";
    let answer = world.post("graphql", json!({ "query": query })).await;
    let expected = json!([{ "value": "crm", "scoped_fields": ["name"], "assigned_object": { "display": "T" } }]);
    assert_eq!(answer.body["data"]["object_metadata"], expected, "{}", answer.body);
    assert_eq!(world.delete(&format!("extras/teams/{}", team.id()), json!({})).await.status, 409);
    assert_eq!(world.delete(&format!("tenancy/tenants/{tenant}"), json!({})).await.status, 204);
    assert_eq!(world.count("extras/object-metadata").await, 0);
}
