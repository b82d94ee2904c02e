select
    event_id,
    session_id,
    event_type,
    occurred_at,
    product_id
from {{ source('web', 'raw_web_events') }}
