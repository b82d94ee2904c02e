{{ config(severity='warn') }}
select product_id, stock_count
from {{ ref('stg_erp__products') }}
where stock_count < 0
