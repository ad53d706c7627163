"""PostgreSQL for the scripts: databases on a server that is there, and a private server that can be stopped.

Only PostgreSQL's own programs are used, so that no driver is needed. A private server listens on 127.0.0.1, keeps its
files in the folder it is given, and runs as `nobody` when we are root, since it refuses to run as root.
"""

import glob
import os
import pwd
import secrets
import shutil
import socket
import subprocess
from urllib.parse import urlsplit, urlunsplit

from .checks import Failed, Skipped


def program(name):
    """Where one of PostgreSQL's programs is."""
    installed = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), key=lambda path: int(path.split("/")[4]))
    found = installed[-1] if installed else shutil.which(name)
    if not found:
        raise Skipped(f"PostgreSQL's `{name}` is not here; install postgresql")
    return found


def sql(url, text):
    """Runs statements on a server."""
    done = subprocess.run(
        [program("psql"), "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", url, "--command", text],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise Failed(f"psql on {urlsplit(url).hostname}: {done.stderr.strip()}")


class Database:
    """A new database on the server at `server`, dropped at the end."""

    def __init__(self, server):
        self.server = server
        self.name = f"trueup_clients_{secrets.token_hex(6)}"
        sql(server, f"CREATE DATABASE {self.name}")
        self.url = urlunsplit(urlsplit(server)._replace(path=f"/{self.name}"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        sql(self.server, f"DROP DATABASE {self.name} WITH (FORCE)")


class Cluster:
    """A server of our own in `folder`, started; `url` is its database `postgres`. Its log of writes may be in `wal`."""

    def __init__(self, folder, wal=None):
        self.data = os.path.join(folder, "data")
        self.log = os.path.join(folder, "log")
        self.as_user = {}
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            for place in filter(None, (folder, wal)):
                os.chown(place, nobody.pw_uid, nobody.pw_gid)
            self.as_user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"postgresql://trueup@127.0.0.1:{self.port}/postgres"
        self._run(
            "initdb",
            "--pgdata",
            self.data,
            "--username",
            "trueup",
            "--auth",
            "trust",
            "--no-sync",
            "--encoding",
            "UTF8",
            *(("--waldir", str(wal)) if wal else ()),
        )
        self.start()

    def _run(self, name, *arguments):
        done = subprocess.run(
            [program(name), *arguments],
            capture_output=True,
            text=True,
            cwd="/",
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
            **self.as_user,
        )
        if done.returncode:
            raise Failed(f"{name} failed with code {done.returncode}: {done.stdout}{done.stderr}")

    def start(self):
        options = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories='' -c fsync=off"
        self._run(
            "pg_ctl", "start", "--wait", "--silent", "--pgdata", self.data, "--log", self.log, "--options", options
        )

    def stop(self):
        self._run("pg_ctl", "stop", "--wait", "--silent", "--mode", "immediate", "--pgdata", self.data)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if os.path.exists(os.path.join(self.data, "postmaster.pid")):
            self.stop()
