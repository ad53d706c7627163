//! What the benches measure on: devices in sites, with types, roles, tenants and platforms, and their interfaces.
#![allow(dead_code, reason = "each bench uses its part")]

use std::path::PathBuf;
use std::sync::Arc;

use trueup_engine::Value;
use trueup_inventory::{Change, ChangeContext, Inventory};

pub type Failure = Box<dyn std::error::Error + Send + Sync>;

const BATCH: usize = 1_000;
const INTERFACES_PER_DEVICE: usize = 50;
const SITES: usize = 100;
const TYPES: usize = 20;

pub fn block_on(run: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?.block_on(run)
}

pub fn first_number() -> Option<usize> {
    std::env::args().find_map(|argument| argument.parse().ok())
}

pub struct World {
    pub inventory: Inventory,
    folder: PathBuf,
}

impl World {
    pub async fn new(name: &str) -> Result<Self, Failure> {
        let folder = std::env::temp_dir().join(format!("trueup-bench-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let inventory = Inventory::open(&folder.join("inventory.db").display().to_string()).await?;
        let world = Self { inventory, folder };
        let device_only = Value::Set(["dcim.device"].into_iter().collect());
        world
            .write(vec![
                create("dcim.locationtype", &[("name", "Region".into())]),
                create(
                    "dcim.locationtype",
                    &[
                        ("name", "Site".into()),
                        ("parent__name", "Region".into()),
                        ("content_types", device_only.clone()),
                    ],
                ),
                place("North", "Region", None),
                create("dcim.manufacturer", &[("name", "Acme".into())]),
                create("dcim.platform", &[("name", "ios".into())]),
                create("tenancy.tenant", &[("name", "Retail".into())]),
                create("extras.role", &[("name", "Switch".into()), ("content_types", device_only)]),
            ])
            .await?;
        let sites = (0..SITES).map(|site| place(&format!("Site {site}"), "Site", Some("North")));
        let types = (0..TYPES).map(|number| {
            let model = format!("Model {number}");
            create("dcim.devicetype", &[("manufacturer__name", "Acme".into()), ("model", model.into())])
        });
        world.write(sites.chain(types).collect()).await?;
        Ok(world)
    }

    pub async fn devices(&self, count: usize) -> Result<(), Failure> {
        self.write((0..count).map(device).collect()).await
    }

    pub async fn interfaces(&self, count: usize) -> Result<(), Failure> {
        self.devices(count.div_ceil(INTERFACES_PER_DEVICE)).await?;
        self.write((0..count).map(interface).collect()).await
    }

    pub async fn remove(self) -> Result<(), Failure> {
        self.inventory.close().await;
        std::fs::remove_dir_all(&self.folder)?;
        Ok(())
    }

    async fn write(&self, changes: Vec<Change>) -> Result<(), Failure> {
        let context = ChangeContext::job("bench", "bench");
        let mut writer = self.inventory.writer();
        for batch in changes.chunks(BATCH) {
            for outcome in writer.write(batch, &context).await? {
                outcome?;
            }
        }
        Ok(())
    }
}

fn create(content_type: &str, values: &[(&str, Value)]) -> Change {
    let values = values.iter().map(|(path, value)| (Arc::from(*path), value.clone())).collect();
    Change::create(content_type, values)
}

fn place(name: &str, kind: &str, parent: Option<&str>) -> Change {
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

fn device(number: usize) -> Change {
    create(
        "dcim.device",
        &[
            ("name", format!("switch-{number:06}").into()),
            ("serial", format!("FOC{number:08}").into()),
            ("location__name", format!("Site {}", number % SITES).into()),
            ("device_type__manufacturer__name", "Acme".into()),
            ("device_type__model", format!("Model {}", number % TYPES).into()),
            ("role__name", "Switch".into()),
            ("status__name", "Active".into()),
            ("tenant__name", "Retail".into()),
            ("platform__name", "ios".into()),
        ],
    )
}

fn interface(number: usize) -> Change {
    let device = format!("switch-{:06}", number / INTERFACES_PER_DEVICE);
    create(
        "dcim.interface",
        &[
            ("device__name", device.into()),
            ("name", format!("GigabitEthernet1/0/{}", number % INTERFACES_PER_DEVICE).into()),
            ("type", "1000base-t".into()),
            ("status__name", "Active".into()),
            ("description", format!("Port {number}").into()),
        ],
    )
}
