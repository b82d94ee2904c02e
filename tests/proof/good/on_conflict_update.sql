-- An upsert by ON CONFLICT, of the newest version of each key.
-- lookback: 1 hour
CREATE OR REPLACE TABLE staging.batch AS
SELECT order_id, customer, status, amount, ordered_on, updated_at FROM shop.orders
WHERE updated_at >= (SELECT position FROM control.watermarks WHERE pipeline = 'orders') - INTERVAL 1 HOUR
QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) = 1;
BEGIN;
INSERT INTO raw.orders (order_id, customer, status, amount, ordered_on, updated_at) SELECT order_id, customer, status, amount, ordered_on, updated_at FROM staging.batch
ON CONFLICT (order_id) DO UPDATE SET customer = excluded.customer, status = excluded.status, amount = excluded.amount,
ordered_on = excluded.ordered_on, updated_at = excluded.updated_at;
UPDATE control.watermarks SET position = greatest(position, coalesce((SELECT max(updated_at) FROM staging.batch), position))
WHERE pipeline = 'orders';
COMMIT;
