#!/usr/bin/env python3
"""schemathesis over the OpenAPI document of a running server: no server error, no undocumented answer.

For every operation a few requests are made from the document, good and bad, with a fixed seed; each answer must have a
status, a content type and a body that the document says. The time is bounded: what `--seconds` does not reach is said.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# So that the fuzzer keeps its token, and its own user.
LEFT_OUT = [("path-regex", r"^/users/(tokens|users)/"), ("method", "TRACE")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default=os.environ.get("TRUEUP_URL"), help="where the server is (TRUEUP_URL)")
    parser.add_argument(
        "--token", default=os.environ.get("TRUEUP_TOKEN"), help="an administrator's token (TRUEUP_TOKEN)"
    )
    parser.add_argument("--examples", type=int, default=4, help="requests for one operation")
    parser.add_argument("--seconds", type=int, default=240, help="the longest that it may take")
    parser.add_argument("--seed", type=int, default=20261125)
    parser.add_argument("more", nargs="*", help="handed on to schemathesis, behind `--`")
    found = parser.parse_args()
    if not found.url or not found.token:
        parser.error("say where the server is and with which token: --url and --token, or TRUEUP_URL and TRUEUP_TOKEN")
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{found.url.rstrip('/')}/api/swagger.json"),
        *("--header", f"Authorization: Token {found.token}"),
        *("--checks", CHECKS, "--phases", "fuzzing", "--mode", "all"),
        *(
            "--max-examples",
            str(found.examples),
            "--seed",
            str(found.seed),
            "--no-shrink",
        ),
        *("--workers", "2", "--request-timeout", "20", "--suppress-health-check", "all", "--warnings", "off"),
        *("--max-failures", "40", "--no-color"),
        *(part for name, value in LEFT_OUT for part in (f"--exclude-{name}", value)),
        *found.more,
    ]
    folder = tempfile.mkdtemp(prefix="trueup-fuzz-")
    try:
        code = subprocess.run(command, cwd=folder, timeout=found.seconds).returncode
    except subprocess.TimeoutExpired:
        print(f"fuzz: not through after {found.seconds} s; make fewer examples or give it more time")
        code = 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"fuzz: {'passed' if code == 0 else 'FAILED'}")
    sys.exit(1 if code else 0)


if __name__ == "__main__":
    main()
