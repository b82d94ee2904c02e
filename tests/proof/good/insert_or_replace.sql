-- INSERT OR REPLACE of everything, by key.
-- unique: order_id
INSERT OR REPLACE INTO raw.orders (order_id, customer, status, amount, ordered_on, updated_at) SELECT order_id, customer, status, amount, ordered_on, updated_at FROM shop.orders QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) = 1;
