select order_date
from {{ ref('mrt_marketing_roas') }}
where spend_amount is null
    and order_date > (select max(order_date) from {{ ref('mrt_marketing_roas') }}) - 3
