"""One check a sample: the request sent again, the answer held against the recorded one."""

import io
import json
import os
import re
from csv import reader
from pathlib import Path

import requests
from kit.checks import Checks, Failed, equal, short, true
from kit.rest import answers, described
from kit.shape import differences

from . import deviations

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = Path(os.environ.get("TRUEUP_NAUTOBOT_SAMPLES", ROOT.parent / "shared" / "nautobot" / "samples"))
HOST = "http://nautobot.example"
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
DEPENDENTS = re.compile(r"Unable to delete object\. (\d+) dependent objects were found: (.+)")

checks = Checks("replayed")

# What must be so before a request is sent: tenants that are there, and that are not.
BEFORE = {
    "bulk_201_create": ((), ("bulk-a", "bulk-b")),
    "bulk_400_create_mixed": ((), ("bulk-a",)),
    "201_create_one": ((), ("single-x",)),
    "400_unknown_field": ((), ("unk-1",)),
    "204_delete_one": (("single-x",), ()),
    "extras__object-changes__one": (("unk-1",), ()),
}
NEEDED = ("bulk-a", "bulk-b", "single-x")
# Headers of requests, which the samples do not keep.
HEADERS = {"406_accept": {"Accept": "text/plain"}, "api_version_old": {"Accept": "application/json; version=1.2"}}


def models():
    """(names of fields that may be null, names of to-many fields), of all models together."""
    path = SAMPLES.parent / "models.json"
    if not path.is_file():
        return set(), set()
    fields = [field for model in json.loads(path.read_text()).values() for field in model["fields"]]
    nullable = {field["name"] for field in fields if field.get("nullable")}
    return nullable, {field["name"] for field in fields if field.get("many")} - deviations.SHOWN_BY_DEFAULT


NULLABLE, MANY = models()


def leaf(path):
    return path.replace("[]", "").rpartition(".")[2]


def prepare(on, name):
    present, absent = BEFORE.get(name, ((), ()))
    on.tenants(present, absent)
    if name.startswith(("bulk", "200", "400")):
        on.tenants([tenant for tenant in NEEDED if tenant not in absent])
    if name == "extras__object-changes__recent":
        on.tenants(absent=["single-x"])
        on.tenants(["single-x"])
        on.tenants(absent=["single-x"])


def again(on, name, request):
    """The sample's request, with our ids and host."""
    replaced = lambda text: IDS.sub(lambda found: on.ours(found.group()), text)
    headers = {"Accept": "application/json", **HEADERS.get(name, {})}
    token = {"401_or_403_badtoken": "f" * 40}.get(name, on.nobody if "noperm" in name else on.token)
    if request["auth"]:
        headers["Authorization"] = f"Token {token}"
    data = None
    if request["body"] is not None:
        data = request["body"] if isinstance(request["body"], str) else replaced(json.dumps(request["body"]))
        headers["Content-Type"] = "application/json"
    address = on.url + replaced(request["url"].removeprefix(HOST))
    return requests.request(request["method"], address, data=data, headers=headers, timeout=60, allow_redirects=False)


def headers(name, sample, answer):
    wanted = sample["headers"]
    if sample["body"]:
        kind = lambda text: (text or "").partition(";")[0].strip()
        equal("Content-Type", kind(answer.headers.get("Content-Type")), kind(wanted.get("Content-Type")))
    if "Allow" in wanted and name not in deviations.ALLOW:
        methods = lambda text: {part.strip() for part in text.split(",") if part.strip()}
        equal("Allow", methods(answer.headers.get("Allow", "")), methods(wanted["Allow"]))
    if "API-Version" in wanted:
        true(
            "API-Version is X.Y", re.fullmatch(r"\d+\.\d+", answer.headers.get("API-Version", "")), dict(answer.headers)
        )
    for header in ("Location", "Content-Disposition", "X-Content-Type-Options"):
        if header in wanted:
            true(f"has {header}", header in answer.headers, dict(answer.headers))


def csv(sample, answer):
    """The same columns in the same order, and in each row that both have the same cells, but for ids and times."""
    tables = [list(reader(io.StringIO(text))) for text in (sample["body"], answer.text)]
    left_out = lambda column: any(column.startswith(prefix) for prefix in deviations.COLUMNS)
    (wanted, *theirs), (got, *ours) = tables
    true("columns that are left out are in the sample", any(map(left_out, wanted)), wanted)
    equal("columns", got, [column for column in wanted if not left_out(column)])
    # The sample was cut off, within a row.
    theirs = {row[0]: dict(zip(wanted, row)) for row in theirs if len(row) == len(wanted)}
    both = [(theirs[row[0]], dict(zip(got, row))) for row in ours if row[0] in theirs]
    true("has rows of the sample", both, answer.text[:600])
    own = ("id", "created", "last_updated", "natural_slug")
    for wanted, got in both:
        other = {column: got[column] for column in got if column not in own and got[column] != wanted[column]}
        equal(f"cells of {wanted['name']}", other, {column: wanted[column] for column in other})
        slugs = [row["natural_slug"].rpartition("_")[0] for row in (got, wanted)]
        equal(f"natural_slug of {wanted['name']}", *slugs)


