//! Decisions: prepared by the office, checked by its chief, signed by the Director, numbered by the clerk,
//! issued and published (`decisions.md` M-2). Awards, revocations and corrections live the same life;
//! what differs is which items they take and what happens at ISSUE.

mod acts;
mod award;
mod issue;
mod items;
mod number;
mod recovery;

use chrono::NaiveDate;

use super::guards::told;
use super::{Command, Event, JsonText, Possible, Rows, Slice, Tx};
use crate::domain::codes::{DecisionType, RevocationGround, Route};
use crate::domain::error::{Code, Error, Fault, Result, all_valid};
use crate::domain::ids::{CampaignId, DecisionId, OrganizationId, ReviewSessionId};
use crate::domain::plan::Plan;
use crate::domain::policy::{Action, Place};
use crate::domain::states::{CampaignState, DECISION, DecisionAct, DecisionState, ReviewSessionState};
use crate::store::campaigns::{self, Campaign};
use crate::store::{decisions, dialect, filter, organizations, review_sessions};

pub use acts::{Cancel, Check, Publish, Return, Sign};
pub use issue::Issue;
pub use items::{AddItems, Corrected, Drop, ItemLine, RemoveItem, awarded, items};
pub use number::{NextNumber, Number, next_number};
pub use recovery::{CompleteRecovery, list_recovery_tasks, read_recovery_task, recovery_possible};

pub use crate::store::decisions::{Decision, DecisionItem, RecoveryTask, TasksWanted, Wanted};

const NOUN: &str = "decision";

/// Reads one decision.
///
/// # Errors
/// `resource.not_found`.
pub fn read(tx: &mut Tx<'_>, id: DecisionId) -> Result<Decision> {
    target(tx, id, Action::ReadDecision)
}

/// A page of decisions, newest first.
///
/// # Errors
/// The driver's error.
pub fn list(tx: &mut Tx<'_>, wanted: &Wanted, slice: &Slice) -> Result<Rows<Decision>> {
    let visible = filter::decisions(&tx.sees(Action::ReadDecision));
    decisions::list(tx.conn, visible, wanted, slice)
}

fn place(tx: &mut Tx<'_>, decision: &Decision) -> Result<Place> {
    let (owner, state) = (decision.owner_organization_id, decision.state);
    filter::place_of_decision(tx.conn, owner, state, decision.forwarding_id)
}

/// A decision as the caller may know it: whoever reads it only because it is published is not told the reasons that
/// its printed text does not give, as in its history.
///
/// # Errors
/// The driver's error.
pub fn as_told(tx: &mut Tx<'_>, decision: Decision) -> Result<Decision> {
    let near = Place::of(decision.owner_organization_id);
    let inner = [
        &decision.reason,
        &decision.conclusion_reference,
        &decision.quota_override_reason,
        &decision.state_reason,
    ];
    let told = decision.state != DecisionState::Published
        || inner.into_iter().all(Option::is_none)
        || tx.may(Action::ReadDecision, &near)
        || (decision.forwarding_id.is_some() && {
            let inside = Place {
                published: false,
                ..place(tx, &decision)?
            };
            tx.may(Action::ReadDecision, &inside)
        });
    if told {
        return Ok(decision);
    }
    Ok(Decision {
        reason: None,
        conclusion_reference: None,
        quota_override_reason: None,
        state_reason: None,
        ..decision
    })
}

/// Finds a decision for an action.
fn target(tx: &mut Tx<'_>, id: DecisionId, action: Action) -> Result<Decision> {
    let decision = decisions::get(tx.conn, id)?;
    let place = place(tx, &decision)?;
    tx.require(action, &place)?;
    Ok(decision)
}

/// Last segment of an act's path.
const fn verb(act: DecisionAct) -> &'static str {
    match act {
        DecisionAct::Check => "check",
        DecisionAct::Return => "return",
        DecisionAct::Sign => "sign",
        DecisionAct::Number => "number",
        DecisionAct::Issue => "issue",
        DecisionAct::Publish => "publish",
        DecisionAct::Cancel => "cancel",
    }
}

