//! Who holds several roles: each counts at its own place, and none stands in the way of another.

use serde_json::{Value, json};
use thidua::domain::caller::{PrincipalKind, Role};
use thidua::domain::ids::OrganizationId;

use crate::support::councils::{
    MEMBERS, Subject, attend, consolidated_dossier, council, planned, received_dossier, vote,
};
use crate::support::on_both;
use crate::support::world::{World, org, seed_grant};

on_both!(
    an_auditor_of_another_department_sees_no_votes_of_others,
    a_chief_elsewhere_is_no_chief_here,
    a_chief_who_heads_the_office_enters_what_the_head_of_the_agency_discovered,
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
