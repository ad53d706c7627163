"""API.md §4.3: what a module sends is what it reads back: created, unchanged, changed, unchanged."""

from kit.checks import Checks, equal, true

from .session import changes, choice, ensure

checks = Checks("idempotency")


def present(on, name, endpoint, find, first, then):
    """A module run thrice: created, unchanged, and changed by `then`; then unchanged again."""
    record, state = ensure(endpoint, find, first)
    equal(f"{name}, first run", state, "created")
    equal(
        f"{name}, second run",
        (ensure(endpoint, find, first)[1], changes(endpoint.get(record.id), first)),
        ("unchanged", {}),
    )
    equal(f"{name}, other data", ensure(endpoint, find, {**first, **then})[1], "changed")
    equal(f"{name}, again", changes(endpoint.get(record.id), {**first, **then}), {})


@checks("idempotency: what was sent is what serialize() shows")
def idempotency(on):
    nb, id = on.nb, on.id
    active, planned = (on.resolve(nb.extras.statuses, "name", name) for name in ("Active", "Planned"))
    prod, lab = id("extras/tags", "prod"), id("extras/tags", "lab")
    place, device, tenant = (
        id("dcim/locations", "AMS"),
        id("dcim/devices", "ams-spine-01"),
        id("tenancy/tenants", "Acme"),
    )
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
            {
                "prefix": "10.40.0.0/24",
                "namespace": spaces,
                "status": active,
                "type": "network",
                "tenant": tenant,
                "description": "x",
                "tags": [prod],
            },
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
            {
                "name": "ans",
                "vid": 99,
                "vlan_group": id("ipam/vlan-groups", "AMS vlans"),
                "status": active,
                "tenant": tenant,
                "tags": [],
            },
            {"description": "changed", "tags": [lab]},
        ),
        (
            "tenant",
            nb.tenancy.tenants,
            {"name": "ans"},
            {"name": "ans", "description": "x", "tags": [prod]},
            {"description": "y"},
        ),
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
        (
            "tag",
            nb.extras.tags,
            {"name": "ans"},
            {"name": "ans", "color": "00ff00", "content_types": ["dcim.device"]},
            {"color": "ff0000"},
        ),
        (
            "status",
            nb.extras.statuses,
            {"name": "ans"},
            {"name": "ans", "color": "00ff00", "content_types": ["dcim.device"]},
            {"color": "ff0000"},
        ),
        (
            "custom field",
            nb.extras.custom_fields,
            {"label": "Ans"},
            {
                "label": "Ans",
                "key": "ans",
                "type": "integer",
                "content_types": ["dcim.device"],
                "default": 1,
                "weight": 50,
            },
            {"weight": 60},
        ),
        (
            "rack",
            nb.dcim.racks,
            {"name": "R9", "location": place},
            {
                "name": "R9",
                "location": place,
                "status": active,
                "type": "4-post-cabinet",
                "u_height": 48,
                "outer_width": 600,
                "outer_unit": "mm",
                "tags": [prod],
            },
            {"u_height": 42},
        ),
        (
            "virtual machine",
            nb.virtualization.virtual_machines,
            {"name": "vm-ans", "cluster_id": id("virtualization/clusters", "ams-kvm")},
            {
                "name": "vm-ans",
                "cluster": id("virtualization/clusters", "ams-kvm"),
                "status": active,
                "vcpus": 2,
                "memory": 4096,
                "disk": 40,
                "tags": [prod],
            },
            {"memory": 8192},
        ),
        (
            "vrf",
            nb.ipam.vrfs,
            {"name": "blue", "namespace": "Global", "rd": "65000:2"},
            {"name": "blue", "namespace": spaces, "rd": "65000:2", "tags": [prod]},
            {"description": "x"},
        ),
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
    for endpoint, find in (
        (nb.ipam.vlans, {"name": "users"}),
        (nb.ipam.prefixes, {"prefix": "10.0.0.0/24", "namespace": "Global"}),
    ):
        record = endpoint.get(**find)
        equal(f"{endpoint.url}: location", changes(record, {"location": place}), {})
        true(f"{endpoint.url}: no locations", "locations" not in dict(record), sorted(dict(record)))
    record, state = ensure(
        nb.ipam.vlans,
        {"name": "old", "vid": 50},
        {"name": "old", "vid": 50, "location": place, "status": on.resolve(nb.extras.statuses, "name", "Active")},
    )
    equal("made", (state, record.location.id), ("created", place))
    new = on.client(api_version="2.4").ipam.vlans.get(record.id)
    equal("locations from 2.2 on", [row.id for row in new.locations], [place])
    true("no location from 2.2 on", "location" not in dict(new))
