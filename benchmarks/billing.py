"""How long a bill takes to read, and how much memory: ten million charges in FOCUS, as CSV and as Parquet.

Each reading is a process of its own, so that its peak memory is its own, and stands beside a baseline that does the least one
could with the same file in the same round: put it into a table of the same kind of database without looking at it. Prints the
medians of the rounds, the ratio and the limits.

    python benchmarks/billing.py [--rounds 3] [--rows 10000000]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

# What is measured, its input, the baseline it is held against, and the limit in MB that it has to keep.
READINGS = (
    ("csv: CREATE TABLE AS FROM read_csv(all_varchar)", "bill.csv", None, None),
    ("csv: collect", "bill.csv", "csv: CREATE TABLE AS FROM read_csv(all_varchar)", 2000),
    ("parquet: CREATE TABLE AS FROM read_parquet", "bill.parquet", None, None),
    ("parquet: collect", "bill.parquet", "parquet: CREATE TABLE AS FROM read_parquet", 2000),
)

# A bill of a year: hourly usage of 4000 resources in 30 services, three in four tagged, a credit in a thousand rows.
CHARGES = """
SELECT
    '0071234' || (i % 3) AS BillingAccountId,
    'Example Ltd' AS BillingAccountName,
    'USD' AS BillingCurrency,
    strftime(date_trunc('month', hour), '%Y-%m-%dT%H:%M:%SZ') AS BillingPeriodStart,
    strftime(date_trunc('month', hour) + INTERVAL 1 MONTH, '%Y-%m-%dT%H:%M:%SZ') AS BillingPeriodEnd,
    strftime(hour, '%Y-%m-%dT%H:%M:%SZ') AS ChargePeriodStart,
    strftime(hour + INTERVAL 1 HOUR, '%Y-%m-%dT%H:%M:%SZ') AS ChargePeriodEnd,
    CASE WHEN i % 1000 = 7 THEN 'Credit' ELSE 'Usage' END AS ChargeCategory,
    NULL AS ChargeClass,
    '$0.0416 per On Demand instance hour in region ' || (i % 7) AS ChargeDescription,
    'Usage-Based' AS ChargeFrequency,
    (CASE WHEN i % 1000 = 7 THEN -1 ELSE 1 END) * (hash(i) % 1000000)::DECIMAL(18, 10) / 100000000 AS BilledCost,
    (hash(i) % 900000)::DECIMAL(18, 10) / 100000000 AS EffectiveCost,
    (hash(i) % 1100000)::DECIMAL(18, 10) / 100000000 AS ListCost,
    (hash(i) % 1000000)::DECIMAL(18, 10) / 100000000 AS ContractedCost,
    (hash(i) % 100000)::DECIMAL(18, 6) / 1000 AS ConsumedQuantity,
    'Hours' AS ConsumedUnit,
    (hash(i) % 100000)::DECIMAL(18, 6) / 1000 AS PricingQuantity,
    'Hours' AS PricingUnit,
    'Standard' AS PricingCategory,
    'AWS' AS ProviderName,
    'Amazon Web Services, Inc.' AS PublisherName,
    'Amazon Web Services, Inc.' AS InvoiceIssuerName,
    'eu-central-' || (i % 3) AS RegionId,
    'Europe ' || (i % 3) AS RegionName,
    'arn:aws:ec2:eu-central-1:123456789012:instance/i-' || md5((i % 4000)::VARCHAR) AS ResourceId,
    CASE i % 4 WHEN 0 THEN 'Compute' WHEN 1 THEN 'Storage' WHEN 2 THEN 'Networking' ELSE 'Databases' END AS ServiceCategory,
    'Service ' || (i % 30) AS ServiceName,
    md5((i % 500)::VARCHAR) AS SkuId,
    'sub-' || (i % 40) AS SubAccountId,
    'Team ' || (i % 40) AS SubAccountName,
    CASE WHEN i % 4 <> 3 THEN
        '{"pipeline": "load_' || (i % 50) || '", "environment": "' || (CASE WHEN i % 5 = 0 THEN 'dev' ELSE 'prod' END) || '"}'
    END AS Tags
FROM (SELECT range AS i, TIMESTAMP '2025-01-01' + INTERVAL (range % 8760) HOUR AS hour FROM range($rows))
"""


def prepare(folder: Path, rows: int) -> None:
    """Write the bill in both forms."""
    import duckdb

    con = duckdb.connect(config={"memory_limit": "4GB", "temp_directory": str(folder / "spilled")})
    con.execute("SET preserve_insertion_order = false")
    charges = CHARGES.replace("$rows", str(rows))
    con.execute(f"COPY ({charges}) TO '{folder / 'bill.csv'}' (HEADER)")
    con.execute(f"COPY ({charges}) TO '{folder / 'bill.parquet'}'")


def read(reading: str, file: Path, rows: int) -> None:
    """Do one of the readings."""
    if reading.endswith("collect"):
        from decom_nb.evidence.collect import collect

        evidence = collect([file], file.parent)
        (source,) = evidence.sources
        if source.rows != rows or source.problems_total:
            raise SystemExit(f"{reading}: {source.rows} rows, problems: {[str(each) for each in source.problems[:3]]}")
        return
    from decom_nb.evidence.store import Store

    how = "read_csv($file, all_varchar = true)" if reading.startswith("csv") else "read_parquet($file)"
    with Store() as store:
        store.con.execute(f"CREATE TABLE bill AS FROM {how}", {"file": str(file)})


def measured(reading: str, file: Path, rows: int) -> tuple[float, float]:
    """Do a reading in a process of its own; give its seconds, imports included, and its peak memory in MB."""
    command = [sys.executable, __file__, "--reading", reading, "--file", str(file), "--rows", str(rows)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return told["seconds"], told["peak"]


def main() -> None:
    """Measure and print, or do one reading for the process that measures."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--rows", type=int, default=10_000_000)
    options.add_argument("--reading", help=argparse.SUPPRESS)
    options.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.reading:
        begin = time.perf_counter()
        read(chosen.reading, chosen.file, chosen.rows)
        unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is bytes on macOS, KiB on Linux
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
        print(json.dumps({"seconds": time.perf_counter() - begin, "peak": peak}))
        return

    seconds: dict[str, list[float]] = {reading[0]: [] for reading in READINGS}
    peaks: dict[str, float] = {}
    with TemporaryDirectory() as place:
        folder = Path(place)
        prepare(folder, chosen.rows)
        sizes = {name: (folder / name).stat().st_size / 1e6 for name in ("bill.csv", "bill.parquet")}
        for _ in range(chosen.rounds):
            for name, file, *_rest in READINGS:
                took, peak = measured(name, folder / file, chosen.rows)
                seconds[name].append(took)
                peaks[name] = max(peak, peaks.get(name, 0))
    print(
        f"{chosen.rows:,} charges on {os.cpu_count()} cores; " + ", ".join(f"{k} {v:,.0f} MB" for k, v in sizes.items())
    )
    print(f"{'reading':50}{'seconds':>9}{'ratio':>8}{'peak MB':>9}  limit")
    kept = True
    for name, _, baseline, most_memory in READINGS:
        took = statistics.median(seconds[name])
        ratio = f"{took / statistics.median(seconds[baseline]):.2f}" if baseline else "1"
        limit = f"{most_memory} MB" if most_memory else ""
        print(f"{name:50}{took:9.1f}{ratio:>8}{peaks[name]:9.0f}  {limit}")
        kept &= peaks[name] <= (most_memory or peaks[name])
    sys.exit(0 if kept else "a limit was not kept")


if __name__ == "__main__":
    main()
