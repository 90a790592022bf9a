//! A campaign in the service, and its state as the model sees it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Instant;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::histories::Answered;
use super::model::{Act, DOSSIERS, EACH, Model, UPSTREAM};
use crate::support::campaigns::{Published, frozen_with};
use crate::support::councils::{attend, council_with};
use crate::support::postgres::deadlocks;
use crate::support::submissions::{OWN_FORM, UPPER_FORM, Who};
use crate::support::when;
use crate::support::world::{PERSONS, Reply, World, WorldSettings, name_of, org};
use crate::support::{Database, postgres};

/// Chair, secretary and member; the last one is proposed himself.
const COUNCIL: [(u128, &str); 3] = [(1, "CHAIR"), (4, "SECRETARY"), (6, "MEMBER")];
pub const VOTERS: [&str; 3] = ["director", "reviewer", "head1"];
/// Who hands in each dossier, of which unit, with whom.
pub const UNITS: [(&str, usize, [u128; EACH]); DOSSIERS] = [
    ("head1", 0, [6, 16]),
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

/// Under which name a decision corrects what was printed.
pub fn corrected_name(decision: usize, nomination: usize) -> String {
    format!("Tên Đính Chính {decision} {nomination}")
}

/// The last segment of a path.
pub fn id(path: &str) -> String {
    path.rsplit('/').next().unwrap().to_owned()
}

/// A campaign at its beginning: dossiers drafted with all papers, the roll frozen, a council.
pub struct Service {
    pub world: World,
    pub campaign: Published,
    pub council: String,
    pub dossiers: Vec<String>,
    pub nominations: Vec<String>,
    pub sessions: Vec<String>,
    /// Each with whether it is the province's.
    pub decisions: Vec<(String, bool)>,
    pub forwardings: Vec<String>,
    /// The last two tags that were seen of each object.
    pub tags: RefCell<BTreeMap<String, Vec<String>>>,
    /// Makes each text that is sent another one.
    pub asked: usize,
}

impl Service {
    pub fn start(database: Database, model: &Model, prelude: &[Act]) -> Self {
        let mut service = runtime().block_on(async {
            let world = World::start(database, WorldSettings::default()).await;
            // The smallest share of the roll that is `limit` individuals.
            let share = (model.limit * 10_000).div_ceil(usize::try_from(PERSONS).unwrap());
            let criterion = |code: &str, subject: &str| {
                json!({"code": code, "subject": subject, "text": "Hoàn thành nhiệm vụ",
                    "mandatory": true, "evidence_required": false})
            };
            let criteria = [criterion("TT1", "COLLECTIVE"), criterion("CN1", "INDIVIDUAL")];
            let upstream = [json!({"form": UPPER_FORM, "collectives": 0, "individuals": UPSTREAM})];
            let terms = json!({"criteria": criteria, "quota": {"basis_points": share},
                "upstream_quotas": upstream, "fallback_on_decline": model.fallback});
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
                forwardings: Vec::new(),
                tags: RefCell::default(),
                asked: 0,
            };
            for (dossier, unit) in UNITS.iter().enumerate() {
                service.draft(dossier, *unit).await;
            }
            service
        });
        for act in prelude {
            let reply = service.ask(*act);
            assert!(reply.status < 300, "{act:?}: {}", reply.json);
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
        for (place, subject) in subjects.into_iter().enumerate() {
            let up = !discovered && place == 1;
            let body = Who::Person(subject).nomination(&made.id(), if up { UPPER_FORM } else { OWN_FORM });
            // Nobody proposes himself.
            let drafter = if subject == 6 {
                self.world.persona("officer1")
            } else {
                who.clone()
            };
            let nomination = drafter.post("/v1/nominations", &body).await.expect(201).id();
            papers.push(json!({"kind": "BAO_CAO", "nomination_id": nomination}));
            self.nominations.push(nomination);
        }
        for mut paper in papers {
            paper["document"] = json!({"type": "BC", "number_raw": "01/BC", "issued_on": when("2026-03-20")});
            who.post(&format!("{path}/attachments"), &paper).await.expect(201);
        }
        self.dossiers.push(path);
    }

    /// Does what the model's act says; remembers what was made.
    pub fn ask(&mut self, act: Act) -> Reply {
        self.asked += 1;
        let reply = runtime().block_on(self.request(act));
        self.remember(act, &reply);
        reply
    }

    /// Does all of them at the same time. Whose tag is the older one is not known afterwards.
    pub fn ask_at_once(&mut self, acts: &[Act]) -> Vec<Answered> {
        self.asked += 1;
        self.tags.borrow_mut().clear();
        let all = acts.iter().map(async |act| {
            let began = Instant::now();
            let reply = self.request(*act).await;
            (*act, began, Instant::now(), reply)
        });
        let all = runtime().block_on(join_all(all));
        self.tags.borrow_mut().clear();
        let mut history = Vec::new();
        for (act, began, ended, reply) in all {
            self.remember(act, &reply);
            history.push(Answered {
                act,
                began,
                ended,
                status: reply.status,
                code: reply.json["code"].as_str().unwrap_or_default().to_owned(),
            });
        }
        history
    }

    fn remember(&mut self, act: Act, reply: &Reply) {
        if reply.status >= 300 {
            return;
        }
        let path = reply.header("location").map(str::to_owned);
        match act {
            Act::PlanSession { .. } => {
                let path = path.unwrap();
                let present: Vec<u128> = COUNCIL.iter().map(|(number, _)| *number).collect();
                runtime().block_on(attend(&self.world, &path, &present));
                self.sessions.push(path);
            }
            Act::PrepareAward => self.decisions.push((path.unwrap(), false)),
            Act::PrepareRevocation(k) | Act::PrepareCorrection(k) => {
                let province = self.decisions[k].1;
                self.decisions.push((path.unwrap(), province));
            }
            Act::RecordDecision { .. } => {
                let id = reply.json["decision_id"].as_str().unwrap();
                self.decisions.push((format!("/v1/decisions/{id}"), true));
            }
            Act::PrepareForwarding { .. } => self.forwardings.push(path.unwrap()),
            _ => {}
        }
    }

    /// Holds the service's states, holds and quota against the model's.
    pub fn compare(&self, model: &Model) {
        runtime().block_on(async {
            let chief = self.world.persona("chief");
            let of = format!("campaign_id={}&limit=200", self.campaign.id);
            let dossiers = listed(chief.get(&format!("/v1/submissions?{of}")).await);
            for (path, state) in self.dossiers.iter().zip(&model.dossiers) {
                assert_eq!(
                    dossiers[&id(path)]["state"],
                    *state,
                    "promised: the states of dossiers of {model:?}"
                );
            }
            let nominations = listed(chief.get(&format!("/v1/nominations?{of}")).await);
            for (nomination, one) in self.nominations.iter().zip(&model.nominations) {
                let shown = &nominations[nomination];
                let shown = (&shown["state"], &shown["on_hold"], &shown["live"]);
                assert_eq!(
                    shown,
                    (&json!(one.state), &json!(one.held), &json!(one.live)),
                    "promised: the states, holds and life of nominations of {model:?}"
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
            let left = model.limit.saturating_sub(used + reserved);
            let shown = [
                &line["limit"],
                &line["used"],
                &line["reserved"],
                &line["remaining"],
            ];
            assert_eq!(
                shown,
                [&json!(model.limit), &json!(used), &json!(reserved), &json!(left)],
                "promised: the places of the quota of {model:?}"
            );
            self.compare_honors(model).await;
        });
    }

    /// Everybody sees who was awarded, under the name that was corrected, and that it was revoked.
    async fn compare_honors(&self, model: &Model) {
        let path = format!("/v1/honors?campaign_id={}&limit=200", self.campaign.id);
        let page = self.world.anonymous("GET", &path).send().await.expect(200).json;
        let mut shown: Vec<_> = page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (one["name"].clone(), one["state"].clone()))
            .collect();
        let subjects: Vec<u128> = UNITS.iter().flat_map(|(.., subjects)| *subjects).collect();
        let expected = model.honors().into_iter().map(|(n, corrected_by, state)| {
            let name = corrected_by.map_or_else(|| name_of(subjects[n]), |k| corrected_name(k, n));
            (json!(name), json!(state))
        });
        let mut expected: Vec<_> = expected.collect();
        let text = |one: &(Value, Value)| one.0.to_string();
        shown.sort_by_key(text);
        expected.sort_by_key(text);
        assert_eq!(
            shown, expected,
            "promised: the public list of honours of {model:?}"
        );
    }

    /// The same of sessions and decisions, whose states every act on them depends on anyway.
    pub fn compare_acts(&self, model: &Model) {
        runtime().block_on(async {
            let chief = self.world.persona("chief");
            let of = format!("campaign_id={}&limit=200", self.campaign.id);
            let sessions = listed(chief.get(&format!("/v1/review-sessions?{of}")).await);
            for (path, session) in self.sessions.iter().zip(&model.sessions) {
                assert_eq!(
                    sessions[&id(path)]["state"],
                    session.state,
                    "promised: the states of sessions of {model:?}"
                );
            }
            for ((path, province), decision) in self.decisions.iter().zip(&model.decisions) {
                let who = self.world.persona(if *province { "chairman" } else { "chief" });
                let shown = who.get(path).await.expect(200).json;
                assert_eq!(
                    shown["state"], decision.state,
                    "promised: the states of decisions of {model:?}"
                );
            }
            let forwardings = listed(chief.get(&format!("/v1/forwardings?{of}")).await);
            for (path, forwarding) in self.forwardings.iter().zip(&model.forwardings) {
                let shown = forwardings
                    .get(&id(path))
                    .map_or(&json!("REMOVED"), |one| &one["state"])
                    .clone();
                assert_eq!(
                    shown, forwarding.state,
                    "promised: the states of forwardings of {model:?}"
                );
            }
        });
    }

    /// At the end the invariant checker finds nothing: histories, quota, votes, numbers, counts, the journal's chain.
    pub fn finish(self) {
        let (faults, deadlocks, name) = runtime().block_on(async {
            self.world.seal().await;
            let faults = self.world.parts.app.check().await.unwrap();
            let name = self.world.database_name();
            let mut world = self.world;
            world.stop().await;
            (faults, world.database(deadlocks).await, name)
        });
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        assert_eq!(deadlocks, 0, "CON-06");
        if let Some(name) = name {
            postgres::drop_database(&name);
        }
    }
}
