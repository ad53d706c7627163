"""A world like those that people keep: places, device types with templates, devices with interfaces, addresses, cables.

It is made through the API alone, with every form of reference that clients use (ids, attributes, names), in steps. A
step that fails is kept in `failures` and the later ones go on; what is then missing fails by name where it is used.
Every name is fixed, so that scripts can say what they expect. `crowd` adds that many plain devices, by bulk POST.
"""

from kit.checks import Failed
from kit.rest import answers

BULK = 500
TAGGED = ["dcim.device", "dcim.devicetype", "dcim.interface", "dcim.location", "dcim.rack", "ipam.ipaddress"]
TAGGED += ["ipam.namespace", "ipam.prefix", "ipam.vlan", "ipam.vrf", "tenancy.tenant", "virtualization.virtualmachine"]
SITE = ["dcim.device", "dcim.rack", "dcim.rackgroup", "ipam.namespace", "ipam.prefix", "ipam.vlan", "ipam.vlangroup"]
SITE += ["virtualization.cluster"]


class World:
    """What was made, by endpoint and name: `world["dcim/devices", "ams-leaf-01"]` is the object as POST gave it."""

    def __init__(self, rest, crowd=0):
        self.rest = rest
        self.crowd = crowd
        self.objects = {}
        self.failures = []

    def __getitem__(self, place):
        endpoint, name = place
        if place in self.objects:
            return self.objects[place]
        raise Failed(f"the world has no {endpoint} `{name}`: the step that makes it failed")

    def id(self, endpoint, name):
        return self[endpoint, name]["id"]

    def make(self, endpoint, name, **fields):
        """One object, kept under `name`; `name` is its field `name` unless `fields` says otherwise."""
        self.objects[endpoint, name] = self.rest.made(f"{endpoint}/", {"name": name, **fields})
        return self.objects[endpoint, name]

    def make_all(self, endpoint, bodies, name=lambda body: body["name"]):
        """Many objects in one POST."""
        made = self.rest.made(f"{endpoint}/", bodies)
        if len(made) != len(bodies):
            raise Failed(f"POST {endpoint}/ of {len(bodies)} objects answered {len(made)}")
        for body, record in zip(bodies, made):
            self.objects[endpoint, name(body)] = record

    def build(self):
        for step in STEPS:
            try:
                step(self)
            except Exception as error:  # the next steps may still work
                self.failures.append((step.__doc__.rstrip("."), str(error)))
        return self


def tags_and_roles(world):
    """Tags and roles."""
    for name, color in (("prod", "4caf50"), ("lab", "ff9800")):
        world.make("extras/tags", name, color=color, content_types=TAGGED)
    for name in ("Leaf", "Spine", "Server"):
        world.make("extras/roles", name, content_types=["dcim.device", "virtualization.virtualmachine"])
    world.make("extras/roles", "Uplink", content_types=["dcim.interface", "ipam.prefix", "ipam.vlan"])


def tenancy(world):
    """Tenants in groups."""
    world.make("tenancy/tenant-groups", "Customers")
    world.make("tenancy/tenant-groups", "Retail", parent={"name": "Customers"})
    world.make("tenancy/tenants", "Acme", tenant_group="Retail", tags=[{"name": "prod"}], description="the first")
    world.make_all("tenancy/tenants", [{"name": "Globex"}, {"name": "Initech", "tenant_group": {"name": "Customers"}}])


def locations(world):
    """Three levels of locations."""
    world.make("dcim/location-types", "Region", nestable=True)
    world.make("dcim/location-types", "Site", parent="Region", content_types=SITE)
    world.make("dcim/location-types", "Floor", parent={"name": "Site"}, content_types=["dcim.device", "dcim.rack"])

    def region(name, parent=None):
        world.make("dcim/locations", name, location_type="Region", status="Active", parent=parent)

    region("EU")
    region("US")
    region("Netherlands", {"name": "EU"})

    def site(name, parent, key=None, **fields):
        body = {
            "name": name,
            "location_type": {"name": "Site"},
            "status": {"name": "Active"},
            "parent": parent,
            **fields,
        }
        world.objects["dcim/locations", key or name] = world.rest.made("dcim/locations/", body)

    site(
        "AMS", {"name": "Netherlands"}, tenant="Acme", tags=["prod"], latitude="52.370000", time_zone="Europe/Amsterdam"
    )
    site("FRA", world.id("dcim/locations", "EU"), asn=64512)
    site("NYC", "US")
    site("Lab", {"name": "EU"}, key="Lab EU")
    site("Lab", {"name": "US"}, key="Lab US")
    floor = {"location_type": "Floor", "status": "Active"}
    world.make("dcim/locations", "AMS-1", parent={"name": "AMS"}, **floor)


