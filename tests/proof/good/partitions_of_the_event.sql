-- The days on which something is new are written anew as a whole, by the day of the event.
-- lookback: 1 hour
CREATE OR REPLACE TEMP TABLE days AS
SELECT DISTINCT ordered_on FROM shop.orders WHERE updated_at >= (SELECT position FROM control.watermarks WHERE pipeline = 'orders') - INTERVAL 1 HOUR;
CREATE OR REPLACE TEMP TABLE position AS
SELECT max(updated_at) AS reached FROM shop.orders;
BEGIN;
DELETE FROM raw.orders WHERE ordered_on IN (SELECT ordered_on FROM days);
INSERT INTO raw.orders (order_id, customer, status, amount, ordered_on, updated_at) SELECT order_id, customer, status, amount, ordered_on, updated_at FROM shop.orders WHERE ordered_on IN (SELECT ordered_on FROM days)
QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) = 1;
UPDATE control.watermarks SET position = greatest(position, coalesce((SELECT reached FROM position), position)) WHERE pipeline = 'orders';
COMMIT;
