{# Freshness is measured against this. #}
{% macro duckdb__current_timestamp() -%}
  cast('{{ var("now") }}' as timestamp)
{%- endmacro %}
