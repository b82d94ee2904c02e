select
    order_date,
    country_code,
    channel,
    count(*) as order_count,
    sum(order_amount) as sales_amount,
    sum(paid_amount) as paid_amount
from {{ ref('fct_orders') }}
where order_status <> 'cancelled'
group by order_date, country_code, channel
