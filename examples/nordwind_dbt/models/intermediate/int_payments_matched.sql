select
    orders.order_id,
    count(payments.payment_id) as payment_count,
    coalesce(sum(payments.payment_amount), 0) as paid_amount
from {{ ref('stg_shop__orders') }} as orders
left join {{ ref('stg_pay__payments') }} as payments on orders.order_id = payments.order_id
group by orders.order_id
