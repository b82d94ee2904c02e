"""Bills in FOCUS: the published sample to the last digit, every version, and what real exports get wrong."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from decom_nb.evidence import Pointer
from decom_nb.evidence.billing import Billing
from decom_nb.evidence.billing_files import KIND
from decom_nb.evidence.collect import collect
from tests.evidence.made import put, read, said, source
from tests.evidence.made_bill import CHARGE, bill, charge


def billing(folder: Path) -> Billing:
    value = read(folder).values["billing"]
    assert isinstance(value, Billing)
    return value


def charges(folder: Path, what: str = "billed_cost") -> list[Any]:
    return [row["x"] for row in billing(folder).query(f"SELECT {what} AS x FROM billing.charges ORDER BY x")]


def test_the_published_sample_gives_its_totals(shared_data: Path) -> None:
    folder = shared_data / "3_billing"
    expected = json.loads((folder / "focus_expected.json").read_text(encoding="utf-8"))
    evidence = collect([folder / "focus_sample.csv"], folder)
    bills = evidence.values["billing"]
    only = source(evidence, KIND)
    assert (only.rows, only.problems_total) == (expected["rows"], 0)
    (total,) = bills.totals

    def near(given: Any, wanted: str) -> bool:
        return abs(Decimal(given) - Decimal(wanted)) <= Decimal("0.000001")

    assert total.currency == expected["currencies"][0][0]
    assert near(total.billed, expected["billed"][0][0])
    assert near(total.effective, expected["effective"][0][0])
    assert near(total.list, expected["list"][0][0])
    for share, (name, rows, cost) in zip(bills.providers, expected["by_provider"], strict=True):
        assert (share.value, share.charges) == (name, int(rows))
        assert near(share.cost, cost)
    for share, (name, cost) in zip(bills.services, expected["by_service_effective_top5"], strict=False):
        assert share.value == name
        assert near(share.cost, cost)
    assert f"{bills.services[0].cost / total.effective:.3f}" == expected["top_service_share"][0][0]
    assert sum(share.charges for share in bills.untagged) == int(expected["untagged_rows"][0][0])
    assert sum(share.charges for share in bills.transfers) == int(expected["cross_region_like"][0][0])
    assert [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in bills.period] == expected["period"][0]
    tags = [row["tags"] for row in bills.query("SELECT DISTINCT tags FROM billing.charges WHERE tags IS NOT NULL")]
    assert all(json.loads(sample[0]) in tags for sample in expected["tag_sample"])
    assert only.files[0].note == "FOCUS 1.0; FOCUS has no column Id"


def test_a_table_of_spend_per_month_is_refused_with_what_it_lacks(shared_data: Path) -> None:
    folder = shared_data / "3_billing"
    evidence = collect([folder / "monthly_spend_fixture.csv"], folder)
    (problem,) = source(evidence, KIND).problems
    assert "table of spend per month, not a bill in FOCUS (no BilledCost, EffectiveCost, " in problem.what
    assert list(evidence.values) == []


NEWER = {"ServiceProviderName": "AWS", "HostProviderName": "AWS"}
GONE = {"ProviderName": None, "PublisherName": None}


VERSIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("1.0", {}),
    ("1.0", {"BillingAccountType": "EA"}),  # which Microsoft has in its 1.0
    ("1.1", {"SkuMeter": "Hours", "ServiceSubcategory": "Virtual Machines"}),
    ("1.2", {"SkuMeter": "Hours", "InvoiceId": "4711"}),
    ("1.3", {"SkuMeter": "Hours", **NEWER}),
    ("1.4", {**GONE, **NEWER}),
    ("1.4", {**NEWER, "InvoiceDetailId": "1"}),
)


def test_every_version_says_who_provides(tmp_path: Path) -> None:
    for number, (_, columns) in enumerate(VERSIONS):
        put(tmp_path, f"{number}.csv", bill(charge(BillingAccountId=str(number), **columns)))
    sql = "SELECT * FROM billing.charges ORDER BY origin"
    for row, (version, columns) in zip(billing(tmp_path).query(sql), VERSIONS, strict=True):
        assert row["version"] == version
        assert row["provider_name"] == row["service_provider_name"] == "AWS"
        assert row["host_provider_name"] == columns.get("HostProviderName")
        assert row["publisher_name"] == (None if columns.get("PublisherName", "") is None else "Amazon")


def test_columns_are_known_in_any_case_and_with_underscores(tmp_path: Path) -> None:
    text = bill(charge())
    put(tmp_path, "lower/bill.csv", text.replace(text.splitlines()[0], text.splitlines()[0].lower()))
    snake = ["".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)[1:] for name in CHARGE]
    put(tmp_path, "snake/bill.csv", bill(charge(BillingAccountId="124"), names=snake))
    assert charges(tmp_path) == [Decimal("1.25"), Decimal("1.25")]


def test_the_word_null_is_nothing(tmp_path: Path) -> None:
    put(
        tmp_path,
        "bill.csv",
        bill(*[charge(ChargeClass=word, Tags=word, ListCost=word) for word in ("NULL", "null", "")]),
    )
    rows = billing(tmp_path).query("SELECT charge_class, tags, list_cost, remark FROM billing.charges")
    assert len(rows) == 3
    assert {value for row in rows for value in row.values()} == {None}


MOMENTS = {
    "2026-08-03 04:00:00": datetime(2026, 8, 3, 4, tzinfo=UTC),
    "2026-08-03T04:00Z": datetime(2026, 8, 3, 4, tzinfo=UTC),
    "2026-08-03T04:00:00+02:00": datetime(2026, 8, 3, 2, tzinfo=UTC),
    "2026-08-03T04:00:00.000-0500": datetime(2026, 8, 3, 9, tzinfo=UTC),
    "2026-08-03": datetime(2026, 8, 3, tzinfo=UTC),
    "8/3/2026 4:00": None,
    "290000-01-01 00:00:00": None,
}


def test_timestamps_are_in_utc_and_without_a_zone_taken_as_it(tmp_path: Path) -> None:
    put(tmp_path, "bill.csv", bill(*[charge(ChargePeriodStart=text, ChargeDescription=text) for text in MOMENTS]))
    rows = billing(tmp_path).query(
        "SELECT charge_description AS text, charge_period_start AS at, remark FROM billing.charges"
    )
    assert {row["text"]: row["at"] for row in rows} == MOMENTS
    for row in rows:
        assert row["remark"] == (None if row["at"] else f'charge_period_start is "{row["text"]}"')


def test_credits_refunds_and_corrections_are_negative_and_counted(tmp_path: Path) -> None:
    put(
        tmp_path,
        "bill.csv",
        bill(
            charge(BilledCost="10"),
            charge(BilledCost="-2.5", ChargeCategory="Credit"),
            charge(BilledCost="-0.000000000001", ChargeClass="Correction"),
        ),
    )
    (total,) = billing(tmp_path).totals
    assert total.billed == Decimal("7.499999999999")
    assert (total.credits, total.corrections) == (Decimal("-2.5"), Decimal("-0.000000000001"))
    assert source(read(tmp_path), KIND).counts == {"Credit": 1, "Usage": 2}


def test_currencies_are_never_added(tmp_path: Path) -> None:
    put(
        tmp_path,
        "bill.csv",
        bill(
            charge(BillingCurrency="EUR", BilledCost="3"),
            charge(BillingCurrency="USD", BilledCost="4"),
            charge(BilledCost="5"),
        ),
    )
    assert [(total.currency, total.billed) for total in billing(tmp_path).totals] == [
        ("EUR", Decimal(8)),
        ("USD", Decimal(4)),
    ]
    assert [(share.currency, share.cost) for share in billing(tmp_path).providers] == [
        ("EUR", Decimal(8)),
        ("USD", Decimal(4)),
    ]


def test_money_takes_no_detour_through_floats(tmp_path: Path) -> None:
    cents = [charge(BilledCost="0.1", ChargeDescription=str(number)) for number in range(1000)]
    put(tmp_path, "bill.csv", bill(*cents, charge(BilledCost="12345678901234567890.123456789012")))
    (total,) = billing(tmp_path).totals
    assert total.billed == Decimal("12345678901234567990.123456789012")


def test_a_row_without_a_readable_cost_is_left_out_and_counted(tmp_path: Path) -> None:
    wrong = ["abc", "", "NaN", "inf", "1,5", "$5", "1e30", "NULL"]
    put(tmp_path, "bill.csv", bill(charge(), *[charge(BilledCost=text) for text in wrong]))
    evidence = read(tmp_path)
    assert evidence.values["billing"].left_out == len(wrong)
    only = source(evidence, KIND)
    assert (only.rows, only.totals["left out"], only.problems_total) == (1, len(wrong), len(wrong))
    shown = [f'"{text}"' for text in wrong if text not in ("", "NULL")] + ["empty"]
    told = {f"bill.csv: left out: billed_cost is {each}" + (" (2 rows)" if each == "empty" else "") for each in shown}
    assert set(said(only)) == told


def test_a_row_in_which_another_cost_is_wrong_is_kept_without_it(tmp_path: Path) -> None:
    put(tmp_path, "bill.csv", bill(charge(ListCost="many", EffectiveCost="")))
    evidence = read(tmp_path)
    assert said(source(evidence, KIND)) == ['bill.csv: kept: effective_cost is empty; list_cost is "many"']
    (total,) = evidence.values["billing"].totals
    assert (total.billed, total.effective, total.list) == (Decimal("1.25"), None, None)


TAGS: dict[str, dict[str, Any] | None] = {
    '{"a": "1", "b": true, "c": 2, "d": null}': {"a": "1", "b": "true", "c": "2", "d": None},
    "{}": {},
    '{"a": "1", "a": "2"}': {"a": "1"},
    '{"a/b~c": "1", "a/b~c": "2"}': {"a/b~c": "1"},
    """{"aws:team": "<b>'; drop"}""": {"aws:team": "<b>'; drop"},
    "no json": None,
    "[1]": None,
    '{"a": "' + "x" * 100_000 + '"}': {"a": "x" * 100_000},
}


def test_tags_are_read_from_json(tmp_path: Path) -> None:
    put(tmp_path, "bill.csv", bill(*[charge(Tags=text, ChargeDescription=text) for text in TAGS]))
    rows = billing(tmp_path).query("SELECT charge_description AS text, tags, remark FROM billing.charges")
    assert {row["text"]: row["tags"] for row in rows} == TAGS
    assert all((row["remark"] is None) == (row["tags"] is not None) for row in rows)


def test_cost_by_tag_takes_the_first_key_that_a_charge_has(tmp_path: Path) -> None:
    put(
        tmp_path,
        "bill.csv",
        bill(
            charge(Tags='{"Env": "dev", "environment": "prod"}', EffectiveCost="1"),
            charge(Tags='{"environment": "dev"}', EffectiveCost="2"),
            charge(Tags='{"other": "x"}', EffectiveCost="4"),
            charge(Tags="", EffectiveCost="8"),
        ),
    )
    shares = billing(tmp_path).by_tag("env", "Environment")
    assert {share.value: share.cost for share in shares} == {"dev": 3, "": 12}


TYPES = {name: "TIMESTAMP WITH TIME ZONE" for name in CHARGE if "Period" in name} | {
    "BilledCost": "DOUBLE",
    "EffectiveCost": "DECIMAL(18, 6)",
    "Tags": "MAP(VARCHAR, VARCHAR)",
}


TAGS_IN_PARQUET = (
    "MAP {'team': 'sales'}",
    "[{'key': 'team', 'value': 'sales'}]",
    "{'team': 'sales'}",
    '\'{"team": "sales"}\'',
)


def test_parquet_says_the_same_as_csv(tmp_path: Path) -> None:
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    for number, made in enumerate(TAGS_IN_PARQUET):
        written = charge(BilledCost="0.1", BillingAccountId=str(number))
        columns = ", ".join(
            f"{made} AS {name}" if name == "Tags" else f"CAST({value!r} AS {TYPES.get(name, 'VARCHAR')}) AS {name}"
            for name, value in written.items()
        )
        con.execute(f"COPY (SELECT {columns}) TO '{tmp_path / f'part-{number}.parquet'}'")
    sql = "SELECT billed_cost, effective_cost, tags, charge_period_start, remark FROM billing.charges"
    wanted = {
        "billed_cost": Decimal("0.1"),
        "effective_cost": Decimal(1),
        "tags": {"team": "sales"},
        "charge_period_start": datetime(2026, 8, 3, 4, tzinfo=UTC),
        "remark": None,
    }
    assert billing(tmp_path).query(sql) == [wanted] * len(TAGS_IN_PARQUET)


def test_a_folder_holds_gzipped_and_plain_files(tmp_path: Path) -> None:
    put(tmp_path, "2026-08/part-1.csv", bill(charge(BilledCost="1")))
    put(tmp_path, "2026-08/part-2.csv.gz", bill(charge(BilledCost="2")))
    put(tmp_path, "2026-09/part-1.csv", bill(charge(BilledCost="4", BillingPeriodStart="2026-09-01"), delimiter=";"))
    assert charges(tmp_path) == [1, 2, 4]
    assert [file.rows for file in source(read(tmp_path), KIND).files] == [1, 1, 1]


OTHERS = (
    ("bill/PayerAccountId,lineItem/LineItemType,lineItem/UnblendedCost", "AWS Cost and Usage Report", "Data Exports"),
    (
        "bill_payer_account_id,line_item_line_item_type,line_item_unblended_cost",
        "AWS Cost and Usage Report",
        "FOCUS 1.2",
    ),
    ("BillingAccountId,Date,MeterCategory,MeterId,CostInBillingCurrency", "Azure cost export", "usage details (FOCUS)"),
    ("SubscriptionGuid,UsageDateTime,MeterCategory,MeterId,PreTaxCost", "Azure cost export", "Cost Management"),
    ("billing_account_id,service,sku,usage_start_time,usage_end_time,cost,currency", "GCP billing export", "BigQuery"),
    ("ChargeType,BilledCost,BillingCurrency,Region", "FOCUS 0.5 or 1.0-preview", "version 1.0 or later"),
    ("ContractCommitmentId,ContractCommitmentType,BillingCurrency", "FOCUS Contract Commitment", "Cost and Usage"),
)


def test_other_bills_are_refused_by_name_and_never_read(tmp_path: Path) -> None:
    for number, (header, *_) in enumerate(OTHERS):
        put(tmp_path, f"{number}.csv", header + "\n" + ",".join("1" for _ in header.split(",")) + "\n")
    evidence = read(tmp_path)
    assert list(evidence.values) == []
    assert [each.kind for each in evidence.sources] == [KIND]
    for problem, (_, named, instead) in zip(source(evidence, KIND).problems, OTHERS, strict=True):
        assert problem.what.startswith(f"not read: {named}")
        assert instead in problem.what


def test_a_bill_that_lacks_columns_is_refused_with_their_names(tmp_path: Path) -> None:
    lacking = ("BilledCost", "BillingCurrency", "ProviderName", "ServiceName")
    for name in lacking:
        put(tmp_path, f"{name}.csv", bill(charge(**{name: None})))
    evidence = read(tmp_path)
    assert list(evidence.values) == []
    named = [name + (" or ServiceProviderName" if name == "ProviderName" else "") for name in lacking]
    assert [problem.what for problem in source(evidence, KIND).problems] == [
        f"not read: not a bill in FOCUS 1.0 to 1.4: no {name}" for name in named
    ]


def test_what_somebody_calls_a_bill_is_refused_with_what_it_lacks(tmp_path: Path) -> None:
    put(tmp_path, "spend.csv", "day,team,euros\n2026-08-01,sales,3\n")
    for kind in ("billing", KIND):
        evidence = collect([Pointer("spend.csv", kind)], tmp_path)
        (problem,) = source(evidence, KIND).problems
        assert problem.what.startswith("not read: not a bill in FOCUS 1.0 to 1.4: no BilledCost, EffectiveCost, ")


def test_a_clients_own_tables_are_left_to_the_tables(tmp_path: Path) -> None:
    put(tmp_path, "orders.csv", "month,product,amount\n2026-08,a,3\n")
    put(tmp_path, "costs.csv", "service,cost\nx,3\n")
    assert [each.kind for each in read(tmp_path).sources] == ["csv table"]


def test_rows_that_do_not_fit_the_header_are_counted(tmp_path: Path) -> None:
    short, long = "1,2,3\n", ",".join("9" for _ in range(len(CHARGE) + 2)) + "\n"
    put(tmp_path, "bill.csv", bill(charge()) + short + long + bill(charge()).splitlines()[1] + "\n")
    evidence = read(tmp_path)
    only = source(evidence, KIND)
    assert (only.rows, only.totals["left out"]) == (2, 2)
    assert [(each.line, each.what.partition(":")[0]) for each in only.problems] == [(3, "left out"), (4, "left out")]


def test_a_description_may_span_lines_and_hold_quotes(tmp_path: Path) -> None:
    words = 'per "hour",\nor less; <b>'
    put(tmp_path, "bill.csv", bill(charge(ChargeDescription=words), charge()))
    assert charges(tmp_path, "charge_description") == ["an hour", words]


def test_any_encoding_is_read(tmp_path: Path) -> None:
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        text = bill(
            charge(ServiceName="Café", BillingAccountId=encoding), charge(ServiceName="Thé", BillingAccountId=encoding)
        )
        put(tmp_path, f"{encoding}.csv", text.encode(encoding))
    assert charges(tmp_path, "service_name") == ["Café"] * 3 + ["Thé"] * 3


def test_encodings_may_be_mixed_within_a_file(tmp_path: Path) -> None:
    lines = bill(charge(ServiceName="Café"), charge(ServiceName="Café"), charge()).encode().splitlines(keepends=True)
    lines[2] = lines[2].decode().encode("latin-1")
    put(tmp_path, "bill.csv.gz", b"".join(lines))
    evidence = read(tmp_path)
    assert source(evidence, KIND).files[0].note.endswith("1 lines are not UTF-8 and are read as Windows-1252")
    assert [total.charges for total in evidence.values["billing"].totals] == [3]
    assert charges(tmp_path, "service_name") == ["Café", "Café", "Machines"]


def test_a_damaged_file_says_so_and_stops_nothing(tmp_path: Path) -> None:
    whole = gzip.compress(bill(*[charge(ChargeDescription=str(number)) for number in range(20_000)]).encode(), mtime=0)
    put(tmp_path, "good.csv", bill(charge(BillingAccountId="9")))
    (tmp_path / "cut.csv.gz").write_bytes(whole[: len(whole) // 2])
    parquet = tmp_path / "bad.parquet"
    parquet.write_bytes(b"PAR1" + b"x" * 100 + b"PAR1")
    evidence = read(tmp_path)
    assert charges(tmp_path) == [Decimal("1.25")]
    assert any("cut.csv.gz: not read: " in each for each in said(source(evidence, KIND)))


def test_a_header_without_end_is_refused(tmp_path: Path) -> None:
    header = ",".join(CHARGE) + "," + ",".join(f"x_{number}" for number in range(20_000))
    put(tmp_path, "bill.csv", header)
    assert said(source(read(tmp_path), KIND)) == ["bill.csv: not read: its header is longer than 64 KiB"]


def test_a_name_of_a_file_is_no_pattern_and_no_sql(tmp_path: Path) -> None:
    put(tmp_path, "a[1]*'; DROP TABLE x; --.csv", bill(charge()))
    assert charges(tmp_path, "origin") == ["a[1]*'; DROP TABLE x; --.csv"]


def test_a_column_twice_and_one_without_a_name_do_no_harm(tmp_path: Path) -> None:
    names = [*CHARGE, "Tags", "", ""]
    text = ",".join(names) + "\n" + bill(charge()).splitlines()[1] + ",x,y,z\n"
    put(tmp_path, "bill.csv", text)
    assert charges(tmp_path) == [Decimal("1.25")]


def test_a_bill_without_charges_is_none(tmp_path: Path) -> None:
    put(tmp_path, "bill.csv", ",".join(CHARGE) + "\n")
    evidence = read(tmp_path)
    assert (list(evidence.values), source(evidence, KIND).rows, said(source(evidence, KIND))) == ([], 0, [])


def test_a_split_charge_carries_the_tags_of_what_it_was_split_for(tmp_path: Path) -> None:
    split = {"AllocatedMethodId": "by CPU", "AllocatedTags": '{"team": "sales", "pod": "a"}'}
    put(tmp_path, "bill.csv", bill(charge(**split), charge(AllocatedMethodId="", AllocatedTags="")))
    assert charges(tmp_path, "tags") == [{"team": "sales"}, {"team": "sales", "pod": "a"}]


def test_a_broken_quote_costs_its_rows_and_is_said(tmp_path: Path) -> None:
    lines = bill(charge(BilledCost="1"), charge(BilledCost="2"), charge(BilledCost="4")).splitlines(keepends=True)
    lines[2] = lines[2].replace("an hour", '"an hour')
    put(tmp_path, "bill.csv", "".join(lines))
    evidence = read(tmp_path)
    only = source(evidence, KIND)
    assert only.problems_total > 0
    assert only.rows < 3
    assert evidence.values["billing"].totals[0].billed >= 1


@pytest.mark.slow
def test_a_header_of_a_hundred_megabytes_is_looked_at_no_further(tmp_path: Path) -> None:
    with (tmp_path / "bill.csv").open("w", encoding="utf-8") as file:
        file.write(",".join(CHARGE))
        for _ in range(100):
            file.write(",x" * 500_000)
    assert said(source(collect([Pointer("bill.csv", KIND)], tmp_path), KIND)) == [
        "bill.csv: not read: its header is longer than 64 KiB"
    ]
