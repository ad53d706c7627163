//! Following a sync.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use futures_util::StreamExt as _;
use serde_json::{Value as Json, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tower::ServiceExt as _;
use trueup_inventory::Args;
use trueup_jobs::run::RunMode;
use trueup_server::{App, Settings, bind};

use super::makers::{plan, run, work};
use crate::rest::openapi::{check_event, document};
use crate::write::world::World;

/// A stream of events, read as it comes.
struct Events {
    body: axum::body::BodyDataStream,
    read: String,
}

impl Events {
    async fn of(world: &World, sync: i64) -> Self {
        let request = Request::get(format!("/api/v1/syncs/{sync}/progress/"));
        let request = request.header("authorization", world.authorization()).body(Body::empty()).unwrap();
        let response = world.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body().into_data_stream(), read: String::new() }
    }

    /// The name and the data of the next event; `None` when the server has ended the stream.
    async fn next(&mut self) -> Option<(String, Json)> {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let field = |name: &str| {
                    let line = event.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                    line.unwrap_or_else(|| panic!("no {name} in {event}")).to_owned()
                };
                let found = (field("event"), serde_json::from_str(&field("data")).unwrap());
                self.read = rest.to_owned();
                return Some(found);
            }
            let more = self.body.next().await?.unwrap();
            self.read.push_str(std::str::from_utf8(&more).unwrap());
        }
    }
}

#[tokio::test]
async fn a_sync_is_followed_to_its_end_whoever_runs_it() {
    let world = World::new().await;
    let document = document(&world).await;
    let plan = plan(&world, &["A,1", "B,1"]).await;
    let sync = world.post(&format!("v1/plans/{plan}/apply"), json!({})).await.body["id"].as_i64().unwrap();
    let mut events = Events::of(&world, sync).await;
    let (name, data) = events.next().await.unwrap();
    check_event(&document, "/v1/syncs/{id}/progress/", &data);
    assert_eq!((name.as_str(), &data["status"], &data["sync"]), ("progress", &json!("pending"), &json!(sync)));

    // As another program notes it.
    let noted = json!({ "phases": [{ "phase": "apply", "records": null, "share": null }],
                        "steps": { "done": 1, "total": 2 }, "outcomes": { "created": 1 } });
    let tables = world.inventory.database();
    let note = "UPDATE jobs_sync SET progress = ? WHERE id = ?";
    tables.execute(note, Args::default().with(noted.to_string()).with(sync)).await.unwrap();
    let (name, data) = events.next().await.unwrap();
    check_event(&document, "/v1/syncs/{id}/progress/", &data);
    assert_eq!((name.as_str(), &data["steps"], &data["phases"]), ("progress", &noted["steps"], &noted["phases"]));
    assert_eq!((&data["outcomes"]["created"], &data["outcomes"]["failed"]), (&json!(1), &json!(0)));

    assert_eq!(work(&world).await, Some(sync));
    let mut last = events.next().await.unwrap();
    while last.0 == "progress" {
        last = events.next().await.unwrap();
    }
    let (name, data) = last;
    check_event(&document, "/v1/syncs/{id}/progress/", &data);
    assert_eq!((name.as_str(), &data["status"]), ("ended", &json!("completed")));
    assert_eq!((&data["steps"], &data["outcomes"]["created"]), (&json!({ "done": 2, "total": 2 }), &json!(2)));
    assert_eq!(events.next().await, None, "there is no more to be told");
}

#[tokio::test]
async fn a_sync_that_has_ended_is_told_once() {
    let world = World::new().await;
    let report = run(&world, &["A,1"], RunMode::DryRun).await;
    let mut events = Events::of(&world, report.sync.0).await;
    let (name, data) = events.next().await.unwrap();
    assert_eq!((name.as_str(), &data["steps"]), ("ended", &Json::Null));
    assert_eq!(events.next().await, None);
}

/// A client on a socket.
async fn open(world: &World, address: std::net::SocketAddr, sync: i64) -> (TcpStream, String) {
    let mut client = TcpStream::connect(address).await.unwrap();
    let authorization = world.authorization();
    let request =
        format!("GET /api/v1/syncs/{sync}/progress/ HTTP/1.1\r\nHost: here\r\nAuthorization: {authorization}\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    let mut said = String::new();
    while !said.contains("data: ") && !said.contains("\"error\"") {
        let mut bytes = [0; 4096];
        let read = client.read(&mut bytes).await.unwrap();
        assert_ne!(read, 0, "closed after {said}");
        said.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
    }
    (client, said)
}

#[tokio::test]
async fn streams_are_limited_and_end_with_their_client_and_with_the_server() {
    let world = World::new().await;
    let plan = plan(&world, &["A,1"]).await;
    let sync = world.post(&format!("v1/plans/{plan}/apply"), json!({})).await.body["id"].as_i64().unwrap();
    let settings = Settings { max_streams: 1, ..Settings::default() };
    let bound = bind(App::new(world.runner.clone(), settings), "127.0.0.1:0").await.unwrap();
    let address = bound.address().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(bound.run(async {
        let _told = stopped.await;
    }));
    let (first, said) = open(&world, address, sync).await;
    assert!(said.starts_with("HTTP/1.1 200") && said.contains("event: progress"), "{said}");
    let (_second, said) = open(&world, address, sync).await;
    assert!(said.starts_with("HTTP/1.1 503") && said.contains("too_many_streams"), "{said}");
    drop(first);
    // The server finds out that it is gone, and then there is room.
    let third = loop {
        let (third, said) = open(&world, address, sync).await;
        if said.starts_with("HTTP/1.1 200") {
            break third;
        }
        tokio::task::yield_now().await;
    };
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
    drop(third);
}
