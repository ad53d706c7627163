#!/usr/bin/env python3
"""Says, independently of trueup, what the demo must show: reads the raw exports, cleans them, compares the days.

    python3 check.py > expected.json

Shares no code with generate.py, network.py or the job, on purpose: this file, job.yaml and the engine must agree. Also
checks the rules that the inventory enforces (statuses per content type, location hierarchy, addresses inside prefixes,
unique names), so that a failure there is known to be ours and not the data's.
Needs PyYAML.
"""

import csv
import json
import re
import sys
from collections import Counter
from decimal import Decimal
from ipaddress import ip_interface, ip_network
from pathlib import Path

import yaml

HERE = Path(__file__).parent
STATUS = {"active": "Active", "in service": "Active", "planned": "Planned", "offline": "Offline", "maintenance": "Maintenance", "maint": "Maintenance",
          "reserved": "Reserved", "decom": "Decommissioning"}
KIND = {"region": "Region", "country": "Country", "store": "Store", "shop": "Store", "distribution centre": "Distribution Centre",
        "dist. centre": "Distribution Centre", "data centre": "Data Centre", "datacenter": "Data Centre", "hq": "Headquarters", "head office": "Headquarters"}
DRIVER = {"IOS-XE": "cisco_xe", "Junos": "juniper_junos", "FortiOS": "fortinet", "AOS-CX": "aruba_aoscx", "ArubaOS": "aruba_os", "EOS": "arista_eos", "Mist": ""}
MEDIA = {"1G-T": "1000base-t", "2.5G-T": "2.5gbase-t", "5G-T": "5gbase-t", "1G-SFP": "1000base-x-sfp", "10G-SFP+": "10gbase-x-sfpp", "25G-SFP28": "25gbase-x-sfp28",
         "100G-QSFP28": "100gbase-x-qsfp28", "wifi6": "ieee802.11ax", "virtual": "virtual", "tunnel": "tunnel", "lag": "lag"}
LONG = {"Gi": "GigabitEthernet", "Te": "TenGigabitEthernet", "Twe": "TwentyFiveGigE", "Hu": "HundredGigE", "Po": "Port-channel", "Lo": "Loopback", "Tu": "Tunnel", "Et": "Ethernet"}
KINDS = ["location_type", "location", "tenant", "manufacturer", "platform", "device_type", "role", "device", "interface", "namespace", "vlan_group", "vlan", "prefix", "ip_address"]
ALLOWED = {"location": {"Active", "Planned", "Decommissioning", "Retired", "Staging"}, "device": {"Active", "Planned", "Offline", "Staged", "Failed", "Inventory", "Decommissioning"},
           "interface": {"Active", "Planned", "Maintenance", "Failed", "Decommissioning"}} | dict.fromkeys(("vlan", "prefix", "ip_address"), {"Active", "Reserved", "Deprecated"})
# Roles that every new inventory has and no export names; the job leaves them alone, so they count as skipped.
SEEDED = {"role": 20}


def status(text):
    return STATUS[(text or "active").strip().lower()]


