#!/usr/bin/env python3
"""What the `NautobotRemote` adapter of Nautobot's SSoT app reads and writes (API.md §4.1, §4.2), as raw requests.

Every path is asked for as the adapter asks: `limit=200&exclude_m2m=false` with its depth, following `next` as it stands.
Every key that the adapter reads must be there in every object, of the right type.
"""

from types import SimpleNamespace

from kit.checks import Checks, Failed, equal, main, true
from kit.rest import Rest, answers
from kit.shape import hold
from world import World

checks = Checks("reads and writes of the adapter")

# path, depth, what is read of each object. `?` allows null: behind a key for what follows it, behind a kind for itself.
READS = [
    ("extras/statuses", 1, {"id": "filled", "name": "filled", "color": "text", "content_types": "texts"}),
    (
        "dcim/location-types",
        1,
        {
            "id": "filled",
            "name": "filled",
            "description": "text",
            "nestable": "bool",
            "content_types": "texts",
            "parent?.name": "filled",
        },
    ),
    (
        "dcim/locations",
        3,
        {
            "id": "filled",
            "name": "filled",
            "description": "text",
            "status.name": "filled",
            "location_type.name": "filled",
            "tenant?.name": "filled",
            "tags": "list",
            "parent?.name": "filled",
            "parent?.location_type.name": "filled",
        },
    ),
    ("extras/roles", 1, {"id": "filled", "name": "filled", "content_types": "texts"}),
    ("tenancy/tenants", 1, {"id": "filled", "name": "filled", "tags": "list"}),
    ("ipam/namespaces", 1, {"id": "filled", "name": "filled", "description": "text", "tags": "list"}),
    (
        "ipam/prefixes",
        2,
        {
            "id": "filled",
            "network": "filled",
            "prefix_length": "int",
            "namespace.name": "filled",
            "description": "text",
            "status.name": "filled",
            "tenant?.name": "filled",
            "locations": "list",
            "tags": "list",
        },
    ),
    (
        "ipam/ip-addresses",
        2,
        {
            "id": "filled",
            "host": "filled",
            "mask_length": "int",
            "ip_version": "int",
            "status.name": "filled",
            "tenant?.name": "filled",
            "tags": "list",
            "parent.network": "filled",
            "parent.prefix_length": "int",
            "parent.namespace.name": "filled",
        },
    ),
    ("dcim/manufacturers", 1, {"id": "filled", "name": "filled", "description": "text"}),
    (
        "dcim/device-types",
        1,
        {
            "id": "filled",
            "model": "filled",
            "part_number": "text",
            "u_height": "int",
            "is_full_depth": "bool",
            "manufacturer.name": "filled",
            "tags": "list",
        },
    ),
    (
        "dcim/platforms",
        1,
        {
            "id": "filled",
            "name": "filled",
            "description": "text",
            "network_driver": "text",
            "napalm_driver": "text",
            "manufacturer?.name": "filled",
        },
    ),
    (
        "dcim/devices",
        3,
        {
            "id": "filled",
            "name": "filled",
            "serial": "text",
            "asset_tag": "text?",
            "status.name": "filled",
            "role.name": "filled",
            "tenant?.name": "filled",
            "platform?.name": "filled",
            "tags": "list",
            "device_type.model": "filled",
            "device_type.manufacturer.name": "filled",
            "location.name": "filled",
            "location.location_type.name": "filled",
            "location.parent?.name": "filled",
            "location.parent?.location_type.name": "filled",
        },
    ),
]
INTERFACE = {
    "name": "filled",
    "description": "text",
    "enabled": "bool",
    "mac_address": "text?",
    "mgmt_only": "bool",
    "mtu": "int?",
    "type.value": "filled",
    "status.name": "filled",
    "tags": "list",
    "device.name": "filled",
    "device.location.name": "filled",
    "device.location.parent?.name": "filled",
}


def asked(on, path, depth, **more):
    return on.rest.pages(f"{path}/", limit=200, depth=depth, exclude_m2m="false", **more)


def read(on, path, depth, wanted):
    found, _ = asked(on, path, depth)
    true(f"{path} has objects", found)
    for record in found:
        hold(record, wanted, f"{path} {record.get('display')}: ")
        for tag in record.get("tags", []):
            hold(tag, {"name": "filled", "id": "filled"}, f"{path} {record.get('display')}: tags: ")
    equal("each once", len({record["id"] for record in found}), len(found))


for path, depth, wanted in READS:
    checks.add(f"§4.1 {path} at depth {depth}", read, path, depth, wanted)


