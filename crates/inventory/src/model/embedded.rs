//! The files that are part of the program. A new content type is one file in `models/` and one line here.

macro_rules! files {
    ($folder:literal: $($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../", $folder, "/", $name, ".yaml")))),+]
    };
}

/// Name and text of every content type of our own.
pub(crate) const MODELS: &[(&str, &str)] = files!["models":
    "dcim.consoleporttemplate",
    "dcim.consoleserverporttemplate",
    "dcim.device",
    "dcim.devicebaytemplate",
    "dcim.devicefamily",
    "dcim.devicetype",
    "dcim.frontporttemplate",
    "dcim.interface",
    "dcim.interfacetemplate",
    "dcim.location",
    "dcim.locationtype",
    "dcim.manufacturer",
    "dcim.modulebaytemplate",
    "dcim.platform",
    "dcim.poweroutlettemplate",
    "dcim.powerporttemplate",
    "dcim.rearporttemplate",
    "extras.objectchange",
    "extras.role",
    "extras.status",
    "extras.tag",
    "ipam.ipaddress",
    "ipam.ipaddresstointerface",
    "ipam.namespace",
    "ipam.prefix",
    "ipam.vlan",
    "ipam.vlangroup",
    "tenancy.tenant",
    "tenancy.tenantgroup",
];

/// Name and text of every list of choices that is too long to stand beside its field.
pub(crate) const CHOICES: &[(&str, &str)] = files!["choices":
    "console-port-type",
    "interface-type",
    "port-type",
    "power-outlet-type",
    "power-port-type",
];

/// The records of a new inventory.
pub(crate) const SEED: &str = include_str!("../../models/seed.yaml");
