-- Can I trust this prediction? Fresh: its latest run succeeded. Valid: that run's gates passed.
-- Accurate: on the newest matured as-of date its AUC (accuracy) is at most 0.05 below what the
-- backtest of the version promised, or its error at most a tenth above, and the simple rule is not
-- better (of an error, by more than a fiftieth). Grey while nothing has matured.
with runs as (
    select * from {{ ref('foretell_runs') }} where is_latest_run
),

last_success as (
    select
        prediction,
        max(today) as scored_on
    from {{ ref('foretell_runs') }}
    where status = 'success'
    group by prediction
),

gates as (
    select
        prediction,
        count(*) as lines,
        sum(case when status = 'pass' then 1 else 0 end) as passed,
        sum(case when status <> 'pass' and severity = 'critical' then 1 else 0 end) as critical,
        -- what a learned line finds unusual is for those who look at gates, not a reason for doubt
        sum(
            case
                when status <> 'pass' and severity = 'warning' and said_by <> 'learned' then 1
                else 0
            end
        ) as warned
    from {{ ref('foretell_gate_results') }}
    where is_latest_run
    group by prediction
),

promised as (
    select
        prediction,
        model_version,
        avg(metric_value) as metric_value
    from {{ ref('foretell_prediction_quality') }}
    where origin = 'backtest'
    group by prediction, model_version
),

realised as (
    select
        *,
        row_number() over (
            partition by prediction order by as_of_date desc, model_version desc
        ) as newest_first
    from {{ ref('foretell_prediction_quality') }}
    where origin = 'live' and metric_value is not null
),

judged as (
    select
        runs.prediction,
        runs.model_version,
        last_success.scored_on,
        realised.as_of_date,
        realised.candidate,
        realised.metric,
        realised.metric_value,
        realised.rule_value,
        realised.sentence as quality_sentence,
        promised.metric_value as promised_value,
        coalesce(gates.lines, 0) as lines,
        coalesce(gates.passed, 0) as passed,
        coalesce(gates.warned, 0) as warned,
        runs.status = 'success' as is_fresh,
        coalesce(gates.critical, 0) = 0 as is_valid,
        case
            when realised.metric_value is null then null
            when realised.metric in ('mae', 'rmse')
                then
                    realised.metric_value
                    <= coalesce(promised.metric_value, realised.metric_value) * 1.1
                    and realised.metric_value
                    <= coalesce(realised.rule_value, realised.metric_value) * 1.02
            else
                realised.metric_value
                >= coalesce(promised.metric_value, realised.metric_value) - 0.05
                and realised.metric_value >= coalesce(realised.rule_value, 0)
        end as is_accurate
    from runs
    left join last_success on runs.prediction = last_success.prediction
    left join gates on runs.prediction = gates.prediction
    left join realised
        on runs.prediction = realised.prediction and realised.newest_first = 1
    left join promised
        on
            realised.prediction = promised.prediction
            and realised.model_version = promised.model_version
),

-- Figures as people read them: an AUC with two decimals, a large error with none.
worded as (
    select
        *,
        case metric
            when 'roc_auc' then 'AUC'
            when 'mae' then 'mean absolute error'
            when 'rmse' then 'root mean squared error'
            else metric
        end as metric_words,
        {{ foretell._figure('metric_value') }} as realised_words,
        {{ foretell._figure('promised_value') }} as promised_words,
        {{ foretell._figure('rule_value') }} as rule_words
    from judged
)

select
    prediction,
    case
        when not is_fresh or not is_valid then 'red'
        when is_accurate is null then 'grey'
        when not is_accurate or warned > 0 then 'amber'
        else 'green'
    end as light,
    case
        when scored_on is null
            then 'No: it has not been scored yet; its first run was refused. '
        when not is_fresh
            then 'Not today: the latest run was refused, the scores are those of '
                || cast(scored_on as varchar) || '. '
        when not is_valid then 'No: a critical gate failed. '
        when is_accurate is null then 'Not known yet: no live outcome has matured. '
        when not is_accurate then 'With care: it is less accurate than promised. '
        when warned > 0 then 'Yes, with a warning. '
        else 'Yes. '
    end
    || 'Scored on ' || coalesce(cast(scored_on as varchar), 'no day yet') || '; '
    || cast(passed as varchar) || ' of ' || cast(lines as varchar) || ' gate checks passed'
    || case
        when metric_value is null then ''
        else
            '; as of ' || cast(as_of_date as varchar) || ', ' || quality_sentence
            || ' (' || metric_words || ' ' || realised_words
            || coalesce(', backtest ' || promised_words, '')
            || coalesce(', simple rule ' || rule_words, '') || ')'
    end
    || case candidate
        when 'rule' then '; no lift over the rule: the simple rule itself serves'
        when 'prior' then '; nothing that can be learnt beats the overall rate'
        else ''
    end || '.' as sentence,
    is_fresh,
    is_valid,
    is_accurate,
    as_of_date,
    scored_on,
    model_version
from worded
