"""Objects of the same names as those in the samples, and the way from an id in a sample to our id."""

from kit.checks import Failed
from kit.rest import Rest, answers

PREFIXES = ["10.0.0.0/16", "10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24", "10.0.5.0/24"]
# Objects that the samples name by id only.
BY_ID = {
    "644fc459-4f5d-4367-9bf1-62d301b7e9f4": ("dcim.location", "region-01 → site-001"),
    "951c6233-09b4-4229-a29a-45c8889292b1": ("dcim.manufacturer", "Arista"),
    "2cf2cbca-81ec-418f-96f0-b0111a989d2b": ("ipam.prefix", "10.0.5.0/24: Global"),
    "08a0c848-f825-4e86-8dde-e412fafbd6c3": ("extras.job", "Lab generated source"),
    "366bd56a-ec2d-45eb-99d8-8c252b12cbd9": ("nautobot_ssot.sync", "Generator → Nautobot, 2026-11-23 07:40"),
}
# What a run makes has a name of its own each time: any one stands for those in the samples.
RUN = ["extras.job", "extras.joblogentry", "extras.jobresult", "nautobot_ssot.sync", "nautobot_ssot.synclogentry"]
ENDPOINTS = {
    "dcim.device": "dcim/devices",
    "dcim.devicetype": "dcim/device-types",
    "dcim.interface": "dcim/interfaces",
    "dcim.location": "dcim/locations",
    "dcim.locationtype": "dcim/location-types",
    "dcim.manufacturer": "dcim/manufacturers",
    "dcim.platform": "dcim/platforms",
    "extras.job": "extras/jobs",
    "extras.joblogentry": "extras/job-logs",
    "extras.jobresult": "extras/job-results",
    "extras.role": "extras/roles",
    "extras.status": "extras/statuses",
    "extras.tag": "extras/tags",
    "ipam.ipaddress": "ipam/ip-addresses",
    "ipam.namespace": "ipam/namespaces",
    "ipam.prefix": "ipam/prefixes",
    "ipam.vlan": "ipam/vlans",
    "ipam.vlangroup": "ipam/vlan-groups",
    "nautobot_ssot.sync": "plugins/ssot/history",
    "nautobot_ssot.synclogentry": "plugins/ssot/logs",
    "tenancy.tenant": "tenancy/tenants",
}


