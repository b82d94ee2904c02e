"""Phase 11, advanced patterns: history in dimensions, change data capture, features without leaks, data mesh, known traps."""
