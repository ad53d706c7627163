"""What users define: relationships, computed fields, config contexts, metadata.

§3 (a): pynautobot takes every object with a `url` for a record, at any depth."""

from kit.checks import Checks, equal, true

checks = Checks("what users define")


@checks("§3 (a) a record with relationships is fetched, and what it is joined to is a record that can be asked")
def relationships(on):
    wanted = on.id("dcim/devices", "ams-leaf-01")
    nb = on.client(include_default="relationships")
    nb.extras.relationships.create(
        label="Served VLANs", type="many-to-many", source_type="dcim.device", destination_type="ipam.vlan"
    )
    vlan = nb.ipam.vlans.filter(limit=1)[0]
    device = nb.dcim.devices.get(wanted)
    empty = device.relationships.served_vlans
    equal("nothing yet", (str(empty.label), empty.destination.objects), ("Served VLANs", []))
    joined = {"served_vlans": {"destination": {"objects": [{"id": vlan.id}]}}}
    true("update()", device.update({"relationships": joined}))
    for depth in (0, 1):
        device = nb.dcim.devices.get(wanted, depth=depth)
        served = device.relationships.served_vlans
        equal(f"of which definition, depth {depth}", served.url, nb.extras.relationships.get(key="served_vlans").url)
        other = served.destination.objects[0]
        equal(f"its fields, depth {depth}", (other.id, other.vid, other.name), (vlan.id, vlan.vid, vlan.name))
    found = [device for device in nb.dcim.devices.all() if str(device.id) == wanted]
    equal("in a list", found[0].relationships.served_vlans.destination.objects[0].id, vlan.id)
    back = nb.ipam.vlans.get(vlan.id).relationships.served_vlans.source
    equal("from the other end", [one.id for one in back.objects], [wanted])
    equal("filtered", [one.id for one in nb.dcim.devices.filter(cr_served_vlans__destination=vlan.id)], [wanted])
    pairs = nb.extras.relationship_associations.filter(relationship="served_vlans")
    true("the association is a record", len(pairs) == 1 and pairs[0].delete())
    equal("gone", nb.dcim.devices.get(wanted).relationships.served_vlans.destination.objects, [])


@checks("§1.4 computed fields and merged config contexts are there when asked for")
def made(on):
    wanted = on.id("dcim/devices", "ams-leaf-01")
    on.nb.extras.computed_fields.create(
        label="Place", content_type="dcim.device", template="{{ obj.name }} in {{ obj.location.parent.name }}"
    )
    on.nb.extras.config_contexts.create(
        name="ntp of leaves", data={"ntp": ["192.0.2.1"]}, roles=[{"name": "Leaf"}], locations=[{"name": "EU"}]
    )
    found = on.client(include_default="computed_fields,config_context").dcim.devices.get(wanted)
    equal("computed", found.computed_fields.place, "ams-leaf-01 in Netherlands")
    equal("merged", found.config_context["ntp"], ["192.0.2.1"])
    spine = on.client(include_default="config_context").dcim.devices.get(name="ams-spine-01")
    true("not of a spine", "ntp" not in spine.config_context, spine.config_context)


@checks("metadata of a record is a record, and knows what it is about")
def metadata(on):
    wanted = on.id("dcim/devices", "ams-leaf-01")
    on.nb.extras.metadata_types.create(name="Origin", data_type="text", content_types=["dcim.device"])
    fact = on.nb.extras.object_metadata.create(
        metadata_type={"name": "Origin"},
        assigned_object_type="dcim.device",
        assigned_object_id=wanted,
        scoped_fields=["serial"],
        value="inventory sheet",
    )
    equal("about", fact.assigned_object.name, "ams-leaf-01")
    equal("said", (fact.value, fact.scoped_fields), ("inventory sheet", ["serial"]))
    found = on.nb.extras.object_metadata.filter(assigned_object_id=wanted)
    equal("found", [one.id for one in found], [fact.id])
