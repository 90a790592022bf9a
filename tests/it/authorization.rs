//! AZN-01, AZN-02: every operation of the document × every persona, with the status expected. A change is
//! tried as a dry run, so that one fixture serves all; each row proves by its allowed callers that the
//! request is a good one, so that a 403 or 404 is no coincidence. On PostgreSQL each row is asked by one
//! caller of each kind.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use thidua::api::Contract;

use crate::support::councils::{Subject, council, eligible, received_dossier};
use crate::support::files::{complete_pdf, declaration, pdf};
use crate::support::world::{PERSONAS, World, collective, org, person};
use crate::support::{Database, run, snapshot};

/// What stands in the one shared world.
struct Fixture {
    /// Identifiers by the names that the rows use.
    ids: BTreeMap<&'static str, String>,
    checklist: Value,
}

impl Fixture {
    async fn build(world: &World) -> Self {
        let mut ids = BTreeMap::new();
        let subject = Subject::Individual(11);
        let dossier = received_dossier(world, &[subject]).await;
        let nomination = dossier.nominations[&subject];
        let body = eligible(subject, nomination);
        let reviewed = world
            .persona("reviewer")
            .post("/v1/reviews", &body)
            .await
            .expect(201);
        ids.insert("nomination", nomination.to_string());
        ids.insert("submission", dossier.submission.to_string());
        ids.insert("campaign", dossier.campaign.to_string());
        ids.insert("review", reviewed.id());

        let council = council(world).await;
        let members = format!("/v1/councils/{council}/members");
        let members = world.persona("chief").get(&members).await.expect(200);
        let last = members.json["items"].as_array().unwrap().last().unwrap();
        ids.insert("member", last["id"].as_str().unwrap().to_owned());
        ids.insert("council", council);

        ids.insert("person", person(11).to_string());
        ids.insert("group", collective(2).to_string());
        let grants = world
            .persona("auditor")
            .get("/v1/role-grants?limit=200")
            .await
            .expect(200);
        let grants = grants.json["items"].as_array().unwrap().clone();
        let clerk = grants.iter().find(|grant| grant["role"] == "CLERK").unwrap();
        ids.insert("grant", clerk["id"].as_str().unwrap().to_owned());

        let officer = world.persona("officer1");
        ids.insert(
            "complete",
            complete_pdf(&officer, "a.pdf", org::DIVISIONS[0]).await,
        );
        let declared = declaration("b.pdf", &pdf("b"), org::DIVISIONS[0]);
        let declared = officer.post("/v1/files", &declared).await.expect(201);
        ids.insert("declared", declared.id());
        let path = format!("/v1/files/{}/content", declared.id());
        let put = officer.ask("PUT", &path).if_match("*").body(pdf("b"));
        put.send().await.expect(200);

        let unit = json!({"name": "Phòng trống", "kind": "DIVISION", "parent_id": org::DEPARTMENT});
        let unit = world
            .persona("administrator")
            .post("/v1/organizations", &unit)
            .await
            .expect(201);
        ids.insert("unit", unit.id());
        Self::drafts(world, &mut ids).await;
        Self {
            ids,
            checklist: body["checklist"].clone(),
        }
    }

    /// What is only drafted or planned yet.
    async fn drafts(world: &World, ids: &mut BTreeMap<&'static str, String>) {
        let chief = world.persona("chief");
        let session = json!({
            "council_id": ids["council"], "campaign_id": ids["campaign"], "title": "Họp xét", "mode": "MEETING",
            "method": "OPEN_VOTE", "held_at": "2026-06-05T01:00:00Z"
        });
        let decision = json!({
            "type": "AWARD", "campaign_id": ids["campaign"], "title": "Tặng Giấy khen", "form": "GIAY_KHEN_SO"
        });
        let plan = json!({
            "owner_organization_id": org::DEPARTMENT, "name": "Phong trào dự thảo", "kind": "THEMATIC",
            "scope": "AGENCY", "plan": {}
        });
        for (name, path, body) in [
            ("session", "/v1/review-sessions", session),
            ("decision", "/v1/decisions", decision),
            ("plan", "/v1/campaigns", plan),
        ] {
            ids.insert(name, chief.post(path, &body).await.expect(201).id());
        }
        let draft = json!({
            "campaign_id": ids["campaign"], "division_id": org::DIVISIONS[0], "procedure": "STANDARD"
        });
        let draft = world
            .persona("officer1")
            .post("/v1/submissions", &draft)
            .await
            .expect(201);
        ids.insert("draft", draft.id());
    }

