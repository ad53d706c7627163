"""API.md §1.7, §6.3: bodies: bad JSON, wrong types, wrong values, sizes; what stands there must be answered word by word."""

import json
import string

from kit.checks import Checks, Failed, equal, true
from kit.rest import answers, described

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
        answers(on.rest.post("tenancy/tenants/", body), 400, {"non_field_errors": [f"Invalid data. Expected a dictionary, but got {kind}."]})
    refused(on.rest.post("tenancy/tenants/", None))
    refused(on.rest.post("tenancy/tenants/", [1, None, "x", []]))
    answers(on.rest.patch("tenancy/tenants/", {"name": "x"}), 400, {"non_field_errors": ['Expected a list of items but got type "dict".']})
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
    survived(on.rest.patch("tenancy/tenants/", [{"id": made["id"], "description": "a"}, {"id": made["id"], "description": "b"}]))
    survived(on.rest.delete("tenancy/tenants/", [{"id": made["id"]}, {"id": made["id"]}]))
    true("Acme is there", on.rest.count("tenancy/tenants/", name="Acme") == 1)


@checks("§1.7 wrong types and values, word by word")
def wrong_values(on):
    device = {"name": "bad", "device_type": {"model": "R640"}, "role": "Server", "status": "Active", "location": {"name": "NYC"}}
    prefix = {"prefix": "10.50.0.0/24", "status": "Active", "namespace": "Global"}
    vlan = {"vid": 77, "name": "bad", "status": "Active"}
    interface = {"name": "bad", "type": "virtual", "status": "Active", "device": {"name": "ams-leaf-01"}}
    rows = [
        ("tenancy/tenants", {"name": None}, "name", "This field may not be null."),
        ("tenancy/tenants", {"name": "   "}, "name", "This field may not be blank."),
        ("tenancy/tenants", {"name": []}, "name", None),
        ("tenancy/tenants", {"name": {}}, "name", None),
        ("tenancy/tenants", {"name": True}, "name", None),
        ("tenancy/tenants", {"name": "x" * 256}, "name", "Ensure this field has no more than 255 characters."),
        ("tenancy/tenants", {"name": "x", "tenant_group": 5}, "tenant_group", None),
        ("tenancy/tenants", {"name": "x", "tenant_group": {}}, "tenant_group", None),
        ("tenancy/tenants", {"name": "x", "tenant_group": []}, "tenant_group", None),
        ("tenancy/tenants", {"name": "x", "tags": "prod"}, "tags", None),
        ("tenancy/tenants", {"name": "x", "tags": [{"name": "no such tag"}]}, "tags", None),
        ("tenancy/tenants", {"name": "x", "tags": [5]}, "tags", None),
        ("tenancy/tenants", {"name": "x", "custom_fields": None}, "custom_fields", None),
        ("tenancy/tenants", {"name": "x", "custom_fields": []}, "custom_fields", None),
        ("tenancy/tenants", {"name": "x", "custom_fields": {"units": "many"}}, None, None),
        ("tenancy/tenants", {"name": "x", "custom_fields": {"units": 101}}, None, None),
        ("tenancy/tenants", {"name": "x", "custom_fields": {"stage": "no such choice"}}, None, None),
        ("tenancy/tenants", {"id": "x", "name": "x"}, "id", None),
        ("dcim/devices", {**device, "position": "x"}, "position", "A valid integer is required."),
        ("dcim/devices", {**device, "position": 1.5}, "position", None),
        ("dcim/devices", {**device, "position": 10**30}, "position", None),
        ("dcim/devices", {**device, "vc_position": 256}, "vc_position", None),
        ("dcim/devices", {**device, "vc_position": -1}, "vc_position", None),
        ("dcim/devices", {**device, "face": "bogus"}, "face", "bogus is not a valid choice."),
        ("dcim/devices", {**device, "face": {"label": "Front"}}, "face", None),
        ("dcim/devices", {**device, "status": "Connected"}, "status", None),
        ("dcim/devices", {**device, "role": {"name": "Loopback"}}, "role", None),
        ("dcim/devices", {**device, "location": 5}, "location", "Related objects must be referenced by ID or by dictionary of attributes. Received an unrecognized value: 5"),
        ("dcim/devices", {**device, "location": {"name": "Nope"}}, "location", "Related object not found using the provided attributes: {'name': 'Nope'}"),
        ("dcim/devices", {**device, "location": {"name": "Lab"}}, "location", "Multiple objects match the provided attributes: {'name': 'Lab'}"),
        ("dcim/devices", {**device, "device_type": "a;b"}, "device_type", "Related object not found using provided composite-key: a;b"),
        ("dcim/devices", {**device, "location": {"foo": "x"}}, "location", None),
        ("dcim/devices", {**device, "location": NOWHERE}, "location", None),
        ("dcim/devices", {**device, "location": {"id": "x"}}, "location", None),
        ("dcim/devices", {**device, "location": {"name": {"name": "x"}}}, "location", None),
        ("dcim/devices", {**device, "location": {"name": ["NYC"]}}, "location", None),
        ("dcim/devices", {**device, "location": {"name": "EU"}}, "location", None),
        ("dcim/devices", {**device, "position": 5}, None, None),
        ("dcim/devices", {**device, "primary_ip4": on.id("ipam/ip-addresses", "10.0.0.2")}, "primary_ip4", None),
        ("dcim/devices", {**device, "platform": "ios"}, None, None),
        ("dcim/devices", {**device, "local_config_context_data": "text"}, "local_config_context_data", None),
        ("dcim/locations", {"name": "x", "location_type": "Site", "status": "Active"}, "parent", "A Location of type Site must have a parent Location."),
        ("dcim/locations", {"name": "x", "location_type": "Floor", "status": "Active", "parent": "EU"}, "parent", None),
        ("dcim/locations", {"name": "x", "location_type": "Region", "status": "Active", "latitude": "91"}, "latitude", None),
        ("dcim/locations", {"name": "x", "location_type": "Region", "status": "Active", "latitude": "1.1234567"}, "latitude", None),
        ("dcim/locations", {"name": "x", "location_type": "Region", "status": "Active", "time_zone": "Mars/Olympus"}, "time_zone", None),
        ("dcim/locations", {"name": "x", "location_type": "Region", "status": "Active", "asn": 2**32}, "asn", None),
        ("dcim/locations", {"name": "x", "location_type": "Region", "status": "Active", "contact_email": "nobody"}, "contact_email", None),
        ("dcim/device-types", {"manufacturer": "Cisco", "model": "C9300-48"}, "non_field_errors", "The fields manufacturer, model must make a unique set."),
        ("dcim/device-types", {"manufacturer": "Cisco", "model": "x", "is_full_depth": "maybe"}, "is_full_depth", "Must be a valid boolean."),
        ("dcim/interfaces", {**interface, "mac_address": "zz"}, "mac_address", None),
        ("dcim/interfaces", {**interface, "mtu": 0}, "mtu", None),
        ("dcim/interfaces", {**interface, "mtu": 65537}, "mtu", None),
        ("dcim/interfaces", {**interface, "type": "warp"}, "type", "warp is not a valid choice."),
        ("dcim/interfaces", {**interface, "untagged_vlan": on.id("ipam/vlans", "users")}, None, None),
        ("dcim/interfaces", {**interface, "device": None}, None, None),
        ("dcim/interfaces", {**interface, "type": "1000base-t", "lag": on.id("dcim/interfaces", "nyc-leaf-01 mgmt0")}, "lag", None),
        ("extras/statuses", {"name": "x", "content_types": ["x.y"]}, "content_types", "Invalid content type: x.y"),
        ("extras/statuses", {"name": "x", "content_types": []}, "content_types", None),
        ("extras/statuses", {"name": "x", "content_types": ["dcim.device"], "color": "red"}, "color", None),
        ("extras/custom-fields", {"label": "x", "type": "text", "content_types": ["dcim.device"], "default": 5}, None, None),
        ("extras/custom-fields", {"label": "x", "type": "integer", "content_types": ["dcim.device"], "validation_regex": "x"}, None, None),
        ("extras/custom-fields", {"label": "x", "type": "text", "content_types": ["dcim.device"], "validation_regex": "("}, "validation_regex", None),
        ("extras/custom-field-choices", {"custom_field": {"key": "owner"}, "value": "x"}, None, None),
        ("extras/graphql-queries", {"name": "x", "query": "{"}, "query", None),
        ("extras/graphql-queries", {"name": "x", "query": "{ nope }"}, "query", None),
        ("ipam/prefixes", {**prefix, "prefix": "10.0.0.300/24"}, "prefix", "Invalid IP address: 10.0.0.300/24"),
        ("ipam/prefixes", {**prefix, "prefix": "10.50.0.0/33"}, "prefix", None),
        ("ipam/prefixes", {**prefix, "prefix": "10.50.0.0/-1"}, "prefix", None),
        ("ipam/prefixes", {**prefix, "prefix": "2001:db8::/129"}, "prefix", None),
        ("ipam/prefixes", {**prefix, "prefix": "2001:db8:::/64"}, "prefix", None),
        ("ipam/prefixes", {**prefix, "prefix": "x/y/z"}, "prefix", None),
        ("ipam/prefixes", {**prefix, "prefix": ""}, "prefix", None),
        ("ipam/prefixes", {**prefix, "prefix": 5}, "prefix", None),
        ("ipam/prefixes", {**prefix, "type": "bogus"}, "type", "bogus is not a valid choice."),
        ("ipam/prefixes", {**prefix, "date_allocated": "yesterday"}, "date_allocated", None),
        ("ipam/prefixes", {**prefix, "location": on.id("dcim/locations", "EU")}, None, None),
        ("ipam/ip-addresses", {"address": "10.0.0.256/24", "status": "Active", "namespace": "Global"}, "address", None),
        ("ipam/ip-addresses", {"address": "10.0.0.9/33", "status": "Active", "namespace": "Global"}, "address", None),
        ("ipam/ip-addresses", {"address": "10.0.0.9/24", "status": "Active"}, None, None),
        ("ipam/ip-addresses", {"address": "192.0.2.1/24", "status": "Active", "namespace": "Global"}, "namespace", "No suitable parent Prefix for 192.0.2.1 exists in Namespace Global"),
        ("ipam/ip-addresses", {"address": "10.0.0.9/24", "status": "Active", "parent": on.id("ipam/prefixes", "10.0.0.0/8")}, None, None),
        ("ipam/ip-addresses", {"address": "10.0.0.9/24", "status": "Active", "namespace": "Global", "type": "slaac"}, None, None),
        ("ipam/vlans", {**vlan, "vid": 0}, "vid", None),
        ("ipam/vlans", {**vlan, "vid": 4095}, "vid", None),
        ("ipam/vlans", {**vlan, "vid": 300, "vlan_group": "AMS vlans"}, None, None),
        ("ipam/vlans", {**vlan, "vid": 10, "vlan_group": "AMS vlans"}, None, None),
        ("ipam/vlans", {**vlan, "location": on.id("dcim/locations", "EU")}, None, None),
        ("ipam/vlan-groups", {"name": "x", "range": "5-1"}, "range", None),
        ("ipam/vlan-groups", {"name": "x", "range": "a"}, "range", None),
        ("ipam/vlan-groups", {"name": "x", "range": "1-99999999999"}, "range", None),
        ("ipam/services", {"name": "x", "ports": [70000], "protocol": "tcp", "device": {"name": "ams-leaf-01"}}, "ports", None),
        ("ipam/services", {"name": "x", "ports": "22", "protocol": "tcp", "device": {"name": "ams-leaf-01"}}, "ports", None),
        ("ipam/services", {"name": "x", "ports": [22], "protocol": "tcp"}, None, None),
    ]
    bad = []
    for endpoint, body, field, text in rows:
        before = on.rest.count(f"{endpoint}/")
        answer = on.rest.post(f"{endpoint}/", body)
        try:
            refused(answer)
            equal("status", answer.status_code, 400)
            found = answer.json()
            if text:
                equal("body", found, {field: [text]})
            elif field:
                true(f"names `{field}`", field in found, found)
            equal("nothing stored", on.rest.count(f"{endpoint}/"), before)
        except Failed as error:
            bad.append(f"POST {endpoint}/ {json.dumps(body)[:160]}: {error}")
    if bad:
        raise Failed(f"{len(bad)} of {len(rows)}:\n            " + "\n            ".join(bad))


