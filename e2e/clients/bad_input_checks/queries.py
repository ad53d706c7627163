"""API.md §1.3, §1.5, §6.3: addresses: filters, paging, paths, tokens, GraphQL."""

import time

import requests
from kit.checks import Checks, Failed, equal, true
from kit.rest import Rest, answers, described

from .session import NOWHERE, refused, survived

checks = Checks("addresses, filters, GraphQL")


@checks("§1.5 filters that mean nothing are 400, word by word; all of them at once")
def filters(on):
    nowhere = "Select a valid choice. {} is not one of the available choices."
    rows = [
        ("dcim/devices", {"bogus": "1"}, {"bogus": ["Unknown filter field"]}),
        (
            "dcim/devices",
            {"bogus": "1", "other": "2"},
            {"bogus": ["Unknown filter field"], "other": ["Unknown filter field"]},
        ),
        ("dcim/devices", {"name__bogus": "1"}, {"name__bogus": ["Unknown filter field"]}),
        ("dcim/devices", {"cf_bogus": "1"}, {"cf_bogus": ["Unknown filter field"]}),
        ("dcim/devices", {"": "1"}, None),
        ("dcim/devices", {"name__name__name": "1"}, None),
        ("dcim/devices", {"tenant": "Nope"}, {"tenant": [nowhere.format("Nope")]}),
        ("dcim/devices", {"tenant": NOWHERE}, {"tenant": [nowhere.format(NOWHERE)]}),
        ("dcim/devices", {"location": "Nope"}, {"location": [nowhere.format("Nope")]}),
        ("dcim/devices", {"face": "top"}, {"face": [nowhere.format("top")]}),
        ("dcim/devices", {"id": "x"}, {"id": ["Enter a valid UUID."]}),
        ("dcim/devices", {"created__gte": "x"}, {"created__gte": ["Enter a valid date/time."]}),
        ("dcim/devices", {"position": "x"}, None),
        ("dcim/devices", {"depth": "11"}, {"detail": "The depth parameter must be an integer between 0 and 10"}),
        ("dcim/devices", {"depth": "-1"}, {"detail": "The depth parameter must be an integer between 0 and 10"}),
        ("ipam/prefixes", {"prefix": "10.0.0.300/24"}, None),
        ("ipam/prefixes", {"within": "x"}, None),
        ("ipam/prefixes", {"contains": "10.0.0.0/99"}, None),
        ("ipam/ip-addresses", {"parent": "x"}, None),
        ("dcim/interfaces", {"device_id": "x"}, None),
        ("extras/object-changes", {"time__gte": "yesterday"}, {"time__gte": ["Enter a valid date/time."]}),
        ("dcim/devices", {"name__re": "("}, None),
        ("dcim/devices", {"name__ire": "[a-"}, None),
        ("dcim/devices", {"name__re": "a{1000000}"}, None),
    ]
    for endpoint, parameters, body in rows:
        answer = refused(on.rest.get(f"{endpoint}/", **parameters), *((200,) if "prefix" in parameters else ()))
        if answer.status_code == 200:
            equal(f"{endpoint} {parameters}: nothing found", answer.json()["count"], 0)
            continue
        equal(f"status of {endpoint} {parameters}", answer.status_code, 400)
        if body is not None:
            equal(f"{endpoint} {parameters}", answer.json(), body)


@checks("§1.5 a boolean that is none is ignored; depth that is no number is 0")
def ignored(on):
    everything = on.rest.count("dcim/devices/")
    equal("has_primary_ip=maybe", on.rest.count("dcim/devices/", has_primary_ip="maybe"), everything)
    equal("True in any case", on.rest.count("dcim/devices/", has_primary_ip="TRUE"), 1)
    page = answers(on.rest.get("dcim/devices/", depth="x", name="ams-leaf-01"), 200)
    equal("depth=x", set(page["results"][0]["location"]), {"id", "object_type", "url"})
    equal("sort=nope", on.rest.get("dcim/devices/", sort="nope,-also_nope").status_code, 200)


@checks("a regex that would take for ever is answered at once")
def regex_bombs(on):
    on.rest.made("tenancy/tenants/", {"name": "a" * 200 + "!"})
    for pattern in (
        "(a+)+$",
        "(a|a)*$",
        "(a|aa)+$",
        "(.*a){25}$",
        "^(([a-z])+.)+[A-Z]([a-z])+$",
        "(?:a?){60}a{60}",
        "((a{1,50}){1,50}){1,50}",
        "(" * 400 + ")" * 400,
        "a" * 10_000,
    ):
        for suffix in ("re", "ire", "nre"):
            start = time.monotonic()
            survived(on.rest.get("tenancy/tenants/", **{f"name__{suffix}": pattern}))
            true(f"{suffix}={pattern[:30]} within 5 s", time.monotonic() - start < 5, time.monotonic() - start)


