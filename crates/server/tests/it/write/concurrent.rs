//! Many clients at once.

use serde_json::json;

use super::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_that_want_one_name_one_wins() {
    let world = std::sync::Arc::new(World::new().await);
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let world = std::sync::Arc::clone(&world);
            tokio::spawn(async move { world.post("tenancy/tenants", json!({ "name": "one" })).await })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        let answer = task.await.unwrap();
        match answer.status {
            201 => won += 1,
            400 => assert_eq!(answer.body, json!({ "name": ["tenant with this name already exists."] })),
            other => panic!("{other}: {}", answer.body),
        }
    }
    assert_eq!((won, world.count("tenancy/tenants").await), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn deletes_race_with_changes() {
    let world = std::sync::Arc::new(World::new().await);
    for round in 0..8 {
        let id = world.created("tenancy/tenants", json!({ "name": format!("t{round}") })).await;
        let path = format!("tenancy/tenants/{id}");
        let tasks: Vec<_> = (0..6)
            .map(|number| {
                let (world, path) = (std::sync::Arc::clone(&world), path.clone());
                tokio::spawn(async move {
                    match number % 2 {
                        0 => world.delete(&path, json!(null)).await,
                        _ => world.patch(&path, json!({ "description": format!("{number}") })).await,
                    }
                })
            })
            .collect();
        let mut gone = 0;
        for task in tasks {
            let answer = task.await.unwrap();
            assert!(matches!(answer.status, 200 | 204 | 404), "{}: {}", answer.status, answer.body);
            gone += usize::from(answer.status == 204);
        }
        assert_eq!(gone, 1);
    }
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_nothing_open() {
    let world = World::new().await;
    let limited = [(&["view", "add"][..], &["tenancy.tenant"][..], json!({ "name__startswith": "t" }))];
    let user = world.as_user("leaver", &limited).await;
    // Let the request begin, and drop it before it can end.
    for polls in 1..40 {
        let request = user.post("tenancy/tenants", json!([{ "name": format!("t{polls}") }]));
        let mut request = Box::pin(request);
        for _ in 0..polls {
            let waker = std::task::Waker::noop();
            let mut context = std::task::Context::from_waker(waker);
            if std::future::Future::poll(request.as_mut(), &mut context).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(request);
    }
    world.created("tenancy/tenants", json!({ "name": "after" })).await;
}

/// What is merged into the settings of a user is merged into what they are then.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn settings_that_are_sent_at_once_are_all_kept() {
    let world = std::sync::Arc::new(World::new().await);
    let tasks: Vec<_> = (0..12)
        .map(|number| {
            let world = std::sync::Arc::clone(&world);
            let body = json!({ format!("key{number}"): number });
            tokio::spawn(async move { (number, world.patch("users/config", body).await) })
        })
        .collect();
    for task in tasks {
        let (number, answer) = task.await.unwrap();
        assert_eq!((answer.status, &answer.body[format!("key{number}")]), (200, &json!(number)));
    }
    assert_eq!(world.get("users/config/").await.body.as_object().map(serde_json::Map::len), Some(12));
}
