//! An inventory with devices and what hangs on them, for jobs that know no more than the devices.

use trueup_engine::{Record, Value};
use trueup_inventory::Action::{Create, Update};

use crate::support::{Made, World};

/// Devices by name, and nothing of what is in them.
pub const DEVICES: &str = "
  device:
    content_type: dcim.device
    identifiers: [name]
    attributes: [device_type__model, location__name, role__name, status__name]
";

/// The job over these devices.
pub fn devices(names: &[&str]) -> Made {
    Made::new(DEVICES, names.iter().map(|name| device(name)).collect())
}

pub fn device(name: &str) -> Record {
    let record = Record::new("device", [name]).with("device_type__model", "X1").with("location__name", "AMS");
    record.with("role__name", "Switch").with("status__name", "Active")
}

pub fn texts(texts: &[&str]) -> Value {
    Value::List(texts.iter().map(|text| Value::from(*text)).collect())
}

/// A site with a role, a device type and a prefix to put things into.
pub async fn office() -> World {
    let world = World::new().await;
    let holds = texts(&["dcim.device", "ipam.prefix", "ipam.vlan", "dcim.rack"]);
    world.write(Create, "dcim.locationtype", &[], &[("name", "Site".into()), ("content_types", holds)]).await;
    let site = [("name", "AMS".into()), ("location_type__name", "Site".into()), ("status__name", "Active".into())];
    world.write(Create, "dcim.location", &[], &site).await;
    world.write(Create, "dcim.manufacturer", &[], &[("name", "Acme".into())]).await;
    let model = [("manufacturer__name", "Acme".into()), ("model", "X1".into())];
    world.write(Create, "dcim.devicetype", &[], &model).await;
    let role = [("name", "Switch".into()), ("content_types", texts(&["dcim.device"]))];
    world.write(Create, "extras.role", &[], &role).await;
    let tag = [("name", "old".into()), ("content_types", texts(&["dcim.device", "dcim.interface"]))];
    world.write(Create, "extras.tag", &[], &tag).await;
    let prefix = [("prefix", "10.0.0.0/8".into()), ("namespace__name", "Global".into())];
    let prefix = [&prefix[..], &[("status__name", "Active".into())]].concat();
    world.write(Create, "ipam.prefix", &[], &prefix).await;
    world
}

impl World {
    pub async fn interface(&self, device: &str, name: &str) {
        let of_type = if name.starts_with("lag") { "lag" } else { "1000base-t" };
        let values = [("device__name", device.into()), ("name", name.into()), ("type", of_type.into())];
        let values = [&values[..], &[("status__name", "Active".into())]].concat();
        self.write(Create, "dcim.interface", &[], &values).await;
    }

    /// An address, and where it is.
    pub async fn address(&self, address: &str, device: &str, interface: &str) {
        let values = [("address", address.into()), ("namespace__name", "Global".into())];
        let values = [&values[..], &[("status__name", "Active".into())]].concat();
        self.write(Create, "ipam.ipaddress", &[], &values).await;
        let host = address.split('/').next().unwrap();
        let values = [("ip_address__host", host.into()), ("interface__device__name", device.into())];
        let values = [&values[..], &[("interface__name", interface.into())]].concat();
        self.write(Create, "ipam.ipaddresstointerface", &[], &values).await;
    }

    pub async fn set(&self, device: &str, values: &[(&str, Value)]) {
        self.write(Update, "dcim.device", &[("name", device.into())], values).await;
    }
}