/// Who may do an act. A decision is given back by the one who checks as well as by the one who signs.
const fn action(act: DecisionAct) -> Action {
    match act {
        DecisionAct::Check => Action::CheckDecision,
        DecisionAct::Return | DecisionAct::Sign => Action::SignDecision,
        DecisionAct::Number | DecisionAct::Publish => Action::NumberDecision,
        DecisionAct::Issue | DecisionAct::Cancel => Action::IssueDecision,
    }
}

fn impossible(state: DecisionState) -> Error {
    let edit = (state == DecisionState::Draft).then(|| "edit".to_owned());
    let verbs = edit.into_iter().chain(DECISION.verbs(state)).collect();
    Error::transition(DECISION.noun, state.as_str(), verbs)
}

/// The state after an act.
fn next(state: DecisionState, act: DecisionAct) -> Result<DecisionState> {
    DECISION.next(state, act).ok_or_else(|| impossible(state))
}

/// Content changes only in a draft; an issued decision never changes again (R-D4).
fn require_draft(state: DecisionState) -> Result<()> {
    match state {
        DecisionState::Draft => Ok(()),
        DecisionState::Issued | DecisionState::Published => Err(Error::new(Code::DecisionImmutable)),
        _ => Err(impossible(state)),
    }
}

/// What the caller may do with it.
///
/// # Errors
/// The driver's error.
pub fn possible(tx: &mut Tx<'_>, decision: &Decision) -> Result<Vec<Possible>> {
    let place = place(tx, decision)?;
    let mut possible = Vec::new();
    if decision.state == DecisionState::Draft {
        let prepare = |verb| tx.possible(verb, Action::PrepareDecision, &place, Vec::new());
        possible.push(prepare("edit"));
        possible.push(prepare("add-items").below("POST", "items").unversioned());
    }
    for act in DECISION.allowed(decision.state) {
        let rules = match act {
            DecisionAct::Check | DecisionAct::Sign | DecisionAct::Number => told(not_empty(tx, decision))?,
            DecisionAct::Issue => issue::blocked(tx, decision)?,
            DecisionAct::Return | DecisionAct::Publish | DecisionAct::Cancel => Vec::new(),
        };
        let wanted = if act == DecisionAct::Return && tx.may(Action::CheckDecision, &place) {
            Action::CheckDecision
        } else {
            action(act)
        };
        possible.push(tx.possible(verb(act), wanted, &place, rules));
    }
    Ok(possible)
}

fn not_empty(tx: &mut Tx<'_>, decision: &Decision) -> Result<()> {
    if decisions::count_items(tx.conn, decision.id)? == 0 {
        return Err(Error::new(Code::DecisionEmpty));
    }
    Ok(())
}

/// Holds the campaign alone and reads the decision again: rules that look at other rows (R-D1, R-N3,
/// R-Q1) stay true until the commit.
fn hold(tx: &mut Tx<'_>, seen: &Decision) -> Result<Decision> {
    dialect::hold(tx.conn, seen.campaign_id)?;
    let decision = decisions::get(tx.conn, seen.id)?;
    tx.request.hold(decision.version)?;
    Ok(decision)
}

/// As [`hold`], for acts with `If-Match`: the version that was compared must still be the current one.
fn hold_unchanged(tx: &mut Tx<'_>, seen: &Decision) -> Result<Decision> {
    let decision = hold(tx, seen)?;
    if decision.version != seen.version {
        return Err(Error::stale(decision.version));
    }
    Ok(decision)
}

fn plan_of(tx: &mut Tx<'_>, campaign: CampaignId) -> Result<Plan> {
    let campaign = campaigns::get(tx.conn, campaign)?;
    campaigns::current_plan(tx.conn, &campaign)
}

/// Stores the change with its next version and its journal entry.
fn keep(
    tx: &mut Tx<'_>,
    before: &Decision,
    after: Decision,
    kind: &'static str,
    reason: Option<&str>,
) -> Result<Decision> {
    keep_with(tx, before, after, kind, reason, |event| event)
}

