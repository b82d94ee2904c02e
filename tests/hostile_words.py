"""Hostile and harmless words, and how they get into every document and every kind of evidence of the example engagement."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

import yaml
from pydantic import BaseModel

PARTS = (
    "<script>window.pwned=1</script>",
    '"><img src=x onerror=window.pwned=1>',
    "'; DROP TABLE runs; --",
    "${{7*7}}{{7*7}}{% raw %}{#",
    "\u202egnp.exe\u202c",
    "`id` $(id)",
    "</script></textarea></title><!-- ]]>",
    "[bold blue]rich[/] [/nothing] [link=javascript:pwned]x[/link]",
    "\x1b[31m\x1b]0;title\x07\x9b31m\x7f",
    "one\ntwo\n# three\n---\n- four\rfive\tsix",
    "[a](javascript:window.pwned=1) ![b](//evil.example/x.png) | **c** ~~d~~ &lt; <http://evil.example>",
    "%s %(x)s {0.__globals__} \\u003c \\",
    "=cmd|' /C calc'!A0",
)
HOSTILE = " ".join(PARTS)
CALM = "0calm"
"""Harmless; begins with a digit, so that it comes before letters in a list, as the hostile words do."""
KEPT = {("waivers", "target"), ("repairs", "rule"), ("evidence", "path"), ("rates", "currency")}
KEPT |= {("time_zone",), ("chunk",), ("isolation", "staging_schema")}
KEPT |= {("limits", name) for name in ("memory", "window_from", "window_to")}
KEPT |= {("terms", name) for name in ("column", "key", "freshness_column", "version", "about", "type")}
KEPT |= {("conventions", "object"), ("conventions", "patterns"), ("exceptions", "convention"), ("features", "name")}
KEPT |= {("schedule",), ("extract", "reconciliation"), ("extract", "watermark_storage")}
KEPT |= {("features", "expression"), ("dimensions", "source")}  # what is quoted of SQL that cannot be read is cut short
"""Strings that may not be any: what this product names itself, and what a pattern or a list of values narrows down."""

NAMES = {("pipelines", name) for name in ("pipeline", "writes", "also_known_as")}
NAMES |= {("rules", name) for name in ("to_pipeline", "to_pool", "tag_key", "tag_value", "service", "sub_account")}
NAMES |= {("rules", name) for name in ("resource", "description")}
NAMES |= {("pools", name) for name in ("pool", "warehouses", "among")}
NAMES |= {("pipeline_tags",), ("environment_tags",), ("not_production",)}
"""Strings that name something of the evidence's: they stay what they are, with the words behind, as they have them there."""

Form = Callable[[str], str]
"""How words are written in one place."""

SQL: Mapping[tuple[str, str], Callable[[str, str], str]] = {
    ("checks", "where"): lambda own, literal: f"({own or 'true'}) AND {literal} <> ''",
    ("checks", "group"): lambda own, literal: f"concat({own or 'NULL'}, {literal})",
    ("checks", "their_where"): lambda own, literal: f"({own or 'true'}) AND {literal} <> ''",
    ("checks", "their_group"): lambda own, literal: f"concat({own or 'NULL'}, {literal})",
    ("tables", "metrics"): lambda own, literal: f"{own} + 0 * length({literal})",
    ("tables", "query"): lambda own, literal: f"SELECT * FROM ({own}) AS told WHERE {literal} <> ''",
    ("tables", "source_query"): lambda own, literal: f"SELECT * FROM ({own}) AS told WHERE {literal} <> ''",
}
"""Strings that have to be SQL: they stay so, and say the words as a value."""


def filled(value: Any, words: str, path: tuple[str, ...] = ()) -> Any:
    """Give a document, or a part of one, with `words` in every string that may be any, and one entry in empty lists."""
    told = {}
    for name, field in type(value).model_fields.items():
        below, hint, place = getattr(value, name), str(field.annotation), (*path[:1], name)
        if isinstance(below, BaseModel):
            told[name] = filled(below, words, (*path, name))
        elif place in KEPT:
            continue
        elif hint == "tuple[str, ...]":
            if place in NAMES:
                told[name] = tuple(f"{each} {words}" for each in below)
            else:
                told[name] = tuple(said(each, words, (*path, name, str(at))) for at, each in enumerate(below or ("",)))
        elif isinstance(below, tuple) and all(isinstance(each, BaseModel) for each in below):
            told[name] = tuple(filled(each, words, (*path, name, str(at))) for at, each in enumerate(below))
        elif field.annotation is str:
            told[name] = (f"{below} {words}" if below else "") if place in NAMES else said(below, words, (*path, name))
    return value.model_copy(update=told)


def said(own: str, words: str, path: tuple[str, ...]) -> str:
    """Give what a string that is free says: where it stands, and `words`; SQL stays SQL, and a pattern one."""
    place = (path[0], next(each for each in reversed(path) if not each.isdecimal()))
    if place in SQL:
        return SQL[place](own, f"'{in_sql(words)}'")
    if place == ("checks", "pattern"):
        return re.escape(words)
    return f"{' '.join(path)} {words}"


