"""The context, and the one rule for all bad input: a clear 4xx or 503, never another 5xx, nothing half-written."""

from kit.checks import Failed
from kit.rest import Rest, described
from world import World

NOWHERE = "00000000-0000-4000-8000-000000000000"


class Session:
    def __init__(self, url, token):
        self.url = url
        self.token = token
        self.rest = Rest(url, token)
        self.world = World(self.rest, crowd=0).build()

    def id(self, endpoint, name):
        return self.world.id(endpoint, name)


def refused(response, *also):
    """A 4xx or 503 with a JSON body that says something (or a status of `also`)."""
    status = response.status_code
    if status in also:
        return response
    if not (400 <= status < 500 or status == 503):
        raise Failed(f"should be refused with 4xx: {described(response)}")
    try:
        body = response.json()
    except ValueError:
        raise Failed(f"the refusal is no JSON: {described(response)}") from None
    if not body or "Traceback" in response.text or "panicked" in response.text:
        raise Failed(f"the refusal says nothing useful: {described(response)}")
    return response


def survived(response):
    """Any answer but a server error."""
    if response.status_code >= 500 and response.status_code != 503:
        raise Failed(f"a server error: {described(response)}")
    return response