def device_types(world):
    """Manufacturers, platforms and device types with templates."""
    world.make_all(
        "dcim/manufacturers", [{"name": "Cisco"}, {"name": "Arista", "description": "switches"}, {"name": "Dell"}]
    )
    world.make("dcim/platforms", "ios", manufacturer="Cisco", network_driver="cisco_ios", napalm_driver="ios")
    world.make(
        "dcim/platforms", "eos", manufacturer={"name": "Arista"}, network_driver="arista_eos", napalm_driver="eos"
    )

    def device_type(model, manufacturer, **fields):
        body = {"model": model, "manufacturer": manufacturer, **fields}
        world.objects["dcim/device-types", model] = world.rest.made("dcim/device-types/", body)

    device_type("C9300-48", {"name": "Cisco"}, part_number="C9300-48T", tags=["prod"])
    device_type("DCS-7280", "Arista", u_height=2)
    device_type("R640", world.id("dcim/manufacturers", "Dell"))
    # The crowd has a type without templates, so that it costs one row a device.
    device_type("Plain", "Dell", is_full_depth=False)
    c9300 = [{"name": f"GigabitEthernet1/0/{port}", "type": "1000base-t"} for port in range(1, 5)]
    c9300 += [{"name": "Loopback0", "type": "virtual"}, {"name": "mgmt0", "type": "1000base-t", "mgmt_only": True}]
    templates = [{**row, "device_type": world.id("dcim/device-types", "C9300-48")} for row in c9300]
    templates += [
        {"name": f"Ethernet{port}", "type": "10gbase-x-sfpp", "device_type": {"model": "DCS-7280"}}
        for port in range(1, 4)
    ]
    world.rest.made("dcim/interface-templates/", templates)


def custom_fields(world):
    """Custom fields with choices."""

    def custom_field(label, kind, **fields):
        body = {"label": label, "type": kind, "content_types": ["dcim.device", "tenancy.tenant"], **fields}
        world.objects["extras/custom-fields", label] = world.rest.made("extras/custom-fields/", body)

    custom_field("Owner", "text", filter_logic="loose")
    custom_field("Units", "integer", validation_minimum=0, validation_maximum=100)
    custom_field("Stage", "select", filter_logic="exact")
    bodies = [{"custom_field": {"key": "stage"}, "value": value, "weight": 100} for value in ("dev", "test", "live")]
    world.make_all("extras/custom-field-choices", bodies, name=lambda body: body["value"])


def addresses(world):
    """Namespaces, prefixes, addresses, VLANs."""
    world.make(
        "ipam/namespaces", "Lab", description="overlaps", tags=["lab"], location=world.id("dcim/locations", "Lab EU")
    )
    world.make("ipam/rirs", "RFC1918", is_private=True)
    world.make("ipam/vrfs", "red", rd="65000:1", namespace="Global")

    def prefix(cidr, kind="network", namespace="Global", **fields):
        body = {"prefix": cidr, "type": kind, "status": "Active", "namespace": {"name": namespace}, **fields}
        key = cidr if namespace == "Global" else f"{namespace} {cidr}"
        world.objects["ipam/prefixes", key] = world.rest.made("ipam/prefixes/", body)

    prefix("10.0.0.0/24", tenant="Acme", role="Uplink", tags=["prod"], location=world.id("dcim/locations", "AMS"))
    # Made after its child, which it takes over.
    prefix("10.0.0.0/8", "container", rir="RFC1918", description="all of it")
    prefix("10.0.1.0/24")
    prefix("10.20.0.0/30")
    prefix("10.30.0.0/22", "container")
    prefix("2001:db8::/64")
    prefix("10.0.0.0/24", namespace="Lab")
    hosts = [("10.0.0.1/24", "Global"), ("10.0.0.2/24", "Global"), ("10.0.0.1/24", "Lab"), ("2001:db8::1/64", "Global")]
    bodies = [{"address": address, "status": "Active", "namespace": namespace} for address, namespace in hosts]
    bodies[0].update(dns_name="ams-leaf-01.example.com", tenant={"name": "Acme"}, role="Loopback", tags=["prod"])
    world.make_all(
        "ipam/ip-addresses",
        bodies,
        lambda body: body["address"].split("/")[0] if body["namespace"] == "Global" else "Lab",
    )
    world.make("ipam/vlan-groups", "AMS vlans", location=world.id("dcim/locations", "AMS"), range="1-200")
    for vid, name in ((10, "users"), (20, "voice"), (30, "servers")):
        fields = {"vlan_group": "AMS vlans", "status": "Active", "location": world.id("dcim/locations", "AMS")}
        world.make("ipam/vlans", name, vid=vid, tenant={"name": "Acme"} if vid == 10 else None, **fields)


def racks(world):
    """Racks."""
    place = world.id("dcim/locations", "AMS")
    world.make("dcim/rack-groups", "Row 1", location=place)
    world.make("dcim/racks", "R1", location=place, rack_group={"name": "Row 1"}, status="Active", u_height=42)


