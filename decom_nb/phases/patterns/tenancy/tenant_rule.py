"""What must hold of tenants; `rules.py` takes the rules from here."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from decom_nb.evidence.dbt import Dbt
from decom_nb.evidence.query_log import QueryLog
from decom_nb.finding import Finding, false, not_applicable, not_known, true
from decom_nb.phases.patterns.tenancy.tenancy_document import Tenancy
from decom_nb.phases.patterns.tenancy.tenant_query import TenantUse, tenant_use
from decom_nb.phases.patterns.tenancy.tenant_table import TenantTable, tenant_tables
from decom_nb.rule import rule
from decom_nb.wording import counted, listed

_NO_COLUMN = "Nobody said by which column tenants are told apart."
_NO_TABLES = "The dbt project tells no columns: neither its catalog nor its YAML is here."


@rule
def tables_carry_their_tenant(tenancy: Tenancy, dbt: Dbt) -> Finding:
    """Every table that is not everybody's names the tenant of each row."""
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
    if tenancy.row_level_security == "yes":
        return not_applicable("The warehouse holds every query to one tenant by row-level security.")
    return _of_queries(
        tenancy,
        dbt,
        query_log,
        most,
        lambda use: "" if use.named else "names no tenant",
        "name no tenant",
        "names its tenant",
    )


@rule
def joins_stay_within_a_tenant(tenancy: Tenancy, dbt: Dbt, query_log: QueryLog, *, most: int) -> Finding:
    """No query joins tenants' tables without comparing their tenants, unless somebody said why."""

    def loose(use: TenantUse) -> str:
        return listed([f"{one} with {other}" for one, other in use.loose])

    return _of_queries(tenancy, dbt, query_log, most, loose, "join across tenants", "stays within one tenant")


def _of_queries(tenancy: Tenancy, dbt: Dbt, query_log: QueryLog, most: int, wrong: Any, bad: str, good: str) -> Finding:
    if not tenancy.tenant_columns:
        return not_known(_NO_COLUMN)
    tenants = _tenants(tenant_tables(dbt, tenancy), tenancy)
    found = query_log.query(_READING, {"tables": sorted(tenants), "most": most})
    allowed = [each for each in found if _fits(each["user_name"] or "", tenancy.across_tenants, "user")]
    used = [
        (each, tenant_use(each["text"], each["engine"], tenants))
        for each in found
        if each not in allowed and each["text"]
    ]
    read = [(each, use) for each, use in used if use is not None]
    unread = len(used) - len(read)
    if not read:
        return not_known("No statement of the query log that reads a tenant's table can be read here.")
    rows = [
        {
            "statement": each["shape"],
            "what": wrong(use),
            "calls": each["calls"],
            "user": each["user_name"] or "not known",
            "fingerprint": each["fingerprint"],
        }
        for each, use in read
        if wrong(use)
    ]
    rest = f" {counted(unread, 'statement')} could not be read." if unread else ""
    rest += (
        f" {counted(len(allowed), 'statement')} of users who may look at all tenants are left out." if allowed else ""
    )
    if rows:
        said = f"{len(rows)} of {counted(len(read), 'kind')} of statements on tenants' tables {bad}.{rest}"
        return false(said, met=1 - len(rows) / len(read), rows=rows)
    return true(f"{counted(len(read), 'kind')} of statements on tenants' tables, and each {good}.{rest}")


def _tenants(tables: tuple[TenantTable, ...], tenancy: Tenancy) -> Mapping[str, str]:
    return {each.name.lower(): each.tenant(tenancy) for each in tables if not each.shared and each.tenant(tenancy)}


def _fits(name: str, patterns: tuple[Any, ...], field: str) -> bool:
    told = (getattr(each, field).lower() for each in patterns)
    return any(fnmatchcase(name.lower(), each) for each in told if each)


@rule
def tenants_are_kept_apart(tenancy: Tenancy) -> Finding:
    """Rows, compute and backfills of one tenant do not reach another."""
    answers = {
        "rows": (tenancy.row_level_security, ("yes",), "row-level security"),
        "compute": (tenancy.compute, ("per tenant", "limited"), "compute"),
        "backfills": (tenancy.backfills, ("by tenant",), "processing history again"),
    }
    said = {what: each for what, each in answers.items() if each[0]}
    rows = [
        {"what": what, "said": value, "asks for": " or ".join(good)}
        for what, (value, good, _) in said.items()
        if value not in good
    ]
    open_ = [words for what, (value, _, words) in answers.items() if not value]
    if rows:
        return false(
            f"{len(rows)} of {len(said)} do not keep tenants apart: {listed([row['what'] for row in rows])}.",
            met=1 - len(rows) / len(said),
            rows=rows,
        )
    if open_:
        return not_known(f"Nobody said how tenants are kept apart in {listed(open_)}.")
    return true("Rows, compute and backfills are kept apart by tenant.")


_READING = """
SELECT
    q.fingerprint, any_value(q.engine ORDER BY q.query_id) AS engine, any_value(q.text ORDER BY q.query_id) AS text,
    any_value(q.shape ORDER BY q.query_id) AS shape, CAST(sum(q.calls) AS BIGINT) AS calls, q.user_name
FROM query_log.queries AS q
WHERE q.query_id IN (
    SELECT t.query_id FROM query_log.tables AS t
    WHERE t.access = 'reads' AND list_contains($tables, regexp_extract(t.table_name, '([^.]+)$', 1)) AND t.engine = q.engine
)
GROUP BY q.fingerprint, q.user_name ORDER BY calls DESC, q.fingerprint, q.user_name LIMIT $most
"""
