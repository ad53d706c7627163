#!/usr/bin/env python3
"""Writes the exports of the demo: day1/, day2/ and day3/, each with sites.csv, devices.jsonl and ipam.yaml.

The truth comes from network.py. This file is about the mess: every way in which real exports misspell what they mean.
Each day has a random order and random spellings of its own, so the raw files of two days differ in nearly every line
although little has changed; a good sync sees only what has changed.

Same output on every run and machine (own seeds, no clock, Python's standard library only).
Run it in any folder: `python3 generate.py`. Then `python3 check.py > expected.json`.
"""

import csv
import io
import json
import random
from pathlib import Path

import network

HERE = Path(__file__).parent
VENDORS = {"Cisco": ["Cisco", "Cisco Systems, Inc.", "cisco"], "Juniper": ["Juniper Networks", "Juniper"], "Fortinet": ["Fortinet", "FORTINET"],
           "Aruba": ["Aruba", "HPE Aruba Networking"], "Arista": ["Arista Networks", "Arista"]}
STATES = {"Active": ["Active", "ACTIVE", "active", "In Service", "active "], "Planned": ["planned", "PLANNED"], "Offline": ["OFFLINE", "offline"],
          "Maintenance": ["maintenance", "MAINT"], "Reserved": ["reserved", "Reserved "], "Decommissioning": ["decom"]}
KINDS = {"Region": ["Region", "REGION"], "Country": ["Country", "country "], network.STORE: ["Store", "STORE", "Shop"],
         network.DIST: ["Distribution Centre", "Dist. Centre"], network.DATA: ["Data Centre", "Datacenter"], network.HQ: ["HQ", "Head Office"]}
SHORT = [("TwentyFiveGigE", "Twe"), ("TenGigabitEthernet", "Te"), ("GigabitEthernet", "Gi"), ("HundredGigE", "Hu"), ("Port-channel", "Po"),
         ("Loopback", "Lo"), ("Tunnel", "Tu"), ("Ethernet", "Et")]


class Spelling:
    """One day's taste in spelling."""

    def __init__(self, day):
        self.rng = random.Random(100 + day)

    def often(self, share):
        return self.rng.random() < share

    def spaced(self, text):
        return text + self.rng.choice(["", "", "", "", " ", "  "])

    def state(self, status):
        return self.rng.choice(STATES[status])

    def mac(self, digits):
        pairs = [digits[i:i + 2] for i in range(0, 12, 2)]
        text = self.rng.choice([".".join(digits[i:i + 4] for i in (0, 4, 8)), ":".join(pairs), "-".join(pairs)])
        return text.upper() if self.often(0.5) else text

    def ip6(self, text):
        """Upper case and, half of the time, every group with its zeros."""
        host, _, length = text.partition("/")
        if self.often(0.5):
            host = network.ip_network(host).network_address.exploded
        return host.upper() + (f"/{length}" if length else "")

    def interface(self, name):
        if self.often(0.4):
            for long, short in SHORT:
                if name.startswith(long):
                    return short + name[len(long):]
        return name


def sites_csv(net, say):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["Site Name", "Part Of", "Kind", "State", "Brand", "Facility", "ASN", "Time Zone", "Street", "Postcode", "City", "Latitude",
                     "Longitude", "Description", "Cost Centre", "Notes"])
    for name, it in net.locations.items():
        row = [say.spaced(name), it["parent"] or "", say.rng.choice(KINDS[it["type"]]), say.state(it["status"])]
        if "facility" in it:
            asn = say.rng.choice(["{}", "AS{}", "as{} ", " {}"]).format(it["asn"])
            postcode = it["postcode"] + (".0" if it["postcode"].isdigit() and say.often(0.2) else "")   # a spreadsheet did that
            lat, lon = (f"{it[axis]:.6f}" if say.often(0.5) else str(it[axis]) for axis in ("lat", "lon"))
            if it["parent"] == "Germany":
                lat, lon = lat.replace(".", ","), lon.replace(".", ",")     # typed on a German keyboard
            note = "Key at the front desk,\nring twice" if name == "Köln Schildergasse" else say.rng.choice(["", "", "moved from old list", "check with \"Facilities\""])
            row += [say.spaced(it["brand"]), it["facility"], asn, it["zone"], say.spaced(it["street"]), postcode, it["city"], lat, lon,
                    it["description"], f"CC-{4000 + it['asn'] % 1000}", note]
        else:
            row += [""] * 12
        writer.writerow(row)
    return "\ufeff" + out.getvalue()


