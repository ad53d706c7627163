#!/usr/bin/env python3
"""Runs on a bad day: the server is killed, the database ends, the disk is full, each in the middle of an apply.

Starts servers of its own from the program in `TRUEUP_BINARY`. Everywhere the same is held: the run says how it stands, it
is finished when that can be, and then every record is there once and was written once.
"""

import argparse
import os
import resource
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import requests
from kit.checks import Checks, Failed, equal, run, true
from kit.postgres import Cluster
from kit.rest import Rest, answers
from kit.server import TOKEN, Server

checks = Checks("runs")
RECORDS = 6_000
JOB = """
name: crowd
source: {connector: file, path: .}
target: {connector: inventory}
settings: {thresholds: {change_count: 100000}}
kinds:
  tenant: {content_type: tenancy.tenant, identifiers: [name], attributes: [comments]}
mapping:
  - {kind: tenant, from: crowd.csv, fields: {name: row.name, comments: "'x' * 200"}}
"""


def jobs(on):
    """A folder with a job that makes many tenants."""
    folder = on.folder / "jobs" / "crowd"
    if not folder.exists():
        folder.mkdir(parents=True)
        (folder / "job.yaml").write_text(JOB)
        rows = "".join(f"crowd-{number}\n" for number in range(RECORDS))
        (folder / "crowd.csv").write_text("name\n" + rows)
    return ("--jobs", str(folder.parent))


def started(on, database, **options):
    return Server(on.binary, database, arguments=jobs(on), **options)


def rest_of(server):
    return Rest(server.address, TOKEN)


def waited(what, condition, seconds=90):
    """Asks again and again until `condition()` is true; a server that is away is asked again as well."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if found := condition():
                return found
        except (requests.ConnectionError, Failed):
            pass
        time.sleep(0.02)
    raise Failed(f"{what}: not within {seconds} s")


def asked(rest):
    """Asks for a run that changes the inventory; its id."""
    answer = rest.made("extras/jobs/crowd/run/", {"data": {"dryrun": False}})
    return answer["job_result"]["id"]


def in_the_middle(rest):
    """Waits until some records are written, and not all."""
    made = waited("some tenants are there", lambda: rest.count("tenancy/tenants/"))
    true("the apply is under way", made < RECORDS, made)


def status(rest, run):
    return answers(rest.get(f"extras/job-results/{run}/"), 200)["status"]["value"]


def finished(rest, run):
    """The run succeeds in the end, and each record was written once."""
    ends = ("SUCCESS", "FAILURE", "REVOKED")
    ended = waited("the run ends", lambda: (found := status(rest, run)) in ends and found)
    log = answers(rest.get(f"extras/job-results/{run}/logs/"), 200)
    true("the run succeeds", ended == "SUCCESS", (ended, log[-3:]))
    equal("tenants", rest.count("tenancy/tenants/"), RECORDS)
    rows, _ = rest.pages("extras/object-changes/", limit=1000, changed_object_type="tenancy.tenant")
    equal("changes", len(rows), RECORDS)
    equal("records that were changed", len({row["changed_object_id"] for row in rows}), RECORDS)
    equal("records that the log has as made", rest.count("plugins/ssot/logs/", sync=run, status="success"), RECORDS)


def killed(on, database):
    with started(on, database) as server:
        run = asked(rest_of(server))
        in_the_middle(rest_of(server))
        server.kill()
    with started(on, database) as server:
        finished(rest_of(server), run)
        equal("stops politely", server.stop(), 0)


@checks("SQLite: the server is killed in the middle of an apply, and the next one finishes it")
def killed_sqlite(on):
    killed(on, str(on.folder / "kill.db"))


@checks("PostgreSQL: the server is killed in the middle of an apply, and the next one finishes it")
def killed_postgres(on):
    with Cluster(tempfile.mkdtemp(dir=on.folder)) as cluster:
        killed(on, cluster.url)


@checks("SIGTERM in the middle of an apply: the server ends, and the next one finishes it")
def terminated(on):
    database = str(on.folder / "term.db")
    with started(on, database) as server:
        run = asked(rest_of(server))
        in_the_middle(rest_of(server))
        equal("stops politely", server.stop(), 0)
    with started(on, database) as server:
        finished(rest_of(server), run)
        equal("stops politely", server.stop(), 0)


@checks("PostgreSQL ends in the middle of an apply and comes back: the same server finishes it")
def postgres_ends(on):
    with ExitStack() as stack:
        cluster = stack.enter_context(Cluster(tempfile.mkdtemp(dir=on.folder)))
        server = stack.enter_context(started(on, cluster.url))
        rest = rest_of(server)
        run = asked(rest)
        in_the_middle(rest)
        cluster.stop()
        time.sleep(1)
        cluster.start()
        finished(rest, run)
        equal("stops politely", server.stop(), 0)


@checks("SQLite: the file may not grow any more in the middle of an apply: the run says so, and goes on when it may")
def full(on):
    database = on.folder / "full.db"
    with started(on, str(database)) as server:
        rest = rest_of(server)
        run = asked(rest)
        in_the_middle(rest)
        before = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
        largest = max(path.stat().st_size for path in on.folder.glob("full.db*"))
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (largest, before[1]))
        # Where the end of it cannot be stored either, it goes on as running until there is room.
        time.sleep(3)
        made = rest.count("tenancy/tenants/")
        true("not all is written", made < RECORDS, made)
        true("it is not told as done", status(rest, run) != "SUCCESS")
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, before)
        ended = waited("how it stands is stored", lambda: (found := status(rest, run)) not in ("STARTED", "RETRY") and found)
        if ended == "FAILURE":
            said = answers(rest.get(f"extras/job-results/{run}/"), 200)["traceback"]
            true("says that there is no room", "full" in said or "room" in said, said)
            sync = answers(rest.call("GET", f"{server.address}/api/v1/syncs/"), 200)["results"][0]
            answers(rest.call("POST", f"{server.address}/api/v1/syncs/{sync['id']}/resume/", {}), 200)
            waited("it is taken up", lambda: status(rest, run) != "FAILURE")
        finished(rest, run)
        equal("stops politely", server.stop(), 0)


def main():
    parser = argparse.ArgumentParser(description="Checks of runs that are broken off in the middle of an apply.")
    parser.add_argument("--binary", default=os.environ.get("TRUEUP_BINARY"), help="the program trueup (TRUEUP_BINARY)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only checks with this text in their name")
    found = parser.parse_args()
    if not found.binary:
        parser.error("say which program: --binary, or TRUEUP_BINARY")
    folder = Path(tempfile.mkdtemp(prefix="trueup-runs-"))
    folder.chmod(0o755)
    try:
        code = run("runs", SimpleNamespace(binary=str(Path(found.binary).resolve()), folder=folder), [checks], found.only)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
