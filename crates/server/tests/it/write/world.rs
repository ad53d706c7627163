//! The real router over a real inventory, and requests in few words.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use serde_json::{Value as Json, json};
use tower::ServiceExt as _;
use trueup_inventory::testing::TestDatabase;
use trueup_inventory::{Change, ChangeContext, Inventory};
use trueup_jobs::Jobs;
use trueup_jobs::run::Runner;
use trueup_server::auth::{hash, make_administrator};
use trueup_server::{App, Settings, router};

const ADMIN: &str = "0123456789abcdef0123456789abcdef01234567";

/// A server with an administrator.
pub struct World {
    pub inventory: Inventory,
    /// The server's own.
    pub runner: Runner,
    pub router: Router,
    key: String,
    /// Dropped with the last of those who use it.
    _database: Arc<TestDatabase>,
}

/// What the server said.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub body: Json,
    pub headers: HeaderMap,
}

impl Answer {
    /// The id of the one object.
    pub fn id(&self) -> String {
        self.body["id"].as_str().unwrap_or_else(|| panic!("no id in {self:?}")).to_owned()
    }

    /// The id of the first object of a list.
    pub fn id_of_first(&self) -> String {
        self.body["results"][0]["id"].as_str().unwrap_or_else(|| panic!("no object in {self:?}")).to_owned()
    }

    pub fn shown(&self) -> (u16, Json) {
        (self.status, self.body.clone())
    }
}

impl World {
    pub async fn new() -> Self {
        Self::with_jobs(Jobs::default()).await
    }

    /// A server that has these jobs.
    pub async fn with_jobs(jobs: Jobs) -> Self {
        let database = TestDatabase::new().await;
        let inventory = database.open().await;
        make_administrator(&inventory, "admin", ADMIN).await.unwrap();
        let runner = Runner::new(inventory.clone(), "worker").await.unwrap().with_jobs(jobs);
        let router = router(App::new(runner.clone(), Settings::default()));
        Self { inventory, runner, router, key: ADMIN.to_owned(), _database: Arc::new(database) }
    }

    /// Region North, site AMS in it, a manufacturer, a device type, a platform, and a role and a tag for devices.
    pub async fn with_basics() -> Self {
        let world = Self::new().await;
        let site = ["dcim.device", "ipam.prefix", "ipam.vlan"];
        for (list, body) in [
            ("dcim/location-types", json!({ "name": "Region" })),
            ("dcim/location-types", json!({ "name": "Site", "parent": { "name": "Region" }, "content_types": site })),
            ("dcim/locations", json!({ "name": "North", "location_type": "Region", "status": "Active" })),
            (
                "dcim/locations",
                json!({ "name": "AMS", "location_type": "Site", "status": "Active", "parent": { "name": "North" } }),
            ),
            ("dcim/manufacturers", json!({ "name": "Acme" })),
            ("dcim/device-types", json!({ "manufacturer": "Acme", "model": "X1" })),
            ("extras/roles", json!({ "name": "Switch", "content_types": ["dcim.device"] })),
            ("extras/tags", json!({ "name": "core", "content_types": ["dcim.device"] })),
            ("extras/tags", json!({ "name": "places", "content_types": ["dcim.location"] })),
        ] {
            world.created(list, body).await;
        }
        world
    }

    /// Another server on the same inventory, with other settings.
    pub fn with_settings(&self, settings: Settings) -> Self {
        let router = router(App::new(self.runner.clone(), settings));
        let (inventory, runner, key) = (self.inventory.clone(), self.runner.clone(), self.key.clone());
        Self { inventory, runner, router, key, _database: Arc::clone(&self._database) }
    }

    /// The header that says who asks.
    pub fn authorization(&self) -> String {
        format!("Token {}", self.key)
    }

    /// The same server for a user with permissions: actions, types, constraints.
    pub async fn as_user(&self, name: &str, permissions: &[(&[&str], &[&str], Json)]) -> Self {
        let key = format!("{name:0>40}");
        let context = ChangeContext::job("tester", "tests");
        let user = Change::create("users.user", vec![("username".into(), name.into())]);
        let token = vec![("user__username".into(), name.into()), ("key_hash".into(), hash(&key).into())];
        let mut changes = vec![user, Change::create("users.token", token)];
        for (place, (actions, types, constraints)) in permissions.iter().enumerate() {
            let texts = |texts: &[&str]| trueup_engine::Value::List(texts.iter().map(|text| (*text).into()).collect());
            let values = vec![
                ("name".into(), format!("{name} {place}").into()),
                ("actions".into(), texts(actions)),
                ("object_types".into(), texts(types)),
                ("users".into(), texts(&[name])),
                ("constraints".into(), trueup_engine::Value::from_json(constraints.clone())),
            ];
            changes.push(Change::create("users.objectpermission", values));
        }
        for answer in self.inventory.write(&changes, &context).await.unwrap() {
            answer.unwrap();
        }
        let (inventory, runner, router) = (self.inventory.clone(), self.runner.clone(), self.router.clone());
        Self { inventory, runner, router, key, _database: Arc::clone(&self._database) }
    }

    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        self.request("application/json;", method, path, headers, body.into()).await
    }

    /// A body of another type.
    pub async fn send_as(&self, media_type: &str, method: Method, path: &str, body: impl Into<Body>) -> Answer {
        self.request(media_type, method, path, &[], body.into()).await
    }

    async fn request(
        &self,
        media_type: &str,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/api/{path}"))
            .header("host", "nautobot.example")
            .header("authorization", self.authorization())
            .header("content-type", media_type);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let body = if status == StatusCode::NO_CONTENT {
            assert!(bytes.is_empty());
            Json::Null
        } else {
            serde_json::from_slice(&bytes).unwrap_or_else(|_| json!(String::from_utf8_lossy(&bytes)))
        };
        Answer { status: status.as_u16(), body, headers }
    }

    pub async fn ask(&self, method: Method, path: &str, body: Json) -> Answer {
        self.send(method, path, &[], body.to_string()).await
    }

    pub async fn post(&self, list: &str, body: Json) -> Answer {
        self.ask(Method::POST, &format!("{list}/"), body).await
    }

    pub async fn patch(&self, path: &str, body: Json) -> Answer {
        self.ask(Method::PATCH, &format!("{path}/"), body).await
    }

    pub async fn put(&self, path: &str, body: Json) -> Answer {
        self.ask(Method::PUT, &format!("{path}/"), body).await
    }

    pub async fn delete(&self, path: &str, body: Json) -> Answer {
        self.ask(Method::DELETE, &format!("{path}/"), body).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], Body::empty()).await
    }

    /// Creates an object that must be accepted, and gives its id.
    pub async fn created(&self, list: &str, body: Json) -> String {
        let answer = self.post(list, body.clone()).await;
        assert_eq!(answer.status, 201, "{list} {body}: {}", answer.body);
        answer.id()
    }

    /// The table of a list.
    pub async fn table(&self, path: &str) -> String {
        let answer = self.send(Method::GET, path, &[("accept", "text/csv")], Body::empty()).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body.as_str().unwrap_or_else(|| panic!("{path} is no table: {}", answer.body)).to_owned()
    }

    /// Sends a table.
    pub async fn send_table(&self, method: Method, path: &str, table: impl Into<Body>) -> Answer {
        self.send_as("text/csv; charset=UTF-8", method, path, table).await
    }

    /// How many objects a list has.
    pub async fn count(&self, list: &str) -> u64 {
        self.get(&format!("{list}/?limit=1")).await.body["count"].as_u64().unwrap()
    }
}
