#!/usr/bin/env python3
"""Runs on a bad day: the server is killed or falls asleep, the database ends, the disk is full, each in the middle of an
apply.

Starts servers of its own from the program in `TRUEUP_BINARY`. Everywhere the same is held: the run says how it stands, it
is finished when that can be, and then every record is there once and was written once.
"""

import re
import resource
import sqlite3
import tempfile
import time
from contextlib import ExitStack, closing

from kit.checks import Checks, Failed, equal, true, waited
from kit.disk import SmallDisk
from kit.postgres import Cluster
from kit.rest import answers
from kit.server import Server, own

checks = Checks("runs")
LOST = "another program has taken over"
FULL = re.compile("there is no room left for it|disk I/O error")
# So many that the middle of their apply is wide.
RECORDS = 20_000
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
    ended = waited("the run ends", lambda: (found := status(rest, run)) in ends and found, 300)
    log = answers(rest.get(f"extras/job-results/{run}/logs/"), 200)
    true("the run succeeds", ended == "SUCCESS", (ended, log[-3:]))
    equal("tenants", rest.count("tenancy/tenants/"), RECORDS)
    rows, _ = rest.pages("extras/object-changes/", limit=1000, changed_object_type="tenancy.tenant")
    equal("changes", len(rows), RECORDS)
    equal("records that were changed", len({row["changed_object_id"] for row in rows}), RECORDS)
    equal("records that the log has as made", rest.count("plugins/ssot/logs/", sync=run, status="success"), RECORDS)


def killed(on, database):
    with started(on, database) as server:
        run = asked(server.rest())
        in_the_middle(server.rest())
        server.kill()
    with started(on, database) as server:
        finished(server.rest(), run)
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
        run = asked(server.rest())
        in_the_middle(server.rest())
        equal("stops politely", server.stop(), 0)
    with started(on, database) as server:
        finished(server.rest(), run)
        equal("stops politely", server.stop(), 0)


@checks("PostgreSQL ends in the middle of an apply and comes back: the same server finishes it")
def postgres_ends(on):
    with ExitStack() as stack:
        cluster = stack.enter_context(Cluster(tempfile.mkdtemp(dir=on.folder)))
        server = stack.enter_context(started(on, cluster.url))
        rest = server.rest()
        run = asked(rest)
        in_the_middle(rest)
        cluster.stop()
        waited("it is seen", lambda: rest.call("GET", f"{server.address}/ready").status_code == 503)
        cluster.start()
        finished(rest, run)
        equal("stops politely", server.stop(), 0)


def full_and_free(server, rest, run, free):
    """There is no room in the middle of an apply, and then there is: the run says so, and is finished."""
    waited("it is said", lambda: FULL.search(server.output) or FULL.search(said(rest, run)))
    made = rest.count("tenancy/tenants/")
    true("not all is written", made < RECORDS, made)
    true("it is not told as done", status(rest, run) != "SUCCESS")
    free()
    # Where the end of it could not be stored either, it goes on as running until there is room.
    under_way = ("STARTED", "RETRY")
    ended = waited("how it stands is stored", lambda: (found := status(rest, run)) not in under_way and found)
    if ended == "FAILURE":
        true("says that there is no room", FULL.search(said(rest, run)), said(rest, run))
        sync = answers(rest.call("GET", f"{server.address}/api/v1/syncs/"), 200)["results"][0]
        answers(rest.call("POST", f"{server.address}/api/v1/syncs/{sync['id']}/resume/", {}), 202)
        waited("it is taken up", lambda: status(rest, run) != "FAILURE")
    else:
        true("its server has said that there is no room", FULL.search(server.output), server.output)
    finished(rest, run)
    equal("stops politely", server.stop(), 0)


@checks("SQLite: the file may not grow any more in the middle of an apply: the run says so, and goes on when it may")
def full_sqlite(on):
    with started(on, str(on.folder / "full.db")) as server:
        rest = server.rest()
        run = asked(rest)
        in_the_middle(rest)
        before = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
        # No file may become larger than the journal is, and what is in that cannot be brought into the database either.
        largest = (on.folder / "full.db-wal").stat().st_size
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (largest, before[1]))
        full_and_free(server, rest, run, lambda: resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, before))


@checks("PostgreSQL: its disk is full in the middle of an apply: the run says so, and goes on when there is room")
def full_postgres(on):
    with ExitStack() as stack:
        disk = stack.enter_context(SmallDisk(on.folder, 100))
        # One that has no room for its log of writes ends: that is another check.
        wal = tempfile.mkdtemp(dir=on.folder)
        cluster = stack.enter_context(Cluster(tempfile.mkdtemp(dir=disk.path), wal))
        server = stack.enter_context(started(on, cluster.url))
        rest = server.rest()
        run = asked(rest)
        in_the_middle(rest)
        disk.fill(1 << 20)
        full_and_free(server, rest, run, disk.free)


def said(rest, run):
    """What a run says of itself: why it failed, and its log."""
    why = answers(rest.get(f"extras/job-results/{run}/"), 200)["traceback"] or ""
    log = answers(rest.get(f"extras/job-results/{run}/logs/"), 200)
    return "\n".join([why, *(row["message"] for row in log)])


def asleep(on, database, fall_asleep):
    """A server that falls asleep in the middle of an apply is followed by another, and writes nothing when it wakes up."""
    with started(on, database) as sleeper:
        run = asked(sleeper.rest())
        in_the_middle(sleeper.rest())
        fall_asleep(sleeper)
        slept = time.monotonic()
        with started(on, database) as server:
            rest = server.rest()
            there = rest.count("tenancy/tenants/")
            true("it fell asleep in the middle", there < RECORDS, there)
            waited("the other one goes on", lambda: rest.count("tenancy/tenants/") > there)
            print(f"          {there} records; followed by another after {time.monotonic() - slept:.1f} s", flush=True)
            finished(rest, run)
            held = state(rest, run)
            sleeper.wake_up()
            waited("it sees that it was followed", lambda: LOST in sleeper.output)
            print(f"          woke up after {time.monotonic() - slept:.1f} s", flush=True)
            finished(rest, run)
            equal("what is there when it has woken up", state(rest, run), held)
            answers(sleeper.rest().get("status/"), 200)
            equal("stops politely", sleeper.stop(), 0)
            equal("what is there when it has ended", state(rest, run), held)
            equal("stops politely", server.stop(), 0)


def state(rest, run):
    """What nobody may touch who is not at work on the run any more."""
    result = answers(rest.get(f"extras/job-results/{run}/"), 200)
    return rest.count("extras/object-changes/"), result["status"], result["date_done"]


@checks("PostgreSQL: a server falls asleep in the middle of an apply, and writes nothing when it wakes up")
def asleep_postgres(on):
    with Cluster(tempfile.mkdtemp(dir=on.folder)) as cluster:
        asleep(on, cluster.url, Server.fall_asleep)


@checks("SQLite: a server falls asleep between two batches of an apply, and writes nothing when it wakes up")
def asleep_sqlite(on):
    database = on.folder / "asleep.db"

    def between_batches(server):
        # One that sleeps while it writes keeps the file, and nobody can follow it. Who has the file sees that it does not.
        with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as file:

            def taken():
                try:
                    file.execute("BEGIN IMMEDIATE")
                    return True
                except sqlite3.OperationalError:
                    return False

            waited("the file is free", taken, pause=0)
            server.fall_asleep()

    asleep(on, str(database), between_batches)


if __name__ == "__main__":
    own("runs", "Checks of runs that are broken off in the middle of an apply.", checks)
