-- The table is emptied and filled by two transactions, and only what is new is read.
-- caught by: killed
-- lookback: 1 hour
CREATE OR REPLACE TABLE staging.batch AS
SELECT order_id, customer, status, amount, ordered_on, updated_at FROM raw.orders WHERE order_id NOT IN (SELECT order_id FROM shop.orders WHERE updated_at >= (SELECT position FROM control.watermarks WHERE pipeline = 'orders') - INTERVAL 1 HOUR)
UNION ALL
(SELECT order_id, customer, status, amount, ordered_on, updated_at FROM shop.orders WHERE updated_at >= (SELECT position FROM control.watermarks WHERE pipeline = 'orders') - INTERVAL 1 HOUR
QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) = 1);
TRUNCATE raw.orders;
INSERT INTO raw.orders (order_id, customer, status, amount, ordered_on, updated_at) SELECT order_id, customer, status, amount, ordered_on, updated_at FROM staging.batch;
UPDATE control.watermarks SET position = greatest(position, coalesce((SELECT max(updated_at) FROM staging.batch), position))
WHERE pipeline = 'orders';