/// As [`keep`], with what the entry has to tell besides the members of the decision itself.
fn keep_with(
    tx: &mut Tx<'_>,
    before: &Decision,
    after: Decision,
    kind: &'static str,
    reason: Option<&str>,
    telling: impl FnOnce(Event) -> Event,
) -> Result<Decision> {
    let after = Decision {
        version: before.version + 1,
        updated_at: tx.now,
        ..after
    };
    decisions::save_if(tx.conn, &after, before.version)?;
    tx.changed(before, &after);
    let mut event = Event::new(kind, NOUN, after.id)
        .version(after.version)
        .within(after.owner_organization_id, None)
        .campaign(after.campaign_id)
        .with("reason", reason)
        .diff(before, &after);
    if before.state != after.state {
        event = event.moved(before.state, after.state);
    }
    tx.record(telling(event))?;
    Ok(after)
}

/// Prepares a decision.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Create {
    /// Kind.
    pub kind: DecisionType,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// Who issues it; otherwise the launching organisation for an award, the issuer of the original for
    /// what follows it (R-R1).
    pub organization_id: Option<OrganizationId>,
    /// Title as printed.
    pub title: String,
    /// Award form of an award.
    pub form: Option<String>,
    /// The session whose result it carries out.
    pub session_id: Option<ReviewSessionId>,
    /// The award that is revoked or corrected.
    pub original_id: Option<DecisionId>,
    /// Ground of a revocation (law 06/2022 art. 93).
    pub ground: Option<RevocationGround>,
    /// The conclusion on which a revocation rests.
    pub conclusion_reference: Option<String>,
    /// Why something is revoked or corrected.
    pub reason: Option<String>,
    /// Legal grounds as printed.
    pub grounds: Vec<String>,
    /// First day of the achievement; the campaign's otherwise (R-D7).
    pub achievement_from: Option<NaiveDate>,
    /// Last day of the achievement; the campaign's otherwise (R-D7).
    pub achievement_to: Option<NaiveDate>,
}

impl Command for Create {
    type Target = (Campaign, OrganizationId);
    type Output = Decision;
    const VERSIONED: bool = false;

    fn load(&self, tx: &mut Tx<'_>) -> Result<(Campaign, OrganizationId)> {
        tx.permit_somewhere(Action::PrepareDecision)?;
        let campaign = campaigns::find(tx.conn, self.campaign_id)?
            .filter(|campaign| {
                let owner = campaign.owner_organization_id;
                let place = filter::place_of_campaign(owner, campaign.council_id, campaign.published_at);
                tx.may(Action::ReadCampaign, &place)
            })
            .ok_or_else(|| Error::invalid(vec![Fault::at("/campaign_id", Code::FieldReference)]))?;
        let original = self.seen_original(tx)?;
        let issuer = self.organization_id.unwrap_or_else(|| {
            original
                .as_ref()
                .map_or(campaign.owner_organization_id, |original| {
                    original.owner_organization_id
                })
        });
        // What came from a forwarding is followed up by its receiver, too (5.5: revoke, Ban TĐKT).
        let forwarding = original.and_then(|original| original.forwarding_id);
        let place = filter::place_of_decision(tx.conn, issuer, DECISION.initial, forwarding)?;
        tx.permit(Action::PrepareDecision, &place)?;
        Ok((campaign, issuer))
    }

    fn act(&self, tx: &mut Tx<'_>, (campaign, issuer): (Campaign, OrganizationId)) -> Result<Decision> {
        all_valid(self.shape())?;
        dialect::hold_shared(tx.conn, campaign.id)?;
        let campaign = campaigns::get(tx.conn, campaign.id)?;
        self.check_session(tx)?;
        let original = match self.kind {
            DecisionType::Award => {
                self.check_award(tx, &campaign, issuer)?;
                None
            }
            DecisionType::Revocation | DecisionType::Correction => Some(self.original(tx, issuer)?),
        };
        let issuer_name = organizations::get(tx.conn, issuer)?.name;
        let form = original
            .as_ref()
            .map_or_else(|| self.form.clone(), |original| original.form.clone());
        let period = original
            .as_ref()
            .map_or((campaign.period_from, campaign.period_to), |original| {
                (original.achievement_from, original.achievement_to)
            });
        let decision = Decision {
            form,
            forwarding_id: original.as_ref().and_then(|original| original.forwarding_id),
            achievement_from: self.achievement_from.or(period.0),
            achievement_to: self.achievement_to.or(period.1),
            ..self.draft(tx, issuer, issuer_name)?
        };
        check_achievement(&decision)?;
        decisions::insert(tx.conn, &decision)?;
        let event = Event::new("decision.created", NOUN, decision.id)
            .version(1)
            .within(issuer, None)
            .campaign(decision.campaign_id)
            .with("after", &decision);
        tx.record(event)?;
        Ok(decision)
    }
}

