-- The source is merged as it is, so that a row that it holds twice is inserted twice.
-- caught by: doubled_first
MERGE INTO raw.orders AS t USING shop.orders AS s ON t.order_id = s.order_id
WHEN MATCHED THEN UPDATE SET customer = s.customer, status = s.status, amount = s.amount, ordered_on = s.ordered_on, updated_at = s.updated_at
WHEN NOT MATCHED THEN INSERT (order_id, customer, status, amount, ordered_on, updated_at) VALUES (s.order_id, s.customer, s.status, s.amount, s.ordered_on, s.updated_at);
