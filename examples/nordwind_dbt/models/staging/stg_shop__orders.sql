select
    order_id,
    customer_id,
    ordered_at,
    status as order_status,
    channel,
    country_code,
    total_amount as order_amount,
    loaded_at
from {{ source('shop', 'raw_shop_orders') }}
