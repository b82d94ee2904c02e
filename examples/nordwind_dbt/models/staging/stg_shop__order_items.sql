select
    order_id * 10 + line_number as order_item_id,
    order_id,
    line_number,
    product_id,
    quantity as item_count,
    unit_price as unit_price_amount,
    quantity * unit_price as line_amount
from {{ source('shop', 'raw_shop_order_items') }}
