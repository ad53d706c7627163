//! Answers of a real Nautobot to requests that were refused, replayed. They lie beside the repository; where they are
//! not, there is nothing to compare and the test says so.

use std::{io::Write, path::PathBuf};

use axum::http::Method;
use serde_json::{Value as Json, json};

use super::world::World;

/// `TRUEUP_SHARED`, or the folder beside the repository.
pub fn samples() -> Option<PathBuf> {
    let shared = std::env::var_os("TRUEUP_SHARED")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"));
    let samples = shared.join("nautobot/samples");
    samples.is_dir().then_some(samples)
}

#[tokio::test]
async fn refusals_are_those_of_the_contract() {
    let Some(folder) = samples() else {
        writeln!(std::io::stderr(), "no samples beside the repository: nothing compared").expect("stderr is open");
        return;
    };
    let world = World::new().await;
    for (list, body) in [
        ("tenancy/tenants", json!({ "name": "tenant-01" })),
        ("ipam/prefixes", json!({ "prefix": "10.0.0.0/24", "status": "Active" })),
        ("dcim/location-types", json!({ "name": "Region" })),
        ("dcim/location-types", json!({ "name": "Site", "parent": "Region" })),
    ] {
        world.created(list, body).await;
    }
    let mut compared = 0;
    for name in [
        "400_bad_json",
        "400_bad_prefix",
        "400_duplicate_prefix",
        "400_duplicate_tenant",
        "400_fk_missing",
        "400_fk_parent_missing",
        "400_ip_no_parent",
        "400_location_wrong_parent_type",
        "400_missing_fields_device",
        "400_missing_fields_tenant",
        "400_put_missing",
        "bulk_400_create_mixed",
        "bulk_400_patch_noid",
        "bulk_400_patch_badfield",
        "bulk_delete_badid",
        "bulk_400_patch_badid",
        "bulk_200_patch",
        "bulk_201_create",
        "bulk_204_delete",
        "201_create_one",
        "200_patch_one",
        "200_put_one",
        "204_delete_one",
        "400_unknown_field",
    ] {
        let text = std::fs::read_to_string(folder.join(name).with_extension("json")).unwrap();
        let sample: Json = serde_json::from_str(&text).unwrap();
        let request = &sample["request"];
        let url = request["url"].as_str().unwrap();
        let path = url.split_once("/api/").unwrap().1;
        // The tenants that a sample is about.
        let ids = ids_of(&request["body"], path);
        for (place, id) in ids.iter().enumerate() {
            let answer = world.post("tenancy/tenants", json!({ "id": id, "name": format!("{name}-{place}") })).await;
            assert!(matches!(answer.status, 201 | 400), "{name}: {}", answer.body);
        }
        let method: Method = request["method"].as_str().unwrap().parse().unwrap();
        let body = match &request["body"] {
            Json::String(text) => text.clone(),
            Json::Null => String::new(),
            other => other.to_string(),
        };
        let answer = world.send(method, path, &[], body).await;
        assert_eq!(json!(answer.status), sample["status"], "{name}: {}", answer.body);
        if answer.status >= 400 {
            assert_eq!(answer.body, sample["body"], "{name}");
        } else if answer.status != 204 {
            assert_eq!(keys(&answer.body), keys(&sample["body"]), "{name}");
        }
        compared += 1;
        // The next sample finds the world as this one did.
        let tenants = world.get("tenancy/tenants/?limit=0").await.body["results"].clone();
        let others: Vec<Json> = tenants
            .as_array()
            .unwrap()
            .iter()
            .filter(|tenant| tenant["name"] != json!("tenant-01"))
            .map(|tenant| json!({ "id": tenant["id"] }))
            .collect();
        assert_eq!(world.delete("tenancy/tenants", Json::Array(others)).await.status, 204);
    }
    assert_eq!(compared, 24);
}

const NOWHERE: &str = "00000000-0000-0000-0000-000000000000";

/// Ids that a request names, in its body or its address.
fn ids_of(body: &Json, path: &str) -> Vec<String> {
    let in_body = body.as_array().into_iter().flatten().filter_map(|one| one["id"].as_str());
    let in_path = path.split('/').filter(|part| part.len() == 36);
    in_body.chain(in_path).filter(|id| *id != NOWHERE).map(str::to_owned).collect()
}

/// The keys of an object, or of the objects of a list. Counts are left out: which things there are to count differs.
fn keys(body: &Json) -> Vec<Vec<String>> {
    let of = |object: &Json| {
        let keys = object.as_object().map(|object| object.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
        let mut keys: Vec<String> = keys.into_iter().filter(|key| !key.ends_with("_count")).collect();
        keys.sort();
        keys
    };
    match body {
        Json::Array(objects) => objects.iter().map(of).collect(),
        one => vec![of(one)],
    }
}
