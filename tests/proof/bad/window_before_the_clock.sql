-- Only the last day before the clock's time is read.
-- caught by: once
-- lookback: 1 hour
MERGE INTO raw.orders AS t USING (SELECT order_id, customer, status, amount, ordered_on, updated_at FROM shop.orders
WHERE updated_at >= CURRENT_TIMESTAMP::TIMESTAMP - INTERVAL 1 DAY AND updated_at < CURRENT_TIMESTAMP::TIMESTAMP
QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) = 1) AS s ON t.order_id = s.order_id
WHEN MATCHED THEN UPDATE SET customer = s.customer, status = s.status, amount = s.amount, ordered_on = s.ordered_on, updated_at = s.updated_at
WHEN NOT MATCHED THEN INSERT (order_id, customer, status, amount, ordered_on, updated_at) VALUES (s.order_id, s.customer, s.status, s.amount, s.ordered_on, s.updated_at);
