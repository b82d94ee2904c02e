-- What is new is asked of the target, so that late rows are lost.
-- caught by: late_row
-- lookback: 1 hour
MERGE INTO raw.orders AS t USING (
SELECT order_id, customer, status, amount, ordered_on, updated_at FROM shop.orders WHERE updated_at >= (SELECT coalesce(max(updated_at), TIMESTAMP '1970-01-01') FROM raw.orders)
QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) = 1) AS s ON t.order_id = s.order_id
WHEN MATCHED THEN UPDATE SET customer = s.customer, status = s.status, amount = s.amount, ordered_on = s.ordered_on, updated_at = s.updated_at
WHEN NOT MATCHED THEN INSERT (order_id, customer, status, amount, ordered_on, updated_at) VALUES (s.order_id, s.customer, s.status, s.amount, s.ordered_on, s.updated_at);
