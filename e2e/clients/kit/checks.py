"""Runs checks one after the other, prints each, and counts.

A check is a function of one argument, the context that `prepare` made. It fails by raising `Failed` (or anything else);
that ends the check and no other. `Skipped` ends it with a printed reason and is counted apart. What a check needs from
`prepare` and did not get fails there by name, so that one broken step does not hide all others.

    checks = Checks("reading")

    @checks("§1.3 a page behind the end is empty")
    def behind_the_end(on): ...

    main("pynautobot", prepare, checks)
"""

import argparse
import os
import sys
import time
import traceback


class Failed(AssertionError):
    """What was expected, and what was found."""


class Skipped(Exception):
    """Why a check cannot be made here."""


class Checks:
    """Named checks in the order in which they are written."""

    def __init__(self, title):
        self.title = title
        self.rows = []

    def __call__(self, name):
        def keep(function):
            self.rows.append((name, function))
            return function

        return keep

    def add(self, name, function, *arguments):
        """A check of a table: `function(on, *arguments)`."""
        self.rows.append((name, lambda on: function(on, *arguments)))


def short(value, length=400):
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= length else f"{text[:length]}… ({len(text)} characters)"


def equal(what, got, wanted):
    if got != wanted or type(got) is not type(wanted):
        raise Failed(f"{what}: expected {short(wanted)}, got {short(got)}")


def true(what, condition, got=""):
    if not condition:
        raise Failed(f"{what}: {short(got)}" if got != "" else what)


def raises(what, kind, call):
    """The exception of that kind that `call` raises."""
    try:
        got = call()
    except kind as error:
        return error
    raise Failed(f"{what}: expected {kind.__name__}, got the result {short(got)}")


def waited(what, condition, seconds=90, pause=0.02):
    """Asks again and again until `condition()` is true, and gives that; who cannot be asked now is asked again."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if found := condition():
                return found
        except (OSError, Failed):
            pass
        time.sleep(pause)
    raise Failed(f"{what}: not within {seconds} s")


def arguments(title):
    """The server to ask, from the command line or the environment (`TRUEUP_URL`, `TRUEUP_TOKEN`)."""
    parser = argparse.ArgumentParser(description=f"Checks of {title} against a running server.")
    parser.add_argument("--url", default=os.environ.get("TRUEUP_URL"), help="where the server is (TRUEUP_URL)")
    parser.add_argument(
        "--token", default=os.environ.get("TRUEUP_TOKEN"), help="an administrator's token (TRUEUP_TOKEN)"
    )
    parser.add_argument("--only", default="", metavar="TEXT", help="only checks with this text in their name")
    found = parser.parse_args()
    if not found.url or not found.token:
        parser.error("say where the server is and with which token: --url and --token, or TRUEUP_URL and TRUEUP_TOKEN")
    return found


def run(title, context, groups, only="", failures=()):
    """Runs all checks of the groups; the exit code. `failures` are (name, reason) of what preparing could not do."""
    passed, failed, skipped = 0, len(failures), 0
    for name, reason in failures:
        print(f"  FAILED  prepare: {name}\n          {reason}", flush=True)
    for checks in groups:
        print(f"{title}: {checks.title}", flush=True)
        for name, function in checks.rows:
            if only not in name:
                continue
            start = time.monotonic()
            try:
                function(context)
            except Skipped as reason:
                skipped += 1
                print(f"  skipped {name}: {reason}", flush=True)
            except Failed as error:
                failed += 1
                print(f"  FAILED  {name}\n          {error}", flush=True)
            except Exception as error:  # whatever a client raises is a failure of this check only
                failed += 1
                where = traceback.extract_tb(error.__traceback__)[-1]
                text = "".join(traceback.format_exception_only(type(error), error)).strip()
                print(
                    f"  FAILED  {name}\n          {short(text, 900)}\n          at {where.filename}:{where.lineno}",
                    flush=True,
                )
            else:
                passed += 1
                print(f"  ok      {name} ({time.monotonic() - start:.2f} s)", flush=True)
    print(f"{title}: {passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 1 if failed or not passed else 0


def main(title, prepare, *groups):
    """`prepare(url, token)` gives the context and what it could not prepare; then all checks run, and the process ends."""
    found = arguments(title)
    context, failures = prepare(found.url.rstrip("/"), found.token)
    sys.exit(run(title, context, groups, found.only, failures))
