#!/usr/bin/env python3
"""Bad input against a running server (API.md §1.7, §6.3, and the issue's list): a clear 4xx or 503, never another 5xx,
nothing half-written. Where the contract gives the words, they are compared word by word."""

from bad_input_checks import bodies, characters, queries, values, writes
from bad_input_checks.session import Session
from kit.checks import main


def prepare(url, token):
    session = Session(url, token)
    return session, session.world.failures


if __name__ == "__main__":
    main("bad input", prepare, bodies.checks, values.checks, characters.checks, queries.checks, writes.checks)
