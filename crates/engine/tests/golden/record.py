#!/usr/bin/env python3
"""Records golden cases: what DiffSync 2.2.3 really does with a scenario.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install diffsync==2.2.3
    /tmp/venv/bin/python record.py CASES.json > OUT.json    record the scenarios of a file anew
    /tmp/venv/bin/python record.py --check CASES.json       does DiffSync still do what the file says?
    /tmp/venv/bin/python record.py --random 1000 --seed 7   random scenarios, recorded
        --plain      only scenarios in which trueup differs from DiffSync in nothing by design
    /tmp/venv/bin/python record.py --extra > extra.json     the cases of `scenarios.py` and some random ones

The form of cases stands in the README of `diffsync-golden.json`. What it leaves open, decided here:

- A hook that is told `noop` does nothing: `update` and `delete` return the object as it is, `create` returns a new
  object, none of them sets a status. What the sync itself does afterwards (store, remove) is done.
- `other` raises a RuntimeError.
- `mutate_dst`: `["remove", kind, id]` takes the record out of the target's store, and leaves its parent's list alone.
- `rediff_has_diffs` is left out where DiffSync cannot compute it (say, a list names a record that is gone).
- `fields` maps a field that is neither identifier nor attribute to its default.

Objects in the project's own file are sorted by name, so the order of the source's child kinds in D15 is lost there;
`--check` restores it. Files that this program writes keep the order of `kids` and `attrs`.
"""

import argparse
import json
import logging
import sys
from typing import Any, ClassVar, Dict, List, Tuple

import structlog
from diffsync import Adapter, DiffSyncModel
from diffsync.diff import Diff
from diffsync.enum import DiffSyncActions, DiffSyncFlags, DiffSyncModelFlags, DiffSyncStatus
from diffsync.exceptions import ObjectNotCreated, ObjectNotDeleted, ObjectNotUpdated

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))

RAISED = {"create": ObjectNotCreated, "update": ObjectNotUpdated, "delete": ObjectNotDeleted}


# Ordering hooks


def descending(cls, children):
    yield from sorted(children.values(), key=lambda element: element.name, reverse=True)


class DeviceDesc(Diff):
    order_children_device = classmethod(descending)


class AlphaDesc(Diff):
    order_children_alpha = classmethod(descending)


class OnlyCreates(Diff):
    @classmethod
    def order_children_default(cls, children):
        yield from (element for element in children.values() if element.action in (DiffSyncActions.CREATE, None))


class DeletesLast(Diff):
    def get_children(self):
        deletes = []
        for element in super().get_children():
            if element.action == DiffSyncActions.DELETE:
                deletes.append(element)
            else:
                yield element
        yield from reversed(deletes)


ORDERS = {order.__name__: order for order in (DeviceDesc, AlphaDesc, OnlyCreates, DeletesLast)}


# Models and adapters


class Run:
    """What the hooks of one run are told to do, and what they were called with."""

    def __init__(self, fail):
        self.fail = fail
        self.calls = []

    def called(self, action, kind, uid, attrs):
        self.calls.append([action, kind, uid, attrs])
        behaviour = self.fail.get(f"{action}:{kind}/{uid}", self.fail.get(f"{action}:{kind}"))
        if behaviour == "raise":
            raise RAISED[action]("boom")
        if behaviour == "other":
            raise RuntimeError("boom")
        return behaviour


