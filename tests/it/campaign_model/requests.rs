//! The model's acts as requests of those who may do them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::driver::{Service, UNITS, VOTERS, corrected_name, id};
use super::model::{Act, Conclusion, EACH};
use crate::support::decisions::signature;
use crate::support::submissions::{OWN_FORM, UPPER_FORM};
use crate::support::when;
use crate::support::world::{Persona, Reply, org};

/// After the deadline of the plan, and after the answers to what was given back before it were due.
const AFTER_THE_DEADLINE: &str = "2026-05-27T02:00:00Z";

impl Service {
    pub async fn request(&self, act: Act) -> Reply {
        let nothing = json!({});
        let over = json!({"override_reason": "Thành tích đột xuất"});
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
                    "held_at": when("2026-06-05T01:00:00Z")
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
            Act::ConfirmOver(s) => self.act("director", &self.sessions[s], "confirm", &over).await,
            Act::Reopen(s) => self.act("director", &self.sessions[s], "reopen", &reason).await,
            Act::CancelSession(s) => self.act("chief", &self.sessions[s], "cancel", &reason).await,
            Act::Edit(n) => {
                let body = json!({"achievement_summary": format!("Bổ sung lần {}", self.asked)});
                let ask = self
                    .world
                    .persona(UNITS[n / EACH].0)
                    .ask("PATCH", &self.nomination(n));
                ask.if_match("*").json(&body).send().await
            }
            Act::AddPaper(d) => {
                let document = json!({"type": "BC", "number_raw": format!("{}/BC", self.asked), "issued_on": when("2026-03-20")});
                let body = json!({"kind": "KHAC", "document": document});
                let path = format!("{}/attachments", self.dossiers[d]);
                self.world.persona(UNITS[d].0).post(&path, &body).await
            }
            Act::AdmitLate(d) => {
                let body = json!({"reason": "Bất khả kháng", "until": when("2026-12-31T00:00:00Z")});
                self.act("chief", &self.dossiers[d], "admit-late", &body).await
            }
            Act::PassDeadline => {
                self.world.set_time(when(AFTER_THE_DEADLINE));
                self.world.persona("chief").get(&self.campaign.path).await
            }
            Act::DropNomination(n) => self.act("director", &self.nomination(n), "drop", &reason).await,
            _ => match self.forward(act).await {
                Some(reply) => reply,
                None => self.decide(act).await,
            },
        }
    }

    async fn forward(&self, act: Act) -> Option<Reply> {
        let letter = json!({"type": "TTr", "number_raw": format!("{}/TTr-SNgV", self.asked), "issued_on": when("2026-03-20")});
        let reason = json!({"reason": "Theo yêu cầu"});
        let board = self.world.board_system();
        Some(match act {
            Act::PrepareForwarding { first, second } => {
                let ids: Vec<&String> = [Some(first), second]
                    .iter()
                    .flatten()
                    .map(|n| &self.nominations[*n])
                    .collect();
                let body = json!({"campaign_id": self.campaign.id, "form": UPPER_FORM,
                    "receiver_organization_id": org::BOARD, "nomination_ids": ids, "letter": letter});
                self.world
                    .persona("reviewer")
                    .post("/v1/forwardings", &body)
                    .await
            }
            Act::ChangeLetter(f) => {
                let ask = self.world.persona("reviewer").ask("PATCH", &self.forwardings[f]);
                ask.if_match("*").json(&json!({"letter": letter})).send().await
            }
            Act::SignForwarding { forwarding, over } => {
                let mut body = signature();
                if over {
                    body["quota_override_reason"] = json!("Thành tích đột xuất");
                }
                self.act("deputy", &self.forwardings[forwarding], "sign", &body)
                    .await
            }
            Act::SendForwarding(f) => self.act("clerk", &self.forwardings[f], "send", &json!({})).await,
            Act::RecallForwarding(f) => self.act("clerk", &self.forwardings[f], "recall", &reason).await,
            Act::Acknowledge(f) => {
                let body = json!({"receipt_number": format!("{}/BTĐKT", self.asked)});
                self.act_of(&board, &self.forwardings[f], "acknowledge", &body)
                    .await
            }
            Act::ReturnForwarding(f) => self.act_of(&board, &self.forwardings[f], "return", &reason).await,
            Act::DeclineForwarding(f) => {
                self.act_of(&board, &self.forwardings[f], "decline", &reason)
                    .await
            }
            Act::RecordDecision { forwarding, outcome } => {
                let path = &self.forwardings[forwarding];
                let shown = self.world.persona("chief").get(path).await.expect(200).json;
                let items: Vec<&Value> = shown["items"].as_array().unwrap().iter().collect();
                let lines: Vec<usize> = (0..items.len()).collect();
                let awarded = outcome.awarded(&lines);
                let lines: Vec<Value> = items
                    .iter()
                    .zip(&lines)
                    .map(|(item, line)| {
                        let id = &item["nomination_id"];
                        if awarded.contains(line) {
                            json!({"nomination_id": id, "outcome": "AWARDED"})
                        } else {
                            json!({"nomination_id": id, "outcome": "DECLINED", "reason": "Hết chỉ tiêu"})
                        }
                    })
                    .collect();
                let body = json!({"number_raw": format!("{}/QĐ-UBND", 800 + forwarding), "issued_on": when("2026-03-20"),
                    "title": "Về việc tặng Bằng khen", "items": lines,
                    "decider": {"title": "Chủ tịch UBND tỉnh", "name": "Nguyễn Văn Mẫu"}});
                self.act_of(&board, path, "record-decision", &body).await
            }
            Act::RemoveForwarding(f) => {
                self.world
                    .persona("reviewer")
                    .delete(&self.forwardings[f], "*")
                    .await
            }
            _ => return None,
        })
    }

    /// What follows a decision of the province is the province's.
    fn clerk_of(&self, k: usize, own: &'static str) -> &'static str {
        if self.decisions[k].1 { "chairman" } else { own }
    }

    async fn decide(&self, act: Act) -> Reply {
        let nothing = json!({});
        let over = json!({"quota_override_reason": "Thành tích đột xuất"});
        let reason = json!({"reason": "Theo yêu cầu"});
        let done = async |k: usize, own, verb, body: &Value| {
            self.act(self.clerk_of(k, own), &self.decisions[k].0, verb, body)
                .await
        };
        match act {
            Act::PrepareAward => {
                let body = json!({"type": "AWARD", "campaign_id": self.campaign.id, "form": OWN_FORM,
                    "title": "Về việc tặng Giấy khen", "grounds": ["Căn cứ Luật Thi đua, khen thưởng"]});
                self.world.persona("reviewer").post("/v1/decisions", &body).await
            }
            Act::PrepareRevocation(k) => {
                let body = json!({"type": "REVOCATION", "campaign_id": self.campaign.id,
                    "original_id": id(&self.decisions[k].0), "title": "Về việc hủy bỏ", "ground": "FALSE_INFORMATION",
                    "conclusion_reference": "Kết luận 12/KL-TTr", "reason": "Giấy tờ giả"});
                let who = self.clerk_of(k, "reviewer");
                self.world.persona(who).post("/v1/decisions", &body).await
            }
            Act::PrepareCorrection(k) => {
                let body = json!({"type": "CORRECTION", "campaign_id": self.campaign.id,
                    "original_id": id(&self.decisions[k].0), "title": "Về việc đính chính", "reason": "In sai tên"});
                let who = self.clerk_of(k, "reviewer");
                self.world.persona(who).post("/v1/decisions", &body).await
            }
            Act::AddItem(k, n) => {
                let who = self.world.persona(self.clerk_of(k, "reviewer"));
                let (path, _) = &self.decisions[k];
                let shown = who.get(path).await.expect(200).json;
                let body = match shown["original_id"].as_str() {
                    Some(original) => {
                        let item = self.item(&who, &format!("/v1/decisions/{original}"), n).await;
                        if shown["type"] == "CORRECTION" {
                            json!({"corrections": [{"original_item_id": item, "name": corrected_name(k, n)}]})
                        } else {
                            json!({"original_item_ids": [item]})
                        }
                    }
                    None => json!({"nomination_ids": [self.nominations[n]]}),
                };
                who.post(&format!("{path}/items"), &body).await
            }
            Act::RemoveItem(k, n) => {
                let who = self.world.persona(self.clerk_of(k, "reviewer"));
                let (path, _) = &self.decisions[k];
                let item = self.item(&who, path, n).await;
                who.delete(&format!("{path}/items/{item}"), "*").await
            }
            Act::DropItem(k, n) => {
                let who = self.clerk_of(k, "deputy");
                let (path, _) = &self.decisions[k];
                let item = self.item(&self.world.persona(who), path, n).await;
                self.act(who, &format!("{path}/items/{item}"), "drop", &reason)
                    .await
            }
            Act::Check(k) => done(k, "chief", "check", &nothing).await,
            Act::ReturnDecision(k) => done(k, "chief", "return", &reason).await,
            Act::SignDecision(k) => done(k, "deputy", "sign", &signature()).await,
            Act::Number(k) => {
                let body = json!({"number": k + 1, "issued_on": when("2026-03-20")});
                done(k, "clerk", "number", &body).await
            }
            Act::Issue(k) => done(k, "deputy", "issue", &nothing).await,
            Act::IssueOver(k) => done(k, "deputy", "issue", &over).await,
            Act::Publish(k) => done(k, "clerk", "publish", &nothing).await,
            Act::CancelDecision(k) => done(k, "deputy", "cancel", &reason).await,
            other => unreachable!("{other:?} is no act on a decision"),
        }
    }

    async fn act(&self, who: &str, of: &str, verb: &str, body: &Value) -> Reply {
        self.act_of(&self.world.persona(who), of, verb, body).await
    }

    /// Whoever names a version that is no longer the current one changes nothing, whatever he asks for.
    async fn act_of(&self, who: &Persona<'_>, of: &str, verb: &str, body: &Value) -> Reply {
        let ask = async |tag: &str| {
            let ask = who.ask("POST", &format!("{of}/{verb}"));
            ask.if_match(tag).json(body).send().await
        };
        let old = match self.tags.borrow().get(of).map(Vec::as_slice) {
            Some([old, _]) => Some(old.clone()),
            _ => None,
        };
        if let Some(old) = old {
            let stale = ask(&old).await;
            assert!(
                stale.status == 412 || stale.status == 404,
                "{verb} with the tag of an old version: {} instead of 412: {}",
                stale.status,
                stale.json
            );
        }
        let reply = ask("*").await;
        if reply.status < 300 && reply.header("etag").is_some() {
            let mut tags = self.tags.borrow_mut();
            let seen = tags.entry(of.to_owned()).or_default();
            if seen.last() != Some(&reply.etag()) {
                seen.push(reply.etag());
                seen.reverse();
                seen.truncate(2);
                seen.reverse();
            }
        }
        reply
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
    async fn item(&self, who: &Persona<'_>, decision: &str, n: usize) -> String {
        let items = async |of: &str| {
            let page = who.get(&format!("{of}/items")).await.expect(200).json;
            page["items"].as_array().unwrap().clone()
        };
        let mut rows = items(decision).await;
        let original = who.get(decision).await.expect(200);
        if let Some(original) = original.json["original_id"].as_str() {
            let named = items(&format!("/v1/decisions/{original}")).await;
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
}
