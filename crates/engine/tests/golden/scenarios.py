"""Scenarios for `record.py`: the ones that DIFFSYNC.md names and the project's file lacks, and random ones."""

import copy
import random

# By id


def kind(ids=("name",), attrs=None, kids=None, **more):
    return {"ids": list(ids), "attrs": attrs or {}, "kids": kids or {}, **more}


NETWORK = {
    "site": kind(attrs={"region": "eu"}, kids={"device": "devices"}),
    "device": kind(attrs={"model": "m1", "role": "leaf"}, kids={"interface": "interfaces"}),
    "interface": kind(["device_name", "name"], {"descr": "", "mtu": 1500}, short=["name"]),
}
FLAT = {name: kind(["n"], {"v": 0}) for name in "abc"}
VALUE = {"x": kind(["n"], {"v": None})}
PAIR = {"pair": kind(["a", "b"], {"v": 0})}


def site(name, *devices, flags=(), **attrs):
    return ["site", {"name": name}, attrs, list(devices), list(flags)]


def device(name, *interfaces, flags=(), **attrs):
    below = [
        ["interface", {"device_name": name, "name": i}, {}, [], []] if isinstance(i, str) else i for i in interfaces
    ]
    return ["device", {"name": name}, attrs, below, list(flags)]


def interface(device_name, name, flags=(), **attrs):
    return ["interface", {"device_name": device_name, "name": name}, attrs, [], list(flags)]


def flat(name, n, **attrs):
    return [name, {"n": n}, attrs, [], []]


def case(id, note, source, target, op="sync", schema=None, top=("site",), **more):
    scenario = {"id": id, "note": note, "schema": schema or NETWORK, "top": list(top), "source": source}
    scenario.update(target=target, **more)
    if op:
        scenario["op"] = op
    return scenario


def two_deep(name, flags=(), below=(), deepest=()):
    return site(
        name,
        device("d1", interface("d1", "e0", flags=deepest), interface("d1", "e1"), flags=below),
        device("d2", "e0"),
        flags=flags,
    )


