-- One statement replaces the table.
-- deletes: hard
CREATE OR REPLACE TABLE raw.orders AS SELECT order_id, customer, status, amount, ordered_on, updated_at FROM shop.orders QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) = 1;
