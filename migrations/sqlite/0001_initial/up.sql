CREATE TABLE organizations (
    id BLOB NOT NULL,
    code TEXT UNIQUE,
    legacy_codes TEXT NOT NULL,
    name TEXT NOT NULL,
    sort_name TEXT NOT NULL,
    short_name TEXT,
    kind TEXT NOT NULL,
    parent_id BLOB REFERENCES organizations (id),
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    successor_id BLOB REFERENCES organizations (id),
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT organizations_validity CHECK (valid_to IS NULL OR valid_to >= valid_from)
) STRICT;
CREATE INDEX organizations_by_parent ON organizations (parent_id);
CREATE INDEX organizations_by_name ON organizations (sort_name, id);

CREATE TABLE organization_ancestors (
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    ancestor_id BLOB NOT NULL REFERENCES organizations (id),
    depth INTEGER NOT NULL,
    internal INTEGER NOT NULL,
    PRIMARY KEY (organization_id, ancestor_id)
) STRICT;
CREATE INDEX organization_ancestors_by_ancestor ON organization_ancestors (ancestor_id, organization_id);

CREATE TABLE identities (
    id BLOB NOT NULL,
    principal_kind TEXT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    individual_id BLOB REFERENCES individuals (id),
    display_name TEXT,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT identities_principal UNIQUE (principal_kind, issuer, subject)
) STRICT;
-- One account of an issuer for one person.
CREATE UNIQUE INDEX identities_by_individual ON identities (individual_id, principal_kind, issuer);

