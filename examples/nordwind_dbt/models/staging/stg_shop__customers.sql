select
    customer_id,
    md5(lower(email)) as email_hash,
    country_code,
    registered_at,
    has_newsletter as newsletter
from {{ source('shop', 'raw_shop_customers') }}
