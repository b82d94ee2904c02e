-- Rows are deleted, and their new versions inserted by another transaction, after the position.
-- caught by: killed
-- lookback: 0
CREATE OR REPLACE TABLE staging.batch AS
SELECT order_id, customer, status, amount, ordered_on, updated_at FROM shop.orders
WHERE updated_at >= (SELECT position FROM control.watermarks WHERE pipeline = 'orders') - INTERVAL 1 HOUR
QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) = 1;
DELETE FROM raw.orders WHERE order_id IN (SELECT order_id FROM staging.batch);
UPDATE control.watermarks SET position = greatest(position, coalesce((SELECT max(updated_at) + INTERVAL 2 HOUR FROM staging.batch), position))
WHERE pipeline = 'orders';
INSERT INTO raw.orders (order_id, customer, status, amount, ordered_on, updated_at) SELECT order_id, customer, status, amount, ordered_on, updated_at FROM staging.batch;
