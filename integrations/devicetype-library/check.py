#!/usr/bin/env python3
"""Counts, independently of trueup, what the job must load from the library and what it must report.

    python3 check.py /path/to/devicetype-library [folder with choices.json]

Reads every file with PyYAML and applies the inventory's rules by hand. Without choices.json (Nautobot's choices) the
types of interfaces, front and rear ports are not checked. The numbers in README.md are this script's output.
"""

import json
import sys
from collections import Counter
from pathlib import Path

import yaml

COMPONENTS = {"interfaces": "interface_template", "console-ports": "console_port_template", "console-server-ports": "console_server_port_template",
              "power-ports": "power_port_template", "power-outlets": "power_outlet_template", "rear-ports": "rear_port_template",
              "front-ports": "front_port_template", "device-bays": "device_bay_template", "module-bays": "module_bay_template"}
STORED = {
    "": {"manufacturer", "model", "part_number", "u_height", "is_full_depth", "subdevice_role", "comments"},
    "interfaces": {"type", "mgmt_only"}, "console-ports": {"type"}, "console-server-ports": {"type"},
    "power-ports": {"type", "maximum_draw", "allocated_draw"}, "power-outlets": {"type", "feed_leg", "power_port"},
    "rear-ports": {"type", "positions"}, "front-ports": {"type", "rear_port", "rear_port_position"},
    "device-bays": set(), "module-bays": {"position"},
}
NEEDS_TYPE = {"interfaces", "rear-ports", "front-ports"}


def main(root, choices_folder=None):
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    choices = json.loads((Path(choices_folder) / "choices.json").read_text()) if choices_folder else {}
    types = {"interfaces": {value for value, _ in choices.get("dcim.interfacetemplate.type", [])}}
    types["rear-ports"] = types["front-ports"] = {value for value, _ in choices.get("dcim.interfacetemplate.port_type", [])}
    files = sorted(p for p in Path(root, "device-types").rglob("*") if p.suffix in (".yaml", ".yml"))
    arrive, cleaned, dropped, refused = Counter(), Counter(), Counter(), []
    manufacturers, models = set(), set()

    for path in files:
        documents = list(yaml.load_all(path.read_bytes(), loader))
        assert len(documents) == 1, path
        row, where = documents[0], str(path.relative_to(root))
        manufacturers.add(row["manufacturer"].strip())
        dropped.update(key for key in row if key not in STORED[""] and key not in COMPONENTS)
        problem = device_type_problem(row, models, cleaned)
        if problem:
            refused.append((where, "device_type", row["model"], problem))
        else:
            arrive["device_type"] += 1
        ports = {key: {item["name"].strip(): item for item in row.get(key, [])} for key in COMPONENTS}
        for key, kind in COMPONENTS.items():
            seen = set()
            for item in row.get(key, []):
                dropped.update(f"{key}.{field}" for field in item if field not in STORED[key] | {"name", "label", "description", "poisition"})
                cleaned["poisition read as position"] += "poisition" in item
                cleaned["spaces around a text"] += any(isinstance(v, str) and v != v.strip() for v in item.values())
                why = problem and "its device type was refused"
                why = why or component_problem(key, item, seen, ports, types, row)
                if why:
                    refused.append((where, kind, item["name"], why))
                else:
                    arrive[kind] += 1
    arrive["manufacturer"] = len(manufacturers)
    print(f"files: {len(files)}\n\narrive:")
    for kind in ["manufacturer", "device_type", *COMPONENTS.values()]:
        print(f"  {kind:30} {arrive[kind]:6}")
    print(f"  {'total':30} {sum(arrive.values()):6}\n\nrefused: {len(refused)}")
    for (kind, why), count in sorted(Counter((kind, why) for _, kind, _, why in refused).items()):
        print(f"  {count:4} {kind}: {why}")
    for line in refused:
        print("      ", *line, sep=" | ")
    for title, counter in (("cleaned", cleaned), ("dropped fields", dropped)):
        print(f"\n{title}:")
        for what, count in sorted(counter.items(), key=lambda pair: (-pair[1], pair[0])):
            print(f"  {count:6} {what}")


def device_type_problem(row, models, cleaned):
    key = (row["manufacturer"].strip(), row["model"].strip())
    height = row.get("u_height")
    cleaned["u_height left out: 0, a child"] += height is None and row.get("subdevice_role") == "child"
    cleaned["u_height left out: 1"] += height is None and row.get("subdevice_role") != "child"
    cleaned["u_height written as a whole float"] += isinstance(height, float) and height.is_integer()
    cleaned["is_full_depth left out: true"] += "is_full_depth" not in row
    cleaned["part_number left out: empty"] += "part_number" not in row
    cleaned["spaces or a line break around comments"] += row.get("comments", "") != row.get("comments", "").strip()
    if isinstance(height, float) and not height.is_integer():
        return f"u_height {height} is not a whole number"
    if row.get("subdevice_role") == "child" and height:
        return "a child must have u_height 0"
    if key in models:
        return "manufacturer and model occur twice"
    if any(len(text) > 255 for text in (*key, row.get("part_number", ""))):
        return "text longer than 255"
    models.add(key)
    return None


def component_problem(key, item, seen, ports, types, row):
    name = item["name"].strip()
    if not name or name in seen:
        return "name is blank or occurs twice"
    seen.add(name)
    if any(len(item.get(field, "")) > 255 for field in ("name", "label", "description")):
        return "text longer than 255"
    if key in NEEDS_TYPE and (not item.get("type") or (types[key] and item["type"] not in types[key])):
        return f"type {item.get('type')} is not known"
    if item.get("power_port") and item["power_port"] not in ports["power-ports"]:
        return "power_port names a port that the file does not have"
    if key == "front-ports":
        rear = ports["rear-ports"].get(item["rear_port"])
        if rear is None:
            return "rear_port names a port that the file does not have"
        if item.get("rear_port_position", 1) > rear.get("positions", 1):
            return "rear_port_position is beyond the rear port's positions"
    if key == "power-ports" and any(not 1 <= item.get(field, 1) <= 32767 for field in ("maximum_draw", "allocated_draw")):
        return "draw out of range"
    if key == "device-bays" and row.get("subdevice_role") not in ("parent", "parent-child"):
        return "device bays need subdevice_role parent"
    return None


if __name__ == "__main__":
    main(*sys.argv[1:])
