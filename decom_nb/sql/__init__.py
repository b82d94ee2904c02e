"""SQL as text: what has to be known to decide a check, how it is asked in DuckDB's SQL and in other dialects. Pure.

Nothing here runs anything: `engine` runs on DuckDB, `pushdown` on the client's engine.
"""
