-- What Fivetran makes of a HubSpot, a Salesforce and a Zendesk: the tables of test_layouts.py, with few of their columns.

CREATE SCHEMA hubspot;
SET search_path TO hubspot;
CREATE TABLE company (id bigint, property_name text, property_domain text, property_icp_match boolean,
    property_irrelevant text, _fivetran_deleted boolean,
    _fivetran_synced timestamptz DEFAULT '2026-05-01T00:00:00Z');
INSERT INTO company VALUES (9001, 'Acme', 'acme.example', true, 'x', false),
    (9002, 'Gone', 'gone.example', false, 'x', true), (9003, 'Bare', NULL, NULL, 'x', false);
CREATE TABLE deal (deal_id bigint, owner_id bigint, deal_pipeline_id text, deal_pipeline_stage_id text,
    property_dealname text, property_amount numeric, property_go_live_date timestamptz, property_createdate timestamptz,
    _fivetran_synced timestamptz DEFAULT '2026-05-01T00:00:00Z');
INSERT INTO deal VALUES (101, 77, 'default', 'closedwon', 'Acme renewal', 1200.50, '2026-03-01T00:00:00Z',
    '2026-01-02T00:00:00Z');
CREATE TABLE deal_property_history (deal_id bigint, name text, source text, source_id text, "timestamp" timestamptz,
    value text,
    _fivetran_synced timestamptz DEFAULT '2026-05-01T00:00:00Z');
INSERT INTO deal_property_history VALUES
    (101, 'dealstage', 'CRM_UI', 'userId:4711', '2026-01-02T00:00:00.123Z', 'appointmentscheduled'),
    (101, 'dealstage', 'AUTOMATION_PLATFORM', 'enrollmentId:5', '2026-02-01T09:00:00Z', 'closedwon'),
    (101, 'irrelevant', 'CRM_UI', 'userId:4711', '2026-02-01T09:00:00Z', 'x');
CREATE TABLE deal_company (deal_id bigint, company_id bigint, type_id bigint, category text, _fivetran_deleted boolean,
    _fivetran_synced timestamptz DEFAULT '2026-05-01T00:00:00Z');
INSERT INTO deal_company VALUES (101, 9001, 341, 'HUBSPOT_DEFINED', false),
    (101, 9001, 5, 'HUBSPOT_DEFINED', false);
CREATE TABLE owner (owner_id bigint, email text, active_user_id bigint, is_active boolean,
    _fivetran_synced timestamptz DEFAULT '2026-05-01T00:00:00Z');
INSERT INTO owner VALUES (77, 'ann@example.com', 4711, true);
CREATE TABLE owner_team (owner_id bigint, team_id bigint, is_team_primary boolean,
    _fivetran_synced timestamptz DEFAULT '2026-05-01T00:00:00Z');
INSERT INTO owner_team VALUES (77, 1, false), (77, 2, true);
CREATE TABLE team (id bigint, name text,
    _fivetran_synced timestamptz DEFAULT '2026-05-01T00:00:00Z');
INSERT INTO team VALUES (1, 'Everybody'), (2, 'Account Executives');
CREATE TABLE deal_pipeline_stage (stage_id text, pipeline_id text, label text,
    _fivetran_synced timestamptz DEFAULT '2026-05-01T00:00:00Z');
INSERT INTO deal_pipeline_stage VALUES ('closedwon', 'default', 'Closed won');
CREATE TABLE engagement (id bigint, type text, owner_id bigint, "timestamp" timestamp,
    _fivetran_synced timestamptz DEFAULT '2026-05-01T00:00:00Z');
INSERT INTO engagement VALUES (5, 'MEETING', 77, '2026-03-04T10:00:00'),
    (6, 'TASK', 77, '2026-03-04T10:00:00');
CREATE TABLE engagement_company (engagement_id bigint, company_id bigint,
    _fivetran_synced timestamptz DEFAULT '2026-05-01T00:00:00Z');
INSERT INTO engagement_company VALUES (5, 9001), (6, 9001);

CREATE SCHEMA salesforce;
SET search_path TO salesforce;
CREATE TABLE account (id text, name text, owner_id text, arr_c double precision, created_date timestamptz,
    is_deleted boolean,
    _fivetran_synced timestamptz DEFAULT '2026-05-01T00:00:00Z');