@checks("§1.6 lenient coercion: what looks like the type is taken")
def coercion(on):
    fields = {"device_type": {"model": "R640"}, "role": "Server", "status": "Active", "location": {"name": "NYC"}, "bogus": 1}
    made = on.rest.made("dcim/devices/", {"name": 5, "vc_priority": None, "rack": None, "comments": "  x ", **fields, "display": "ignored"})
    equal("values", (made["name"], made["comments"], made["display"]), ("5", "x", "5"))
    made = on.rest.made("dcim/device-types/", {"manufacturer": "Dell", "model": "lenient", "u_height": "2", "is_full_depth": "false"})
    equal("values", (made["u_height"], made["is_full_depth"]), (2, False))
    made = on.rest.made("ipam/prefixes/", {"prefix": "10.51.0.77/24", "status": "Active", "namespace": "Global", "type": {"value": "pool"}})
    equal("host bits are cleared", (made["prefix"], made["type"]["value"]), ("10.51.0.0/24", "pool"))
    made = on.rest.made("ipam/prefixes/", {"prefix": "2001:DB8:0:1::/64", "status": "Active", "namespace": "Global"})
    equal("compressed and lower-case", made["prefix"], "2001:db8:0:1::/64")


@checks("a giant body is 413 or 400, and the server goes on")
def giant(on):
    name = "x" * (80 << 20)
    try:
        refused(on.rest.call("POST", "tenancy/tenants/", data=f'{{"name": "{name}"}}', headers=JSON))
    except (ConnectionError, OSError) as error:
        # The server may close the connection before all was sent; then it must have said 413, which this client cannot read.
        true("the connection was ended while sending", "reset" in str(error).lower() or "broken pipe" in str(error).lower() or "aborted" in str(error).lower(), error)
    answers(on.rest.get("status/"), 200)
    answer = refused(on.rest.call("POST", "tenancy/tenants/", data=json.dumps({"name": "y", "comments": "z" * (8 << 20)}), headers=JSON), 201)
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
        answers(on.rest.call("GET", "tenancy/tenants/", headers={"Accept": kind}), 406, {"detail": "Could not satisfy the request Accept header."})
    for kind in ("*/*", "application/json;", "application/*", "text/html, application/json;q=0.5", "application/json; indent=4"):
        answers(on.rest.call("GET", "tenancy/tenants/", headers={"Accept": kind}), 200)
    answer = refused(on.rest.call("GET", "tenancy/tenants/?api_version=2.0", headers={"Accept": "application/json; version=2.4"}))
    equal("two versions", answer.status_code, 400)
    equal("an unknown one in the query", refused(on.rest.get("tenancy/tenants/", api_version="0.0")).status_code, 404)


