"""What is made of a dimensional model: tables, dbt models, diagrams, a date dimension; and the verbs that write them."""
