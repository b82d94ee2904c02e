select
    orders.order_id,
    orders.customer_id,
    orders.ordered_at,
    orders.order_date,
    orders.order_status,
    orders.channel,
    orders.country_code,
    cast(orders.order_amount as decimal(12, 2)) as order_amount,
    cast(payments.paid_amount as decimal(12, 2)) as paid_amount,
    cast(orders.item_count as bigint) as item_count,
    orders.is_large
from {{ ref('int_orders_enriched') }} as orders
left join {{ ref('int_payments_matched') }} as payments on orders.order_id = payments.order_id