class Mirror:
    """`ours(object_type, display)` is our id of the object that a sample shows."""

    def __init__(self, url, token):
        self.url = url
        self.token = token
        self.rest = Rest(url, token)
        self.names = dict(BY_ID)
        self.failures = []
        for step in (self.places, self.devices, self.network, self.people, self.runs):
            try:
                step()
            except Exception as error:  # the other samples may still be compared
                self.failures.append((step.__doc__.rstrip("."), str(error)))

    def places(self):
        """Locations and tenants."""
        make = self.rest.made
        make("dcim/location-types/", {"name": "Region"})
        make(
            "dcim/location-types/",
            {"name": "Site", "parent": "Region", "content_types": ["dcim.device", "ipam.prefix"]},
        )
        rows = [
            {"name": f"region-{n:02}", "description": f"Region {n}", "location_type": "Region", "status": "Active"}
            for n in range(10)
        ]
        make("dcim/locations/", rows)
        sites = [(0, 0), (1, 1), (2, 2), (99, 9), (156, 6)]
        rows = [
            {
                "name": f"site-{n:03}",
                "location_type": "Site",
                "status": "Active",
                "parent": {"name": f"region-{region:02}"},
            }
            for n, region in sites
        ]
        make("dcim/locations/", rows)
        make("tenancy/tenants/", [{"name": f"tenant-{n:02}", "description": f"Tenant {n}"} for n in range(20)])

    def devices(self):
        """Devices, their types, an interface."""
        make = self.rest.made
        drivers = {"Arista": "arista_eos", "Cisco": "cisco_ios", "Juniper": "juniper_junos", "Nokia": "nokia_sros"}
        make("dcim/manufacturers/", [{"name": name, "description": name} for name in drivers])
        rows = [
            {"name": driver, "manufacturer": name, "network_driver": driver, "description": driver}
            for name, driver in drivers.items()
        ]
        make("dcim/platforms/", rows)
        makers = list(drivers)
        rows = [
            {"manufacturer": makers[n % 4], "model": f"model-{n:02}", "part_number": f"part-{n:02}"} for n in range(20)
        ]
        make("dcim/device-types/", rows)
        make("extras/roles/", [{"name": name, "content_types": ["dcim.device"]} for name in ("edge", "leaf", "spine")])
        make("extras/tags/", {"name": "lab-tag", "color": "ff0000", "content_types": ["dcim.device", "tenancy.tenant"]})
        for number, site in ((0, 0), (1, 1), (2, 2), (1106, 156), (1999, 99)):
            maker = makers[number % 4]
            body = {
                "name": f"dev-{number:04}",
                "serial": f"SN{number:06}",
                "device_type": {"model": f"model-{number % 20:02}"},
                "role": ("leaf", "spine", "edge")[number % 3],
            }
            body |= {
                "status": "Active",
                "tenant": f"tenant-{number % 20:02}",
                "platform": drivers[maker],
                "location": {"name": f"site-{site:03}"},
            }
            make("dcim/devices/", body)
        body = {
            "device": {"name": "dev-1106"},
            "name": "eth1",
            "type": "1000base-t",
            "status": "Active",
            "mtu": 1500,
            "mac_address": "02:00:04:52:00:01",
            "description": "port 1",
        }
        make("dcim/interfaces/", body)

    def network(self):
        """Prefixes, addresses, VLANs."""
        make = self.rest.made
        fields = {"status": "Active", "namespace": {"name": "Global"}, "tenant": "tenant-00"}
        for number, prefix in enumerate(PREFIXES):
            make("ipam/prefixes/", {"prefix": prefix, "description": f"Prefix {number - 1}", **fields})
        rows = [
            {"address": f"10.0.{net}.{host}/24", "status": "Active", "namespace": "Global", "tenant": "tenant-00"}
            for net in (0, 5)
            for host in (1, 2, 3)
        ]
        make("ipam/ip-addresses/", rows)
        make("ipam/vlan-groups/", [{"name": f"vg-{n}"} for n in range(5)])
        rows = [
            {"vid": vid, "name": f"vlan-0-{vid}", "vlan_group": "vg-0", "status": "Active", "tenant": "tenant-00"}
            for vid in (100, 101, 102)
        ]
        make("ipam/vlans/", rows)

    def people(self):
        """A user who may do nothing."""
        user = self.rest.made("users/users/", {"username": "nobody", "password": "nobody-nobody-1"})
        self.nobody = self.rest.made("users/tokens/", {"user": user["id"]})["key"]

    def runs(self):
        """Runs of a job: one that makes tenants, and one that finds them as they are."""
        for _ in range(2):
            asked = self.rest.made("extras/jobs/lab-source/run/", {"data": {"rev": 1, "dryrun": False}})["job_result"]
            ended = self.rest.until(f"extras/job-results/{asked['id']}/", lambda run: run["date_done"])
            if ended["status"]["value"] != "SUCCESS":
                raise Failed(f"the run ended as {ended}")

    def enabled(self, enabled):
        """Switches the job on or off."""
        job = self.rest.one("extras/jobs/", name="lab-source")
        answers(self.rest.patch(f"extras/jobs/{job['id']}/", {"enabled": enabled}), 200)

    def tenants(self, present=(), absent=()):
        """Makes sure that these tenants are there, and those not."""
        for name in absent:
            for row in self.rest.found("tenancy/tenants/", name=name):
                self.rest.delete(f"tenancy/tenants/{row['id']}/")
        for name in present:
            if not self.rest.count("tenancy/tenants/", name=name):
                self.rest.made("tenancy/tenants/", {"name": name})

    def learn(self, value):
        """Notes which ids of a sample stand for which objects."""
        if isinstance(value, dict):
            if {"id", "object_type", "display"} <= set(value) and isinstance(value["id"], str):
                self.names.setdefault(value["id"], (value["object_type"], value["display"]))
            for item in value.values():
                self.learn(item)
        elif isinstance(value, list):
            for item in value:
                self.learn(item)

    def ours(self, theirs):
        """Our id of what has that id in the samples."""
        if theirs not in self.names:
            return theirs
        kind, display = self.names[theirs]
        if kind in RUN:
            return self.rest.found(f"{ENDPOINTS[kind]}/", limit=1)[0]["id"]
        for row in self.rest.pages(f"{ENDPOINTS[kind]}/", limit=200)[0]:
            if row["display"] == display:
                return row["id"]
        raise Failed(f"the mirror has no {kind} `{display}`")
