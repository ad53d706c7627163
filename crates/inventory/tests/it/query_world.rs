//! A small world for lists: one type with a field of each kind, in places that form a tree.

use indexmap::IndexMap;
use serde_json::{Value as Json, json};
use trueup_engine::Value;
use trueup_inventory::testing::TestDatabase;
use trueup_inventory::{Change, ChangeContext, Inventory, ListError, ListRequest, Page, Registry, Restriction};

use crate::support::{create, texts};

const PLACE: &str = r#"
content_type: test.place
verbose_name: place
verbose_name_plural: places
natural_key: [name, parent__name]
ordering: [name]
display: "{name}"
unique:
  - {fields: [name, parent]}
fields:
  name: {type: text, required: true, natural: true}
  parent: {to: test.place, on_delete: cascade, tree: true, related_name: children}
"#;

const THING: &str = r#"
content_type: test.thing
verbose_name: thing
verbose_name_plural: things
natural_key: [name]
ordering: [name]
display: "{name}"
custom_fields: true
search: {name: icontains, place__parent__name: icontains, number: exact, mac: icontains}
fields:
  name: {type: text, required: true, unique: true, natural: true}
  note: {type: text, nullable: true}
  kind: {type: text, choices: [{value: big, label: Big}, {value: small, label: Small}]}
  number: {type: int, nullable: true}
  price: {type: decimal, places: 2, nullable: true}
  weight: {type: float, nullable: true}
  active: {type: bool, default: true}
  seen: {type: datetime, nullable: true}
  day: {type: date, nullable: true}
  token: {type: uuid, nullable: true}
  host: {type: ip, nullable: true}
  mac: {type: mac, nullable: true}
  data: {type: json, nullable: true}
  about: {type: content_type, nullable: true}
  secret: {type: text, unfiltered: true}
  place: {to: test.place, on_delete: protect, subtree: true, related_name: things}
  flat: {to: test.place, on_delete: protect}
  tags: {many: extras.tag}
  friends: {many: test.thing, related_name: friend_of}
  content_types: {many: content_type}
"#;

const CUSTOM_FIELD: &str = r#"
content_type: extras.customfield
verbose_name: custom field
verbose_name_plural: custom fields
natural_key: [key]
ordering: [key]
display: "{key}"
fields:
  key: {type: text, required: true, unique: true}
  label: {type: text}
  type: {type: text, required: true}
  filter_logic: {type: text, default: loose}
  content_types: {many: content_type}
"#;

pub const TOKEN: &str = "6c2dcc74-6a4e-4f39-9b4a-5a5a8f0f8b1a";
/// An id that nothing has.
pub const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

pub struct World {
    pub inventory: Inventory,
    pub database: TestDatabase,
}

impl World {
    /// Places EU > NL > AMS, EU > DE > FRA, US; things alpha, Beta, gamma and delta, of which delta has nothing.
    pub async fn new() -> Self {
        let database = TestDatabase::empty().await;
        let inventory = open(&database).await;
        let world = Self { inventory, database };
        world.fill().await;
        world
    }

    /// The same inventory by other eyes, which remember nothing.
    pub async fn opened_again(&self) -> Inventory {
        open(&self.database).await
    }

    async fn fill(&self) {
        self.write(&[place("EU", None), place("US", None)]).await;
        self.write(&[place("NL", Some("EU")), place("DE", Some("EU"))]).await;
        self.write(&[place("AMS", Some("NL")), place("FRA", Some("DE"))]).await;
        for tag in ["red", "blue"] {
            self.write(&[create("extras.tag", &[("name", tag.into()), ("content_types", texts(&["test.thing"]))])])
                .await;
        }
        for (key, kind, logic) in [
            ("color", "text", "loose"),
            ("code", "text", "exact"),
            ("rank", "integer", "loose"),
            ("ok", "boolean", "loose"),
            ("sizes", "multi-select", "loose"),
            ("due", "date", "loose"),
            ("hidden", "text", "disabled"),
        ] {
            self.write(&[create(
                "extras.customfield",
                &[
                    ("key", key.into()),
                    ("label", key.into()),
                    ("type", kind.into()),
                    ("filter_logic", logic.into()),
                    ("content_types", texts(&["test.thing"])),
                ],
            )])
            .await;
        }
        for size in ["s", "m"] {
            let values = [("custom_field__key", "sizes".into()), ("value", size.into())];
            self.write(&[create("extras.customfieldchoice", &values)]).await;
        }
        let alpha =
            json!({"color": "Dark Red", "code": "x", "rank": 3, "ok": true, "sizes": ["s", "m"], "due": "2026-02-01"});
        let beta = json!({"color": "blue", "code": "X", "rank": 12, "ok": false, "sizes": ["m"], "hidden": "y"});
        self.write(&[
            create(
                "test.thing",
                &[
                    ("name", "alpha".into()),
                    ("kind", "big".into()),
                    ("number", 1.into()),
                    ("price", "1.50".into()),
                    ("weight", Value::Float(0.5)),
                    ("seen", "2026-01-01T00:00:00Z".into()),
                    ("day", "2026-01-01".into()),
                    ("token", TOKEN.into()),
                    ("host", "10.0.0.1".into()),
                    ("mac", "00:1b:44:11:3a:b7".into()),
                    ("data", Value::from_json(json!({"a": 1}))),
                    ("about", "dcim.device".into()),
                    ("place__name", "AMS".into()),
                    ("flat__name", "EU".into()),
                    ("tags", texts(&["red", "blue"])),
                    ("content_types", texts(&["dcim.device", "dcim.interface"])),
                    ("custom_fields", Value::from_json(alpha)),
                ],
            ),
            create(
                "test.thing",
                &[
                    ("name", "Beta".into()),
                    ("note", "50% off_\\".into()),
                    ("kind", "small".into()),
                    ("number", 2.into()),
                    ("price", "10".into()),
                    ("weight", Value::Float(2.5)),
                    ("active", false.into()),
                    ("seen", "2026-06-01T12:30:00Z".into()),
                    ("day", "2026-06-01".into()),
                    ("host", "2001:db8::1".into()),
                    ("mac", "aa:bb:cc:dd:ee:ff".into()),
                    ("about", "dcim.interface".into()),
                    ("place__name", "FRA".into()),
                    ("flat__name", "AMS".into()),
                    ("tags", texts(&["red"])),
                    ("content_types", texts(&["dcim.device"])),
                    ("custom_fields", Value::from_json(beta)),
                ],
            ),
            create(
                "test.thing",
                &[("name", "gamma".into()), ("note", "".into()), ("number", 10.into()), ("place__name", "US".into())],
            ),
            create("test.thing", &[("name", "delta".into())]),
        ])
        .await;
        self.write(&[crate::support::update(
            "test.thing",
            &[("name", "alpha".into())],
            &[("friends", texts(&["Beta", "gamma"]))],
        )])
        .await;
    }

