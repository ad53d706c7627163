"""API.md §3: reading: all, filter, get, count, paging, threads, search, natural keys, errors of filters."""

import pynautobot
from kit.checks import Checks, equal, raises, true

from .session import CROWD, wire

checks = Checks("reading")
NOWHERE = "00000000-0000-4000-8000-000000000000"


def names(records):
    return [record.name for record in records]


def query(response):
    return response.request.path_url.partition("?")[2].split("&")


@checks("§3 all() reads more than a page: the first, then `limit=<count>&offset=<read>`, then `next` as it stands")
def everything(on):
    with wire(on.nb) as seen:
        found = on.nb.dcim.devices.all()
    equal("devices read", len(found), on.nb.dcim.devices.count())
    equal("each once", len({record.id for record in found}), len(found))
    true("the crowd is there", len(found) >= CROWD, len(found))
    equal("requests", len(seen), 3)
    equal("the first page", len(seen[0].json()["results"]), 50)
    true(
        "the second asks for all", {f"limit={len(found)}", "offset=50"} <= set(query(seen[1])), seen[1].request.path_url
    )
    equal("the second is capped", len(seen[1].json()["results"]), 1000)
    true(
        "the third is `next`",
        "limit=1000" in query(seen[2]) and "offset=1050" in query(seen[2]),
        seen[2].request.path_url,
    )


@checks("§3 all(limit=100) follows `next` in pages of 100")
def pages(on):
    with wire(on.nb) as seen:
        found = on.nb.dcim.devices.filter(device_type="Plain", limit=100)
    equal("devices", len(found), CROWD)
    equal("requests", len(seen), 13)
    equal("names in order", names(found), sorted(names(found), key=lambda name: int(name.split("-")[1])))


@checks("§3 limit with offset is that slice and nothing more")
def slices(on):
    with wire(on.nb) as seen:
        found = on.nb.dcim.devices.filter(device_type="Plain", limit=10, offset=20)
    equal("requests", len(seen), 1)
    equal("names", names(found), [f"srv-{number}" for number in range(20, 30)])


@checks("§1.3 `next` keeps all other parameters, sorted, and is absolute")
def next_link(on):
    page = on.rest.get("dcim/devices/", limit=2, offset=2, name__isw="srv", device_type="Plain").json()
    base = f"{on.url}/api/dcim/devices/?device_type=Plain&limit=2"
    equal("next", page["next"], f"{base}&name__isw=srv&offset=4")
    equal("previous", page["previous"], f"{base}&name__isw=srv")


@checks("§3 threading=True reads everything once, filtered too")
def threaded(on):
    nb = on.client(threading=True, max_workers=4)
    with wire(nb) as seen:
        found = nb.dcim.devices.all()
    true("the first asks limit=0", "limit=0" in query(seen[0]), seen[0].request.path_url)
    equal("devices", {record.id for record in found}, {record.id for record in on.nb.dcim.devices.all()})
    equal("each once", len(found), on.nb.dcim.devices.count())
    equal("filtered", len(nb.dcim.devices.filter(name__isw="srv-12")), 61)


@checks("§1.3 a page behind the end is empty, with `previous`")
def behind(on):
    page = on.rest.get("dcim/devices/", limit=100, offset=100_000).json()
    equal("results and next", (page["results"], page["next"]), ([], None))
    true("previous", isinstance(page["previous"], str), page["previous"])


@checks("§3 filter('text') searches; filter(name=[…]) is any of them")
def filters(on):
    equal("q", names(on.nb.dcim.devices.filter("ams-")), ["ams-leaf-01", "ams-leaf-02", "ams-spine-01"])
    equal(
        "names", names(on.nb.dcim.devices.filter(name=["nyc-leaf-01", "ams-leaf-01"])), ["ams-leaf-01", "nyc-leaf-01"]
    )
    equal("name__ic", names(on.nb.dcim.devices.filter(name__ic="LEAF")), ["ams-leaf-01", "ams-leaf-02", "nyc-leaf-01"])
    equal("two", names(on.nb.dcim.devices.filter(role="Leaf", location="NYC")), ["nyc-leaf-01"])
    equal("tree", names(on.nb.dcim.devices.filter(role="Leaf", location="EU")), ["ams-leaf-01", "ams-leaf-02"])
    equal("a boolean", names(on.nb.dcim.devices.filter(has_primary_ip=True)), ["ams-leaf-01"])
    equal("null", len(on.nb.dcim.devices.filter(platform="null", name__isw="ams")), 1)
    equal("cf_", names(on.nb.dcim.devices.filter(cf_owner="an")), ["ams-leaf-01"])
    equal("tag", names(on.nb.dcim.devices.filter(tags="prod")), ["ams-leaf-01"])
    equal("nothing", on.nb.dcim.devices.filter(name="nope"), [])


@checks("§3 count(), filtered and searched")
def counts(on):
    equal("all of a role", on.nb.dcim.devices.count(role="Leaf"), 3)
    equal("searched", on.nb.dcim.devices.count("ams-"), 3)
    equal("none", on.nb.dcim.devices.count(name="nope"), 0)


@checks("§3 get(uuid); one that is not there is None")
def by_id(on):
    wanted = on.id("dcim/devices", "ams-leaf-01")
    equal("get(uuid)", on.nb.dcim.devices.get(wanted).name, "ams-leaf-01")
    equal("get(UUID)", on.nb.dcim.devices.get(wanted.upper()).name, "ams-leaf-01")
    equal("get(unknown)", on.nb.dcim.devices.get(NOWHERE), None)
    equal("get(no uuid)", on.nb.dcim.devices.get("not-a-uuid"), None)


