with lines as (
    select
        order_id,
        sum(item_count) as item_count,
        sum(line_amount) as lines_amount
    from {{ ref('stg_shop__order_items') }}
    group by order_id
)

select
    orders.order_id,
    orders.customer_id,
    orders.ordered_at,
    cast(orders.ordered_at as date) as order_date,
    orders.order_status,
    orders.channel,
    orders.country_code,
    orders.order_amount,
    lines.item_count,
    orders.order_amount >= 500 as is_large,
    orders.order_amount - coalesce(lines.lines_amount, 0) as missing_lines_amount
from {{ ref('stg_shop__orders') }} as orders
left join lines on orders.order_id = lines.order_id
