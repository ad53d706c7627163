//! A fresh inventory for each test, and short words for changes.

use std::sync::Arc;

use trueup_engine::Value;
use trueup_inventory::testing::{TestDatabase, Trigger};
use trueup_inventory::{
    Args, Change, ChangeContext, Inventory, InventoryWriter, PathValues, Registry, Selection, Stored, WriteError,
};

pub struct Fixture {
    pub inventory: Inventory,
    pub writer: InventoryWriter,
    pub context: ChangeContext,
    pub database: TestDatabase,
}

impl Fixture {
    pub async fn new() -> Self {
        Self::on(TestDatabase::new().await).await
    }

    pub async fn on(database: TestDatabase) -> Self {
        let inventory = database.open().await;
        Self::of(database, inventory)
    }

    /// On content types of the test's choice.
    pub async fn on_with(database: TestDatabase, registry: Registry) -> Self {
        let inventory = database.open_with(registry).await;
        Self::of(database, inventory)
    }

    fn of(database: TestDatabase, inventory: Inventory) -> Self {
        let writer = inventory.writer();
        Self { inventory, writer, context: ChangeContext::job("tester", "tests"), database }
    }

    /// Runs a statement past all rules.
    pub async fn sql(&self, statement: &'static str, args: Args) -> u64 {
        self.inventory.database().execute(statement, args).await.unwrap()
    }

    /// Opens the database again, as another program would.
    pub async fn reopen(&mut self) {
        self.inventory.close().await;
        self.inventory = self.database.open().await;
        self.writer = self.inventory.writer();
    }

    /// As [`reopen`](Self::reopen), with other content types.
    pub async fn reopen_with(&mut self, registry: Registry) {
        self.inventory.close().await;
        self.inventory = self.database.open_with(registry).await;
        self.writer = self.inventory.writer();
    }

    pub async fn write(&mut self, changes: &[Change]) -> Vec<Result<Stored, WriteError>> {
        self.writer.write(changes, &self.context).await.unwrap()
    }

    /// Writes changes that must all succeed.
    pub async fn ok(&mut self, changes: &[Change]) -> Vec<Stored> {
        let outcomes = self.write(changes).await;
        outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(|error| panic!("{error}"))).collect()
    }

    /// Writes one change that must fail, and gives its message.
    pub async fn fails(&mut self, change: Change) -> String {
        let outcome = self.write(&[change]).await.remove(0);
        outcome.expect_err("the change should have failed").to_string()
    }

    /// Reads paths of all records, each value as text.
    pub async fn read(&self, content_type: &str, fields: &[&str]) -> Vec<String> {
        self.rows(&Selection::all(content_type, fields.iter().copied())).await
    }

    pub async fn rows(&self, selection: &Selection) -> Vec<String> {
        let mut rows = Vec::new();
        self.inventory
            .read(selection, &mut |row| {
                rows.push(row.values().iter().map(shown).collect::<Vec<_>>().join(" | "));
            })
            .await
            .unwrap();
        rows
    }

    pub async fn log(&self) -> Vec<String> {
        let fields = ["time", "action", "changed_object_type", "object_repr"];
        let mut rows = self.read("extras.objectchange", &fields).await;
        // Oldest first; what is of one batch keeps its order.
        rows.sort_by(|a, b| a.split(" | ").next().cmp(&b.split(" | ").next()));
        rows.iter().filter_map(|row| Some(row.split_once(" | ")?.1.to_owned())).collect()
    }

    /// Location types Region > Site, the region North, a manufacturer, a device type, a role for devices.
    pub async fn with_basics(mut self) -> Self {
        let site_holds = ["dcim.device", "ipam.prefix", "ipam.vlan", "ipam.vlangroup", "ipam.namespace"];
        self.ok(&[
            create("dcim.locationtype", &[("name", "Region".into())]),
            create(
                "dcim.locationtype",
                &[("name", "Site".into()), ("parent__name", "Region".into()), ("content_types", texts(&site_holds))],
            ),
            location("North", "Region", None),
            location("AMS", "Site", Some("North")),
            create("dcim.manufacturer", &[("name", "Acme".into())]),
            create("dcim.devicetype", &[("manufacturer__name", "Acme".into()), ("model", "X1".into())]),
            create("extras.role", &[("name", "Switch".into()), ("content_types", texts(&["dcim.device"]))]),
        ])
        .await;
        self
    }
}

/// The database refuses rows of the change log.
pub fn no_log(condition: &'static str) -> Trigger {
    let (table, action) = ("extras_objectchange", "INSERT INTO schema_version VALUES (1, 'twice', 0)");
    Trigger { name: "no_log", when: "BEFORE", table, condition, action }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(bool) => bool.to_string(),
        Value::Set(items) => {
            let mut items: Vec<String> = items.iter().map(shown).collect();
            items.sort();
            format!("{{{}}}", items.join(", "))
        }
        value => value.to_string(),
    }
}

pub fn pairs(pairs: &[(&str, Value)]) -> PathValues {
    pairs.iter().map(|(path, value)| (Arc::from(*path), value.clone())).collect()
}

pub fn create(content_type: &str, values: &[(&str, Value)]) -> Change {
    Change::create(content_type, pairs(values))
}

pub fn update(content_type: &str, identifiers: &[(&str, Value)], values: &[(&str, Value)]) -> Change {
    Change::update(content_type, pairs(identifiers), pairs(values))
}

pub fn delete(content_type: &str, identifiers: &[(&str, Value)]) -> Change {
    Change::delete(content_type, pairs(identifiers))
}

pub fn texts(texts: &[&str]) -> Value {
    Value::Set(texts.iter().copied().collect())
}

pub fn location(name: &str, kind: &str, parent: Option<&str>) -> Change {
    create(
        "dcim.location",
        &[
            ("name", name.into()),
            ("location_type__name", kind.into()),
            ("status__name", "Active".into()),
            ("parent__name", parent.into()),
        ],
    )
}

pub fn device(name: &str, location: &str) -> Change {
    create(
        "dcim.device",
        &[
            ("name", name.into()),
            ("location__name", location.into()),
            ("device_type__manufacturer__name", "Acme".into()),
            ("device_type__model", "X1".into()),
            ("role__name", "Switch".into()),
            ("status__name", "Active".into()),
        ],
    )
}

pub fn prefix(prefix: &str) -> Change {
    create(
        "ipam.prefix",
        &[("prefix", prefix.into()), ("namespace__name", "Global".into()), ("status__name", "Active".into())],
    )
}

pub fn address(address: &str) -> Change {
    create(
        "ipam.ipaddress",
        &[("address", address.into()), ("parent__namespace__name", "Global".into()), ("status__name", "Active".into())],
    )
}

pub fn interface(device: &str, name: &str) -> Change {
    create(
        "dcim.interface",
        &[
            ("device__name", device.into()),
            ("name", name.into()),
            ("type", "1000base-t".into()),
            ("status__name", "Active".into()),
        ],
    )
}

pub fn vlan(group: Option<&str>, vid: i64, name: &str) -> Change {
    create(
        "ipam.vlan",
        &[
            ("vlan_group__name", group.into()),
            ("vid", vid.into()),
            ("name", name.into()),
            ("status__name", "Active".into()),
        ],
    )
}
