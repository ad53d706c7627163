//! Content types over REST.

use crate::write::world::World;

#[tokio::test]
async fn numbers_are_those_that_the_inventory_keeps() {
    let world = World::new().await;
    let all = world.get("extras/content-types/?limit=0").await.body;
    let numbers = world.inventory.type_numbers();
    for shown in all["results"].as_array().unwrap() {
        let name = format!("{}.{}", shown["app_label"].as_str().unwrap(), shown["model"].as_str().unwrap());
        let number = numbers.of(world.inventory.registry().content_type(&name).unwrap().index());
        assert_eq!(shown["id"], number, "{name}");
        let one = world.get(&format!("extras/content-types/{number}/")).await;
        assert_eq!((one.status, &one.body), (200, shown), "{name}");
    }
    for missing in ["0", "9999", "x", "-1"] {
        assert_eq!(world.get(&format!("extras/content-types/{missing}/")).await.status, 404, "{missing}");
    }
}
