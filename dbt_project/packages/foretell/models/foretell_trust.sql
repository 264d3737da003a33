-- Can I trust this prediction? Four parts, each with a limit that its spec sets (`trust`): beyond it
-- a part is amber, beyond twice of it red. Fresh: its latest run succeeded, and neither that nor the
-- end of its data is long ago. Valid: that run's gates passed. Accurate: on the newest as-of date that
-- can be judged, the AUC (accuracy, error) of the version that serves was not much worse than its
-- backtest promised, and the simple rule was not better. Calibrated: as many came true as were
-- promised. What chance explains turns no light. Grey until an as-of date of the version that serves
-- has 30 outcomes, of both kinds where there are two. A version that only fits the recipe of earlier
-- ones anew, on newer rows of one question, is judged by what they said, too.
{%- set least_outcomes = 30 %}
with runs as (
    select * from {{ ref('foretell_runs') }} where is_latest_run
),

successes as (
    select
        prediction,
        model_version,
        today as scored_on,
        stands_at as scored_at,
        known_until,
        row_number() over (partition by prediction order by stands_at desc, finished_at desc)
            as newest_first
    from {{ ref('foretell_runs') }}
    where status = 'published'
),

-- the version whose scores are shown
served as (
    select * from successes where newest_first = 1
),

-- it, and those whose recipe it fits anew
of_one_recipe as (
    select
        serving.prediction,
        versions.version as model_version
    from served
    inner join {{ foretell.seen('model_versions') }} as serving
        on served.prediction = serving.prediction and served.model_version = serving.version
    inner join {{ foretell.seen('model_versions') }} as versions
        on
            serving.prediction = versions.prediction
            and serving.recipe = versions.recipe
            and serving.spec_fingerprint = versions.spec_fingerprint
            and serving.query_fingerprint = versions.query_fingerprint
            and serving.features_fingerprint = versions.features_fingerprint
),

-- a run that could not read its spec knows no limits: those of the run before hold on
limits as (
    select
        prediction,
        max_age_days,
        max_drop,
        max_miscalibration,
        row_number() over (partition by prediction order by finished_at desc) as newest_first
    from {{ ref('foretell_runs') }}
    where max_drop is not null
),

