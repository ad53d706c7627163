//! Computed fields: what templates see of records, and what becomes of those that fail.

use serde_json::{Value as Json, json};

use crate::write::world::World;

async fn define(world: &World, label: &str, template: &str, more: Json) {
    let mut body = json!({
        "label": label, "template": template, "content_type": "dcim.device", "fallback_value": "failed",
    });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    world.created("extras/computed-fields", body).await;
}

fn device(name: &str) -> Json {
    json!({
        "name": name, "status": "Active", "role": { "name": "Switch" }, "location": { "name": "AMS" },
        "device_type": { "model": "X1" }, "serial": format!("s-{name}"),
    })
}

#[tokio::test]
async fn templates_see_records_as_nautobots_do() {
    let world = World::with_basics().await;
    let field = json!({ "label": "Floor", "type": "integer", "content_types": ["dcim.device"] });
    world.created("extras/custom-fields", field).await;
    let mut body = device("sw1");
    body["custom_fields"] = json!({ "floor": 3 });
    body["tags"] = json!([{ "name": "core" }]);
    body["local_config_context_data"] = json!({ "ntp": ["a", "b"] });
    let id = world.created("dcim/devices", body).await;
    for name in ["e1", "e2"] {
        let port = json!({ "device": id, "name": name, "type": "1000base-t", "status": "Active", "mtu": 9000 });
        world.created("dcim/interfaces", port).await;
    }
    let path = format!("dcim/devices/{id}/");
    let cases = [
        ("{{ obj.name }}", "sw1"),
        ("{{ obj.name | upper }} {{ obj.serial[2:] }}", "SW1 sw1"),
        ("{{ obj }} {{ obj.id == obj.pk }}", "sw1 True"),
        ("{{ obj.location.parent.name }}/{{ obj.location }}", "North/AMS"),
        ("{{ obj.device_type.manufacturer.name }} {{ obj.device_type.u_height + 1 }}", "Acme 2"),
        ("{% set type = obj.device_type %}{% if type.manufacturer %}{{ type.manufacturer }}{% endif %}", "Acme"),
        ("{% if obj.tenant %}yes{% else %}no{% endif %}{{ obj.tenant.name }}", "no"),
        ("{{ obj.cf.floor + 1 }} {{ obj.cf['floor'] }}", "4 3"),
        ("{% for tag in obj.tags.all() %}{{ tag.name }}{{ tag.content_types }}{% endfor %}", "core['dcim.device']"),
        ("{{ obj.tags.count() }} {{ obj.tags.names() | join(',') }} {{ obj.tags.first().name }}", "1 core core"),
        ("{{ obj.clusters.exists() }} {{ obj.clusters.first() is none }}", "False True"),
        ("{{ obj.local_config_context_data.ntp | join('+') }}", "a+b"),
        ("{{ obj.get_face_display() }}{{ obj.position is none }}", "True"),
        ("{{ obj.status }} {{ obj.status.color | length }}", "Active 6"),
        ("{{ obj.created[:2] }}", "20"),
        ("{{ obj.nothing }}", ""),
        ("{{ obj.nothing.at_all }}", "failed"),
        ("{{ obj.name.nope() }}", "failed"),
        ("{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}", "failed"),
        ("{% for a in range(999) %}{{ obj.name * 999 }}{% endfor %}", "failed"),
    ];
    for (place, (template, _)) in cases.iter().enumerate() {
        define(&world, &format!("f{place}"), template, json!({ "weight": place })).await;
    }
    assert_eq!(world.get(&path).await.body.get("computed_fields"), None);
    let shown = world.get(&format!("{path}?include=computed_fields")).await.body["computed_fields"].clone();
    let keys: Vec<&String> = shown.as_object().unwrap().keys().collect();
    assert_eq!(keys, (0..cases.len()).map(|place| format!("f{place}")).collect::<Vec<_>>().iter().collect::<Vec<_>>());
    for (place, (template, expected)) in cases.iter().enumerate() {
        assert_eq!(shown[format!("f{place}")], *expected, "{template}");
    }
    // Always in the answer to a write, and a field of GraphQL.
    let written = world.patch(path.trim_end_matches('/'), json!({ "serial": "t-sw9" })).await;
    assert_eq!(written.body["computed_fields"]["f1"], "SW1 sw9");
    let query = "{ devices { name cpf_f1 cpf_f3 location { name } } }";
    let answer = world.post("graphql", json!({ "query": query })).await;
    let expected = json!({ "name": "sw1", "cpf_f1": "SW1 sw9", "cpf_f3": "North/AMS", "location": { "name": "AMS" } });
    assert_eq!(answer.body["data"]["devices"][0], expected, "{}", answer.body);
    // Records of other types have none.
    let location = world.get("dcim/locations/?include=computed_fields&name=AMS").await;
    assert_eq!(location.body["results"][0]["computed_fields"], json!({}));
}