@checks("§4.1 `next` is followed: more devices than a page")
def pages(on):
    found, pages = asked(on, "dcim/devices", 3)
    equal("devices", len(found), on.rest.count("dcim/devices/"))
    equal("pages", pages, -(-len(found) // 200))


@checks("§4.1 tags are whole objects where they are")
def tags(on):
    (device,) = on.rest.found("dcim/devices/", name="ams-leaf-01", depth=3, exclude_m2m="false")
    equal("tags", [tag["name"] for tag in device["tags"]], ["prod"])


@checks("§4.1 the locations of a prefix have name and type")
def locations_of_prefixes(on):
    found, _ = asked(on, "ipam/prefixes", 2)
    (prefix,) = (
        row
        for row in found
        if row["network"] == "10.0.0.0" and row["prefix_length"] == 24 and row["namespace"]["name"] == "Global"
    )
    equal("locations", [(row["name"], row["location_type"]["name"]) for row in prefix["locations"]], [("AMS", "Site")])


@checks("§4.1 interfaces of a device at depth 3")
def interfaces(on):
    found, _ = asked(on, "dcim/interfaces", 3, device=on.world.id("dcim/devices", "ams-leaf-01"))
    equal("interfaces", len(found), 7)
    for record in found:
        hold(record, INTERFACE, f"interface {record['name']}: ")


@checks("§4.1 a token of any kind of header spelling is taken")
def token(on):
    rest = Rest(on.rest.url, None, Authorization=f"token {on.rest.token}")
    answers(rest.get("extras/statuses/"), 200)
    for wrong in (f"Bearer {on.rest.token}", f"Token{on.rest.token}", "Token"):
        answers(Rest(on.rest.url, None, Authorization=wrong).get("extras/statuses/"), 403)


@checks("§4.2 POST, PATCH, DELETE of a location, with names as strings")
def location_writes(on):
    body = {
        "name": "Berlin",
        "description": "made",
        "status": "Active",
        "location_type": "Site",
        "parent": {"name": "EU"},
        "tags": [{"name": "prod"}],
    }
    made = on.rest.made("dcim/locations/", body)
    place = f"dcim/locations/{made['id']}/"
    found = answers(on.rest.get(place, depth=1, exclude_m2m="false"), 200)
    equal("parent", found["parent"]["name"], "EU")
    equal("tags", [tag["name"] for tag in found["tags"]], ["prod"])
    answers(
        on.rest.patch(place, {"description": "changed", "status": "Planned", "parent": {"name": "US"}, "tags": []}), 200
    )
    found = answers(on.rest.get(place, depth=1, exclude_m2m="false"), 200)
    equal(
        "changed",
        (found["description"], found["status"]["name"], found["parent"]["name"], found["tags"]),
        ("changed", "Planned", "US", []),
    )
    answers(on.rest.delete(place), 204)
    answers(on.rest.get(place), 404, {"detail": "No Location matches the given query."})


@checks("§4.2 a location without a parent")
def region_writes(on):
    made = on.rest.made(
        "dcim/locations/", {"name": "ASIA", "status": "Active", "location_type": "Region", "parent": None, "tags": []}
    )
    equal("parent", made["parent"], None)
    answers(on.rest.delete(f"dcim/locations/{made['id']}/"), 204)


@checks("§4.2 POST, PATCH, DELETE of a tenant")
def tenant_writes(on):
    made = on.rest.made("tenancy/tenants/", {"name": "Remote", "tags": [{"name": "prod"}]})
    place = f"tenancy/tenants/{made['id']}/"
    answers(on.rest.patch(place, {"tags": []}), 200)
    equal("tags", answers(on.rest.get(place, exclude_m2m="false"), 200)["tags"], [])
    answers(on.rest.delete(place), 204)


@checks("§4.2 a prefix sent to the locations, as the example does, is 404")
def prefix_as_location(on):
    prefix = on.world.id("ipam/prefixes", "10.0.1.0/24")
    answers(on.rest.patch(f"dcim/locations/{prefix}/", {"description": "x"}), 404)
    answers(on.rest.delete(f"dcim/locations/{prefix}/"), 404)


@checks("§4.2 a prefix as network and prefix_length: refused as Nautobot does, or taken")
def prefix_without_prefix(on):
    body = {
        "network": "10.66.0.0",
        "prefix_length": 24,
        "tenant": None,
        "namespace": {"name": "Global"},
        "description": "",
        "status": "Active",
        "tags": [],
    }
    answer = on.rest.post("ipam/prefixes/", body)
    if answer.status_code == 201:
        equal("prefix", answer.json()["prefix"], "10.66.0.0/24")
    elif (answer.status_code, answer.json()) != (400, {"prefix": ["This field is required."]}):
        raise Failed(f"neither taken nor refused by the field's name: {answer.status_code} {answer.text}")


def prepare(url, token):
    rest = Rest(url, token)
    # The adapter's models do not allow an unnamed device: the world has none. 450 more make three pages.
    world = World(rest, crowd=450).build()
    return SimpleNamespace(rest=rest, world=world), world.failures


if __name__ == "__main__":
    main("NautobotRemote", prepare, checks)
