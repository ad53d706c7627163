"""API.md §3: what hangs below a record: addresses and prefixes to take, notes, traces, elevations; GraphQL; records."""

import re
from concurrent.futures import ThreadPoolExecutor

import pynautobot
from kit.checks import Checks, Failed, equal, raises, short, true
from pynautobot.core.graphql import GraphQLException

checks = Checks("parts, GraphQL, records")

# Free-form JSON (API.md §3 c): what looks like a record in it is none.
FREE = (
    "custom_fields local_config_context_data config_context data object_data object_data_v2 default filter parameters"
)
FREE += " provided_contents extra_config headers config_schema napalm_args capabilities terminations result task_args"
FREE += " task_kwargs celery_kwargs meta variables source_filter destination_filter constraints config_data"
FREE = set(FREE.split())


def prefix(on, cidr):
    return on.nb.ipam.prefixes.get(prefix=cidr, namespace="Global")


@checks("§3 available_ips.list() and create(), one and several")
def available_ips(on):
    place = prefix(on, "10.0.1.0/24")
    free = [str(row.address) for row in place.available_ips.list(limit=3)]
    equal("free", free, ["10.0.1.1/24", "10.0.1.2/24", "10.0.1.3/24"])
    made = place.available_ips.create({"status": "Active"})
    equal("taken", made.address, "10.0.1.1/24")
    equal("parent", made.parent.id, place.id)
    several = place.available_ips.create([{"status": "Active"}, {"status": "Reserved", "dns_name": "x.example.com"}])
    equal("several", [row.address for row in several], ["10.0.1.2/24", "10.0.1.3/24"])
    equal("free after", str(place.available_ips.list(limit=1)[0].address), "10.0.1.4/24")


@checks("§3 a full prefix is an AllocationError, and takes nothing")
def full(on):
    place = prefix(on, "10.20.0.0/30")
    error = raises(
        "three of two", pynautobot.AllocationError, lambda: place.available_ips.create([{"status": "Active"}] * 3)
    )
    equal("status", error.req.status_code, 204)
    equal("nothing taken", on.nb.ipam.ip_addresses.count(parent=place.id), 0)
    equal("two fit", len(place.available_ips.create([{"status": "Active"}] * 2)), 2)
    raises("one more", pynautobot.AllocationError, lambda: place.available_ips.create({"status": "Active"}))


@checks("§3 addresses asked for at once are all different")
def at_once(on):
    place = prefix(on, "10.0.0.0/24")
    create = lambda _: prefix(on, "10.0.0.0/24").available_ips.create({"status": "Active"}).address
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(create, range(24)))
    equal("different", len(set(taken)), 24)
    on.nb.ipam.ip_addresses.delete(on.nb.ipam.ip_addresses.filter(parent=place.id, address=taken))


@checks("§3 available_prefixes.list() and create()")
def available_prefixes(on):
    place = prefix(on, "10.30.0.0/22")
    equal("all of it", [str(row.prefix) for row in place.available_prefixes.list()], ["10.30.0.0/22"])
    made = place.available_prefixes.create({"prefix_length": 24, "status": "Active"})
    equal("made", (made.prefix, made.parent.id), ("10.30.0.0/24", place.id))
    equal("rest", [str(row.prefix) for row in place.available_prefixes.list()], ["10.30.1.0/24", "10.30.2.0/23"])
    several = place.available_prefixes.create(
        [{"prefix_length": 25, "status": "Active"}, {"prefix_length": 23, "status": "Active"}]
    )
    equal("several", [row.prefix for row in several], ["10.30.1.0/25", "10.30.2.0/23"])
    raises(
        "no room",
        pynautobot.AllocationError,
        lambda: place.available_prefixes.create({"prefix_length": 23, "status": "Active"}),
    )
    raises(
        "too short",
        pynautobot.RequestError,
        lambda: place.available_prefixes.create({"prefix_length": 99, "status": "Active"}),
    )


@checks("§2 available-vlans of a group")
def available_vlans(on):
    group = on.id("ipam/vlan-groups", "AMS vlans")
    page = on.rest.get(f"ipam/vlan-groups/{group}/available-vlans/").json()
    equal("keys", set(page), {"count", "next", "previous", "results"})
    true("free ids", page["results"][:2] == [1, 2] and 10 not in page["results"], page)
    made = on.rest.made(f"ipam/vlan-groups/{group}/available-vlans/", {"name": "first", "status": "Active"})
    equal("vid", made["vid"], 1)


