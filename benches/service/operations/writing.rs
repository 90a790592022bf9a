//! The operations that write: each in one durable transaction with precondition, idempotency record, version
//! and journal entry.

use std::rc::Rc;

use serde_json::json;

use super::targets::{Stock, Versioned};
use super::{Operation, Targets, Tokens};
use crate::data::text;
use crate::data::world::{self, MEMBERS, Persona};
use crate::http::Request;
use crate::sizes::Numbers;

/// Bytes of what is saved: with the rest of the body as much as the peers get.
pub const SAVED_BYTES: usize = 1_700;
/// The operation that is measured only beside the peers.
pub const CREATED: &str = "dossier created";

/// Adds the precondition and a key that no other request has.
fn guarded<T>(request: Request, target: &Versioned<T>) -> Request {
    keyed(request.with("if-match", format!("\"{}\"", target.version.get())))
}

fn keyed(request: Request) -> Request {
    request.with("idempotency-key", uuid::Uuid::now_v7().to_string())
}

/// Gives a target back with the version that it has now.
fn give<T>(stock: &Stock<Versioned<T>>, index: usize, changed: bool) {
    if let Some(target) = stock.give(index) {
        target.version.set(target.version.get() + i64::from(changed));
    }
}

/// All of them.
pub fn operations(tokens: &Rc<Tokens>, targets: &Rc<Targets>, phases: u64) -> Vec<Operation> {
    vec![
        save_dossier(tokens, targets),
        save_nomination(tokens, targets),
        submit(tokens, targets, phases),
        appraise(tokens, targets),
        vote(tokens, targets),
        issue(tokens, targets, phases),
    ]
}

/// A draft begun by an officer of a division, with the letter and the note of [`save_dossier`].
pub fn create(tokens: &Rc<Tokens>, targets: &Rc<Targets>, numbers: &Numbers) -> Operation {
    let (of, with, divisions) = (Rc::clone(targets), Rc::clone(tokens), numbers.divisions);
    Operation::creating(CREATED, 201, true, move |number| {
        let campaigns = of.campaigns.len() as u64;
        let (id, department) = of.campaigns.get(usize::try_from(number % campaigns).ok()?)?;
        let division = number / campaigns % divisions;
        let token = with.get(&Persona::Officer(*department, division))?;
        let mut body = dossier(number);
        body["campaign_id"] = json!(id);
        body["division_id"] = json!(world::division(*department, division));
        body["procedure"] = json!("STANDARD");
        let request = Request::change("POST", "/v1/submissions".to_owned(), token, body.to_string());
        Some(keyed(request))
    })
}

/// What an officer writes into a dossier.
fn dossier(number: u64) -> serde_json::Value {
    let note: String = text::prose(number, SAVED_BYTES).chars().take(1_990).collect();
    json!({ "note": note, "letter": {
        "type": "TTr", "number_raw": format!("{number}/TTr-PNV"), "issued_on": "2025-12-01",
        "abstract": "Đề nghị khen thưởng phong trào thi đua 100 ngày đêm" } })
}

/// A draft's letter and note, by an officer of its division.
fn save_dossier(tokens: &Rc<Tokens>, targets: &Rc<Targets>) -> Operation {
    let (of, with, back) = (Rc::clone(targets), Rc::clone(tokens), Rc::clone(targets));
    Operation {
        make: Box::new(move |number| {
            let (index, target) = of.saved.take()?;
            let token = with.get(&Persona::Officer(target.place.0, target.place.1))?;
            let path = format!("/v1/submissions/{}", target.id);
            let request = Request::change("PATCH", path, token, dossier(number).to_string());
            Some((guarded(request, target), index))
        }),
        give: Box::new(move |index, changed| give(&back.saved, index, changed)),
        ..Operation::writing("draft saved (dossier)", targets.saved.len())
    }
}

/// A nomination of a draft: achievement and criteria.
fn save_nomination(tokens: &Rc<Tokens>, targets: &Rc<Targets>) -> Operation {
    let (of, with, back) = (Rc::clone(targets), Rc::clone(tokens), Rc::clone(targets));
    Operation {
        make: Box::new(move |number| {
            let (index, target) = of.saved_nominations.take()?;
            let token = with.get(&Persona::Officer(target.place.0, target.place.1))?;
            let criterion =
                |code: &str| json!({ "code": code, "met": true, "evidence": text::prose(number, 100) });
            let body = json!({
                // A change that changes nothing would give no version.
                "achievement_summary": format!("{number}. {}", text::prose(number + 1, SAVED_BYTES)),
                "criteria": [criterion("CN1"), criterion("CN2"), criterion("CN3")],
            });
            let path = format!("/v1/nominations/{}", target.id);
            let request = Request::change("PATCH", path, token, body.to_string());
            Some((guarded(request, target), index))
        }),
        give: Box::new(move |index, changed| give(&back.saved_nominations, index, changed)),
        ..Operation::writing("draft saved (nomination)", targets.saved_nominations.len())
    }
}

