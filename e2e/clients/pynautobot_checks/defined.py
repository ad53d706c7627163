"""What users define: relationships. §3 (a): pynautobot takes every object with a `url` for a record, at any depth."""

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
    true("the association is a record", nb.extras.relationship_associations.filter(relationship="served_vlans")[0].delete())
    equal("gone", nb.dcim.devices.get(wanted).relationships.served_vlans.destination.objects, [])
