"""API.md §4.3: modules: resolving names, existence checks, choices, allocation."""

import pynautobot
from kit.checks import Checks, equal, raises, true

from .session import choice

checks = Checks("modules")


@checks("connect: version is two numbers")
def connect(on):
    major, minor = map(int, on.nb.version.split("."))
    true("at least 2.0", (major, minor) >= (2, 0))
    equal("with api_version", on.client(api_version="2.0").version, "2.0")


@checks("resolving names: one record by its unique field")
def resolving(on):
    nb = on.nb
    rows = [
        (nb.extras.statuses, "name", "Active"),
        (nb.extras.roles, "name", "Leaf"),
        (nb.extras.tags, "name", "prod"),
        (nb.tenancy.tenants, "name", "Acme"),
        (nb.tenancy.tenant_groups, "name", "Retail"),
        (nb.dcim.location_types, "name", "Site"),
        (nb.dcim.locations, "name", "AMS"),
        (nb.dcim.manufacturers, "name", "Cisco"),
        (nb.dcim.platforms, "name", "ios"),
        (nb.dcim.device_types, "model", "C9300-48"),
        (nb.dcim.devices, "name", "ams-leaf-01"),
        (nb.dcim.racks, "name", "R1"),
        (nb.dcim.rack_groups, "name", "Row 1"),
        (nb.dcim.virtual_chassis, "name", "stack-1"),
        (nb.ipam.vlan_groups, "name", "AMS vlans"),
        (nb.ipam.vlans, "name", "users"),
        (nb.ipam.vrfs, "name", "red"),
        (nb.ipam.rirs, "name", "RFC1918"),
        (nb.ipam.ip_addresses, "address", "10.0.0.2/24"),
        (nb.virtualization.clusters, "name", "ams-kvm"),
        (nb.virtualization.cluster_types, "name", "KVM"),
        (nb.virtualization.virtual_machines, "name", "vm-01"),
        (nb.users.users, "username", "admin"),
    ]
    for endpoint, field, value in rows:
        on.resolve(endpoint, field, value)


@checks("resolving by `q` where the collection has no field: exactly one hit")
def searching(on):
    equal("namespace", on.resolve(on.nb.ipam.namespaces, "q", "Global"), on.nb.ipam.namespaces.get(name="Global").id)
    equal("namespace Lab", on.resolve(on.nb.ipam.namespaces, "q", "Lab"), on.id("ipam/namespaces", "Lab"))
    equal("address", on.resolve(on.nb.ipam.ip_addresses, "q", "10.0.0.2/24"), on.id("ipam/ip-addresses", "10.0.0.2"))
    equal(
        "v6 address", on.resolve(on.nb.ipam.ip_addresses, "q", "2001:db8::1"), on.id("ipam/ip-addresses", "2001:db8::1")
    )


@checks("existence checks: every filter that the modules use finds the one record")
def existence(on):
    nb, id = on.nb, on.id
    device, machine = id("dcim/devices", "ams-leaf-01"), id("virtualization/virtual-machines", "vm-01")
    near, far = (id("dcim/interfaces", name) for name in ("ams-leaf-01 GigabitEthernet1/0/1", "ams-spine-01 Ethernet1"))
    place, tenant = id("dcim/locations", "AMS"), id("tenancy/tenants", "Acme")
    ends = {"termination_a_type": "dcim.interface", "termination_a_id": near}
    ends |= {"termination_b_type": "dcim.interface", "termination_b_id": far}
    rows = [
        (nb.dcim.devices, {"name": "ams-leaf-01"}, "ams-leaf-01"),
        (
            nb.dcim.devices,
            {
                "name": "ams-leaf-01",
                "location": place,
                "role": id("extras/roles", "Leaf"),
                "device_type": id("dcim/device-types", "C9300-48"),
                "tenant_id": tenant,
            },
            "ams-leaf-01",
        ),
        (nb.dcim.interfaces, {"name": "Loopback0", "device_id": device}, "Loopback0"),
        (nb.dcim.interfaces, {"name": "Loopback0", "device": "ams-leaf-01"}, "Loopback0"),
        (nb.dcim.interfaces, {"name": "Port-channel1", "type": "lag", "device_id": device}, "Port-channel1"),
        (nb.dcim.interfaces, {"name": "Port-channel1", "type": "lag", "device": "ams-leaf-01"}, "Port-channel1"),
        (nb.virtualization.interfaces, {"name": "eth0", "virtual_machine_id": machine}, "eth0"),
        (
            nb.virtualization.virtual_machines,
            {"name": "vm-01", "cluster_id": id("virtualization/clusters", "ams-kvm")},
            "vm-01",
        ),
        (nb.ipam.prefixes, {"prefix": "10.0.0.0/24", "namespace": "Global"}, "10.0.0.0/24: Global"),
        (nb.ipam.prefixes, {"prefix": "10.0.0.0/24", "namespace": id("ipam/namespaces", "Lab")}, "10.0.0.0/24: Lab"),
        (nb.ipam.ip_addresses, {"address": "10.0.0.1/24", "namespace": "Lab"}, "10.0.0.1/24"),
        (nb.ipam.ip_addresses, {"address": "10.0.0.1", "namespace": "Global"}, "10.0.0.1/24"),
        (
            nb.ipam.ip_addresses,
            {"address": "10.0.0.1/24", "namespace": "Global", "device": "ams-leaf-01"},
            "10.0.0.1/24",
        ),
        (
            nb.ipam.vlans,
            {
                "name": "users",
                "vid": 10,
                "location": place,
                "vlan_group": id("ipam/vlan-groups", "AMS vlans"),
                "tenant_id": tenant,
            },
            "users (10)",
        ),
        (nb.ipam.vlan_groups, {"name": "AMS vlans", "location": place}, "AMS vlans"),
        (nb.dcim.racks, {"name": "R1", "location": place}, "R1"),
        (nb.ipam.vrfs, {"name": "red", "namespace": "Global", "rd": "65000:1"}, "Global: (red)"),
        (nb.dcim.locations, {"name": "Lab", "parent": id("dcim/locations", "EU")}, "EU → Lab"),
        (nb.dcim.locations, {"id": place}, "EU → Netherlands → AMS"),
        (nb.extras.custom_fields, {"label": "Owner"}, "Owner"),
        (nb.extras.custom_field_choices, {"value": "dev", "custom_field": id("extras/custom-fields", "Stage")}, "dev"),
        (nb.dcim.cables, ends, "GigabitEthernet1/0/1 <> Ethernet1"),
        (
            nb.dcim.interface_templates,
            {"name": "Loopback0", "device_type": id("dcim/device-types", "C9300-48")},
            "Loopback0",
        ),
        (
            nb.ipam.ip_address_to_interface,
            {
                "ip_address": id("ipam/ip-addresses", "10.0.0.1"),
                "interface": id("dcim/interfaces", "ams-leaf-01 Loopback0"),
            },
            None,
        ),
        (nb.ipam.services, {"device": "ams-leaf-01", "name": "https", "protocol": "tcp"}, None),
        (nb.ipam.vlan_location_assignments, {"vlan": id("ipam/vlans", "users"), "location": place}, None),
    ]
    for endpoint, find, text in rows:
        found = endpoint.get(**find)
        true(f"{endpoint.url} {find} finds one", found is not None)
        if text is not None:
            equal(f"{endpoint.url} {find}", str(found), text)