@checks("§1.4 get(composite key)")
def by_key(on):
    equal("a name", on.nb.dcim.manufacturers.get("Cisco").id, on.id("dcim/manufacturers", "Cisco"))
    equal("two parts", on.nb.dcim.device_types.get("Cisco;C9300-48").id, on.id("dcim/device-types", "C9300-48"))
    equal("a tree", on.nb.dcim.locations.get("AMS;Netherlands;EU").id, on.id("dcim/locations", "AMS"))
    equal("a root", on.nb.dcim.locations.get("EU").id, on.id("dcim/locations", "EU"))
    equal("a child by its name alone", on.nb.dcim.locations.get("AMS"), None)
    equal("which of two", on.nb.dcim.locations.get("Lab;US").id, on.id("dcim/locations", "Lab US"))


@checks("§3 get(k=v): one, none, several")
def by_filter(on):
    equal("one", on.nb.dcim.devices.get(name="ams-leaf-01").serial, "FCW1")
    equal("by two", on.nb.dcim.locations.get(name="Lab", parent="US").id, on.id("dcim/locations", "Lab US"))
    equal("none", on.nb.dcim.devices.get(name="nope"), None)
    error = raises("several", ValueError, lambda: on.nb.dcim.locations.get(name="Lab"))
    true("its text", str(error).startswith("get() returned more than one result."), error)


@checks("§1.5 filters that mean nothing are 400, as RequestError tells it")
def filter_errors(on):
    rows = [
        ({"bogus": 1}, {"bogus": ["Unknown filter field"]}),
        ({"tenant": "Nope"}, {"tenant": ["Select a valid choice. Nope is not one of the available choices."]}),
        ({"status": "Nope"}, {"status": ["Select a valid choice. Nope is not one of the available choices."]}),
        ({"id": "x"}, {"id": ["Enter a valid UUID."]}),
        ({"created__gte": "x"}, {"created__gte": ["Enter a valid date/time."]}),
        ({"ordering": "name"}, {"ordering": ["Unknown filter field"]}),
    ]
    for parameters, body in rows:
        error = raises(f"{parameters}", pynautobot.RequestError, lambda: on.nb.dcim.devices.filter(**parameters))
        equal(f"{parameters}", str(error), f"The request failed with code 400 Bad Request: {body}")


@checks("§1.1 a wrong token is 403")
def wrong_token(on):
    nb = pynautobot.api(on.url, token="f" * 40)
    error = raises("all()", pynautobot.RequestError, lambda: nb.dcim.devices.all())
    equal("text", str(error), "The request failed with code 403 Forbidden: {'detail': 'Invalid token'}")


@checks("§3 an endpoint that is not there is RequestError with 404")
def no_endpoint(on):
    error = raises("all()", pynautobot.RequestError, lambda: on.nb.dcim.nope.all())
    equal("status", error.req.status_code, 404)
    equal("body", error.req.json(), {"detail": "Not found."})


@checks("§1.4 exclude_m2m: as said for all, in each of its three states")
def many_to_many(on):
    wanted = on.id("dcim/devices", "ams-leaf-01")
    tags = [on.id("extras/tags", "prod")]
    equal("False", [tag.id for tag in on.client(exclude_m2m=False).dcim.devices.get(wanted).tags], tags)
    equal("unsaid", [tag.id for tag in on.nb.dcim.devices.get(wanted).tags], tags)
    with wire(without := on.client(exclude_m2m=True)) as seen:
        without.dcim.devices.filter(name="ams-leaf-01")
    true("True has no tags", "tags" not in seen[0].json()["results"][0], seen[0].text)


@checks("§1.4 include_default=config_context shows it; without it is absent")
def include(on):
    found = on.client(include_default="config_context").dcim.devices.get(name="ams-leaf-01")
    equal("config_context", type(dict(found)["config_context"]), dict)
    true("absent by default", "config_context" not in dict(on.nb.dcim.devices.get(name="ams-leaf-01")))


@checks("§1.4 depth=1 nests, and pynautobot makes records of it")
def depth(on):
    with wire(on.nb) as seen:
        found = on.nb.dcim.devices.get(name="ams-leaf-01", depth=1)
        texts = (found.location.name, found.device_type.model, found.status.name, found.tenant.name, str(found.role))
    equal("nested", texts, ("AMS", "C9300-48", "Active", "Acme", "Leaf"))
    equal("requests", len(seen), 1)


@checks("§3 retries: works, and a refused POST is sent once")
def retries(on):
    nb = on.client(retries=2)
    equal("a GET", nb.dcim.devices.get(name="ams-leaf-01").name, "ams-leaf-01")
    with wire(nb) as seen:
        raises("a bad POST", pynautobot.RequestError, lambda: nb.tenancy.tenants.create(name=""))
    equal("answers", [response.status_code for response in seen], [400])
    equal("sent once", len(seen[0].raw.retries.history), 0)


@checks("§6.3 a hundred small questions at once")
def many_at_once(on):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda n: on.client().dcim.devices.get(name=f"srv-{n}").name, range(100)))
    equal("names", found, [f"srv-{number}" for number in range(100)])
