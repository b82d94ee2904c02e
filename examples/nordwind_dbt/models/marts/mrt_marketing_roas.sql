with spend as (
    select
        spend_date,
        sum(spend) as spend_amount
    from {{ ref('ads_spend') }}
    group by spend_date
),

sales as (
    select
        cast(ordered_at as date) as order_date,
        sum(total_amount) as sales_amount
    from {{ source('shop', 'raw_shop_orders') }}
    group by cast(ordered_at as date)
)

select
    sales.order_date,
    spend.spend_amount,
    sales.sales_amount,
    sales.sales_amount / nullif(spend.spend_amount, 0) as roas
from sales
left join spend on sales.order_date = spend.spend_date
