-- One fact table per handoff: a row per packet and moment that has come, typed values and how each was given.
-- Ours have more columns for the suites (what was unreadable, ages, "not required"); here `answers` has judged already.

create temp table wide as
with pivoted as (
    select
        no,
        max(at_transition) filter (bit = 0) as t0, max(at_transition) filter (bit = 1) as t1, max(at_transition) filter (bit = 2) as t2, max(at_transition) filter (bit = 3) as t3,
        max(at_transition) filter (bit = 4) as t4, max(at_transition) filter (bit = 5) as t5, max(at_transition) filter (bit = 6) as t6, max(at_transition) filter (bit = 7) as t7,
        max(at_transition) filter (bit = 8) as t8, max(at_transition) filter (bit = 9) as t9, max(at_transition) filter (bit = 10) as t10,
        max(at_due) filter (bit = 0) as d0, max(at_due) filter (bit = 1) as d1, max(at_due) filter (bit = 2) as d2, max(at_due) filter (bit = 3) as d3,
        max(at_due) filter (bit = 4) as d4, max(at_due) filter (bit = 5) as d5, max(at_due) filter (bit = 6) as d6, max(at_due) filter (bit = 7) as d7,
        max(at_due) filter (bit = 8) as d8, max(at_due) filter (bit = 9) as d9, max(at_due) filter (bit = 10) as d10,
        max(at_now) filter (bit = 0) as n0, max(at_now) filter (bit = 1) as n1, max(at_now) filter (bit = 2) as n2, max(at_now) filter (bit = 3) as n3,
        max(at_now) filter (bit = 4) as n4, max(at_now) filter (bit = 5) as n5, max(at_now) filter (bit = 6) as n6, max(at_now) filter (bit = 7) as n7,
        max(at_now) filter (bit = 8) as n8, max(at_now) filter (bit = 9) as n9, max(at_now) filter (bit = 10) as n10
    from standing
    group by no
)
select
    handoff || ':' || subject || ':' || cycle as packet_id, handoff, account, subject, cycle, contract_version, is_baseline,
    case when last_status = 'submitted' and settled_as = 'timed_out' then 'expired' else last_status end as status,
    is_judged, sender, receiver, triggered_at, submitted_at, ready_at, clock_started_at,
    coalesce(accept_due_at, submit_due_at) as due_at, decided_at, accepted_at, crossed_at, transitioned_at, settled_at, settled_as,
    submit_due_at, pivoted.* exclude (no)
from settled
left join pivoted using (no);

create temp view facts as
with moments as (
    select wide.*, 'transition' as moment, transitioned_at as moment_at, t0 as a0, t1 as a1, t2 as a2, t3 as a3, t4 as a4, t5 as a5, t6 as a6, t7 as a7, t8 as a8, t9 as a9, t10 as a10
    from wide
    union all
    select wide.*, 'due', submit_due_at, d0, d1, d2, d3, d4, d5, d6, d7, d8, d9, d10
    from wide
    union all
    select wide.*, 'now', '{as_of}'::timestamptz, n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10
    from wide
)
select
    moments.* exclude (submit_due_at), timezone('Europe/Berlin', moment_at)::date as moment_on, known.*
from moments
cross join (
    select
        list(text order by answer) as texts, list(given order by answer) as givens, list(items order by answer) as counts,
        list(number order by answer) as numbers, list(day order by answer) as days, list(instant order by answer) as instants,
        list(truth order by answer) as truths
    from answers
) as known
where moment_at <= '{as_of}';

create table fct_handoff_marketing_to_sdr as
select
    columns(f -> not regexp_full_match(f, '[adnt]\d+|texts|givens|counts|numbers|days|instants|truths')),
    texts[a0] as f_source_campaign, givens[a0] as f_source_campaign__given,
    texts[a1] as f_asset_journey, givens[a1] as f_asset_journey__given, counts[a1] as f_asset_journey__items,
    texts[a2] as f_behaviour_narrative, givens[a2] as f_behaviour_narrative__given,
    texts[a3] as f_icp_match, givens[a3] as f_icp_match__given,
    texts[a4] as f_icp_version, givens[a4] as f_icp_version__given,
    texts[a5] as f_buying_trigger, givens[a5] as f_buying_trigger__given,
    texts[a6] as f_buying_trigger_confidence, givens[a6] as f_buying_trigger_confidence__given,
    texts[a7] as f_assigned_motion, givens[a7] as f_assigned_motion__given,
    numbers[a8] as f_first_touch_within_hours, givens[a8] as f_first_touch_within_hours__given
