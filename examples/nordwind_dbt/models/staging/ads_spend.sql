select * from {{ source('ads', 'raw_ads_spend') }}
