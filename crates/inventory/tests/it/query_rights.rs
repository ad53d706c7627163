//! What permissions with constraints let someone see.

use serde_json::json;
use trueup_inventory::{ListRequest, Restriction};

use crate::query_world::{NOBODY, TOKEN, World};

#[tokio::test]
async fn constraints() {
    let world = World::new().await;
    let all = "alpha Beta delta gamma";
    let table = [
        (json!(null), all),
        (json!({}), all),
        (json!([]), all),
        (json!({"name": "alpha"}), "alpha"),
        (json!({"name__exact": "alpha"}), "alpha"),
        (json!({"name__in": ["alpha", "delta"]}), "alpha delta"),
        (json!({"name__in": []}), ""),
        (json!({"name__startswith": "B"}), "Beta"),
        (json!({"name__startswith": "b"}), ""),
        (json!({"name__istartswith": "b"}), "Beta"),
        (json!({"name__contains": "lt"}), "delta"),
        (json!({"name__contains": "LT"}), ""),
        (json!({"name__icontains": "LT"}), "delta"),
        (json!({"name__endswith": "ta"}), "Beta delta"),
        (json!({"name__endswith": "TA"}), ""),
        (json!({"name__iendswith": "TA"}), "Beta delta"),
        (json!({"name__endswith": "a longer text than any"}), ""),
        (json!({"name__regex": "^[ab]"}), "alpha"),
        (json!({"note": null}), "alpha delta"),
        (json!({"note__isnull": false}), "Beta gamma"),
        (json!({"number__gt": 1}), "Beta gamma"),
        (json!({"number__lte": 2, "active": true}), "alpha"),
        (json!({"price__gte": "1.5"}), "alpha Beta"),
        (json!({"active": false}), "Beta"),
        (json!({"token": TOKEN}), "alpha"),
        (json!({"place__name": "AMS"}), "alpha"),
        (json!({"place__parent__name__in": ["NL", "DE"]}), "alpha Beta"),
        (json!({"place__isnull": true}), "delta"),
        (json!({"place": NOBODY}), ""),
        (json!({"place__in": [NOBODY]}), ""),
        (json!({"id": NOBODY}), ""),
        (json!({"tags__name": "blue"}), "alpha"),
        (json!({"friend_of__name__startswith": "al"}), "Beta gamma"),
        (json!({"content_types": "dcim.interface"}), "alpha"),
        (json!({"mac": "AA:BB:CC:DD:EE:FF"}), "Beta"),
        (json!([{"name": "alpha"}, {"number": 10}]), "alpha gamma"),
        (json!({"name": "'; DROP TABLE test_thing; --"}), ""),
        // What cannot be understood grants nothing and says why.
        (json!({"bogus": 1}), "constraint `bogus`: test.thing has no path `bogus`"),
        (json!({"name__bogus": 1}), "constraint `name__bogus`: test.thing has no path `name__bogus`"),
        (json!({"name": ["a"]}), r#"constraint `name`: `["a"]` is no plain value"#),
        (json!({"name__in": "a"}), "constraint `name__in`: `in` takes a list"),
        (json!({"number": "one"}), "constraint `number`: Enter a whole number."),
        (json!({"number__contains": "1"}), "constraint `number__contains`: only texts are compared like that"),
        (json!({"place": "AMS"}), "constraint `place`: `AMS` is no id"),
        (json!({"place__gt": 1}), "constraint `place__gt`: records are compared by exact, in or isnull"),
        (json!({"note__isnull": "yes"}), r#"constraint `note__isnull`: `"yes"` is neither true nor false"#),
        (json!(7), "constraints are an object or a list of objects, not `7`"),
        (json!([[]]), "constraints are an object or a list of objects, not `[]`"),
    ];
    for (constraints, expected) in table {
        assert_eq!(world.allowed("test.thing", constraints.clone()).await, expected, "{constraints}");
    }
}

#[tokio::test]
async fn some_ids() {
    let world = World::new().await;
    let registry = world.inventory.registry().clone();
    let things = registry.content_type("test.thing").unwrap();
    let mut reader = world.inventory.reader().await.unwrap();
    let all = reader.list(&ListRequest::all(things.index())).await.unwrap().ids;
    let parse = |constraints| Restriction::parse(&registry, things, &constraints).unwrap();
    let backwards: Vec<_> = all.iter().rev().copied().collect();
    let some = parse(json!({"number__isnull": false}));
    // alpha, Beta and gamma, in the order that was asked for.
    assert_eq!(reader.allowed(things, &backwards, &some).await.unwrap(), [all[3], all[1], all[0]]);
    assert_eq!(reader.allowed(things, &all, &parse(json!(null))).await.unwrap(), all);
    assert_eq!(reader.allowed(things, &[], &some).await.unwrap(), []);
    let either = parse(json!({"name": "alpha"})).or(parse(json!({"name": "delta"})));
    assert_eq!(reader.allowed(things, &all, &either).await.unwrap(), [all[0], all[2]]);
}
