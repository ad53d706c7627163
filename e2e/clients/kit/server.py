"""`trueup serve` as a process of its own: started on a free port, stopped politely or killed, its output kept."""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import SimpleNamespace

from .checks import Failed, run
from .rest import Rest

TOKEN = "0123456789abcdef0123456789abcdef01234567"
ADDRESS = re.compile(r"https?://[^\s\"'/]+")


class Server:
    """A running server. `address` is where it listens; `output` what it has printed so far.

    `wrap` are words before the program (such as `nsenter …`). Signals that Python ignores stay ignored, so that a file
    size limit is an error of the write and not the end of the process.
    """

    def __init__(self, binary, database, listen="127.0.0.1:0", wrap=(), environment=None, arguments=()):
        self.command = [*wrap, binary, "serve", "--database", database, "--listen", listen, *arguments]
        variables = {key: value for key, value in os.environ.items() if not key.startswith("TRUEUP_")}
        variables["TRUEUP_SUPERUSER_API_TOKEN"] = TOKEN
        variables.update(environment or {})
        self.lines = []
        self.address = None
        self._told = threading.Event()
        self.process = subprocess.Popen(
            self.command,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            restore_signals=False,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._told.wait(60)
        if self.address is None:
            self.kill()
            raise Failed(f"`{' '.join(self.command)}` printed no address within 60 s:\n{self.output}")

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)
            found = ADDRESS.search(line)
            if self.address is None and found:
                self.address = found.group()
                self._told.set()
        self._told.set()

    @property
    def output(self):
        return "".join(self.lines)

    def rest(self):
        """A new session with it, as its administrator."""
        return Rest(self.address, TOKEN)

    def running(self):
        return self.process.poll() is None

    def fall_asleep(self):
        """Stops it where it is, as a machine that is suspended does, until it wakes up; none of its threads runs then."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def wake_up(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self, within=30):
        """Asks it to stop; the exit code. A server that does not stop in time is killed, and that is a failure."""
        if self.running():
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"the server did not stop within {within} s of SIGTERM") from None
        self._reader.join(5)
        return code

    def kill(self):
        """Ends it at once, as a power cut would."""
        if self.running():
            self.process.kill()
        self.process.wait()
        self._reader.join(5)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()


def own(title, about, *groups):
    """The program of a script that starts servers of its own: their program is `on.binary`, and `on.folder` is theirs."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--binary", default=os.environ.get("TRUEUP_BINARY"), help="the program trueup (TRUEUP_BINARY)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only checks with this text in their name")
    found = parser.parse_args()
    if not found.binary:
        parser.error("say which program: --binary, or TRUEUP_BINARY")
    folder = Path(tempfile.mkdtemp(prefix=f"trueup-{title}-"))
    folder.chmod(0o755)
    try:
        code = run(title, SimpleNamespace(binary=str(Path(found.binary).resolve()), folder=folder), groups, found.only)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(code)
