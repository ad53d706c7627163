//! Filters that do not follow from the fields of their type: shorter names for paths, and questions of their own.
//!
//! Whatever leads through a field or type that this inventory does not have is an unknown filter.

mod cable;
mod condition;
mod path;
mod tree;

use super::network::Containment;
use crate::model::ContentType;

/// A filter that is said here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Special {
    /// Another name for a path.
    Path(&'static str, PathDepth),
    /// The same by ids alone.
    PathId(&'static str),
    /// Whether one of the paths leads to anything.
    Has(&'static [&'static str]),
    /// By what stands at the end of any of the paths: numbers or ids.
    AnyPath(&'static [&'static str]),
    /// A field whose exact filter does not heed the case.
    AnyCase(&'static str),
    Containment(Containment),
    Contained(&'static str),
    Spanning,
    /// By the place in the tree.
    Tree(tree::Part),
    /// How deep in the tree at most.
    MaxDepth,
    HasCable,
    Cable,
    Connected,
    Disconnected,
    /// By the type of an interface: physical, virtual, ...
    InterfaceKind,
    /// By the things that a cable's ends belong to.
    CableOf(&'static str),
    CableEnd(&'static str),
    ListHolds(&'static str),
    /// People and teams that nothing is assigned to in this inventory.
    NoneOfThem,
}

/// What of a tree a path takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PathDepth {
    /// As the last reference of the path says.
    Declared,
    Node,
    Tree,
}

use PathDepth::{Declared, Node, Tree};

/// For every type.
const ALL: &[(&str, Special)] = &[
    ("tenant_group", Special::Path("tenant__tenant_group", Declared)),
    ("contacts", Special::NoneOfThem),
    ("teams", Special::NoneOfThem),
];

/// By type.
const SPECIALS: &[(&str, &[(&str, Special)])] = &[
    ("dcim.cable", CABLE),
    ("dcim.device", DEVICE),
    ("dcim.devicetype", DEVICE_TYPE),
    ("dcim.interface", INTERFACE),
    ("dcim.inventoryitem", &[("location", Special::Path("device__location", Node))]),
    ("dcim.location", LOCATION),
    ("dcim.rackgroup", &[("ancestors", Special::Tree(tree::Part::Below))]),
    ("dcim.virtualchassis", VIRTUAL_CHASSIS),
    ("ipam.ipaddress", IP_ADDRESS),
    ("ipam.ipaddressrange", &[("contains", Special::Spanning)]),
    ("ipam.prefix", PREFIX),
    ("ipam.service", &[("ports", Special::ListHolds("ports"))]),
    ("ipam.vlan", VLAN),
    ("ipam.vrf", &[("device", Special::Path("devices", Declared)), ("prefix", Special::Path("prefixes", Declared))]),
    ("tenancy.tenant", &[("locations", Special::Path("locations", Tree))]),
    ("virtualization.virtualmachine", VIRTUAL_MACHINE),
    ("virtualization.vminterface", VM_INTERFACE),
];

const CABLE: &[(&str, Special)] = &[
    ("device", Special::CableOf("device")),
    ("device_id", Special::CableOf("device")),
    ("location", Special::CableOf("device__location")),
    ("location_id", Special::CableOf("device__location")),
    ("rack", Special::CableOf("device__rack")),
    ("rack_id", Special::CableOf("device__rack")),
    ("tenant", Special::CableOf("device__tenant")),
    ("tenant_id", Special::CableOf("device__tenant")),
    ("tenant_group", Special::CableOf("device__tenant__tenant_group")),
    ("termination_type", Special::CableEnd("type")),
    ("termination_id", Special::CableEnd("id")),
    ("is_disconnected", Special::Disconnected),
];

const DEVICE: &[(&str, Special)] = &[
    ("serial", Special::AnyCase("serial")),
    ("manufacturer", Special::Path("device_type__manufacturer", Declared)),
    ("device_family", Special::Path("device_type__device_family", Declared)),
    ("is_full_depth", Special::Path("device_type__is_full_depth", Declared)),
    ("rack_group", Special::Path("rack__rack_group", Declared)),
    ("cluster", Special::Path("clusters", Declared)),
    ("mac_address", Special::Path("interfaces__mac_address", Declared)),
    ("ip_addresses", Special::Path("interfaces__ip_addresses__address", Declared)),
    ("has_ip_addresses", Special::Has(&["interfaces__ip_addresses"])),
    ("has_primary_ip", Special::Has(&["primary_ip4", "primary_ip6"])),
    ("is_virtual_chassis_member", Special::Has(&["virtual_chassis"])),
    ("virtual_chassis_member", Special::Has(&["virtual_chassis"])),
];

const DEVICE_TYPE: &[(&str, Special)] = &[
    ("console_ports", Special::Has(&["console_port_templates"])),
    ("console_server_ports", Special::Has(&["console_server_port_templates"])),
    ("power_ports", Special::Has(&["power_port_templates"])),
    ("power_outlets", Special::Has(&["power_outlet_templates"])),
    ("interfaces", Special::Has(&["interface_templates"])),
    ("pass_through_ports", Special::Has(&["front_port_templates", "rear_port_templates"])),
    ("device_bays", Special::Has(&["device_bay_templates"])),
];

const INTERFACE: &[(&str, Special)] = &[
    ("location", Special::Path("device__location", Node)),
    ("kind", Special::InterfaceKind),
    ("has_cable", Special::HasCable),
    ("cable", Special::Cable),
    ("connected", Special::Connected),
    ("vlan", Special::AnyPath(&["untagged_vlan__vid", "tagged_vlans__vid"])),
    ("vlan_id", Special::AnyPath(&["untagged_vlan__id", "tagged_vlans__id"])),
];

const LOCATION: &[(&str, Special)] = &[
    ("subtree", Special::Tree(tree::Part::Whole)),
    ("max_depth", Special::MaxDepth),
    ("content_type", Special::Path("location_type__content_types", Declared)),
];

const VIRTUAL_CHASSIS: &[(&str, Special)] = &[
    ("location", Special::Path("members__location", Node)),
    ("tenant", Special::Path("members__tenant", Declared)),
    ("tenant_group", Special::Path("members__tenant__tenant_group", Declared)),
];

const IP_ADDRESS: &[(&str, Special)] = &[
    ("prefix", Special::Contained("host")),
    ("prefix_exact", Special::Path("parent__prefix", Declared)),
    ("device", Special::Path("interfaces__device", Declared)),
    ("device_id", Special::PathId("interfaces__device")),
    ("virtual_machine", Special::Path("vm_interfaces__virtual_machine", Declared)),
    ("virtual_machine_id", Special::PathId("vm_interfaces__virtual_machine")),
    ("has_interface_assignments", Special::Has(&["interfaces", "vm_interfaces"])),
    ("vrfs", Special::Path("parent__vrfs", Declared)),
    ("present_in_vrf", Special::Path("parent__vrfs", Declared)),
    ("present_in_vrf_id", Special::PathId("parent__vrfs")),
];

const PREFIX: &[(&str, Special)] = &[
    ("prefix_exact", Special::Path("prefix", Declared)),
    ("within", Special::Containment(Containment::Within)),
    ("within_include", Special::Containment(Containment::WithinOrEqual)),
    ("contains", Special::Containment(Containment::Contains)),
    ("location", Special::Path("locations", Tree)),
    ("locations", Special::Path("locations", Tree)),
    ("prefix_and_descendants", Special::Tree(tree::Part::Whole)),
    ("ancestors", Special::Tree(tree::Part::Below)),
    ("max_depth", Special::MaxDepth),
    ("vlan_vid", Special::Path("vlan__vid", Declared)),
    ("present_in_vrf", Special::Path("vrfs", Declared)),
    ("present_in_vrf_id", Special::PathId("vrfs")),
];

const VLAN: &[(&str, Special)] =
    &[("location", Special::Path("locations", Tree)), ("locations", Special::Path("locations", Tree))];

const VIRTUAL_MACHINE: &[(&str, Special)] = &[
    ("location", Special::Path("cluster__location", Declared)),
    ("cluster_group", Special::Path("cluster__cluster_group", Declared)),
    ("cluster_group_id", Special::PathId("cluster__cluster_group")),
    ("cluster_type", Special::Path("cluster__cluster_type", Declared)),
    ("cluster_type_id", Special::PathId("cluster__cluster_type")),
    ("mac_address", Special::Path("interfaces__mac_address", Declared)),
    ("ip_addresses", Special::Path("interfaces__ip_addresses__address", Declared)),
    ("has_ip_addresses", Special::Has(&["interfaces__ip_addresses"])),
    ("has_primary_ip", Special::Has(&["primary_ip4", "primary_ip6"])),
];

const VM_INTERFACE: &[(&str, Special)] = &[
    ("cluster", Special::Path("virtual_machine__cluster", Declared)),
    ("cluster_id", Special::PathId("virtual_machine__cluster")),
    ("vlan_id", Special::AnyPath(&["untagged_vlan__id", "tagged_vlans__id"])),
];

/// The special filter of that name, if it is one.
pub(super) fn find(content_type: &ContentType, name: &str) -> Option<Special> {
    let own = SPECIALS.iter().find(|(of, _)| *of == content_type.name()).map_or(&[][..], |(_, specials)| specials);
    let named = |specials: &[(&str, Special)]| {
        specials.iter().find(|(special, _)| *special == name).map(|(_, special)| *special)
    };
    named(own).or_else(|| named(ALL).filter(|_| content_type.field(name).is_none()))
}