def devices_jsonl(net, say):
    lines = []
    devices = list(net.devices.values())
    say.rng.shuffle(devices)
    for it in devices:
        name = it["name"] + say.rng.choice(["", ".net.retail.example", ".net.retail.example"])
        row = {"hostname": name.upper() if say.often(0.3) else name,
               "sysLocation": f"{it['country']} / {it['site']}", "vendor": say.rng.choice(VENDORS[it["vendor"]]), "model": say.spaced(it["model"]),
               "partNumber": it["part"], "rackUnits": str(it["height"]) if say.often(0.3) else it["height"], "os": it["os"],
               "role": it["role"] if say.often(0.6) else it["role"].replace("-", " ").title() if it["role"] != "ap" else "AP",
               "serial": it["serial"].lower() if say.often(0.1) else say.spaced(it["serial"]), "state": say.state(it["status"]), "brand": it["brand"],
               "lastSeen": f"06:{say.rng.randrange(60):02}:{say.rng.randrange(60):02}", "addresses": [], "interfaces": []}
        for address in it["addresses"]:
            text = f"{address['host']}/{address['length']}"
            row["addresses"].append({"if": say.interface(address["interface"]), "ip": say.ip6(text) if ":" in text else text})
        for port, iface in it["interfaces"].items():
            item = {"name": say.interface(port), "media": iface["medium"]}
            # What is empty is left out, or an empty text, or null, as the discovery module of the vendor pleases.
            for field, value in (("mac", iface["mac"] and say.mac(iface["mac"])), ("desc", iface["description"] and say.spaced(iface["description"]))):
                if value or say.often(0.2):
                    item[field] = value or say.rng.choice(["", None])
            if iface["mtu"]:
                item["mtu"] = str(iface["mtu"]) if say.often(0.3) else iface["mtu"]
            if not iface["enabled"] or say.often(0.2):
                item["admin"] = say.rng.choice(["up", "UP"] if iface["enabled"] else ["down", "DOWN"])
            if iface["status"] != "Active":
                item["state"] = say.state(iface["status"])
            if iface["mgmt_only"]:
                item["oob"] = True
            row["interfaces"].append(item)
        lines.append(json.dumps(row, ensure_ascii=False, separators=(",", ":")))
    return lines


def ipam_yaml(net, say):
    out = ["# IPAM dump", "namespaces:"]

    def flow(item, indent=""):
        cells = ", ".join(f"{key}: {yaml_scalar(value)}" for key, value in item.items() if value is not None)
        out.append(f"{indent}- {{{cells}}}")

    for name, note in net.namespaces.items():
        flow({"name": name, "note": note})
    out.append("prefixes:")
    for (namespace, cidr), it in shuffled(say, net.prefixes.items()):
        if ":" in cidr:
            cidr = say.ip6(cidr)
        elif it["vlan"] and say.often(0.2):     # somebody typed the gateway's address and meant its network
            net_ip = network.ip_network(cidr)
            cidr = f"{net_ip[1]}/{net_ip.prefixlen}"
        flow({"namespace": None if namespace == "Global" and say.often(0.5) else namespace, "cidr": cidr, "kind": it["kind"].title() if say.often(0.3) else it["kind"],
              "state": None if it["status"] == "Active" and say.often(0.4) else say.state(it["status"]), "group": it["group"],
              "vlan": it["vlan"], "desc": say.spaced(it["description"])})
    out.append("addresses:")
    for (namespace, host), it in shuffled(say, net.addresses.items()):
        flow({"namespace": None if namespace == "Global" and say.often(0.5) else namespace, "ip": f"{say.ip6(host) if ':' in host else host}/{it['length']}",
              "dns": it["dns"].upper() if say.often(0.1) else it["dns"], "role": it["role"], "state": None if say.often(0.6) else say.state(it["status"]),
              "desc": it["description"]})
    out.append("vlan_groups:")
    for code, group in net.groups.items():
        out.append(f"- name: {code}\n  site: {yaml_scalar(group['site'])}\n  country: {group['country']}\n  vlans:")
        for vid, it in group["vlans"].items():
            flow({"vid": str(vid) if say.often(0.3) else vid, "name": say.spaced(it["name"].lower() if say.often(0.2) else it["name"]), "state": say.state(it["status"])}, "  ")
    return "\n".join(out) + "\n"


def shuffled(say, items):
    items = list(items)
    say.rng.shuffle(items)
    return items


def yaml_scalar(value):
    """Numbers plain, texts as JSON strings: always valid YAML and never mistaken for anything else."""
    return json.dumps(value, ensure_ascii=False)


def write(day, sites, devices, ipam):
    folder = HERE / f"day{day}"
    folder.mkdir(exist_ok=True)
    for name, text in (("sites.csv", sites), ("devices.jsonl", "".join(line + "\n" for line in devices)), ("ipam.yaml", ipam)):
        (folder / name).write_bytes(text.encode())


def main():
    net = network.build()
    say = Spelling(1)
    write(1, sites_csv(net, say), devices_jsonl(net, say), ipam_yaml(net, say))
    network.change(net)
    say = Spelling(2)
    sites, devices, ipam = sites_csv(net, say), devices_jsonl(net, say), ipam_yaml(net, say)
    write(2, sites, devices, ipam)
    # Day 3: the discovery tool died after a tenth of its work. What it wrote is well-formed, so no parser will notice.
    write(3, sites, devices[:len(devices) // 10], ipam)


if __name__ == "__main__":
    main()