from facts where handoff = 'marketing_to_sdr';

create table fct_handoff_sdr_to_ae as
select
    columns(f -> not regexp_full_match(f, '[adnt]\d+|texts|givens|counts|numbers|days|instants|truths')),
    texts[a0] as f_confirmed_pain, givens[a0] as f_confirmed_pain__given,
    texts[a1] as f_anti_pain, givens[a1] as f_anti_pain__given,
    texts[a2] as f_stakeholders, givens[a2] as f_stakeholders__given, counts[a2] as f_stakeholders__items,
    texts[a3] as f_tool_stack, givens[a3] as f_tool_stack__given, counts[a3] as f_tool_stack__items,
    days[a4] as f_decision_expected_on, givens[a4] as f_decision_expected_on__given,
    texts[a5] as f_trigger_event, givens[a5] as f_trigger_event__given,
    texts[a6] as f_budget_signal, givens[a6] as f_budget_signal__given,
    texts[a7] as f_procurement_pathway, givens[a7] as f_procurement_pathway__given,
    texts[a8] as f_competitors, givens[a8] as f_competitors__given, counts[a8] as f_competitors__items,
    instants[a9] as f_met_at, givens[a9] as f_met_at__given
from facts where handoff = 'sdr_to_ae';

create table fct_handoff_ae_to_onboarding as
select
    columns(f -> not regexp_full_match(f, '[adnt]\d+|texts|givens|counts|numbers|days|instants|truths')),
    texts[a0] as f_economic_buyer, givens[a0] as f_economic_buyer__given,
    texts[a1] as f_signing_authority, givens[a1] as f_signing_authority__given,
    texts[a2] as f_sponsor_map, givens[a2] as f_sponsor_map__given, counts[a2] as f_sponsor_map__items,
    texts[a3] as f_commitments, givens[a3] as f_commitments__given, counts[a3] as f_commitments__items,
    texts[a4] as f_success_criteria, givens[a4] as f_success_criteria__given, counts[a4] as f_success_criteria__items,
    texts[a6] as f_competitor, givens[a6] as f_competitor__given,
    days[a8] as f_go_live_on, givens[a8] as f_go_live_on__given,
    texts[a5] as f_implementation_risks, givens[a5] as f_implementation_risks__given, counts[a5] as f_implementation_risks__items,
    texts[a7] as f_competitor_playbook, givens[a7] as f_competitor_playbook__given,
    texts[a9] as f_anchored_deadlines, givens[a9] as f_anchored_deadlines__given, counts[a9] as f_anchored_deadlines__items,
    texts[a10] as f_expansion_hypothesis, givens[a10] as f_expansion_hypothesis__given
from facts where handoff = 'ae_to_onboarding';

create table fct_handoff_onboarding_to_cs as
select
    columns(f -> not regexp_full_match(f, '[adnt]\d+|texts|givens|counts|numbers|days|instants|truths')),
    texts[a0] as f_adoption_curve, givens[a0] as f_adoption_curve__given, counts[a0] as f_adoption_curve__items,
    days[a1] as f_adoption_checked_on, givens[a1] as f_adoption_checked_on__given,
    texts[a2] as f_training, givens[a2] as f_training__given, counts[a2] as f_training__items,
    texts[a3] as f_ticket_patterns, givens[a3] as f_ticket_patterns__given,
    numbers[a4] as f_ticket_count, givens[a4] as f_ticket_count__given,
    texts[a5] as f_stakeholder_map, givens[a5] as f_stakeholder_map__given, counts[a5] as f_stakeholder_map__items,
    texts[a6] as f_escalated_issues, givens[a6] as f_escalated_issues__given, counts[a6] as f_escalated_issues__items,
    texts[a7] as f_success_criteria, givens[a7] as f_success_criteria__given, counts[a7] as f_success_criteria__items
from facts where handoff = 'onboarding_to_cs';

