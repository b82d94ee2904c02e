"""Phase 3, pipeline design: how data is extracted and loaded, as SQL that was run twice before it is handed over."""