def fill_evidence(value: Any, words: str, free: Mapping[str, Form]) -> Any:
    """Give JSON or YAML with `words` behind every string under one of the keys in `free`."""
    if isinstance(value, dict):
        return {
            key: f"{below} {free[key](words)}"
            if key in free and isinstance(below, str)
            else fill_evidence(below, words, free)
            for key, below in value.items()
        }
    return [fill_evidence(each, words, free) for each in value] if isinstance(value, list) else value


def file_safe(words: str) -> str:
    """Give words that can be the name of a file: no slash, and not too many of them."""
    if words != HOSTILE:
        return words
    return " ".join(PARTS[at] for at in (1, 2, 4, 7, 8)).replace("/", "∕")


def xml_safe(words: str) -> str:
    """Give words as a writer of JUnit reports puts them: XML has no place for control characters."""
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", lambda each: f"#x{ord(each[0]):02X}", " ".join(words.split(" ")))


def bare(words: str) -> str:
    """Give words for a file's name that also stands in XML."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", "", file_safe(words))


def in_sql(words: str) -> str:
    return words.replace("'", "''")


def promql(expression: str, words: str) -> str:
    """Give an expression whose pipelines, in selectors of equality or of regular expressions, carry `words`."""
    both = {"=": words, "=~": re.escape(words)}

    def carry(found: re.Match[str]) -> str:
        names = "|".join(f"{each} {both[found[1]]}" for each in found[2].split("|"))
        return f"pipeline{found[1]}{json.dumps(names)}"

    return re.sub(r'pipeline(=~|=)"([^"]*)"', carry, expression)


def same(words: str) -> str:
    return words


DBT = dict.fromkeys(
    ("name", "description", "owner", "message", "email", "schema", "source_name", "url", "project_name"), same
)
DBT |= dict.fromkeys(("original_file_path", "path"), file_safe)
LOGS = dict.fromkeys(("pipeline_name", "run_id", "error_message", "stage", "watermark_before"), same)
EVENTS = dict.fromkeys(("namespace", "name", "message"), same)
ALERTS = dict.fromkeys(("alertname", "pipeline", "receiver", "summary", "description", "title", "legendFormat"), same)
ALERTS |= dict.fromkeys(("alert", "name", "to"), same)
ROUNDS = dict.fromkeys(("note", "place", "because", "owner", "message", "name"), same)
BILL = ("BillingAccountName", "ChargeDescription", "InvoiceIssuerName", "RegionName", "ResourceName", "SkuMeter")
BILL += ("ResourceId", "ServiceName", "SubAccountName")
QUERIES = ("DATABASE_NAME", "SCHEMA_NAME", "USER_NAME", "WAREHOUSE_NAME", "QUERY_TAG", "ERROR_MESSAGE", "QUERY_ID")


def rewritten(file: Path, change: Callable[[str], str], name: str = "") -> None:
    """Change a file's text, packed or not, and give it a name."""
    content = file.read_bytes()
    packed = file.suffix == ".gz"
    changed = change((gzip.decompress(content) if packed else content).decode("utf-8", "replace")).encode()
    file.unlink()
    (file.parent / (name or file.name)).write_bytes(gzip.compress(changed, 1) if packed else changed)


def json_lines(words: str, free: Mapping[str, Form]) -> Callable[[str], str]:
    def line(text: str) -> str:
        try:
            told = json.loads(text)
        except ValueError:
            return text
        return json.dumps(fill_evidence(told, words, free)) if isinstance(told, dict) else text

    return lambda text: "".join(f"{line(each)}\n" for each in text.splitlines())


def whole_json(words: str, free: Mapping[str, Form]) -> Callable[[str], str]:
    return lambda text: json.dumps(fill_evidence(json.loads(text), words, free))


def csv_rows(change: Callable[[dict[str, str]], None]) -> Callable[[str], str]:
    def table(text: str) -> str:
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        written = io.StringIO(newline="")
        to = csv.DictWriter(written, rows[0])
        to.writeheader()
        for row in rows:
            change(row)
            to.writerow(row)
        return written.getvalue()

    return table


def charge(words: str) -> Callable[[dict[str, str]], None]:
    def fill(row: dict[str, str]) -> None:
        row.update({name: f"{row[name]} {words}" for name in BILL if row.get(name)})
        if row.get("Tags"):
            tags = {f"{key} {words}": f"{value} {words}" for key, value in json.loads(row["Tags"]).items()}
            row["Tags"] = json.dumps(tags)

    return fill


def query(words: str) -> Callable[[dict[str, str]], None]:
    def fill(row: dict[str, str]) -> None:
        row.update({name: f"{row[name]} {words}" for name in QUERIES if row[name]})
        row["QUERY_TEXT"] += f" /* {words} */"

    return fill


