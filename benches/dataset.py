#!/usr/bin/env python3
"""Writes two sides of made-up records for comparing engines, the same bytes on every machine.

  dataset.py --shape tree|flat --records N --out DIR [--shuffle]

  tree  sites of 501 records: the site, 20 devices, 24 interfaces each
  flat  one root with N - 1 children

DIR gets source.jsonl and target.jsonl, one record a line with parents first ({"kind", "parent", "identifiers",
"attributes"}; `parent` is the path from the root), and expected.json with the counts that a diff must find. About 5 % of
the records are only in the source, 5 % only in the target, 5 % differ in one or two attributes. What is only on one side
takes all below it along. --shuffle writes the target's siblings in another order, parents still first.
"""

import argparse
import json
import random
from pathlib import Path

DEVICES, INTERFACES = 20, 24

# kind -> (identifiers, attributes, child kind)
KINDS = {
    "site": (("name",), ("region", "status", "time_zone", "asn", "facility", "description"), "device"),
    "device": (("name",), ("role", "platform", "serial", "status", "position", "mgmt_ip"), "interface"),
    "interface": (("device_name", "name"), ("type", "mtu", "speed", "mode", "vlan", "description"), None),
    "root": (("name",), ("a1", "a2", "a3", "a4", "a5", "a6"), "item"),
    "item": (("name",), ("a1", "a2", "a3", "a4", "a5", "a6"), None),
}
# Attributes that are whole numbers; all others are texts.
NUMBERS = {"asn", "position", "mtu", "speed", "vlan", "a2", "a4", "a6"}
# Shares of records that only the source has, that only the target has, that differ.
SHARES = {
    "site": (0.005, 0.005, 0.05),
    "device": (0.01, 0.01, 0.05),
    "interface": (0.035, 0.035, 0.05),
    "root": (0, 0, 0),
    "item": (0.05, 0.05, 0.05),
}


def skeleton(shape, records):
    """(kind, parent path, identifier values, depth) in preorder, exactly `records` of them."""
    left = records
    if shape == "flat":
        yield "root", [], ("root",), 0
        for number in range(records - 1):
            yield "item", [["root", ["root"]]], (f"item-{number:08d}",), 1
        return
    site = 0
    while left > 0:
        name = f"site-{site:05d}"
        block = [("site", [], (name,), 0)]
        for device in range(DEVICES):
            device_name = f"{name}-dev-{device:03d}"
            path = [["site", [name]]]
            block.append(("device", path, (device_name,), 1))
            path = path + [["device", [device_name]]]
            block.extend(("interface", path, (device_name, f"eth{port // 12}/{port % 12}"), 2) for port in range(INTERFACES))
        yield from block[:left]
        left -= len(block)
        site += 1


def values(kind, rng):
    draw = rng.getrandbits
    return {name: draw(16) if name in NUMBERS else f"{name}-{draw(20)}" for name in KINDS[kind][1]}


def sides(shape, records, seed):
    """(kind, path, identifiers, source attributes or None, target attributes or None, what differs)."""
    rng = random.Random(seed)
    above = []  # what became of the records on the way to this one
    for kind, path, key, depth in skeleton(shape, records):
        del above[depth:]
        create, delete, update = SHARES[kind]
        lot, attributes = rng.random(), values(kind, rng)
        state = next((state for state in above if state in ("create", "delete")), None)
        if state is None:
            bounds = (("create", create), ("delete", create + delete), ("update", create + delete + update))
            state = next((state for state, bound in bounds if lot < bound), "no-change")
        above.append(state)
        identifiers = dict(zip(KINDS[kind][0], key))
        source = None if state == "delete" else attributes
        target = None if state == "create" else attributes
        if state == "update":
            names = rng.sample(KINDS[kind][1], 1 + (rng.random() < 0.25))
            target = attributes | {name: attributes[name] + 1 if name in NUMBERS else attributes[name] + " (old)" for name in names}
        yield kind, path, identifiers, source, target, state


def shuffled(lines, seed):
    """The same lines with siblings in another order, parents before their children."""
    rng = random.Random(seed + 1)
    children = {}
    for path, key, text in lines:
        children.setdefault(json.dumps(path), []).append((path, key, text))
    for siblings in children.values():
        rng.shuffle(siblings)
    pending, out = list(reversed(children.pop("[]", []))), []
    while pending:
        path, key, text = pending.pop()
        out.append(text)
        pending.extend(reversed(children.pop(json.dumps(path + [key]), [])))
    return out


def line(head, attributes):
    return json.dumps(head | {"attributes": attributes}, separators=(",", ":")) + "\n"


def write(shape, records, out, seed=1, shuffle=False):
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    summary = dict.fromkeys(("create", "update", "delete", "no-change"), 0)
    target_lines = []
    with open(out / "source.jsonl", "w", encoding="utf-8") as source_file:
        for kind, path, identifiers, source, target, state in sides(shape, records, seed):
            summary[state] += 1
            head = {"kind": kind, "parent": path, "identifiers": identifiers}
            if source is not None:
                source_file.write(line(head, source))
            if target is not None:
                target_lines.append((path, [kind, list(identifiers.values())], line(head, target)))
    texts = shuffled(target_lines, seed) if shuffle else [text for _, _, text in target_lines]
    with open(out / "target.jsonl", "w", encoding="utf-8") as target_file:
        target_file.writelines(texts)
    expected = {
        "shape": shape,
        "n": records,
        "seed": seed,
        "shuffle_target": shuffle,
        "source_records": summary["create"] + summary["update"] + summary["no-change"],
        "target_records": summary["delete"] + summary["update"] + summary["no-change"],
        "summary": summary,
    }
    (out / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
    return expected


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=("tree", "flat"), default="tree")
    parser.add_argument("--records", type=int, required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--shuffle", action="store_true")
    arguments = parser.parse_args()
    print(json.dumps(write(arguments.shape, arguments.records, arguments.out, shuffle=arguments.shuffle)))


if __name__ == "__main__":
    main()
