"""The context: the client as the modules make it, and a module's steps: resolve, find, compare, write."""

import pynautobot
from kit.checks import Failed
from kit.rest import Rest
from world import World


class Session:
    def __init__(self, url, token):
        self.url = url
        self.token = token
        self.rest = Rest(url, token)
        self.world = World(self.rest, crowd=120).build()
        self.nb = self.client()

    def client(self, **options):
        return pynautobot.api(self.url, token=self.token, exclude_m2m=False, **options)

    def id(self, endpoint, name):
        return self.world.id(endpoint, name)

    def resolve(self, endpoint, field, value):
        """The id behind a name, as a module looks it up."""
        found = endpoint.get(**{field: value})
        if found is None:
            raise Failed(f"{endpoint.url}: nothing with {field}={value!r}")
        return str(found.id)


def choice(endpoint, field, text):
    """The value of a choice, given by its value or by what is displayed in any case."""
    for row in endpoint.choices()[field]:
        if text.lower() in (row["display"].lower(), row["value"].lower()):
            return row["value"]
    raise Failed(f"{endpoint.url}: `{field}` has no choice {text!r}")


def changes(record, wanted):
    """What a module would change: keys whose value in the record is another. A key that is not there is an error."""
    now = record.serialize()
    found = {}
    for key, value in wanted.items():
        if key not in now:
            raise Failed(f"{record.endpoint.url}: the record has no key `{key}`: {sorted(now)}")
        current = now[key]
        if key == "custom_fields":
            same = {**current, **value} == current
        elif key == "tags":
            same = set(current) == set(value)
        else:
            same = current == value
        if not same:
            found[key] = (current, value)
    return found


def ensure(endpoint, find, wanted):
    """What a module with `state: present` does. The record, and "created", "changed" or "unchanged"."""
    record = endpoint.get(**find)
    if record is None:
        return endpoint.create(wanted), "created"
    if not changes(record, wanted):
        return record, "unchanged"
    if not record.update(wanted):
        raise Failed(f"{endpoint.url}: update({wanted}) sent nothing although {changes(record, wanted)}")
    return endpoint.get(record.id), "changed"
