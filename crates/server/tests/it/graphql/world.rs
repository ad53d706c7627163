//! A small world for queries: content types of a lab, as a user would add them, and records of them.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use trueup_engine::Value;
use trueup_inventory::testing::TestDatabase;
use trueup_inventory::{Change, ChangeContext, Inventory, InventoryWriter, RecordId, Registry};
use trueup_server::auth::{Caller, TokenKind};
use trueup_server::graphql::{Answer, GraphQl, Limits, SAVED_QUERY};

const SITE: &str = "
content_type: lab.site
verbose_name: lab site
verbose_name_plural: lab sites
natural_key: [name]
ordering: [name]
display: '{name}'
endpoint: plugins/lab/sites
fields:
  name: {type: text, max_length: 100, required: true, unique: true}
  parent: {to: lab.site, on_delete: protect, related_name: children}
  devices: {reverse: lab.box, by: site}
  box_count: {count: lab.box, by: site}
";

const BOX: &str = "
content_type: lab.box
verbose_name: lab box
verbose_name_plural: lab boxes
natural_key: [name]
ordering: [name]
display: '{name}'
endpoint: plugins/lab/boxes
custom_fields: true
fields:
  name: {type: text, max_length: 100, required: true, unique: true, natural: true}
  site: {to: lab.site, on_delete: protect, required: true}
  region: {alias: site__parent}
  kind: {type: text, choices: [{value: 1000base-t, label: Copper}, {value: tagged-all, label: All}]}
  width: {type: int, nullable: true}
  weight: {type: decimal, places: 2, nullable: true}
  enabled: {type: bool, default: true}
  data: {type: json, nullable: true}
  labels: {many: lab.label}
  holds: {many: content_type}
  secret: {type: text, hidden: true}
";

const PORT: &str = "
content_type: lab.port
verbose_name: lab port
verbose_name_plural: lab ports
natural_key: [box, name]
ordering: [box__name, name]
display: '{name}'
endpoint: plugins/lab/ports
fields:
  box: {to: lab.box, on_delete: cascade, required: true, related_name: ports}
  name: {type: text, max_length: 100, required: true, natural: true}
  peer: {to: lab.port, on_delete: set_null}
";

const LABEL: &str = "
content_type: lab.label
verbose_name: 'VIP label'
verbose_name_plural: VIP labels
natural_key: [name]
ordering: [name]
display: '{name}'
endpoint: plugins/lab/labels
fields:
  name: {type: text, max_length: 100, required: true, unique: true}
";

/// These two come with the program; here they are only so large as GraphQL needs them, in case it has none.
const CUSTOM_FIELD: &str = "
content_type: extras.customfield
verbose_name: custom field
verbose_name_plural: custom fields
natural_key: [key]
ordering: [label]
display: '{label}'
endpoint: extras/custom-fields
fields:
  label: {type: text, max_length: 50, required: true}
  key: {type: text, max_length: 50, required: true, unique: true}
  type: {type: text, required: true}
  content_types: {many: content_type}
";

const GRAPHQL_QUERY: &str = "
content_type: extras.graphqlquery
verbose_name: GraphQL query
verbose_name_plural: GraphQL queries
natural_key: [name]
ordering: [name]
display: '{name}'
endpoint: extras/graphql-queries
fields:
  name: {type: text, max_length: 255, required: true, unique: true}
  query: {type: text, required: true}
";

pub struct World {
    pub inventory: Inventory,
    pub graphql: GraphQl,
    writer: InventoryWriter,
    pub ids: HashMap<String, RecordId>,
    _database: TestDatabase,
}

impl World {
    pub async fn empty() -> Self {
        Self::limited(Limits::default()).await
    }

    pub async fn limited(limits: Limits) -> Self {
        let mut models = vec![("lab.site", SITE), ("lab.box", BOX), ("lab.port", PORT), ("lab.label", LABEL)];
        let known = Registry::embedded().unwrap();
        for (name, text) in [("extras.customfield", CUSTOM_FIELD), (SAVED_QUERY, GRAPHQL_QUERY)] {
            if known.content_type(name).is_err() {
                models.push((name, text));
            }
        }
        let registry = Registry::with_models(&models).unwrap_or_else(|problems| panic!("{problems}"));
        let database = TestDatabase::empty().await;
        let inventory = database.open_with(registry).await;
        let writer = inventory.writer();
        Self { inventory, graphql: GraphQl::new(limits), writer, ids: HashMap::new(), _database: database }
    }