def refusal(name, sample, answer, body):
    if name in deviations.VARIABLES:
        told = lambda body: {name: len(texts) for name, texts in body["errors"].items()}
        return equal("variables", told(body), told(sample["body"]))
    if name in deviations.WORDS:
        found = differences(sample["body"], body)
        if "409" in name:
            told = DEPENDENTS.fullmatch(body.get("detail", ""))
            true("names the dependents", told and len(told.group(2).split("), ")) == int(told.group(1)), body)
        true("shape", not found, found)
        return
    supported = lambda value: re.sub(r"Supported versions are: .*", "…", json.dumps(value, sort_keys=True))
    if supported(body) != supported(sample["body"]):
        raise Failed(f"expected {short(json.dumps(sample['body']), 600)}: {described(answer)}")


def lines(on, sample):
    """The log of a run, which the samples have without the request for it."""
    run = on.rest.found("extras/job-results/", limit=1)[0]
    body = answers(on.rest.get(f"extras/job-results/{run['id']}/logs/"), 200)
    found = differences(sample, body, nullable=lambda path: leaf(path) in NULLABLE)
    if found:
        raise Failed("; ".join(found[:12]))


def options(name, sample, body):
    """Every field has the type, the choices and the demands of the sample."""
    wanted, got = sample["body"], body
    if name in deviations.NO_ACTIONS:
        return equal("keys", set(got), set(wanted) - {"actions"})
    true("keys", set(wanted) <= set(got), sorted(got))
    found = []
    for method, fields in wanted["actions"].items():
        for field, info in fields.items():
            ours = got["actions"].get(method, {}).get(field)
            if ours is None:
                found.append(f"{method} {field} is missing")
                continue
            for key in (
                "type",
                "required",
                "read_only",
                "label",
                "max_length",
                "min_value",
                "max_value",
                "choices",
                "child",
            ):
                if key == "read_only" and field in deviations.READ_ONLY:
                    continue
                if info.get(key) != ours.get(key) and (key in info or key in ("choices", "child")):
                    found.append(
                        f"{method} {field}.{key}: {short(ours.get(key), 80)} instead of {short(info.get(key), 80)}"
                    )
    if found:
        raise Failed(f"{len(found)} differences: " + "; ".join(found[:12]))


def same_object(sample, body):
    """The two objects to compare: in a list, ours of the same display as theirs if there is one."""
    if isinstance(sample, dict) and "results" in sample and sample["results"]:
        theirs = sample["results"][0]
        ours = next((row for row in body.get("results", []) if row.get("display") == theirs.get("display")), None)
        return {**sample, "results": [theirs]}, {**body, "results": [ours] if ours else body.get("results", [])[:1]}
    return sample, body


def without_left_out(sample, path=""):
    """The sample without the fields that our answers leave out."""
    if isinstance(sample, list):
        return [without_left_out(item, path) for item in sample]
    if not isinstance(sample, dict):
        return sample
    left_out = lambda key: any(path.endswith(end) and key.endswith(name) for end, name in deviations.LEFT_OUT)
    return {key: without_left_out(value, f"{path}.{key}") for key, value in sample.items() if not left_out(key)}


def values(sample, body, path=""):
    """Names and slugs of the same object are equal."""
    found = []
    if isinstance(sample, dict) and isinstance(body, dict):
        if sample.get("display") == body.get("display") and "natural_slug" in sample:
            theirs, ours = sample["natural_slug"], body.get("natural_slug") or ""
            if not IDS.search(theirs) and theirs.rpartition("_")[0] != ours.rpartition("_")[0]:
                found.append(f"{path}natural_slug: {ours} instead of {theirs}")
        for key in sample:
            found += values(sample[key], body.get(key), f"{path}{key}.")
    elif isinstance(sample, list) and isinstance(body, list) and sample and body:
        found += values(sample[0], body[0], path)
    return found


def replay(on, name):
    sample = json.loads((SAMPLES / f"{name}.json").read_text())
    if isinstance(sample, list):
        return lines(on, sample)
    prepare(on, name)
    on.enabled(name != "job_run_403")
    answer = again(on, name, sample["request"])
    on.enabled(True)
    status, _ = deviations.STATUS.get(name, (sample["status"], ""))
    if answer.status_code != status:
        raise Failed(f"expected {status}: {described(answer)}")
    headers(name, sample, answer)
    if name in deviations.BODY:
        return
    if "csv" in name:
        return csv(sample, answer)
    if status == 204:
        return equal("body", answer.content, b"")
    body = answer.json()
    if status >= 400:
        return refusal(name, sample, answer, body)
    if name.startswith("OPTIONS"):
        return options(name, sample, body)
    theirs, ours = same_object(sample["body"], body)
    found = differences(
        without_left_out(theirs),
        ours,
        nullable=lambda path: leaf(path) in NULLABLE or leaf(path) in deviations.NULLABLE or path in ("next", "previous"),
        free=lambda path: leaf(path) in deviations.FREE,
        extra=lambda path: leaf(path) in MANY or leaf(path) in deviations.MORE,
    )
    found += values(theirs, ours)
    if found:
        raise Failed(
            f"{answer.request.method} {answer.request.path_url}: {len(found)} differences: " + "; ".join(found[:12])
        )


@checks("the samples name objects that the mirror has")
def learn(on):
    for path in sorted(SAMPLES.glob("*.json")):
        sample = json.loads(path.read_text())
        on.learn(sample["body"] if isinstance(sample, dict) else sample)


for path in sorted(SAMPLES.glob("*.json")):
    checks.add(path.stem, replay, path.stem)
