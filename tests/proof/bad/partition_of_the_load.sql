-- Partitions are cut by the day of the load: the next day inserts the same rows again.
-- caught by: quiet
-- lookback: 1 hour
BEGIN;
DELETE FROM raw.orders WHERE loaded_on = CAST(:loaded_at AS DATE);
INSERT INTO raw.orders (order_id, customer, status, amount, ordered_on, updated_at, loaded_on) SELECT order_id, customer, status, amount, ordered_on, updated_at, CAST(:loaded_at AS DATE) FROM shop.orders
WHERE updated_at >= (SELECT position FROM control.watermarks WHERE pipeline = 'orders') - INTERVAL 1 HOUR QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) = 1;
UPDATE control.watermarks SET position = greatest(position, (SELECT max(updated_at) FROM shop.orders)) WHERE pipeline = 'orders';
COMMIT;
