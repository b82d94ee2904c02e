"""What must hold of tenants; `rules.py` takes the rules from here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from decom_nb.evidence.dbt import Dbt
from decom_nb.evidence.query_log import QueryLog
from decom_nb.finding import Finding, false, not_applicable, not_known, of_all, true
from decom_nb.phases.patterns.tenancy.tenancy_document import Tenancy
from decom_nb.phases.patterns.tenancy.tenant_query import TenantUse, tenant_use
from decom_nb.phases.patterns.tenancy.tenant_table import TenantTable, tenant_tables
from decom_nb.rule import rule
from decom_nb.wording import counted, listed

_ONE = "One tenant has this platform for itself."
_NO_COLUMN = "Nobody said by which column tenants are told apart."
_NO_TABLES = "The dbt project tells no columns: neither its catalog nor its YAML is here."


@rule
def tables_carry_their_tenant(tenancy: Tenancy, dbt: Dbt) -> Finding:
    """Every table that is not everybody's names the tenant of each row."""
    if tenancy.several_tenants is False:
        return not_applicable(_ONE)
    if not tenancy.tenant_columns:
        return not_known(_NO_COLUMN)
    tables = tenant_tables(dbt, tenancy)
    judged = [each for each in tables if not each.shared]
    if not judged:
        return not_applicable("All tables are shared.") if tables else not_known(_NO_TABLES)
    rows = [{"table": each.name, "columns": len(each.columns)} for each in judged if not each.tenant(tenancy)]
    if not rows:
        return true(f"{counted(len(judged), 'table')}, and each names its tenant.")
    said = f"{len(rows)} of {counted(len(judged), 'table')} have none of the columns {listed(tenancy.tenant_columns, 'or')}."
    return false(said, met=1 - len(rows) / len(judged), rows=rows)


@rule
def keys_hold_the_tenant(tenancy: Tenancy, dbt: Dbt) -> Finding:
    """Keys of tenants' tables hold the tenant, or are unique across tenants."""
    if tenancy.several_tenants is False:
        return not_applicable(_ONE)
    if not tenancy.tenant_columns:
        return not_known(_NO_COLUMN)
    keyed = [
        (each, key, each.tenant(tenancy))
        for each in tenant_tables(dbt, tenancy)
        if not each.shared and each.tenant(tenancy)
        for key in each.keys
    ]
    judged = [row for row in keyed if not _fits(row[0].name, tenancy.global_keys, "table")]
    if not judged:
        return not_applicable("No table with a tenant has a key that should hold it.")
    rows = [
        {"table": table.name, "key": ", ".join(key), "tenant": tenant}
        for table, key, tenant in judged
        if tenant not in key
    ]
    if not rows:
        return true(f"{counted(len(judged), 'key')}, and each holds the tenant.")
    return false(
        f"{len(rows)} of {counted(len(judged), 'key')} do not hold the tenant.",
        met=1 - len(rows) / len(judged),
        rows=rows,
    )


@rule
def queries_name_their_tenant(tenancy: Tenancy, dbt: Dbt, query_log: QueryLog, *, most: int) -> Finding:
    """Every query on tenants' tables names the tenant, or is held to one by the warehouse."""
    if tenancy.several_tenants is False:
        return not_applicable(_ONE)
    if tenancy.row_level_security == "yes":
        return not_applicable("The warehouse holds every query to one tenant by row-level security.")

    def judged(use: TenantUse) -> Verdict:
        if use.named:
            return True, ""
        return (None, "") if use.unclear else (False, "names no tenant")

    words = Words("on tenants' tables", "name no tenant", "names its tenant")
    return _of_queries(tenancy, dbt, query_log, most, judged, words)


@rule
def joins_stay_within_a_tenant(tenancy: Tenancy, dbt: Dbt, query_log: QueryLog, *, most: int) -> Finding:
    """No query joins tenants' tables without comparing their tenants, unless somebody said why."""
    if tenancy.several_tenants is False:
        return not_applicable(_ONE)

    def judged(use: TenantUse) -> Verdict | None:
        if use.loose:
            return False, listed([f"{one} with {other}" for one, other in use.loose])
        if not use.joins:
            return None
        return (None, "") if use.unclear else (True, "")

    words = Words("that join tenants' tables", "join across tenants", "stays within one tenant")
    return _of_queries(tenancy, dbt, query_log, most, judged, words)


Verdict = tuple[bool | None, str]
"""Whether it holds (None: not known), and what is wrong."""


class Words(NamedTuple):
    """How a finding on statements is said."""

    about: str
    bad: str
    good: str


