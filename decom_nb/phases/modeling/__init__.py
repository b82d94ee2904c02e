"""Phase 2, data modeling: which methodology, which facts and dimensions, which names, as tables that were made."""
