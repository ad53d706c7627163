"""API.md §4.3: the inventory plugins and lookups, as the raw requests that they send."""

from kit.checks import Checks, equal, true
from kit.rest import Rest, answers
from kit.shape import hold

checks = Checks("inventory plugins and lookups")
DEVICE = {
    "id": "filled",
    "name": "text?",
    "url": "filled",
    "display": "filled",
    "status.name": "filled",
    "role.name": "filled",
    "location.id": "filled",
    "location.name": "filled",
    "device_type.id": "filled",
    "device_type.manufacturer.id": "filled",
    "tenant?.id": "filled",
    "platform?.name": "filled",
    "rack?.id": "filled",
    "serial": "text",
    "asset_tag": "text?",
    "custom_fields": "object",
    "tags": "list",
    "virtual_chassis?.id": "filled",
    "primary_ip4?.address": "filled",
    "primary_ip6?.address": "filled",
    "local_config_context_data": "any",
}
MACHINE = {
    "id": "filled",
    "name": "filled",
    "status.name": "filled",
    "role?.name": "filled",
    "cluster.id": "filled",
    "tenant?.id": "filled",
    "platform?.name": "filled",
    "custom_fields": "object",
    "tags": "list",
    "primary_ip4?.address": "filled",
}


def whole(on, path, **parameters):
    """A list as the plugin reads it: `limit=0`, then every `next`."""
    found, _ = on.rest.pages(f"{path}/", limit=0, **parameters)
    return found


@checks("the plugin's headers are taken: Content-Type on GETs, a token")
def headers(on):
    rest = Rest(on.url, on.token, **{"Content-Type": "application/json", "Accept": "application/json"})
    true("status", "nautobot-version" in answers(rest.get("status/"), 200))
    rest = Rest(on.url, on.token, **{"Content-Type": "application/json;", "Accept": "application/json;"})
    true("status with semicolons", "nautobot-version" in answers(rest.get("status/"), 200))


@checks("/api/docs/?format=openapi names the filters of devices and virtual machines")
def openapi(on):
    answer = on.rest.call("GET", "docs/", params={"format": "openapi"}, redirects=True)
    paths = answers(answer, 200)["paths"]
    for path in ("/dcim/devices/", "/virtualization/virtual-machines/"):
        names = [row["name"] for row in paths[path]["get"]["parameters"]]
        true(f"{path} has filters", {"name", "status", "tenant", "role", "q"} <= set(names), names[:20])
        equal(f"{path}: each once", len(names), len(set(names)))


@checks("/api/docs/?format=openapi redirects to /api/swagger.json")
def openapi_redirect(on):
    answer = on.rest.call("GET", "docs/", params={"format": "openapi"})
    equal("status", answer.status_code, 301)
    true("Location", answer.headers["Location"].endswith("/api/swagger.json"), answer.headers["Location"])


@checks("devices and virtual machines: limit=0, depth=1, exclude_m2m=False")
def hosts(on):
    found = whole(on, "dcim/devices", depth=1, exclude_m2m="False")
    equal("all devices", len(found), on.rest.count("dcim/devices/"))
    for record in found:
        hold(record, DEVICE, f"device {record['name']}: ")
    (leaf,) = (record for record in found if record["name"] == "ams-leaf-01")
    equal(
        "addresses", (leaf["primary_ip4"]["address"], leaf["primary_ip6"]["address"]), ("10.0.0.1/24", "2001:db8::1/64")
    )
    equal("tags", [tag["name"] for tag in leaf["tags"]], ["prod"])
    for record in whole(on, "virtualization/virtual-machines", depth=1, exclude_m2m="False"):
        hold(record, MACHINE, f"virtual machine {record['name']}: ")


@checks("include=config_context")
def config_context(on):
    for path in ("dcim/devices", "virtualization/virtual-machines"):
        for record in whole(
            on, path, depth=1, exclude_m2m="False", include="config_context", name=["ams-leaf-01", "vm-01"]
        ):
            hold(record, {"config_context": "object"}, f"{path} {record['name']}: ")


@checks("hosts by filters, `null` and repeated values")
def filtered(on):
    def names(**parameters):
        return [row["name"] for row in whole(on, "dcim/devices", depth=1, exclude_m2m="False", **parameters)]

    equal("role", names(role=["Leaf", "Spine"], location="AMS"), ["ams-leaf-01", "ams-leaf-02", "ams-spine-01"])
    equal("has_primary_ip", names(has_primary_ip="True"), ["ams-leaf-01"])
    equal("no tenant", names(tenant="null", role="Leaf"), ["ams-leaf-02", "nyc-leaf-01"])
    equal("cf", names(cf_owner="Ann"), ["ams-leaf-01"])


@checks("lookups: limit=0 lists of everything that hosts refer to")
def lookups(on):
    rows = [
        ("dcim/platforms", {}, {"id": "filled", "name": "filled"}),
        (
            "dcim/locations",
            {"depth": 1},
            {
                "id": "filled",
                "name": "filled",
                "parent?.id": "filled",
                "location_type.name": "filled",
                "time_zone": "text?",
            },
        ),
        ("tenancy/tenants", {"depth": 1}, {"id": "filled", "name": "filled", "tenant_group?.name": "filled"}),
        ("dcim/racks", {"depth": 1}, {"id": "filled", "name": "filled", "rack_group?.id": "filled", "role": "any"}),
        ("dcim/rack-groups", {"depth": 1}, {"id": "filled", "name": "filled", "parent?.id": "filled"}),
        ("extras/roles", {}, {"id": "filled", "name": "filled"}),
        ("dcim/device-types", {}, {"id": "filled", "model": "filled"}),
        ("dcim/manufacturers", {}, {"id": "filled", "name": "filled"}),
        (
            "virtualization/clusters",
            {"depth": 1},
            {"id": "filled", "name": "filled", "cluster_type.name": "filled", "cluster_group": "any"},
        ),
    ]
    for path, parameters, wanted in rows:
        found = whole(on, path, **parameters)
        true(f"{path} has objects", found)
        for record in found:
            hold(record, wanted, f"{path}: ")


