"""The issue's list: bulk with one bad item, duplicates in one list, rings in trees, races; nothing is half-written."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from kit.checks import Checks, Failed, equal, true
from kit.rest import Rest, answers, described

from .session import NOWHERE, refused, survived

checks = Checks("writes that must not be half done")


def log(on):
    return on.rest.count("extras/object-changes/")


@checks("10,000 in one list and one of them bad: 400 that names it, nothing stored, nothing logged")
def one_bad_in_many(on):
    before, logged = on.rest.count("tenancy/tenants/"), log(on)
    rows = [{"name": f"bulk-{n}"} for n in range(10_000)]
    rows[7_777] = {"name": ""}
    errors = answers(on.rest.post("tenancy/tenants/", rows), 400)
    equal("as long as the list", len(errors), 10_000)
    equal("the bad one", errors[7_777], {"name": ["This field may not be blank."]})
    equal("no other", sum(1 for error in errors if error), 1)
    equal("nothing stored", (on.rest.count("tenancy/tenants/"), log(on)), (before, logged))


@checks("10,000 in one list, all good: stored, each once, then deleted in one")
def many(on):
    before = on.rest.count("tenancy/tenants/")
    made = on.rest.made("tenancy/tenants/", [{"name": f"bulk-{n}"} for n in range(10_000)])
    equal("in order", [row["name"] for row in made[::999]], [f"bulk-{n}" for n in range(0, 10_000, 999)])
    equal("stored", on.rest.count("tenancy/tenants/"), before + 10_000)
    answers(on.rest.delete("tenancy/tenants/", [{"id": row["id"]} for row in made]), 204)
    equal("deleted", on.rest.count("tenancy/tenants/"), before)


@checks("a bad reference, a duplicate and a broken rule in a list: nothing of it is stored")
def several_bad(on):
    good = {"status": "Active", "namespace": "Global"}
    rows = [{"prefix": f"10.60.{n}.0/24", **good} for n in range(200)]
    for position, change in ((150, {"prefix": "10.0.0.0/8"}), (151, {"status": "Nope"}), (152, {"prefix": "x"})):
        bad = [dict(row) for row in rows]
        bad[position].update(change)
        before, logged = on.rest.count("ipam/prefixes/"), log(on)
        errors = answers(on.rest.post("ipam/prefixes/", bad), 400)
        true(
            f"names item {position}",
            isinstance(errors, list) and errors[position] and not errors[0],
            errors[position] if isinstance(errors, list) else errors,
        )
        equal("nothing stored", (on.rest.count("ipam/prefixes/"), log(on)), (before, logged))


@checks("§6.3 the same twice inside one list: 400, nothing stored")
def twice_in_a_list(on):
    rows = [
        ("tenancy/tenants", [{"name": "twice"}, {"name": "other"}, {"name": "twice"}]),
        (
            "ipam/prefixes",
            [{"prefix": "10.61.0.0/24", "status": "Active"}, {"prefix": "10.61.0.5/24", "status": "Active"}],
        ),
        (
            "ipam/ip-addresses",
            [
                {"address": "10.0.0.90/24", "status": "Active", "namespace": "Global"},
                {"address": "10.0.0.90/32", "status": "Active", "namespace": "Global"},
            ],
        ),
        (
            "dcim/device-types",
            [{"manufacturer": "Dell", "model": "twice"}, {"manufacturer": {"name": "Dell"}, "model": "twice"}],
        ),
        ("dcim/locations", [{"name": "twice", "location_type": "Region", "status": "Active"}] * 2),
        (
            "dcim/devices",
            [
                {
                    "name": "twice",
                    "device_type": {"model": "R640"},
                    "role": "Server",
                    "status": "Active",
                    "location": {"name": "NYC"},
                }
            ]
            * 2,
        ),
        (
            "ipam/vlans",
            [
                {"vid": 150, "name": "a", "vlan_group": "AMS vlans", "status": "Active"},
                {"vid": 150, "name": "b", "vlan_group": "AMS vlans", "status": "Active"},
            ],
        ),
    ]
    for endpoint, body in rows:
        before = on.rest.count(f"{endpoint}/")
        answer = refused(on.rest.post(f"{endpoint}/", body))
        equal(f"{endpoint}: status", answer.status_code, 400)
        equal(f"{endpoint}: nothing stored", on.rest.count(f"{endpoint}/"), before)
    same = {"id": "11111111-1111-4111-8111-111111111111"}
    answer = refused(on.rest.post("tenancy/tenants/", [{**same, "name": "id 1"}, {**same, "name": "id 2"}]))
    equal("one id twice", answer.status_code, 400)


@checks("rings in trees are refused: a parent of itself, of its child, in one list")
def rings(on):
    for endpoint, fields in (
        ("tenancy/tenant-groups", {}),
        ("dcim/location-types", {"nestable": True}),
        ("dcim/rack-groups", {"location": on.id("dcim/locations", "NYC")}),
    ):
        a = on.rest.made(f"{endpoint}/", {"name": "ring a", **fields})["id"]
        b = on.rest.made(f"{endpoint}/", {"name": "ring b", "parent": a, **fields})["id"]
        c = on.rest.made(f"{endpoint}/", {"name": "ring c", "parent": b, **fields})["id"]
        for child, parent in ((a, a), (a, b), (a, c)):
            answer = refused(on.rest.patch(f"{endpoint}/{child}/", {"parent": parent}))
            equal(f"{endpoint}: status", answer.status_code, 400)
        equal(f"{endpoint}: unchanged", answers(on.rest.get(f"{endpoint}/{a}/"), 200)["parent"], None)
        d = on.rest.made(f"{endpoint}/", {"name": "ring d", **fields})["id"]
        refused(on.rest.patch(f"{endpoint}/", [{"id": a, "parent": d}, {"id": d, "parent": a}]))
        equal(f"{endpoint}: nothing of the list", answers(on.rest.get(f"{endpoint}/{a}/"), 200)["parent"], None)
    place = on.rest.made("dcim/locations/", {"name": "ring", "location_type": "Region", "status": "Active"})["id"]
    below = on.rest.made(
        "dcim/locations/", {"name": "ring below", "location_type": "Region", "status": "Active", "parent": place}
    )["id"]
    refused(on.rest.patch(f"dcim/locations/{place}/", {"parent": below}))
    lag = on.id("dcim/interfaces", "Port-channel1")
    refused(on.rest.patch(f"dcim/interfaces/{lag}/", {"lag": lag}))
    refused(on.rest.patch(f"dcim/interfaces/{lag}/", {"bridge": lag}))


@checks("a cable to itself, to what is taken, to what cannot be cabled")
def cables(on):
    near, loose, loopback = (
        on.id("dcim/interfaces", f"ams-leaf-01 {name}")
        for name in ("GigabitEthernet1/0/1", "GigabitEthernet1/0/3", "Loopback0")
    )
    for a, b in (
        (loose, loose),
        (loose, near),
        (loose, loopback),
        (loose, NOWHERE),
        (loose, on.id("dcim/interfaces", "Port-channel1")),
    ):
        body = {
            "termination_a_type": "dcim.interface",
            "termination_a_id": a,
            "termination_b_type": "dcim.interface",
            "termination_b_id": b,
            "status": "Connected",
        }
        refused(on.rest.post("dcim/cables/", body))
    body["termination_b_type"] = "dcim.device"
    body["termination_b_id"] = on.id("dcim/devices", "ams-leaf-02")
    refused(on.rest.post("dcim/cables/", body))
    equal("one cable", on.rest.count("dcim/cables/"), 1)


def together(on, count, act):
    """`act(rest, number)` from that many threads, all started at the same moment, each with a session of its own."""
    start = Barrier(count)

    def go(number):
        rest = Rest(on.url, on.token)
        start.wait(30)
        return act(rest, number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(go, range(count)))


def one_wins(what, found):
    made = [answer for answer in found if answer.status_code == 201]
    for answer in found:
        if answer.status_code != 201:
            refused(answer)
            if answer.status_code != 400:
                raise Failed(f"{what}: a loser should get 400: {described(answer)}")
    equal(f"{what}: winners", len(made), 1)


@checks("16 creates of one natural key at once: one 201, the others 400")
def race(on):
    good = {"status": "Active", "namespace": "Global"}
    rows = [
        ("tenancy/tenants", lambda n: {"name": "race"}),
        ("dcim/locations", lambda n: {"name": "race", "location_type": "Region", "status": "Active"}),
        (
            "dcim/locations",
            lambda n: {"name": "race below", "location_type": "Site", "status": "Active", "parent": "US"},
        ),
        ("ipam/prefixes", lambda n: {"prefix": f"10.70.0.{n}/24", **good}),
        ("ipam/ip-addresses", lambda n: {"address": "10.0.0.91/24", **good}),
        (
            "dcim/devices",
            lambda n: {
                "name": "race",
                "device_type": {"model": "C9300-48"},
                "role": "Leaf",
                "status": "Active",
                "location": {"name": "NYC"},
            },
        ),
        ("ipam/vlans", lambda n: {"vid": 160, "name": f"race {n}", "vlan_group": "AMS vlans", "status": "Active"}),
        ("extras/tags", lambda n: {"name": "race", "content_types": ["dcim.device"]}),
    ]
    for endpoint, body in rows:
        one_wins(endpoint, together(on, 16, lambda rest, n: rest.post(f"{endpoint}/", body(n))))
    equal("one device with its interfaces", on.rest.count("dcim/interfaces/", device="race"), 6)
    one_wins(
        "lists",
        together(
            on, 8, lambda rest, n: rest.post("tenancy/tenants/", [{"name": f"list race {i}"} for i in range(200)])
        ),
    )
    equal("one list", on.rest.count("tenancy/tenants/", name__isw="list race"), 200)


@checks("deletes at once: one 204, the others 404; a create beside its parent's delete")
def delete_races(on):
    place = on.rest.made("tenancy/tenants/", {"name": "delete race"})["id"]
    found = together(on, 12, lambda rest, n: rest.delete(f"tenancy/tenants/{place}/"))
    equal("statuses", sorted(answer.status_code for answer in found), [204] + [404] * 11)
    for turn in range(10):
        maker = on.rest.made("dcim/manufacturers/", {"name": f"race {turn}"})["id"]

        def act(rest, n):
            if n == 0:
                return rest.delete(f"dcim/manufacturers/{maker}/")
            return rest.post("dcim/device-types/", {"manufacturer": maker, "model": f"race {n}"})

        found = together(on, 5, act)
        for answer in found:
            survived(answer)
        types = on.rest.found("dcim/device-types/", model__isw="race ", limit=100)
        if found[0].status_code == 204:
            equal("nothing hangs in the air", types, [])
        else:
            equal("refused", found[0].status_code, 409)
            equal("all types are there", len(types), 4)
            answers(on.rest.delete("dcim/device-types/", [{"id": row["id"]} for row in types]), 204)
            answers(on.rest.delete(f"dcim/manufacturers/{maker}/"), 204)


@checks("updates at once: the last one stands whole, and each is logged")
def update_races(on):
    place = on.rest.made("tenancy/tenants/", {"name": "update race"})["id"]
    found = together(
        on, 12, lambda rest, n: rest.patch(f"tenancy/tenants/{place}/", {"description": f"d{n}", "comments": f"d{n}"})
    )
    equal("statuses", {answer.status_code for answer in found}, {200})
    now = answers(on.rest.get(f"tenancy/tenants/{place}/"), 200)
    equal("both fields of one", now["description"], now["comments"])
    equal("logged", on.rest.count("extras/object-changes/", changed_object_id=place), 13)


@checks("prefixes and addresses at once: every parent is the closest")
def parents(on):
    lengths = [(f"10.71.{n * 16}.0/20", f"10.71.{n * 16}.0/24", f"10.71.{n * 16}.0/28") for n in range(4)]
    cidrs = ["10.71.0.0/16", *(cidr for row in lengths for cidr in row)]
    found = together(
        on,
        len(cidrs),
        lambda rest, n: rest.post("ipam/prefixes/", {"prefix": cidrs[n], "status": "Active", "namespace": "Global"}),
    )
    equal("made", {answer.status_code for answer in found}, {201})
    ids = {answer.json()["prefix"]: answer.json()["id"] for answer in found}
    for wide, middle, narrow in lengths:
        for child, parent in ((wide, "10.71.0.0/16"), (middle, wide), (narrow, middle)):
            now = answers(on.rest.get(f"ipam/prefixes/{ids[child]}/"), 200)
            equal(f"parent of {child}", now["parent"]["id"], ids[parent])


@checks("what cannot be changed: types, keys, owners")
def immutable(on):
    rows = [
        ("dcim/locations", "AMS", {"location_type": "Region", "parent": None}),
        ("extras/custom-fields", "Owner", {"type": "integer"}),
        ("extras/custom-fields", "Owner", {"key": "other"}),
        ("ipam/ip-addresses", "10.0.0.1", {"address": "10.0.0.200/24"}),
        ("extras/tags", "prod", {"content_types": ["dcim.cable"]}),
        ("dcim/location-types", "Site", {"content_types": ["dcim.rack"]}),
        ("dcim/location-types", "Region", {"nestable": False}),
    ]
    for endpoint, name, body in rows:
        place = f"{endpoint}/{on.id(endpoint, name)}/"
        before = answers(on.rest.get(place), 200)
        answer = refused(on.rest.patch(place, body))
        equal(f"{endpoint} {name} {body}: status", answer.status_code, 400)
        after = answers(on.rest.get(place), 200)
        equal(f"{endpoint} {name}: unchanged", {key: after[key] for key in body}, {key: before[key] for key in body})


@checks("§1.6 deletes of what others need are 409, and nothing of the list is deleted")
def protected(on):
    free = on.rest.made("extras/statuses/", {"name": "free", "content_types": ["dcim.device"]})["id"]
    used = on.rest.one("extras/statuses/", name="Active")["id"]
    answers(on.rest.delete("extras/statuses/", [{"id": free}, {"id": used}]), 409)
    answers(on.rest.get(f"extras/statuses/{free}/"), 200)
    for endpoint, name in (
        ("dcim/locations", "AMS"),
        ("dcim/manufacturers", "Cisco"),
        ("ipam/prefixes", "2001:db8::/64"),
        ("tenancy/tenants", "Acme"),
    ):
        body = answers(on.rest.delete(f"{endpoint}/{on.id(endpoint, name)}/"), 409)
        true("says what is in the way", body["detail"].startswith("Unable to delete object. "), body)
