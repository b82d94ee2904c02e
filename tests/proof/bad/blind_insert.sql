-- Whatever is there is inserted, each time.
-- caught by: twice
-- duplicates: no
-- versions: no
INSERT INTO raw.orders (order_id, customer, status, amount, ordered_on, updated_at) SELECT order_id, customer, status, amount, ordered_on, updated_at FROM shop.orders;
