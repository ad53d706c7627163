"""API.md §3: calls at fixed addresses: version, status, OpenAPI, app roots, plugins, settings, choices."""

import re

import pynautobot
from kit.checks import Checks, equal, raises, true
from packaging.version import Version

checks = Checks("fixed addresses")
APPS = ["circuits", "cloud", "dcim", "extras", "ipam", "tenancy", "users", "virtualization", "vpn", "wireless"]
APPS += ["data_validation", "load_balancers"]


@checks("making a client asks nothing")
def construction(on):
    pynautobot.api("http://127.0.0.1:1", token="x" * 40)


@checks("§3 api.version is X.Y of two numbers")
def version(on):
    true("api.version", re.fullmatch(r"\d+\.\d+", on.nb.version), on.nb.version)


@checks("§1.1 api.version echoes the version that was asked for")
def version_asked(on):
    for wanted in ("2.0", "2.4", "3.0", "3.1", "3.2"):
        equal(f"version with api_version={wanted}", on.client(api_version=wanted).version, wanted)


@checks("§1.1 a version that is not supported is 406 in the header")
def version_unknown(on):
    error = raises(
        "api_version=1.2", pynautobot.RequestError, lambda: on.client(api_version="1.2").tenancy.tenants.all()
    )
    equal("status", error.req.status_code, 406)
    text = 'Invalid version "1.2" in "Accept" header. Supported versions are: 2.0, 2.1, 2.2, 2.3, 2.4, 3.0, 3.1'
    true("the text names the supported versions", error.req.json()["detail"].startswith(text), error.req.text)


@checks("§3 api.status() has a version that packaging can read")
def status(on):
    found = on.nb.status()
    for key in ("django-version", "installed-apps", "nautobot-version", "nautobot-apps", "plugins", "python-version"):
        true(f"status has `{key}`", key in found, found)
    equal("celery-workers-running", type(found.get("celery-workers-running")), int)
    true("nautobot-version is of 3.x", Version(found["nautobot-version"]).major == 3, found["nautobot-version"])


@checks("§3 api.openapi() is a document with the paths of the contract")
def openapi(on):
    found = on.nb.openapi()
    true("openapi is 3.x", str(found.get("openapi", "")).startswith("3."), found.get("openapi"))
    for path in ("/dcim/devices/", "/dcim/devices/{id}/", "/ipam/prefixes/", "/virtualization/virtual-machines/"):
        true(f"paths has {path}", path in found["paths"], list(found["paths"])[:10])
    names = {parameter["name"] for parameter in found["paths"]["/dcim/devices/"]["get"]["parameters"]}
    for name in ("name", "name__ic", "location", "tenant_id", "limit", "offset", "depth", "q"):
        true(f"devices can be filtered by `{name}`", name in names)


@checks("§3 dir(app) lists endpoints, and each of them answers")
def app_roots(on):
    for app in APPS:
        part = getattr(on.nb, app)
        own = set(dir(type(part)))
        for name in (name for name in dir(part) if name not in own and not name.startswith("_")):
            if name in vars(part) or name in ("config",):
                continue
            answer = on.rest.get(f"{app.replace('_', '-')}/{name.replace('_', '-')}/", limit=1)
            true(f"GET {app}/{name}", answer.status_code == 200, f"{answer.status_code} {answer.text[:200]}")


@checks("§3 dir(app) names what the contract's models are reached by")
def app_roots_complete(on):
    wanted = {
        "dcim": "cables device_types devices interfaces location_types locations manufacturers platforms racks",
        "ipam": "ip_addresses namespaces prefixes rirs route_targets services vlan_groups vlans vrfs",
        "extras": "custom_fields custom_field_choices graphql_queries job_results jobs object_changes roles statuses tags",
        "tenancy": "tenant_groups tenants",
        "virtualization": "cluster_types clusters interfaces virtual_machines",
        "users": "permissions tokens users",
    }
    for app, names in wanted.items():
        missing = set(names.split()) - set(dir(getattr(on.nb, app)))
        true(f"dir({app}) has all", not missing, missing)


@checks("§3 plugins: installed_plugins() is a bare list, dir(plugins) works")
def plugins(on):
    equal("installed_plugins()", type(on.nb.plugins.installed_plugins()), list)
    true(
        "dir(plugins) has `ssot`",
        "ssot" in dir(on.nb.plugins) or on.rest.get("plugins/ssot/history/").status_code == 200,
    )
    equal("plugins.ssot.history", type(on.nb.plugins.ssot.history.all()), list)


@checks("§3 users.config() is an object")
def user_config(on):
    equal("users.config()", type(on.nb.users.config()), dict)


