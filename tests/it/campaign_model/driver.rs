//! The model's acts as requests of those who may do them, and the service's state as the model sees it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::model::{Act, Conclusion, DOSSIERS, EACH, Model};
use crate::support::campaigns::{Published, frozen_with};
use crate::support::councils::{attend, council_with};
use crate::support::decisions::{GIAY_KHEN, items, signature};
use crate::support::submissions::{OWN_FORM, Who};
use crate::support::world::{PERSONS, Reply, World, WorldSettings, org};
use crate::support::{Database, postgres};

/// Chair, secretary and member, none of whom is proposed.
const COUNCIL: [(u128, &str); 3] = [(1, "CHAIR"), (4, "SECRETARY"), (6, "MEMBER")];
const VOTERS: [&str; 3] = ["director", "reviewer", "head1"];
/// Who drafts and hands in each dossier, of which unit, with whom.
const UNITS: [(&str, usize, [u128; EACH]); DOSSIERS] = [
    ("head1", 0, [11, 16]),
    ("head2", 1, [12, 17]),
    ("chief", 2, [13, 18]),
];

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().unwrap())
}

/// The items of a list by their identifiers.
fn listed(reply: Reply) -> BTreeMap<String, Value> {
    let items = reply.expect(200).json["items"].as_array().unwrap().clone();
    let by_id = items
        .into_iter()
        .map(|item| (item["id"].as_str().unwrap().to_owned(), item));
    by_id.collect()
}

/// The last segment of a path.
fn id(path: &str) -> String {
    path.rsplit('/').next().unwrap().to_owned()
}

/// A campaign at its beginning: dossiers drafted with all papers, the roll frozen, a council.
pub struct Service {
    world: World,
    campaign: Published,
    council: String,
    dossiers: Vec<String>,
    nominations: Vec<String>,
    sessions: Vec<String>,
    decisions: Vec<String>,
}

impl Service {
    pub fn start(database: Database, model: &Model) -> Self {
        let mut service = runtime().block_on(async {
            let world = World::start(database, WorldSettings::default()).await;
            // The smallest share of the roll that is `limit` individuals.
            let share = (model.limit * 10_000).div_ceil(usize::try_from(PERSONS).unwrap());
            let criterion = |code: &str, subject: &str| {
                json!({"code": code, "subject": subject, "text": "Hoàn thành nhiệm vụ",
                    "mandatory": true, "evidence_required": false})
            };
            let criteria = [criterion("TT1", "COLLECTIVE"), criterion("CN1", "INDIVIDUAL")];
            let terms = json!({"criteria": criteria, "quota": {"basis_points": share}});
            let campaign = frozen_with(&world, &terms).await;
            let council = council_with(&world, json!({}), &COUNCIL).await;
            let mut service = Self {
                world,
                campaign,
                council,
                dossiers: Vec::new(),
                nominations: Vec::new(),
                sessions: Vec::new(),
                decisions: Vec::new(),
            };
            for (dossier, unit) in UNITS.iter().enumerate() {
                service.draft(dossier, *unit).await;
            }
            service
        });
        for dossier in (0..DOSSIERS).filter(|one| model.dossiers[*one] == "CONSOLIDATED") {
            let reviews = Model::lines(dossier).map(|line| Act::Appraise(line, Conclusion::Eligible));
            let way = [Act::Submit(dossier), Act::Receive(dossier)]
                .into_iter()
                .chain(reviews);
            for act in way.chain([Act::Consolidate(dossier)]) {
                let reply = service.ask(act);
                assert!(reply.status < 300, "{act:?}: {}", reply.json);
            }
        }
        service
    }

    async fn draft(&mut self, dossier: usize, (who, division, subjects): (&str, usize, [u128; EACH])) {
        let who = self.world.persona(who);
        let discovered = Model::is_discovered(dossier);
        let procedure = if discovered { "HEAD_DISCOVERED" } else { "STANDARD" };
        let body = json!({"campaign_id": self.campaign.id, "division_id": org::DIVISIONS[division], "procedure": procedure});
        let made = who.post("/v1/submissions", &body).await.expect(201);
        let path = made.header("location").unwrap().to_owned();
        let mut papers = vec![json!({"kind": "TO_TRINH"}), json!({"kind": "BAO_CAO"})];
        for subject in subjects {
            let body = Who::Person(subject).nomination(&made.id(), OWN_FORM);
            let nomination = who.post("/v1/nominations", &body).await.expect(201).id();
            papers.push(json!({"kind": "BAO_CAO", "nomination_id": nomination}));
            self.nominations.push(nomination);
        }
        for mut paper in papers {
            paper["document"] = json!({"type": "BC", "number_raw": "01/BC", "issued_on": "2026-03-20"});
            who.post(&format!("{path}/attachments"), &paper).await.expect(201);
        }
        self.dossiers.push(path);
    }

