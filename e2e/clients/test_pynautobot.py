#!/usr/bin/env python3
"""pynautobot from PyPI, unmodified, against a running server: everything that API.md §3 says it does."""

from kit.checks import main
from pynautobot_checks import defined, fixed, parts, reading, writing
from pynautobot_checks.session import Session


def prepare(url, token):
    session = Session(url, token)
    return session, session.world.failures


if __name__ == "__main__":
    main("pynautobot", prepare, fixed.checks, reading.checks, writing.checks, parts.checks, defined.checks)
