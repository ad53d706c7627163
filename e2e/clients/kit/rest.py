"""Raw requests below `/api/`, as a client without any library sends them, and what answers are held against."""

import json
import time
import re

import requests

from .checks import Failed, short

UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
NOTHING = object()


def described(response):
    """The request and its answer in one line, for messages."""
    request = response.request
    body = request.body.decode("utf-8", "replace") if isinstance(request.body, bytes) else request.body or ""
    return (
        f"{request.method} {request.path_url} {short(body, 300)} → {response.status_code} {short(response.text, 600)}"
    )


def answers(response, status, body=NOTHING):
    """The JSON of an answer that must have this status (or one of these) and, when given, exactly this body."""
    wanted = status if isinstance(status, (tuple, list, set)) else (status,)
    if response.status_code not in wanted:
        raise Failed(f"expected {'/'.join(map(str, wanted))}: {described(response)}")
    if response.status_code == 204 or not response.content:
        found = None
    else:
        try:
            found = response.json()
        except ValueError:
            raise Failed(f"the body is no JSON: {described(response)}") from None
    if body is not NOTHING and found != body:
        raise Failed(f"expected the body {short(json.dumps(body, ensure_ascii=False), 600)}: {described(response)}")
    return found


class Rest:
    """One session with one token. Paths are below `/api/`, or whole addresses."""

    def __init__(self, url, token, **headers):
        self.url = url
        self.base = f"{url}/api/"
        self.token = token
        self.session = requests.Session()
        if token is not None:
            self.session.headers["Authorization"] = f"Token {token}"
        self.session.headers["Accept"] = "application/json"
        self.session.headers.update(headers)

    def call(self, method, path, body=NOTHING, params=None, data=None, headers=None, timeout=120, redirects=False):
        address = path if path.startswith("http") else self.base + path
        headers = dict(headers or {})
        if body is not NOTHING:
            data = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        return self.session.request(
            method, address, params=params, data=data, headers=headers, timeout=timeout, allow_redirects=redirects
        )

    def get(self, path, **params):
        return self.call("GET", path, params=params)

    def post(self, path, body):
        return self.call("POST", path, body)

    def patch(self, path, body):
        return self.call("PATCH", path, body)

    def put(self, path, body):
        return self.call("PUT", path, body)

    def delete(self, path, body=NOTHING):
        return self.call("DELETE", path, body)

    def made(self, path, body):
        """What a POST made: the object, or the bare list."""
        return answers(self.post(path, body), 201)

    def found(self, path, **params):
        """The results of one page."""
        return answers(self.get(path, **params), 200)["results"]

    def until(self, path, done, within=60):
        """The object as soon as `done` says so of it."""
        patience = time.monotonic() + within
        while not done(found := answers(self.get(path), 200)):
            if time.monotonic() > patience:
                raise Failed(f"GET {path}: not done within {within} s: {found}")
            time.sleep(0.1)
        return found

    def one(self, path, **params):
        """The one object that the filters name."""
        found = self.found(path, **params)
        if len(found) != 1:
            raise Failed(f"GET {path} {params}: expected one object, got {len(found)}")
        return found[0]

    def count(self, path, **params):
        return answers(self.get(path, limit=1, **params), 200)["count"]

    def pages(self, path, **params):
        """All objects, following `next` as it stands, and the number of pages."""
        response = self.get(path, **params)
        results, pages = [], 0
        while True:
            page = answers(response, 200)
            results += page["results"]
            pages += 1
            if page["next"] is None:
                return results, pages
            if pages > 1000:
                raise Failed(f"GET {path} {params}: `next` never ends, last {page['next']}")
            response = self.call("GET", page["next"])
