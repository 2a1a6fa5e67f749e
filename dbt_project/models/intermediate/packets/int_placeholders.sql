-- Grain: one row. The organisation's placeholders, folded once, in the shape the cleaning macro wants.

with placeholders as (

    select lower(unnest(from_json(placeholders, '["varchar"]'))) as pattern
    from {{ ref('organisation') }}

),

sorted as (

    select pattern, contains(pattern, '*') as is_glob
    from placeholders

)

select
    coalesce(list(pattern order by pattern) filter (not is_glob), []) as plain,
    coalesce(max(length(pattern)) filter (not is_glob), 0) as longest,
    coalesce(list(pattern order by pattern) filter (is_glob), []) as globs,
    -- null when a glob may begin with anything, so that every text has to be tried
    case
        when coalesce(bool_or(pattern[1] = '*') filter (is_glob), false) then null
        else coalesce(string_agg(distinct pattern[1], '' order by pattern[1]) filter (is_glob), '')
    end as glob_initials
from sorted
