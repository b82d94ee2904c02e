"""Rules that write DuckDB's SQL in an engine's words with the same meaning, or refuse. `translate` calls them."""