INSERT INTO account VALUES ('001000000000001AAA', 'Acme', '005000000000001AAA', 12000, '2025-01-01T00:00:00Z', false);
CREATE TABLE opportunity (id text, name text, account_id text, owner_id text, stage_name text, amount double precision,
    close_date date, go_live_date_c date, created_by_id text, created_date timestamptz,
    _fivetran_synced timestamptz DEFAULT '2026-05-01T00:00:00Z');
INSERT INTO opportunity VALUES ('006000000000001AAA', 'Acme', '001000000000001AAA', '005000000000002AAA', 'Closed Won', 10,
    '2026-02-03', '2026-04-01', '005000000000001AAA', '2026-01-01T00:00:00Z'),
    ('006000000000002AAA', 'Old', '001000000000001AAA', '005000000000002AAA', 'Closed Won', 10,
    '2026-02-03', '2026-05-01', '005000000000001AAA', '2023-01-01T00:00:00Z');
-- a table in history mode: a row per version
CREATE TABLE contract (id text, status text, owner_id text, account_id text, created_date timestamptz, is_deleted boolean,
    _fivetran_active boolean, _fivetran_start timestamptz, _fivetran_end timestamptz,
    _fivetran_synced timestamptz DEFAULT '2026-05-01T00:00:00Z');
INSERT INTO contract VALUES
    ('800000000000001AAA', 'Draft', '005000000000001AAA', '001000000000001AAA', '2026-01-01T00:00:00Z', false,
        false, '2026-01-03T00:00:00Z', '2026-01-31T23:59:59.999Z'),
    ('800000000000001AAA', 'Activated', NULL, '001000000000001AAA', '2026-01-01T00:00:00Z', false,
        true, '2026-02-01T00:00:00Z', '9999-12-31T23:59:59.999Z');
INSERT INTO contract VALUES ('800000000000002AAA', 'Draft', NULL, NULL, '2026-01-01T00:00:00Z', false,
    true, '2026-01-03T00:00:00Z', '9999-12-31T23:59:59.999Z', '2026-05-10T00:00:00Z');
CREATE TABLE opportunity_field_history (id text, opportunity_id text, field text, data_type text, old_value text,
    new_value text, created_by_id text, created_date timestamptz,
    _fivetran_synced timestamptz DEFAULT '2026-05-01T00:00:00Z');
INSERT INTO opportunity_field_history VALUES
    ('1', '006000000000001AAA', 'created', 'Text', NULL, NULL, '005000000000001AAA', '2026-01-01T00:00:00Z'),
    ('2', '006000000000001AAA', 'Owner', 'Text', 'Ann', 'Bob', '005000000000001AAA', '2026-01-05T00:00:00Z'),
    ('3', '006000000000001AAA', 'Owner', 'EntityId', '005000000000001AAA', '005000000000002AAA', '005000000000001AAA',
        '2026-01-05T00:00:00Z'),
    ('4', '006000000000001AAA', 'Go_Live_Date__c', 'Text', NULL, '2026-04-01', '005000000000001AAA', '2026-01-06T00:00:00Z'),
    ('6', '006000000000002AAA', 'Owner', 'EntityId', '005000000000001AAA', '005000000000002AAA', '005000000000001AAA',
        '2026-01-05T00:00:00Z'),
    ('7', '006000000000002AAA', 'Go_Live_Date__c', 'Text', NULL, '2026-04-01', '005000000000001AAA', '2026-01-06T00:00:00Z'),
    ('8', '006000000000002AAA', 'Go_Live_Date__c', 'Text', '2026-04-01', '2026-05-01', '005000000000001AAA',
        '2026-01-07T00:00:00Z'),
    ('5', '006000000000001AAA', 'StageName', 'Text', 'Open', 'Closed Won', '005000000000001AAA', '2026-02-03T00:00:00Z');
CREATE TABLE opportunity_history (id text, opportunity_id text, stage_name text, amount double precision, close_date date,
    created_by_id text, created_date timestamptz,
    _fivetran_synced timestamptz DEFAULT '2026-05-01T00:00:00Z');
INSERT INTO opportunity_history VALUES
    ('1', '006000000000001AAA', 'Open', 10, '2026-02-28', '005000000000001AAA', '2026-01-01T00:00:00Z'),
    ('2', '006000000000001AAA', 'Open', 10, '2026-02-03', '005000000000001AAA', '2026-01-09T00:00:00Z'),
    ('3', '006000000000001AAA', 'Closed Won', 10, '2026-02-03', '005000000000001AAA', '2026-02-03T00:00:00Z');
