"""Runs checks on DuckDB: each is sent to the cheapest evidence that still decides it exactly. Rooms call `run`."""