    /// Writes changes that must all succeed.
    pub async fn write(&self, changes: &[Change]) {
        let context = ChangeContext::job("tester", "tests");
        for outcome in self.inventory.write(changes, &context).await.unwrap() {
            outcome.unwrap_or_else(|error| panic!("{error}"));
        }
    }

    pub fn request(&self, content_type: &str, query: &str) -> ListRequest {
        request(&self.inventory, content_type, query)
    }

    /// The names of what a query string finds, or the errors.
    pub async fn found(&self, content_type: &str, query: &str) -> String {
        found(&self.inventory, content_type, query).await
    }

    pub async fn things(&self, query: &str) -> String {
        self.found("test.thing", query).await
    }

    /// The names of what constraints allow, or why they cannot be understood.
    pub async fn allowed(&self, content_type: &str, constraints: Json) -> String {
        let registry = self.inventory.registry().clone();
        let content_type = registry.content_type(content_type).unwrap();
        match Restriction::parse(&registry, content_type, &constraints) {
            Err(why) => why,
            Ok(restriction) => {
                let request = ListRequest { restrict: Some(restriction), ..ListRequest::all(content_type.index()) };
                let page = self.inventory.reader().await.unwrap().list(&request).await.unwrap();
                names(&self.inventory, &request, &page).await
            }
        }
    }
}

async fn open(database: &TestDatabase) -> Inventory {
    let mut models = vec![("test.place", PLACE), ("test.thing", THING)];
    if Registry::embedded().unwrap().content_type("extras.customfield").is_err() {
        models.push(("extras.customfield", CUSTOM_FIELD));
    }
    let registry = Registry::with_models(&models).unwrap();
    database.open_with(registry).await
}

/// A request from a query string; `sort`, `limit` and `offset` are taken out, everything else is a filter.
pub fn request(inventory: &Inventory, content_type: &str, query: &str) -> ListRequest {
    let mut request = ListRequest::all(inventory.registry().content_type(content_type).unwrap().index());
    let mut filters: IndexMap<String, Vec<String>> = IndexMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match name {
            "sort" => request.sort.push(value.to_owned()),
            "limit" => request.limit = value.parse().ok(),
            "offset" => request.offset = value.parse().unwrap(),
            _ => filters.entry(name.to_owned()).or_default().push(value.to_owned()),
        }
    }
    request.filters = filters;
    request
}

pub async fn found(inventory: &Inventory, content_type: &str, query: &str) -> String {
    let request = request(inventory, content_type, query);
    let page = inventory.reader().await.unwrap().list(&request).await;
    match page {
        Ok(page) => names(inventory, &request, &page).await,
        Err(ListError::Filters(errors)) => serde_json::to_string(&errors.0).unwrap(),
        Err(ListError::Inventory(error)) => panic!("{query}: {error:?}"),
    }
}

/// The names of the records of a page, in their order.
async fn names(inventory: &Inventory, request: &ListRequest, page: &Page) -> String {
    let registry = inventory.registry().clone();
    let content_type = registry.get(request.content_type);
    let naming = ["name", "address", "prefix"].iter().find_map(|name| content_type.field(name)).unwrap();
    let place = content_type.fields().iter().position(|field| field.name() == naming.name()).unwrap();
    let records = inventory.reader().await.unwrap().records(content_type, &page.ids).await.unwrap();
    assert_eq!(records.len(), page.ids.len());
    let names: Vec<String> = records.iter().map(|record| record.value(content_type, place).to_string()).collect();
    names.join(" ")
}

fn place(name: &str, parent: Option<&str>) -> Change {
    create("test.place", &[("name", name.into()), ("parent__name", parent.into())])
}
