"""Change data capture on its way: connectors of Debezium, the sinks behind them, and who is told when they fall behind."""
