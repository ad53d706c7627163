"""A file system with little room, for what happens when there is none left."""

import os
import pwd
import subprocess
from contextlib import suppress
from pathlib import Path

from .checks import Skipped

# Only the process that mounts it sees it; others find it through that process, and it is gone when that ends.
MOUNT = 'mount -t tmpfs -o size="$2",mode=777 none "$1" && shift 2 && exec "$@"'
HOLD = ["sh", "-c", "echo mounted; exec cat"]


class SmallDisk:
    """A new file system of so many megabytes, gone at the end.

    `path` is where it is found by us and by `nobody`. SQLite follows that to where it is not: programs that have the words
    `inside` before them find it at `place`.
    """

    def __init__(self, folder, megabytes):
        self.place = Path(folder) / f"disk-of-{megabytes}"
        self.place.mkdir()
        unshare, enter, hold = ["unshare", "--mount"], ["nsenter", "--mount"], HOLD
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            hold = ["setpriv", "--reuid", str(nobody.pw_uid), "--regid", str(nobody.pw_gid), "--clear-groups", *HOLD]
        else:
            unshare.append("--map-root-user")
            enter += ["--user", "--preserve-credentials"]
        command = [*unshare, "sh", "-c", MOUNT, "sh", str(self.place), f"{megabytes}m", *hold]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        if not self.process.stdout.readline():
            self.__exit__()
            raise Skipped(f"no small file system can be mounted here: {self.process.stderr.read().strip()}")
        self.inside = [*enter, "--target", str(self.process.pid)]
        self.path = Path(f"/proc/{self.process.pid}/root{self.place}")

    def fill(self, left):
        """Takes all room but about `left` bytes, while others take of it too."""
        with open(self.path / "filler", "wb", buffering=0) as file, suppress(OSError):
            while (room := os.statvfs(self.path)).f_bavail * room.f_frsize > left:
                file.write(b"x" * 65536)

    def free(self):
        """Gives that room back."""
        (self.path / "filler").unlink()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
