"""YAML files as text: safe reading with positions, and edits that leave untouched lines as they are."""