def load(folder):
    kinds = {kind: {} for kind in KINDS}
    repeated = Counter()

    def add(kind, key, same=False, first=False, **attributes):
        if key in kinds[kind]:
            assert first or (same and kinds[kind][key] == attributes), (kind, key, kinds[kind][key], attributes)
            repeated[kind] += first
            return
        kinds[kind][key] = attributes

    for row in csv.DictReader((folder / "sites.csv").read_text("utf-8-sig").splitlines(keepends=True)):
        row = {k: v.strip() for k, v in row.items()}
        kind = KIND[row["Kind"].lower()]
        add("location_type", (kind,), same=True, parent={"Region": None, "Country": "Region"}.get(kind, "Country"),
            content_types=frozenset() if kind in ("Region", "Country") else frozenset({"dcim.device", "ipam.vlangroup"}))
        if row["Brand"]:
            add("tenant", (row["Brand"],), same=True)
        asn = row["ASN"].lower().removeprefix("as")
        degrees = [Decimal(row[axis].replace(",", ".")).quantize(Decimal("0.000001")) if row[axis] else None for axis in ("Latitude", "Longitude")]
        address = f"{row['Street']}, {row['Postcode'].removesuffix('.0')} {row['City']}" if row["City"] else ""
        add("location", (row["Site Name"], row["Part Of"] or None), type=kind, status=status(row["State"]), tenant=row["Brand"] or None, description=row["Description"],
            facility=row["Facility"], asn=int(asn) if asn else None, time_zone=row["Time Zone"] or None, address=address, degrees=degrees)

    found = []
    for line in (folder / "devices.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        vendor = next(v for v in ("Cisco", "Juniper", "Fortinet", "Aruba", "Arista") if v.lower() in row["vendor"].lower())
        name = row["hostname"].lower().split(".")[0]
        role = row["role"].lower().replace(" ", "-")
        country, site = row["sysLocation"].split(" / ")
        model = row["model"].strip()
        add("manufacturer", (vendor,), same=True)
        add("platform", (row["os"],), same=True, manufacturer=vendor, driver=DRIVER[row["os"]])
        add("device_type", (vendor, model), same=True, part=row["partNumber"], height=int(row["rackUnits"]))
        add("role", (role,), same=True, content_types=frozenset({"dcim.device"}))
        add("device", (name,), location=(site, country), role=role, type=(vendor, model), platform=row["os"], tenant=row["brand"], status=status(row["state"]),
            serial=row["serial"].strip().upper())
        for item in row["interfaces"]:
            short = re.match(r"[A-Za-z]+", item["name"])
            port = item["name"]
            if short and short[0] in LONG and port[short.end():short.end() + 1].isdigit():
                port = LONG[short[0]] + port[short.end():]
            mac = re.sub(r"[^0-9a-f]", "", (item.get("mac") or "").lower())
            assert len(mac) in (0, 12)
            add("interface", (name, port), type=MEDIA[item["media"]], status=status(item.get("state")), enabled=(item.get("admin") or "up").lower() == "up",
                mgmt_only=item.get("oob", False), mtu=int(item["mtu"]) if item.get("mtu") else None, mac=mac or None, description=(item.get("desc") or "").strip())
        for item in row["addresses"]:
            ip = ip_interface(item["ip"])
            found.append((ip, dict(role="Loopback" if str(ip).endswith("/32") else None, dns=f"{name}.retail.example", description=f"Found on {name}")))

    ipam = yaml.safe_load((folder / "ipam.yaml").read_text("utf-8"))
    for row in ipam["namespaces"]:
        add("namespace", (row["name"],), description=row["note"])
    for group in ipam["vlan_groups"]:
        add("vlan_group", (group["name"],), location=(group["site"], group["country"]))
        for row in group["vlans"]:
            add("vlan", (group["name"], int(row["vid"])), name=row["name"].strip().upper(), status=status(row.get("state")))
    for row in ipam["prefixes"]:
        add("prefix", (row.get("namespace", "Global"), ip_network(row["cidr"], strict=False)), type=row["kind"].lower(), status=status(row.get("state")),
            vlan=(row["group"], row["vlan"]) if "vlan" in row else None, description=row["desc"].strip())
    for row in ipam["addresses"]:
        ip = ip_interface(row["ip"])
        add("ip_address", (row.get("namespace", "Global"), ip.ip), length=ip.network.prefixlen, status=status(row.get("state")), role=row.get("role"),
            dns=row["dns"].lower(), description=row["desc"])
    for ip, attributes in found:
        add("ip_address", ("Global", ip.ip), first=True, length=ip.network.prefixlen, status="Active", **attributes)
    return kinds, dict(+repeated)


def validate(kinds):
    """The inventory's own rules; `assert` because the data is ours."""
    for kind, allowed in ALLOWED.items():
        assert {r["status"] for r in kinds[kind].values()} <= allowed, kind
    names = Counter(name for name, _ in kinds["location"])
    assert max(names.values()) == 1      # so a parent is found by its name alone
    types = {name: record["type"] for (name, _), record in kinds["location"].items()}
    for (name, parent), record in kinds["location"].items():
        assert kinds["location_type"][(record["type"],)]["parent"] == (types[parent] if parent else None), name
        assert record["tenant"] is None or (record["tenant"],) in kinds["tenant"]
    for record in kinds["device"].values():
        assert record["location"] in kinds["location"] and (record["role"],) in kinds["role"] and record["type"] in kinds["device_type"]
        assert kinds["platform"][(record["platform"],)]["manufacturer"] == record["type"][0] and (record["tenant"],) in kinds["tenant"]
    serials = Counter(record["serial"] for record in kinds["device"].values())
    macs = Counter(record["mac"] for record in kinds["interface"].values() if record["mac"])
    assert max(serials.values()) == 1 and max(macs.values()) == 1
    for record in kinds["vlan_group"].values():
        assert record["location"] in kinds["location"]
    labels = Counter((group, record["name"]) for (group, _), record in kinds["vlan"].items())
    assert max(labels.values()) == 1
    for (namespace, _), record in kinds["prefix"].items():
        assert (namespace,) in kinds["namespace"] and (record["vlan"] is None or record["vlan"] in kinds["vlan"])
    networks = set(kinds["prefix"])
    for namespace, host in kinds["ip_address"]:
        longest = 32 if host.version == 4 else 128
        assert any((namespace, ip_network((int(host) if host.version == 4 else host.packed, n), strict=False)) in networks for n in range(longest, 0, -1)), host


def compare(old, new):
    out = {}
    for kind in KINDS:
        a, b = old.get(kind, {}), new[kind]
        keep = kind in SEEDED     # the job never deletes these
        gone = sum(key not in b for key in a)
        out[kind] = {"create": sum(key not in a for key in b), "update": sum(key in a and a[key] != b[key] for key in b),
                     "delete": 0 if keep else gone, "no_change": sum(key in a and a[key] == b[key] for key in b),
                     "skip": (gone if keep else 0) + SEEDED.get(kind, 0)}
    # `Global` exists in every new inventory, without a description.
    if not old:
        out["namespace"].update(create=out["namespace"]["create"] - 1, update=1)
    out["total"] = {action: sum(kind[action] for kind in out.values()) for action in ("create", "update", "delete", "no_change", "skip")}
    return out


def updated_fields(old, new):
    return {kind: dict(sorted(Counter(field for key in new[kind] if key in old[kind] for field in new[kind][key] if new[kind][key][field] != old[kind][key][field]).items()))
            for kind in KINDS if any(key in old[kind] and old[kind][key] != new[kind][key] for key in new[kind])}


def main():
    days, repeated = {}, {}
    for day in ("day1", "day2", "day3"):
        days[day], repeated[day] = load(HERE / day)
    validate(days["day1"])
    validate(days["day2"])
    gone, come = ([k for k in days[a]["device"] if k not in days[b]["device"]] for a, b in (("day1", "day2"), ("day2", "day1")))
    renamed = {o[0]: n[0] for o in gone for n in come if days["day1"]["device"][o] == days["day2"]["device"][n]}
    json.dump({
        "records": {day: {kind: len(kinds[kind]) for kind in KINDS} | {"total": sum(map(len, kinds.values()))} for day, kinds in days.items()},
        "duplicates_first": repeated,
        "seeded": SEEDED,
        "day1": compare({}, days["day1"]),
        "day2": compare(days["day1"], days["day2"]) | {"updated_fields": updated_fields(days["day1"], days["day2"]), "renamed": {"device": renamed}},
        # What day 3 would do if no check stopped it. Nothing of it may happen.
        "day3_blocked": compare(days["day2"], days["day3"]),
    }, sys.stdout, indent=1, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
