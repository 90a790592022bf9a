//! One description of the tables for both databases; the twin migrations make them.

#![allow(
    clippy::wildcard_imports,
    missing_docs,
    reason = "written by the form of `table!`"
)]

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    organizations (id) {
        id -> Uid,
        code -> Nullable<Text>,
        legacy_codes -> Text,
        name -> Text,
        sort_name -> Text,
        short_name -> Nullable<Text>,
        kind -> Text,
        parent_id -> Nullable<Uid>,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        successor_id -> Nullable<Uid>,
        version -> BigInt,
        created_at -> Stamp,
        updated_at -> Stamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    organization_ancestors (organization_id, ancestor_id) {
        organization_id -> Uid,
        ancestor_id -> Uid,
        depth -> Integer,
        internal -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    identities (id) {
        id -> Uid,
        principal_kind -> Text,
        issuer -> Text,
        subject -> Text,
        individual_id -> Nullable<Uid>,
        display_name -> Nullable<Text>,
        version -> BigInt,
        created_at -> Stamp,
        updated_at -> Stamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    role_grants (id) {
        id -> Uid,
        principal_kind -> Text,
        issuer -> Text,
        subject -> Text,
        role -> Text,
        organization_id -> Nullable<Uid>,
        valid_from -> Stamp,
        valid_to -> Nullable<Stamp>,
        reason -> Nullable<Text>,
        version -> BigInt,
        created_at -> Stamp,
        updated_at -> Stamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    individuals (id) {
        id -> Uid,
        owner_organization_id -> Uid,
        unit_id -> Uid,
        full_name -> Text,
        sort_name -> Text,
        honorific -> Nullable<Text>,
        birth_date -> Nullable<Date>,
        sex -> Nullable<Text>,
        position -> Nullable<Text>,
        staff_kind -> Text,
        leadership_class -> Text,
        personnel_code -> Nullable<Text>,
        active -> Bool,
        version -> BigInt,
        created_at -> Stamp,
        updated_at -> Stamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    collectives (id) {
        id -> Uid,
        owner_organization_id -> Uid,
        unit_id -> Uid,
        name -> Text,
        sort_name -> Text,
        kind -> Text,
        headcount -> Nullable<Integer>,
        women_count -> Nullable<Integer>,
        active -> Bool,
        version -> BigInt,
        created_at -> Stamp,
        updated_at -> Stamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    search_words (noun, word, object_id) {
        noun -> Text,
        word -> Text,
        object_id -> Uid,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    rule_sets (id) {
        id -> Uid,
        code -> Text,
        name_vi -> Text,
        name_en -> Text,
        legal_basis -> Text,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        version -> BigInt,
        created_at -> Stamp,
        updated_at -> Stamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    award_forms (id) {
        id -> Uid,
        code -> Text,
        name_vi -> Text,
        name_en -> Text,
        route -> Text,
        decider_kind -> Text,
        rank -> Integer,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        version -> BigInt,
        created_at -> Stamp,
        updated_at -> Stamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    award_coefficients (id) {
        id -> Uid,
        form -> Text,
        subject_kind -> Text,
        hundredths -> Integer,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    base_salaries (id) {
        id -> Uid,
        amount_dong -> BigInt,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        source -> Text,
        version -> BigInt,
        created_at -> Stamp,
        updated_at -> Stamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    holidays (id) {
        id -> Uid,
        day -> Date,
        working -> Bool,
        name_vi -> Text,
        name_en -> Text,
        version -> BigInt,
        created_at -> Stamp,
        updated_at -> Stamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    campaigns (id) {
        id -> Uid,
        owner_organization_id -> Uid,
        code -> Nullable<Text>,
        name -> Text,
        kind -> Text,
        scope -> Text,
        state -> Text,
        parent_campaign_id -> Nullable<Uid>,
        rule_set_id -> Uid,
        intake_unit_id -> Nullable<Uid>,
        council_id -> Nullable<Uid>,
        terms_number -> Integer,
        period_from -> Nullable<Date>,
        period_to -> Nullable<Date>,
        opens_at -> Nullable<Stamp>,
        deadline_at -> Nullable<Stamp>,
        launch_number -> Nullable<Text>,
        launched_on -> Nullable<Date>,
        issuer_name -> Nullable<Text>,
        published_at -> Nullable<Stamp>,
        roll_frozen_at -> Nullable<Stamp>,
        final_report -> Nullable<Text>,
        state_reason -> Nullable<Text>,
        version -> BigInt,
        created_at -> Stamp,
        updated_at -> Stamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    campaign_versions (id) {
        id -> Uid,
        campaign_id -> Uid,
        number -> Integer,
        plan -> Text,
        document -> Nullable<Text>,
        reason -> Nullable<Text>,
        made_at -> Stamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    participants (id) {
        id -> Uid,
        campaign_id -> Uid,
        owner_organization_id -> Uid,
        division_id -> Uid,
        subject_kind -> Text,
        subject_id -> Uid,
        display_name -> Text,
        sort_name -> Text,
        staff_kind -> Nullable<Text>,
        joined_on -> Nullable<Date>,
        left_on -> Nullable<Date>,
        source -> Text,
        counted -> Bool,
        frozen -> Bool,
        version -> BigInt,
        created_at -> Stamp,
        updated_at -> Stamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::Uid;

    quota_standings (campaign_id) {
        campaign_id -> Uid,
        roll_date -> Nullable<Date>,
        participants -> Text,
        left_out -> BigInt,
        rule -> Text,
        readings -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    submissions (id) {
        id -> Uid,
        campaign_id -> Uid,
        owner_organization_id -> Uid,
        division_id -> Uid,
        procedure -> Text,
        state -> Text,
        letter -> Nullable<Text>,
        note -> Nullable<Text>,
        round -> Integer,
        terms_number -> Nullable<Integer>,
        first_submitted_at -> Nullable<Stamp>,
        submitted_at -> Nullable<Stamp>,
        receipt -> Nullable<Text>,
        received_at -> Nullable<Stamp>,
        received_no -> Nullable<Integer>,
        received_channel -> Text,
        on_behalf -> Bool,
        late -> Bool,
        late_reason -> Nullable<Text>,
        late_until -> Nullable<Stamp>,
        return_reason -> Nullable<Text>,
        supplement_due_at -> Nullable<Stamp>,
        state_reason -> Nullable<Text>,
        drafted_by -> Uid,
        version -> BigInt,
        created_at -> Stamp,
        updated_at -> Stamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    nominations (id) {
        id -> Uid,
        submission_id -> Uid,
        campaign_id -> Uid,
        owner_organization_id -> Uid,
        division_id -> Uid,
        unit_id -> Uid,
        subject_kind -> Text,
        subject_id -> Uid,
        individual_id -> Nullable<Uid>,
        collective_id -> Nullable<Uid>,
        display_name -> Text,
        position -> Nullable<Text>,
        proposed_form -> Text,
        form -> Text,
        form_reason -> Nullable<Text>,
        route -> Text,
        achievement_summary -> Text,
        criteria -> Text,
        state -> Text,
        state_reason -> Nullable<Text>,
        live -> Bool,
        hold_reason -> Nullable<Text>,
        hold_note -> Nullable<Text>,
        hold_since -> Nullable<Stamp>,
        proposed_hold_reason -> Nullable<Text>,
        proposed_hold_note -> Nullable<Text>,
        hold_proposed_at -> Nullable<Stamp>,
        drafted_by -> Uid,
        version -> BigInt,
        created_at -> Stamp,
        updated_at -> Stamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    files (id) {
        id -> Uid,
        owner_organization_id -> Uid,
        division_id -> Uid,
        uploaded_by -> Uid,
        name -> Text,
        media_type -> Text,
        size_bytes -> BigInt,
        sha256 -> Text,
        state -> Text,
        storage_key -> Nullable<Text>,
        expires_at -> Nullable<Stamp>,
        completed_at -> Nullable<Stamp>,
        version -> BigInt,
        created_at -> Stamp,
        updated_at -> Stamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    attachments (id) {
        id -> Uid,
        submission_id -> Uid,
        nomination_id -> Nullable<Uid>,
        kind -> Text,
        file_id -> Nullable<Uid>,
        document -> Nullable<Text>,
        note -> Nullable<Text>,
        created_at -> Stamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    reviews (id) {
        id -> Uid,
        nomination_id -> Uid,
        campaign_id -> Uid,
        owner_organization_id -> Uid,
        division_id -> Uid,
        kind -> Text,
        submission_round -> Integer,
        terms_number -> Integer,
        reviewer_id -> Uid,
        reviewer_role -> Text,
        checklist -> Text,
        conclusion -> Text,
        legal_reason -> Nullable<Text>,
        note -> Nullable<Text>,
        superseded_by -> Nullable<Uid>,
        created_at -> Stamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    councils (id) {
        id -> Uid,
        owner_organization_id -> Uid,
        name -> Text,
        policy -> Text,
        document -> Nullable<Text>,
        active -> Bool,
        version -> BigInt,
        created_at -> Stamp,
        updated_at -> Stamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    council_members (id) {
        id -> Uid,
        council_id -> Uid,
        individual_id -> Uid,
        display_name -> Text,
        function -> Text,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        version -> BigInt,
        created_at -> Stamp,
        updated_at -> Stamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    review_sessions (id) {
        id -> Uid,
        council_id -> Uid,
        campaign_id -> Uid,
        owner_organization_id -> Uid,
        title -> Text,
        state -> Text,
        mode -> Text,
        method -> Text,
        held_at -> Stamp,
        place -> Nullable<Text>,
        policy -> Nullable<Text>,
        total_members -> Nullable<Integer>,
        present_members -> Nullable<Integer>,
        opened_at -> Nullable<Stamp>,
        closed_at -> Nullable<Stamp>,
        confirmed_at -> Nullable<Stamp>,
        minutes -> Nullable<Text>,
        minutes_draft -> Nullable<Text>,
        secretary_signed_at -> Nullable<Stamp>,
        secretary_signed_by -> Nullable<Uid>,
        chair_signed_by -> Nullable<Uid>,
        quota_override_reason -> Nullable<Text>,
        state_reason -> Nullable<Text>,
        version -> BigInt,
        created_at -> Stamp,
        updated_at -> Stamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    session_members (id) {
        id -> Uid,
        session_id -> Uid,
        council_member_id -> Uid,
        individual_id -> Uid,
        display_name -> Text,
        function -> Text,
        attendance -> Nullable<Text>,
        substitute_id -> Nullable<Uid>,
        substitute_name -> Nullable<Text>,
        note -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    agenda_items (id) {
        id -> Uid,
        session_id -> Uid,
        nomination_id -> Uid,
        ordinal -> Integer,
        live -> Bool,
        form -> Nullable<Text>,
        form_reason -> Nullable<Text>,
        consensus_note -> Nullable<Text>,
        consensus -> Nullable<Text>,
        consenting -> Nullable<Integer>,
        consensus_present -> Nullable<Integer>,
        chair_consents -> Bool,
        agree -> Nullable<Integer>,
        disagree -> Nullable<Integer>,
        abstain -> Nullable<Integer>,
        absent -> Nullable<Integer>,
        base_members -> Nullable<Integer>,
        percentage_hundredths -> Nullable<Integer>,
        outcome -> Nullable<Text>,
        outcome_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    votes (id) {
        id -> Uid,
        session_id -> Uid,
        agenda_item_id -> Uid,
        session_member_id -> Uid,
        choice -> Text,
        channel -> Text,
        cast_by -> Uid,
        cast_at -> Stamp,
        changes -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    decisions (id) {
        id -> Uid,
        owner_organization_id -> Uid,
        campaign_id -> Uid,
        issuer_name -> Text,
        kind -> Text,
        state -> Text,
        title -> Text,
        form -> Nullable<Text>,
        session_id -> Nullable<Uid>,
        original_id -> Nullable<Uid>,
        forwarding_id -> Nullable<Uid>,
        external -> Bool,
        grounds -> Text,
        achievement_from -> Nullable<Date>,
        achievement_to -> Nullable<Date>,
        signature -> Nullable<Text>,
        signed_at -> Nullable<Stamp>,
        register -> Nullable<Text>,
        register_year -> Nullable<Integer>,
        number -> Nullable<Integer>,
        number_raw -> Nullable<Text>,
        place -> Nullable<Text>,
        issued_on -> Nullable<Date>,
        effective_on -> Nullable<Date>,
        issued_at -> Nullable<Stamp>,
        published_at -> Nullable<Stamp>,
        ground -> Nullable<Text>,
        conclusion_reference -> Nullable<Text>,
        reason -> Nullable<Text>,
        quota_override_reason -> Nullable<Text>,
        state_reason -> Nullable<Text>,
        version -> BigInt,
        created_at -> Stamp,
        updated_at -> Stamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    decision_items (id) {
        id -> Uid,
        decision_id -> Uid,
        ordinal -> Integer,
        nomination_id -> Nullable<Uid>,
        original_item_id -> Nullable<Uid>,
        subject_kind -> Text,
        subject_name -> Text,
        subject_position -> Nullable<Text>,
        subject_unit -> Nullable<Text>,
        form -> Text,
        print_text -> Text,
        coefficient_hundredths -> Nullable<Integer>,
        base_salary_dong -> Nullable<BigInt>,
        amount_dong -> Nullable<BigInt>,
        state -> Text,
        live -> Bool,
        correction -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::Uid;

    honors (item_id) {
        item_id -> Uid,
        issued_on -> Date,
        campaign_id -> Uid,
        organization_id -> Uid,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    recovery_tasks (id) {
        id -> Uid,
        decision_id -> Uid,
        decision_item_id -> Uid,
        owner_organization_id -> Uid,
        campaign_id -> Uid,
        due_on -> Date,
        amount_dong -> BigInt,
        state -> Text,
        completed_on -> Nullable<Date>,
        note -> Nullable<Text>,
        version -> BigInt,
        created_at -> Stamp,
        updated_at -> Stamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    forwardings (id) {
        id -> Uid,
        owner_organization_id -> Uid,
        receiver_organization_id -> Uid,
        campaign_id -> Uid,
        form -> Text,
        state -> Text,
        letter -> Nullable<Text>,
        signature -> Nullable<Text>,
        signed_at -> Nullable<Stamp>,
        sent_at -> Nullable<Stamp>,
        acknowledged_at -> Nullable<Stamp>,
        returned_at -> Nullable<Stamp>,
        receipt_number -> Nullable<Text>,
        decision_id -> Nullable<Uid>,
        quota_override_reason -> Nullable<Text>,
        state_reason -> Nullable<Text>,
        version -> BigInt,
        created_at -> Stamp,
        updated_at -> Stamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    forwarding_items (id) {
        id -> Uid,
        forwarding_id -> Uid,
        nomination_id -> Uid,
        ordinal -> Integer,
        outcome -> Nullable<Text>,
        outcome_reason -> Nullable<Text>,
        live -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::Uid;

    addressed (receiver_organization_id, nomination_id) {
        receiver_organization_id -> Uid,
        nomination_id -> Uid,
        submission_id -> Uid,
        awaited -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    journal_entries (id) {
        id -> Uid,
        position -> Nullable<BigInt>,
        kind -> Text,
        object_noun -> Text,
        object_id -> Uid,
        object_version -> Nullable<BigInt>,
        campaign_id -> Nullable<Uid>,
        owner_organization_id -> Nullable<Uid>,
        division_id -> Nullable<Uid>,
        actor_id -> Uid,
        actor_role -> Nullable<Text>,
        on_behalf_of -> Nullable<Uid>,
        from_state -> Nullable<Text>,
        to_state -> Nullable<Text>,
        occurred_at -> Stamp,
        request_id -> Text,
        detail_digest -> Text,
        previous_hash -> Nullable<Text>,
        hash -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    journal_details (entry_id) {
        entry_id -> Uid,
        salt -> Text,
        content -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    idempotency_keys (principal, method, route, key) {
        principal -> Text,
        method -> Text,
        route -> Text,
        key -> Text,
        fingerprint -> Text,
        status -> Nullable<Integer>,
        headers -> Nullable<Text>,
        body -> Nullable<Text>,
        created_at -> Stamp,
        expires_at -> Stamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    counted_objects (id) {
        id -> Uid,
        submission_id -> Uid,
        campaign_id -> Uid,
        division_id -> Uid,
        noun -> Text,
        state -> Text,
        subject_kind -> Text,
        form -> Text,
        marked -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    campaign_counts (campaign_id, division_id, noun, state, subject_kind, form) {
        campaign_id -> Uid,
        division_id -> Uid,
        noun -> Text,
        state -> Text,
        subject_kind -> Text,
        form -> Text,
        number -> BigInt,
        marked -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::sql_types::{Stamp, Uid};

    projections (name) {
        name -> Text,
        position -> BigInt,
        as_of -> Stamp,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    organizations,
    organization_ancestors,
    identities,
    role_grants,
    individuals,
    collectives,
    search_words,
    rule_sets,
    award_forms,
    award_coefficients,
    base_salaries,
    holidays,
    campaigns,
    campaign_versions,
    participants,
    submissions,
    nominations,
    files,
    attachments,
    reviews,
    councils,
    council_members,
    review_sessions,
    session_members,
    agenda_items,
    votes,
    decisions,
    decision_items,
    honors,
    recovery_tasks,
    forwardings,
    forwarding_items,
    addressed,
    journal_entries,
    journal_details,
    idempotency_keys,
    counted_objects,
    campaign_counts,
    projections,
);