def devices(world):
    """Devices with interfaces from templates, addresses, a cable, a LAG, a virtual chassis."""
    place = world.id("dcim/locations", "AMS")
    leaf = {"device_type": {"model": "C9300-48"}, "role": "Leaf", "status": "Active", "location": place}
    fields = {
        "tenant": "Acme",
        "platform": "ios",
        "serial": "FCW1",
        "tags": ["prod"],
        "custom_fields": {"owner": "Ann"},
    }
    rack = {"rack": {"name": "R1"}, "position": 40, "face": "front"}
    world.make("dcim/devices", "ams-leaf-01", **leaf, **fields, **rack, asset_tag="A-1")
    world.make(
        "dcim/devices", "ams-leaf-02", **{**leaf, "location": world.id("dcim/locations", "AMS-1")}, serial="FCW2"
    )
    spine = {"device_type": "Arista;DCS-7280", "role": {"name": "Spine"}, "status": {"name": "Planned"}}
    world.make("dcim/devices", "ams-spine-01", **spine, location=place, platform={"name": "eos"})
    world.make("dcim/devices", "nyc-leaf-01", **{**leaf, "location": {"name": "NYC"}})
    for name in ("ams-leaf-01", "ams-leaf-02", "ams-spine-01", "nyc-leaf-01"):
        for record in world.rest.found("dcim/interfaces/", device_id=world.id("dcim/devices", name), limit=100):
            world.objects["dcim/interfaces", f"{name} {record['name']}"] = record


def assignments(world):
    """Addresses on interfaces, and primary addresses."""
    interface = world.id("dcim/interfaces", "ams-leaf-01 Loopback0")
    for address in ("10.0.0.1", "2001:db8::1"):
        body = {"ip_address": world.id("ipam/ip-addresses", address), "interface": interface}
        world.objects["ipam/ip-address-to-interface", address] = world.rest.made("ipam/ip-address-to-interface/", body)
    device = world.id("dcim/devices", "ams-leaf-01")
    body = {
        "primary_ip4": world.id("ipam/ip-addresses", "10.0.0.1"),
        "primary_ip6": world.id("ipam/ip-addresses", "2001:db8::1"),
    }
    answers(world.rest.patch(f"dcim/devices/{device}/", body), 200)


def cables(world):
    """A cable between two devices."""
    ends = ("ams-leaf-01 GigabitEthernet1/0/1", "ams-spine-01 Ethernet1")
    body = {"status": "Connected", "label": "c1", "type": "cat6", "color": "00ff00"}
    for side, name in zip("ab", ends):
        body[f"termination_{side}_type"] = "dcim.interface"
        body[f"termination_{side}_id"] = world.id("dcim/interfaces", name)
    world.objects["dcim/cables", "c1"] = world.rest.made("dcim/cables/", body)


def bundles(world):
    """A LAG with a member, and a virtual chassis."""
    lag = {"device": world.id("dcim/devices", "ams-leaf-01"), "type": "lag", "status": "Active"}
    world.make("dcim/interfaces", "Port-channel1", **lag)
    member = world.id("dcim/interfaces", "ams-leaf-01 GigabitEthernet1/0/2")
    answers(world.rest.patch(f"dcim/interfaces/{member}/", {"lag": world.id("dcim/interfaces", "Port-channel1")}), 200)
    world.make("dcim/virtual-chassis", "stack-1", master=world.id("dcim/devices", "ams-leaf-02"))


def virtual(world):
    """A cluster with a virtual machine and its interface."""
    world.make("virtualization/cluster-types", "KVM")
    world.make("virtualization/clusters", "ams-kvm", cluster_type="KVM", location=world.id("dcim/locations", "AMS"))
    machine = {"cluster": {"name": "ams-kvm"}, "status": "Active", "role": "Server", "platform": "eos", "vcpus": 4}
    world.make("virtualization/virtual-machines", "vm-01", **machine, memory=8192, tags=["prod"])
    world.make("virtualization/interfaces", "eth0", virtual_machine={"name": "vm-01"}, status="Active")
    body = {"address": "10.0.0.50/24", "status": "Active", "namespace": "Global"}
    world.objects["ipam/ip-addresses", "10.0.0.50"] = world.rest.made("ipam/ip-addresses/", body)
    body = {
        "ip_address": world.id("ipam/ip-addresses", "10.0.0.50"),
        "vm_interface": world.id("virtualization/interfaces", "eth0"),
    }
    world.rest.made("ipam/ip-address-to-interface/", body)
    service = {"protocol": "tcp", "ports": [443, 8443], "device": world.id("dcim/devices", "ams-leaf-01")}
    world.make("ipam/services", "https", **service)


def crowd(world):
    """Many plain devices, in bulk."""
    for start in range(0, world.crowd, BULK):
        fields = {"device_type": {"model": "Plain"}, "role": "Server", "status": "Active", "location": {"name": "FRA"}}
        names = [f"srv-{number}" for number in range(start, min(start + BULK, world.crowd))]
        world.make_all("dcim/devices", [{"name": name, **fields} for name in names])


STEPS = [tags_and_roles, tenancy, locations, device_types, custom_fields, addresses, racks, devices]
STEPS += [assignments, cables, bundles, virtual, crowd]
