-- A row that was marked as gone stays marked when it is back.
-- caught by: returned
-- deletes: soft
CREATE OR REPLACE TABLE staging.batch AS SELECT order_id, customer, status, amount, ordered_on, updated_at FROM shop.orders QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) = 1;
BEGIN;
MERGE INTO raw.orders AS t USING staging.batch AS s ON t.order_id = s.order_id
WHEN MATCHED THEN UPDATE SET customer = s.customer, status = s.status, amount = s.amount, ordered_on = s.ordered_on, updated_at = s.updated_at
WHEN NOT MATCHED THEN INSERT (order_id, customer, status, amount, ordered_on, updated_at) VALUES (s.order_id, s.customer, s.status, s.amount, s.ordered_on, s.updated_at);
UPDATE raw.orders SET is_deleted = TRUE WHERE order_id NOT IN (SELECT order_id FROM staging.batch);
UPDATE raw.orders SET is_deleted = FALSE WHERE is_deleted IS NULL;
COMMIT;