/// A draft handed in by the head of its division; each only once.
fn submit(tokens: &Rc<Tokens>, targets: &Rc<Targets>, phases: u64) -> Operation {
    let (of, with) = (Rc::clone(targets), Rc::clone(tokens));
    Operation {
        make: Box::new(move |number| {
            let target = of.drafts.get(usize::try_from(number).ok()?)?;
            let token = with.get(&Persona::Head(target.place.0, target.place.1))?;
            let path = format!("/v1/submissions/{}/submit", target.id);
            let request = Request::change("POST", path, token, "{}".to_owned());
            Some((guarded(request, target), 0))
        }),
        most: targets.drafts.len() as u64 / phases,
        // As many as in the hour of a deadline meet at one campaign's lock (size one-campaign).
        connections: 32,
        ..Operation::writing("submission submitted", 64)
    }
}

/// A nomination before the office, found eligible; a later appraisal supersedes the earlier one.
fn appraise(tokens: &Rc<Tokens>, targets: &Rc<Targets>) -> Operation {
    let (of, with, back) = (Rc::clone(targets), Rc::clone(tokens), Rc::clone(targets));
    Operation {
        make: Box::new(move |number| {
            let (index, target) = of.appraised.take()?;
            let token = with.get(&Persona::Reviewer(target.place.0))?;
            let check = |item: &str| json!({ "item": item, "ok": true, "note": "Đã đối chiếu hồ sơ" });
            let body = json!({
                "nomination_id": target.id, "kind": "APPRAISAL",
                "checklist": [check("CN1"), check("CN2"), check("CN3"), check("TO_TRINH")],
                "conclusion": "ELIGIBLE",
                "note": text::prose(number, 90),
            });
            let request = Request::change("POST", "/v1/reviews".to_owned(), token, body.to_string());
            Some((keyed(request), index))
        }),
        status: 201,
        give: Box::new(move |index, made| give(&back.appraised, index, made)),
        ..Operation::writing("appraisal", targets.appraised.len())
    }
}

/// A vote of each member on each nomination, then changed.
fn vote(tokens: &Rc<Tokens>, targets: &Rc<Targets>) -> Operation {
    let (of, with) = (Rc::clone(targets), Rc::clone(tokens));
    let count = (targets.voted.len() as u64).max(1);
    let at_once = targets.voted.len() * usize::try_from(MEMBERS).unwrap_or(1) / 2;
    Operation {
        make: Box::new(move |number| {
            let (session, nomination, department) = of.voted.get(usize::try_from(number % count).ok()?)?;
            let member = number / count % MEMBERS;
            let token = with.get(&Persona::Member(*department, member))?;
            let again = number / count / MEMBERS;
            let choice = if again.is_multiple_of(2) {
                "AGREE"
            } else {
                "ABSTAIN"
            };
            let path = format!("/v1/review-sessions/{session}/votes/{nomination}");
            let body = json!({ "choice": choice }).to_string();
            Some((keyed(Request::change("PUT", path, token, body)), 0))
        }),
        ..Operation::writing("vote", at_once)
    }
}

/// A decision for a hundred nominees put in force by the Director, within the quota.
fn issue(tokens: &Rc<Tokens>, targets: &Rc<Targets>, phases: u64) -> Operation {
    let (of, with) = (Rc::clone(targets), Rc::clone(tokens));
    // Half of the phases are at half load, for which there are too few decisions.
    let most = (targets.decisions.len() as u64 * 2 / phases).max(1);
    Operation {
        make: Box::new(move |number| {
            let target = of.decisions.get(usize::try_from(number).ok()?)?;
            let token = with.get(&Persona::Director(target.place.0))?;
            let path = format!("/v1/decisions/{}/issue", target.id);
            let request = Request::change("POST", path, token, "{}".to_owned());
            Some((guarded(request, target), 0))
        }),
        most,
        half_load: false,
        remark: Some("latency of one client alone".to_owned()),
        ..Operation::writing("decision issued for 100 nominees", 1)
    }
}