def by_id():
    natural, skip_children = ["NATURAL_DELETION_ORDER"], ["SKIP_CHILDREN_ON_DELETE"]
    go_on = {"flags": ["CONTINUE_ON_FAILURE"]}
    us = {"region": "us"}
    values = [("list", [1, 2], [2, 1]), ("same", [1, 2], [1, 2]), ("case", "a", "A"), ("map", {"k": [1]}, {"k": [2]})]
    return [
        case("D02", "all is new", [two_deep("a")], []),
        case("D03", "all is gone", [], [two_deep("a")]),
        case("D04", "attributes differ at every level",
             [site("a", device("d1", interface("d1", "e0", mtu=9000), role="spine"), **us)],
             [site("a", device("d1", "e0"))]),
        case("D05", "unchanged records above a changed one show empty + and -",
             [site("a", device("d1", interface("d1", "e0", mtu=9000)))], [site("a", device("d1", "e0"))]),
        case("D06", "nothing differs", [two_deep("a"), site("b")], [two_deep("a"), site("b")]),
        case("D07", "source order, then what only the target has",
             [site("c"), site("a"), site("x")], [site("z"), site("a"), site("y"), site("c")]),
        case("D08", "kinds in the order of the target's top level",
             [flat("a", 1), flat("b", 1), flat("c", 1)], [], schema=FLAT, top=(),
             src_top=["a", "b", "c"], dst_top=["c", "a", "b"]),
        case("D10", "no kind in common at the top",
             [flat("a", 1), flat("a", 2)], [flat("b", 1)], schema=FLAT, top=(), src_top=["a"], dst_top=["b"]),
        case("D17", "ids that read the same on both sides",
             [["pair", {"a": "x__y", "b": "z"}, {}, [], []]], [["pair", {"a": "x", "b": "y__z"}, {}, [], []]],
             schema=PAIR, top=["pair"], op=None),
        case("D21", "True, 1 and 1.0 are equal",
             [flat("x", "a", v=True), flat("x", "b", v=1), flat("x", "c", v=0)],
             [flat("x", "a", v=1), flat("x", "b", v=1.0), flat("x", "c", v=False)], schema=VALUE, top=["x"], op=None),
        case("D23", "lists are ordered, texts are case-sensitive",
             [flat("x", n, v=v) for n, v, _ in values], [flat("x", n, v=v) for n, _, v in values],
             schema=VALUE, top=["x"]),
        case("D38", "maps with keys out of order, and large integers",
             [flat("x", "a", v={"b": 1, "a": 2}), flat("x", "b", v=2**63), flat("x", "c", v={"b": 1, "a": 2})],
             [flat("x", "a", v=None), flat("x", "b", v=2**63 - 1), flat("x", "c", v={"a": 2, "b": 1})],
             schema=VALUE, top=["x"]),
        case("D39", "texts that need escapes inside lists and maps",
             [flat("x", "a", v=["a\nb", "it's", 'a "q"', "it's \"q\" \\", "\x01\xa0", "é"]),
              flat("x", "b", v={"k'": [None, 1e-7, 0.5]})],
             [flat("x", "a", v="a\nb"), flat("x", "b")], schema=VALUE, top=["x"]),
        case("D36", "the target knows the kind of a child, but not below that parent",
             [site("a", device("d1"), device("d2")), site("b")], [],
             src_schema=NETWORK, dst_schema={**NETWORK, "site": kind(attrs={"region": "eu"})}, **go_on),
        case("D36b", "the same without CONTINUE_ON_FAILURE",
             [site("a", device("d1"), device("d2")), site("b")], [],
             src_schema=NETWORK, dst_schema={**NETWORK, "site": kind(attrs={"region": "eu"})}),
        case("D37", "stale diff: an empty one is computed again",
             [site("a")], [site("a", flags=["IGNORE"])], mutate_dst=[["remove", "site", "a"]]),
        case("F02", "a skipped subtree counts 1, whatever its size",
             [site("a"), two_deep("b")], [site("a")], flags=["SKIP_UNMATCHED_SRC"]),
        case("F03", "global SKIP_UNMATCHED_DST", [site("a")], [site("a"), two_deep("z")], flags=["SKIP_UNMATCHED_DST"]),
        case("F05", "model SKIP_UNMATCHED_SRC has no effect on a pair",
             [site("a", flags=["SKIP_UNMATCHED_SRC"], **us)], [site("a")]),
        case("F07", "SKIP_UNMATCHED of the other side has no effect",
             [site("a", flags=["SKIP_UNMATCHED_DST"])], [site("b", flags=["SKIP_UNMATCHED_SRC"])]),
        case("F10", "IGNORE on records without a counterpart",
             [two_deep("a", ["IGNORE"]), site("b")], [two_deep("z", ["IGNORE"]), site("y")]),
        case("F12", "SKIP_UNMATCHED_DST on a child under a deleted parent",
             [], [two_deep("a", below=["SKIP_UNMATCHED_DST"])]),
        case("F12b", "the same two levels down", [], [two_deep("a", deepest=["SKIP_UNMATCHED_DST"])]),
        case("F15", "global SKIP_UNMATCHED_BOTH",
             [site("a", device("d1"), **us), site("b")], [site("a", device("d2")), site("z")],
             flags=["SKIP_UNMATCHED_BOTH"]),
        case("F19", "model SKIP_UNMATCHED_BOTH on either side",
             [site("a", flags=["SKIP_UNMATCHED_BOTH"])], [site("z", flags=["SKIP_UNMATCHED_BOTH"])]),
        case("N01", "deletes are parents first", [], [two_deep("a"), site("b", device("d3"))]),
        case("N03", "NATURAL at every level", [], [two_deep("a", natural, natural, natural)]),
        case("N03b", "NATURAL on the middle level only", [], [two_deep("a", below=natural)]),
        case("N05", "SKIP_CHILDREN_ON_DELETE at the top", [], [two_deep("a", skip_children)]),
        case("N05b", "SKIP_CHILDREN_ON_DELETE wins over NATURAL", [], [two_deep("a", natural + skip_children)]),
        case("N05c", "SKIP_CHILDREN_ON_DELETE below NATURAL", [], [two_deep("a", natural, skip_children)]),
        case("N11", "a delete that fails with SKIP_CHILDREN_ON_DELETE keeps all",
             [], [two_deep("a", skip_children)], fail={"delete:site/a": "none"}),
        case("E10", "another exception with CONTINUE_ON_FAILURE",
             [site("a"), site("b")], [], fail={"create:site/a": "other"}, **go_on),
        case("E10b", "another exception without it",
             [site("a"), site("b")], [], fail={"create:site/a": "other"}),
        case("E14", "stale diff: update target vanished, default",
             [site("a", **us), site("b", **us)], [site("a"), site("b")], mutate_dst=[["remove", "site", "a"]]),
        case("E19", "the first error leaves earlier work",
             [site("a", device("d1")), site("b", **us), site("c")], [site("b"), site("z")],
             fail={"update:site/b": "raise"}),
        case("E20", "several failures with CONTINUE_ON_FAILURE",
             [site("a", device("d1", "e0")), site("b", device("d2"), **us)], [site("b", device("d3", "e0")), site("z")],
             fail={"create:device": "raise", "delete:device/d3": "none", "delete:site/z": "raise"}, **go_on),
        case("E21", "every way in which a create can end",
             [site(way) for way in ("raise", "none", "failstatus", "noop", "fine")], [],
             fail={f"create:site/{way}": way for way in ("raise", "none", "failstatus", "noop")}, **go_on),
        case("E22", "every way in which an update can end",
             [site(way, device(f"d-{way}"), **us) for way in ("raise", "none", "failstatus", "noop", "fine")],
             [site(way) for way in ("raise", "none", "failstatus", "noop", "fine")],
             fail={f"update:site/{way}": way for way in ("raise", "none", "failstatus", "noop")}, **go_on),
        case("E23", "every way in which a delete can end",
             [], [site(way, device(f"d-{way}")) for way in ("raise", "none", "failstatus", "noop", "fine")],
             fail={f"delete:site/{way}": way for way in ("raise", "none", "failstatus", "noop")}, **go_on),
        case("E24", "stale diff: an unchanged parent vanished",
             [site("a", device("d1", role="spine"))], [site("a", device("d1"))], mutate_dst=[["remove", "site", "a"]]),
        case("E25", "stale diff: a child vanished",
             [site("a", device("d1", role="spine"))], [site("a", device("d1"))], mutate_dst=[["remove", "device", "d1"]]),
        case("E26", "stale diff: a record with NATURAL vanished",
             [], [site("a", device("d1"), flags=natural)], mutate_dst=[["remove", "site", "a"]], **go_on),
        case("C01", "an ordering hook for one kind",
             [flat("device", 2), flat("a", 1), flat("device", 1), flat("a", 2)], [flat("device", 3)],
             schema={"a": FLAT["a"], "device": FLAT["b"]}, top=["a", "device"], diff_class="DeviceDesc"),
        case("C05", "deletes last at every level",
             [site("a", device("d1")), site("c")], [site("b", device("d2")), site("a", device("d3"), device("d4"))],
             diff_class="DeletesLast"),
        case("C06", "an ordering hook that drops nested elements",
             [site("a", device("d1"), device("d2", role="spine"))], [site("a", device("d2"), device("d3"))],
             diff_class="OnlyCreates"),
        case("M04", "moved below a new parent", [site("b", device("d1"))], [site("a", device("d1"))]),
        case("M05", "moved and changed, with what is below it",
             [site("a"), site("b", device("d1", "e0", role="spine"))], [site("a", device("d1", "e0")), site("b")]),
    ]


