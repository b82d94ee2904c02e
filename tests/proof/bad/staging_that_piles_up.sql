-- Staging is appended to, and emptied at the end only.
-- caught by: killed
CREATE TABLE IF NOT EXISTS staging.pile (order_id BIGINT, amount DECIMAL(18, 2));
INSERT INTO staging.pile SELECT order_id, amount FROM (SELECT order_id, customer, status, amount, ordered_on, updated_at FROM shop.orders QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) = 1) WHERE order_id NOT IN (SELECT order_id FROM raw.orders);
CREATE OR REPLACE TABLE staging.batch AS SELECT s.order_id, customer, status, coalesce(p.amount, s.amount) AS amount, ordered_on, updated_at
FROM (SELECT order_id, customer, status, amount, ordered_on, updated_at FROM shop.orders QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) = 1) AS s LEFT JOIN (SELECT order_id, sum(amount) AS amount FROM staging.pile GROUP BY order_id) AS p ON p.order_id = s.order_id;
BEGIN;
MERGE INTO raw.orders AS t USING staging.batch AS s ON t.order_id = s.order_id
WHEN MATCHED THEN UPDATE SET customer = s.customer, status = s.status, amount = s.amount, ordered_on = s.ordered_on, updated_at = s.updated_at
WHEN NOT MATCHED THEN INSERT (order_id, customer, status, amount, ordered_on, updated_at) VALUES (s.order_id, s.customer, s.status, s.amount, s.ordered_on, s.updated_at);
DELETE FROM staging.pile;
COMMIT;