CREATE TABLE role_grants (
    id BLOB NOT NULL,
    principal_kind TEXT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    role TEXT NOT NULL,
    organization_id BLOB REFERENCES organizations (id),
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    reason TEXT,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX role_grants_by_principal ON role_grants (issuer, subject);
CREATE INDEX role_grants_by_organization ON role_grants (organization_id);

CREATE TABLE individuals (
    id BLOB NOT NULL,
    owner_organization_id BLOB NOT NULL REFERENCES organizations (id),
    unit_id BLOB NOT NULL REFERENCES organizations (id),
    full_name TEXT NOT NULL,
    sort_name TEXT NOT NULL,
    honorific TEXT,
    birth_date TEXT,
    sex TEXT,
    position TEXT,
    staff_kind TEXT NOT NULL,
    leadership_class TEXT NOT NULL,
    personnel_code TEXT,
    active INTEGER NOT NULL CHECK (active IN (0, 1)),
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT individuals_personnel_code UNIQUE (personnel_code, owner_organization_id)
) STRICT;
CREATE INDEX individuals_by_unit ON individuals (unit_id);
CREATE INDEX individuals_by_name ON individuals (owner_organization_id, sort_name, id);

CREATE TABLE collectives (
    id BLOB NOT NULL,
    owner_organization_id BLOB NOT NULL REFERENCES organizations (id),
    unit_id BLOB NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    sort_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    headcount INTEGER,
    women_count INTEGER,
    active INTEGER NOT NULL CHECK (active IN (0, 1)),
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT collectives_name UNIQUE (owner_organization_id, sort_name)
) STRICT;
CREATE INDEX collectives_by_unit ON collectives (unit_id);

CREATE TABLE search_words (
    noun TEXT NOT NULL,
    word TEXT NOT NULL,
    object_id BLOB NOT NULL,
    PRIMARY KEY (noun, word, object_id)
) STRICT;
CREATE INDEX search_words_by_object ON search_words (object_id, noun, word);

CREATE TABLE rule_sets (
    id BLOB NOT NULL,
    code TEXT NOT NULL UNIQUE,
    name_vi TEXT NOT NULL,
    name_en TEXT NOT NULL,
    legal_basis TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;

CREATE TABLE award_forms (
    id BLOB NOT NULL,
    code TEXT NOT NULL UNIQUE,
    name_vi TEXT NOT NULL,
    name_en TEXT NOT NULL,
    route TEXT NOT NULL,
    decider_kind TEXT NOT NULL,
    rank INTEGER NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;

CREATE TABLE award_coefficients (
    id BLOB NOT NULL,
    form TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    hundredths INTEGER NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    PRIMARY KEY (id),
    CONSTRAINT award_coefficients_from UNIQUE (form, subject_kind, valid_from)
) STRICT;

CREATE TABLE base_salaries (
    id BLOB NOT NULL,
    amount_dong INTEGER NOT NULL,
    valid_from TEXT NOT NULL UNIQUE,
    valid_to TEXT,
    source TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;

CREATE TABLE holidays (
    id BLOB NOT NULL,
    day TEXT NOT NULL UNIQUE,
    working INTEGER NOT NULL CHECK (working IN (0, 1)),
    name_vi TEXT NOT NULL,
    name_en TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;

CREATE TABLE campaigns (
    id BLOB NOT NULL,
    owner_organization_id BLOB NOT NULL REFERENCES organizations (id),
    code TEXT,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    scope TEXT NOT NULL,
    state TEXT NOT NULL,
    parent_campaign_id BLOB REFERENCES campaigns (id),
    rule_set_id BLOB NOT NULL REFERENCES rule_sets (id),
    intake_unit_id BLOB REFERENCES organizations (id),
    council_id BLOB REFERENCES councils (id),
    terms_number INTEGER NOT NULL,
    period_from TEXT,
    period_to TEXT,
    opens_at TEXT,
    deadline_at TEXT,
    launch_number TEXT,
    launched_on TEXT,
    issuer_name TEXT,
    published_at TEXT,
    roll_frozen_at TEXT,
    final_report TEXT,
    state_reason TEXT,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT campaigns_code UNIQUE (owner_organization_id, code),
    CONSTRAINT campaigns_period CHECK (period_from IS NULL OR period_to IS NULL OR period_to >= period_from),
    CONSTRAINT campaigns_published CHECK (state NOT IN ('PUBLISHED', 'CONCLUDED', 'ARCHIVED') OR (published_at IS NOT NULL AND launch_number IS NOT NULL AND deadline_at IS NOT NULL)),
    CONSTRAINT campaigns_concluded CHECK (state NOT IN ('CONCLUDED', 'ARCHIVED') OR final_report IS NOT NULL),
    CONSTRAINT campaigns_cancelled CHECK (state <> 'CANCELLED' OR state_reason IS NOT NULL)
) STRICT;
CREATE INDEX campaigns_by_state ON campaigns (state, id);
CREATE INDEX campaigns_by_parent ON campaigns (parent_campaign_id);

CREATE TABLE campaign_versions (
    id BLOB NOT NULL,
    campaign_id BLOB NOT NULL REFERENCES campaigns (id),
    number INTEGER NOT NULL,
    plan TEXT NOT NULL,
    document TEXT,
    reason TEXT,
    made_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT campaign_versions_number UNIQUE (campaign_id, number)
) STRICT;

CREATE TABLE participants (
    id BLOB NOT NULL,
    campaign_id BLOB NOT NULL REFERENCES campaigns (id),
    owner_organization_id BLOB NOT NULL REFERENCES organizations (id),
    division_id BLOB NOT NULL REFERENCES organizations (id),
    subject_kind TEXT NOT NULL,
    subject_id BLOB NOT NULL,
    display_name TEXT NOT NULL,
    sort_name TEXT NOT NULL,
    staff_kind TEXT,
    joined_on TEXT,
    left_on TEXT,
    source TEXT NOT NULL,
    counted INTEGER NOT NULL CHECK (counted IN (0, 1)),
    frozen INTEGER NOT NULL CHECK (frozen IN (0, 1)),
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT participants_subject UNIQUE (campaign_id, subject_kind, subject_id)
) STRICT;
CREATE INDEX participants_by_name ON participants (campaign_id, sort_name, id);

-- What the quota comes to, kept by the acts that change it: read without counting.
CREATE TABLE quota_standings (
    campaign_id BLOB NOT NULL REFERENCES campaigns (id),
    roll_date TEXT,
    participants TEXT NOT NULL,
    left_out INTEGER NOT NULL,
    rule TEXT NOT NULL,
    readings TEXT NOT NULL,
    PRIMARY KEY (campaign_id)
) STRICT;

CREATE TABLE submissions (
    id BLOB NOT NULL,
    campaign_id BLOB NOT NULL REFERENCES campaigns (id),
    owner_organization_id BLOB NOT NULL REFERENCES organizations (id),
    division_id BLOB NOT NULL REFERENCES organizations (id),
    procedure TEXT NOT NULL,
    state TEXT NOT NULL,
    letter TEXT,
    note TEXT,
    round INTEGER NOT NULL,
    terms_number INTEGER,
    first_submitted_at TEXT,
    submitted_at TEXT,
    receipt TEXT,
    received_at TEXT,
    received_no INTEGER,
    received_channel TEXT NOT NULL,
    on_behalf INTEGER NOT NULL CHECK (on_behalf IN (0, 1)),
    late INTEGER NOT NULL CHECK (late IN (0, 1)),
    late_reason TEXT,
    late_until TEXT,
    return_reason TEXT,
    supplement_due_at TEXT,
    state_reason TEXT,
    drafted_by BLOB NOT NULL REFERENCES identities (id),
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT submissions_received_no UNIQUE (campaign_id, received_no),
    CONSTRAINT submissions_submitted CHECK (state IN ('DRAFT', 'WITHDRAWN') OR submitted_at IS NOT NULL),
    CONSTRAINT submissions_received CHECK (state NOT IN ('RECEIVED', 'APPRAISING', 'CONSOLIDATED', 'CLOSED') OR (received_at IS NOT NULL AND received_no IS NOT NULL)),
    CONSTRAINT submissions_returned CHECK (state <> 'RETURNED' OR return_reason IS NOT NULL)
) STRICT;
CREATE INDEX submissions_by_campaign ON submissions (campaign_id, state, id);
CREATE INDEX submissions_by_division ON submissions (division_id, state, id);
CREATE INDEX submissions_by_owner ON submissions (owner_organization_id, state, id);

CREATE TABLE nominations (
    id BLOB NOT NULL,
    submission_id BLOB NOT NULL REFERENCES submissions (id),
    campaign_id BLOB NOT NULL REFERENCES campaigns (id),
    owner_organization_id BLOB NOT NULL REFERENCES organizations (id),
    division_id BLOB NOT NULL REFERENCES organizations (id),
    unit_id BLOB NOT NULL REFERENCES organizations (id),
    subject_kind TEXT NOT NULL,
    subject_id BLOB NOT NULL,
    individual_id BLOB REFERENCES individuals (id),
    collective_id BLOB REFERENCES collectives (id),
    display_name TEXT NOT NULL,
    position TEXT,
    proposed_form TEXT NOT NULL,
    form TEXT NOT NULL,
    form_reason TEXT,
    route TEXT NOT NULL,
    achievement_summary TEXT NOT NULL,
    criteria TEXT NOT NULL,
    state TEXT NOT NULL,
    state_reason TEXT,
    live INTEGER NOT NULL CHECK (live IN (0, 1)),
    hold_reason TEXT,
    hold_note TEXT,
    hold_since TEXT,
    proposed_hold_reason TEXT,
    proposed_hold_note TEXT,
    hold_proposed_at TEXT,
    drafted_by BLOB NOT NULL REFERENCES identities (id),
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT nominations_subject CHECK ((individual_id IS NULL) <> (collective_id IS NULL)),
    CONSTRAINT nominations_ineligible CHECK (state <> 'INELIGIBLE' OR state_reason IS NOT NULL),
    CONSTRAINT nominations_hold CHECK ((hold_reason IS NULL) = (hold_since IS NULL)),
    CONSTRAINT nominations_proposed_hold CHECK ((proposed_hold_reason IS NULL) = (hold_proposed_at IS NULL))
) STRICT;
CREATE INDEX nominations_by_submission ON nominations (submission_id, id);
CREATE INDEX nominations_by_campaign ON nominations (campaign_id, state, id);
CREATE INDEX nominations_by_division ON nominations (division_id, state, id);
CREATE INDEX nominations_by_owner ON nominations (owner_organization_id, state, id);
CREATE INDEX nominations_by_subject ON nominations (subject_id);
CREATE UNIQUE INDEX nominations_subject_once ON nominations (campaign_id, subject_kind, subject_id, proposed_form) WHERE live;

CREATE TABLE files (
    id BLOB NOT NULL,
    owner_organization_id BLOB NOT NULL REFERENCES organizations (id),
    division_id BLOB NOT NULL REFERENCES organizations (id),
    uploaded_by BLOB NOT NULL REFERENCES identities (id),
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    state TEXT NOT NULL,
    storage_key TEXT,
    expires_at TEXT,
    completed_at TEXT,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT files_complete CHECK (state <> 'COMPLETE' OR (storage_key IS NOT NULL AND completed_at IS NOT NULL))
) STRICT;

CREATE TABLE attachments (
    id BLOB NOT NULL,
    submission_id BLOB NOT NULL REFERENCES submissions (id),
    nomination_id BLOB REFERENCES nominations (id),
    kind TEXT NOT NULL,
    file_id BLOB REFERENCES files (id),
    document TEXT,
    note TEXT,
    created_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT attachments_content CHECK (file_id IS NOT NULL OR document IS NOT NULL)
) STRICT;
CREATE INDEX attachments_by_submission ON attachments (submission_id, id);
CREATE INDEX attachments_by_file ON attachments (file_id);
CREATE INDEX attachments_by_nomination ON attachments (nomination_id) WHERE nomination_id IS NOT NULL;

CREATE TABLE reviews (
    id BLOB NOT NULL,
    nomination_id BLOB NOT NULL REFERENCES nominations (id),
    campaign_id BLOB NOT NULL REFERENCES campaigns (id),
    owner_organization_id BLOB NOT NULL REFERENCES organizations (id),
    division_id BLOB NOT NULL REFERENCES organizations (id),
    kind TEXT NOT NULL,
    submission_round INTEGER NOT NULL,
    terms_number INTEGER NOT NULL,
    reviewer_id BLOB NOT NULL REFERENCES identities (id),
    reviewer_role TEXT NOT NULL,
    checklist TEXT NOT NULL,
    conclusion TEXT NOT NULL,
    legal_reason TEXT,
    note TEXT,
    superseded_by BLOB,
    created_at TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX reviews_by_nomination ON reviews (nomination_id, id);
CREATE INDEX reviews_by_campaign ON reviews (campaign_id, id);
CREATE INDEX reviews_by_owner ON reviews (owner_organization_id, id);
CREATE INDEX reviews_by_division ON reviews (division_id, id);

CREATE TABLE councils (
    id BLOB NOT NULL,
    owner_organization_id BLOB NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    policy TEXT NOT NULL,
    document TEXT,
    active INTEGER NOT NULL CHECK (active IN (0, 1)),
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;

CREATE TABLE council_members (
    id BLOB NOT NULL,
    council_id BLOB NOT NULL REFERENCES councils (id),
    individual_id BLOB NOT NULL REFERENCES individuals (id),
    display_name TEXT NOT NULL,
    function TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX council_members_by_council ON council_members (council_id, id);
CREATE INDEX council_members_by_individual ON council_members (individual_id);

CREATE TABLE review_sessions (
    id BLOB NOT NULL,
    council_id BLOB NOT NULL REFERENCES councils (id),
    campaign_id BLOB NOT NULL REFERENCES campaigns (id),
    owner_organization_id BLOB NOT NULL REFERENCES organizations (id),
    title TEXT NOT NULL,
    state TEXT NOT NULL,
    mode TEXT NOT NULL,
    method TEXT NOT NULL,
    held_at TEXT NOT NULL,
    place TEXT,
    policy TEXT,
    total_members INTEGER,
    present_members INTEGER,
    opened_at TEXT,
    closed_at TEXT,
    confirmed_at TEXT,
    minutes TEXT,
    minutes_draft TEXT,
    secretary_signed_at TEXT,
    secretary_signed_by BLOB REFERENCES identities (id),
    chair_signed_by BLOB REFERENCES identities (id),
    quota_override_reason TEXT,
    state_reason TEXT,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT review_sessions_open CHECK (state NOT IN ('OPEN', 'CLOSED', 'CONFIRMED') OR (opened_at IS NOT NULL AND policy IS NOT NULL AND total_members IS NOT NULL)),
    CONSTRAINT review_sessions_closed CHECK (state NOT IN ('CLOSED', 'CONFIRMED') OR closed_at IS NOT NULL),
    CONSTRAINT review_sessions_confirmed CHECK (state <> 'CONFIRMED' OR (confirmed_at IS NOT NULL AND secretary_signed_at IS NOT NULL AND minutes IS NOT NULL))
) STRICT;
CREATE INDEX review_sessions_by_council ON review_sessions (council_id, id);
CREATE INDEX review_sessions_by_campaign ON review_sessions (campaign_id, id);

CREATE TABLE session_members (
    id BLOB NOT NULL,
    session_id BLOB NOT NULL REFERENCES review_sessions (id),
    council_member_id BLOB NOT NULL REFERENCES council_members (id),
    individual_id BLOB NOT NULL REFERENCES individuals (id),
    display_name TEXT NOT NULL,
    function TEXT NOT NULL,
    attendance TEXT,
    substitute_id BLOB REFERENCES individuals (id),
    substitute_name TEXT,
    note TEXT,
    PRIMARY KEY (id),
    CONSTRAINT session_members_once UNIQUE (session_id, council_member_id)
) STRICT;
CREATE INDEX session_members_by_substitute ON session_members (substitute_id) WHERE substitute_id IS NOT NULL;

CREATE TABLE agenda_items (
    id BLOB NOT NULL,
    session_id BLOB NOT NULL REFERENCES review_sessions (id),
    nomination_id BLOB NOT NULL REFERENCES nominations (id),
    ordinal INTEGER NOT NULL,
    live INTEGER NOT NULL CHECK (live IN (0, 1)),
    form TEXT,
    form_reason TEXT,
    consensus_note TEXT,
    consensus TEXT,
    consenting INTEGER,
    consensus_present INTEGER,
    chair_consents INTEGER NOT NULL CHECK (chair_consents IN (0, 1)),
    agree INTEGER,
    disagree INTEGER,
    abstain INTEGER,
    absent INTEGER,
    base_members INTEGER,
    percentage_hundredths INTEGER,
    outcome TEXT,
    outcome_reason TEXT,
    PRIMARY KEY (id),
    CONSTRAINT agenda_items_once UNIQUE (session_id, nomination_id)
) STRICT;
CREATE INDEX agenda_items_by_nomination ON agenda_items (nomination_id);
CREATE UNIQUE INDEX agenda_items_one_session ON agenda_items (nomination_id) WHERE live;

CREATE TABLE votes (
    id BLOB NOT NULL,
    session_id BLOB NOT NULL REFERENCES review_sessions (id),
    agenda_item_id BLOB NOT NULL REFERENCES agenda_items (id),
    session_member_id BLOB NOT NULL REFERENCES session_members (id),
    choice TEXT NOT NULL,
    channel TEXT NOT NULL,
    cast_by BLOB NOT NULL REFERENCES identities (id),
    cast_at TEXT NOT NULL,
    changes INTEGER NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT votes_once UNIQUE (agenda_item_id, session_member_id)
) STRICT;
CREATE INDEX votes_by_session ON votes (session_id, id);
CREATE INDEX votes_by_member ON votes (session_member_id);

CREATE TABLE decisions (
    id BLOB NOT NULL,
    owner_organization_id BLOB NOT NULL REFERENCES organizations (id),
    campaign_id BLOB NOT NULL REFERENCES campaigns (id),
    issuer_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    title TEXT NOT NULL,
    form TEXT,
    session_id BLOB REFERENCES review_sessions (id),
    original_id BLOB REFERENCES decisions (id),
    forwarding_id BLOB REFERENCES forwardings (id),
    external INTEGER NOT NULL CHECK (external IN (0, 1)),
    grounds TEXT NOT NULL,
    achievement_from TEXT,
    achievement_to TEXT,
    signature TEXT,
    signed_at TEXT,
    register TEXT,
    register_year INTEGER,
    number INTEGER,
    number_raw TEXT,
    place TEXT,
    issued_on TEXT,
    effective_on TEXT,
    issued_at TEXT,
    published_at TEXT,
    ground TEXT,
    conclusion_reference TEXT,
    reason TEXT,
    quota_override_reason TEXT,
    state_reason TEXT,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT decisions_signed CHECK (state NOT IN ('SIGNED', 'NUMBERED', 'ISSUED', 'PUBLISHED') OR (signed_at IS NOT NULL AND signature IS NOT NULL)),
    CONSTRAINT decisions_numbered CHECK (state NOT IN ('NUMBERED', 'ISSUED', 'PUBLISHED') OR (number_raw IS NOT NULL AND issued_on IS NOT NULL AND register_year IS NOT NULL)),
    CONSTRAINT decisions_issued CHECK (state NOT IN ('ISSUED', 'PUBLISHED') OR issued_at IS NOT NULL),
    CONSTRAINT decisions_published CHECK (state <> 'PUBLISHED' OR published_at IS NOT NULL),
    CONSTRAINT decisions_revocation CHECK (kind <> 'REVOCATION' OR (original_id IS NOT NULL AND ground IS NOT NULL AND conclusion_reference IS NOT NULL))
) STRICT;
CREATE INDEX decisions_by_campaign ON decisions (campaign_id, state, id);
CREATE INDEX decisions_by_owner ON decisions (owner_organization_id, state, id);
CREATE INDEX decisions_by_day ON decisions (state, issued_on);
CREATE INDEX decisions_by_number ON decisions (owner_organization_id, register, register_year, number);
-- Another organisation's decision is recorded once for each forwarding that it answers.
CREATE UNIQUE INDEX decisions_number ON decisions (owner_organization_id, register, register_year, number) WHERE NOT external;
CREATE UNIQUE INDEX decisions_recorded ON decisions (forwarding_id) WHERE external;

CREATE TABLE decision_items (
    id BLOB NOT NULL,
    decision_id BLOB NOT NULL REFERENCES decisions (id),
    ordinal INTEGER NOT NULL,
    nomination_id BLOB REFERENCES nominations (id),
    original_item_id BLOB REFERENCES decision_items (id),
    subject_kind TEXT NOT NULL,
    subject_name TEXT NOT NULL,
    subject_position TEXT,
    subject_unit TEXT,
    form TEXT NOT NULL,
    print_text TEXT NOT NULL,
    coefficient_hundredths INTEGER,
    base_salary_dong INTEGER,
    amount_dong INTEGER,
    state TEXT NOT NULL,
    live INTEGER NOT NULL CHECK (live IN (0, 1)),
    correction TEXT,
    PRIMARY KEY (id),
    CONSTRAINT decision_items_ordinal UNIQUE (decision_id, ordinal),
    CONSTRAINT decision_items_amount CHECK (amount_dong IS NULL OR (amount_dong >= 0 AND coefficient_hundredths IS NOT NULL AND base_salary_dong IS NOT NULL))
) STRICT;
CREATE INDEX decision_items_by_nomination ON decision_items (nomination_id);
CREATE INDEX decision_items_by_original ON decision_items (original_item_id);
CREATE UNIQUE INDEX decision_items_one_award ON decision_items (nomination_id) WHERE live;

-- What the public list of honours walks over, in its order, also of one campaign or organisation.
CREATE TABLE honors (
    item_id BLOB NOT NULL REFERENCES decision_items (id),
    issued_on TEXT NOT NULL,
    campaign_id BLOB NOT NULL REFERENCES campaigns (id),
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    PRIMARY KEY (item_id)
) STRICT;
CREATE INDEX honors_by_day ON honors (issued_on DESC, item_id);
CREATE INDEX honors_by_campaign ON honors (campaign_id, issued_on DESC, item_id);
CREATE INDEX honors_by_organization ON honors (organization_id, issued_on DESC, item_id);

CREATE TABLE recovery_tasks (
    id BLOB NOT NULL,
    decision_id BLOB NOT NULL REFERENCES decisions (id),
    decision_item_id BLOB NOT NULL REFERENCES decision_items (id),
    owner_organization_id BLOB NOT NULL REFERENCES organizations (id),
    campaign_id BLOB NOT NULL REFERENCES campaigns (id),
    due_on TEXT NOT NULL,
    amount_dong INTEGER NOT NULL,
    state TEXT NOT NULL,
    completed_on TEXT,
    note TEXT,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX recovery_tasks_by_owner ON recovery_tasks (owner_organization_id, id);

CREATE TABLE forwardings (
    id BLOB NOT NULL,
    owner_organization_id BLOB NOT NULL REFERENCES organizations (id),
    receiver_organization_id BLOB NOT NULL REFERENCES organizations (id),
    campaign_id BLOB NOT NULL REFERENCES campaigns (id),
    form TEXT NOT NULL,
    state TEXT NOT NULL,
    letter TEXT,
    signature TEXT,
    signed_at TEXT,
    sent_at TEXT,
    acknowledged_at TEXT,
    returned_at TEXT,
    receipt_number TEXT,
    decision_id BLOB,
    quota_override_reason TEXT,
    state_reason TEXT,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT forwardings_sent CHECK (state = 'DRAFT' OR (sent_at IS NOT NULL AND letter IS NOT NULL))
) STRICT;
CREATE INDEX forwardings_by_owner ON forwardings (owner_organization_id, state, id);
CREATE INDEX forwardings_by_receiver ON forwardings (receiver_organization_id, state, id);

CREATE TABLE forwarding_items (
    id BLOB NOT NULL,
    forwarding_id BLOB NOT NULL REFERENCES forwardings (id),
    nomination_id BLOB NOT NULL REFERENCES nominations (id),
    ordinal INTEGER NOT NULL,
    outcome TEXT,
    outcome_reason TEXT,
    live INTEGER NOT NULL CHECK (live IN (0, 1)),
    PRIMARY KEY (id),
    CONSTRAINT forwarding_items_once UNIQUE (forwarding_id, nomination_id)
) STRICT;
CREATE INDEX forwarding_items_by_nomination ON forwarding_items (nomination_id);
CREATE UNIQUE INDEX forwarding_items_one_case ON forwarding_items (nomination_id) WHERE live;

-- To whom a nomination was ever sent, which may therefore see it; kept by the acts that send and answer.
-- `awaited` while it is FORWARDED, to whomever.
CREATE TABLE addressed (
    receiver_organization_id BLOB NOT NULL REFERENCES organizations (id),
    nomination_id BLOB NOT NULL REFERENCES nominations (id),
    submission_id BLOB NOT NULL REFERENCES submissions (id),
    awaited INTEGER NOT NULL CHECK (awaited IN (0, 1)),
    PRIMARY KEY (receiver_organization_id, nomination_id)
) STRICT;
CREATE INDEX addressed_by_nomination ON addressed (nomination_id);
CREATE INDEX addressed_by_submission ON addressed (submission_id);
CREATE INDEX addressed_submissions ON addressed (receiver_organization_id, submission_id);
CREATE INDEX addressed_awaited ON addressed (receiver_organization_id, nomination_id) WHERE awaited;

CREATE TABLE journal_entries (
    id BLOB NOT NULL,
    position INTEGER UNIQUE,
    kind TEXT NOT NULL,
    object_noun TEXT NOT NULL,
    object_id BLOB NOT NULL,
    object_version INTEGER,
    campaign_id BLOB,
    owner_organization_id BLOB,
    division_id BLOB,
    actor_id BLOB NOT NULL REFERENCES identities (id),
    actor_role TEXT,
    on_behalf_of BLOB,
    from_state TEXT,
    to_state TEXT,
    occurred_at TEXT NOT NULL,
    request_id TEXT NOT NULL,
    detail_digest TEXT NOT NULL,
    previous_hash TEXT,
    hash TEXT,
    PRIMARY KEY (id),
    CONSTRAINT journal_entries_sealed CHECK ((position IS NULL) = (hash IS NULL))
) STRICT;
CREATE INDEX journal_entries_by_object ON journal_entries (object_id, id);
CREATE INDEX journal_entries_by_owner ON journal_entries (owner_organization_id, position);

CREATE TABLE journal_details (
    entry_id BLOB NOT NULL REFERENCES journal_entries (id),
    salt TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (entry_id)
) STRICT;

CREATE TABLE idempotency_keys (
    principal TEXT NOT NULL,
    method TEXT NOT NULL,
    route TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER,
    headers TEXT,
    body TEXT,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    PRIMARY KEY (principal, method, route, key),
    CONSTRAINT idempotency_keys_answer CHECK ((status IS NULL) = (body IS NULL))
) STRICT;
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);

-- The statistics: kept by the sealer alone, without references, so that the three tables can be emptied and are
-- counted anew from the journal. What was counted last of each object, so that a change adds its difference.
CREATE TABLE counted_objects (
    id BLOB NOT NULL,
    submission_id BLOB NOT NULL,
    campaign_id BLOB NOT NULL,
    division_id BLOB NOT NULL,
    noun TEXT NOT NULL,
    state TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    form TEXT NOT NULL,
    marked INTEGER NOT NULL CHECK (marked IN (0, 1)),
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX counted_objects_by_submission ON counted_objects (submission_id);

CREATE TABLE campaign_counts (
    campaign_id BLOB NOT NULL,
    division_id BLOB NOT NULL,
    noun TEXT NOT NULL,
    state TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    form TEXT NOT NULL,
    number INTEGER NOT NULL,
    marked INTEGER NOT NULL,
    PRIMARY KEY (campaign_id, division_id, noun, state, subject_kind, form)
) STRICT;

-- How far in the sealed journal a projection has come.
CREATE TABLE projections (
    name TEXT NOT NULL,
    position INTEGER NOT NULL,
    as_of TEXT NOT NULL,
    PRIMARY KEY (name)
) STRICT;

-- The journal is append-only; sealing gives position and hashes once.
CREATE TRIGGER journal_entries_kept BEFORE DELETE ON journal_entries
BEGIN SELECT RAISE(ABORT, 'journal entries are never deleted'); END;
CREATE TRIGGER journal_entries_sealed_once BEFORE UPDATE ON journal_entries
WHEN OLD.position IS NOT NULL
  OR NEW.position IS NULL
  OR NEW.id IS NOT OLD.id OR NEW.kind IS NOT OLD.kind
  OR NEW.object_noun IS NOT OLD.object_noun OR NEW.object_id IS NOT OLD.object_id
  OR NEW.object_version IS NOT OLD.object_version OR NEW.campaign_id IS NOT OLD.campaign_id
  OR NEW.owner_organization_id IS NOT OLD.owner_organization_id OR NEW.division_id IS NOT OLD.division_id
  OR NEW.actor_id IS NOT OLD.actor_id OR NEW.actor_role IS NOT OLD.actor_role
  OR NEW.on_behalf_of IS NOT OLD.on_behalf_of
  OR NEW.from_state IS NOT OLD.from_state OR NEW.to_state IS NOT OLD.to_state
  OR NEW.occurred_at IS NOT OLD.occurred_at OR NEW.request_id IS NOT OLD.request_id
  OR NEW.detail_digest IS NOT OLD.detail_digest
BEGIN SELECT RAISE(ABORT, 'journal entries change only once, when they are sealed'); END;