CREATE TABLE "user" (id text, email text, is_active boolean, manager_id text, user_role_id text, user_type text,
    department text,
    _fivetran_synced timestamptz DEFAULT '2026-05-01T00:00:00Z');
INSERT INTO "user" VALUES
    ('005000000000001AAA', 'ann@example.com', true, '005000000000002AAA', '00E1', 'Standard', NULL),
    ('005000000000002AAA', 'bob@example.com', false, NULL, NULL, 'Standard', 'Onboarding');
CREATE TABLE user_role (id text, name text,
    _fivetran_synced timestamptz DEFAULT '2026-05-01T00:00:00Z');
INSERT INTO user_role VALUES ('00E1', 'Account Executives');
CREATE TABLE task (id text, account_id text, task_subtype text, owner_id text, is_closed boolean, subject text, completed_date_time timestamptz,
    _fivetran_synced timestamptz DEFAULT '2026-05-01T00:00:00Z');
INSERT INTO task VALUES
    ('00T1', '001000000000001AAA', 'Call', '005000000000001AAA', true, 'Call', '2026-03-01T00:00:00Z'),
    ('00T2', '001000000000001AAA', 'Call', '005000000000001AAA', false, 'Call', NULL);

CREATE SCHEMA zendesk;
SET search_path TO zendesk;
CREATE TABLE ticket (id bigint, subject text, status text, priority text, organization_id bigint, custom_escalated boolean,
    created_at timestamptz,
    _fivetran_synced timestamptz DEFAULT '2026-05-01T00:00:00Z');
INSERT INTO ticket VALUES (1, 'It is down', 'open', 'high', 360, true, '2026-01-01T00:00:00Z');
CREATE TABLE ticket_field_history (ticket_id bigint, field_name text, updated timestamptz, value text, user_id bigint,
    _fivetran_synced timestamptz DEFAULT '2026-05-01T00:00:00Z');
INSERT INTO ticket_field_history VALUES
    (1, 'status', '2026-01-01T00:00:00Z', 'new', 370),
    (1, 'status', '2026-01-02T00:00:00Z', 'open', -1),
    (1, 'organization_id', '2026-01-01T00:00:00Z', '359', 370),
    (1, 'organization_id', '2026-01-02T00:00:00Z', '360', 370);
CREATE TABLE organization (id bigint, name text,
    _fivetran_synced timestamptz DEFAULT '2026-05-01T00:00:00Z');
INSERT INTO organization VALUES (360, 'Acme');
CREATE TABLE domain_name (organization_id bigint, index int, domain_name text,
    _fivetran_synced timestamptz DEFAULT '2026-05-01T00:00:00Z');
INSERT INTO domain_name VALUES (360, 0, 'acme.example'), (360, 1, 'acme.test');
CREATE TABLE "user" (id bigint, email text, role text, active boolean, organization_id bigint,
    _fivetran_synced timestamptz DEFAULT '2026-05-01T00:00:00Z');
INSERT INTO "user" VALUES (370, 'ann@example.com', 'agent', true, NULL),
    (371, 'cust@acme.example', 'end-user', true, 360);
CREATE TABLE "group" (id bigint, name text,
    _fivetran_synced timestamptz DEFAULT '2026-05-01T00:00:00Z');
INSERT INTO "group" VALUES (9, 'Support');
CREATE TABLE group_membership (id bigint, user_id bigint, group_id bigint, "default" boolean,
    _fivetran_synced timestamptz DEFAULT '2026-05-01T00:00:00Z');
INSERT INTO group_membership VALUES (1, 370, 9, true);
CREATE TABLE satisfaction_rating (id bigint, ticket_id bigint, score text, requester_id bigint, updated_at timestamptz,
    _fivetran_synced timestamptz DEFAULT '2026-05-01T00:00:00Z');
INSERT INTO satisfaction_rating VALUES (1, 1, 'offered', 371, '2026-01-04T00:00:00Z');
CREATE TABLE ticket_comment (id bigint, ticket_id bigint, user_id bigint, public boolean, created timestamptz,
    _fivetran_synced timestamptz DEFAULT '2026-05-01T00:00:00Z');
INSERT INTO ticket_comment VALUES (1, 1, 370, true, '2026-01-03T00:00:00Z'),
    (2, 1, 370, false, '2026-01-03T00:00:00Z'),
    (3, 1, 371, true, '2026-01-03T00:00:00Z');