    /// Does what the model's act says; remembers what was made.
    pub fn ask(&mut self, act: Act) -> Reply {
        let reply = runtime().block_on(self.request(act));
        if reply.status == 201 {
            let path = reply.header("location").map(str::to_owned);
            match act {
                Act::PlanSession { .. } => {
                    let path = path.unwrap();
                    let present: Vec<u128> = COUNCIL.iter().map(|(number, _)| *number).collect();
                    runtime().block_on(attend(&self.world, &path, &present));
                    self.sessions.push(path);
                }
                Act::PrepareAward | Act::PrepareRevocation(_) => self.decisions.push(path.unwrap()),
                _ => {}
            }
        }
        reply
    }

    async fn request(&self, act: Act) -> Reply {
        let nothing = json!({});
        let reason = json!({"reason": "Theo yêu cầu"});
        match act {
            Act::Submit(d) => self.act(UNITS[d].0, &self.dossiers[d], "submit", &nothing).await,
            Act::Recall(d) => self.act(UNITS[d].0, &self.dossiers[d], "recall", &nothing).await,
            Act::Receive(d) => self.act("reviewer", &self.dossiers[d], "receive", &nothing).await,
            Act::Return(d) => self.act("reviewer", &self.dossiers[d], "return", &reason).await,
            Act::Withdraw(d) => self.act(UNITS[d].0, &self.dossiers[d], "withdraw", &reason).await,
            Act::Consolidate(d) => {
                self.act("reviewer", &self.dossiers[d], "consolidate", &nothing)
                    .await
            }
            Act::Appraise(n, conclusion) => self.appraise(n, conclusion).await,
            Act::Hold(n) => {
                let body = json!({"reason": "COMPLAINT", "note": "Đơn khiếu nại"});
                self.act("chief", &self.nomination(n), "hold", &body).await
            }
            Act::Release(n) => {
                let body = json!({"conclusion": "Không có vi phạm"});
                self.act("chief", &self.nomination(n), "release", &body).await
            }
            Act::PlanSession { consensus } => {
                let body = json!({
                    "council_id": self.council, "campaign_id": self.campaign.id, "title": "Họp xét khen thưởng",
                    "mode": "MEETING", "method": if consensus { "CONSENSUS" } else { "OPEN_VOTE" },
                    "held_at": "2026-06-05T01:00:00Z"
                });
                self.world
                    .persona("chief")
                    .post("/v1/review-sessions", &body)
                    .await
            }
            Act::PutOnAgenda(s, n) => {
                let body = json!({"nomination_ids": [self.nominations[n]]});
                self.world
                    .persona("chief")
                    .post(&format!("{}/agenda", self.sessions[s]), &body)
                    .await
            }
            Act::TakeOffAgenda(s, n) => {
                let path = format!("{}/agenda/{}", self.sessions[s], self.nominations[n]);
                self.world.persona("chief").delete(&path, "*").await
            }
            Act::OpenSession(s) => self.act("reviewer", &self.sessions[s], "open", &nothing).await,
            Act::Vote {
                session,
                nomination,
                member,
                agree,
            } => {
                let path = format!(
                    "{}/votes/{}",
                    self.sessions[session], self.nominations[nomination]
                );
                let body = json!({"choice": if agree { "AGREE" } else { "DISAGREE" }});
                self.world
                    .persona(VOTERS[member])
                    .ask("PUT", &path)
                    .json(&body)
                    .send()
                    .await
            }
            Act::Consent {
                session,
                nomination,
                agree,
            } => {
                let outcome = if agree { "RECOMMENDED" } else { "NOT_RECOMMENDED" };
                let body = json!({"nomination_ids": [self.nominations[nomination]], "outcome": outcome, "note": "Thống nhất"});
                self.world
                    .persona("reviewer")
                    .post(&format!("{}/consensus", self.sessions[session]), &body)
                    .await
            }
            Act::CloseSession(s) => self.act("reviewer", &self.sessions[s], "close", &nothing).await,
            Act::WriteMinutes(s) => {
                let body = json!({"course": "Thảo luận.", "conclusion": "Thống nhất đề nghị."});
                let path = format!("{}/minutes", self.sessions[s]);
                self.world
                    .persona("reviewer")
                    .ask("PUT", &path)
                    .if_match("*")
                    .json(&body)
                    .send()
                    .await
            }
            Act::SignMinutes(s) => self.act("reviewer", &self.sessions[s], "sign", &nothing).await,
            Act::Confirm(s) => self.act("director", &self.sessions[s], "confirm", &nothing).await,
            Act::Reopen(s) => self.act("director", &self.sessions[s], "reopen", &reason).await,
            Act::CancelSession(s) => self.act("chief", &self.sessions[s], "cancel", &reason).await,
            _ => self.decide(act).await,
        }
    }

