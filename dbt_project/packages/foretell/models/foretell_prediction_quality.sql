-- Of several measurements of one as-of date and version, the newest counts.
with measured as (
    select
        *,
        row_number() over (
            partition by prediction, as_of_date, model_version, origin, slice, metric
            order by today desc, row_count desc
        ) as newest_first
    from {{ foretell.store('metrics') }}
    where model_version is not null and slice = 'all'
)

select
    prediction,
    as_of_date,
    model_version,
    origin,
    max(row_count) as row_count,
    cast(max(case when metric = 'positives' then value end) as bigint) as positives,
    cast(max(case when metric = 'named' then value end) as bigint) as named,
    cast(max(case when metric = 'named_positives' then value end) as bigint) as named_positives,
    max(case when metric = 'roc_auc' then value end) as roc_auc,
    max(case when metric = 'brier' then value end) as brier,
    max(case when metric = 'average_precision' then value end) as average_precision,
    max(case when metric = 'log_loss' then value end) as log_loss,
    max(case when metric = 'rule_roc_auc' then value end) as rule_roc_auc,
    max(case when metric = 'named_positives' then note end) as sentence
from measured
where newest_first = 1
group by prediction, as_of_date, model_version, origin
