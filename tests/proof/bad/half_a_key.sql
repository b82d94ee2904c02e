-- A merge that keeps only the older of two versions of a row, by updating from them in turn.
-- caught by: newer_beside
UPDATE raw.orders AS t SET customer = s.customer, status = s.status, amount = s.amount, ordered_on = s.ordered_on, updated_at = s.updated_at FROM shop.orders AS s WHERE t.order_id = s.order_id AND s.updated_at <= t.updated_at;
INSERT INTO raw.orders (order_id, customer, status, amount, ordered_on, updated_at) SELECT order_id, customer, status, amount, ordered_on, updated_at FROM (SELECT order_id, customer, status, amount, ordered_on, updated_at FROM shop.orders QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) = 1) WHERE order_id NOT IN (SELECT order_id FROM raw.orders);
