"""API.md §3: writing: create, save, update, delete, single and bulk; what is sent; errors."""

import json

import pynautobot
from kit.checks import Checks, equal, raises, true
from kit.rest import UUID

from .session import wire

checks = Checks("writing")
NOWHERE = "00000000-0000-4000-8000-000000000000"


def sent(response):
    return json.loads(response.request.body)


@checks("§3 create(**fields) is a Record of what was stored")
def create(on):
    made = on.nb.tenancy.tenants.create(name="  made  ", description="x", tags=[{"name": "prod"}], bogus=1)
    true("id", UUID.match(made.id), made.id)
    equal("trimmed", made.name, "made")
    equal("str()", str(made), "made")
    equal("tags", [str(tag.id) for tag in made.tags], [on.id("extras/tags", "prod")])
    equal("read again", on.nb.tenancy.tenants.get(name="made").description, "x")
    true("in the change log", on.nb.extras.object_changes.count(changed_object_id=made.id) == 1)


@checks("§3 create([…]) is a list of Records, in order")
def create_many(on):
    made = on.nb.tenancy.tenants.create([{"name": f"many-{n}"} for n in (3, 1, 2)])
    equal("names", [record.name for record in made], ["many-3", "many-1", "many-2"])
    equal("stored", on.nb.tenancy.tenants.count(name__isw="many-"), 3)
    equal("an empty list", on.nb.tenancy.tenants.create([]), [])


@checks("§1.4 the client may give the id; the same again is 400")
def own_id(on):
    wanted = "0d7c6c7e-6d4b-4b7e-9c2e-3b1a5a4b1c2d"
    equal("id", on.nb.tenancy.tenants.create(id=wanted, name="own id").id, wanted)
    error = raises("again", pynautobot.RequestError, lambda: on.nb.tenancy.tenants.create(id=wanted, name="own id 2"))
    equal("status", error.req.status_code, 400)
    true("names the field", "id" in error.req.json(), error.req.text)


@checks("§1.7 errors of create, as RequestError tells them")
def create_errors(on):
    device = {
        "name": "x",
        "device_type": {"model": "R640"},
        "role": "Server",
        "status": "Active",
        "location": {"name": "NYC"},
    }
    rows = [
        (on.nb.tenancy.tenants, {}, {"name": ["This field is required."]}),
        (on.nb.tenancy.tenants, {"name": None}, {"name": ["This field may not be null."]}),
        (on.nb.tenancy.tenants, {"name": ""}, {"name": ["This field may not be blank."]}),
        (on.nb.tenancy.tenants, {"name": "Acme"}, {"name": ["tenant with this name already exists."]}),
        (
            on.nb.dcim.devices,
            {**device, "location": {"name": "Nope"}},
            {"location": ["Related object not found using the provided attributes: {'name': 'Nope'}"]},
        ),
        (
            on.nb.dcim.devices,
            {**device, "device_type": "C9300-48"},
            {"device_type": ["Related object not found using provided composite-key: C9300-48"]},
        ),
        (
            on.nb.dcim.devices,
            {**device, "location": {"name": "Lab"}},
            {"location": ["Multiple objects match the provided attributes: {'name': 'Lab'}"]},
        ),
        (on.nb.dcim.devices, {**device, "face": "top"}, {"face": ["top is not a valid choice."]}),
        (on.nb.dcim.devices, {**device, "position": "x"}, {"position": ["A valid integer is required."]}),
        (
            on.nb.dcim.device_types,
            {"manufacturer": "Cisco", "model": "C9300-48"},
            {"non_field_errors": ["The fields manufacturer, model must make a unique set."]},
        ),
        (
            on.nb.ipam.ip_addresses,
            {"address": "192.0.2.1/24", "status": "Active", "namespace": "Global"},
            {"namespace": ["No suitable parent Prefix for 192.0.2.1 exists in Namespace Global"]},
        ),
        (
            on.nb.ipam.prefixes,
            {"prefix": "10.0.0.0/24", "status": "Active", "namespace": {"name": "Global"}},
            {"__all__": ["Prefix with this Namespace, Network and Prefix length already exists."]},
        ),
    ]
    for endpoint, fields, body in rows:
        error = raises(f"{endpoint.url} {fields}", pynautobot.RequestError, lambda: endpoint.create(**fields))
        equal(f"{endpoint.url} {fields}", str(error), f"The request failed with code 400 Bad Request: {body}")


