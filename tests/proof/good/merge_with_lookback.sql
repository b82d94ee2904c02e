-- A merge of what is new, an hour looked back; write and position in one transaction.
-- lookback: 1 hour
CREATE OR REPLACE TABLE staging.batch AS
SELECT order_id, customer, status, amount, ordered_on, updated_at FROM shop.orders
WHERE updated_at >= (SELECT position FROM control.watermarks WHERE pipeline = 'orders') - INTERVAL 1 HOUR
QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) = 1;
BEGIN;
MERGE INTO raw.orders AS t USING staging.batch AS s ON t.order_id = s.order_id
WHEN MATCHED THEN UPDATE SET customer = s.customer, status = s.status, amount = s.amount, ordered_on = s.ordered_on, updated_at = s.updated_at
WHEN NOT MATCHED THEN INSERT (order_id, customer, status, amount, ordered_on, updated_at) VALUES (s.order_id, s.customer, s.status, s.amount, s.ordered_on, s.updated_at);
UPDATE control.watermarks SET position = greatest(position, coalesce((SELECT max(updated_at) FROM staging.batch), position))
WHERE pipeline = 'orders';
COMMIT;
