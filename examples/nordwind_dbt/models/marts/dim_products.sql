select
    product_id,
    product_name,
    category,
    list_price_amount,
    weight_g,
    is_in_stock
from {{ ref('stg_erp__products') }}
