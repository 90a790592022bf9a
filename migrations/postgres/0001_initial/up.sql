CREATE TABLE organizations (
    id uuid NOT NULL,
    code text COLLATE "C" UNIQUE,
    legacy_codes text NOT NULL,
    name text COLLATE "C" NOT NULL,
    sort_name text COLLATE "C" NOT NULL,
    short_name text COLLATE "C",
    kind text COLLATE "C" NOT NULL,
    parent_id uuid REFERENCES organizations (id),
    valid_from date NOT NULL,
    valid_to date,
    successor_id uuid REFERENCES organizations (id),
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT organizations_validity CHECK (valid_to IS NULL OR valid_to >= valid_from)
);
CREATE INDEX organizations_by_parent ON organizations (parent_id);
CREATE INDEX organizations_by_name ON organizations (sort_name, id);

CREATE TABLE organization_ancestors (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    ancestor_id uuid NOT NULL REFERENCES organizations (id),
    depth integer NOT NULL,
    internal boolean NOT NULL,
    PRIMARY KEY (organization_id, ancestor_id)
);
CREATE INDEX organization_ancestors_by_ancestor ON organization_ancestors (ancestor_id, organization_id);

CREATE TABLE identities (
    id uuid NOT NULL,
    principal_kind text COLLATE "C" NOT NULL,
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    individual_id uuid,
    display_name text COLLATE "C",
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT identities_principal UNIQUE (principal_kind, issuer, subject)
);
-- One account of an issuer for one person.
CREATE UNIQUE INDEX identities_by_individual ON identities (individual_id, principal_kind, issuer);

