//! Who holds several roles: each counts at its own place, and none stands in the way of another.

use serde_json::{Value, json};
use thidua::domain::caller::{PrincipalKind, Role};
use thidua::domain::ids::OrganizationId;
use thidua::domain::states::NominationState;

use crate::support::councils::{
    MEMBERS, Subject, attend, consolidated_dossier, council, planned, received_dossier, vote,
};
use crate::support::decisions::{self, BANG_KHEN, Wanted};
use crate::support::forwardings::ready;
use crate::support::on_both;
use crate::support::world::{World, org, seed_grant};

on_both!(
    an_auditor_of_another_department_sees_no_votes_of_others,
    a_chief_elsewhere_is_no_chief_here,
    a_chief_who_heads_the_office_enters_what_the_head_of_the_agency_discovered,
    the_journal_names_the_role_that_the_rules_of_dossiers_ask_for,
    the_journal_names_the_least_role_and_the_right_used_beside_it,
);

async fn grant(world: &World, subject: &'static str, role: Role, organization: OrganizationId) {
    world
        .database(move |conn| seed_grant(conn, PrincipalKind::User, subject, role, Some(organization)))
        .await;
}

async fn an_auditor_of_another_department_sees_no_votes_of_others(world: World) {
    let nominee = Subject::Individual(22);
    let dossier = consolidated_dossier(&world, &[nominee]).await;
    let session = planned(&world, &council(&world).await, &dossier, "OPEN_VOTE").await;
    attend(&world, &session, &MEMBERS.map(|(number, _)| number)).await;
    let secretary = world.persona("reviewer");
    secretary.act(&session, "open", &json!({})).await.expect(200);
    for member in ["head1", "head2"] {
        let cast = vote(&world, member, &session, dossier.nominations[&nominee], "AGREE").await;
        cast.expect(200);
    }
    secretary.act(&session, "close", &json!({})).await.expect(200);
    grant(&world, "head1", Role::Auditor, org::OTHER_DEPARTMENT).await;
    grant(&world, "head2", Role::Auditor, org::DEPARTMENT).await;
    for (member, seen) in [("head1", 1), ("head2", 2)] {
        let votes = world.persona(member).get(&format!("{session}/votes")).await;
        let votes = votes.expect(200).json;
        assert_eq!(votes["items"].as_array().unwrap().len(), seen, "{member}");
    }
}

fn discovery(campaign: impl serde::Serialize, division: OrganizationId) -> Value {
    json!({"campaign_id": campaign, "division_id": division, "procedure": "HEAD_DISCOVERED"})
}

async fn a_chief_elsewhere_is_no_chief_here(world: World) {
    let campaign = received_dossier(&world, &[]).await.campaign;
    grant(&world, "reviewer", Role::OfficeChief, org::OTHER_DEPARTMENT).await;
    world
        .persona("reviewer")
        .post("/v1/submissions", &discovery(campaign, org::DIVISIONS[0]))
        .await
        .refused(403, "access.forbidden");
}

async fn a_chief_who_heads_the_office_enters_what_the_head_of_the_agency_discovered(world: World) {
    let campaign = received_dossier(&world, &[]).await.campaign;
    grant(&world, "chief", Role::DivisionHead, org::OFFICE).await;
    let chief = world.persona("chief");
    let made = chief
        .post("/v1/submissions", &discovery(campaign, org::OFFICE))
        .await
        .expect(201);
    let path = made.header("location").unwrap();
    chief.patch(path, &json!({"note": "Ghi chú"})).await.expect(200);
    // As the head of the unit he hands in like any other.
    let own = json!({"campaign_id": campaign, "division_id": org::OFFICE, "procedure": "STANDARD"});
    let own = chief.post("/v1/submissions", &own).await.expect(201);
    let path = own.header("location").unwrap();
    chief.patch(path, &json!({"note": "Ghi chú"})).await.expect(200);
}

/// Role of the actor and whom he stood for, of every entry of a kind in the order of their making.
async fn roles(world: &World, kind: &str) -> Vec<(Value, bool)> {
    world.seal().await;
    let auditor = world.persona("auditor");
    let entries = auditor.get(&format!("/v1/audit-entries?kind={kind}")).await;
    let entries = entries.expect(200).json["items"].clone();
    entries
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            (
                entry["actor"]["role"].clone(),
                entry.get("on_behalf_of").is_some(),
            )
        })
        .collect()
}

async fn the_journal_names_the_role_that_the_rules_of_dossiers_ask_for(world: World) {
    let campaign = received_dossier(&world, &[]).await.campaign;
    world.set_time("2026-05-22T02:00:00Z");
    grant(&world, "chief", Role::DivisionHead, org::OFFICE).await;
    let chief = world.persona("chief");
    let own = json!({"campaign_id": campaign, "division_id": org::OFFICE, "procedure": "STANDARD"});
    let mut paper = own.clone();
    paper["received_channel"] = json!("PAPER");
    paper["handed_in_at"] = json!("2026-05-21T02:00:00Z");
    for body in [discovery(campaign, org::OFFICE), own, paper] {
        let made = chief.post("/v1/submissions", &body).await.expect(201);
        let path = made.header("location").unwrap();
        chief.patch(path, &json!({"note": "Ghi chú"})).await.expect(200);
    }
    let (office, unit) = (json!("OFFICE_CHIEF"), json!("DIVISION_HEAD"));
    assert_eq!(
        roles(&world, "submission.created").await,
        [
            (office.clone(), true),
            (unit.clone(), false),
            (office.clone(), true)
        ]
    );
    // The last one both the unit and the office may edit: the first in the table.
    assert_eq!(
        roles(&world, "submission.edited").await,
        [(office, true), (unit.clone(), false), (unit, false)]
    );
}

async fn the_journal_names_the_least_role_and_the_right_used_beside_it(world: World) {
    let nominee = Subject::Individual(22);
    let dossier = consolidated_dossier(&world, &[nominee]).await;
    let session = planned(&world, &council(&world).await, &dossier, "OPEN_VOTE").await;
    attend(&world, &session, &MEMBERS.map(|(number, _)| number)).await;
    world
        .persona("reviewer")
        .act(&session, "open", &json!({}))
        .await
        .expect(200);
    // Chair and secretary vote in their seats as members.
    for member in ["director", "reviewer", "head1"] {
        let cast = vote(&world, member, &session, dossier.nominations[&nominee], "AGREE").await;
        cast.expect(200);
    }
    let member = (json!("COUNCIL_MEMBER"), false);
    assert_eq!(
        roles(&world, "review_session.vote_cast").await,
        [member.clone(), member.clone(), member]
    );

    // 30 % of 3 individuals is none at all: the Director who is the clerk, too, sends all the same.
    let campaign = decisions::campaign(&world, 6, 3, decisions::plan()).await;
    let wanted = Wanted::recommended(decisions::Subject::Person(11))
        .with_form(BANG_KHEN)
        .in_state(NominationState::Recommended);
    let id = decisions::nomination(&world, campaign, wanted).await;
    let path = ready(&world, campaign, &[id]).await;
    grant(&world, "clerk", Role::Director, org::DEPARTMENT).await;
    let sent = json!({"quota_override_reason": "Thành tích đột xuất"});
    world.persona("clerk").act(&path, "send", &sent).await.expect(200);
    for (kind, role) in [
        ("quota.overridden", "DIRECTOR"),
        ("forwarding.sent", "CLERK"),
        ("nomination.forwarded", "CLERK"),
    ] {
        assert_eq!(roles(&world, kind).await, [(json!(role), false)], "{kind}");
    }
}