def model(kind, declaration, run):
    ids, attrs = declaration["ids"], declaration.get("attrs", {})
    kids, fields = declaration.get("kids", {}), declaration.get("fields") or {}
    declared = list(declaration.get("decl") or [])
    declared += [field for field in [*ids, *attrs, *fields, *kids.values()] if field not in declared]
    annotations, defaults = {}, {}
    for field in declared:
        annotations[field] = List[str] if field in kids.values() else Any
        if field in attrs or field in fields:
            defaults[field] = attrs.get(field, fields.get(field))
        elif field in kids.values():
            defaults[field] = []

    def create(cls, adapter, ids, attrs):
        behaviour = run.called("create", kind, cls.create_unique_id(**ids), attrs)
        if behaviour == "none":
            return None
        if behaviour == "noop":
            return cls(**ids, adapter=adapter, **attrs)
        created = cls.create_base(adapter=adapter, ids=ids, attrs=attrs)
        return finished(created, behaviour)

    def update(self, attrs):
        behaviour = run.called("update", kind, self.get_unique_id(), attrs)
        if behaviour in ("none", "noop"):
            return None if behaviour == "none" else self
        return finished(self.update_base(attrs), behaviour)

    def delete(self):
        behaviour = run.called("delete", kind, self.get_unique_id(), None)
        if behaviour in ("none", "noop"):
            return None if behaviour == "none" else self
        return finished(self.delete_base(), behaviour)

    def finished(instance, behaviour):
        if behaviour == "failstatus":
            instance.set_status(DiffSyncStatus.FAILURE, "custom failure")
        elif behaviour is not None:
            raise ValueError(f"a hook cannot `{behaviour}`")
        return instance

    annotations.update(
        _modelname=ClassVar[str],
        _identifiers=ClassVar[Tuple[str, ...]],
        _attributes=ClassVar[Tuple[str, ...]],
        _shortname=ClassVar[Tuple[str, ...]],
        _children=ClassVar[Dict[str, str]],
    )
    members = {
        "__annotations__": annotations,
        "__module__": __name__,
        "_modelname": kind,
        "_identifiers": tuple(ids),
        "_attributes": tuple(attrs),
        "_shortname": tuple(declaration.get("short", ())),
        "_children": dict(kids),
        "create": classmethod(create),
        "update": update,
        "delete": delete,
    }
    return type(kind.capitalize(), (DiffSyncModel,), {**members, **defaults})


def adapter(name, schema, top, nodes, run):
    models = {kind: model(kind, declaration, run) for kind, declaration in schema.items()}

    def sync_complete(self, source, diff, flags=DiffSyncFlags.NONE, logger=None):
        run.completed = True

    members = {**models, "top_level": list(top), "sync_complete": sync_complete, "__module__": __name__}
    side = type("A", (Adapter,), members)(name=name)

    def load(node, parent):
        kind, ids, attrs, children = node[:4]
        if kind.startswith("&"):
            parent.add_child(side.get(models[kind[1:]], ids))
            return
        flags = DiffSyncModelFlags.NONE
        for flag in node[4] if len(node) > 4 else []:
            flags |= DiffSyncModelFlags[flag]
        instance = models[kind](**ids, **attrs, model_flags=flags)
        side.add(instance)
        if parent is not None:
            parent.add_child(instance)
        for child in children:
            load(child, instance)

    for node in nodes:
        load(node, None)
    return side


# Recording


def either(scenario, side, name, default):
    for key in (f"{side}_{name}", name):
        if scenario.get(key) is not None:
            return scenario[key]
    return default


def elements(diff, depth=0):
    for element in diff.get_children():
        yield [depth, element.type, element.name, element.action]
        yield from elements(element, depth + 1)


def stored(side):
    for kind in sorted(side.get_all_model_names()):
        for instance in side.get_all(kind):
            yield kind, instance.get_unique_id(), instance


def final(side):
    kinds = {}
    for kind, uid, instance in stored(side):
        exclude = {"adapter", "model_flags", *instance._identifiers}
        kinds.setdefault(kind, {})[uid] = instance.dict(exclude=exclude)
    return kinds


def error(phase, exception):
    message = exception.args[0] if exception.args else exception
    return {"error": [phase, type(exception).__name__, str(message)]}


def flags_of(names):
    flags = DiffSyncFlags.NONE
    for name in names:
        flags |= DiffSyncFlags[name]
    return flags


