-- Only rows that differ are written, NULL against NULL being equal.
-- lookback: 1 hour
CREATE OR REPLACE TABLE staging.batch AS
SELECT order_id, customer, status, amount, ordered_on, updated_at FROM shop.orders
WHERE updated_at >= (SELECT position FROM control.watermarks WHERE pipeline = 'orders') - INTERVAL 1 HOUR
QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) = 1;
BEGIN;
MERGE INTO raw.orders AS t USING staging.batch AS s ON t.order_id = s.order_id
WHEN MATCHED AND (t.customer IS DISTINCT FROM s.customer OR t.status IS DISTINCT FROM s.status OR t.amount IS DISTINCT FROM s.amount
OR t.ordered_on IS DISTINCT FROM s.ordered_on OR t.updated_at IS DISTINCT FROM s.updated_at) THEN UPDATE SET customer = s.customer, status = s.status, amount = s.amount, ordered_on = s.ordered_on, updated_at = s.updated_at
WHEN NOT MATCHED THEN INSERT (order_id, customer, status, amount, ordered_on, updated_at) VALUES (s.order_id, s.customer, s.status, s.amount, s.ordered_on, s.updated_at);
UPDATE control.watermarks SET position = greatest(position, coalesce((SELECT max(updated_at) FROM staging.batch), position))
WHERE pipeline = 'orders';
COMMIT;
