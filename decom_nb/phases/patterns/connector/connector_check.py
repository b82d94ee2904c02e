"""What is wrong with a connector's configuration: one of ours, or one that a client has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from decom_nb.errors import InputError, Mistake
from decom_nb.phases.patterns.connector.connector_table import ConnectorTable, connector_table
from decom_nb.suggest import instead
from decom_nb.wording import listed

_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,200}")
_SLOT = re.compile(r"[a-z0-9_]{1,63}")
_SECRET = re.compile(r"(^|\.)(password|secret|credentials|token)$|basic\.auth\.user\.info$")
_REFERENCE = re.compile(r"\$\{[^{}]+\}")


def read(file: Path) -> Mapping[str, Any]:
    """Give the configuration in a JSON file, with or without the name around it; `InputError` where there is none."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        what = f"it cannot be read as JSON: {error}"
        raise InputError(Mistake(str(file), 0, "", what, "give the JSON that Kafka Connect takes")) from error
    config = told.get("config", told) if isinstance(told, dict) else None
    if not isinstance(config, dict) or "connector.class" not in config:
        hint = 'give {"name": …, "config": {"connector.class": …}} or the config alone'
        raise InputError(Mistake(str(file), 0, "connector.class", "it names no connector", hint))
    return config


def faults(config: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Give what is wrong in a connector's configuration: key, what, what to do. Secrets are never in it."""
    table = connector_table()
    kinds = {each.connector_class: name for name, each in table.databases.items()}
    given = str(config.get("connector.class", ""))
    if given not in kinds:
        yield (
            "connector.class",
            f"{given or 'nothing'} is no connector of Debezium's that is known here",
            instead(given, kinds),
        )
        return
    kind = table.databases[kinds[given]]
    for old, new in table.renamed.items():
        if old in config:
            yield old, "it is read by Debezium 1.x only", f"write {new}"
    required = [*table.common.required, *kind.required, *(table.history.required if kind.history else ())]
    missing = [key for key in dict.fromkeys(required) if not str(config.get(key, "")).strip()]
    for key in missing:
        if key not in {new for old, new in table.renamed.items() if old in config}:
            yield key, "it is missing", f"{given.rpartition('.')[2]} does not start without it"
    for key, values in kind.removed.items():
        if (value := str(config.get(key, ""))) in values:
            yield key, f"newer versions do not take {value}", f"write {values[value]}"
    yield from _values(config, kind.qualified, table)


def advice(config: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Give what a connector starts without and what should be said all the same: key, what, what follows."""
    table = connector_table()
    kind = next(
        (each for each in table.databases.values() if each.connector_class == config.get("connector.class")), None
    )
    for key, follows in {**table.common.advised, **(kind.advised if kind else {})}.items():
        if not str(config.get(key, "")).strip():
            yield key, "it is left out", follows


def gaps(config: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Give both: what a connector that is planned here must not lack."""
    yield from faults(config)
    yield from advice(config)


def _values(config: Mapping[str, Any], qualified: str, table: ConnectorTable) -> Iterator[tuple[str, str, str]]:
    prefix, slot = (str(config.get(key, "")) for key in ("topic.prefix", "slot.name"))
    if prefix and not _TOPIC.fullmatch(prefix):
        yield (
            "topic.prefix",
            f"{prefix!r} cannot be part of a topic's name",
            "letters, digits, dots, hyphens, underscores",
        )
    if slot and not _SLOT.fullmatch(slot):
        yield "slot.name", f"{slot!r} is no name of a slot", "lower case letters, digits and underscores, at most 63"
    for key in ("table.include.list", "collection.include.list"):
        loose = [each.strip() for each in str(config.get(key, "")).split(",") if each.strip() and "." not in each]
        if loose:
            yield (
                key,
                f"{listed(loose)} {'has' if len(loose) == 1 else 'have'} one part only",
                f"write each as {qualified}",
            )
    for key, value in config.items():
        if _SECRET.search(key) and str(value) and not _REFERENCE.fullmatch(str(value)):
            yield key, "a secret stands here in the clear", "refer to a config provider: ${file:/path:key}"
    converter = str(config.get("value.converter", ""))
    needs = [name for name, each in table.converters.items() if each.registry and each.converter_class == converter]
    if needs and not config.get("value.converter.schema.registry.url"):
        yield "value.converter.schema.registry.url", f"{needs[0]} needs a registry", "give its address"
    number = str(config.get("database.server.id", "1"))
    if not number.isdigit() or not 0 < int(number) < 2**32:
        yield "database.server.id", f"{number!r} is no number of a replica", "a number from 1 to 4294967295"
