"""Feast definitions of a feature store, as a Python file. What Feast has no word for is said in a comment, not left out.

Written for Feast 0.40 and later: Entity, FileSource, PushSource, FeatureView, on_demand_feature_view, FeatureService.
"""

from __future__ import annotations

import ast
import json
import re

from decom_nb.phases.patterns.features.feature_document import Feature, FeatureSource, FeatureStore
from decom_nb.phases.patterns.features.feature_expression import LABEL_TIME, in_order, written
from decom_nb.phases.patterns.features.feature_table import feature_table

NAMES = {
    "feast": ("Entity", "FeatureService", "FeatureView", "Field", "FileSource", "PushSource", "RequestSource"),
    "feast.types": ("Bool", "Float64", "Int64", "String", "UnixTimestamp"),
}
"""What the file may import."""


def feast_file(store: FeatureStore) -> str:
    """Give a Python file with Feast's definitions; it is parsed before it is given."""
    entity = _variable(store.entity or "entity")
    lines = [
        f"{entity} = Entity(name={_text(store.entity or 'entity')}, join_keys=[{_text(store.entity_key)}])",
        "",
    ]
    views: list[str] = []
    used = {"Entity", "FeatureService"}
    types: set[str] = set()
    written: set[str] = set()
    for name, ttl in dict.fromkeys((each.source, each.ttl_hours) for each in store.stored):
        features = [each for each in store.stored if (each.source, each.ttl_hours) == (name, ttl)]
        source = store.source(name) or FeatureSource(name=name)
        several = len({each.ttl_hours for each in store.stored if each.source == name}) > 1
        block, view, names = _view(store, entity, source, features, several, name not in written)
        written.add(name)
        lines += block
        views.append(view)
        used |= names
        types |= {_type(each) for each in features}
    demanded = [each for each in store.features if each.computation == "on-demand"]
    if demanded:
        lines += _on_demand(demanded, views)
        views.append("computed_on_demand")
        used |= {"RequestSource"}
        types |= {_type(each) for each in demanded} | {"UnixTimestamp"}
    if any("Field(" in line for line in lines):
        used.add("Field")
    service = _text(f"{store.entity or 'entity'}_features")
    lines.append(
        f"{_variable(store.entity or 'entity')}_features = FeatureService(name={service}, features=[{', '.join(views)}])"
    )
    return "\n".join([*_head(store, used, types, bool(demanded)), *lines, ""])


def checked(text: str) -> list[str]:
    """Say what is wrong with a file of definitions, by its syntax and its names; with Feast installed, by its classes, too.

    An empty list says that nothing was found.
    """
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        return [f"line {error.lineno}: {error.msg}"]
    wrong, known = [], {"duckdb", "pd"}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            allowed = {*NAMES.get(node.module or "", ()), *_OTHER.get(node.module or "", ())}
            wrong += [f"{node.module} has no {each.name}" for each in node.names if each.name not in allowed]
            known |= {each.asname or each.name for each in node.names}
        elif isinstance(node, ast.Assign):
            known |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.FunctionDef):
            known |= {node.name, *(each.arg for each in node.args.args)}
    read = [each for each in ast.walk(tree) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)]
    wrong += [f"line {each.lineno}: nothing is called {each.id}" for each in read if each.id not in known | _LOCAL]
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        given = {each.arg for each in call.keywords}
        wrong += [f"line {call.lineno}: {name} takes {each}" for each in sorted(_NEEDED.get(name, set()) - given)]
        wrong += [
            f"line {call.lineno}: {name} knows no {each}" for each in sorted(given - _TAKEN.get(name, given), key=str)
        ]
    return wrong


def feast_installed() -> bool:
    """Tell whether Feast is there to try the file."""
    import importlib.util

    return importlib.util.find_spec("feast") is not None


_OTHER = {
    "__future__": ("annotations",),
    "datetime": ("timedelta",),
    "feast.on_demand_feature_view": ("on_demand_feature_view",),
}
_LOCAL = {"inputs"}
_NEEDED = {
    "Entity": {"name", "join_keys"},
    "FeatureView": {"name", "entities", "schema", "source"},
    "FileSource": {"name", "path", "timestamp_field"},
    "PushSource": {"name", "batch_source"},
    "FeatureService": {"name", "features"},
    "Field": {"name", "dtype"},
    "RequestSource": {"name", "schema"},
}
_TAKEN = {
    "Entity": {"name", "join_keys", "value_type", "description", "tags", "owner"},
    "FeatureView": {"name", "entities", "schema", "source", "ttl", "online", "offline", "description", "tags", "owner"},
    "FileSource": {
        "name", "path", "timestamp_field", "created_timestamp_column", "file_format", "field_mapping", "description",
        "tags", "owner",
    },
    "PushSource": {"name", "batch_source", "description", "tags", "owner"},
    "FeatureService": {"name", "features", "tags", "description", "owner"},
    "Field": {"name", "dtype", "description", "tags"},
    "RequestSource": {"name", "schema", "description", "tags", "owner"},
}  # fmt: skip
"""The keywords of Feast's classes, from its documentation."""