#[tokio::test]
async fn definitions_are_checked() {
    let world = World::new().await;
    let wrong = |more: Json| {
        let mut body = json!({ "label": "x", "template": "x", "content_type": "dcim.device" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (body, field, wanted) in [
        (wrong(json!({ "template": "a\n{% if %}" })), "template", "Template syntax error on line 2"),
        (wrong(json!({ "template": "" })), "template", "may not be blank"),
        (wrong(json!({ "key": "a-b" })), "key", "letters, digits and _"),
        (wrong(json!({ "label": "URL" })), "key", "what clients call the address"),
        (wrong(json!({ "content_type": "extras.note" })), "content_type", "no computed fields"),
        (wrong(json!({ "content_type": "dcim.nope" })), "content_type", "Invalid content type"),
    ] {
        let answer = world.post("extras/computed-fields", body).await;
        let text = answer.body[field][0].as_str().unwrap_or_default();
        assert!(answer.status == 400 && text.contains(wanted), "{wanted}: {answer:?}");
    }
    let made = world.post("extras/computed-fields", wrong(json!({ "label": "Full name" }))).await;
    assert_eq!((made.status, &made.body["key"]), (201, &json!("full_name")));
    let path = format!("extras/computed-fields/{}", made.id());
    let renamed = world.patch(&path, json!({ "key": "other" })).await;
    assert_eq!(renamed.status, 400, "{}", renamed.body);
    let again = world.post("extras/computed-fields", wrong(json!({ "label": "Full name", "key": "second" }))).await;
    assert_eq!(again.status, 400, "{}", again.body);
}

#[tokio::test]
async fn nobody_reads_what_is_hidden_through_a_template() {
    let world = World::new().await;
    let body = json!({
        "label": "leak", "content_type": "extras.contact", "fallback_value": "failed",
        "template": "[{{ obj.user.password }}{{ obj.password }}]",
    });
    world.created("extras/computed-fields", body).await;
    let made = world.post("extras/contacts", json!({ "name": "Ann" })).await;
    assert_eq!(made.body["computed_fields"]["leak"], "failed");
    let note = json!({
        "label": "note", "content_type": "dcim.manufacturer",
        "template": "{{ obj.name }}{% for key in ['password', 'is_superuser'] %}[{{ obj[key] }}]{% endfor %}",
    });
    world.created("extras/computed-fields", note).await;
    let made = world.post("dcim/manufacturers", json!({ "name": "Acme" })).await;
    assert_eq!(made.body["computed_fields"]["note"], "Acme[][]");
}

#[tokio::test]
async fn queries_do_not_depend_on_how_many_records_there_are() {
    let mut counts = Vec::new();
    for count in [2, 300] {
        let world = World::with_basics().await;
        // What fails takes nothing away from the others.
        define(&world, "fails", "{{ obj.nothing.at_all }}", json!({ "weight": 1 })).await;
        define(&world, "place", "{{ obj.location.parent.name }} {{ obj.tags.names() | join }}", json!({})).await;
        define(&world, "maker", "{{ obj.device_type.manufacturer.name }} {{ obj.name }}", json!({})).await;
        let bodies = (0..count).map(|number| {
            let mut body = device(&format!("d{number}"));
            body["tags"] = json!([{ "name": "core" }]);
            body
        });
        assert_eq!(world.post("dcim/devices", bodies.collect()).await.status, 201);
        let before = world.inventory.queries();
        let list = world.get("dcim/devices/?include=computed_fields&limit=0").await;
        counts.push(world.inventory.queries() - before);
        let results = list.body["results"].as_array().unwrap();
        assert_eq!(results.len(), count);
        for one in results {
            let maker = format!("Acme {}", one["name"].as_str().unwrap());
            assert_eq!(one["computed_fields"], json!({ "maker": maker, "place": "North core", "fails": "failed" }));
        }
    }
    assert_eq!(counts[0], counts[1]);
}