@checks("existence checks: what is not there is None")
def absence(on):
    nb = on.nb
    equal("device", nb.dcim.devices.get(name="nope", location=on.id("dcim/locations", "AMS")), None)
    equal("interface", nb.dcim.interfaces.get(name="nope", device_id=on.id("dcim/devices", "ams-leaf-01")), None)
    equal(
        "interface of another",
        nb.dcim.interfaces.get(name="Ethernet1", device_id=on.id("dcim/devices", "ams-leaf-01")),
        None,
    )
    equal("prefix", nb.ipam.prefixes.get(prefix="10.77.0.0/24", namespace="Global"), None)
    equal("address", nb.ipam.ip_addresses.get(address="10.77.0.1/24", namespace="Global"), None)
    error = raises(
        "an unknown tenant",
        pynautobot.RequestError,
        lambda: nb.dcim.devices.get(tenant_id="00000000-0000-4000-8000-000000000000"),
    )
    equal("status", error.req.status_code, 400)


@checks("choices: given as displayed or as value")
def choices(on):
    nb = on.nb
    rows = [
        (nb.dcim.interfaces, "type", "1000Base-t (1GE)", "1000base-t"),
        (nb.dcim.interfaces, "type", "Link Aggregation Group (LAG)", "lag"),
        (nb.dcim.interfaces, "type", "virtual", "virtual"),
        (nb.dcim.interfaces, "mode", "Tagged (All)", "tagged-all"),
        (nb.dcim.interface_templates, "type", "SFP+ (10GE)", "10gbase-x-sfpp"),
        (nb.dcim.devices, "face", "Front", "front"),
        (nb.dcim.device_types, "subdevice_role", "parent", "parent"),
        (nb.dcim.racks, "type", "4-post cabinet", "4-post-cabinet"),
        (nb.dcim.racks, "outer_unit", "millimeters", "mm"),
        (nb.dcim.cables, "type", "CAT6", "cat6"),
        (nb.dcim.cables, "length_unit", "Meters", "m"),
        (nb.ipam.ip_addresses, "type", "SLAAC", "slaac"),
        (nb.ipam.prefixes, "type", "Container", "container"),
        (nb.ipam.services, "protocol", "TCP", "tcp"),
    ]
    for endpoint, field, text, value in rows:
        equal(f"{endpoint.url} {field} {text}", choice(endpoint, field, text), value)


@checks("a new address and a new prefix out of a parent")
def allocation(on):
    active = on.resolve(on.nb.extras.statuses, "name", "Active")
    place = on.nb.ipam.prefixes.get(prefix="10.0.1.0/24", namespace="Global")
    true("there is room", place.available_ips.list())
    made = place.available_ips.create({"status": active})
    true("inside", made.address.startswith("10.0.1."), made.address)
    place = on.nb.ipam.prefixes.get(prefix="10.30.0.0/22", namespace="Global")
    true("there is room", place.available_prefixes.list())
    equal("made", place.available_prefixes.create({"prefix_length": 26, "status": active}).prefix, "10.30.0.0/26")


@checks("a device says of which virtual chassis it is")
def virtual_chassis(on):
    equal(
        "member",
        on.nb.dcim.devices.get(name="ams-leaf-02")["virtual_chassis"]["id"],
        on.id("dcim/virtual-chassis", "stack-1"),
    )
    equal("no member", on.nb.dcim.devices.get(name="ams-leaf-01")["virtual_chassis"], None)


@checks("state: absent: find, delete, and nothing to find")
def absent(on):
    for endpoint, fields in ((on.nb.tenancy.tenants, {"name": "bye"}), (on.nb.dcim.manufacturers, {"name": "bye"})):
        endpoint.create(**fields)
        equal("deleted", endpoint.get(**fields).delete(), True)
        equal("gone", endpoint.get(**fields), None)