fn check_achievement(decision: &Decision) -> Result<()> {
    match (decision.achievement_from, decision.achievement_to) {
        (Some(from), Some(to)) if to < from => {
            Err(Error::invalid(vec![Fault::before("/achievement_to", from)]))
        }
        _ => Ok(()),
    }
}

impl Create {
    /// Which members each kind needs, and which belong to another kind.
    fn shape(&self) -> Vec<Fault> {
        let follows = self.kind != DecisionType::Award;
        let revokes = self.kind == DecisionType::Revocation;
        let members = [
            ("/form", self.form.is_some(), !follows, !follows),
            ("/original_id", self.original_id.is_some(), follows, follows),
            ("/reason", self.reason.is_some(), follows, follows),
            ("/ground", self.ground.is_some(), revokes, revokes),
            (
                "/conclusion_reference",
                self.conclusion_reference.is_some(),
                revokes,
                revokes,
            ),
            ("/session_id", self.session_id.is_some(), false, !follows),
        ];
        members
            .into_iter()
            .filter_map(
                |(pointer, given, needed, allowed)| match (given, needed, allowed) {
                    (false, true, _) => Some(Fault::at(pointer, Code::FieldRequired)),
                    (true, _, false) => Some(Fault::at(pointer, Code::FieldUnknown)),
                    _ => None,
                },
            )
            .collect()
    }

    fn check_session(&self, tx: &mut Tx<'_>) -> Result<()> {
        let Some(id) = self.session_id else {
            return Ok(());
        };
        match review_sessions::find(tx.conn, id)? {
            Some(session)
                if session.campaign_id == self.campaign_id
                    && session.state == ReviewSessionState::Confirmed =>
            {
                Ok(())
            }
            _ => Err(Error::invalid(vec![Fault::at(
                "/session_id",
                Code::FieldReference,
            )])),
        }
    }

    /// An award: of a campaign in force, with a form that the plan offers and this issuer decides.
    fn check_award(&self, tx: &mut Tx<'_>, campaign: &Campaign, issuer: OrganizationId) -> Result<()> {
        if campaign.state != CampaignState::Published {
            let fault = Fault::at("/campaign_id", Code::CampaignNotPublished);
            return Err(Error::new(Code::CampaignNotPublished).fault(fault));
        }
        let plan = plan_of(tx, campaign.id)?;
        let form = self.form.as_deref().unwrap_or_default();
        let option = plan
            .option(form)
            .ok_or_else(|| Error::invalid(vec![Fault::at("/form", Code::NominationFormNotOffered)]))?;
        let decides = option.route == Route::SelfDecided
            && organizations::is_successor(tx.conn, issuer, option.decider_organization_id)?;
        if decides {
            Ok(())
        } else {
            Err(Error::invalid(vec![Fault::at(
                "/form",
                Code::DecisionFormMismatch,
            )]))
        }
    }

    /// The decision that this one follows, as far as the caller may know of it: who issued what he does not
    /// see is not told by what is refused.
    fn seen_original(&self, tx: &mut Tx<'_>) -> Result<Option<Decision>> {
        let Some(id) = self.original_id.filter(|_| self.kind != DecisionType::Award) else {
            return Ok(None);
        };
        let Some(original) = decisions::find(tx.conn, id)? else {
            return Ok(None);
        };
        let place = place(tx, &original)?;
        Ok(tx.may(Action::ReadDecision, &place).then_some(original))
    }