    /// Two sites below a region; boxes `box1` to `box<count>`, all but the first at AMS; each with three ports and two
    /// labels.
    pub async fn with_boxes(count: usize) -> Self {
        let mut world = Self::empty().await;
        world.site("North", None).await;
        world.site("AMS", Some("North")).await;
        world.site("LON", Some("North")).await;
        for label in ["blue", "red"] {
            world.create("lab.label", &[("name", label.into())]).await;
        }
        let mut changes = Vec::new();
        for number in 1..=count {
            let name = format!("box{number}");
            let site = if number == 1 { "LON" } else { "AMS" };
            changes.push(change(
                "lab.box",
                &[
                    ("name", name.as_str().into()),
                    ("site__name", site.into()),
                    ("kind", "1000base-t".into()),
                    ("width", 19.into()),
                    ("weight", "1.50".into()),
                    ("labels", Value::Set(["red", "blue"].into_iter().collect())),
                    ("holds", Value::Set(["lab.port"].into_iter().collect())),
                    ("secret", "hush".into()),
                ],
            ));
            for port in ["eth10", "eth9", "eth1"] {
                changes.push(change("lab.port", &[("box__name", name.as_str().into()), ("name", port.into())]));
            }
        }
        // Boxes first: ports name them.
        changes.sort_by_key(|change| change.content_type.as_ref() == "lab.port");
        world.write(&changes).await;
        world
    }

    pub async fn site(&mut self, name: &str, parent: Option<&str>) {
        self.create("lab.site", &[("name", name.into()), ("parent__name", parent.into())]).await;
    }

    pub async fn create(&mut self, content_type: &str, values: &[(&str, Value)]) {
        self.write(&[change(content_type, values)]).await;
    }

    pub async fn write(&mut self, changes: &[Change]) {
        let context = ChangeContext::job("tester", "tests");
        for part in changes.chunks(1_000) {
            let outcomes = self.writer.write(part, &context).await.unwrap();
            for (change, outcome) in part.iter().zip(outcomes) {
                let stored = outcome.unwrap_or_else(|error| panic!("{error}"));
                if let Some((_, Value::Text(name))) = change.values.iter().find(|(path, _)| path.as_ref() == "name") {
                    self.ids.insert(name.to_string(), stored.id);
                }
            }
        }
    }

    pub async fn send(&self, body: Json) -> Answer {
        self.send_as(&superuser(), body).await
    }

    pub async fn send_as(&self, caller: &Caller, body: Json) -> Answer {
        self.graphql.execute(&self.inventory, caller, "http://lab.example", &body).await.unwrap()
    }

    /// The data of a query that must have no errors.
    pub async fn data(&self, query: &str) -> Json {
        let answer = self.send(json!({ "query": query })).await;
        let body: Json = serde_json::from_str(&answer.body).unwrap();
        assert_eq!((answer.status.as_u16(), body.get("errors")), (200, None), "{query}");
        body["data"].clone()
    }

    /// Status and body of any query.
    pub async fn ask(&self, query: &str) -> (u16, Json) {
        let answer = self.send(json!({ "query": query })).await;
        (answer.status.as_u16(), serde_json::from_str(&answer.body).unwrap())
    }
}

pub fn change(content_type: &str, values: &[(&str, Value)]) -> Change {
    let values = values.iter().map(|(path, value)| (Arc::from(*path), value.clone())).collect();
    Change::create(content_type, values)
}

pub fn superuser() -> Caller {
    Caller { superuser: true, ..viewer(&[]) }
}

/// A caller who may view the records of these types that meet a constraint, and nothing else.
pub fn restricted(types: &[(&str, Json)]) -> Caller {
    let grants = types.iter().map(|(name, constraint)| {
        ((trueup_server::auth::Right::View, (*name).to_owned()), Some(vec![constraint.clone()]))
    });
    Caller { grants: Arc::new(grants.collect()), ..viewer(&[]) }
}

/// A caller who may view all records of these types and nothing else.
pub fn viewer(content_types: &[&str]) -> Caller {
    let grants = content_types.iter().map(|name| ((trueup_server::auth::Right::View, (*name).to_owned()), None));
    Caller {
        user: RecordId(uuid::Uuid::nil()),
        user_name: "tester".into(),
        token: TokenKind::Writing,
        superuser: false,
        grants: Arc::new(grants.collect()),
    }
}
