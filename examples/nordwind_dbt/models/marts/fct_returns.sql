{{ config(enabled=false) }}
select 1 as return_id