    async fn decide(&self, act: Act) -> Reply {
        let nothing = json!({});
        let reason = json!({"reason": "Theo yêu cầu"});
        match act {
            Act::PrepareAward => {
                let body = json!({"type": "AWARD", "campaign_id": self.campaign.id, "form": GIAY_KHEN,
                    "title": "Về việc tặng Giấy khen", "grounds": ["Căn cứ Luật Thi đua, khen thưởng"]});
                self.world.persona("reviewer").post("/v1/decisions", &body).await
            }
            Act::PrepareRevocation(k) => {
                let original = self.decisions[k].rsplit('/').next().unwrap();
                let body = json!({"type": "REVOCATION", "campaign_id": self.campaign.id, "original_id": original,
                    "title": "Về việc hủy bỏ", "ground": "FALSE_INFORMATION",
                    "conclusion_reference": "Kết luận 12/KL-TTr", "reason": "Giấy tờ giả"});
                self.world.persona("reviewer").post("/v1/decisions", &body).await
            }
            Act::AddItem(k, n) => {
                let path = format!("{}/items", self.decisions[k]);
                let shown = self
                    .world
                    .persona("reviewer")
                    .get(&self.decisions[k])
                    .await
                    .expect(200);
                let body = match shown.json["original_id"].as_str() {
                    Some(original) => {
                        let item = self.item(&format!("/v1/decisions/{original}"), n).await;
                        json!({"original_item_ids": [item]})
                    }
                    None => json!({"nomination_ids": [self.nominations[n]]}),
                };
                self.world.persona("reviewer").post(&path, &body).await
            }
            Act::RemoveItem(k, n) => {
                let path = format!(
                    "{}/items/{}",
                    self.decisions[k],
                    self.item(&self.decisions[k], n).await
                );
                self.world.persona("reviewer").delete(&path, "*").await
            }
            Act::DropItem(k, n) => {
                let path = format!(
                    "{}/items/{}",
                    self.decisions[k],
                    self.item(&self.decisions[k], n).await
                );
                self.act("deputy", &path, "drop", &reason).await
            }
            Act::Check(k) => self.act("chief", &self.decisions[k], "check", &nothing).await,
            Act::ReturnDecision(k) => self.act("chief", &self.decisions[k], "return", &reason).await,
            Act::SignDecision(k) => self.act("deputy", &self.decisions[k], "sign", &signature()).await,
            Act::Number(k) => {
                let body = json!({"number": k + 1, "issued_on": "2026-06-30"});
                self.act("clerk", &self.decisions[k], "number", &body).await
            }
            Act::Issue(k) => self.act("deputy", &self.decisions[k], "issue", &nothing).await,
            Act::Publish(k) => self.act("clerk", &self.decisions[k], "publish", &nothing).await,
            Act::CancelDecision(k) => self.act("deputy", &self.decisions[k], "cancel", &reason).await,
            other => unreachable!("{other:?} is no act on a decision"),
        }
    }

    async fn act(&self, who: &str, of: &str, verb: &str, body: &Value) -> Reply {
        let ask = self.world.persona(who).ask("POST", &format!("{of}/{verb}"));
        ask.if_match("*").json(body).send().await
    }

    fn nomination(&self, n: usize) -> String {
        format!("/v1/nominations/{}", self.nominations[n])
    }

