//! The number of queries depends on the fields that are asked for, never on the number of records.

use super::world::World;

#[tokio::test]
async fn one_set_of_queries_a_field() {
    let few = World::with_boxes(1).await;
    let many = World::with_boxes(200).await;
    for query in [
        "{ lab_boxes { name } }",
        "{ lab_boxes { name site { name parent { name } } region { name } } }",
        "{ lab_boxes { ports { name peer { name } box { name ports { name } } } labels { name } holds { model } } }",
        "{ lab_boxes(name__isw: \"box\") { ports(name: [\"eth1\", \"eth9\"], limit: 1) { name } labels(name: \"red\") { name } } }",
        "{ lab_sites { box_count devices { ports(limit: 1) { name } } } }",
    ] {
        let mut counts = Vec::new();
        for world in [&few, &many] {
            world.data(query).await;
            let before = world.inventory.queries();
            world.data(query).await;
            counts.push(world.inventory.queries() - before);
        }
        assert_eq!(counts[0], counts[1], "{query}");
    }
}

#[tokio::test]
async fn every_record_gets_its_own() {
    let world = World::with_boxes(30).await;
    let data = world.data("{ lab_boxes { name ports { name box { name } } } }").await;
    let boxes = data["lab_boxes"].as_array().unwrap();
    let names: Vec<&str> = boxes.iter().map(|one| one["name"].as_str().unwrap()).collect();
    let expected: Vec<String> = (1..=30).map(|number| format!("box{number}")).collect();
    assert_eq!(names, expected);
    for one in boxes {
        let ports = one["ports"].as_array().unwrap();
        let names: Vec<&str> = ports.iter().map(|port| port["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["eth1", "eth9", "eth10"]);
        assert!(ports.iter().all(|port| port["box"]["name"] == one["name"]), "{one}");
    }
}
