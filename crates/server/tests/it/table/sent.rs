//! Tables that clients send.

use axum::http::Method;
use serde_json::{Value as Json, json};

use crate::write::world::World;

fn refused(reason: &str) -> Json {
    json!({ "detail": format!("CSV parse error - {reason}") })
}

#[tokio::test]
async fn a_table_is_a_list_of_objects() {
    let world = World::with_basics().await;
    let group = world.created("tenancy/tenant-groups", json!({ "name": "G" })).await;
    for table in [
        "name,tenant_group,tags\na,G,\nb,,\n".to_owned(),
        "\u{feff}name,tenant_group__name\r\nc,G\r\nd,NoObject\r\n".to_owned(),
        format!("name,tenant_group\ne,{group}\nf,NULL\n"),
        format!("name,tenant_group__id,display,natural_slug,device_count\ng,{group},x,y,7\nh,,,,\n"),
    ] {
        let answer = world.send_table(Method::POST, "tenancy/tenants/", table.clone()).await;
        assert_eq!(answer.status, 201, "{table}: {}", answer.body);
        let groups: Vec<&Json> = answer.body.as_array().unwrap().iter().map(|one| &one["tenant_group"]["id"]).collect();
        assert_eq!(groups, [&json!(group), &Json::Null], "{table}");
    }
    let answer = world.send_table(Method::POST, "tenancy/tenants/", "name\n").await;
    assert_eq!(answer.shown(), (201, json!([])));
    // One row is a list of one.
    let answer = world.send_table(Method::POST, "tenancy/tenants/", "name\nonly\n").await;
    assert_eq!(answer.body[0]["name"], "only");
}

#[tokio::test]
async fn every_form_of_a_reference() {
    let world = World::with_basics().await;
    let site = world.get("dcim/locations/?name=AMS").await.body["results"][0]["id"].as_str().unwrap().to_owned();
    for (place, (columns, cells)) in [
        ("device_type,location,status,role", "Acme;X1,AMS;North,Active,Switch".to_owned()),
        ("device_type__model,location__name,status__name,role", "X1,AMS,Active,Switch".to_owned()),
        (
            "device_type__manufacturer__name,device_type__model,location__name,location__parent__name,status,role",
            "Acme,X1,AMS,North,Active,Switch".to_owned(),
        ),
        ("device_type__model,location__id,status,role", format!("X1,{site},Active,Switch")),
        ("device_type__model,location__parent,location__name,status,role,tags", {
            let north = world.get("dcim/locations/?name=North").await.body["results"][0]["id"].clone();
            format!("X1,{},AMS,Active,Switch,core", north.as_str().unwrap())
        }),
        ("device_type__model,location,status,role,tags__name", format!("X1,{site},Active,Switch,core")),
    ]
    .into_iter()
    .enumerate()
    {
        let table = format!("name,{columns}\nsw{place},{cells}\n");
        let answer = world.send_table(Method::POST, "dcim/devices/", table.clone()).await;
        assert_eq!(answer.status, 201, "{table}: {}", answer.body);
        assert_eq!(answer.body[0]["location"]["id"], site.as_str(), "{table}");
        assert_eq!(answer.body[0]["tags"].as_array().unwrap().len(), usize::from(columns.contains("tags")), "{table}");
    }
}

#[tokio::test]
async fn errors_stand_in_the_place_of_their_rows() {
    let world = World::with_basics().await;
    let exists = json!({ "name": ["tenant with this name already exists."] });
    world.created("tenancy/tenants", json!({ "name": "taken" })).await;
    for (list, table, expected) in [
        ("tenancy/tenants", "name\na\ntaken\n", json!([{}, exists])),
        (
            "tenancy/tenants",
            "name,description\na,NULL\nb,x\n",
            json!([{ "description": ["This field may not be null."] }, {}]),
        ),
        (
            "tenancy/tenants",
            "name,tenant_group__name\na,nope\nb,\n",
            json!([{ "tenant_group": ["Related object not found using the provided attributes: {'name': 'nope'}"] }, {}]),
        ),
        // Ragged rows, and a cell that is no JSON: nothing else is looked at.
        (
            "tenancy/tenants",
            "name,description\na\nb,x\nc,x,y\n",
            json!([
                { "non_field_errors": ["Line 2 has 1 cells, the header has 2."] },
                {},
                { "non_field_errors": ["Line 4 has 3 cells, the header has 2."] },
            ]),
        ),
        (
            "dcim/platforms",
            "name,napalm_args\na,\"{\"\"a\"\": 1}\"\nb,{bad\n",
            json!([{}, { "napalm_args": ["Value must be valid JSON."] }]),
        ),
        (
            "dcim/devices",
            "name,tags__name,tags__color\na,\"x,y\",red\n",
            json!([{ "tags": ["The columns of `tags` name different numbers of objects."] }]),
        ),
    ] {
        let answer = world.send_table(Method::POST, &format!("{list}/"), table).await;
        assert_eq!(answer.shown(), (400, expected), "{table}");
    }
    assert_eq!(world.count("tenancy/tenants").await, 1);
}