    async fn appraise(&self, n: usize, conclusion: Conclusion) -> Reply {
        let (conclusion, legal_reason) = match conclusion {
            Conclusion::Eligible => ("ELIGIBLE", None),
            Conclusion::Ineligible => ("INELIGIBLE", Some("Đang bị xử lý kỷ luật")),
            Conclusion::NeedsSupplement => ("NEEDS_SUPPLEMENT", None),
        };
        let mut body = json!({
            "nomination_id": self.nominations[n], "kind": "APPRAISAL", "conclusion": conclusion,
            "checklist": [{"item": "CN1", "ok": true}], "note": "Đã kiểm tra"
        });
        if let Some(reason) = legal_reason {
            body["legal_reason"] = json!(reason);
        }
        self.world.persona("reviewer").post("/v1/reviews", &body).await
    }

    /// The item of a decision that names a nomination, itself or by the item that it revokes.
    async fn item(&self, decision: &str, n: usize) -> String {
        let mut rows = items(&self.world, decision).await;
        let original = self.world.persona("reviewer").get(decision).await.expect(200);
        if let Some(original) = original.json["original_id"].as_str() {
            let named = items(&self.world, &format!("/v1/decisions/{original}")).await;
            let named: BTreeMap<_, _> = named
                .iter()
                .map(|row| (row["id"].to_string(), row["nomination_id"].clone()))
                .collect();
            for row in &mut rows {
                row["nomination_id"] = named[&row["original_item_id"].to_string()].clone();
            }
        }
        let found = rows
            .iter()
            .find(|row| row["nomination_id"] == json!(self.nominations[n]));
        let nowhere = uuid::Uuid::now_v7().to_string();
        found.map_or(nowhere, |row| row["id"].as_str().unwrap().to_owned())
    }

    /// Holds the service's states, holds and quota against the model's.
    pub fn compare(&self, model: &Model) {
        runtime().block_on(async {
            let chief = self.world.persona("chief");
            let of = format!("campaign_id={}&limit=200", self.campaign.id);
            let dossiers = listed(chief.get(&format!("/v1/submissions?{of}")).await);
            for (path, state) in self.dossiers.iter().zip(&model.dossiers) {
                assert_eq!(dossiers[&id(path)]["state"], *state, "{model:?}");
            }
            let nominations = listed(chief.get(&format!("/v1/nominations?{of}")).await);
            for (nomination, one) in self.nominations.iter().zip(&model.nominations) {
                let shown = &nominations[nomination];
                let shown = (&shown["state"], &shown["on_hold"], &shown["live"]);
                assert_eq!(
                    shown,
                    (&json!(one.state), &json!(one.held), &json!(one.live)),
                    "{model:?}"
                );
            }
            let quota = chief
                .get(&format!("{}/quota", self.campaign.path))
                .await
                .expect(200)
                .json;
            let enforced = quota["readings"]
                .as_array()
                .unwrap()
                .iter()
                .find(|one| one["enforced"] == true);
            let lines = enforced.unwrap()["lines"].as_array().unwrap();
            let line = lines
                .iter()
                .find(|line| line["subject_kind"] == "INDIVIDUAL")
                .unwrap();
            let (used, reserved) = model.places();
            let left = model.limit - used - reserved;
            let shown = [
                &line["limit"],
                &line["used"],
                &line["reserved"],
                &line["remaining"],
            ];
            assert_eq!(
                shown,
                [&json!(model.limit), &json!(used), &json!(reserved), &json!(left)],
                "{model:?}"
            );
        });
    }

    /// The same of sessions and decisions, whose states every act on them depends on anyway.
    pub fn compare_acts(&self, model: &Model) {
        runtime().block_on(async {
            let chief = self.world.persona("chief");
            let of = format!("campaign_id={}&limit=200", self.campaign.id);
            let sessions = listed(chief.get(&format!("/v1/review-sessions?{of}")).await);
            for (path, session) in self.sessions.iter().zip(&model.sessions) {
                assert_eq!(sessions[&id(path)]["state"], session.state, "{model:?}");
            }
            let decisions = listed(chief.get(&format!("/v1/decisions?{of}")).await);
            for (path, decision) in self.decisions.iter().zip(&model.decisions) {
                assert_eq!(decisions[&id(path)]["state"], decision.state, "{model:?}");
            }
        });
    }

    /// At the end the invariant checker finds nothing: histories, quota, votes, numbers, counts, the journal's chain.
    pub fn finish(self) {
        let (faults, name) = runtime().block_on(async {
            self.world.seal().await;
            let faults = self.world.parts.app.check().await.unwrap();
            let name = self.world.database_name();
            let mut world = self.world;
            world.stop().await;
            (faults, name)
        });
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        if let Some(name) = name {
            postgres::drop_database(&name);
        }
    }
}
