"""A pipeline's file for an orchestrator: Airflow 3, Dagster or Prefect, made from its document, running its generated SQL."""
