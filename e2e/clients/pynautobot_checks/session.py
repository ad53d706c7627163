"""The context of these checks: clients of pynautobot, the world, and what went over the wire."""

from contextlib import contextmanager

import pynautobot
from kit.rest import Rest
from world import World

CROWD = 1250  # more than the largest page


class Session:
    """`nb` is pynautobot as the Ansible collection and most scripts make it; `client` makes others."""

    def __init__(self, url, token):
        self.url = url
        self.token = token
        self.rest = Rest(url, token)
        self.world = World(self.rest, crowd=CROWD).build()
        self.nb = self.client()

    def client(self, **options):
        return pynautobot.api(self.url, token=self.token, **options)

    def id(self, endpoint, name):
        return self.world.id(endpoint, name)


@contextmanager
def wire(nb):
    """The list of answers that the client gets inside the block; each has its `request`."""
    seen = []

    def keep(response, *_, **__):
        seen.append(response)

    hooks = nb.http_session.hooks["response"]
    hooks.append(keep)
    try:
        yield seen
    finally:
        hooks.remove(keep)
