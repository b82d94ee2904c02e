-- What is new is told by the day of the event, and old events that are written late are lost.
-- caught by: late_event
-- lookback: 1 hour
CREATE OR REPLACE TABLE staging.batch AS
SELECT order_id, customer, status, amount, ordered_on, updated_at FROM shop.orders WHERE ordered_on >= coalesce((SELECT max(ordered_on) FROM raw.orders), DATE '1970-01-01') - 1
QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) = 1;
MERGE INTO raw.orders AS t USING staging.batch AS s ON t.order_id = s.order_id
WHEN MATCHED THEN UPDATE SET customer = s.customer, status = s.status, amount = s.amount, ordered_on = s.ordered_on, updated_at = s.updated_at
WHEN NOT MATCHED THEN INSERT (order_id, customer, status, amount, ordered_on, updated_at) VALUES (s.order_id, s.customer, s.status, s.amount, s.ordered_on, s.updated_at);