def _head(store: FeatureStore, used: set[str], types: set[str], demanded: bool) -> list[str]:
    told = [
        f'"""Features of {_plain(store.entity or "an entity")}, for Feast. Owner: {_plain(store.owner or "not named")}."""',
        "",
        "from __future__ import annotations",
        "",
        "from datetime import timedelta",
        "",
    ]
    if demanded:
        told += ["import duckdb", "import pandas as pd"]
    told += [f"from feast import {', '.join(sorted(used & set(NAMES['feast'])))}"]
    if demanded:
        told += ["from feast.on_demand_feature_view import on_demand_feature_view"]
    if types:
        told += [f"from feast.types import {', '.join(sorted(types))}"]
    note = "# Feast counts a value of the very instant of a request as known, and knows no late arrival but by"
    return [
        *told,
        "",
        note,
        "# created_timestamp_column, which decides between equals only: the training query beside this file does both.",
        "",
    ]


def _view(
    store: FeatureStore, entity: str, source: FeatureSource, features: list[Feature], several: bool, first: bool
) -> tuple[list[str], str, set[str]]:
    """Write the view of features with one source and one time to live (Feast has one a view), the source with the first."""
    base = _variable(source.name)
    streamed = source.kind == "stream" or any(
        each.computation == "streaming" for each in store.stored if each.source == source.name
    )
    batch = f"{base}_history" if streamed else f"{base}_source"
    fed = f"{base}_push" if streamed else batch
    lines: list[str] = []
    if first:
        lines += [
            f"{batch} = FileSource(",
            f"    name={_text(batch)},",
            f"    path={_text(f'data/{base}_features.parquet')},",
        ]
        lines.append(f"    timestamp_field={_text(source.event_time or 'event_timestamp')},")
        lines += [f"    created_timestamp_column={_text(source.available_at)},"] if source.available_at else []
        lines.append(")")
        if streamed:
            lines.append(f"{fed} = PushSource(name={_text(fed)}, batch_source={batch})")
    hours = features[0].ttl_hours
    if hours is None:
        lines.append("# No time to live is told; timedelta(0) never expires.")
    life = f"{_number(hours).replace('.', '_')}h" if hours is not None else "no_end"
    name = f"{base}_{life}_features" if several else f"{base}_features"
    lines.append(f"{name} = FeatureView(")
    ttl = f"timedelta(hours={_number(hours)})" if hours is not None else "timedelta(0)"
    lines += [f"    name={_text(name)},", f"    entities=[{entity}],", f"    ttl={ttl},", "    schema=["]
    for each in features:
        said = f", description={_text(each.description)}" if each.description else ""
        lines.append(f"        Field(name={_text(each.name)}, dtype={_type(each)}{said}),")
    lines += ["    ],", f"    online={bool(store.serving.online)},", f"    source={fed},"]
    if store.owner:
        lines.append(f"    owner={_text(store.owner)},")
    return [*lines, ")", ""], name, {"FileSource", "FeatureView", *(["PushSource"] if streamed else [])}


def _on_demand(features: list[Feature], views: list[str]) -> list[str]:
    """Write the view of what is computed when asked for; DuckDB computes the expressions, as it does in the training set."""
    rows = "inputs"
    for step in in_order(features):
        made = ", ".join(f'({written(each.expression)}) AS "{each.name}"' for each in step)
        rows = f"(SELECT *, {made} FROM {rows})"  # noqa: S608 - the expressions were parsed
    names = ", ".join(f'"{each.name}"' for each in features)
    schema = [f"        Field(name={_text(each.name)}, dtype={_type(each)})," for each in features]
    return [
        f"asked = RequestSource(name={_text('asked')}, schema=[Field(name={_text(LABEL_TIME)}, dtype=UnixTimestamp)])",
        "",
        "",
        "@on_demand_feature_view(",
        f"    sources=[{', '.join([*views, 'asked'])}],",
        "    schema=[",
        *schema,
        "    ],",
        ")",
        "def computed_on_demand(inputs: pd.DataFrame) -> pd.DataFrame:",
        '    """Compute from other features what is not stored."""',
        f"    return duckdb.sql({_text(f'SELECT {names} FROM {rows}')}).df()",  # noqa: S608 - as above
        "",
        "",
    ]


def _type(feature: Feature) -> str:
    word = feature.type.upper().partition("(")[0].strip()
    return next((row.feast for row in feature_table().feast_types if word in row.types), "String")


def _text(text: str) -> str:
    return json.dumps(text)


def _plain(text: str) -> str:
    """Give a text for a comment or docstring: nothing in it ends either."""
    return re.sub(r"\s+", " ", text).replace("\\", "/").replace('"', "'")


def _variable(name: str) -> str:
    made = re.sub(r"\W+", "_", name).strip("_").lower()
    return made if made and made.isidentifier() and not made[0].isdigit() else f"a_{made or 'source'}"


def _number(hours: float) -> str:
    return f"{hours:g}"
