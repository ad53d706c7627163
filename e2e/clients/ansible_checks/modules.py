"""API.md §4.3: modules: resolving names, existence checks, choices, idempotency, version 2.0 for `location`."""

import pynautobot
from kit.checks import Checks, equal, raises, true

from .session import changes, choice, ensure

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
    equal("v6 address", on.resolve(on.nb.ipam.ip_addresses, "q", "2001:db8::1"), on.id("ipam/ip-addresses", "2001:db8::1"))


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
        (nb.virtualization.virtual_machines, {"name": "vm-01", "cluster_id": id("virtualization/clusters", "ams-kvm")}, "vm-01"),
        (nb.ipam.prefixes, {"prefix": "10.0.0.0/24", "namespace": "Global"}, "10.0.0.0/24: Global"),
        (nb.ipam.prefixes, {"prefix": "10.0.0.0/24", "namespace": id("ipam/namespaces", "Lab")}, "10.0.0.0/24: Lab"),
        (nb.ipam.ip_addresses, {"address": "10.0.0.1/24", "namespace": "Lab"}, "10.0.0.1/24"),
        (nb.ipam.ip_addresses, {"address": "10.0.0.1", "namespace": "Global"}, "10.0.0.1/24"),
        (nb.ipam.ip_addresses, {"address": "10.0.0.1/24", "namespace": "Global", "device": "ams-leaf-01"}, "10.0.0.1/24"),
        (
            nb.ipam.vlans,
            {"name": "users", "vid": 10, "location": place, "vlan_group": id("ipam/vlan-groups", "AMS vlans"), "tenant_id": tenant},
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
        (nb.dcim.interface_templates, {"name": "Loopback0", "device_type": id("dcim/device-types", "C9300-48")}, "Loopback0"),
        (
            nb.ipam.ip_address_to_interface,
            {"ip_address": id("ipam/ip-addresses", "10.0.0.1"), "interface": id("dcim/interfaces", "ams-leaf-01 Loopback0")},
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
    equal("interface of another", nb.dcim.interfaces.get(name="Ethernet1", device_id=on.id("dcim/devices", "ams-leaf-01")), None)
    equal("prefix", nb.ipam.prefixes.get(prefix="10.77.0.0/24", namespace="Global"), None)
    equal("address", nb.ipam.ip_addresses.get(address="10.77.0.1/24", namespace="Global"), None)
    error = raises("an unknown tenant", pynautobot.RequestError, lambda: nb.dcim.devices.get(tenant_id="00000000-0000-4000-8000-000000000000"))
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


def present(on, name, endpoint, find, first, then):
    """A module run thrice: created, unchanged, and changed by `then`; then unchanged again."""
    record, state = ensure(endpoint, find, first)
    equal(f"{name}, first run", state, "created")
    equal(f"{name}, second run", (ensure(endpoint, find, first)[1], changes(endpoint.get(record.id), first)), ("unchanged", {}))
    equal(f"{name}, other data", ensure(endpoint, find, {**first, **then})[1], "changed")
    equal(f"{name}, again", changes(endpoint.get(record.id), {**first, **then}), {})


@checks("idempotency: what was sent is what serialize() shows")
def idempotency(on):
    nb, id = on.nb, on.id
    active, planned = (on.resolve(nb.extras.statuses, "name", name) for name in ("Active", "Planned"))
    prod, lab = id("extras/tags", "prod"), id("extras/tags", "lab")
    place, device, tenant = id("dcim/locations", "AMS"), id("dcim/devices", "ams-spine-01"), id("tenancy/tenants", "Acme")
    spaces = on.resolve(nb.ipam.namespaces, "q", "Global")
    rows = [
        (
            "device",
            nb.dcim.devices,
            {"name": "ans-1", "location": place},
            {
                "name": "ans-1",
                "device_type": id("dcim/device-types", "R640"),
                "role": id("extras/roles", "Server"),
                "location": place,
                "status": active,
                "tenant": tenant,
                "serial": "S1",
                "rack": id("dcim/racks", "R1"),
                "position": 10,
                "face": choice(nb.dcim.devices, "face", "Front"),
                "comments": "by a playbook",
                "tags": [prod, lab],
                "custom_fields": {"owner": "Ann"},
                "local_config_context_data": {"bgp": {"as": 65000}},
            },
            {"status": planned, "tags": [lab], "position": 11, "local_config_context_data": {"bgp": {"as": 65001}}},
        ),
        (
            "interface",
            nb.dcim.interfaces,
            {"name": "Vlan10", "device_id": device},
            {
                "name": "Vlan10",
                "device": device,
                "type": choice(nb.dcim.interfaces, "type", "virtual"),
                "status": active,
                "enabled": True,
                "mtu": 9000,
                "mac_address": "AA:BB:CC:00:11:22",
                "description": "svi",
                "mode": choice(nb.dcim.interfaces, "mode", "Tagged"),
                "untagged_vlan": id("ipam/vlans", "users"),
                "tagged_vlans": [id("ipam/vlans", "voice"), id("ipam/vlans", "servers")],
                "tags": [prod],
            },
            {"enabled": False, "mtu": 1500, "tagged_vlans": [id("ipam/vlans", "voice")]},
        ),
        (
            "prefix",
            nb.ipam.prefixes,
            {"prefix": "10.40.0.0/24", "namespace": "Global"},
            {"prefix": "10.40.0.0/24", "namespace": spaces, "status": active, "type": "network", "tenant": tenant, "description": "x", "tags": [prod]},
            {"type": "pool", "description": "y"},
        ),
        (
            "address",
            nb.ipam.ip_addresses,
            {"address": "10.0.0.77/24", "namespace": "Global"},
            # A module leaves `namespace` out of what it compares: it is only written.
            {"address": "10.0.0.77/24", "status": active, "type": "host", "dns_name": "a.example.com", "tags": [prod]},
            {"dns_name": "b.example.com", "type": "dhcp"},
        ),
        (
            "vlan",
            nb.ipam.vlans,
            {"name": "ans", "vid": 99, "vlan_group": id("ipam/vlan-groups", "AMS vlans")},
            {"name": "ans", "vid": 99, "vlan_group": id("ipam/vlan-groups", "AMS vlans"), "status": active, "tenant": tenant, "tags": []},
            {"description": "changed", "tags": [lab]},
        ),
        ("tenant", nb.tenancy.tenants, {"name": "ans"}, {"name": "ans", "description": "x", "tags": [prod]}, {"description": "y"}),
        (
            "location",
            nb.dcim.locations,
            {"name": "ans", "parent": id("dcim/locations", "EU")},
            {
                "name": "ans",
                "parent": id("dcim/locations", "EU"),
                "location_type": id("dcim/location-types", "Site"),
                "status": active,
                "time_zone": "Europe/Berlin",
                "asn": 65001,
                "latitude": "52.500000",
                "contact_email": "a@example.com",
                "tags": [prod],
            },
            {"asn": 65002, "status": planned},
        ),
        ("tag", nb.extras.tags, {"name": "ans"}, {"name": "ans", "color": "00ff00", "content_types": ["dcim.device"]}, {"color": "ff0000"}),
        ("status", nb.extras.statuses, {"name": "ans"}, {"name": "ans", "color": "00ff00", "content_types": ["dcim.device"]}, {"color": "ff0000"}),
        (
            "custom field",
            nb.extras.custom_fields,
            {"label": "Ans"},
            {"label": "Ans", "key": "ans", "type": "integer", "content_types": ["dcim.device"], "default": 1, "weight": 50},
            {"weight": 60},
        ),
        (
            "rack",
            nb.dcim.racks,
            {"name": "R9", "location": place},
            {"name": "R9", "location": place, "status": active, "type": "4-post-cabinet", "u_height": 48, "outer_width": 600, "outer_unit": "mm", "tags": [prod]},
            {"u_height": 42},
        ),
        (
            "virtual machine",
            nb.virtualization.virtual_machines,
            {"name": "vm-ans", "cluster_id": id("virtualization/clusters", "ams-kvm")},
            {"name": "vm-ans", "cluster": id("virtualization/clusters", "ams-kvm"), "status": active, "vcpus": 2, "memory": 4096, "disk": 40, "tags": [prod]},
            {"memory": 8192},
        ),
        ("vrf", nb.ipam.vrfs, {"name": "blue", "namespace": "Global", "rd": "65000:2"}, {"name": "blue", "namespace": spaces, "rd": "65000:2", "tags": [prod]}, {"description": "x"}),
        (
            "service",
            nb.ipam.services,
            {"name": "ssh", "device": "ams-spine-01"},
            {"name": "ssh", "device": device, "protocol": "tcp", "ports": [22, 2222], "tags": []},
            {"ports": [22]},
        ),
    ]
    for name, endpoint, find, first, then in rows:
        if name == "address":
            endpoint.create({**first, "namespace": spaces})
            record = endpoint.get(**find)
            equal("address, second run", changes(record, first), {})
            equal("address, other data", ensure(endpoint, find, {**first, **then})[1], "changed")
            equal("address, again", changes(endpoint.get(record.id), {**first, **then}), {})
        else:
            present(on, name, endpoint, find, first, then)


@checks("a MAC address is upper-case with colons however it was sent")
def mac(on):
    record = on.nb.dcim.interfaces.get(on.id("dcim/interfaces", "ams-spine-01 Ethernet2"))
    for text in ("aabb.cc00.1133", "aa-bb-cc-00-11-33", "AA:bb:CC:00:11:33"):
        record.update({"mac_address": text})
        equal(text, on.nb.dcim.interfaces.get(record.id).mac_address, "AA:BB:CC:00:11:33")
    equal("filtered in any case", on.nb.dcim.interfaces.get(mac_address="aa:bb:cc:00:11:33").id, record.id)


@checks("`location` of a vlan and a prefix with api_version 2.0")
def location_of_old(on):
    nb, place = on.client(api_version="2.0"), on.id("dcim/locations", "AMS")
    for endpoint, find in ((nb.ipam.vlans, {"name": "users"}), (nb.ipam.prefixes, {"prefix": "10.0.0.0/24", "namespace": "Global"})):
        record = endpoint.get(**find)
        equal(f"{endpoint.url}: location", changes(record, {"location": place}), {})
        true(f"{endpoint.url}: no locations", "locations" not in dict(record), sorted(dict(record)))
    record, state = ensure(nb.ipam.vlans, {"name": "old", "vid": 50}, {"name": "old", "vid": 50, "location": place, "status": on.resolve(nb.extras.statuses, "name", "Active")})
    equal("made", (state, record.location.id), ("created", place))
    new = on.client(api_version="2.4").ipam.vlans.get(record.id)
    equal("locations from 2.2 on", [row.id for row in new.locations], [place])
    true("no location from 2.2 on", "location" not in dict(new))


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
    equal("member", on.nb.dcim.devices.get(name="ams-leaf-02")["virtual_chassis"]["id"], on.id("dcim/virtual-chassis", "stack-1"))
    equal("no member", on.nb.dcim.devices.get(name="ams-leaf-01")["virtual_chassis"], None)


@checks("state: absent: find, delete, and nothing to find")
def absent(on):
    for endpoint, fields in ((on.nb.tenancy.tenants, {"name": "bye"}), (on.nb.dcim.manufacturers, {"name": "bye"})):
        endpoint.create(**fields)
        equal("deleted", endpoint.get(**fields).delete(), True)
        equal("gone", endpoint.get(**fields), None)
