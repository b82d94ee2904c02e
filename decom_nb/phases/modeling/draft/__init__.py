"""A dimensional model drafted from what exists: tables at hand, DDL, a dbt project; and a written one held against data.

seen = from_ddl(read_ddl(text), "schema.sql")
draft = drafted(seen)
draft.model, draft.reasons       the document, and for each proposal why, how sure, and with which figures
"""