@checks("§1.3 paging values: negative, huge, garbage")
def paging(on):
    def page(**parameters):
        return answers(on.rest.get("dcim/interfaces/", **parameters), 200)

    total = page()["count"]
    for limit in ("-1", "x", "", "1e3", "0x10", "9" * 40, "-" + "9" * 40, "1.5", " 5", "None", "\x00", "٣"):
        found = page(limit=limit)
        true(f"limit={limit}: at most a page", 0 < len(found["results"]) <= 1000, len(found["results"]))
    for limit in ("-1", "x"):
        equal(f"limit={limit} is 50", len(page(limit=limit)["results"]), min(50, total))
    for offset in ("-1", "x", "", "1.5", "\x00"):
        equal(
            f"offset={offset} is 0", page(offset=offset, limit=3)["results"][0]["id"], page(limit=3)["results"][0]["id"]
        )
    for offset in (total, 10**6, 2**31, 2**63 - 1, 2**63, 10**40):
        found = page(offset=offset)
        equal(f"offset={offset}", (found["results"], found["next"]), ([], None))
    equal("limit=0 is all", len(page(limit=0)["results"]), total)
    equal("the last of two", page(limit=["1", "2"])["count"], total)


@checks("SQL, path and control characters in every kind of filter")
def characters(on):
    texts = [
        "' OR '1'='1",
        "'; DROP TABLE dcim_device; --",
        "%",
        "_",
        "\\",
        "\x00",
        "../..",
        "a" * 20_000,
        "NULL",
        "null",
        "🜁",
        "'" * 1000,
        "?",
        "$1",
        "{}",
        "(SELECT 1)",
    ]
    names = [
        "name",
        "name__ic",
        "name__n",
        "name__re",
        "q",
        "tenant",
        "location",
        "status",
        "tags",
        "id",
        "cf_owner",
        "cf_units",
        "cf_stage",
    ]
    names += [
        "created__gte",
        "position__gt",
        "serial",
        "mac_address",
        "has_primary_ip",
        "tenant_id",
        "interfaces",
        "sort",
        "include",
        "format",
        "bogus",
    ]
    total = on.rest.count("dcim/devices/")
    for text in texts:
        for name in names:
            answer = survived(on.rest.get("dcim/devices/", **{name: text, "limit": 5}))
            if answer.status_code != 200:
                refused(answer)
        for endpoint, name in (
            ("ipam/prefixes", "prefix"),
            ("ipam/prefixes", "within"),
            ("ipam/prefixes", "parent"),
            ("ipam/ip-addresses", "address"),
            ("ipam/prefixes", "q"),
            ("ipam/ip-addresses", "q"),
        ):
            survived(on.rest.get(f"{endpoint}/", **{name: text}))
        survived(on.rest.get("dcim/devices/", **{text: "x"}))
    equal("the devices are all there", on.rest.count("dcim/devices/"), total)


@checks("very many values and parameters")
def many(on):
    found = answers(on.rest.get("dcim/devices/", name=[f"ams-leaf-{n:02}" for n in range(800)], limit=1000), 200)
    equal("of 800 names", found["count"], 2)
    survived(
        on.rest.get(
            "dcim/devices/", **{f"name__{suffix}": ["x"] * 100 for suffix in ("ic", "nic", "isw", "n", "re", "ire")}
        )
    )
    refused(on.rest.get("dcim/devices/", **{f"p{n}": "x" for n in range(1000)}))
    survived(on.rest.get("dcim/devices/", sort=",".join(["name", "-created"] * 300)))
    survived(on.rest.get("dcim/devices/", sort="__".join(["location"] + ["parent"] * 100 + ["name"])))
    # The line is longer than HTTP servers read; whoever gives up at it does not know yet that this is an API.
    refused(on.rest.get("dcim/devices/", name="x" * 200_000), 414, 431)


@checks("paths: what is not there is 404, whatever it looks like")
def paths(on):
    for path in (
        "nope/",
        "dcim/nope/",
        "dcim/devices/nope/",
        f"dcim/devices/{NOWHERE}/",
        f"dcim/devices/{NOWHERE}/notes/",
        "dcim/devices/%00/",
    ):
        answers(on.rest.get(path), 404)
    answers(on.rest.get("dcim/nope/"), 404, {"detail": "Not found."})
    answers(on.rest.get(f"dcim/devices/{NOWHERE}/"), 404, {"detail": "No Device matches the given query."})
    answers(on.rest.get("dcim/devices/not-a-uuid/"), 404, {"detail": "No Device matches the given query."})
    for path in (
        "..%2f..%2fetc%2fpasswd/",
        "dcim/devices/..%2f..%2f/",
        "dcim/manufacturers/%27%3B--/",
        "dcim/manufacturers/" + "x" * 5000 + "/",
        "%ff%fe/",
        "dcim//devices/",
        "dcim/manufacturers/;;;;;;/",
        "dcim/locations/" + ";" * 500 + "/",
    ):
        refused(on.rest.get(path))
    answer = on.rest.get("dcim/devices")
    equal(
        "without the slash",
        (answer.status_code, answer.headers["Location"].endswith("/api/dcim/devices/")),
        (301, True),
    )
    refused(on.rest.call("POST", "tenancy/tenants", {"name": "no slash"}))
    equal("and nothing was made", on.rest.count("tenancy/tenants/", name="no slash"), 0)


