select
    payment_id,
    order_id,
    paid_at,
    method as payment_method,
    amount as payment_amount
from {{ source('pay', 'raw_pay_payments') }}