@checks("services of devices and machines, ids repeated")
def services(on):
    ids = [on.id("dcim/devices", name) for name in ("ams-leaf-01", "ams-leaf-02")]
    found = whole(on, "ipam/services", depth=1, exclude_m2m="False", device=ids)
    equal("services", [row["name"] for row in found], ["https"])
    hold(found[0], {"protocol.value": "filled", "ports": "list", "device.id": "filled", "ip_addresses": "list"})
    machine = on.id("virtualization/virtual-machines", "vm-01")
    equal("of the machine", whole(on, "ipam/services", depth=1, exclude_m2m="False", virtual_machine=[machine]), [])


@checks("interfaces of many devices: device_id repeated, ip_address_count")
def interfaces(on):
    ids = [on.id("dcim/devices", name) for name in ("ams-leaf-01", "ams-spine-01")]
    for depth in (1, 2):
        found = whole(on, "dcim/interfaces", depth=depth, device_id=ids, exclude_m2m="False")
        equal(f"devices at depth {depth}", {row["device"]["id"] for row in found}, set(ids))
        equal(f"interfaces at depth {depth}", len(found), 7 + 3)
        for row in found:
            hold(
                row,
                {
                    "id": "filled",
                    "name": "filled",
                    "ip_address_count": "int",
                    "device.id": "filled",
                    "type.value": "filled",
                },
            )
    (loopback,) = (row for row in found if row["name"] == "Loopback0")
    equal("addresses of the loopback", loopback["ip_address_count"], 2)
    machine = on.id("virtualization/virtual-machines", "vm-01")
    found = whole(on, "virtualization/interfaces", depth=1, virtual_machine_id=[machine], exclude_m2m="False")
    equal("of the machine", [row["name"] for row in found], ["eth0"])


@checks("addresses that are on interfaces: has_interface_assignments, device_id repeated")
def addresses(on):
    ids = [on.id("dcim/devices", name) for name in ("ams-leaf-01", "ams-leaf-02")]
    parameters = {"depth": 2, "has_interface_assignments": "true", "exclude_m2m": "False"}
    found = whole(on, "ipam/ip-addresses", device_id=ids, **parameters)
    equal("addresses", {row["address"] for row in found}, {"10.0.0.1/24", "2001:db8::1/64"})
    for row in found:
        hold(
            row,
            {"id": "filled", "address": "filled", "dns_name": "text", "interfaces": "list", "vm_interfaces": "list"},
        )
        equal(
            "interface", [one["id"] for one in row["interfaces"]], [on.id("dcim/interfaces", "ams-leaf-01 Loopback0")]
        )
    found = whole(
        on, "ipam/ip-addresses", virtual_machine_id=[on.id("virtualization/virtual-machines", "vm-01")], **parameters
    )
    equal("of the machine", [row["address"] for row in found], ["10.0.0.50/24"])
    equal(
        "its interface", [one["id"] for one in found[0]["vm_interfaces"]], [on.id("virtualization/interfaces", "eth0")]
    )


@checks("gql_inventory: devices and virtual machines in one query, with filters and paging")
def gql(on):
    query = """query {
      devices(role: ["Leaf"], limit: 2, offset: 0) {
        id name primary_ip4 { host } primary_ip6 { host } platform { napalm_driver } }
      virtual_machines(limit: 10, offset: 0) {
        id name primary_ip4 { host } primary_ip6 { host } platform { napalm_driver } } }"""
    data = answers(on.rest.post("graphql/", {"query": query}), 200)["data"]
    equal("devices", [row["name"] for row in data["devices"]], ["ams-leaf-01", "ams-leaf-02"])
    first = data["devices"][0]
    equal(
        "first",
        (first["primary_ip4"], first["primary_ip6"], first["platform"]),
        ({"host": "10.0.0.1"}, {"host": "2001:db8::1"}, {"napalm_driver": "ios"}),
    )
    equal("machines", [(row["name"], row["primary_ip4"]) for row in data["virtual_machines"]], [("vm-01", None)])
    second = answers(
        on.rest.post("graphql/", {"query": query.replace("offset: 0", "offset: 2"), "variables": None}), 200
    )["data"]
    equal("the next page", [row["name"] for row in second["devices"]], ["nyc-leaf-01"])


@checks("gql_inventory: a saved query by its name")
def saved_query(on):
    on.rest.made(
        "extras/graphql-queries/",
        {"name": "hosts of a role", "query": "query ($role: [String]) { devices(role: $role) { name } }"},
    )
    found = answers(on.rest.get("extras/graphql-queries/hosts%20of%20a%20role/"), 200)
    equal("found by name", found["name"], "hosts of a role")
    answer = on.rest.post(f"extras/graphql-queries/{found['id']}/run/", {"variables": {"role": ["Spine"]}})
    equal("run", answers(answer, 200)["data"], {"devices": [{"name": "ams-spine-01"}]})
    equal("listed", on.rest.count("extras/graphql-queries/", name="hosts of a role"), 1)
