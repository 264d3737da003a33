select distinct flight_date as date_day
from {{ ref('stg_nycflights__flights') }}
