select
    items.order_item_id,
    items.order_id,
    items.product_id,
    orders.order_date,
    items.item_count,
    items.line_amount
from {{ ref('stg_shop__order_items') }} as items
left join {{ ref('int_orders_enriched') }} as orders on items.order_id = orders.order_id