def record(scenario):
    """The golden part of a scenario."""
    run = Run(scenario.get("fail") or {})
    run.completed = False
    try:
        source, target = (
            adapter(name, either(scenario, side, "schema", {}), either(scenario, side, "top", []), scenario[nodes], run)
            for name, side, nodes in (("S", "src", "source"), ("T", "dst", "target"))
        )
    except Exception as exception:  # whatever it is, it is what DiffSync does
        return error("load", exception)
    flags = flags_of(scenario.get("flags") or [])
    diff_class = ORDERS[scenario["diff_class"]] if scenario.get("diff_class") else Diff
    progress = []

    def callback(stage, current, total):
        progress.append([stage, current, total])

    def first_and_last(calls, *ends):
        at = {"first": 0, "last": -1}
        return {"n": len(calls), **{end: calls[at[end]] if calls else None for end in ends}}

    try:
        diff = target.diff_from(source, diff_class=diff_class, flags=flags, callback=callback)
    except Exception as exception:
        return error("diff", exception)
    golden = {
        "summary": diff.summary(),
        "len": len(diff),
        "has_diffs": diff.has_diffs(),
        "elements": list(elements(diff)),
        "dict": diff.dict(),
        "str": diff.str(),
        "cb_diff": first_and_last(progress, "first", "last"),
    }
    # Later runs of the hooks would change what is shared with the models.
    golden = json.loads(json.dumps(golden))
    if scenario.get("op") != "sync":
        return golden
    for what, kind, uid in scenario.get("mutate_dst") or []:
        assert what == "remove", what
        target.remove(target.get(kind, uid))
    progress.clear()
    try:
        used = target.sync_from(
            source,
            diff_class=diff_class,
            flags=flags | flags_of(scenario.get("sync_flags") or []),
            callback=callback,
            diff=diff,
        )
        golden["returns_same_diff"] = used is diff
    except Exception as exception:
        golden.update(error("sync", exception))
    golden["calls"] = run.calls
    golden["cb_sync"] = first_and_last(progress, "last")
    golden["final"] = final(target)
    status = {f"{kind}/{uid}": instance.get_status() for kind, uid, instance in stored(target)}
    golden["dst_status"] = {name: [status.value, message] for name, (status, message) in status.items()}
    golden["sync_complete"] = run.completed
    golden = json.loads(json.dumps(golden))
    try:
        golden["rediff_has_diffs"] = target.diff_from(source, flags=flags).has_diffs()
    except Exception:  # it cannot be computed
        pass
    return golden


# Files


def read(path):
    with open(path, encoding="utf-8") as file:
        cases = json.load(file)
    for case in cases:
        site = ((case["scenario"].get("src_schema") or {}).get("site") or {})
        if case["scenario"]["id"] == "D15" and "kids" in site:
            site["kids"] = dict(sorted(site["kids"].items(), reverse=True))
    return cases


def write(scenarios):
    """One case a line."""
    lines = []
    for scenario in scenarios:
        golden = json.dumps(record(scenario), sort_keys=True)
        lines.append(f'{{"golden": {golden}, "scenario": {json.dumps(scenario)}}}')
    print("[\n" + ",\n".join(lines) + "\n]")


def check(cases):
    """Prints what DiffSync does otherwise than the cases say; whether it did all of it."""
    same = 0
    for case in cases:
        found = json.loads(json.dumps(record(case["scenario"])))
        wanted = case["golden"]
        parts = sorted(set(found) | set(wanted))
        # NaN is not itself, but its text is.
        text = {part: [json.dumps(side.get(part), sort_keys=True) for side in (wanted, found)] for part in parts}
        differing = [part for part in parts if text[part][0] != text[part][1]]
        same += not differing
        for part in differing:
            print(f"{case['scenario']['id']} {part}: the file {text[part][0]}, DiffSync {text[part][1]}")
    print(f"{same} of {len(cases)} cases are what DiffSync does")
    return same == len(cases)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("cases", nargs="?", help="a file of cases")
    arguments.add_argument("--check", action="store_true")
    arguments.add_argument("--random", type=int, metavar="N")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--plain", action="store_true")
    arguments.add_argument("--extra", action="store_true")
    given = arguments.parse_args()
    if given.check:
        sys.exit(0 if check(read(given.cases)) else 1)
    if given.random:
        from scenarios import random_scenarios

        write(random_scenarios(given.random, given.seed, given.plain))
    elif given.extra:
        from scenarios import extra

        write(extra())
    else:
        write(case["scenario"] for case in read(given.cases))


if __name__ == "__main__":
    main()