@checks("§3 notes.create() and notes.list()")
def notes(on):
    record = on.nb.dcim.devices.get(name="ams-leaf-01")
    made = record.notes.create({"note": "line card replaced"})
    equal("note", made.note, "line card replaced")
    equal("of", (made.assigned_object_type, made.assigned_object_id), ("dcim.device", record.id))
    true("display", str(made).startswith("admin - "), str(made))
    equal("list", [row.note for row in record.notes.list()], ["line card replaced"])
    equal("in the list of all", on.nb.extras.notes.get(made.id).note, "line card replaced")
    error = raises("no note", pynautobot.RequestError, lambda: record.notes.create({}))
    equal("body", error.req.json(), {"note": ["This field is required."]})


@checks("§3 interface.trace(): near, cable, far")
def trace(on):
    near = on.nb.dcim.interfaces.get(on.id("dcim/interfaces", "ams-leaf-01 GigabitEthernet1/0/1"))
    ((a, cable, b),) = near.trace()
    equal("ends", (a.name, b.name), ("GigabitEthernet1/0/1", "Ethernet1"))
    equal("devices", (a.device.name, b.device.name), ("ams-leaf-01", "ams-spine-01"))
    equal("cable", (cable.id, cable.label), (on.id("dcim/cables", "c1"), "c1"))
    equal("connected", (near.connected_endpoint.id, near.connected_endpoint_reachable), (b.id, True))
    equal("peer", (near.cable_peer.id, near.cable_peer_type), (b.id, "dcim.interface"))
    loose = on.nb.dcim.interfaces.get(on.id("dcim/interfaces", "ams-leaf-01 GigabitEthernet1/0/3"))
    true("an end without a cable has no path", all(hop[1] is None for hop in loose.trace()))


@checks("§3 rack.elevation lists the units")
def elevation(on):
    units = on.nb.dcim.racks.get(name="R1").elevation.list(face="front")
    by_id = {unit.id: unit for unit in units}
    equal("units", set(by_id), set(range(1, 43)))
    equal("the device", by_id[40].device.id, on.id("dcim/devices", "ams-leaf-01"))
    equal("a free unit", by_id[1].device, None)


@checks("§3 dynamic group members")
def members(on):
    fields = {"content_type": "dcim.device", "filter": {"name": ["ams-leaf-01", "ams-leaf-02"]}}
    group = on.nb.extras.dynamic_groups.create(name="leaves", **fields)
    equal("members", sorted(str(row) for row in group.members.list()), ["ams-leaf-01", "ams-leaf-02"])


@checks("§3 the virtual chassis: its master, its members")
def chassis(on):
    found = on.nb.dcim.virtual_chassis.get(name="stack-1")
    equal("master", found.master.id, on.id("dcim/devices", "ams-leaf-02"))
    equal("member_count", found.member_count, 1)
    device = on.nb.dcim.devices.get(name="ams-leaf-02")
    equal("of the device", (device["virtual_chassis"]["id"], device.vc_position), (found.id, 1))


@checks("§1.9 graphql.query: nested, filtered, with variables")
def graphql(on):
    query = """query ($role: [String]) { devices(role: $role, location: ["AMS"], limit: 5) {
        id name role { name } location { name parent { name } } tags { name } primary_ip4 { host }
        interfaces(name: ["Loopback0"]) { name type ip_addresses { address } } } }"""
    answer = on.nb.graphql.query(query=query, variables={"role": ["Leaf"]})
    equal("status", answer.status_code, 200)
    first = answer.json["data"]["devices"][0]
    equal(
        "name",
        (first["name"], first["role"], first["location"]),
        ("ams-leaf-01", {"name": "Leaf"}, {"name": "AMS", "parent": {"name": "Netherlands"}}),
    )
    equal("tags", first["tags"], [{"name": "prod"}])
    (interface,) = first["interfaces"]
    equal("type is an enum", (interface["name"], interface["type"]), ("Loopback0", "VIRTUAL"))
    equal("addresses", {row["address"] for row in interface["ip_addresses"]}, {"10.0.0.1/24", "2001:db8::1/64"})
    equal("primary", first["primary_ip4"], {"host": "10.0.0.1"})
    single = on.nb.graphql.query(query=f'{{ device(id: "{first["id"]}") {{ name }} }}')
    equal("one", single.json["data"], {"device": {"name": "ams-leaf-01"}})


@checks("§1.9 graphql errors: a wrong query is GraphQLException, a wrong filter an error beside data")
def graphql_errors(on):
    for text in ("{ devices { nope } }", "{ devices {", "mutation { x }", ""):
        error = raises(text, GraphQLException, lambda: on.nb.graphql.query(query=text))
        true(f"{text}: errors", error.status_code == 400 and error.errors[0]["message"], error.json)
    answer = on.nb.graphql.query(query='{ devices(tenant: ["Nope"]) { name } }').json
    true("a wrong filter", answer["errors"][0]["path"] == ["devices"] and answer["data"]["devices"] is None, answer)