def _of_queries(
    tenancy: Tenancy,
    dbt: Dbt,
    query_log: QueryLog,
    most: int,
    judge: Callable[[TenantUse], Verdict | None],
    words: Words,
) -> Finding:
    """Judge the statements on tenants' tables; of one that cannot be read it is not known, and one may be not asked."""
    if not tenancy.tenant_columns:
        return not_known(_NO_COLUMN)
    tenants = _tenants(tenant_tables(dbt, tenancy), tenancy)
    found = query_log.query(_READING, {"tables": sorted(tenants), "most": most})
    allowed = [each for each in found if _fits(each["user_name"] or "", tenancy.across_tenants, "user")]
    uses = [
        (each, tenant_use(each["text"], each["engine"], tenants) if each["text"] else None)
        for each in found
        if each not in allowed
    ]
    rest = _left_out(found, len(allowed), most)
    if not uses:
        return not_known(f"No statement of the query log that reads a tenant's table is to be judged.{rest}")
    told = [(each, judge(use) if use else (None, "")) for each, use in uses]
    asked = [(each, *verdict) for each, verdict in told if verdict is not None]
    if not asked:
        return not_applicable(f"No statement is one of those {words.about}.{rest}")
    rows = [
        {
            "statement": each["shape"],
            "what": what,
            "calls": each["calls"],
            "user": each["user_name"] or "not known",
            "fingerprint": each["fingerprint"],
        }
        for each, holds, what in asked
        if holds is False
    ]
    unread = sum(use is None for _, use in uses)
    unknown = sum(holds is None for _, holds, _ in asked)
    open_ = f" {counted(unread, 'statement')} could not be read." if unread else ""
    if unknown > unread:
        lost = counted(unknown - unread, "statement")
        open_ += f" Of {lost} it cannot be told: the tenant is lost in a subquery or in parameters."
    among = f"{counted(len(asked), 'kind')} of statements {words.about}"
    if rows:
        said = f"{len(rows)} of {among} {words.bad}."
    elif unknown:
        said = f"Of {among}, {len(asked) - unknown:,} can be judged, and none of those {words.bad}."
    else:
        said = f"{among}, and each {words.good}."
    return of_all(len(asked), len(rows), f"{said}{open_}{rest}", unknown=unknown, rows=rows)


def _left_out(found: Sequence[Mapping[str, Any]], allowed: int, most: int) -> str:
    kinds = found[0]["kinds"] if found else 0
    cut = f" Only the {most:,} most frequent of {kinds:,} kinds were looked at." if kinds > len(found) else ""
    excused = f" {counted(allowed, 'statement')} of users who may look at all tenants are left out." if allowed else ""
    return cut + excused


def _tenants(tables: tuple[TenantTable, ...], tenancy: Tenancy) -> Mapping[str, str]:
    return {each.name.lower(): each.tenant(tenancy) for each in tables if not each.shared and each.tenant(tenancy)}


def _fits(name: str, patterns: tuple[Any, ...], field: str) -> bool:
    told = (getattr(each, field).lower() for each in patterns)
    return any(fnmatchcase(name.lower(), each) for each in told if each)


@rule
def tenants_are_kept_apart(tenancy: Tenancy) -> Finding:
    """Rows, compute and backfills of one tenant do not reach another."""
    if tenancy.several_tenants is False:
        return not_applicable(_ONE)
    answers = {
        "rows": (tenancy.row_level_security, ("yes",), "row-level security"),
        "compute": (tenancy.compute, ("per tenant", "limited"), "compute"),
        "backfills": (tenancy.backfills, ("by tenant",), "processing history again"),
    }
    rows = [
        {"what": what, "said": value, "asks for": " or ".join(good)}
        for what, (value, good, _) in answers.items()
        if value and value not in good
    ]
    open_ = [words for value, _, words in answers.values() if not value]
    silence = f"Nobody said how tenants are kept apart in {listed(open_)}." if open_ else ""
    if len(open_) == len(answers):
        return not_known(silence)
    said = "Rows, compute and backfills are kept apart by tenant."
    if rows:
        said = f"{len(rows)} of {len(answers)} do not keep tenants apart: {listed([row['what'] for row in rows])}."
    elif open_:
        said = f"{len(answers) - len(open_)} of {len(answers)} keep tenants apart."
    return of_all(len(answers), len(rows), f"{said} {silence}".strip(), unknown=len(open_), rows=rows)


_READING = """
SELECT
    q.fingerprint, any_value(q.engine ORDER BY q.query_id) AS engine, any_value(q.text ORDER BY q.query_id) AS text,
    any_value(q.shape ORDER BY q.query_id) AS shape, CAST(sum(q.calls) AS BIGINT) AS calls, q.user_name,
    count(*) OVER () AS kinds
FROM query_log.queries AS q
WHERE q.query_id IN (
    SELECT t.query_id FROM query_log.tables AS t
    WHERE t.access = 'reads' AND list_contains($tables, regexp_extract(t.table_name, '([^.]+)$', 1)) AND t.engine = q.engine
)
GROUP BY q.fingerprint, q.user_name ORDER BY calls DESC, q.fingerprint, q.user_name LIMIT $most
"""
