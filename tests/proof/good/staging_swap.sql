-- Everything anew beside the table, then swapped by name in one transaction.
-- deletes: hard
CREATE OR REPLACE TABLE raw.orders_new AS SELECT order_id, customer, status, amount, ordered_on, updated_at FROM shop.orders QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) = 1;
BEGIN;
DROP TABLE raw.orders;
ALTER TABLE raw.orders_new RENAME TO orders;
COMMIT;
