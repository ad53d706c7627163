#!/usr/bin/env python3
"""What happens when the ground gives way: a full disk, a database that goes and comes back, a server that is killed.

Starts servers of its own from the program in `TRUEUP_BINARY`. Everywhere the same is held: a clear 503 while it lasts,
work again afterwards without a restart, and what was answered 201 is there with its log, what was not is not.
"""

import subprocess
import tempfile
import threading
import time
from contextlib import ExitStack

import requests
from kit.checks import Checks, Failed, equal, true, waited
from kit.disk import SmallDisk
from kit.postgres import Cluster, sql
from kit.rest import answers, described
from kit.server import Server, own

checks = Checks("failures")
BULK = 5_000


def whole(rest, names):
    """Every name of a list is there, or none; the change log knows of as many."""
    found = {row["name"] for row in rest.pages("tenancy/tenants/", limit=1000)[0]} & set(names)
    if found and len(found) != len(names):
        raise Failed(f"half-written: {len(found)} of {len(names)}")
    return bool(found)


def consistent(rest):
    """Each tenant has its row in the change log, and no row is of a tenant that is not there."""
    stored = {row["id"] for row in rest.pages("tenancy/tenants/", limit=1000)[0]}
    rows, _ = rest.pages("extras/object-changes/", limit=1000, changed_object_type="tenancy.tenant", action="create")
    logged = {row["changed_object_id"] for row in rows}
    equal("tenants without a log row", stored - logged, set())
    equal("log rows without a tenant", logged - stored, set())


def bulk(prefix, count=BULK):
    return [{"name": f"{prefix}-{n}", "comments": "x" * 200} for n in range(count)]


def fill(rest):
    """Writes until refused; the lists that were stored and the one that was not."""
    kept = []
    for turn in range(200):
        rows = bulk(f"fill{turn}", 500)
        answer = rest.post("tenancy/tenants/", rows)
        if answer.status_code == 201:
            kept.append(rows)
            continue
        if answer.status_code != 503:
            raise Failed(f"a full disk should be 503: {described(answer)}")
        return kept, rows
    raise Failed("the disk never became full: 100,000 tenants were stored")


def full_and_free(server, free):
    """The disk of a running server is full: 503, reads go on; then there is room again."""
    rest = server.rest()
    kept, refused = fill(rest)
    answers(rest.get("status/"), 200)
    answers(rest.get("tenancy/tenants/", limit=1), 200)
    answer = rest.post("tenancy/tenants/", bulk("again", 500))
    true("still refused", answer.status_code == 503, described(answer))
    true("nothing of the refused list", not whole(rest, [row["name"] for row in refused]))
    free()
    waited("writes after there is room", lambda: rest.post("tenancy/tenants/", {"name": "room"}).status_code == 201)
    for rows in kept:
        true("what was answered 201 is there", whole(rest, [row["name"] for row in rows]))
    consistent(rest)


@checks("SQLite: files may not grow any more (a size limit): 503, then works again")
def size_limit(on):
    import resource

    database = on.folder / "limit.db"
    with Server(on.binary, str(database)) as server:
        rest = server.rest()
        answers(rest.post("tenancy/tenants/", bulk("first", 200)), 201)
        largest = max(path.stat().st_size for path in on.folder.glob("limit.db*"))
        before = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (largest + (1 << 20), before[1]))
        full_and_free(server, lambda: resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, before))
        equal("stops politely", server.stop(), 0)


@checks("SQLite on a file system that is full: 503, then works again")
def full_disk(on):
    with ExitStack() as stack:
        disk = stack.enter_context(SmallDisk(on.folder, 24))
        server = stack.enter_context(Server(on.binary, str(disk.place / "full.db"), wrap=disk.inside))
        disk.fill(1 << 20)
        full_and_free(server, disk.free)
        equal("stops politely", server.stop(), 0)


def killed(on, database):
    """A list is being written when the server is killed, at eight moments: all of it or nothing is there."""
    with Server(on.binary, database) as server:
        start = time.monotonic()
        answers(server.rest().post("tenancy/tenants/", bulk("measure")), 201)
        took = time.monotonic() - start
        equal("stops politely", server.stop(), 0)
    outcomes = []
    for turn in range(8):
        with Server(on.binary, database) as server:
            rows = bulk(f"kill{turn}")
            answered = []

            def post(server=server, rows=rows, answered=answered):
                try:
                    answered.append(server.rest().post("tenancy/tenants/", rows).status_code)
                except requests.ConnectionError:
                    pass

            thread = threading.Thread(target=post)
            thread.start()
            thread.join(took * (turn + 1) / 8)
            server.kill()
            thread.join(30)
        with Server(on.binary, database) as server:
            there = whole(server.rest(), [row["name"] for row in rows])
            if answered == [201] and not there:
                raise Failed("201 was answered and nothing is there")
            outcomes.append(there)
            if turn == 7:
                consistent(server.rest())
            equal("stops politely", server.stop(), 0)
    print(f"          killed after {took / 8:.2f} s, …, {took:.2f} s; stored: {outcomes}")
    true("some kill came before the end", False in outcomes, outcomes)


@checks("SQLite: kill -9 in the middle of a list of 5,000")
def killed_sqlite(on):
    killed(on, str(on.folder / "kill.db"))