def listing(words: str) -> Callable[[str], str]:
    """Fill an inventory, whose keys are written as in an address."""

    def fill(text: str) -> str:
        written = io.StringIO(newline="")
        rows = [
            [bucket, f"{quote(file_safe(words))}/{key}", *rest] for bucket, key, *rest in csv.reader(io.StringIO(text))
        ]
        csv.writer(written, quoting=csv.QUOTE_ALL).writerows(rows)
        return written.getvalue()

    return fill


def alert_rules(words: str) -> Callable[[str], str]:
    def fill(text: str) -> str:
        told = fill_evidence(yaml.safe_load(text), words, ALERTS)
        for group in told.get("groups", ()):
            for rule in group["rules"]:
                rule["expr"] = promql(rule["expr"], words)
        return yaml.safe_dump(told, sort_keys=False, width=10**9)

    return fill


def junit(words: str) -> Callable[[str], str]:
    """Fill a report: classes are called after their files, and what is behind a test's name is its parameters."""

    def attribute(text: str) -> str:
        return escape(text, {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})

    inside = attribute(xml_safe(words))

    def case(found: re.Match[str]) -> str:
        name = f"{found[2][:-1]} {inside}]" if found[2].endswith("]") else f"{found[2]}[{inside}]"
        return f'classname="{found[1]} {attribute(bare(words))}" name="{name}"'

    return lambda text: re.sub(r'classname="([^"]*)" name="([^"]*)"', case, text)


def fill_files(folder: Path, words: str) -> None:
    """Fill evidence and its file names; add a file that nobody recognises and a broken one."""
    evidence, safe = folder / "evidence", file_safe(words)

    def every(below: str, change: Callable[[str], str], ending: str = "") -> None:
        for at, file in enumerate(sorted(evidence.glob(below))):
            rewritten(file, change, f"{at} {safe}{ending or ''.join(file.suffixes)}")

    every("dbt/*", whole_json(words, DBT))
    for at, file in enumerate(sorted((evidence / "runs").iterdir())):
        packed = ".gz" if file.suffix == ".gz" else ""
        rewritten(file, json_lines(words, LOGS), f"{at} {safe}.jsonl{packed}")
    (evidence / "runs" / f"8 {safe}.txt").write_text("nothing that anybody knows")
    (evidence / "runs" / f"9 {safe}.json").write_text("{ broken")
    every("events/*", json_lines(words, EVENTS))
    every("billing/*", csv_rows(charge(words)))
    every("queries/*", csv_rows(query(words)))
    every("objects/*/daily/data/*", listing(words), ".csv.gz")
    for manifest in sorted(evidence.glob("objects/*/daily/*/manifest.json")):
        [data] = evidence.glob("objects/*/daily/data/*")
        told = json.loads(manifest.read_text("utf-8"))
        told["files"][0]["key"] = str(Path(told["files"][0]["key"]).with_name(data.name))
        manifest.write_text(json.dumps(told), encoding="utf-8")
    every("alerting/*.jsonl", json_lines(words, ALERTS))
    every("alerting/*.json", whole_json(words, ALERTS))
    every("alerting/*.yml", alert_rules(words))
    every("reports/*.xml", junit(words))
    every("checks/*.json", whole_json(words, ROUNDS))
    every("mutations/*.json", whole_json(words, ROUNDS))
    for file in sorted(evidence.glob("tests/tests/*/test_*.py")):
        rewritten(file, lambda text: f"{words!r}\n{text}", f"{file.stem} {bare(words)}.py")
    for file in sorted(evidence.glob("tests/.github/workflows/*.yml")):
        rewritten(file, lambda text: workflow(text, words), f"{file.stem} {safe}.yml")


def workflow(text: str, words: str) -> str:
    told = yaml.safe_load(text)
    told["name"] = f"{told['name']} {words}"
    told["on"] = told.pop(True, told.get("on"))  # YAML 1.1 reads the key `on` as true
    for job in told["jobs"].values():
        job["name"] = words
        for step in job["steps"]:
            step["name"] = words
            step |= {"run": f"{step['run']} # {words!r}"} if "run" in step else {}
    return yaml.safe_dump(told, sort_keys=False, width=10**9)


FORMS: tuple[Form, ...] = (
    same,
    file_safe,
    lambda words: repr(words).strip("'\""),
    xml_safe,
    bare,
    in_sql,
    str.lower,
    re.escape,
)
"""Every form in which the words are put in, or come out again."""
CUT = 12
"""So many characters of the words, at the end of a text that was cut, are known for the words again."""


def swapped(value: Any, words: str) -> Any:
    """Give data with `words`, in whichever form they were put in, replaced by one word, and beginnings that a cut left too."""
    if isinstance(value, str):
        for form in (each(words) for each in FORMS):
            value = value.replace(form, "§")
            start = value.find(form[:CUT]) if len(form) > CUT else -1
            if start >= 0 and form.startswith(value[start:].removesuffix("…")):
                value = f"{value[:start]}§"
        return value
    if isinstance(value, dict):
        return {swapped(key, words): swapped(below, words) for key, below in value.items()}
    return [swapped(each, words) for each in value] if isinstance(value, list | tuple) else value