@checks("§1.6 a list with bad items is 400, item by item, and nothing is stored")
def create_many_errors(on):
    before = on.nb.tenancy.tenants.count()
    rows = [{"name": "mixed-a"}, {"name": "Acme"}, {"description": "no name"}]
    error = raises("create", pynautobot.RequestError, lambda: on.nb.tenancy.tenants.create(rows))
    wanted = [{}, {"name": ["tenant with this name already exists."]}, {"name": ["This field is required."]}]
    equal("body", error.req.json(), wanted)
    equal("nothing stored", on.nb.tenancy.tenants.count(), before)


@checks("§3 record.save() sends the changed keys only; without a change it asks nothing")
def save(on):
    record = on.nb.dcim.devices.get(name="ams-leaf-02")
    with wire(on.nb) as seen:
        equal("save() without a change", record.save(), False)
        record.serial = "FCW2-new"
        record.comments = "changed"
        equal("save()", record.save(), True)
    (answer,) = seen
    equal("what was sent", sent(answer), {"serial": "FCW2-new", "comments": "changed"})
    equal("method", answer.request.method, "PATCH")
    equal("stored", on.nb.dcim.devices.get(record.id).serial, "FCW2-new")


@checks("§3 save() of a reference, a choice, tags and custom fields")
def save_kinds(on):
    record = on.nb.dcim.devices.get(name="nyc-leaf-01")
    with wire(on.nb) as seen:
        record.tenant = on.id("tenancy/tenants", "Globex")
        record.status = {"name": "Planned"}
        record.tags = [on.id("extras/tags", "lab")]
        record.custom_fields = {"owner": "Bob", "stage": "live"}
        record.save()
    equal("keys sent", set(sent(seen[0])), {"tenant", "status", "tags", "custom_fields"})
    found = on.nb.dcim.devices.get(record.id)
    equal("tenant", found.tenant.name, "Globex")
    equal("status", str(found.status.name), "Planned")
    equal("tags", [tag.name for tag in found.tags], ["lab"])
    equal("custom fields are merged", found.custom_fields, {"owner": "Bob", "stage": "live", "units": None})
    prefix = on.nb.ipam.prefixes.get(prefix="10.0.1.0/24", namespace="Global")
    equal("a choice is a record of value and label", (prefix.type.value, prefix.type.label), ("network", "Network"))
    prefix.type = "pool"
    prefix.save()
    # The client compares with what it got first, so a second change starts from a fresh record.
    prefix = on.nb.ipam.prefixes.get(prefix.id)
    equal("changed", prefix.type.value, "pool")
    equal("back by update()", prefix.update({"type": "network", "tenant": None}), True)
    found.tags = []
    found.save()
    equal("cleared", on.nb.dcim.devices.get(record.id).tags, [])


@checks("§3 update(id=, data=) and update of what is not there")
def update_one(on):
    wanted = on.id("tenancy/tenants", "Initech")
    with wire(on.nb) as seen:
        equal("update()", on.nb.tenancy.tenants.update(id=wanted, data={"description": "by id"}), True)
    equal("sent", sent(seen[0]), {"description": "by id"})
    equal("stored", on.nb.tenancy.tenants.get(wanted).description, "by id")
    error = raises(
        "unknown", pynautobot.RequestError, lambda: on.nb.tenancy.tenants.update(id=NOWHERE, data={"name": "x"})
    )
    equal("status", error.req.status_code, 404)


@checks("§3 update([records]) and update([dicts]) are one PATCH of a list")
def update_many(on):
    on.nb.tenancy.tenants.create([{"name": f"up-{n}"} for n in range(3)])
    records = on.nb.tenancy.tenants.filter(name__isw="up-")
    for record in records:
        record.description = f"of {record.name}"
    with wire(on.nb) as seen:
        updated = on.nb.tenancy.tenants.update(records)
    equal("requests", [answer.request.method for answer in seen], ["PATCH"])
    equal("only changed keys and the id", set(sent(seen[0])[0]), {"description", "id"})
    equal("descriptions", {record.description for record in updated}, {"of up-0", "of up-1", "of up-2"})
    rows = [{"id": records[0].id, "comments": "c"}, {"id": NOWHERE, "comments": "c"}]
    equal("unknown ids are left out", [record.id for record in on.nb.tenancy.tenants.update(rows)], [records[0].id])
    error = raises("no id", pynautobot.RequestError, lambda: on.nb.tenancy.tenants.update([{"comments": "c"}]))
    equal("body", error.req.json(), [{"id": ["This field is required."]}])


@checks("§1.6 a list update with one bad item changes nothing")
def update_many_errors(on):
    first, second = on.nb.tenancy.tenants.create([{"name": "half-1"}, {"name": "half-2"}])
    rows = [{"id": first.id, "description": "half"}, {"id": second.id, "name": ""}]
    error = raises("update", pynautobot.RequestError, lambda: on.nb.tenancy.tenants.update(rows))
    equal("body", error.req.json(), {"name": ["This field may not be blank."]})
    equal("nothing changed", on.nb.tenancy.tenants.get(first.id).description, "")