@checks("§1.1 tokens: none, wrong, malformed: 403 each")
def tokens(on):
    rows = [
        (None, "Authentication credentials were not provided."),
        ("Bearer " + on.token, "Authentication credentials were not provided."),
        ("Token", "Invalid token header. No credentials provided."),
        ("Token " + "f" * 40, "Invalid token"),
        ("Token " + on.token + " x", None),
        ("Token " + "x" * 100_000, None),
        ("Token \u00e9", None),
        ("Token ' OR 1=1 --", None),
    ]
    for header, detail in rows:
        headers = {} if header is None else {"Authorization": header.encode("latin-1")}
        for method, path in (
            ("GET", "dcim/devices/"),
            ("POST", "tenancy/tenants/"),
            ("GET", ""),
            ("GET", "status/"),
            ("GET", "swagger.json"),
        ):
            answer = requests.request(method, on.rest.base + path, headers=headers, timeout=60)
            if header and len(header) > 50_000 and answer.status_code in (400, 431):
                continue
            if answer.status_code != 403:
                raise Failed(f"{header and header[:40]!r}: should be 403: {described(answer)}")
            if detail:
                equal(f"{header and header[:40]!r}", answer.json(), {"detail": detail})


@checks("a read-only token and one that has expired")
def other_tokens(on):
    user = on.rest.one("users/users/", username="admin")["id"]
    made = on.rest.made("users/tokens/", {"user": user, "write_enabled": False, "description": "reads"})
    reader = Rest(on.url, made["key"])
    answers(reader.get("tenancy/tenants/"), 200)
    answers(
        reader.post("tenancy/tenants/", {"name": "x"}),
        403,
        {"detail": "You do not have permission to perform this action."},
    )
    options = answers(reader.call("OPTIONS", "tenancy/tenants/"), 200)
    true("no `actions` for it", "actions" not in options, sorted(options))
    made = on.rest.made("users/tokens/", {"user": user, "expires": "2020-01-01T00:00:00Z"})
    answers(Rest(on.url, made["key"]).get("tenancy/tenants/"), 403, {"detail": "Token expired"})
    key = made["key"]
    shown = answers(on.rest.get(f"users/tokens/{made['id']}/"), 200)
    true("the key is not shown whole again", key not in str(shown), shown)


@checks("§1.9 GraphQL: deep, wide, circular, endless, and no query at all")
def graphql(on):
    def ask(query, **more):
        return on.rest.call("POST", "graphql/", {"query": query, **more}, timeout=30)

    deep = "{ locations " + "{ children " * 60 + "{ name }" + " }" * 61
    fragments = "{ devices { ...a } } fragment a on DeviceType { location { devices { ...a } } }"
    wide = (
        "{ "
        + " ".join(
            f"a{n}: devices {{ name interfaces {{ name device {{ name interfaces {{ name }} }} }} }}"
            for n in range(500)
        )
        + " }"
    )
    for name, query in (
        ("deep", deep),
        ("circular fragments", fragments),
        ("wide", wide),
        ("brackets", "{" * 50_000),
        ("long", "{ devices { " + "name " * 200_000 + "} }"),
        ("arguments", '{ devices(name: ["' + "x" * 100_000 + '"]) { nope } }'),
    ):
        start = time.monotonic()
        answer = survived(ask(query))
        true(
            f"{name}: says what is wrong",
            answer.status_code in (400, 413) or "errors" in answer.json() or name in ("long", "wide"),
            described(answer),
        )
        true(f"{name}: within 10 s", time.monotonic() - start < 10, time.monotonic() - start)
    for query in (
        "",
        "   ",
        "{",
        "{ nope }",
        "mutation { x }",
        "subscription { x }",
        "{ device }",
        "{ devices(nope: 1) { name } }",
        "{ devices { name(x: 1) } }",
        "\x00",
        "query A { __typename } query B { __typename }",
    ):
        answer = answers(ask(query), 400)
        true(f"{query!r} has errors", isinstance(answer["errors"], list) and answer["errors"][0]["message"], answer)
    for body in (
        {},
        {"query": None},
        {"query": 5},
        {"query": []},
        {"query": "{ __typename }", "variables": 5},
        {"query": "{ __typename }", "variables": "x"},
        [],
        5,
        "x",
        None,
    ):
        refused(on.rest.call("POST", "graphql/", body))
    refused(on.rest.call("POST", "graphql/", data="{bad", headers={"Content-Type": "application/json"}))
    refused(ask("query ($n: Int!) { devices(limit: $n) { name } }", variables={"n": "x"}))
    for arguments in (
        "limit: -1",
        "limit: 2147483647",
        "offset: -1",
        "offset: 2147483647",
        'name__re: ["("]',
        "limit: 99999999999999",
    ):
        survived(ask(f"{{ devices({arguments}) {{ name }} }}"))
    answers(ask("query A { a: __typename } query B { b: __typename }", operationName="B"), 200)