-- the instant of this build, or a later one at which a prediction has run since
build as (
    select greatest({{ foretell.now() }}, max(stands_at)) as stands_at from {{ ref('foretell_runs') }}
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

came_true as (
    select
        quality.*,
        -- of one outcome alone there is no AUC
        quality.metric_value is not null and quality.row_count >= {{ least_outcomes }} as is_enough
    from {{ ref('foretell_prediction_quality') }} as quality
    inner join of_one_recipe
        on
            quality.prediction = of_one_recipe.prediction
            and quality.model_version = of_one_recipe.model_version
    where quality.origin = 'live' and quality.version_status <> 'forgotten'
),

realised as (
    select
        *,
        row_number() over (
            partition by prediction order by as_of_date desc, model_version desc
        ) as newest_first
    from came_true
    where is_enough
),

outcomes as (
    select
        prediction,
        max(row_count) as most_outcomes,
        max(task) as judged_task
    from came_true
    group by prediction
),

-- By how much it is worse than promised (of an error, as a share) and than the rule, in excess of
-- what chance explains.
measured as (
    select
        runs.prediction,
        coalesce(served.model_version, runs.model_version) as model_version,
        runs.status = 'published' as has_run,
        served.scored_on,
        served.known_until,
        outcomes.most_outcomes,
        outcomes.judged_task,
        {{ dbt.datediff('served.scored_at', 'build.stands_at', 'hour') }} as age_hours,
        {{ dbt.datediff('served.known_until', 'build.stands_at', 'hour') }} as data_age_hours,
        limits.max_age_days,
        limits.max_drop,
        limits.max_miscalibration,
        realised.as_of_date,
        realised.model_version as judged_version,
        realised.task,
        realised.candidate,
        realised.metric,
        realised.metric_value,
        realised.rule_value,
        realised.miscalibration,
        realised.sentence as quality_sentence,
        promised.metric_value as promised_value,
        coalesce(gates.lines, 0) as lines,
        coalesce(gates.passed, 0) as passed,
        coalesce(gates.warned, 0) as warned,
        coalesce(gates.critical, 0) as critical,
        case
            when realised.metric in ('mae', 'rmse')
                then
                    (realised.metric_value - coalesce(promised.metric_value, realised.metric_value))
                    / nullif(promised.metric_value, 0)
            else coalesce(promised.metric_value, realised.metric_value) - realised.metric_value
        end as metric_drop,
        case
            when realised.metric in ('mae', 'rmse')
                then realised.drop_by_chance / nullif(promised.metric_value, 0)
            else realised.drop_by_chance
        end as drop_by_chance,
        case
            when realised.metric in ('mae', 'rmse')
                then realised.metric_value - realised.rule_value
            else realised.rule_value - realised.metric_value
        end > coalesce(realised.drop_by_chance, 0) as rule_was_better,
        realised.miscalibration <= realised.miscalibration_by_chance as is_off_by_chance
    from runs
    cross join build
    left join served on runs.prediction = served.prediction
    left join outcomes on runs.prediction = outcomes.prediction
    left join limits on runs.prediction = limits.prediction and limits.newest_first = 1
    left join gates on runs.prediction = gates.prediction
    left join realised
        on runs.prediction = realised.prediction and realised.newest_first = 1
    left join promised
        on
            realised.prediction = promised.prediction
            and realised.model_version = promised.model_version
),

judged as (
    select
        *,
        case
            when not has_run or scored_on is null then 'red'
            when greatest(age_hours, coalesce(data_age_hours, 0)) > 48 * max_age_days then 'red'
            when greatest(age_hours, coalesce(data_age_hours, 0)) > 24 * max_age_days then 'amber'
            else 'green'
        end as fresh,
        case
            when critical > 0 then 'red'
            when warned > 0 then 'amber'
            else 'green'
        end as valid,
        case
            when metric_value is null then 'grey'
            when metric_drop > coalesce(drop_by_chance, 0) and metric_drop > 2 * max_drop then 'red'
            when metric_drop > coalesce(drop_by_chance, 0) and metric_drop > max_drop then 'amber'
            when rule_was_better then 'amber'
            else 'green'
        end as accurate,
        case
            when miscalibration is null then 'grey'
            when is_off_by_chance then 'green'
            when miscalibration > 2 * max_miscalibration then 'red'
            when miscalibration > max_miscalibration then 'amber'
            else 'green'
        end as calibrated
    from measured
),

lit as (
    select
        *,
        case
            when 'red' in (fresh, valid, accurate, calibrated) then 'red'
            when accurate = 'grey' then 'grey'
            when 'amber' in (fresh, valid, accurate, calibrated) then 'amber'
            else 'green'
        end as light,
        case metric
            when 'roc_auc' then 'AUC'
            when 'mae' then 'mean absolute error'
            when 'rmse' then 'root mean squared error'
            else metric
        end as metric_words,
        {{ foretell._figure('metric_value') }} as realised_words,
        {{ foretell._figure('promised_value') }} as promised_words,
        {{ foretell._figure('rule_value') }} as rule_words,
        {{ foretell._day('scored_on') }} as scored_words,
        {{ foretell._day('as_of_date') }} as as_of_words,
        {{ foretell._day('known_until') }} as known_until_words,
        -- what is older: the scores, or the data that they are made of
        case
            when coalesce(data_age_hours, 0) > age_hours
                then 'its data end on ' || {{ foretell._day('known_until') }}
            when age_hours >= 48
                then 'its scores are ' || cast(cast(floor(age_hours / 24) as integer) as varchar) || ' days old'
            else 'its scores are ' || cast(age_hours as varchar) || ' hours old'
        end as age_words
    from judged
)

select
    prediction,
    light,
    case
        when scored_on is null
            then 'No: it has not been scored yet; its first run was refused. '
        when not has_run
            then 'Not today: the latest run was refused, the scores are those of '
                || scored_words || '. '
        when valid = 'red' then 'No: a critical gate failed. '
        when fresh = 'red' then 'No: ' || age_words || '. '
        when accurate = 'red' then 'No: it is far less accurate than promised. '
        when calibrated = 'red' then 'No: what it promises and what comes true are far apart. '
        when light = 'grey' and most_outcomes is null
            then 'Not known yet: no live outcome'
                || coalesce(' of version ' || cast(model_version as varchar), '') || ' has matured. '
        when light = 'grey'
            then 'Not known yet: version ' || cast(model_version as varchar) || ' has '
                || cast(most_outcomes as varchar) || ' live outcomes of one date at most; needed are '
                || '{{ least_outcomes }}'
                || case judged_task when 'binary' then ' with both outcomes. ' else '. ' end
        when fresh = 'amber' then 'With care: ' || age_words || '. '
        when accurate = 'amber' and metric_drop > max_drop
            then 'With care: it is less accurate than promised. '
        when accurate = 'amber' then 'With care: the simple rule was better. '
        when calibrated = 'amber' and task = 'regression'
            then 'With care: its intervals hold less often than promised. '
        when calibrated = 'amber'
            then 'With care: its probabilities differ from what came true. '
        when valid = 'amber' then 'Yes, with a warning. '
        else 'Yes. '
    end
    || 'Scored on ' || coalesce(scored_words, 'no day yet') || '; '
    || cast(passed as varchar) || ' of ' || cast(lines as varchar) || ' gate checks passed'
    || coalesce('; outcomes are known until ' || known_until_words || ', where its data end', '')
    || case
        when metric_value is null then ''
        else
            '; as of ' || as_of_words || ', '
            || case when judged_version = model_version then ''
                else 'scored by version ' || cast(judged_version as varchar) || ' of the same recipe, ' end
            || quality_sentence
            || ' (' || metric_words || ' ' || realised_words
            || coalesce(', backtest ' || promised_words, '')
            || coalesce(', simple rule ' || rule_words, '') || ')'
    end
    || case
        when miscalibration is null or task = 'regression' then ''
        else
            '; probabilities were off by ' || cast(cast(round(100 * miscalibration) as integer) as varchar)
            || ' % on average' || case when is_off_by_chance then ', as by chance' else '' end
    end
    || case candidate
        when 'rule' then '; no lift over the rule: the simple rule itself serves'
        when 'prior' then '; nothing that can be learnt beats the overall rate'
        else ''
    end || '.' as sentence,
    fresh,
    valid,
    accurate,
    calibrated,
    as_of_date,
    scored_on,
    model_version
from lit