@checks("§3 record.delete(), and delete([…]) of records and ids")
def delete(on):
    made = on.nb.tenancy.tenants.create([{"name": f"gone-{n}"} for n in range(3)])
    equal("one", made[0].delete(), True)
    with wire(on.nb) as seen:
        equal("several", on.nb.tenancy.tenants.delete([made[1], made[2].id, NOWHERE]), True)
    equal("as the contract says", (seen[0].request.method, seen[0].status_code), ("DELETE", 204))
    equal("gone", on.nb.tenancy.tenants.count(name__isw="gone-"), 0)
    equal("an empty list", on.nb.tenancy.tenants.delete([]), True)
    error = raises("again", pynautobot.RequestError, made[0].delete)
    equal("status", error.req.status_code, 404)


@checks("§1.6 a protected delete is 409 and names what is in the way")
def protected(on):
    record = on.nb.dcim.manufacturers.get(name="Cisco")
    for call in (record.delete, lambda: on.nb.dcim.manufacturers.delete([record])):
        error = raises("delete", pynautobot.RequestError, call)
        equal("status", error.req.status_code, 409)
        text = error.req.json()["detail"]
        true("text", text.startswith("Unable to delete object. 2 dependent objects were found: "), text)
        true("device type", f"C9300-48 ({on.id('dcim/device-types', 'C9300-48')})" in text, text)
        true("platform", f"ios ({on.id('dcim/platforms', 'ios')})" in text, text)
    true("still there", on.nb.dcim.manufacturers.get(record.id) is not None)


@checks("§1.6 every form of a reference")
def references(on):
    place = on.world["dcim/locations", "AMS"]
    forms = [
        place["id"],
        {"id": place["id"]},
        {"url": place["url"], "name": "ignored"},
        {"name": "AMS", "parent": {"name": "Netherlands"}},
        {"name": "Lab", "parent__name": "US"},
        place["url"],
        "AMS;Netherlands;EU",
    ]
    device = {"device_type": {"model": "R640", "manufacturer": {"name": "Dell"}}, "role": "Server", "status": "Active"}
    for number, form in enumerate(forms):
        made = on.nb.dcim.devices.create(name=f"ref-{number}", location=form, **device)
        wanted = on.id("dcim/locations", "Lab US") if "parent__name" in form else place["id"]
        equal(f"location {form}", made.location.id, wanted)
    on.nb.dcim.devices.delete(on.nb.dcim.devices.filter(name__isw="ref-"))


@checks("§1.4 writes take exclude_m2m and include as parameters")
def parameters(on):
    nb = on.client(exclude_m2m=True, include_default="computed_fields")
    with wire(nb) as seen:
        made = nb.tenancy.tenants.create(name="params", tags=["prod"])
        made.description = "x"
        made.save()
    for answer in seen:
        true(
            "parameters", "exclude_m2m=True&include=computed_fields" in answer.request.path_url, answer.request.path_url
        )
    equal("stored", len(on.nb.tenancy.tenants.get(made.id).tags), 1)
    true("no tags shown", "tags" not in seen[0].json(), seen[0].text)


@checks("§5 the change log tells who, what and in which request")
def change_log(on):
    made = on.nb.tenancy.tenants.create([{"name": "log-1"}, {"name": "log-2"}])
    made[0].description = "second"
    made[0].save()
    made[0].delete()
    rows = on.nb.extras.object_changes.filter(changed_object_id=made[0].id, sort="time")
    equal("actions", [row.action.value for row in rows], ["create", "update", "delete"])
    equal("type", {row.changed_object_type for row in rows}, {"tenancy.tenant"})
    other = on.nb.extras.object_changes.get(changed_object_id=made[1].id)
    equal("one request, one id", other.request_id, rows[0].request_id)
    true("three requests, three ids", len({row.request_id for row in rows}) == 3)
    equal("object_repr", rows[1].object_repr, "log-1")
    equal("object_data", (rows[1].object_data["description"], rows[0].object_data["description"]), ("second", ""))
    equal("context", (rows[0].change_context, rows[0].change_context_detail), ("web", "tenancy-api:tenant-list"))
    equal("display", str(rows[0].display), f"Tenancy | tenant log-1 created by {rows[0].user_name}")
    equal("filtered", len(on.nb.extras.object_changes.filter(request_id=rows[0].request_id, action="create")), 2)
