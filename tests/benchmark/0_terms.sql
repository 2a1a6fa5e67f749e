-- What the contracts say: the compiled seeds, the bounds that only the suites hold, and the hours of the two calendars
-- of organisation.yaml, spelled out. A field is a bit: bit n is the field at position n + 1 of the contract's
-- newest version (no shipped contract has dropped a field).

create temp table versions as
select
    row_number() over (order by handoff, effective_from)::tinyint as version_no, handoff, version, effective_from,
    is_first, sender_team, receiver_team, submit_hours, accept_hours, calendar, expires_after_days, decisions_from
from read_csv('{seeds}/contract_versions.csv', all_varchar = false);

create temp table bounds (handoff varchar, field varchar, min_length int, max_length int, low double, high double, min_items int);
insert into bounds values
    ('activation_to_support', 'tenure_days', null, null, 0, 3650, null),
    ('activation_to_support', 'plan', 10, null, null, null, null),
    ('activation_to_support', 'owner', 2, null, null, null, null),
    ('ae_to_onboarding', 'economic_buyer', 3, null, null, null, null),
    ('ae_to_onboarding', 'signing_authority', 3, null, null, null, null),
    ('ae_to_onboarding', 'expansion_hypothesis', 10, null, null, null, null),
    ('cs_to_renewal', 'renewal_terms', 10, null, null, null, null),
    ('cs_to_renewal', 'champion', 3, 200, null, null, null),
    ('cs_to_renewal', 'expansion_revisited', 10, null, null, null, null),
    ('cs_to_support', 'customer_impact', 15, null, null, null, null),
    ('cs_to_support', 'arr_at_stake', null, null, 0, null, null),
    ('cs_to_support', 'resolve_within_hours', null, null, 1, 720, null),
    ('cs_to_support', 'subscriber', 2, null, null, null, null),
    ('marketing_to_sdr', 'source_campaign', 3, null, null, null, null),
    ('marketing_to_sdr', 'behaviour_narrative', 20, null, null, null, null),
    ('marketing_to_sdr', 'buying_trigger', 10, null, null, null, null),
    ('marketing_to_sdr', 'first_touch_within_hours', null, null, 1, 72, null),
    ('onboarding_to_cs', 'adoption_curve', null, null, null, null, 2),
    ('onboarding_to_cs', 'ticket_patterns', 10, null, null, null, null),
    ('onboarding_to_cs', 'ticket_count', null, null, 0, null, null),
    ('sdr_to_ae', 'confirmed_pain', 10, null, null, null, null),
    ('sdr_to_ae', 'anti_pain', 10, null, null, null, null),
    ('sdr_to_ae', 'procurement_pathway', 5, null, null, null, null),
    ('support_to_expansion', 'said_by', 2, null, null, null, null),
    ('support_to_expansion', 'their_words', 15, null, null, null, null),
    ('support_to_expansion', 'named_receiver', 2, null, null, null, null),
    ('support_to_expansion', 'seats_wanted', null, null, 1, 100000, null);

create temp table fields as
select
    versions.version_no, seeds.handoff, seeds.version,
    (arg_max(seeds.position, effective_from) over (partition by seeds.handoff, seeds.field) - 1)::integer as bit, seeds.field, seeds.type,
    seeds.required, nullif(seeds.required_when, '') as required_when, seeds.severity, seeds.weight,
    from_json(seeds.none_values, '["varchar"]') as none_values, from_json(seeds.choices, '["varchar"]') as choices,
    from_json(seeds.item, '[{"key": "varchar", "type": "varchar", "allowed": ["varchar"]}]') as item,
    seeds.max_age_days,
    bounds.min_length, bounds.max_length, bounds.low, bounds.high, coalesce(bounds.min_items, 1) as min_items
from read_csv('{seeds}/contract_fields.csv', types = {'required_when': 'varchar', 'max_age_days': 'double'}) as seeds
inner join versions using (handoff, version)
left join bounds using (handoff, field);

create temp table masks_of_versions as
select
    version_no,
    bit_or(1 << bit) filter (required) as required,
    coalesce(bit_or(1 << bit) filter (severity != 'critical'), 0) as warning,
    coalesce(bit_or(1 << bit) filter (weight = 2), 0) as doubled, -- every other weight is 1
    any_value(bit) filter (required_when is not null) as dependent, -- no contract has two of these
    any_value(condition_bit) filter (required_when is not null) as condition,
    count(*) as fields
from (
    select fields.*, condition.bit as condition_bit
    from fields
    left join fields as condition
        on fields.version_no = condition.version_no and fields.required_when = condition.field
)
group by version_no;

create temp table spans as
with days as (select unnest(generate_series(date '2023-01-01', date '2028-01-01', interval 1 day))::date as day),
hours as (
    select 'business' as calendar, 'Europe/Berlin' as zone, unnest([1, 2, 3, 4]) as weekday, interval '9 hours' as opens, interval '17 hours 30 minutes' as closes
    union all select 'business', 'Europe/Berlin', 5, interval '9 hours', interval '16 hours'
    union all select 'us_sales', 'America/New_York', unnest([1, 2, 3, 4, 5]), interval '8 hours 30 minutes', interval '12 hours'
    union all select 'us_sales', 'America/New_York', unnest([1, 2, 3, 4]), interval '13 hours', interval '18 hours'
    union all select 'us_sales', 'America/New_York', 5, interval '13 hours', interval '17 hours'
),
holidays as (select calendar, day from read_csv('{seeds}/calendar_holidays.csv', types = {'day': 'date'})),
open as (
    select calendar, timezone(zone, day + opens) as opens_at, timezone(zone, day + closes) as closes_at
    from days
    inner join hours on isodow(day) = weekday
    anti join holidays using (calendar, day)
)
select
    calendar, opens_at, closes_at,
    coalesce(sum(epoch_us(closes_at) - epoch_us(opens_at)) over (
        partition by calendar order by opens_at rows between unbounded preceding and 1 preceding
    ), 0)::bigint as open_before
from open;

-- The instant `hours` open hours after `start` in a calendar; `always` needs no look-up.
create temp macro open_hours_until(opens_at, closes_at, open_before, start) as
    open_before + epoch_us(least(start, closes_at)) - epoch_us(opens_at);

-- Published tables are written into the generation's DuckDB file at once, and copied to Parquet from there.
attach '{out}/seamkeeper.duckdb' as generation;
