"""Packs that were adopted out of the sandbox: kept in the database, named ``key@version``, beside the installed folders."""

import yaml


def head_of_text(text: str) -> tuple[str, str]:
    """Return key and version of a ``pack.yaml``, or empty strings when it cannot be read."""
    try:
        head = yaml.load(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError):
        return "", ""
    if not isinstance(head, dict):
        return "", ""
    return str(head.get("key", "")), str(head.get("version", ""))
