//! Order and pages of lists, and that what is remembered between pages is never out of date.

use trueup_inventory::{Inventory, ListRequest, Page};

use crate::query_world::World;
use crate::support::{create, delete, update};

async fn page(inventory: &Inventory, request: &ListRequest) -> Page {
    inventory.reader().await.unwrap().list(request).await.unwrap()
}

#[tokio::test]
async fn order() {
    let world = World::new().await;
    let numbered: Vec<_> = ["eth10", "eth2", "Eth1"].map(|name| create("test.thing", &[("name", name.into())])).into();
    world.write(&numbered).await;
    let table = [
        ("name__isw=eth", "Eth1 eth2 eth10"),
        ("name__isw=eth&sort=-name", "eth10 eth2 Eth1"),
        ("number__isnull=false&sort=-number", "gamma Beta alpha"),
        ("number__isnull=false&sort=bogus,-number", "gamma Beta alpha"),
        ("number__isnull=false&sort=bogus", "alpha Beta gamma"),
        ("number__isnull=false&sort=friends", "alpha Beta gamma"),
        ("number__isnull=false&sort=place__parent__name,name", "gamma Beta alpha"),
        ("number__isnull=false&sort=-place", "gamma Beta alpha"),
        ("number__isnull=false&sort=active,-name", "Beta gamma alpha"),
        ("number__isnull=false&sort=active&sort=-name", "Beta gamma alpha"),
    ];
    for (query, expected) in table {
        assert_eq!(world.things(query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn pages() {
    let world = World::new().await;
    let table = [
        ("limit=2", 4, 2),
        ("limit=2&offset=3", 4, 1),
        ("limit=2&offset=4", 4, 0),
        ("limit=2&offset=400", 4, 0),
        ("limit=0", 4, 0),
        ("offset=18446744073709551615&limit=18446744073709551615", 4, 0),
        ("offset=1&limit=18446744073709551615", 4, 3),
        ("limit=1000", 4, 4),
        ("name=nobody&limit=2", 0, 0),
        ("name=nobody&limit=1000", 0, 0),
    ];
    for round in 0..2 {
        for (query, count, length) in table {
            let page = page(&world.inventory, &world.request("test.thing", query)).await;
            assert_eq!((page.count, page.ids.len()), (count, length), "round {round}, {query}");
        }
    }
}

/// The law: a list read in pages of any size, again and again while others write, is the list read whole by an
/// inventory that has never seen it.
#[tokio::test]
async fn what_is_remembered_is_what_is_there() {
    let world = World::new().await;
    let queries = ["", "name__ic=a", "place=EU", "sort=-name", "tags=red", "number__gte=2&sort=number"];
    let changes = [
        Vec::new(),
        (0..700).map(|number| create("test.thing", &[("name", format!("a{number}").into())])).collect(),
        vec![update("test.thing", &[("name", "alpha".into())], &[("place__name", "US".into())])],
        vec![delete("test.thing", &[("name", "a13".into())])],
        vec![update("test.thing", &[("name", "Beta".into())], &[("name", "aaa".into())])],
    ];
    for (step, changes) in changes.into_iter().enumerate() {
        if !changes.is_empty() {
            world.write(&changes).await;
        }
        for query in queries {
            let whole = fresh(&world, query).await;
            for size in [7, 50, 499, 500, 1_000] {
                let mut ids = Vec::new();
                let mut request = world.request("test.thing", query);
                request.limit = Some(size);
                loop {
                    let page = page(&world.inventory, &request).await;
                    assert_eq!(page.count, whole.count, "step {step}, `{query}`, pages of {size}");
                    if page.ids.is_empty() {
                        break;
                    }
                    ids.extend(page.ids);
                    request.offset += size;
                }
                assert_eq!(ids, whole.ids, "step {step}, `{query}`, pages of {size}");
            }
        }
    }
}

async fn fresh(world: &World, query: &str) -> Page {
    let other = world.opened_again().await;
    let page = page(&other, &world.request("test.thing", query)).await;
    other.close().await;
    page
}

#[tokio::test]
async fn a_reader_sees_one_moment() {
    let world = World::new().await;
    let request = world.request("test.thing", "limit=500");
    let mut early = world.inventory.reader().await.unwrap();
    assert_eq!(early.list(&request).await.unwrap().count, 4);
    world.write(&[create("test.thing", &[("name", "late".into())])]).await;
    assert_eq!(page(&world.inventory, &request).await.count, 5);
    assert_eq!(early.list(&request).await.unwrap().count, 4);
    assert_eq!(page(&world.inventory, &request).await.count, 5);
}

#[tokio::test]
async fn later_pages_are_not_asked_for_again() {
    let world = World::new().await;
    let many: Vec<_> =
        (0..1_200).map(|number| create("test.thing", &[("name", format!("n{number}").into())])).collect();
    world.write(&many).await;
    let mut costs = Vec::new();
    for offset in [0, 100, 200, 300] {
        let mut request = world.request("test.thing", "limit=100");
        request.offset = offset;
        let before = world.inventory.queries();
        page(&world.inventory, &request).await;
        costs.push(world.inventory.queries() - before);
    }
    // A transaction and the revision each; first a count and a page, then all ids, then nothing more.
    assert_eq!(costs, [4, 3, 2, 2]);
}