@checks("SIGTERM in the middle of a list: it is finished, then the server ends")
def terminated(on):
    with Server(on.binary, str(on.folder / "term.db")) as server:
        rest = server.rest()
        found = []
        thread = threading.Thread(target=lambda: found.append(rest.post("tenancy/tenants/", bulk("term"))))
        thread.start()
        thread.join(0.2)
        equal("exit code", server.stop(), 0)
        thread.join(30)
        true("the request was answered", found and found[0].status_code == 201, found)
    with Server(on.binary, str(on.folder / "term.db")) as server:
        true("and stored", whole(server.rest(), [row["name"] for row in bulk("term")]))


@checks("a port that is taken, a database that cannot be: said at once, and the end")
def cannot_start(on):
    with Server(on.binary, str(on.folder / "port.db")) as server:
        taken = server.address.split("//")[1]
        rows = [
            (str(on.folder / "other.db"), taken),
            (str(on.folder / "no" / "such" / "folder" / "x.db"), "127.0.0.1:0"),
            (str(on.folder), "127.0.0.1:0"),
            ("postgresql://nobody@127.0.0.1:1/none", "127.0.0.1:0"),
            ("mysql://x/y", "127.0.0.1:0"),
        ]
        for database, listen in rows:
            done = subprocess.run(
                [on.binary, "serve", "--database", database, "--listen", listen],
                capture_output=True,
                text=True,
                timeout=60,
            )
            said = done.stderr + done.stdout
            true(f"{database} {listen}: ends with an error", done.returncode != 0, said)
            true(f"{database} {listen}: says it in a few words", said.strip() and "panicked" not in said, said)
    broken = on.folder / "broken.db"
    broken.write_bytes(b"this is no database" * 1000)
    done = subprocess.run(
        [on.binary, "serve", "--database", str(broken), "--listen", "127.0.0.1:0"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    true("a file that is no database", done.returncode != 0 and "panicked" not in done.stderr, done.stderr)


@checks("PostgreSQL goes away and comes back: 503, then works again")
def postgres_away(on):
    with ExitStack() as stack:
        cluster = stack.enter_context(Cluster(tempfile.mkdtemp(dir=on.folder)))
        server = stack.enter_context(Server(on.binary, cluster.url))
        rest = server.rest()
        answers(rest.post("tenancy/tenants/", {"name": "before"}), 201)
        answers(rest.call("GET", f"{server.address}/ready"), 200)
        cluster.stop()
        for turn in range(3):
            for call in (
                lambda: rest.get("tenancy/tenants/"),
                lambda: rest.post("tenancy/tenants/", {"name": "x"}),
                lambda: rest.post("graphql/", {"query": "{ tenants { name } }"}),
            ):
                start = time.monotonic()
                answer = call()
                # GraphQL tells a failing resolver beside its data.
                told = answer.status_code == 503 or (
                    "graphql" in answer.url and answer.status_code == 200 and "errors" in answer.json()
                )
                true("503 while it is away", told, described(answer))
                true("within 35 s", time.monotonic() - start < 35, time.monotonic() - start)
        equal("not ready", rest.call("GET", f"{server.address}/ready").status_code, 503)
        equal("alive", rest.call("GET", f"{server.address}/health").status_code, 200)
        cluster.start()
        waited("works again", lambda: rest.get("tenancy/tenants/").status_code == 200)
        answers(rest.post("tenancy/tenants/", {"name": "after"}), 201)
        equal("all is there", [row["name"] for row in rest.found("tenancy/tenants/")], ["after", "before"])
        answers(rest.call("GET", f"{server.address}/ready"), 200)
        sql(
            cluster.url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL",
        )
        for turn in range(4):
            answer = rest.get("tenancy/tenants/")
            true("after all connections were ended: works, or 503", answer.status_code in (200, 503), described(answer))
        waited(
            "works again",
            lambda: rest.post("tenancy/tenants/", {"name": f"again {time.monotonic()}"}).status_code == 201,
        )
        consistent(rest)
        equal("stops politely", server.stop(), 0)


@checks("PostgreSQL ends in the middle of a list: 503, all or nothing")
def postgres_ends(on):
    with ExitStack() as stack:
        cluster = stack.enter_context(Cluster(tempfile.mkdtemp(dir=on.folder)))
        server = stack.enter_context(Server(on.binary, cluster.url))
        rest = server.rest()
        start = time.monotonic()
        answers(rest.post("tenancy/tenants/", bulk("measure")), 201)
        took = time.monotonic() - start
        for turn in range(4):
            found = []
            thread = threading.Thread(
                target=lambda: found.append(server.rest().post("tenancy/tenants/", bulk(f"end{turn}")))
            )
            thread.start()
            thread.join(took * (turn + 1) / 5)
            cluster.stop()
            thread.join(60)
            true("answered", found and found[0].status_code in (201, 503), found and described(found[0]))
            cluster.start()
            waited("works again", lambda: rest.get("tenancy/tenants/").status_code == 200)
            there = whole(rest, [row["name"] for row in bulk(f"end{turn}")])
            true("201 is there", there or found[0].status_code != 201)
        consistent(rest)


@checks("PostgreSQL: kill -9 of the server in the middle of a list of 5,000")
def killed_postgres(on):
    with Cluster(tempfile.mkdtemp(dir=on.folder)) as cluster:
        killed(on, cluster.url)


if __name__ == "__main__":
    own("failures", "Checks of what happens when disks, databases and servers fail.", checks)