CREATE TABLE role_grants (
    id uuid NOT NULL,
    principal_kind text COLLATE "C" NOT NULL,
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    role text COLLATE "C" NOT NULL,
    organization_id uuid REFERENCES organizations (id),
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    reason text COLLATE "C",
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX role_grants_by_principal ON role_grants (issuer, subject);
CREATE INDEX role_grants_by_organization ON role_grants (organization_id);

CREATE TABLE individuals (
    id uuid NOT NULL,
    owner_organization_id uuid NOT NULL REFERENCES organizations (id),
    unit_id uuid NOT NULL REFERENCES organizations (id),
    full_name text COLLATE "C" NOT NULL,
    sort_name text COLLATE "C" NOT NULL,
    honorific text COLLATE "C",
    birth_date date,
    sex text COLLATE "C",
    position text COLLATE "C",
    staff_kind text COLLATE "C" NOT NULL,
    leadership_class text COLLATE "C" NOT NULL,
    personnel_code text COLLATE "C",
    active boolean NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT individuals_personnel_code UNIQUE (personnel_code, owner_organization_id)
);
CREATE INDEX individuals_by_unit ON individuals (unit_id);
CREATE INDEX individuals_by_name ON individuals (owner_organization_id, sort_name, id);

CREATE TABLE collectives (
    id uuid NOT NULL,
    owner_organization_id uuid NOT NULL REFERENCES organizations (id),
    unit_id uuid NOT NULL REFERENCES organizations (id),
    name text COLLATE "C" NOT NULL,
    sort_name text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    headcount integer,
    women_count integer,
    active boolean NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT collectives_name UNIQUE (owner_organization_id, sort_name)
);
CREATE INDEX collectives_by_unit ON collectives (unit_id);

CREATE TABLE search_words (
    noun text COLLATE "C" NOT NULL,
    word text COLLATE "C" NOT NULL,
    object_id uuid NOT NULL,
    PRIMARY KEY (noun, word, object_id)
);
CREATE INDEX search_words_by_object ON search_words (object_id, noun, word);

CREATE TABLE rule_sets (
    id uuid NOT NULL,
    code text COLLATE "C" NOT NULL UNIQUE,
    name_vi text COLLATE "C" NOT NULL,
    name_en text COLLATE "C" NOT NULL,
    legal_basis text NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE award_forms (
    id uuid NOT NULL,
    code text COLLATE "C" NOT NULL UNIQUE,
    name_vi text COLLATE "C" NOT NULL,
    name_en text COLLATE "C" NOT NULL,
    route text COLLATE "C" NOT NULL,
    decider_kind text COLLATE "C" NOT NULL,
    rank integer NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE award_coefficients (
    id uuid NOT NULL,
    form text COLLATE "C" NOT NULL,
    subject_kind text COLLATE "C" NOT NULL,
    hundredths integer NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    PRIMARY KEY (id),
    CONSTRAINT award_coefficients_from UNIQUE (form, subject_kind, valid_from)
);

CREATE TABLE base_salaries (
    id uuid NOT NULL,
    amount_dong bigint NOT NULL,
    valid_from date NOT NULL UNIQUE,
    valid_to date,
    source text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE holidays (
    id uuid NOT NULL,
    day date NOT NULL UNIQUE,
    working boolean NOT NULL,
    name_vi text COLLATE "C" NOT NULL,
    name_en text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE campaigns (
    id uuid NOT NULL,
    owner_organization_id uuid NOT NULL REFERENCES organizations (id),
    code text COLLATE "C",
    name text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    scope text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    parent_campaign_id uuid REFERENCES campaigns (id),
    rule_set_id uuid NOT NULL REFERENCES rule_sets (id),
    intake_unit_id uuid REFERENCES organizations (id),
    council_id uuid,
    terms_number integer NOT NULL,
    period_from date,
    period_to date,
    opens_at timestamptz,
    deadline_at timestamptz,
    launch_number text COLLATE "C",
    launched_on date,
    issuer_name text COLLATE "C",
    published_at timestamptz,
    roll_frozen_at timestamptz,
    final_report text,
    state_reason text COLLATE "C",
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT campaigns_code UNIQUE (owner_organization_id, code),
    CONSTRAINT campaigns_period CHECK (period_from IS NULL OR period_to IS NULL OR period_to >= period_from),
    CONSTRAINT campaigns_published CHECK (state NOT IN ('PUBLISHED', 'CONCLUDED', 'ARCHIVED') OR (published_at IS NOT NULL AND launch_number IS NOT NULL AND deadline_at IS NOT NULL)),
    CONSTRAINT campaigns_concluded CHECK (state NOT IN ('CONCLUDED', 'ARCHIVED') OR final_report IS NOT NULL),
    CONSTRAINT campaigns_cancelled CHECK (state <> 'CANCELLED' OR state_reason IS NOT NULL)
);
CREATE INDEX campaigns_by_state ON campaigns (state, id);
CREATE INDEX campaigns_by_parent ON campaigns (parent_campaign_id);

CREATE TABLE campaign_versions (
    id uuid NOT NULL,
    campaign_id uuid NOT NULL REFERENCES campaigns (id),
    number integer NOT NULL,
    plan text NOT NULL,
    document text,
    reason text COLLATE "C",
    made_at timestamptz NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT campaign_versions_number UNIQUE (campaign_id, number)
);

CREATE TABLE participants (
    id uuid NOT NULL,
    campaign_id uuid NOT NULL REFERENCES campaigns (id),
    owner_organization_id uuid NOT NULL REFERENCES organizations (id),
    division_id uuid NOT NULL REFERENCES organizations (id),
    subject_kind text COLLATE "C" NOT NULL,
    subject_id uuid NOT NULL,
    display_name text COLLATE "C" NOT NULL,
    sort_name text COLLATE "C" NOT NULL,
    staff_kind text COLLATE "C",
    joined_on date,
    left_on date,
    source text COLLATE "C" NOT NULL,
    counted boolean NOT NULL,
    frozen boolean NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT participants_subject UNIQUE (campaign_id, subject_kind, subject_id)
);
CREATE INDEX participants_by_name ON participants (campaign_id, sort_name, id);

-- What the quota comes to, kept by the acts that change it: read without counting.
CREATE TABLE quota_standings (
    campaign_id uuid NOT NULL REFERENCES campaigns (id),
    roll_date date,
    participants text NOT NULL,
    left_out bigint NOT NULL,
    rule text NOT NULL,
    readings text NOT NULL,
    PRIMARY KEY (campaign_id)
);

CREATE TABLE submissions (
    id uuid NOT NULL,
    campaign_id uuid NOT NULL REFERENCES campaigns (id),
    owner_organization_id uuid NOT NULL REFERENCES organizations (id),
    division_id uuid NOT NULL REFERENCES organizations (id),
    procedure text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    letter text,
    note text COLLATE "C",
    round integer NOT NULL,
    terms_number integer,
    first_submitted_at timestamptz,
    submitted_at timestamptz,
    receipt text,
    received_at timestamptz,
    received_no integer,
    received_channel text COLLATE "C" NOT NULL,
    on_behalf boolean NOT NULL,
    late boolean NOT NULL,
    late_reason text COLLATE "C",
    late_until timestamptz,
    return_reason text COLLATE "C",
    supplement_due_at timestamptz,
    state_reason text COLLATE "C",
    drafted_by uuid NOT NULL REFERENCES identities (id),
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT submissions_received_no UNIQUE (campaign_id, received_no),
    CONSTRAINT submissions_submitted CHECK (state IN ('DRAFT', 'WITHDRAWN') OR submitted_at IS NOT NULL),
    CONSTRAINT submissions_received CHECK (state NOT IN ('RECEIVED', 'APPRAISING', 'CONSOLIDATED', 'CLOSED') OR (received_at IS NOT NULL AND received_no IS NOT NULL)),
    CONSTRAINT submissions_returned CHECK (state <> 'RETURNED' OR return_reason IS NOT NULL)
);
CREATE INDEX submissions_by_campaign ON submissions (campaign_id, state, id);
CREATE INDEX submissions_by_division ON submissions (division_id, state, id);
CREATE INDEX submissions_by_owner ON submissions (owner_organization_id, state, id);

CREATE TABLE nominations (
    id uuid NOT NULL,
    submission_id uuid NOT NULL REFERENCES submissions (id),
    campaign_id uuid NOT NULL REFERENCES campaigns (id),
    owner_organization_id uuid NOT NULL REFERENCES organizations (id),
    division_id uuid NOT NULL REFERENCES organizations (id),
    unit_id uuid NOT NULL REFERENCES organizations (id),
    subject_kind text COLLATE "C" NOT NULL,
    subject_id uuid NOT NULL,
    individual_id uuid REFERENCES individuals (id),
    collective_id uuid REFERENCES collectives (id),
    display_name text COLLATE "C" NOT NULL,
    position text COLLATE "C",
    proposed_form text COLLATE "C" NOT NULL,
    form text COLLATE "C" NOT NULL,
    form_reason text COLLATE "C",
    route text COLLATE "C" NOT NULL,
    achievement_summary text COLLATE "C" NOT NULL,
    criteria text NOT NULL,
    state text COLLATE "C" NOT NULL,
    state_reason text COLLATE "C",
    live boolean NOT NULL,
    hold_reason text COLLATE "C",
    hold_note text COLLATE "C",
    hold_since timestamptz,
    proposed_hold_reason text COLLATE "C",
    proposed_hold_note text COLLATE "C",
    hold_proposed_at timestamptz,
    drafted_by uuid NOT NULL REFERENCES identities (id),
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT nominations_subject CHECK ((individual_id IS NULL) <> (collective_id IS NULL)),
    CONSTRAINT nominations_ineligible CHECK (state <> 'INELIGIBLE' OR state_reason IS NOT NULL),
    CONSTRAINT nominations_hold CHECK ((hold_reason IS NULL) = (hold_since IS NULL)),
    CONSTRAINT nominations_proposed_hold CHECK ((proposed_hold_reason IS NULL) = (hold_proposed_at IS NULL))
)
-- A row of usual size stays together as it is. By default its text would be packed and laid apart, and each row of a
-- list be fetched twice.
WITH (toast_tuple_target = 4080);
CREATE INDEX nominations_by_submission ON nominations (submission_id, id);
CREATE INDEX nominations_by_campaign ON nominations (campaign_id, state, id);
CREATE INDEX nominations_by_division ON nominations (division_id, state, id);
CREATE INDEX nominations_by_owner ON nominations (owner_organization_id, state, id);
CREATE INDEX nominations_by_subject ON nominations (subject_id);
CREATE UNIQUE INDEX nominations_subject_once ON nominations (campaign_id, subject_kind, subject_id, proposed_form) WHERE live;

CREATE TABLE files (
    id uuid NOT NULL,
    owner_organization_id uuid NOT NULL REFERENCES organizations (id),
    division_id uuid NOT NULL REFERENCES organizations (id),
    uploaded_by uuid NOT NULL REFERENCES identities (id),
    name text COLLATE "C" NOT NULL,
    media_type text COLLATE "C" NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    storage_key text COLLATE "C",
    expires_at timestamptz,
    completed_at timestamptz,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT files_complete CHECK (state <> 'COMPLETE' OR (storage_key IS NOT NULL AND completed_at IS NOT NULL))
);

CREATE TABLE attachments (
    id uuid NOT NULL,
    submission_id uuid NOT NULL REFERENCES submissions (id),
    nomination_id uuid REFERENCES nominations (id),
    kind text COLLATE "C" NOT NULL,
    file_id uuid REFERENCES files (id),
    document text,
    note text COLLATE "C",
    created_at timestamptz NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT attachments_content CHECK (file_id IS NOT NULL OR document IS NOT NULL)
);
CREATE INDEX attachments_by_submission ON attachments (submission_id, id);
CREATE INDEX attachments_by_file ON attachments (file_id);
CREATE INDEX attachments_by_nomination ON attachments (nomination_id) WHERE nomination_id IS NOT NULL;

CREATE TABLE reviews (
    id uuid NOT NULL,
    nomination_id uuid NOT NULL REFERENCES nominations (id),
    campaign_id uuid NOT NULL REFERENCES campaigns (id),
    owner_organization_id uuid NOT NULL REFERENCES organizations (id),
    division_id uuid NOT NULL REFERENCES organizations (id),
    kind text COLLATE "C" NOT NULL,
    submission_round integer NOT NULL,
    terms_number integer NOT NULL,
    reviewer_id uuid NOT NULL REFERENCES identities (id),
    reviewer_role text COLLATE "C" NOT NULL,
    checklist text NOT NULL,
    conclusion text COLLATE "C" NOT NULL,
    legal_reason text COLLATE "C",
    note text COLLATE "C",
    superseded_by uuid,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX reviews_by_nomination ON reviews (nomination_id, id);
CREATE INDEX reviews_by_campaign ON reviews (campaign_id, id);
CREATE INDEX reviews_by_owner ON reviews (owner_organization_id, id);
CREATE INDEX reviews_by_division ON reviews (division_id, id);

CREATE TABLE councils (
    id uuid NOT NULL,
    owner_organization_id uuid NOT NULL REFERENCES organizations (id),
    name text COLLATE "C" NOT NULL,
    policy text NOT NULL,
    document text,
    active boolean NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE council_members (
    id uuid NOT NULL,
    council_id uuid NOT NULL REFERENCES councils (id),
    individual_id uuid NOT NULL REFERENCES individuals (id),
    display_name text COLLATE "C" NOT NULL,
    function text COLLATE "C" NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX council_members_by_council ON council_members (council_id, id);
CREATE INDEX council_members_by_individual ON council_members (individual_id);

CREATE TABLE review_sessions (
    id uuid NOT NULL,
    council_id uuid NOT NULL REFERENCES councils (id),
    campaign_id uuid NOT NULL REFERENCES campaigns (id),
    owner_organization_id uuid NOT NULL REFERENCES organizations (id),
    title text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    mode text COLLATE "C" NOT NULL,
    method text COLLATE "C" NOT NULL,
    held_at timestamptz NOT NULL,
    place text COLLATE "C",
    policy text,
    total_members integer,
    present_members integer,
    opened_at timestamptz,
    closed_at timestamptz,
    confirmed_at timestamptz,
    minutes text,
    minutes_draft text,
    secretary_signed_at timestamptz,
    secretary_signed_by uuid REFERENCES identities (id),
    chair_signed_by uuid REFERENCES identities (id),
    quota_override_reason text COLLATE "C",
    state_reason text COLLATE "C",
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT review_sessions_open CHECK (state NOT IN ('OPEN', 'CLOSED', 'CONFIRMED') OR (opened_at IS NOT NULL AND policy IS NOT NULL AND total_members IS NOT NULL)),
    CONSTRAINT review_sessions_closed CHECK (state NOT IN ('CLOSED', 'CONFIRMED') OR closed_at IS NOT NULL),
    CONSTRAINT review_sessions_confirmed CHECK (state <> 'CONFIRMED' OR (confirmed_at IS NOT NULL AND secretary_signed_at IS NOT NULL AND minutes IS NOT NULL))
);
CREATE INDEX review_sessions_by_council ON review_sessions (council_id, id);
CREATE INDEX review_sessions_by_campaign ON review_sessions (campaign_id, id);

CREATE TABLE session_members (
    id uuid NOT NULL,
    session_id uuid NOT NULL REFERENCES review_sessions (id),
    council_member_id uuid NOT NULL REFERENCES council_members (id),
    individual_id uuid NOT NULL REFERENCES individuals (id),
    display_name text COLLATE "C" NOT NULL,
    function text COLLATE "C" NOT NULL,
    attendance text COLLATE "C",
    substitute_id uuid REFERENCES individuals (id),
    substitute_name text COLLATE "C",
    note text COLLATE "C",
    PRIMARY KEY (id),
    CONSTRAINT session_members_once UNIQUE (session_id, council_member_id)
);
CREATE INDEX session_members_by_substitute ON session_members (substitute_id) WHERE substitute_id IS NOT NULL;

CREATE TABLE agenda_items (
    id uuid NOT NULL,
    session_id uuid NOT NULL REFERENCES review_sessions (id),
    nomination_id uuid NOT NULL REFERENCES nominations (id),
    ordinal integer NOT NULL,
    live boolean NOT NULL,
    form text COLLATE "C",
    form_reason text COLLATE "C",
    consensus_note text COLLATE "C",
    consensus text COLLATE "C",
    consenting integer,
    consensus_present integer,
    chair_consents boolean NOT NULL,
    agree integer,
    disagree integer,
    abstain integer,
    absent integer,
    base_members integer,
    percentage_hundredths integer,
    outcome text COLLATE "C",
    outcome_reason text COLLATE "C",
    PRIMARY KEY (id),
    CONSTRAINT agenda_items_once UNIQUE (session_id, nomination_id)
);
CREATE INDEX agenda_items_by_nomination ON agenda_items (nomination_id);
CREATE UNIQUE INDEX agenda_items_one_session ON agenda_items (nomination_id) WHERE live;

CREATE TABLE votes (
    id uuid NOT NULL,
    session_id uuid NOT NULL REFERENCES review_sessions (id),
    agenda_item_id uuid NOT NULL REFERENCES agenda_items (id),
    session_member_id uuid NOT NULL REFERENCES session_members (id),
    choice text COLLATE "C" NOT NULL,
    channel text COLLATE "C" NOT NULL,
    cast_by uuid NOT NULL REFERENCES identities (id),
    cast_at timestamptz NOT NULL,
    changes integer NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT votes_once UNIQUE (agenda_item_id, session_member_id)
);
CREATE INDEX votes_by_session ON votes (session_id, id);
CREATE INDEX votes_by_member ON votes (session_member_id);

CREATE TABLE decisions (
    id uuid NOT NULL,
    owner_organization_id uuid NOT NULL REFERENCES organizations (id),
    campaign_id uuid NOT NULL REFERENCES campaigns (id),
    issuer_name text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    title text COLLATE "C" NOT NULL,
    form text COLLATE "C",
    session_id uuid REFERENCES review_sessions (id),
    original_id uuid REFERENCES decisions (id),
    forwarding_id uuid,
    external boolean NOT NULL,
    grounds text NOT NULL,
    achievement_from date,
    achievement_to date,
    signature text,
    signed_at timestamptz,
    register text COLLATE "C",
    register_year integer,
    number integer,
    number_raw text COLLATE "C",
    place text COLLATE "C",
    issued_on date,
    effective_on date,
    issued_at timestamptz,
    published_at timestamptz,
    ground text COLLATE "C",
    conclusion_reference text COLLATE "C",
    reason text COLLATE "C",
    quota_override_reason text COLLATE "C",
    state_reason text COLLATE "C",
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT decisions_signed CHECK (state NOT IN ('SIGNED', 'NUMBERED', 'ISSUED', 'PUBLISHED') OR (signed_at IS NOT NULL AND signature IS NOT NULL)),
    CONSTRAINT decisions_numbered CHECK (state NOT IN ('NUMBERED', 'ISSUED', 'PUBLISHED') OR (number_raw IS NOT NULL AND issued_on IS NOT NULL AND register_year IS NOT NULL)),
    CONSTRAINT decisions_issued CHECK (state NOT IN ('ISSUED', 'PUBLISHED') OR issued_at IS NOT NULL),
    CONSTRAINT decisions_published CHECK (state <> 'PUBLISHED' OR published_at IS NOT NULL),
    CONSTRAINT decisions_revocation CHECK (kind <> 'REVOCATION' OR (original_id IS NOT NULL AND ground IS NOT NULL AND conclusion_reference IS NOT NULL))
);
CREATE INDEX decisions_by_campaign ON decisions (campaign_id, state, id);
CREATE INDEX decisions_by_owner ON decisions (owner_organization_id, state, id);
CREATE INDEX decisions_by_day ON decisions (state, issued_on);
CREATE INDEX decisions_by_number ON decisions (owner_organization_id, register, register_year, number);
-- Another organisation's decision is recorded once for each forwarding that it answers.
CREATE UNIQUE INDEX decisions_number ON decisions (owner_organization_id, register, register_year, number) WHERE NOT external;
CREATE UNIQUE INDEX decisions_recorded ON decisions (forwarding_id) WHERE external;

CREATE TABLE decision_items (
    id uuid NOT NULL,
    decision_id uuid NOT NULL REFERENCES decisions (id),
    ordinal integer NOT NULL,
    nomination_id uuid REFERENCES nominations (id),
    original_item_id uuid REFERENCES decision_items (id),
    subject_kind text COLLATE "C" NOT NULL,
    subject_name text COLLATE "C" NOT NULL,
    subject_position text COLLATE "C",
    subject_unit text COLLATE "C",
    form text COLLATE "C" NOT NULL,
    print_text text COLLATE "C" NOT NULL,
    coefficient_hundredths integer,
    base_salary_dong bigint,
    amount_dong bigint,
    state text COLLATE "C" NOT NULL,
    live boolean NOT NULL,
    correction text,
    PRIMARY KEY (id),
    CONSTRAINT decision_items_ordinal UNIQUE (decision_id, ordinal),
    CONSTRAINT decision_items_amount CHECK (amount_dong IS NULL OR (amount_dong >= 0 AND coefficient_hundredths IS NOT NULL AND base_salary_dong IS NOT NULL))
);
CREATE INDEX decision_items_by_nomination ON decision_items (nomination_id);
CREATE INDEX decision_items_by_original ON decision_items (original_item_id);
CREATE UNIQUE INDEX decision_items_one_award ON decision_items (nomination_id) WHERE live;

-- What the public list of honours walks over, in its order, also of one campaign or organisation.
CREATE TABLE honors (
    item_id uuid NOT NULL REFERENCES decision_items (id),
    issued_on date NOT NULL,
    campaign_id uuid NOT NULL REFERENCES campaigns (id),
    organization_id uuid NOT NULL REFERENCES organizations (id),
    PRIMARY KEY (item_id)
);
CREATE INDEX honors_by_day ON honors (issued_on DESC, item_id);
CREATE INDEX honors_by_campaign ON honors (campaign_id, issued_on DESC, item_id);
CREATE INDEX honors_by_organization ON honors (organization_id, issued_on DESC, item_id);

CREATE TABLE recovery_tasks (
    id uuid NOT NULL,
    decision_id uuid NOT NULL REFERENCES decisions (id),
    decision_item_id uuid NOT NULL REFERENCES decision_items (id),
    owner_organization_id uuid NOT NULL REFERENCES organizations (id),
    campaign_id uuid NOT NULL REFERENCES campaigns (id),
    due_on date NOT NULL,
    amount_dong bigint NOT NULL,
    state text COLLATE "C" NOT NULL,
    completed_on date,
    note text COLLATE "C",
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX recovery_tasks_by_owner ON recovery_tasks (owner_organization_id, id);

CREATE TABLE forwardings (
    id uuid NOT NULL,
    owner_organization_id uuid NOT NULL REFERENCES organizations (id),
    receiver_organization_id uuid NOT NULL REFERENCES organizations (id),
    campaign_id uuid NOT NULL REFERENCES campaigns (id),
    form text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    letter text,
    signature text,
    signed_at timestamptz,
    sent_at timestamptz,
    acknowledged_at timestamptz,
    returned_at timestamptz,
    receipt_number text COLLATE "C",
    decision_id uuid,
    quota_override_reason text COLLATE "C",
    state_reason text COLLATE "C",
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT forwardings_sent CHECK (state = 'DRAFT' OR (sent_at IS NOT NULL AND letter IS NOT NULL))
);
CREATE INDEX forwardings_by_owner ON forwardings (owner_organization_id, state, id);
CREATE INDEX forwardings_by_receiver ON forwardings (receiver_organization_id, state, id);

CREATE TABLE forwarding_items (
    id uuid NOT NULL,
    forwarding_id uuid NOT NULL REFERENCES forwardings (id),
    nomination_id uuid NOT NULL REFERENCES nominations (id),
    ordinal integer NOT NULL,
    outcome text COLLATE "C",
    outcome_reason text COLLATE "C",
    live boolean NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT forwarding_items_once UNIQUE (forwarding_id, nomination_id)
);
CREATE INDEX forwarding_items_by_nomination ON forwarding_items (nomination_id);
CREATE UNIQUE INDEX forwarding_items_one_case ON forwarding_items (nomination_id) WHERE live;

-- To whom a nomination was ever sent, which may therefore see it; kept by the acts that send and answer.
-- `awaited` while it is FORWARDED, to whomever.
CREATE TABLE addressed (
    receiver_organization_id uuid NOT NULL REFERENCES organizations (id),
    nomination_id uuid NOT NULL REFERENCES nominations (id),
    submission_id uuid NOT NULL REFERENCES submissions (id),
    awaited boolean NOT NULL,
    PRIMARY KEY (receiver_organization_id, nomination_id)
);
CREATE INDEX addressed_by_nomination ON addressed (nomination_id);
CREATE INDEX addressed_by_submission ON addressed (submission_id);
CREATE INDEX addressed_submissions ON addressed (receiver_organization_id, submission_id);
CREATE INDEX addressed_awaited ON addressed (receiver_organization_id, nomination_id) WHERE awaited;

CREATE TABLE journal_entries (
    id uuid NOT NULL,
    position bigint UNIQUE,
    kind text COLLATE "C" NOT NULL,
    object_noun text COLLATE "C" NOT NULL,
    object_id uuid NOT NULL,
    object_version bigint,
    campaign_id uuid,
    owner_organization_id uuid,
    division_id uuid,
    actor_id uuid NOT NULL REFERENCES identities (id),
    actor_role text COLLATE "C",
    on_behalf_of uuid,
    from_state text COLLATE "C",
    to_state text COLLATE "C",
    occurred_at timestamptz NOT NULL,
    request_id text COLLATE "C" NOT NULL,
    detail_digest text COLLATE "C" NOT NULL,
    previous_hash text COLLATE "C",
    hash text COLLATE "C",
    PRIMARY KEY (id),
    CONSTRAINT journal_entries_sealed CHECK ((position IS NULL) = (hash IS NULL))
);
CREATE INDEX journal_entries_by_object ON journal_entries (object_id, id);
CREATE INDEX journal_entries_by_owner ON journal_entries (owner_organization_id, position);

CREATE TABLE journal_details (
    entry_id uuid NOT NULL REFERENCES journal_entries (id),
    salt text COLLATE "C" NOT NULL,
    content text NOT NULL,
    PRIMARY KEY (entry_id)
);

CREATE TABLE idempotency_keys (
    principal text COLLATE "C" NOT NULL,
    method text COLLATE "C" NOT NULL,
    route text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    fingerprint text COLLATE "C" NOT NULL,
    status integer,
    headers text,
    body text,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (principal, method, route, key),
    CONSTRAINT idempotency_keys_answer CHECK ((status IS NULL) = (body IS NULL))
);
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);

-- The statistics: kept by the sealer alone, without references, so that the three tables can be emptied and are
-- counted anew from the journal. What was counted last of each object, so that a change adds its difference.
CREATE TABLE counted_objects (
    id uuid NOT NULL,
    submission_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    division_id uuid NOT NULL,
    noun text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    subject_kind text COLLATE "C" NOT NULL,
    form text COLLATE "C" NOT NULL,
    marked boolean NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX counted_objects_by_submission ON counted_objects (submission_id);

CREATE TABLE campaign_counts (
    campaign_id uuid NOT NULL,
    division_id uuid NOT NULL,
    noun text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    subject_kind text COLLATE "C" NOT NULL,
    form text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    marked bigint NOT NULL,
    PRIMARY KEY (campaign_id, division_id, noun, state, subject_kind, form)
);

-- How far in the sealed journal a projection has come.
CREATE TABLE projections (
    name text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    as_of timestamptz NOT NULL,
    PRIMARY KEY (name)
);

ALTER TABLE identities ADD FOREIGN KEY (individual_id) REFERENCES individuals (id);
ALTER TABLE campaigns ADD FOREIGN KEY (council_id) REFERENCES councils (id);
ALTER TABLE decisions ADD FOREIGN KEY (forwarding_id) REFERENCES forwardings (id);

-- The journal is append-only; sealing gives position and hashes once.
CREATE FUNCTION journal_entries_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'journal entries are never deleted';
    END IF;
    IF OLD.position IS NOT NULL OR NEW.position IS NULL
        OR (NEW.id, NEW.kind, NEW.object_noun, NEW.object_id, NEW.object_version, NEW.campaign_id,
            NEW.owner_organization_id, NEW.division_id, NEW.actor_id, NEW.actor_role, NEW.on_behalf_of,
            NEW.from_state, NEW.to_state, NEW.occurred_at, NEW.request_id, NEW.detail_digest)
        IS DISTINCT FROM
           (OLD.id, OLD.kind, OLD.object_noun, OLD.object_id, OLD.object_version, OLD.campaign_id,
            OLD.owner_organization_id, OLD.division_id, OLD.actor_id, OLD.actor_role, OLD.on_behalf_of,
            OLD.from_state, OLD.to_state, OLD.occurred_at, OLD.request_id, OLD.detail_digest)
    THEN
        RAISE EXCEPTION 'journal entries change only once, when they are sealed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_entries_guard BEFORE UPDATE OR DELETE ON journal_entries
FOR EACH ROW EXECUTE FUNCTION journal_entries_guard();
