-- What to insert is read from the target after it was deleted there.
-- caught by: killed
-- deletes: kept
CREATE TABLE IF NOT EXISTS staging.merged AS SELECT order_id, customer, status, amount, ordered_on, updated_at FROM raw.orders LIMIT 0;
DELETE FROM staging.merged;
INSERT INTO staging.merged SELECT order_id, customer, status, amount, ordered_on, updated_at FROM raw.orders WHERE order_id NOT IN (SELECT order_id FROM shop.orders);
INSERT INTO staging.merged SELECT order_id, customer, status, amount, ordered_on, updated_at FROM shop.orders QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) = 1;
DELETE FROM raw.orders;
INSERT INTO raw.orders (order_id, customer, status, amount, ordered_on, updated_at) SELECT order_id, customer, status, amount, ordered_on, updated_at FROM staging.merged;
