"""What JSON must look like: declarations of kinds, and the comparison of two documents by keys and types."""

from .checks import Failed, short

# Kinds by name; `?` behind one allows null.
KINDS = {
    "text": lambda value: isinstance(value, str),
    "filled": lambda value: isinstance(value, str) and value != "",
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "bool": lambda value: isinstance(value, bool),
    "list": lambda value: isinstance(value, list),
    "texts": lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
    "object": lambda value: isinstance(value, dict),
    "any": lambda value: True,
}


def at(document, path):
    """The value at `a.b.c`; a missing key fails. A part with `?` behind may be null, and then so is the result."""
    value = document
    parts = path.split(".")
    for place, part in enumerate(parts):
        name = part.rstrip("?")
        if not isinstance(value, dict) or name not in value:
            raise Failed(f"`{path}` is missing at `{name}` in {short(value)}")
        value = value[name]
        if value is None and place + 1 < len(parts):
            if part.endswith("?"):
                return None
            raise Failed(f"`{path}`: `{name}` is null")
    return value


def hold(document, wanted, where=""):
    """Every path of `wanted` (`{"location.parent?.name": "text"}`) is there and of its kind."""
    for path, kind in wanted.items():
        value = at(document, path)
        nullable = kind.endswith("?") or "?" in path
        if value is None and nullable:
            continue
        if not KINDS[kind.rstrip("?")](value):
            raise Failed(f"{where}`{path}` should be {kind}, is {short(value)}")


def kind_of(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    return {str: "text", list: "list", dict: "object"}[type(value)]


def never(path):
    return False


def differences(wanted, got, path="", nullable=never, free=never, extra=never):
    """How `got` differs in shape from `wanted`: texts such as `a.b: is missing`. Values are not compared.

    Below a path that `free` names, nothing is compared but the kind. Null where the other has a value is a difference
    unless `nullable` says of the path that both occur. Keys that `extra` names may be there. Lists are compared by their
    first items.
    """
    a, b = kind_of(wanted), kind_of(got)
    if a != b:
        if "null" in (a, b) and nullable(path):
            return []
        return [f"{path or 'the document'}: should be {a} ({short(wanted, 80)}), is {b} ({short(got, 80)})"]
    if free(path):
        return []
    if a == "object":
        found = [f"{path}.{key}: is missing".lstrip(".") for key in wanted if key not in got]
        found += [
            f"{path}.{key}: should not be there".lstrip(".")
            for key in got
            if key not in wanted and not extra(f"{path}.{key}".lstrip("."))
        ]
        for key in wanted:
            if key in got:
                found += differences(wanted[key], got[key], f"{path}.{key}".lstrip("."), nullable, free, extra)
        return found
    if a == "list" and wanted and got:
        return differences(wanted[0], got[0], f"{path}[]", nullable, free, extra)
    return []
