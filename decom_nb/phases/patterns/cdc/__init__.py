"""Change data capture: a file of Debezium's messages becomes the table as it is now, or with its history."""
