#!/usr/bin/env python3
"""Real answers of a Nautobot, replayed: the same requests on objects of the same names, the answers compared.

Each file of the samples is one check. Statuses, media types and allowed methods are equal; refusals are equal word by
word; other bodies are equal in keys and types, and in names and slugs. Ids, times and the host are set aside. Where we
mean to differ, a row of `sample_checks/deviations.py` says so with its reason. Without the folder nothing is checked.
"""

import sys

from kit.checks import main
from sample_checks import replay
from sample_checks.mirror import Mirror

SKIPPED = 77

if __name__ == "__main__":
    if not replay.SAMPLES.is_dir():
        print(f"samples: skipped, {replay.SAMPLES} is not here; set TRUEUP_NAUTOBOT_SAMPLES to a copy of it")
        sys.exit(SKIPPED)

    def prepare(url, token):
        mirror = Mirror(url, token)
        return mirror, mirror.failures

    main("samples", prepare, replay.checks)