create table fct_handoff_cs_to_support as
select
    columns(f -> not regexp_full_match(f, '[adnt]\d+|texts|givens|counts|numbers|days|instants|truths')),
    texts[a0] as f_customer_impact, givens[a0] as f_customer_impact__given,
    texts[a1] as f_severity, givens[a1] as f_severity__given,
    numbers[a2] as f_arr_at_stake, givens[a2] as f_arr_at_stake__given,
    truths[a3] as f_renewal_at_stake, givens[a3] as f_renewal_at_stake__given,
    texts[a4] as f_tried, givens[a4] as f_tried__given, counts[a4] as f_tried__items,
    instants[a5] as f_next_update_at, givens[a5] as f_next_update_at__given,
    texts[a6] as f_resolver_team, givens[a6] as f_resolver_team__given,
    numbers[a7] as f_resolve_within_hours, givens[a7] as f_resolve_within_hours__given,
    texts[a8] as f_subscriber, givens[a8] as f_subscriber__given
from facts where handoff = 'cs_to_support';

create table fct_handoff_motion_to_motion as
select
    columns(f -> not regexp_full_match(f, '[adnt]\d+|texts|givens|counts|numbers|days|instants|truths')),
    texts[a0] as f_owner_during, givens[a0] as f_owner_during__given,
    texts[a1] as f_owner_after, givens[a1] as f_owner_after__given,
    texts[a2] as f_transfer_mode, givens[a2] as f_transfer_mode__given,
    texts[a3] as f_reunification_trigger, givens[a3] as f_reunification_trigger__given,
    days[a4] as f_reunification_due_on, givens[a4] as f_reunification_due_on__given,
    texts[a5] as f_discovery_done, givens[a5] as f_discovery_done__given, counts[a5] as f_discovery_done__items,
    texts[a6] as f_health, givens[a6] as f_health__given,
    texts[a7] as f_open_risks, givens[a7] as f_open_risks__given, counts[a7] as f_open_risks__items,
    texts[a8] as f_contact_rules, givens[a8] as f_contact_rules__given, counts[a8] as f_contact_rules__items
from facts where handoff = 'motion_to_motion';

create table fct_handoff_support_to_expansion as
select
    columns(f -> not regexp_full_match(f, '[adnt]\d+|texts|givens|counts|numbers|days|instants|truths')),
    texts[a0] as f_expansion_signal, givens[a0] as f_expansion_signal__given,
    texts[a1] as f_said_by, givens[a1] as f_said_by__given,
    texts[a2] as f_their_words, givens[a2] as f_their_words__given,
    instants[a3] as f_heard_at, givens[a3] as f_heard_at__given,
    texts[a4] as f_named_receiver, givens[a4] as f_named_receiver__given,
    texts[a5] as f_open_issues, givens[a5] as f_open_issues__given, counts[a5] as f_open_issues__items,
    numbers[a6] as f_seats_wanted, givens[a6] as f_seats_wanted__given
from facts where handoff = 'support_to_expansion';

create table fct_handoff_activation_to_support as
select
    columns(f -> not regexp_full_match(f, '[adnt]\d+|texts|givens|counts|numbers|days|instants|truths')),
    numbers[a0] as f_tenure_days, givens[a0] as f_tenure_days__given,
    texts[a1] as f_activation_state, givens[a1] as f_activation_state__given,
    texts[a2] as f_stuck_step, givens[a2] as f_stuck_step__given,
    days[a3] as f_activity_checked_on, givens[a3] as f_activity_checked_on__given,
    texts[a4] as f_plan, givens[a4] as f_plan__given,
    texts[a5] as f_owner, givens[a5] as f_owner__given,
    truths[a6] as f_wants_a_call, givens[a6] as f_wants_a_call__given
from facts where handoff = 'activation_to_support';

create table fct_handoff_cs_to_renewal as
select
    columns(f -> not regexp_full_match(f, '[adnt]\d+|texts|givens|counts|numbers|days|instants|truths')),
    texts[a0] as f_criteria_outcomes, givens[a0] as f_criteria_outcomes__given, counts[a0] as f_criteria_outcomes__items,
    days[a1] as f_renewal_on, givens[a1] as f_renewal_on__given,
    texts[a2] as f_renewal_terms, givens[a2] as f_renewal_terms__given,
    truths[a3] as f_renews_automatically, givens[a3] as f_renews_automatically__given,
    texts[a4] as f_champion, givens[a4] as f_champion__given,
    texts[a5] as f_open_risks, givens[a5] as f_open_risks__given, counts[a5] as f_open_risks__items,
    texts[a6] as f_expansion_revisited, givens[a6] as f_expansion_revisited__given
from facts where handoff = 'cs_to_renewal';

drop table wide;