@checks("§1.2 core.render_jinja_template()")
def jinja(on):
    found = on.nb.core.render_jinja_template("Hello {{ name }}\nbye", {"name": "world"})
    equal("rendered_template", found["rendered_template"], "Hello world\nbye")
    equal("rendered_template_lines", found["rendered_template_lines"], ["Hello world", "bye"])
    error = raises("a bad template", pynautobot.RequestError, lambda: on.nb.core.render_jinja_template("{% if %}"))
    equal("status of a bad template", error.req.status_code, 400)


@checks("§1.2 app.choices() is dead: 404")
def app_choices(on):
    error = raises("dcim.choices()", pynautobot.RequestError, lambda: on.nb.dcim.choices())
    true(
        "RequestError text",
        str(error).startswith("The requested url: ") and str(error).endswith("could not be found."),
        error,
    )


@checks("§3 endpoint.choices()")
def choices(on):
    def values(endpoint, field):
        found = endpoint.choices()
        true(f"{endpoint.url} choices of `{field}`", field in found, sorted(found))
        for row in found[field]:
            equal("a choice has value and display", set(row), {"value", "display"})
        return {row["value"] for row in found[field]}

    true("interface types", {"virtual", "lag", "1000base-t", "other"} <= values(on.nb.dcim.interfaces, "type"))
    equal("prefix types", values(on.nb.ipam.prefixes, "type"), {"container", "network", "pool"})
    true("faces", {"front", "rear"} <= values(on.nb.dcim.devices, "face"))
    true("content types of a status", {"dcim.device", "ipam.prefix"} <= values(on.nb.extras.statuses, "content_types"))
    true("custom field types", {"text", "select", "json"} <= values(on.nb.extras.custom_fields, "type"))
    true("protocols", {"tcp", "udp"} <= values(on.nb.ipam.services, "protocol"))


@checks("§3 get_custom_fields() and get_custom_field_choices(), filtered too")
def custom_fields(on):
    labels = {field["label"] for field in on.nb.extras.get_custom_fields()}
    true("labels", {"Owner", "Units", "Stage"} <= labels, labels)
    (owner,) = on.nb.extras.get_custom_fields(filters={"label": "Owner"})
    equal("key made of the label", owner["key"], "owner")
    equal("type", owner["type"], {"value": "text", "label": "Text"})
    found = on.nb.extras.get_custom_field_choices(filters={"custom_field": "stage"})
    equal("choices of Stage", {row["value"] for row in found}, {"dev", "test", "live"})


@checks("§1.10 content types have whole numbers as ids")
def content_types(on):
    found = on.nb.extras.content_types.get(app_label="dcim", model="device")
    equal("id", type(found.id), int)
    equal("display", str(found), "DCIM | device")
    equal("the same by id", on.nb.extras.content_types.get(found.id).model, "device")


@checks("§1.10 jobs: the list has them; a job that is not there is 404")
def jobs(on):
    equal("jobs.all()", [job.name for job in on.nb.extras.jobs.all()], ["lab-source"])
    error = raises("run", pynautobot.RequestError, lambda: on.nb.extras.jobs.run(job_name="no such job", data={}))
    equal("status", error.req.status_code, 404)
    equal("body", error.req.json(), {"detail": "No Job matches the given query."})


@checks("§1.10 jobs: run_and_wait() does a dry run, run() changes the inventory, results and logs tell of it")
def runs(on):
    job = on.nb.extras.jobs.get(name="lab-source")
    data = {"rev": 7, "count": 2}
    planned = on.nb.extras.jobs.run_and_wait(job_id=job.id, data=data, interval=1, max_rechecks=60)
    equal("status", str(planned.job_result["status"]["value"]), "SUCCESS")
    equal("tenants after a dry run", on.nb.tenancy.tenants.count(name__isw="bench-"), 0)
    asked = on.nb.extras.jobs.run(job_name="lab-source", data={**data, "dryrun": False})
    run = on.rest.until(f"extras/job-results/{asked.job_result['id']}/", lambda run: run["date_done"])
    equal("status", run["status"]["value"], "SUCCESS")
    made = sorted(tenant.description for tenant in on.nb.tenancy.tenants.filter(name__isw="bench-"))
    equal("tenants", made, ["object 0 7", "object 1 7"])
    result = on.nb.extras.job_results.get(asked.job_result["id"])
    equal("name", result.name, "lab-source")
    true("has logged", [line for line in on.nb.extras.job_logs.filter(job_result=result.id)], result)
    synced = on.nb.plugins.ssot.history.get(result.id)
    equal("created", (synced.dry_run, synced.summary["create"]), (False, 2))
    logs = on.nb.plugins.ssot.logs.filter(sync=result.id, action="create")
    equal("logs", sorted(line.object_repr for line in logs), ["tenant bench-000000", "tenant bench-000001"])
    refused = raises("run", pynautobot.RequestError, lambda: on.nb.extras.jobs.run(job_id=job.id, data={"rev": "x"}))
    equal("variables", list(refused.req.json()["errors"]), ["rev"])