@checks("§1.9 graphql introspection")
def introspection(on):
    answer = on.nb.graphql.query(query="{ __schema { queryType { fields { name } } } }").json
    names = {field["name"] for field in answer["data"]["__schema"]["queryType"]["fields"]}
    wanted = (
        "device devices ip_address ip_addresses interfaces prefixes virtual_machines vrfs vlans locations tenants tags"
    )
    true("fields", set(wanted.split()) <= names, sorted(names)[:40])


@checks("§3 saved queries: create, run by id, run from the record, with variables")
def saved_queries(on):
    text = 'query ($name: [String] = ["ams-leaf-01"]) { devices(name: $name) { name } }'
    made = on.nb.extras.graphql_queries.create(name="by name", query=text)
    equal("variables", made.variables, {"name": ["ams-leaf-01"]})
    answer = on.nb.extras.graphql_queries.run(made.id)
    equal("by id", answer, {"data": {"devices": [{"name": "ams-leaf-01"}]}, "errors": None})
    answer = on.nb.extras.graphql_queries.get(name="by name").run(variables={"name": ["nyc-leaf-01"]})
    equal("with variables", answer["data"], {"devices": [{"name": "nyc-leaf-01"}]})
    error = raises(
        "a wrong query",
        pynautobot.RequestError,
        lambda: on.nb.extras.graphql_queries.create(name="x", query="{ nope }"),
    )
    true("names the field", error.req.status_code == 400 and "query" in error.req.json(), error.req.text)


@checks("§3 b: what is missing is fetched from `url`")
def lazy(on):
    record = on.nb.dcim.devices.get(name="ams-leaf-01")
    equal("reference", record.device_type.manufacturer.name, "Cisco")
    equal("and on", record.location.parent.parent.name, "EU")
    equal("tags", [tag.color for tag in record.tags], ["4caf50"])
    equal("primary", record.primary_ip4.dns_name, "ams-leaf-01.example.com")


@checks("§3 e: str() of records")
def texts(on):
    rows = [
        (on.nb.dcim.locations.get(on.id("dcim/locations", "AMS")), "EU → Netherlands → AMS"),
        # The client has a text of its own for these.
        (on.nb.dcim.device_types.get(model="C9300-48"), "C9300-48"),
        (on.nb.ipam.prefixes.get(prefix="10.0.0.0/8"), "10.0.0.0/8: Global"),
        (on.nb.ipam.ip_addresses.get(address="2001:db8::1/64"), "2001:db8::1/64"),
        (on.nb.ipam.vlans.get(vid=10), "users (10)"),
        (on.nb.ipam.vrfs.get(name="red"), "Global: (red)"),
        (on.nb.dcim.cables.get(label="c1"), "GigabitEthernet1/0/1 <> Ethernet1"),
        (on.nb.extras.custom_fields.get(label="Owner"), "Owner"),
    ]
    for record, wanted in rows:
        equal(f"str() of a record of {record.endpoint.url}", str(record), wanted)


def records_in(value, path=""):
    """Every object of a document that is no free-form JSON, with where it is."""
    if isinstance(value, dict):
        yield path, value
        for key, item in value.items():
            if key not in FREE:
                yield from records_in(item, f"{path}.{key}")
    elif isinstance(value, list):
        for item in value:
            yield from records_in(item, f"{path}[]")


@checks("§3 a, d: every `url` of every list is an object's, and choices are no objects")
def record_rules(on):
    form = re.compile(re.escape(on.url) + r"/api/(plugins/)?[a-z0-9-]+/[a-z0-9-]+/[^/]+/$")
    seen = 0
    for app in ("dcim", "ipam", "extras", "tenancy", "virtualization", "users"):
        for name, address in on.rest.get(f"{app}/").json().items():
            answer = on.rest.call("GET", address, params={"limit": 20, "depth": 1, "exclude_m2m": "false"})
            if answer.status_code != 200 or "results" not in (page := answer.json()):
                continue
            for record in page["results"]:
                seen += 1
                for path, found in records_in(record):
                    url = found.get("url")
                    if "url" in found and not (isinstance(url, str) and form.match(url)):
                        raise Failed(f"{app}/{name}{path}.url is {short(url)}")
                    if set(found) >= {"value", "label"} and {"id", "url"} & set(found):
                        raise Failed(f"{app}/{name}{path}: a choice with id or url: {found}")
    true("records were seen", seen > 100, seen)


@checks("§3 c: every list becomes records without an error")
def all_lists(on):
    for app in ("dcim", "ipam", "extras", "tenancy", "virtualization", "users"):
        part = getattr(on.nb, app)
        for name in on.rest.get(f"{app}/").json():
            if on.rest.get(f"{app}/{name}/", limit=1).status_code == 200 and name != "config":
                for record in getattr(part, name.replace("-", "_")).filter(limit=20, offset=0):
                    true(f"{app}/{name}: text of a record", isinstance(str(record), str))
                    dict(record), record.serialize()
