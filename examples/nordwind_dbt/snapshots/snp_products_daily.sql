{% snapshot snp_products_daily %}
{{ config(target_schema='main', unique_key='product_id', strategy='timestamp', updated_at='changed_at') }}
select * from {{ source('erp', 'raw_erp_products') }}
{% endsnapshot %}
