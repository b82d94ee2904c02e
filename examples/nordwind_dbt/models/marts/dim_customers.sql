select
    customers.customer_id,
    customers.email_hash,
    customers.registered_at,
    customers.newsletter,
    regions.country_name,
    regions.region
from {{ ref('stg_shop__customers') }} as customers
left join {{ ref('country_regions') }} as regions on customers.country_code = regions.country_code