    /// Puts identifiers into a path.
    fn path(&self, template: &str) -> String {
        let mut path = template.to_owned();
        for (name, id) in &self.ids {
            path = path.replace(&format!("<{name}>"), id);
        }
        assert!(!path.contains('<'), "{path}");
        path
    }

    fn body(&self, body: Body) -> Option<Value> {
        Some(match body {
            Body::None => return None,
            Body::Json(text) => serde_json::from_str(&self.path(text)).unwrap(),
            Body::Bytes => return None,
            Body::Review => json!({
                "nomination_id": self.ids["nomination"], "kind": "APPRAISAL", "conclusion": "ELIGIBLE",
                "checklist": self.checklist
            }),
        })
    }
}

#[derive(Clone, Copy)]
enum Body {
    None,
    Json(&'static str),
    /// The bytes of `b.pdf`.
    Bytes,
    Review,
}

/// One operation at one place.
struct Row {
    operation: &'static str,
    path: &'static str,
    body: Body,
    /// Who does it: 2xx.
    allowed: &'static str,
    /// Who sees the object but may not do this, or may not make such a thing: 403.
    forbidden: &'static str,
    /// Everyone else.
    others: u16,
}

const fn row(
    operation: &'static str,
    path: &'static str,
    body: Body,
    allowed: &'static str,
    forbidden: &'static str,
    others: u16,
) -> Row {
    Row {
        operation,
        path,
        body,
        allowed,
        forbidden,
        others,
    }
}

const EVERYONE: &str = "*";
/// Who reads a council of the department: its members (`support::councils::MEMBERS`) and the
/// organisation's readers.
const COUNCIL_READERS: &str = "director deputy chief reviewer head1 head2 head3 auditor";
/// Who reads it without managing it.
const COUNCIL_OTHERS: &str = "reviewer head1 head2 head3 auditor";

/// Who reads what belongs to the first division of the department.
const DIVISION_READERS: &str = "officer1 head1 reviewer chief director deputy auditor";

const ROWS: &[Row] = &[
    row(
        "listOrganizations",
        "/v1/organizations",
        Body::None,
        EVERYONE,
        "",
        200,
    ),
    row(
        "getOrganization",
        "/v1/organizations/<unit>",
        Body::None,
        EVERYONE,
        "",
        200,
    ),
    row(
        "createOrganization",
        "/v1/organizations",
        Body::Json(r#"{"name": "Mới", "kind": "OTHER"}"#),
        "administrator bootstrap",
        "",
        403,
    ),
    row(
        "editOrganization",
        "/v1/organizations/<unit>",
        Body::Json(r#"{"name": "Khác"}"#),
        "administrator bootstrap",
        "",
        403,
    ),
    row(
        "moveOrganization",
        "/v1/organizations/<unit>/move",
        Body::Json(r#"{"reason": "Sắp xếp"}"#),
        "administrator bootstrap",
        "",
        403,
    ),
    row(
        "closeOrganization",
        "/v1/organizations/<unit>/close",
        Body::Json(r#"{"valid_to": "2030-12-31", "reason": "Hợp nhất"}"#),
        "administrator bootstrap",
        "",
        403,
    ),
    row(
        "declareFile",
        "/v1/files",
        Body::Json(
            r#"{"name": "a.pdf", "media_type": "application/pdf", "size_bytes": 9, "division_id":
                "01990000-0000-7000-8000-000100000098", "sha256":
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}"#,
        ),
        "officer1 head1 reviewer chief",
        "",
        403,
    ),
    // Attached to nothing: the uploader's alone.
    row("getFile", "/v1/files/<complete>", Body::None, "officer1", "", 404),
    row(
        "downloadFileContent",
        "/v1/files/<complete>/content",
        Body::None,
        "officer1",
        "",
        404,
    ),
    row(
        "uploadFileContent",
        "/v1/files/<declared>/content",
        Body::Bytes,
        "officer1",
        "",
        404,
    ),
    row(
        "completeFile",
        "/v1/files/<declared>/complete",
        Body::None,
        "officer1",
        "",
        404,
    ),
    row(
        "deleteFile",
        "/v1/files/<complete>",
        Body::None,
        "officer1",
        "",
        404,
    ),
    row("listCouncils", "/v1/councils", Body::None, EVERYONE, "", 200),
    row(
        "getCouncil",
        "/v1/councils/<council>",
        Body::None,
        COUNCIL_READERS,
        "",
        404,
    ),
    row(
        "listCouncilMembers",
        "/v1/councils/<council>/members",
        Body::None,
        COUNCIL_READERS,
        "",
        404,
    ),
    row(
        "createCouncil",
        "/v1/councils",
        Body::Json(
            r#"{"owner_organization_id": "01990000-0000-7000-8000-00010000000f", "name": "Hội đồng", "policy": {}}"#,
        ),
        "director deputy chief",
        "",
        403,
    ),
    row(
        "editCouncil",
        "/v1/councils/<council>",
        Body::Json(r#"{"name": "Hội đồng khác"}"#),
        "director deputy chief",
        COUNCIL_OTHERS,
        404,
    ),
    row(
        "addCouncilMember",
        "/v1/councils/<council>/members",
        Body::Json(
            r#"{"individual_id": "01990000-0000-7000-8000-000200000009", "function": "MEMBER", "valid_from": "2026-01-01"}"#,
        ),
        "director deputy chief",
        COUNCIL_OTHERS,
        404,
    ),
    row(
        "endCouncilMember",
        "/v1/councils/<council>/members/<member>/end",
        Body::Json(r#"{"valid_to": "2026-12-31"}"#),
        "director deputy chief",
        COUNCIL_OTHERS,
        404,
    ),
    row("getMe", "/v1/me", Body::None, EVERYONE, "", 200),
    row(
        "listOrganizationHistory",
        "/v1/organizations/<unit>/history",
        Body::None,
        EVERYONE,
        "",
        200,
    ),
    row(
        "listCouncilHistory",
        "/v1/councils/<council>/history",
        Body::None,
        COUNCIL_READERS,
        "",
        404,
    ),
    row(
        "listCampaignHistory",
        "/v1/campaigns/<campaign>/history",
        Body::None,
        EVERYONE,
        "",
        200,
    ),
    row(
        "listSubmissionHistory",
        "/v1/submissions/<submission>/history",
        Body::None,
        DIVISION_READERS,
        "",
        404,
    ),
    row(
        "listNominationHistory",
        "/v1/nominations/<nomination>/history",
        Body::None,
        DIVISION_READERS,
        "",
        404,
    ),
    row(
        "listAuditEntries",
        "/v1/audit-entries",
        Body::None,
        "chief stranger director deputy auditor",
        "",
        403,
    ),
    row(
        "listIndividuals",
        "/v1/individuals",
        Body::None,
        EVERYONE,
        "",
        200,
    ),
    row(
        "getIndividual",
        "/v1/individuals/<person>",
        Body::None,
        DIVISION_READERS,
        "",
        404,
    ),
    row(
        "listIndividualHistory",
        "/v1/individuals/<person>/history",
        Body::None,
        DIVISION_READERS,
        "",
        404,
    ),
    row(
        "createIndividual",
        "/v1/individuals",
        Body::Json(
            r#"{"full_name": "Nguyễn Văn Mẫu", "leadership_class": "DIRECT_WORKER", "staff_kind": "CONG_CHUC",
                "unit_id": "01990000-0000-7000-8000-000100000097"}"#,
        ),
        "reviewer chief",
        "",
        403,
    ),
    row(
        "editIndividual",
        "/v1/individuals/<person>",
        Body::Json(r#"{"position": "Phó Trưởng phòng"}"#),
        "reviewer chief",
        "officer1 head1 director deputy auditor",
        404,
    ),
    row(
        "linkIdentity",
        "/v1/individuals/<person>/link-identity",
        Body::Json(
            r#"{"issuer": "https://sso.example.gov.vn/realms/tinh", "principal_kind": "USER", "subject": "a1b2c3"}"#,
        ),
        "chief",
        "reviewer officer1 head1 director deputy auditor",
        404,
    ),
    row(
        "listCollectives",
        "/v1/collectives",
        Body::None,
        EVERYONE,
        "",
        200,
    ),
    row(
        "getCollective",
        "/v1/collectives/<group>",
        Body::None,
        DIVISION_READERS,
        "",
        404,
    ),
    row(
        "listCollectiveHistory",
        "/v1/collectives/<group>/history",
        Body::None,
        DIVISION_READERS,
        "",
        404,
    ),
    row(
        "createCollective",
        "/v1/collectives",
        Body::Json(
            r#"{"kind": "COLLECTIVE", "name": "Tập thể mới", "unit_id": "01990000-0000-7000-8000-000100000098"}"#,
        ),
        "reviewer chief",
        "",
        403,
    ),
    row(
        "editCollective",
        "/v1/collectives/<group>",
        Body::Json(r#"{"headcount": 7}"#),
        "reviewer chief",
        "officer1 head1 director deputy auditor",
        404,
    ),
    row("listRoleGrants", "/v1/role-grants", Body::None, EVERYONE, "", 200),
    row(
        "getRoleGrant",
        "/v1/role-grants/<grant>",
        Body::None,
        "auditor administrator bootstrap",
        "",
        404,
    ),
    row(
        "listRoleGrantHistory",
        "/v1/role-grants/<grant>/history",
        Body::None,
        "auditor administrator bootstrap",
        "",
        404,
    ),
    row(
        "grantRole",
        "/v1/role-grants",
        Body::Json(
            r#"{"issuer": "https://sso.example.gov.vn/realms/tinh", "principal_kind": "USER", "subject": "a1b2c3",
                "organization_id": "01990000-0000-7000-8000-00010000000f", "role": "CLERK", "reason": "Bổ nhiệm"}"#,
        ),
        "administrator bootstrap",
        "",
        403,
    ),
    row(
        "endRoleGrant",
        "/v1/role-grants/<grant>/end",
        Body::Json(r#"{"reason": "Chuyển công tác"}"#),
        "administrator bootstrap",
        "auditor",
        404,
    ),
    row("listReviews", "/v1/reviews", Body::None, EVERYONE, "", 200),
    row(
        "getReview",
        "/v1/reviews/<review>",
        Body::None,
        "officer1 head1 reviewer chief director deputy auditor",
        "",
        404,
    ),
    row(
        "createReview",
        "/v1/reviews",
        Body::Review,
        "reviewer chief",
        "officer1 head1 director deputy auditor",
        404,
    ),
    row("listCampaigns", "/v1/campaigns", Body::None, EVERYONE, "", 200),
    row(
        "listSubmissions",
        "/v1/submissions",
        Body::None,
        EVERYONE,
        "",
        200,
    ),
    row(
        "listNominations",
        "/v1/nominations",
        Body::None,
        EVERYONE,
        "",
        200,
    ),
    row("listDecisions", "/v1/decisions", Body::None, EVERYONE, "", 200),
    row(
        "listForwardings",
        "/v1/forwardings",
        Body::None,
        EVERYONE,
        "",
        200,
    ),
    row(
        "listReviewSessions",
        "/v1/review-sessions",
        Body::None,
        EVERYONE,
        "",
        200,
    ),
    row(
        "listAwardForms",
        "/v1/reference/award-forms",
        Body::None,
        EVERYONE,
        "",
        200,
    ),
    row(
        "listRuleSets",
        "/v1/reference/rule-sets",
        Body::None,
        EVERYONE,
        "",
        200,
    ),
    row(
        "listBaseSalaries",
        "/v1/reference/base-salaries",
        Body::None,
        EVERYONE,
        "",
        200,
    ),
    row(
        "listHolidays",
        "/v1/reference/holidays",
        Body::None,
        EVERYONE,
        "",
        200,
    ),
    row(
        "getCampaign",
        "/v1/campaigns/<campaign>",
        Body::None,
        EVERYONE,
        "",
        200,
    ),
    row(
        "getSubmission",
        "/v1/submissions/<submission>",
        Body::None,
        DIVISION_READERS,
        "",
        404,
    ),
    row(
        "listAttachments",
        "/v1/submissions/<submission>/attachments",
        Body::None,
        DIVISION_READERS,
        "",
        404,
    ),
    row(
        "getNomination",
        "/v1/nominations/<nomination>",
        Body::None,
        DIVISION_READERS,
        "",
        404,
    ),
    row(
        "holdNomination",
        "/v1/nominations/<nomination>/hold",
        Body::Json(r#"{"reason": "COMPLAINT", "note": "Có đơn"}"#),
        "chief director deputy",
        "officer1 head1 reviewer auditor",
        404,
    ),
    row(
        "returnSubmission",
        "/v1/submissions/<submission>/return",
        Body::Json(r#"{"reason": "Bổ sung"}"#),
        "reviewer chief",
        "officer1 head1 director deputy auditor",
        404,
    ),
    row(
        "createCampaign",
        "/v1/campaigns",
        Body::Json(
            r#"{"owner_organization_id": "01990000-0000-7000-8000-00010000000f", "name": "Phong trào", "kind": "THEMATIC", "scope": "AGENCY", "plan": {}}"#,
        ),
        "reviewer chief director deputy",
        "",
        403,
    ),
    row(
        "addHoliday",
        "/v1/reference/holidays",
        Body::Json(
            r#"{"day": "2027-01-01", "working": false, "name_vi": "Tết Dương lịch", "name_en": "New Year"}"#,
        ),
        "administrator bootstrap",
        "",
        403,
    ),
    row(
        "getQuota",
        "/v1/campaigns/<campaign>/quota",
        Body::None,
        "reviewer chief director deputy auditor",
        "",
        403,
    ),
    row(
        "listParticipants",
        "/v1/campaigns/<campaign>/participants",
        Body::None,
        EVERYONE,
        "",
        200,
    ),
    row(
        "createReviewSession",
        "/v1/review-sessions",
        Body::Json(
            r#"{"council_id": "<council>", "campaign_id": "<campaign>", "title": "Họp", "mode": "MEETING", "method": "OPEN_VOTE", "held_at": "2026-06-05T01:00:00Z"}"#,
        ),
        "chief reviewer",
        "director deputy head1 head2 head3 auditor",
        404,
    ),
    row(
        "createDecision",
        "/v1/decisions",
        Body::Json(
            r#"{"type": "AWARD", "campaign_id": "<campaign>", "title": "Tặng Giấy khen", "form": "GIAY_KHEN_SO", "grounds": []}"#,
        ),
        "reviewer chief director deputy",
        "",
        403,
    ),
    row(
        "getNextDecisionNumber",
        "/v1/decisions/next-number?organization_id=01990000-0000-7000-8000-00010000000f",
        Body::None,
        "reviewer chief director deputy clerk auditor",
        "",
        403,
    ),
    row(
        "cancelCampaign",
        "/v1/campaigns/<campaign>/cancel",
        Body::Json(r#"{"reason": "Thay đổi chủ trương"}"#),
        "director deputy",
        "",
        403,
    ),
    row(
        "addBaseSalary",
        "/v1/reference/base-salaries",
        Body::Json(r#"{"amount_dong": 2700000, "valid_from": "2027-07-01", "source": "Nghị định mẫu"}"#),
        "administrator bootstrap",
        "",
        403,
    ),
    row(
        "listRecoveryTasks",
        "/v1/recovery-tasks",
        Body::None,
        EVERYONE,
        "",
        200,
    ),
    row(
        "getReviewSession",
        "/v1/review-sessions/<session>",
        Body::None,
        COUNCIL_READERS,
        "",
        404,
    ),
    row(
        "getAgenda",
        "/v1/review-sessions/<session>/agenda",
        Body::None,
        COUNCIL_READERS,
        "",
        404,
    ),
    row(
        "editReviewSession",
        "/v1/review-sessions/<session>",
        Body::Json(r#"{"title": "Họp lại"}"#),
        "chief reviewer",
        "director deputy head1 head2 head3 auditor",
        404,
    ),
    row(
        "cancelReviewSession",
        "/v1/review-sessions/<session>/cancel",
        Body::Json(r#"{"reason": "Hoãn"}"#),
        "chief reviewer",
        "director deputy head1 head2 head3 auditor",
        404,
    ),
    row(
        "getDecision",
        "/v1/decisions/<decision>",
        Body::None,
        "reviewer chief director deputy clerk auditor",
        "",
        404,
    ),
    row(
        "editDecision",
        "/v1/decisions/<decision>",
        Body::Json(r#"{"title": "Tặng Giấy khen đợt 2"}"#),
        "reviewer chief director deputy",
        "clerk auditor",
        404,
    ),
    row(
        "cancelDecision",
        "/v1/decisions/<decision>/cancel",
        Body::Json(r#"{"reason": "Không cần nữa"}"#),
        "director deputy",
        "reviewer chief clerk auditor",
        404,
    ),
    row(
        "editCampaign",
        "/v1/campaigns/<plan>",
        Body::Json(r#"{"name": "Phong trào khác"}"#),
        "reviewer chief director deputy",
        "clerk auditor",
        404,
    ),
    row(
        "deleteCampaign",
        "/v1/campaigns/<plan>",
        Body::None,
        "reviewer chief director deputy",
        "clerk auditor",
        404,
    ),
    row(
        "editSubmission",
        "/v1/submissions/<draft>",
        Body::Json(r#"{"note": "Ghi chú"}"#),
        "officer1 head1",
        "reviewer chief director deputy auditor",
        404,
    ),
    row(
        "deleteSubmission",
        "/v1/submissions/<draft>",
        Body::None,
        "officer1 head1",
        "reviewer chief director deputy auditor",
        404,
    ),
    row(
        "withdrawSubmission",
        "/v1/submissions/<draft>/withdraw",
        Body::Json(r#"{"reason": "Rút"}"#),
        "head1",
        "officer1 reviewer chief director deputy auditor",
        404,
    ),
    row(
        "addAttachment",
        "/v1/submissions/<draft>/attachments",
        Body::Json(
            r#"{"kind": "KHAC", "document": {"type": "KH", "number_raw": "1/KH-P", "issued_on": "2026-03-01"}}"#,
        ),
        "officer1 head1",
        "reviewer chief director deputy auditor",
        404,
    ),
];

fn listed(list: &str, subject: &str) -> bool {
    list == EVERYONE || list.split(' ').any(|one| one == subject)
}

/// Every subject of the world.
fn subjects() -> Vec<&'static str> {
    PERSONAS
        .iter()
        .map(|(subject, ..)| *subject)
        .chain(["bootstrap", "unheard-of"])
        .collect()
}

/// The method and the template of an operation.
fn of(operation: &str) -> (String, String) {
    Contract::get()
        .operations()
        .into_iter()
        .find(|(_, _, value)| value["operationId"] == operation)
        .map(|(method, path, _)| (method, path))
        .unwrap_or_else(|| panic!("{operation} is no operation"))
}

/// Asks, and answers what is not as the table says.
async fn check(world: &World, fixture: &Fixture, row: &Row, subject: &str) -> Option<String> {
    let (method, _) = of(row.operation);
    let mut path = fixture.path(row.path);
    // Bytes cannot be tried; their upload is repeatable.
    let bytes = matches!(row.body, Body::Bytes);
    let write = method != "GET";
    if write && !bytes {
        path.push_str("?dry_run=true");
    }
    let mut ask = world.persona(subject).ask(&method, &path);
    if write {
        ask = ask.if_match("*");
    }
    ask = match fixture.body(row.body) {
        Some(body) => ask.json(&body),
        None if bytes => ask.body(pdf("b")),
        None => ask,
    };
    let reply = ask.send().await;
    let good = (200..300).contains(&reply.status);
    let expected = if listed(row.allowed, subject) {
        good
    } else if listed(row.forbidden, subject) {
        reply.status == 403
    } else {
        reply.status == row.others
    };
    (!expected).then(|| format!("{} as {subject}: {} {}", row.operation, reply.status, reply.json))
}

#[test]
fn every_persona_gets_what_the_table_says() {
    run(Database::Sqlite, |world: World| async move {
        let fixture = Fixture::build(&world).await;
        let mut wrong = Vec::new();
        for row in ROWS {
            for subject in subjects() {
                wrong.extend(check(&world, &fixture, row, subject).await);
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

#[test]
fn one_of_each_kind_gets_the_same_from_postgres() {
    run(Database::Postgres, |world: World| async move {
        let fixture = Fixture::build(&world).await;
        for row in ROWS {
            let allowed = row.allowed.split(' ').next().filter(|one| *one != EVERYONE);
            let forbidden = row.forbidden.split(' ').next().filter(|one| !one.is_empty());
            for subject in allowed.into_iter().chain(forbidden).chain(["other-head"]) {
                let wrong = check(&world, &fixture, row, subject).await;
                assert_eq!(wrong, None);
            }
        }
    });
}

/// A new operation without a row fails here; what has none yet stands in a list that may only shrink.
#[test]
fn every_operation_has_a_row() {
    let rows: BTreeSet<&str> = ROWS.iter().map(|row| row.operation).collect();
    let kept = std::fs::read_to_string(snapshot::folder().join("missing-authorization-rows.txt")).unwrap();
    let excused: BTreeSet<&str> = kept.lines().filter(|line| !line.starts_with('#')).collect();
    for operation in &rows {
        assert!(
            !excused.contains(operation),
            "{operation} has a row now: take it off the list"
        );
    }
    for (_, path, value) in Contract::get().operations() {
        let id = value["operationId"].as_str().unwrap();
        let public = value["security"] == json!([]);
        assert!(
            public || rows.contains(id) || excused.contains(id),
            "{id} ({path}) has no row in tests/it/authorization.rs"
        );
    }
}
