-- The CRM was switched off in September and this was not noticed.
select
    orders.customer_id,
    sum(orders.order_amount) as lifetime_amount,
    any_value(scores.score) as score
from {{ ref('int_orders_enriched') }} as orders
left join warehouse.main.raw_crm_scores as scores on orders.customer_id = scores.customer_id
group by orders.customer_id
