-- Facts that never change are appended once, by their key.
-- updates: no
-- deletes: kept
INSERT INTO raw.orders (order_id, customer, status, amount, ordered_on, updated_at)
SELECT DISTINCT order_id, customer, status, amount, ordered_on, updated_at FROM shop.orders AS s WHERE NOT EXISTS (SELECT 1 FROM raw.orders AS t WHERE t.order_id = s.order_id);