#[tokio::test]
async fn nobody_is_found_by_what_is_hidden() {
    let world = World::with_basics().await;
    let table = "name,object_types,actions,users__password\na,dcim.device,view,x\n";
    let refused = world.send_table(Method::POST, "users/permissions/", table).await;
    let expected = json!({ "users__password": ["users.user has no field `password` (path `password`)"] });
    assert_eq!(refused.shown(), (400, expected));
    let body =
        json!({ "name": "a", "object_types": ["dcim.device"], "actions": ["view"], "users": [{ "password": "x" }] });
    let refused = world.post("users/permissions", body).await;
    let said = refused.body["users"][0].as_str().unwrap_or_default();
    assert!(said.starts_with("Cannot resolve keyword 'password' into field."), "{}", refused.body);
}

#[tokio::test]
async fn wrong_headers_are_named() {
    let world = World::with_basics().await;
    for (table, expected) in [
        (
            "nmae,name,name\na,b,c\n",
            json!({
                "nmae": ["dcim.device has no field `nmae`; did you mean `name`? (path `nmae`)"],
                "name": ["There is more than one column of this name."],
            }),
        ),
        (
            "name,location__nam,cf_x\na,b,c\n",
            json!({
                "location__nam": ["dcim.location has no field `nam`; did you mean `name`? (path `nam`)"],
                "cf_x": ["dcim.device has no custom field `x`."],
            }),
        ),
        (
            "name,location,location__name,\na,b,c,d\n",
            json!({
                "location__name": ["Another column says the same: give `location` or parts of it, not both."],
                "non_field_errors": ["Column 4 has no name."],
            }),
        ),
        (
            "name,name__x,comments__y\na,b,c\n",
            json!({
                "name__x": ["dcim.device.name is no reference, so nothing can follow it (path `name__x`)"],
                "comments__y": ["dcim.device.comments is no reference, so nothing can follow it (path `comments__y`)"],
            }),
        ),
    ] {
        let answer = world.send_table(Method::POST, "dcim/devices/", table).await;
        assert_eq!(answer.shown(), (400, expected), "{table}");
    }
    let wide = (0..1_001).map(|place| format!("c{place}")).collect::<Vec<_>>().join(",");
    let answer = world.send_table(Method::POST, "dcim/devices/", wide).await;
    let expected = json!({ "non_field_errors": ["A table has at most 1000 columns, this one has 1001."] });
    assert_eq!(answer.shown(), (400, expected));
}

#[tokio::test]
async fn what_is_no_table_is_told() {
    let world = World::new().await;
    for (body, reason) in [
        (b"".to_vec(), "the body is empty; its first line has to name the columns"),
        (b"name\na\n\xff\n".to_vec(), "the body is not UTF-8: byte 0xff in line 3; save the table as UTF-8"),
    ] {
        for method in [Method::POST, Method::PATCH, Method::PUT, Method::DELETE] {
            let answer = world.send_table(method, "tenancy/tenants/", body.clone()).await;
            assert_eq!(answer.shown(), (400, refused(reason)));
        }
    }
    let rows = (0..10_001).map(|number| format!("t{number}\n")).collect::<String>();
    let answer = world.send_table(Method::POST, "tenancy/tenants/", format!("name\n{rows}")).await;
    let expected = json!({ "non_field_errors": ["A request holds at most 10000 objects, this table has more rows."] });
    assert_eq!(answer.shown(), (400, expected));
    assert_eq!(world.count("tenancy/tenants").await, 0);
}

