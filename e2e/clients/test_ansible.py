#!/usr/bin/env python3
"""The calls that the Ansible collection `networktocode.nautobot` makes (API.md §4.3): its modules through pynautobot
with `exclude_m2m=False`, its inventory plugins as raw requests, its lookups.

Nothing of the collection is used or copied; what a module does is stated here as: find by filters, compare, write.
"""

from ansible_checks import idempotency, inventory, modules
from ansible_checks.session import Session
from kit.checks import main


def prepare(url, token):
    session = Session(url, token)
    return session, session.world.failures


if __name__ == "__main__":
    main("Ansible", prepare, modules.checks, inventory.checks, idempotency.checks)