@checks("§1.1 methods that are not there are 405")
def methods(on):
    answers(on.rest.put("extras/object-changes/", {}), 405, {"detail": 'Method "PUT" not allowed.'})
    answers(on.rest.post("extras/object-changes/", {}), 405, {"detail": 'Method "POST" not allowed.'})
    answers(on.rest.post(f"tenancy/tenants/{on.id('tenancy/tenants', 'Acme')}/", {}), 405, {"detail": 'Method "POST" not allowed.'})
    answers(on.rest.get("graphql/"), 405)
    for method in ("TRACE", "BREW", "PROPFIND"):
        refused(on.rest.call(method, "tenancy/tenants/"))


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
        equal(f"read again {text[:30]!r}", {field: again[field] for field in fields}, {field: made[field] for field in fields})
        for parameter in ("name", "name__ic", "name__isw", "name__iew", "name__ie", "description", "q"):
            found = [row["id"] for row in on.rest.found("dcim/locations/", **{parameter: made["name"], "limit": 200})]
            true(f"found by {parameter}={made['name'][:30]!r}", made["id"] in found, found)
        equal("deleted", on.rest.delete(f"dcim/locations/{made['id']}/").status_code, 204)
    for text in ("a\x00b", "\x00"):
        refused(on.rest.post("dcim/locations/", {"name": text, "location_type": "Region", "status": "Active"}))
    equal("the locations are all there", on.rest.count("dcim/locations/", name=["EU", "US", "AMS", "NYC"]), 4)


@checks("characters in references, tags and custom fields")
def characters_in_references(on):
    for text in ("'; --", "a;b", "%00", "../x", "x" * 5000, "{'a': 1}", ";" * 100, "\x00"):
        for form in (text, {"name": text}, {"name__icontains": text}, {"id": text}, {"url": text}, f"{on.url}/api/dcim/locations/{text}/"):
            body = {"name": "ref", "device_type": {"model": "R640"}, "role": "Server", "status": "Active", "location": form}
            answer = refused(on.rest.post("dcim/devices/", body))
            if answer.status_code == 201:
                raise Failed(f"took {form!r}: {described(answer)}")
        refused(on.rest.post("tenancy/tenants/", {"name": "ref", "tags": [text]}))
        survived(on.rest.patch(f"tenancy/tenants/{on.id('tenancy/tenants', 'Globex')}/", {"custom_fields": {text: text, "owner": text}}))
    refused(on.rest.post("dcim/devices/", {"location": {"parent__" * 200 + "name": "x"}}))