#[tokio::test]
async fn rows_with_ids_change_and_delete() {
    let world = World::new().await;
    let answer = world.post("tenancy/tenants", json!([{ "name": "a" }, { "name": "b" }])).await;
    let ids: Vec<&str> = answer.body.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    for (method, table) in [
        (Method::PATCH, format!("id,description\n{},x\n{},y\n", ids[0], ids[1])),
        (Method::PUT, format!("id,name,description\n{},a,x\n{},b,y\n", ids[0], ids[1])),
    ] {
        let answer = world.send_table(method, "tenancy/tenants/", table.clone()).await;
        assert_eq!(answer.status, 200, "{table}: {}", answer.body);
        assert_eq!((&answer.body[0]["description"], &answer.body[1]["description"]), (&json!("x"), &json!("y")));
    }
    let answer = world.send_table(Method::PATCH, "tenancy/tenants/", "description\nx\n").await;
    assert_eq!(answer.shown(), (400, json!([{ "id": ["This field is required."] }])));
    // One record takes one row.
    let one = format!("tenancy/tenants/{}/", ids[0]);
    let answer = world.send_table(Method::PATCH, &one, "description\nz\n").await;
    assert_eq!((answer.status, &answer.body["description"]), (200, &json!("z")));
    let answer = world.send_table(Method::PATCH, &one, "description\nz\nz\n").await;
    assert_eq!(answer.shown(), (400, refused("this address takes one row, the body has 2")));
    let answer = world.send_table(Method::DELETE, "tenancy/tenants/", format!("id\n{}\n", ids[0])).await;
    assert_eq!(answer.status, 204);
    assert_eq!(world.count("tenancy/tenants").await, 1);
}

#[tokio::test]
async fn a_reference_is_cleared_by_the_words_for_none() {
    let world = World::new().await;
    world.created("tenancy/tenant-groups", json!({ "name": "G" })).await;
    for cell in ["NoObject", "NULL", ""] {
        let id = world.created("tenancy/tenants", json!({ "name": "t", "tenant_group": "G" })).await;
        let column = if cell == "NULL" { "tenant_group" } else { "tenant_group__name" };
        let table = format!("id,{column}\n{id},{cell}\n");
        let answer = world.send_table(Method::PATCH, "tenancy/tenants/", table).await;
        assert_eq!((answer.status, &answer.body[0]["tenant_group"]), (200, &Json::Null), "{cell}: {}", answer.body);
        world.delete(&format!("tenancy/tenants/{id}"), json!({})).await;
    }
}

#[tokio::test]
async fn what_takes_tables_says_so() {
    let world = World::with_basics().await;
    let site = world.get("dcim/locations/?name=AMS").await.id_of_first();
    for (path, tables) in [
        ("dcim/locations/".to_owned(), true),
        (format!("dcim/locations/{site}/"), true),
        (format!("dcim/locations/{site}/notes/"), false),
        ("status/".to_owned(), false),
    ] {
        let parses = world.ask(Method::OPTIONS, &path, json!({})).await.body["parses"].clone();
        assert_eq!(parses.as_array().unwrap().contains(&json!("text/csv")), tables, "{path}");
    }
    let document = world.get("swagger.json").await.body;
    for (path, method, tables) in [
        ("/dcim/locations/", "post", true),
        ("/dcim/locations/", "delete", true),
        ("/dcim/locations/{id}/", "patch", true),
        ("/dcim/locations/{id}/notes/", "post", false),
    ] {
        let content = &document["paths"][path][method]["requestBody"]["content"];
        assert!(content["application/json"].is_object(), "{path} {method}");
        assert_eq!(content["text/csv"].is_object(), tables, "{path} {method}");
    }
    let path = format!("dcim/locations/{site}/notes/");
    let answer = world.send_table(Method::POST, &path, "note\nx\n").await;
    let detail = json!({ "detail": "Unsupported media type \"text/csv; charset=UTF-8\" in request." });
    assert_eq!(answer.shown(), (415, detail));
}
