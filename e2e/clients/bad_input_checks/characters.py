"""SQL, path, template and control characters in every text: stored as they are, or refused."""

import string

from kit.checks import Checks, Failed, equal, true
from kit.rest import answers, described

from .session import refused, survived

checks = Checks("characters")


@checks("SQL, path, template and control characters in every text of a location are stored as they are, or refused")
def characters(on):
    texts = [
        "'; DROP TABLE dcim_location; --",
        '" OR 1=1 --',
        "%' ESCAPE '\\",
        "a%b_c\\d",
        "../../../etc/passwd",
        "..\\..\\windows",
        "{{ 7*7 }} {% for x in y %}",
        "${jndi:ldap://x}",
        "<script>alert(1)</script>",
        "a\tb\nc\rd",
        "a;b;%00;c",
        "null",
        "NULL",
        "true",
        "?:$1",
        "Ünïcödé ✓ 日本語 🜁",
        "\u202eabc\u200b",
        "e\u0301 / \u00e9",
        "\U0001f600" * 60,
        "x" * 255,
        string.punctuation,
    ]
    fields = "description facility physical_address shipping_address contact_name contact_phone comments".split()
    for text in texts:
        body = {"name": text[:200], "location_type": "Region", "status": "Active", **{field: text for field in fields}}
        answer = survived(on.rest.post("dcim/locations/", body))
        if answer.status_code != 201:
            refused(answer)
            continue
        made = answer.json()
        for field in ("name", *fields):
            wanted = (text[:200] if field == "name" else text).strip()
            equal(f"{field} of {text[:30]!r}", made[field], wanted)
        again = answers(on.rest.get(f"dcim/locations/{made['id']}/"), 200)
        equal(
            f"read again {text[:30]!r}",
            {field: again[field] for field in fields},
            {field: made[field] for field in fields},
        )
        for parameter in ("name", "name__ic", "name__isw", "name__iew", "name__ie", "description", "q"):
            wanted = made["description" if parameter == "description" else "name"]
            found = [row["id"] for row in on.rest.found("dcim/locations/", **{parameter: wanted, "limit": 200})]
            true(f"found by {parameter}={wanted[:30]!r}", made["id"] in found, found)
        equal("deleted", on.rest.delete(f"dcim/locations/{made['id']}/").status_code, 204)
    for text in ("a\x00b", "\x00"):
        refused(on.rest.post("dcim/locations/", {"name": text, "location_type": "Region", "status": "Active"}))
    equal("the locations are all there", on.rest.count("dcim/locations/", name=["EU", "US", "AMS", "NYC"]), 4)


@checks("characters in references, tags and custom fields")
def characters_in_references(on):
    for text in ("'; --", "a;b", "%00", "../x", "x" * 5000, "{'a': 1}", ";" * 100, "\x00"):
        for form in (
            text,
            {"name": text},
            {"name__icontains": text},
            {"id": text},
            {"url": text},
            f"{on.url}/api/dcim/locations/{text}/",
        ):
            body = {
                "name": "ref",
                "device_type": {"model": "R640"},
                "role": "Server",
                "status": "Active",
                "location": form,
            }
            answer = refused(on.rest.post("dcim/devices/", body))
            if answer.status_code == 201:
                raise Failed(f"took {form!r}: {described(answer)}")
        refused(on.rest.post("tenancy/tenants/", {"name": "ref", "tags": [text]}))
        survived(
            on.rest.patch(
                f"tenancy/tenants/{on.id('tenancy/tenants', 'Globex')}/", {"custom_fields": {text: text, "owner": text}}
            )
        )
    refused(on.rest.post("dcim/devices/", {"location": {"parent__" * 200 + "name": "x"}}))
