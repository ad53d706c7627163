"""API.md §1.1, §1.6, §1.7: bodies that are no JSON, no objects, too large, of another kind; methods, versions."""

import json

from kit.checks import Checks, equal, true
from kit.rest import answers

from .session import NOWHERE, refused, survived

checks = Checks("bodies")
JSON = {"Content-Type": "application/json"}


@checks("§1.7 bad JSON, in the words of the contract")
def bad_json(on):
    rows = [
        ("", None),
        ("{bad", "JSON parse error - Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("nope", "JSON parse error - Expecting value: line 1 column 1 (char 0)"),
        ('{"name": }', "JSON parse error - Expecting value: line 1 column 10 (char 9)"),
        ('{"name": "x"', None),
        ('{"name": "x"} {}', None),
        ("[" * 100_000, None),
        ('{"a":' * 100_000, None),
        ("\ufeff{}", None),
        (b"\xff\xfe\x00{", None),
        (b'{"name": "\xff"}', None),
        ('{"name": "\\ud800"}', None),
        ('{"name": NaN}', None),
        ('{"name": 1e999}', None),
        ('{"name": "a\\u0000b"}', None),
        ("\x00", None),
    ]
    before = on.rest.count("tenancy/tenants/")
    for body, detail in rows:
        data = body.encode() if isinstance(body, str) else body
        answer = refused(on.rest.call("POST", "tenancy/tenants/", data=data, headers=JSON))
        equal(f"status of {body[:30]!r}", answer.status_code, 400)
        if detail:
            equal(f"body of {body[:30]!r}", answer.json(), {"detail": detail})
    equal("nothing stored", on.rest.count("tenancy/tenants/"), before)


@checks("§1.7 neither an object nor a list")
def no_object(on):
    for body, kind in ((5, "int"), ("x", "str"), (True, "bool"), (1.5, "float")):
        answers(
            on.rest.post("tenancy/tenants/", body),
            400,
            {"non_field_errors": [f"Invalid data. Expected a dictionary, but got {kind}."]},
        )
    refused(on.rest.post("tenancy/tenants/", None))
    refused(on.rest.post("tenancy/tenants/", [1, None, "x", []]))
    answers(
        on.rest.patch("tenancy/tenants/", {"name": "x"}),
        400,
        {"non_field_errors": ['Expected a list of items but got type "dict".']},
    )
    answers(on.rest.call("DELETE", "tenancy/tenants/"), 400)
    refused(on.rest.delete("tenancy/tenants/", {"id": NOWHERE}))


@checks("§1.6 list calls: without ids, with wrong ids, with an id twice")
def list_calls(on):
    answers(on.rest.patch("tenancy/tenants/", [{"description": "x"}]), 400, [{"id": ["This field is required."]}])
    refused(on.rest.patch("tenancy/tenants/", [{"id": 5, "description": "x"}]), 200)
    refused(on.rest.patch("tenancy/tenants/", [{"id": "x", "description": "x"}]), 200)
    refused(on.rest.delete("tenancy/tenants/", [{"name": "Acme"}]))
    refused(on.rest.delete("tenancy/tenants/", ["x"]))
    made = on.rest.made("tenancy/tenants/", {"name": "id twice"})
    survived(
        on.rest.patch(
            "tenancy/tenants/", [{"id": made["id"], "description": "a"}, {"id": made["id"], "description": "b"}]
        )
    )
    survived(on.rest.delete("tenancy/tenants/", [{"id": made["id"]}, {"id": made["id"]}]))
    true("Acme is there", on.rest.count("tenancy/tenants/", name="Acme") == 1)


@checks("a giant body is 413 or 400, and the server goes on")
def giant(on):
    name = "x" * (80 << 20)
    try:
        refused(on.rest.call("POST", "tenancy/tenants/", data=f'{{"name": "{name}"}}', headers=JSON))
    except (ConnectionError, OSError) as error:
        # The server may close the connection before all was sent; then it must have said 413, which this client cannot read.
        true(
            "the connection was ended while sending",
            "reset" in str(error).lower() or "broken pipe" in str(error).lower() or "aborted" in str(error).lower(),
            error,
        )
    answers(on.rest.get("status/"), 200)
    answer = refused(
        on.rest.call(
            "POST", "tenancy/tenants/", data=json.dumps({"name": "y", "comments": "z" * (8 << 20)}), headers=JSON
        ),
        201,
    )
    true("8 MB are refused or stored whole", answer.status_code != 201 or len(answer.json()["comments"]) == 8 << 20)


@checks("a body of another kind is 415")
def media_type(on):
    answer = on.rest.call("POST", "tenancy/tenants/", data="name=x", headers={"Content-Type": "text/plain"})
    answers(answer, 415, {"detail": 'Unsupported media type "text/plain" in request.'})
    for kind in ("application/json;", "application/json; charset=utf-8", "APPLICATION/JSON", "application/json;;"):
        answer = on.rest.call("POST", "tenancy/tenants/", data="{}", headers={"Content-Type": kind})
        answers(answer, 400, {"name": ["This field is required."]})
    refused(on.rest.call("POST", "tenancy/tenants/", data="{}", headers={"Content-Type": "\u00e9;=".encode("latin-1")}))


@checks("§1.1 an Accept that cannot be met is 406")
def accept(on):
    for kind in ("text/plain", "image/png", "application/xml"):
        answers(
            on.rest.call("GET", "tenancy/tenants/", headers={"Accept": kind}),
            406,
            {"detail": "Could not satisfy the request Accept header."},
        )
    for kind in (
        "*/*",
        "application/json;",
        "application/*",
        "text/html, application/json;q=0.5",
        "application/json; indent=4",
    ):
        answers(on.rest.call("GET", "tenancy/tenants/", headers={"Accept": kind}), 200)
    answer = refused(
        on.rest.call("GET", "tenancy/tenants/?api_version=2.0", headers={"Accept": "application/json; version=2.4"})
    )
    equal("two versions", answer.status_code, 400)
    equal("an unknown one in the query", refused(on.rest.get("tenancy/tenants/", api_version="0.0")).status_code, 404)


@checks("§1.1 methods that are not there are 405")
def methods(on):
    answers(on.rest.put("extras/object-changes/", {}), 405, {"detail": 'Method "PUT" not allowed.'})
    answers(on.rest.post("extras/object-changes/", {}), 405, {"detail": 'Method "POST" not allowed.'})
    answers(
        on.rest.post(f"tenancy/tenants/{on.id('tenancy/tenants', 'Acme')}/", {}),
        405,
        {"detail": 'Method "POST" not allowed.'},
    )
    answers(on.rest.get("graphql/"), 405)
    for method in ("TRACE", "BREW", "PROPFIND"):
        refused(on.rest.call(method, "tenancy/tenants/"))
