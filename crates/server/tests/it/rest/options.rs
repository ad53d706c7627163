//! OPTIONS against what a real Nautobot answered, and against what a caller may do.

use std::io::Write as _;

use axum::body::Body;
use axum::http::Method;
use serde_json::{Value as Json, json};

use crate::write::samples::samples;
use crate::write::world::{Answer, World};

async fn options(world: &World, path: &str) -> Answer {
    world.send(Method::OPTIONS, path, &[], Body::empty()).await
}

/// Where we mean to differ: what this inventory does not hold cannot be written, and what it works out neither; a prefix
/// takes its locations.
const OTHERWISE: [(&str, &str, bool); 7] = [
    ("dcim/devices", "local_config_context_schema", true),
    ("dcim/devices", "device_redundancy_group", true),
    ("dcim/devices", "controller_managed_device_group", true),
    ("dcim/devices", "software_image_files", true),
    ("dcim/devices", "parent_bay", true),
    ("ipam/prefixes", "parent", true),
    ("ipam/prefixes", "locations", false),
];

#[tokio::test]
async fn fields_are_told_as_the_contract_tells_them() {
    let Some(folder) = samples() else {
        writeln!(std::io::stderr(), "no samples beside the repository: nothing compared").expect("stderr is open");
        return;
    };
    let world = World::new().await;
    let mut compared = 0;
    for list in ["dcim/devices", "dcim/locations", "ipam/prefixes", "tenancy/tenants"] {
        let file = folder.join(format!("OPTIONS__{}.json", list.replace('/', "__")));
        let sample: Json = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let answer = options(&world, &format!("{list}/")).await;
        assert_eq!((answer.status, &answer.body["name"]), (200, &sample["body"]["name"]));
        for method in ["PUT", "POST"] {
            let ours = &answer.body["actions"][method];
            for (field, theirs) in sample["body"]["actions"][method].as_object().unwrap() {
                let mut theirs = theirs.clone();
                if let Some((.., read_only)) = OTHERWISE.iter().find(|(of, name, _)| (*of, *name) == (list, field)) {
                    assert_ne!(theirs["read_only"], json!(read_only), "{list} {field} is no difference");
                    theirs["read_only"] = json!(read_only);
                }
                for key in ["type", "required", "read_only", "label", "max_length", "min_value", "max_value", "choices"]
                {
                    let (ours, theirs) = (ours[field].get(key), theirs.get(key));
                    let fits = ours == theirs || (theirs.is_none() && key != "choices");
                    assert!(fits, "{list} {method} {field}.{key}: {ours:?} instead of {theirs:?}");
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 1500, "{compared}");
}

#[tokio::test]
async fn words_and_choices_by_kind_of_field() {
    let world = World::new().await;
    let cases = [
        ("dcim/racks", "width", json!({ "type": "field", "choices": [{ "value": 10, "display": "10 inches" }] })),
        ("dcim/interfaces", "enabled", json!({ "type": "boolean" })),
        ("dcim/interfaces", "mac_address", json!({ "type": "string" })),
        ("dcim/interfaces", "device", json!({ "type": "field" })),
        ("dcim/software-versions", "release_date", json!({ "type": "date" })),
        ("dcim/software-versions", "documentation_url", json!({ "type": "url", "max_length": 200 })),
        ("dcim/locations", "latitude", json!({ "type": "decimal", "min_value": -90, "max_value": 90 })),
        ("users/users", "email", json!({ "type": "email" })),
        ("extras/jobs", "time_limit", json!({ "type": "float", "min_value": 0 })),
        ("ipam/prefixes", "prefix", json!({ "type": "string", "required": true })),
        ("ipam/prefixes", "location", json!({ "type": "field", "read_only": false })),
        ("ipam/prefixes", "created", json!({ "type": "datetime", "read_only": true })),
    ];
    for (list, field, expected) in cases {
        let answer = options(&world, &format!("{list}/")).await;
        let found = &answer.body["actions"]["PUT"][field];
        for (key, expected) in expected.as_object().unwrap() {
            let found = if key == "choices" { json!([found[key][0]]) } else { found[key].clone() };
            assert_eq!(&found, expected, "{list} {field} {key}");
        }
    }
    let statuses = options(&world, "extras/statuses/").await.body;
    let types = &statuses["actions"]["POST"]["content_types"];
    assert_eq!((&types["type"], &types["required"]), (&json!("list"), &json!(true)));
    let choices = types["child"]["choices"].as_array().unwrap();
    assert!(choices.contains(&json!({ "value": "dcim.device", "display": "DCIM | device" })), "{types}");
    // Secrets are not told of.
    let token = options(&world, "users/tokens/").await.body;
    assert!(token["actions"]["POST"].get("key_hash").is_none(), "{token}");
}

/// The methods of which fields are told.
fn actions(answer: &Answer) -> Vec<&str> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer
        .body
        .get("actions")
        .map_or(Vec::new(), |actions| actions.as_object().unwrap().keys().map(String::as_str).collect())
}

#[tokio::test]
async fn callers_are_told_what_they_may_write() {
    let world = World::new().await;
    let mine = world.created("tenancy/tenants", json!({ "name": "mine" })).await;
    let other = world.created("tenancy/tenants", json!({ "name": "other" })).await;
    let (mine, other) = (format!("tenancy/tenants/{mine}/"), format!("tenancy/tenants/{other}/"));
    let list = "tenancy/tenants/";
    assert_eq!(actions(&options(&world, list).await), ["PUT", "POST"]);
    assert_eq!(actions(&options(&world, &mine).await), ["PUT"]);
    assert_eq!(actions(&options(&world, "extras/object-changes/").await), [""; 0]);
    assert_eq!(actions(&options(&world, "extras/jobs/").await), ["PUT"]);
    let notes = options(&world, &format!("{mine}notes/")).await;
    assert_eq!(notes.body["actions"]["POST"].as_object().unwrap().keys().collect::<Vec<_>>(), ["note"]);
    assert_eq!(options(&world, "tenancy/tenants/none/").await.status, 404);
    let all = Json::Null;
    let only = json!({ "name": "mine" });
    let reader = world.as_user("reader", &[(&["view"], &["tenancy.tenant"], all.clone())]).await;
    let adder = world.as_user("adder", &[(&["view", "add"], &["tenancy.tenant"], all.clone())]).await;
    let owner = world
        .as_user("owner", &[(&["view"], &["tenancy.tenant"], all), (&["change"], &["tenancy.tenant"], only)])
        .await;
    for (who, path, expected) in [
        (&reader, list, &[][..]),
        (&reader, &mine, &[]),
        (&adder, list, &["POST"]),
        (&adder, &mine, &[]),
        (&owner, list, &["PUT"]),
        (&owner, &mine, &["PUT"]),
        (&owner, &other, &[]),
        (&reader, "dcim/devices/", &[]),
    ] {
        assert_eq!(actions(&options(who, path).await), expected, "{path}");
    }
}

/// What is worked out cannot be written, unless a client may say what it expects; then it is heeded.
#[tokio::test]
async fn a_parent_may_be_named() {
    let world = World::with_basics().await;
    let mut prefixes = Vec::new();
    for prefix in ["10.0.0.0/8", "10.0.0.0/24"] {
        prefixes.push(world.created("ipam/prefixes", json!({ "prefix": prefix, "status": "Active" })).await);
    }
    let told = options(&world, "ipam/ip-addresses/").await.body["actions"]["POST"].clone();
    assert_eq!((&told["parent"]["read_only"], &told["ip_version"]["read_only"]), (&json!(false), &json!(true)));
    let address = |parent: &str| json!({ "address": "10.0.0.1/24", "status": "Active", "parent": parent });
    let wrong = world.post("ipam/ip-addresses", address(&prefixes[0])).await;
    assert_eq!(wrong.status, 400, "{:?}", wrong.body);
    assert!(wrong.body["parent"][0].as_str().unwrap().contains("10.0.0.0/24"), "{:?}", wrong.body);
    world.created("ipam/ip-addresses", address(&prefixes[1])).await;
}
