#!/usr/bin/env python3
"""DiffSync's side of the comparison: loads a data set of dataset.py and diffs it, one JSON line a step.

  python diffsync_side.py DIR        (needs `pip install diffsync==2.2.3`)

Records are loaded as DiffSync's documentation says: `add`, then `add_child` on the parent. Console logging is set to
warnings, as its examples do. Exits with an error when the counts are not those of expected.json.
"""

import json
import resource
import sys
import time
from pathlib import Path

from dataset import KINDS, NUMBERS
from diffsync import Adapter, DiffSyncModel
from diffsync.logging import enable_console_logging


def model(kind):
    identifiers, attributes, child = KINDS[kind]
    annotations = {name: int if name in NUMBERS else str for name in identifiers + attributes}
    namespace = {"_modelname": kind, "_identifiers": identifiers, "_attributes": attributes, "__module__": __name__}
    if child:
        annotations[f"{child}s"] = list[str]
        namespace |= {"_children": {child: f"{child}s"}, f"{child}s": []}
    return type(kind.capitalize(), (DiffSyncModel,), namespace | {"__annotations__": annotations})


class Side(Adapter):
    site, device, interface, root, item = (model(kind) for kind in ("site", "device", "interface", "root", "item"))
    top_level = ["site", "root"]


def load(side, path):
    parent_path = parent = None
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            record = getattr(side, row["kind"])(**row["identifiers"], **row["attributes"])
            side.add(record)
            if row["parent"]:
                if row["parent"] != parent_path:
                    parent_path = row["parent"]
                    kind, values = parent_path[-1]
                    parent = side.get(kind, "__".join(values))
                parent.add_child(record)


def step(name, work):
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    row = {
        "step": name,
        "wall_s": round(time.perf_counter() - wall, 3),
        "cpu_s": round(time.process_time() - cpu, 3),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
    print(json.dumps(row), file=sys.stderr, flush=True)
    return result


def main():
    folder = Path(sys.argv[1])
    enable_console_logging(verbosity=0)
    expected = json.loads((folder / "expected.json").read_text())["summary"]
    source, target = Side(name="source"), Side(name="target")
    step("load source", lambda: load(source, folder / "source.jsonl"))
    step("load target", lambda: load(target, folder / "target.jsonl"))
    diff = step("diff", lambda: target.diff_from(source))
    summary = step("summary", diff.summary)
    found = {str(action): count for action, count in summary.items() if action != "skip"}
    assert found == expected, f"expected {expected}, found {found}"
    step("len", lambda: len(diff))


if __name__ == "__main__":
    main()
