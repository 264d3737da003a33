{{ config(materialized='prediction') }}

select * from {{ ref('things') }}
