//! The one world that all rows are asked in: every noun in every state that an operation needs. Changes are
//! tried as dry runs, so nothing here changes.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde_json::{Value, json};
use thidua::domain::ids::{CampaignId, DecisionId, NominationId};
use thidua::domain::states::{CampaignState, DecisionState, NominationState};
use thidua::store::connection::Conn;
use thidua::store::schema;

use super::places;
use crate::support::campaigns::{document, plan_579};
use crate::support::councils::{
    self, Dossier, MEMBERS, Subject, attend, confirmable, consolidate, consolidated_dossier, council,
    council_with, finish, planned, received_dossier,
};
use crate::support::decisions::{self, BANG_KHEN, Wanted, recovery_task, signature};
use crate::support::files::{complete_pdf, declaration, pdf};
use crate::support::forwardings::{acknowledged, addressed, papers, prepared, ready};
use crate::support::submissions::{self, Who};
use crate::support::world::{World, collective, issuer, org, person};

/// What stands in the world, by the names that the rows use.
pub struct Fixture {
    ids: BTreeMap<&'static str, String>,
}

impl Fixture {
    pub async fn build(world: &World) -> Self {
        places::seed(world).await;
        let mut fixture = Self { ids: BTreeMap::new() };
        fixture.organizations();
        fixture.persons(world).await;
        fixture.files(world).await;
        fixture.reference(world).await;
        fixture.appraised(world).await;
        fixture.councils(world).await;
        fixture.campaigns(world).await;
        fixture.submissions(world).await;
        fixture.planned_sessions(world).await;
        fixture.open_sessions(world).await;
        fixture.decisions(world).await;
        fixture.forwardings(world).await;
        fixture
    }

    /// The identifier behind a name.
    pub fn id(&self, name: &str) -> &str {
        match self.ids.get(name) {
            Some(id) => id,
            None => panic!("the fixture has no {name}"),
        }
    }

    /// Puts identifiers in place of `<name>`.
    pub fn filled(&self, text: &str) -> String {
        let mut pieces = text.split('<');
        let mut filled = pieces.next().unwrap().to_owned();
        for piece in pieces {
            let (name, rest) = piece.split_once('>').unwrap();
            filled.push_str(self.id(name));
            filled.push_str(rest);
        }
        filled
    }

    /// The same in every text of a body.
    pub fn filled_body(&self, body: &Value) -> Value {
        serde_json::from_str(&self.filled(&body.to_string())).unwrap()
    }

    /// Remembers an object by its identifier or its path, whose last segment that is.
    fn put(&mut self, name: &'static str, id: impl ToString) {
        let id = id.to_string();
        let id = id.rsplit('/').next().unwrap().to_owned();
        assert_eq!(self.ids.insert(name, id), None, "{name} stands twice");
    }

    fn organizations(&mut self) {
        self.put("province", org::PROVINCE);
        self.put("board", org::BOARD);
        self.put("department", org::DEPARTMENT);
        self.put("office", org::OFFICE);
        self.put("division", org::DIVISIONS[0]);
        // Addresses have slashes, too.
        self.ids.insert("issuer", issuer().url().to_owned());
        self.put("first", 1);
    }