    /// The award that this one revokes or corrects: in force, and of this issuer or of the one that it
    /// succeeded (R-R1, scenario 13).
    fn original(&self, tx: &mut Tx<'_>, issuer: OrganizationId) -> Result<Decision> {
        let absent = || Error::invalid(vec![Fault::at("/original_id", Code::FieldReference)]);
        let id = self.original_id.ok_or_else(absent)?;
        let original = decisions::find(tx.conn, id)?.ok_or_else(absent)?;
        let own = organizations::is_successor(tx.conn, issuer, original.owner_organization_id)?;
        let place = place(tx, &original)?;
        if !own && !tx.may(Action::ReadDecision, &place) {
            return Err(absent());
        }
        let usable = original.kind == DecisionType::Award
            && original.campaign_id == self.campaign_id
            && decisions::IN_FORCE.contains(&original.state);
        if !usable {
            return Err(absent());
        }
        if !own {
            return Err(Error::new(Code::DecisionNotIssuer));
        }
        Ok(original)
    }

    fn draft(&self, tx: &Tx<'_>, issuer: OrganizationId, issuer_name: String) -> Result<Decision> {
        Ok(Decision {
            id: DecisionId::generate(),
            owner_organization_id: issuer,
            campaign_id: self.campaign_id,
            issuer_name,
            kind: self.kind,
            state: DECISION.initial,
            title: self.title.clone(),
            form: None,
            session_id: self.session_id,
            original_id: self.original_id,
            forwarding_id: None,
            external: false,
            grounds: JsonText::of(&self.grounds)?,
            achievement_from: None,
            achievement_to: None,
            signature: None,
            signed_at: None,
            register: None,
            register_year: None,
            number: None,
            number_raw: None,
            place: None,
            issued_on: None,
            effective_on: None,
            issued_at: None,
            published_at: None,
            ground: self.ground,
            conclusion_reference: self.conclusion_reference.clone(),
            reason: self.reason.clone(),
            quota_override_reason: None,
            state_reason: None,
            version: 1,
            created_at: tx.now,
            updated_at: tx.now,
        })
    }
}

/// Changes a draft; an absent member stays.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Edit {
    /// Which.
    pub id: DecisionId,
    /// Title as printed.
    pub title: Option<String>,
    /// Legal grounds as printed; replaced whole.
    pub grounds: Option<Vec<String>>,
    /// First day of the achievement.
    pub achievement_from: Option<NaiveDate>,
    /// Last day of the achievement.
    pub achievement_to: Option<NaiveDate>,
    /// Ground of a revocation.
    pub ground: Option<RevocationGround>,
    /// The conclusion on which a revocation rests.
    pub conclusion_reference: Option<String>,
    /// Why something is revoked or corrected.
    pub reason: Option<String>,
}

impl Command for Edit {
    type Target = Decision;
    type Output = Decision;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Decision> {
        target(tx, self.id, Action::PrepareDecision)
    }

    fn version(target: &Decision) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, before: Decision) -> Result<Decision> {
        require_draft(before.state)?;
        all_valid(self.strangers(before.kind))?;
        let mut after = before.clone();
        if let Some(title) = &self.title {
            after.title.clone_from(title);
        }
        if let Some(grounds) = &self.grounds {
            after.grounds = JsonText::of(grounds)?;
        }
        after.achievement_from = self.achievement_from.or(before.achievement_from);
        after.achievement_to = self.achievement_to.or(before.achievement_to);
        after.ground = self.ground.or(before.ground);
        if self.conclusion_reference.is_some() {
            after.conclusion_reference.clone_from(&self.conclusion_reference);
        }
        if self.reason.is_some() {
            after.reason.clone_from(&self.reason);
        }
        check_achievement(&after)?;
        if tx.unchanged(&before, &after) {
            return Ok(before);
        }
        keep(tx, &before, after, "decision.edited", None)
    }
}

impl Edit {
    /// Members that belong to another kind of decision.
    fn strangers(&self, kind: DecisionType) -> Vec<Fault> {
        let revokes = kind == DecisionType::Revocation;
        let members = [
            ("/ground", self.ground.is_some() && !revokes),
            (
                "/conclusion_reference",
                self.conclusion_reference.is_some() && !revokes,
            ),
            ("/reason", self.reason.is_some() && kind == DecisionType::Award),
        ];
        members
            .into_iter()
            .filter(|(_, strange)| *strange)
            .map(|(pointer, _)| Fault::at(pointer, Code::FieldUnknown))
            .collect()
    }
}