# At random

FLAGS = [
    "IGNORE", "SKIP_UNMATCHED_SRC", "SKIP_UNMATCHED_DST", "SKIP_UNMATCHED_BOTH", "SKIP_CHILDREN_ON_DELETE",
    "NATURAL_DELETION_ORDER",
]
VALUES = [None, 0, 1, 2, -5, "", "x", "X", "1", "it's", 1.5, 2.25, [], [1, 2], [2, 1], ["a", None], {}, {"k": 1},
          {"k": [1, "é"]}, "a\nb", ["a\nb", "it's", 'a "q"', """it's "q" \\"""], {"a'b": None, "z": {"n": -0.5}}, ["\x01\xa0\u2028\u3000", "\x01"],
          0.1, 1e-7, [1e-5, 123456.789]]
ODD_VALUES = [True, False, 1.0, float("nan"), [True], "None", -1.5e22, [2.0], 12345678901234567890,
              {"b": 1, "a": 2}]
WAYS = ["raise", "raise", "none", "none", "failstatus", "noop", "other"]


class Maker:
    def __init__(self, rng, plain):
        self.rng = rng
        self.plain = plain

    def maybe(self, chance):
        return self.rng.random() < chance

    def odd(self, chance):
        """Circumstances in which trueup differs by design."""
        return not self.plain and self.maybe(chance)

    def value(self):
        return copy.deepcopy(self.rng.choice(VALUES + (ODD_VALUES if self.odd(0.1) else [])))

    def schema(self):
        rng = self.rng
        names = rng.sample(["device", "alpha", "beta", "gamma"], rng.choice([1, 2, 2, 3, 3, 3]))
        kinds, top = {}, []
        for number, name in enumerate(names):
            attrs = {attr: self.value() for attr in rng.sample(["p", "q", "r", "s"], rng.choice([0, 1, 1, 2, 3]))}
            two = self.maybe(0.3)
            kinds[name] = {"ids": ["owner", "name"] if two else ["name"], "attrs": attrs, "kids": {}}
            if two and self.maybe(0.7):
                kinds[name]["short"] = ["name"]
            elif attrs and self.odd(0.05):
                kinds[name]["short"] = [rng.choice(list(attrs))]
            if self.maybe(0.3):
                fields = [*kinds[name]["ids"], *attrs]
                rng.shuffle(fields)
                kinds[name]["decl"] = fields
            parents = [parent for parent in names[:number] if self.maybe(0.6)]
            if number and not parents and self.maybe(0.7):
                parents = [names[number - 1]]
            if parents:
                for parent in parents:
                    kinds[parent]["kids"][name] = f"{name}s"
                if self.maybe(0.12):
                    kinds[name]["kids"][name] = f"own_{name}s"
            if not parents or self.odd(0.03):
                top.append(name)
        if self.odd(0.03):
            kinds[top[0]]["kids"][top[0]] = "own"
        for declaration in kinds.values():
            kids = list(declaration["kids"].items())
            rng.shuffle(kids)
            declaration["kids"] = dict(kids)
        rng.shuffle(top)
        return kinds, top

    def node(self, kinds, name, owner, number, depth):
        rng, declaration = self.rng, kinds[name]
        own = f"{owner}{name[0]}{number}"
        if self.odd(0.04):
            own = f"{name[0]}{number}"
        ids = {"owner": owner, "name": rng.choice([f"{name[0]}{number}", own])} if len(declaration["ids"]) > 1 else {"name": own}
        if len(declaration["ids"]) > 1 and not owner:
            ids["owner"] = None if self.maybe(0.1) else number
        if self.odd(0.02):
            ids["name"] = rng.choice([number, str(number), "x__y"])
        node = [name, ids, {attr: self.value() for attr in declaration["attrs"] if self.maybe(0.5)}, [], []]
        if depth < 4:
            for kid in declaration["kids"]:
                if kid == name and self.maybe(0.6):
                    continue
                for n in range(rng.choice([0, 0, 1, 1, 2, 3])):
                    node[3].append(self.node(kinds, kid, own, n, depth + 1))
        if self.maybe(0.3):
            rng.shuffle(node[3])
        return node

    def forest(self, kinds, top):
        rng = self.rng
        nodes = [self.node(kinds, name, "", n, 0) for name in top for n in range(rng.choice([1, 1, 2, 2, 3]))]
        if self.maybe(0.3):
            rng.shuffle(nodes)
        return nodes

    def varied(self, kinds, nodes):
        """A side that is related to the other one."""
        rng = self.rng
        out = []
        for node in nodes:
            if self.maybe(0.25):
                continue
            name, ids, attrs, below, flags = copy.deepcopy(node)
            for attr in kinds[name]["attrs"]:
                if self.maybe(0.25):
                    attrs[attr] = self.value()
                elif self.maybe(0.1):
                    attrs.pop(attr, None)
            out.append([name, ids, attrs, self.varied(kinds, below), flags])
        if self.maybe(0.3):
            rng.shuffle(out)
        return out

    def flagged(self, nodes, chance):
        for node in nodes:
            if self.maybe(chance):
                node[4] = self.rng.sample(FLAGS, self.rng.choice([1, 1, 1, 2]))
            self.flagged(node[3], chance)

    def unprotected(self, nodes, others):
        """Takes flags away that would protect something below a record that is deleted."""
        counterparts = {(node[0], str(node[1])): node for node in others}
        for node in nodes:
            other = counterparts.get((node[0], str(node[1])))
            if other is None:
                for below in everything(node[3]):
                    below[4] = [flag for flag in below[4] if flag != "IGNORE" and not flag.startswith("SKIP_UNM")]
            else:
                self.unprotected(node[3], other[3])

    def one_sided(self, scenario, kinds, top):
        """The two sides declare different things."""
        rng = self.rng
        sides = {"src": copy.deepcopy(kinds), "dst": copy.deepcopy(kinds)}
        tops = {"src": list(top), "dst": list(top)}
        for side, nodes in (("src", scenario["source"]), ("dst", scenario["target"])):
            mine = sides[side]
            for name, declaration in mine.items():
                for attr in list(declaration["attrs"]):
                    if self.maybe(0.15) and attr not in declaration.get("short", ()):
                        del declaration["attrs"][attr]
                        if "decl" in declaration:
                            declaration["decl"].remove(attr)
                        for node in everything(nodes):
                            if node[0] == name:
                                node[2].pop(attr, None)
                for kid in list(declaration["kids"]):
                    # What only the source knows is refused when it is below a new record.
                    if self.maybe(0.1) and (side == "src" or not self.plain):
                        del declaration["kids"][kid]
                        for node in everything(nodes):
                            if node[0] == name:
                                node[3] = [below for below in node[3] if below[0] != kid]
                    elif self.odd(0.03):
                        declaration["kids"][kid] += "_here"
                if self.maybe(0.2):
                    declaration["kids"] = dict(sorted(declaration["kids"].items(), reverse=self.maybe(0.5)))
            if len(top) > 1 and self.maybe(0.15):
                tops[side].remove(rng.choice(top))
            if self.maybe(0.2):
                rng.shuffle(tops[side])
        for side in sides:
            reached = set(tops[side]) | {kid for kind in sides[side].values() for kid in kind["kids"]}
            if self.maybe(0.3):
                nodes = scenario["source" if side == "src" else "target"]
                used = {node[0] for node in everything(nodes)}
                sides[side] = {k: v for k, v in sides[side].items() if k in reached or k in used}
        scenario.update(src_schema=sides["src"], dst_schema=sides["dst"], src_top=tops["src"], dst_top=tops["dst"])
        del scenario["schema"], scenario["top"]

    def scenario(self, id):
        rng = self.rng
        kinds, top = self.schema()
        first = self.forest(kinds, top)
        second = self.varied(kinds, first)
        extra = self.varied(kinds, first)
        source, target = (first, second) if self.maybe(0.5) else (second, first)
        if self.maybe(0.3):
            source = extra
        natural = self.maybe(0.1)
        if natural:
            # Mostly deletes, in every order.
            source = self.varied(kinds, self.varied(kinds, self.varied(kinds, source)))
        scenario = {"id": id, "note": "random", "schema": kinds, "top": top, "source": source, "target": target}
        source, target = scenario["source"], scenario["target"] = copy.deepcopy(source), copy.deepcopy(target)
        if self.maybe(0.85):
            scenario["op"] = "sync"
        if self.maybe(0.6):
            chance = rng.choice([0.1, 0.1, 0.3])
            self.flagged(source, chance)
            self.flagged(target, chance)
        if natural:
            for node in everything(target):
                if self.maybe(0.5):
                    node[4] = list(dict.fromkeys([*node[4], rng.choice(["NATURAL_DELETION_ORDER"] * 4 + FLAGS)]))
        names = ["CONTINUE_ON_FAILURE", "SKIP_UNMATCHED_SRC", "SKIP_UNMATCHED_DST", "SKIP_UNMATCHED_BOTH"]
        names.append("LOG_UNCHANGED_RECORDS")
        flags = [name for name, chance in zip(names, (0.4, 0.1, 0.1, 0.05, 0.05)) if self.maybe(chance)]
        if flags:
            scenario["flags"] = flags
        if self.maybe(0.15):
            scenario["sync_flags"] = rng.sample(names, 1)
        if self.maybe(0.15):
            scenario["diff_class"] = rng.choice(["DeviceDesc", "AlphaDesc", "OnlyCreates", "DeletesLast"])
        if self.maybe(0.3):
            self.one_sided(scenario, kinds, top)
        if self.odd(0.04):
            self.link(source)
        if self.plain:
            self.unprotected(target, source)
        if self.maybe(0.6 if natural else 0.4):
            scenario["fail"] = self.fails(scenario)
        if self.maybe(0.07) and target:
            pool = [n for n in target] if self.plain or self.maybe(0.7) else list(everything(target))
            gone = rng.choice(pool)
            declared = (scenario.get("dst_schema") or kinds)[gone[0]]["ids"]
            scenario["mutate_dst"] = [["remove", gone[0], "__".join(str(gone[1][i]) for i in declared)]]
            if self.plain:
                # What is below a vanished record is another matter.
                gone[3] = []
                for node in everything(source):
                    if node[:2] == gone[:2]:
                        node[3] = []
        return scenario

    def link(self, nodes):
        parents = [node for node in everything(nodes) if node[3]]
        if len(parents) > 1:
            giver, taker = self.rng.sample(parents, 2)
            below = self.rng.choice(giver[3])
            if below[0][0] != "&" and any(other[0] == below[0] for other in taker[3]):
                taker[3].append(["&" + below[0], below[1], {}, [], []])

    def fails(self, scenario):
        rng = self.rng
        nodes = list(everything(scenario["source"])) + list(everything(scenario["target"]))
        kinds = scenario.get("schema") or {**scenario["src_schema"], **scenario["dst_schema"]}
        natural = any("NATURAL_DELETION_ORDER" in node[4] for node in nodes)
        goes_on = "CONTINUE_ON_FAILURE" in scenario.get("flags", []) + scenario.get("sync_flags", [])
        fail = {}
        for _ in range(rng.choice([1, 1, 2, 3])):
            if not nodes:
                break
            name, ids = rng.choice(nodes)[:2]
            uid = "__".join(str(ids[i]) for i in kinds.get(name.strip("&"), {"ids": []})["ids"])
            actions = ["create", "update"] if self.plain and natural else ["create", "update", "delete"]
            ways = [way for way in WAYS if not (self.plain and goes_on and way == "other")]
            action = rng.choice(actions)
            hook = f"{action}:{name.strip('&')}" + ("" if self.maybe(0.2) else f"/{uid}")
            fail[hook] = rng.choice(ways)
        return fail


def everything(nodes):
    for node in nodes:
        yield node
        yield from everything(node[3])


def random_scenarios(count, seed, plain):
    for number in range(count):
        rng = random.Random(f"{seed}/{number}")
        yield Maker(rng, plain).scenario(f"R{seed}-{number}")


def extra():
    yield from by_id()
    for plain, count in ((True, 55), (False, 45)):
        for scenario in random_scenarios(4 * count, 2026, plain):
            # The small ones that do something.
            if count and 600 < len(str(scenario)) < 1300 and scenario.get("op"):
                count -= 1
                scenario["id"] += "p" if plain else "m"
                yield scenario