    async fn persons(&mut self, world: &World) {
        self.put("person", person(11));
        self.put("colleague", person(12));
        self.put("head", person(9));
        self.put("group", collective(2));
        let unit = json!({"name": "Phòng trống", "kind": "DIVISION", "parent_id": org::DEPARTMENT});
        let administrator = world.persona("administrator");
        let unit = administrator.post("/v1/organizations", &unit).await.expect(201);
        self.put("unit", unit.id());
        let auditor = world.persona("auditor");
        let grants = auditor.get("/v1/role-grants?role=CLERK").await.expect(200);
        let clerk = grants.json["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|grant| grant["organization_id"] == json!(org::DEPARTMENT));
        self.put("grant", clerk.unwrap()["id"].as_str().unwrap());
    }

    async fn files(&mut self, world: &World) {
        let officer = world.persona("officer1");
        self.put(
            "complete",
            complete_pdf(&officer, "a.pdf", org::DIVISIONS[0]).await,
        );
        let declared = declaration("b.pdf", &pdf("b"), org::DIVISIONS[0]);
        let declared = officer.post("/v1/files", &declared).await.expect(201);
        let path = format!("/v1/files/{}/content", declared.id());
        let put = officer.ask("PUT", &path).if_match("*").body(pdf("b"));
        put.send().await.expect(200);
        self.put("declared", declared.id());
    }

    async fn reference(&mut self, world: &World) {
        let administrator = world.persona("administrator");
        let day = json!({"day": "2027-02-08", "working": false, "name_vi": "Nghỉ bù", "name_en": "In lieu"});
        let day = administrator
            .post("/v1/reference/holidays", &day)
            .await
            .expect(201);
        self.put("holiday", day.id());
        // The last one, by which nothing was priced.
        let salary = json!({"amount_dong": 3_000_000, "valid_from": "2040-01-01", "source": "Nghị định mẫu"});
        let salary = administrator
            .post("/v1/reference/base-salaries", &salary)
            .await
            .expect(201);
        self.put("base_salary", salary.id());
        for (name, noun) in [("award_form", "award-forms"), ("rule_set", "rule-sets")] {
            let page = administrator
                .get(&format!("/v1/reference/{noun}"))
                .await
                .expect(200);
            self.put(name, page.json["items"][0]["id"].as_str().unwrap());
        }
    }

    /// A dossier before the office with a nomination that is appraised and one on hold.
    async fn appraised(&mut self, world: &World) {
        let (subject, suspect) = (Subject::Individual(11), Subject::Individual(21));
        let doubtful = Subject::Individual(26);
        let dossier = received_dossier(world, &[subject, suspect, doubtful]).await;
        let nomination = dossier.nominations[&subject];
        let review = councils::eligible(subject, nomination);
        let reviewer = world.persona("reviewer");
        self.put(
            "review",
            reviewer.post("/v1/reviews", &review).await.expect(201).id(),
        );
        let held = format!("/v1/nominations/{}", dossier.nominations[&suspect]);
        let hold = json!({"reason": "COMPLAINT", "note": "Có đơn"});
        world.persona("chief").act(&held, "hold", &hold).await.expect(200);
        let doubted = format!("/v1/nominations/{}", dossier.nominations[&doubtful]);
        reviewer.act(&doubted, "propose-hold", &hold).await.expect(200);
        let newcomer = json!({
            "full_name": "Nguyễn Văn Mẫu", "unit_id": org::DIVISIONS[0], "staff_kind": "CONG_CHUC",
            "leadership_class": "DIRECT_WORKER"
        });
        let newcomer = reviewer.post("/v1/individuals", &newcomer).await.expect(201);
        self.put("newcomer", newcomer.id());
        self.put("nomination", nomination);
        self.put("doubted", doubted);
        self.put("held", held);
        self.put("submission", dossier.submission);
        self.put("campaign", dossier.campaign);
    }

    /// The council of the rows, and another one whose chair and secretary see nothing of it.
    async fn councils(&mut self, world: &World) {
        let council = council(world).await;
        let chief = world.persona("chief");
        let members = format!("/v1/councils/{council}/members");
        let members = chief.get(&members).await.expect(200);
        let last = members.json["items"].as_array().unwrap().last().unwrap();
        self.put("member", last["id"].as_str().unwrap());
        self.put("council", council);
        council_with(world, json!({}), &[(9, "CHAIR"), (10, "SECRETARY")]).await;
    }

    async fn campaigns(&mut self, world: &World) {
        let chief = world.persona("chief");
        let draft = |owner, plan: Value| {
            json!({
                "owner_organization_id": owner, "name": "Phong trào dự thảo", "kind": "THEMATIC",
                "scope": "AGENCY", "plan": plan
            })
        };
        let before_council = draft(org::DEPARTMENT, json!({"council_id": self.id("council")}));
        for (name, who, body) in [
            ("plan", "chief", draft(org::DEPARTMENT, json!({}))),
            ("before_council", "chief", before_council),
            ("province_plan", "at-province", draft(org::PROVINCE, json!({}))),
        ] {
            let made = world.persona(who).post("/v1/campaigns", &body).await.expect(201);
            self.put(name, made.id());
        }
        let launch = json!({"launch_document": plan_579()["launch_document"]});
        let report = json!({"final_report": document("901/BC-SNgV", "2026-07-15")});
        let acts = [
            ("chief", "request-approval", json!({})),
            ("director", "approve", json!({})),
            ("clerk", "publish", launch),
            ("chief", "conclude", report),
        ];
        let mut body = plan_579()["campaign"].clone();
        body.as_object_mut().unwrap().remove("code");
        for (done, name) in ["whole_plan", "in_approval", "approved", "launched", "concluded"]
            .into_iter()
            .enumerate()
        {
            let path = chief.post("/v1/campaigns", &body).await.expect(201);
            let path = path.header("location").unwrap().to_owned();
            for (who, verb, body) in &acts[..done] {
                let mut body = body.clone();
                if *verb == "publish" {
                    // Each plan has its own number.
                    body["launch_document"]["number_raw"] = json!(format!("{}/KH-SNgV", 570 + done));
                }
                world.persona(who).act(&path, verb, &body).await.expect(200);
            }
            self.put(name, path);
        }
        for (name, state) in [
            ("province_in_approval", CampaignState::InApproval),
            ("province_approved", CampaignState::Approved),
        ] {
            let made = chief.post("/v1/campaigns", &body).await.expect(201);
            let id: CampaignId = made.id().parse().unwrap();
            world
                .database(move |conn| to_province_campaign(conn, id, state))
                .await;
            self.put(name, id);
        }
        let line = json!({"subject_kind": "INDIVIDUAL", "subject_id": person(16)});
        let roll = format!("/v1/campaigns/{}/participants", self.id("launched"));
        self.put("participant", chief.post(&roll, &line).await.expect(201).id());
    }

    /// Dossiers of the first division.
    async fn submissions(&mut self, world: &World) {
        let campaign = submissions::campaign(world).await;
        let head = world.persona("head1");
        let mut draft = submissions::draft(&head, campaign, org::DIVISIONS[0]).await;
        submissions::propose(&head, &mut draft, &[Who::Person(16)]).await;
        let paper = json!({
            "kind": "KHAC", "document": {"type": "KH", "number_raw": "1/KH-P", "issued_on": "2026-03-01"}
        });
        let papers = format!("{}/attachments", draft.path);
        self.put("paper", head.post(&papers, &paper).await.expect(201).id());
        let submitted = submissions::submitted(world, campaign, 1, &[Who::Person(21)]).await;
        let appraised = submissions::eligible(world, campaign, 1, &[Who::Person(26)]).await;
        self.put("intake", campaign);
        self.put("proposed", &draft.nominations[0]);
        self.put("draft", draft.path);
        self.put("submitted", submitted.path);
        self.put("appraised", appraised.path);
    }

    /// Sessions that are planned: an empty one, and one with an agenda and everyone present.
    async fn planned_sessions(&mut self, world: &World) {
        let empty = json!({
            "council_id": self.id("council"), "campaign_id": self.id("campaign"), "title": "Họp xét",
            "mode": "MEETING", "method": "OPEN_VOTE", "held_at": "2026-06-05T01:00:00Z"
        });
        let chief = world.persona("chief");
        let empty = chief.post("/v1/review-sessions", &empty).await.expect(201);
        self.put("session", empty.id());
        let (listed, waiting) = (Subject::Individual(16), Subject::Individual(21));
        let mut dossier = consolidated_dossier(world, &[listed, waiting]).await;
        self.put("waiting", dossier.nominations.remove(&waiting).unwrap());
        self.put("listed", dossier.nominations[&listed]);
        let gathered = planned(world, self.id("council"), &dossier, "OPEN_VOTE").await;
        attend(world, &gathered, &everyone()).await;
        self.put("gathered", gathered);
    }

    /// Sessions from their opening to the secretary's signature.
    async fn open_sessions(&mut self, world: &World) {
        let voting = received_dossier(world, &[Subject::Individual(22)]).await;
        consolidate(world, &voting).await;
        let session = planned(world, self.id("council"), &voting, "OPEN_VOTE").await;
        attend(world, &session, &everyone()).await;
        let secretary = world.persona("reviewer");
        secretary.act(&session, "open", &json!({})).await.expect(200);
        self.put("voted", only(&voting));
        self.put("voting", session);

        let consenting = received_dossier(world, &[Subject::Individual(16)]).await;
        self.put("consenting", confirmable(world, &consenting).await);
        self.put("consented", only(&consenting));

        let minuted = received_dossier(world, &[Subject::Individual(16)]).await;
        let minuted = confirmable(world, &minuted).await;
        secretary.act(&minuted, "close", &json!({})).await.expect(200);
        let minutes = json!({"course": "Thảo luận.", "conclusion": "Thống nhất đề nghị."});
        let minutes = secretary
            .ask("PUT", &format!("{minuted}/minutes"))
            .if_match("*")
            .json(&minutes);
        minutes.send().await.expect(200);
        self.put("minuted", minuted);

        let signed = received_dossier(world, &[Subject::Individual(16)]).await;
        let signed = confirmable(world, &signed).await;
        finish(world, &signed).await;
        self.put("signed_session", signed);
    }

    /// Awards of one campaign in every state, and what follows a revocation.
    async fn decisions(&mut self, world: &World) {
        let campaign = decisions::campaign(world, 10, 100, decisions::plan()).await;
        let wanted = (11..=21).map(|number| Wanted::recommended(decisions::Subject::Person(number)));
        let ids = decisions::nominations(world, campaign, wanted.collect()).await;
        let bare = json!({
            "type": "AWARD", "campaign_id": campaign, "title": "Tặng Giấy khen", "form": "GIAY_KHEN_SO"
        });
        let chief = world.persona("chief");
        self.put(
            "decision",
            chief.post("/v1/decisions", &bare).await.expect(201).id(),
        );
        self.put("recommended", ids[0]);
        self.put("award_campaign", campaign);

        let acts = |number: usize| {
            [
                ("chief", "check", json!({})),
                ("deputy", "sign", signature()),
                (
                    "clerk",
                    "number",
                    json!({"number": number, "issued_on": "2026-03-20"}),
                ),
                ("deputy", "issue", json!({})),
            ]
        };
        let names = ["listing", "checked", "signed", "numbered", "issued"];
        for (done, (name, id)) in names.into_iter().zip(&ids[1..]).enumerate() {
            let path = decisions::drafted(world, campaign, &[*id]).await;
            for (who, verb, body) in acts(600 + done).into_iter().take(done) {
                world.persona(who).act(&path, verb, &body).await.expect(200);
            }
            self.put(name, path);
        }
        let listing = format!("/v1/decisions/{}", self.id("listing"));
        let item = decisions::items(world, &listing).await[0]["id"].clone();
        self.put("item", item.as_str().unwrap());
        let revoked = decisions::issued(world, campaign, &ids[6..7], 610, "2026-03-20").await;
        self.put(
            "task",
            recovery_task(world, campaign, &revoked, 611, "2026-03-20").await,
        );
        for ((name, state), (number, id)) in [
            ("province_draft", DecisionState::Draft),
            ("province_checked", DecisionState::Checked),
            ("province_signed", DecisionState::Signed),
            ("province_numbered", DecisionState::Numbered),
        ]
        .into_iter()
        .zip((701..).zip(ids[7..].iter().copied()))
        {
            let id = world
                .database(move |conn| {
                    let id = decisions::insert_numbered(conn, campaign, id, number);
                    to_province_decision(conn, id, state);
                    id
                })
                .await;
            self.put(name, id);
        }
    }

    /// Batches for the Board in every state, and one for the Chairman's office.
    async fn forwardings(&mut self, world: &World) {
        let campaign = decisions::campaign(world, 10, 100, decisions::plan()).await;
        let wanted = [11, 12, 13, 21, 26, 15, 16, 22].map(|number| {
            Wanted::recommended(decisions::Subject::Person(number))
                .with_form(BANG_KHEN)
                .in_state(NominationState::Recommended)
        });
        let ids = decisions::nominations(world, campaign, wanted.to_vec()).await;
        let clerk = world.persona("clerk");
        self.put("free", ids[0]);
        self.put("forwarding_campaign", campaign);
        self.put("preparing", prepared(world, campaign, &ids[1..2]).await);
        self.put("ready", ready(world, campaign, &ids[2..3]).await);

        let sent = ready(world, campaign, &ids[3..4]).await;
        clerk.act(&sent, "send", &json!({})).await.expect(200);
        let forwarded = world
            .persona("board")
            .get(&format!("/v1/nominations/{}", ids[3]))
            .await
            .expect(200);
        self.put("sent", sent);
        self.put("forwarded", ids[3]);
        let forwarded = forwarded.json["submission_id"].as_str().unwrap();
        self.put("forwarded_submission", forwarded);

        let received = ready(world, campaign, &ids[4..5]).await;
        acknowledged(world, &received).await;
        self.put("received", received);
        self.put("received_nomination", ids[4]);

        papers(world, campaign, &ids[5..6]).await;
        let above = addressed(world, campaign, &ids[5..6], org::PROVINCE).await;
        let deputy = world.persona("deputy");
        deputy.act(&above, "sign", &signature()).await.expect(200);
        clerk.act(&above, "send", &json!({})).await.expect(200);
        self.put("above", above);
        self.revocations_above(world, campaign, &ids[6..]).await;
    }
}

impl Fixture {
    /// Two Bằng khen of the Chairman, and revocations of them on their way.
    async fn revocations_above(&mut self, world: &World, campaign: CampaignId, ids: &[NominationId]) {
        let decided = ready(world, campaign, ids).await;
        acknowledged(world, &decided).await;
        let awarded: Vec<Value> = ids
            .iter()
            .map(|id| json!({"nomination_id": id, "outcome": "AWARDED"}))
            .collect();
        let decision = json!({
            "number_raw": "813/QĐ-UBND", "issued_on": "2026-03-20", "title": "Về việc tặng Bằng khen",
            "decider": {"title": "Chủ tịch UBND tỉnh", "name": "Nguyễn Văn Mẫu"}, "items": awarded
        });
        let board = world.board_system();
        let decided = board
            .act(&decided, "record-decision", &decision)
            .await
            .expect(200);
        let bang_khen = decided.json["decision_id"].as_str().unwrap().to_owned();
        let items = decisions::items(world, &format!("/v1/decisions/{bang_khen}")).await;
        let revocation = json!({
            "type": "REVOCATION", "campaign_id": campaign, "organization_id": org::PROVINCE,
            "original_id": bang_khen, "title": "Hủy bỏ Bằng khen", "ground": "FALSE_INFORMATION",
            "conclusion_reference": "Kết luận 12/KL-TTr", "reason": "Giấy tờ giả", "grounds": []
        });
        let board = world.persona("board");
        let empty = board.post("/v1/decisions", &revocation).await.expect(201);
        self.put("revocation_above", empty.id());
        let listed = board.post("/v1/decisions", &revocation).await.expect(201);
        let add = json!({"original_item_ids": [items[1]["id"]]});
        let path = format!("/v1/decisions/{}/items", listed.id());
        board.post(&path, &add).await.expect(201);
        self.put("revocation_listed", listed.id());
        self.put("bang_khen", bang_khen);
        self.put("bang_khen_item", items[0]["id"].as_str().unwrap());
    }
}

// The province's own objects are made from the department's: only whose they are matters to the rows.

fn to_province_campaign(conn: &mut Conn, id: CampaignId, to: CampaignState) {
    use schema::campaigns::dsl::{campaigns, owner_organization_id, state};
    let changes = (owner_organization_id.eq(org::PROVINCE), state.eq(to));
    diesel::update(campaigns.find(id))
        .set(changes)
        .execute(conn)
        .unwrap();
}

fn to_province_decision(conn: &mut Conn, id: DecisionId, to: DecisionState) {
    use schema::decisions::dsl::{decisions, owner_organization_id, state};
    let changes = (owner_organization_id.eq(org::PROVINCE), state.eq(to));
    diesel::update(decisions.find(id))
        .set(changes)
        .execute(conn)
        .unwrap();
}

/// The whole council.
fn everyone() -> Vec<u128> {
    MEMBERS.iter().map(|(number, _)| *number).collect()
}

/// The one nomination of a dossier.
fn only(dossier: &Dossier) -> NominationId {
    *dossier.nominations.values().next().unwrap()
}
