"""API.md §1.6, §1.7: values of a wrong type or against a rule, word by word where the contract has words."""

import json

from kit.checks import Checks, Failed, equal, true

from .session import NOWHERE, refused

checks = Checks("values")


@checks("§1.7 wrong types and values, word by word")
def wrong_values(on):
    device = {
        "name": "bad",
        "device_type": {"model": "R640"},
        "role": "Server",
        "status": "Active",
        "location": {"name": "NYC"},
    }
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
        (
            "dcim/devices",
            {**device, "location": 5},
            "location",
            "Related objects must be referenced by ID or by dictionary of attributes. Received an unrecognized value: 5",
        ),
        (
            "dcim/devices",
            {**device, "location": {"name": "Nope"}},
            "location",
            "Related object not found using the provided attributes: {'name': 'Nope'}",
        ),
        (
            "dcim/devices",
            {**device, "location": {"name": "Lab"}},
            "location",
            "Multiple objects match the provided attributes: {'name': 'Lab'}",
        ),
        (
            "dcim/devices",
            {**device, "device_type": "a;b"},
            "device_type",
            "Related object not found using provided composite-key: a;b",
        ),
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
        (
            "dcim/locations",
            {"name": "x", "location_type": "Site", "status": "Active"},
            "parent",
            "A Location of type Site must have a parent Location.",
        ),
        ("dcim/locations", {"name": "x", "location_type": "Floor", "status": "Active", "parent": "EU"}, "parent", None),
        (
            "dcim/locations",
            {"name": "x", "location_type": "Region", "status": "Active", "latitude": "91"},
            "latitude",
            None,
        ),
        (
            "dcim/locations",
            {"name": "x", "location_type": "Region", "status": "Active", "latitude": "1.1234567"},
            "latitude",
            None,
        ),
        (
            "dcim/locations",
            {"name": "x", "location_type": "Region", "status": "Active", "time_zone": "Mars/Olympus"},
            "time_zone",
            None,
        ),
        ("dcim/locations", {"name": "x", "location_type": "Region", "status": "Active", "asn": 2**32}, "asn", None),
        (
            "dcim/locations",
            {"name": "x", "location_type": "Region", "status": "Active", "contact_email": "nobody"},
            "contact_email",
            None,
        ),
        (
            "dcim/device-types",
            {"manufacturer": "Cisco", "model": "C9300-48"},
            "non_field_errors",
            "The fields manufacturer, model must make a unique set.",
        ),
        (
            "dcim/device-types",
            {"manufacturer": "Cisco", "model": "x", "is_full_depth": "maybe"},
            "is_full_depth",
            "Must be a valid boolean.",
        ),
        ("dcim/interfaces", {**interface, "mac_address": "zz"}, "mac_address", None),
        ("dcim/interfaces", {**interface, "mtu": 0}, "mtu", None),
        ("dcim/interfaces", {**interface, "mtu": 65537}, "mtu", None),
        ("dcim/interfaces", {**interface, "type": "warp"}, "type", "warp is not a valid choice."),
        ("dcim/interfaces", {**interface, "untagged_vlan": on.id("ipam/vlans", "users")}, None, None),
        ("dcim/interfaces", {**interface, "device": None}, None, None),
        (
            "dcim/interfaces",
            {**interface, "type": "1000base-t", "lag": on.id("dcim/interfaces", "nyc-leaf-01 mgmt0")},
            "lag",
            None,
        ),
        ("extras/statuses", {"name": "x", "content_types": ["x.y"]}, "content_types", "Invalid content type: x.y"),
        ("extras/statuses", {"name": "x", "content_types": []}, "content_types", None),
        ("extras/statuses", {"name": "x", "content_types": ["dcim.device"], "color": "red"}, "color", None),
        (
            "extras/custom-fields",
            {"label": "x", "type": "text", "content_types": ["dcim.device"], "default": 5},
            None,
            None,
        ),
        (
            "extras/custom-fields",
            {"label": "x", "type": "integer", "content_types": ["dcim.device"], "validation_regex": "x"},
            None,
            None,
        ),
        (
            "extras/custom-fields",
            {"label": "x", "type": "text", "content_types": ["dcim.device"], "validation_regex": "("},
            "validation_regex",
            None,
        ),
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
        (
            "ipam/ip-addresses",
            {"address": "192.0.2.1/24", "status": "Active", "namespace": "Global"},
            "namespace",
            "No suitable parent Prefix for 192.0.2.1 exists in Namespace Global",
        ),
        (
            "ipam/ip-addresses",
            {"address": "10.0.0.9/24", "status": "Active", "parent": on.id("ipam/prefixes", "10.0.0.0/8")},
            None,
            None,
        ),
        (
            "ipam/ip-addresses",
            {"address": "10.0.0.9/24", "status": "Active", "namespace": "Global", "type": "slaac"},
            None,
            None,
        ),
        ("ipam/vlans", {**vlan, "vid": 0}, "vid", None),
        ("ipam/vlans", {**vlan, "vid": 4095}, "vid", None),
        ("ipam/vlans", {**vlan, "vid": 300, "vlan_group": "AMS vlans"}, None, None),
        ("ipam/vlans", {**vlan, "vid": 10, "vlan_group": "AMS vlans"}, None, None),
        ("ipam/vlans", {**vlan, "location": on.id("dcim/locations", "EU")}, None, None),
        ("ipam/vlan-groups", {"name": "x", "range": "5-1"}, "range", None),
        ("ipam/vlan-groups", {"name": "x", "range": "a"}, "range", None),
        ("ipam/vlan-groups", {"name": "x", "range": "1-99999999999"}, "range", None),
        (
            "ipam/services",
            {"name": "x", "ports": [70000], "protocol": "tcp", "device": {"name": "ams-leaf-01"}},
            "ports",
            None,
        ),
        (
            "ipam/services",
            {"name": "x", "ports": "22", "protocol": "tcp", "device": {"name": "ams-leaf-01"}},
            "ports",
            None,
        ),
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
    fields = {
        "device_type": {"model": "R640"},
        "role": "Server",
        "status": "Active",
        "location": {"name": "NYC"},
        "bogus": 1,
    }
    made = on.rest.made(
        "dcim/devices/",
        {"name": 5, "vc_priority": None, "rack": None, "comments": "  x ", **fields, "display": "ignored"},
    )
    equal("values", (made["name"], made["comments"], made["display"]), ("5", "x", "5"))
    made = on.rest.made(
        "dcim/device-types/", {"manufacturer": "Dell", "model": "lenient", "u_height": "2", "is_full_depth": "false"}
    )
    equal("values", (made["u_height"], made["is_full_depth"]), (2, False))
    made = on.rest.made(
        "ipam/prefixes/",
        {"prefix": "10.51.0.77/24", "status": "Active", "namespace": "Global", "type": {"value": "pool"}},
    )
    equal("host bits are cleared", (made["prefix"], made["type"]["value"]), ("10.51.0.0/24", "pool"))
    made = on.rest.made("ipam/prefixes/", {"prefix": "2001:DB8:0:1::/64", "status": "Active", "namespace": "Global"})
    equal("compressed and lower-case", made["prefix"], "2001:db8:0:1::/64")
