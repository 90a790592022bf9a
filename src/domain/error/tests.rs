use super::*;

#[test]
fn codes_are_unique_and_have_the_form_noun_dot_reason() {
    let mut seen = std::collections::BTreeSet::new();
    for code in Code::ALL {
        let text = code.as_str();
        assert!(seen.insert(text), "{text} twice");
        let (noun, reason) = text.split_once('.').expect("a dot");
        assert!(
            [noun, reason]
                .iter()
                .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')),
            "{text}"
        );
        assert!(!code.title_vi().is_empty() && !code.title_en().is_empty());
    }
}

#[test]
fn a_fault_says_where_it_stands() {
    let pointer = |text: &str| Some(Place::Pointer(text.to_owned()));
    let code = Code::FieldRange;
    for (fault, place) in [
        (Fault::new(code), None),
        (Fault::at("/a/0", code), pointer("/a/0")),
        (
            Fault::parameter("cursor", code),
            Some(Place::Parameter("cursor".to_owned())),
        ),
        (Fault::header("If-Match", code), Some(Place::Header("If-Match"))),
        (Fault::before("/to", "2026-02-10"), pointer("/to")),
        (Fault::after("/from", 7), pointer("/from")),
    ] {
        assert_eq!((fault.place, fault.code), (place, code));
    }
    let bound = |fault: &Fault, name: &str| fault.params.get(name).cloned();
    assert_eq!(
        bound(&Fault::before("/to", "2026-02-10"), "minimum"),
        Some("2026-02-10".into())
    );
    assert_eq!(bound(&Fault::after("/from", 7), "maximum"), Some("7".into()));
    let said = Fault::new(code).says("vi", "en").detail;
    assert_eq!(said, Some(Sentence::new("vi", "en")));
}

#[test]
fn a_refusal_carries_what_it_is_made_with() {
    let member = |error: &Error, name: &str| error.members.get(name).cloned();
    assert_eq!(Error::not_found(), Error::new(Code::ResourceNotFound));
    let faults = vec![Fault::at("/a", Code::FieldRequired)];
    let invalid = Error::invalid(faults.clone());
    assert_eq!((invalid.code, &invalid.faults), (Code::BodyInvalid, &faults));
    assert_eq!(all_valid(faults), Err(invalid));
    assert_eq!(all_valid(Vec::new()), Ok(()));
    let refused = Error::transition("campaign", "DRAFT", vec!["submit".to_owned()]);
    assert_eq!(refused.code, Code::StateTransition);
    assert_eq!(
        ["object", "current_state", "allowed_actions"].map(|name| member(&refused, name)),
        [
            Some("campaign".into()),
            Some("DRAFT".into()),
            Some(vec!["submit"].into())
        ]
    );
    let large = Error::too_large(Code::BodyInvalid, 10);
    assert_eq!(member(&large, "limit_bytes"), Some(10.into()));
    assert!(large.detail.as_ref().is_some_and(
        |detail| detail.vi.ends_with(": nhiều nhất 10 byte") && detail.en.ends_with(": at most 10 bytes")
    ));
    let stale = Error::stale(7);
    assert_eq!(
        (stale.code, member(&stale, "current_version")),
        (Code::EtagStale, Some(7.into()))
    );
    let internal = Error::internal("the disk is full");
    assert_eq!(
        (internal.code, internal.cause.as_deref()),
        (Code::Internal, Some("the disk is full"))
    );
    let obstacle = Fault::from(stale.clone().says("vi", "en"));
    assert_eq!(
        (obstacle.code, obstacle.params, obstacle.detail),
        (Code::EtagStale, stale.members, Some(Sentence::new("vi", "en")))
    );
}

#[test]
fn only_a_reference_that_leads_nowhere_gets_the_place_of_its_member() {
    let named = Error::not_found().missing_at("/organization_id");
    assert_eq!(
        named.faults,
        [Fault::at("/organization_id", Code::ResourceNotFound)]
    );
    assert_eq!(named.clone().missing_at("/other"), named);
    let other = Error::new(Code::Internal);
    assert_eq!(other.clone().missing_at("/organization_id"), other);
}

#[test]
fn what_always_stands_at_one_place_names_it_by_itself() {
    let pointer = |text: &str| Some(Place::Pointer(text.to_owned()));
    for (code, place) in [
        (Code::OrganizationCodeTaken, pointer("/code")),
        (Code::CampaignCodeTaken, pointer("/code")),
        (Code::CollectiveNameTaken, pointer("/name")),
        (Code::IndividualCodeTaken, pointer("/personnel_code")),
        (Code::CampaignParentCycle, pointer("/parent_campaign_id")),
        (Code::GrantDuplicate, pointer("/role")),
        (Code::IdentityTaken, pointer("/subject")),
        (Code::DecisionNumberTaken, pointer("/number")),
        (Code::SessionMethodUnsupported, pointer("/method")),
        (Code::ReviewKindUnsupported, pointer("/kind")),
        (Code::FileTypeMismatch, pointer("/media_type")),
        (Code::EtagRequired, Some(Place::Header("If-Match"))),
        (Code::EtagStale, Some(Place::Header("If-Match"))),
        (Code::EtagWeak, Some(Place::Header("If-Match"))),
        (Code::IdempotencyKeyReused, Some(Place::Header("Idempotency-Key"))),
        (
            Code::IdempotencyInProgress,
            Some(Place::Header("Idempotency-Key")),
        ),
        (Code::NotAcceptable, Some(Place::Header("Accept"))),
    ] {
        let error = Error::new(code).says("vi", "en");
        let expected = Fault {
            place,
            ..Fault::new(code).says("vi", "en")
        };
        assert_eq!(error.places(), [expected], "{}", code.as_str());
        // A place of its own goes before the usual one.
        let own = Fault::at("/own", code);
        assert_eq!(error.fault(own.clone()).places(), [own]);
    }
    assert!(Error::new(Code::Internal).places().is_empty());
}

#[test]
fn only_what_may_pass_is_worth_repeating() {
    for code in Code::ALL {
        let unavailable = code.class() == Class::Unavailable;
        assert_eq!(Error::new(*code).retryable(), unavailable, "{}", code.as_str());
    }
}

#[test]
fn the_log_reads_the_code_the_sentence_and_the_cause() {
    let error = Error::internal("the disk is full");
    assert_eq!(error.to_string(), "service.internal (the disk is full)");
    assert_eq!(
        error.says("vi", "en").to_string(),
        "service.internal: en (the disk is full)"
    );
    assert_eq!(Error::not_found().to_string(), Code::ResourceNotFound.as_str());
}

/// The log and the counter of refusals read the reason (AZN-13); the answer names the action only to who sees the object.
#[test]
fn a_refusal_knows_what_was_refused_and_why() {
    for (reason, code, named) in [
        (DenialReason::NotAllowed, Code::AccessForbidden, true),
        (DenialReason::NotVisible, Error::not_found().code, false),
    ] {
        let refusal = Error::denied(Action::ApproveCampaign, reason);
        let denied = Denied {
            action: Action::ApproveCampaign,
            reason,
        };
        assert_eq!(refusal.denied, Some(denied));
        assert_eq!(refusal.code, code);
        assert_eq!(refusal.members.contains_key("required_action"), named);
    }
}

#[test]
fn figures_stand_beside_few_codes() {
    let told: Vec<&str> = Code::ALL
        .iter()
        .filter(|code| code.has_figures())
        .map(|code| code.as_str())
        .collect();
    assert_eq!(
        told,
        [
            "campaign.open_nominations",
            "campaign.under_way",
            "quota.exceeded"
        ]
    );
}
