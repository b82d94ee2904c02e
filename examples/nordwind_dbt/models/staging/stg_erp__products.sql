select
    product_id,
    product_name,
    category,
    list_price as list_price_amount,
    weight_g,
    stock_count,
    stock_count > 0 as is_in_stock
from {{ source('erp', 'raw_erp_products') }}
