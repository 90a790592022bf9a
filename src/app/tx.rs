//! One transaction of one request, as a use case sees it.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::event::{Event, changed_fields};
use super::pipeline::Config;
use super::request::Request;
use crate::domain::caller::{Caller, Role};
use crate::domain::codes::Enforcement;
use crate::domain::error::{Code, Error, Fault, Result};
use crate::domain::ids::{CampaignId, JournalEntryId, OrganizationId, SubmissionId};
use crate::domain::merge_patch::MergePatch;
use crate::domain::plan::Plan;
use crate::domain::policy::{
    Action, Decision, DenialReason, Place, Regard, Visibility, decide, decide_as, visibility,
};
use crate::domain::quota::{QuotaRule, Reading, grown_excess};
use crate::domain::states::CampaignState;
use crate::domain::time::Instant;
use crate::store::campaigns::{self, Campaign};
use crate::store::connection::Conn;
use crate::store::organizations::{self, Organization};
use crate::store::sql_types::JsonText;
use crate::store::submissions::{self, Submission};
use crate::store::{individuals, journal, quotas};

/// A remark beside a success, in the shape of a fault.
pub type Warning = Fault;

/// What a write tells beside the resource (M-14).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// Nothing was kept.
    pub dry_run: bool,
    /// Remarks.
    pub warnings: Vec<Warning>,
    /// Members of the resource that changed (U6).
    pub changed_fields: Vec<String>,
}

/// How an act is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// POST of its name below the resource; `edit` and `delete` stand for PATCH and DELETE of the resource.
    Verb,
    /// A method on a path below the resource, which may have parameters of its own in braces.
    Below(&'static str, &'static str),
    /// A method on a path of another collection, whose body names the resource.
    At(&'static str, &'static str),
}

/// An act that the present state permits, and what stands in its way for this caller (U22).
#[derive(Debug, Clone, PartialEq)]
pub struct Possible {
    /// Its name in lower case with hyphens; the last segment of its path, where it is a verb.
    pub verb: &'static str,
    /// How it is asked for.
    pub way: Way,
    /// Whether it needs `If-Match`.
    pub versioned: bool,
    /// What stands in its way, in the order in which it is refused; empty when it would succeed.
    pub blocked_by: Vec<Fault>,
}

impl Possible {
    /// A verb of the resource itself.
    pub const fn verb(verb: &'static str, blocked_by: Vec<Fault>) -> Self {
        Self {
            verb,
            way: Way::Verb,
            versioned: true,
            blocked_by,
        }
    }

    /// Asked for on a path below the resource.
    #[must_use]
    pub fn below(self, method: &'static str, path: &'static str) -> Self {
        Self {
            way: Way::Below(method, path),
            ..self
        }
    }

    /// Asked for on another collection.
    #[must_use]
    pub fn at(self, method: &'static str, path: &'static str) -> Self {
        Self {
            way: Way::At(method, path),
            ..self
        }
    }

    /// Adds to the resource: no `If-Match` (M-12).
    #[must_use]
    pub fn unversioned(self) -> Self {
        Self {
            versioned: false,
            ..self
        }
    }
}

/// One transaction with its caller and its instant.
pub struct Tx<'c> {
    /// The connection, inside the transaction.
    pub conn: &'c mut Conn,
    /// Who asks, with the grants as of this transaction.
    pub caller: Caller,
    /// The business instant of the request (C-13).
    pub now: Instant,
    /// Settings of the service.
    pub config: &'c Config,
    /// The request.
    pub request: &'c Request,
    /// What the write will tell beside the resource.
    pub outcome: Outcome,
    role: Option<Role>,
    records: u32,
    unchanged: bool,
    terms: Option<Arc<Terms>>,
    /// The dossier, and how far its campaign is, that were read along with something in it.
    dossier: Option<(Submission, CampaignState)>,
    /// The unit that was asked for last.
    unit: Option<Organization>,
    /// Campaigns whose quota may come to something else, and whether by the roll or the plan.
    quotas: BTreeMap<CampaignId, bool>,
}

/// A campaign and what is in force in it.
#[derive(Debug)]
pub struct Terms {
    /// The campaign.
    pub campaign: Campaign,
    /// Its current plan.
    pub plan: Plan,
}

impl<'c> Tx<'c> {
    pub(super) fn new(
        conn: &'c mut Conn,
        caller: Caller,
        now: Instant,
        config: &'c Config,
        request: &'c Request,
    ) -> Self {
        let outcome = Outcome {
            dry_run: request.dry_run,
            ..Outcome::default()
        };
        Self {
            conn,
            caller,
            now,
            config,
            request,
            outcome,
            role: None,
            records: 0,
            unchanged: false,
            terms: None,
            dossier: None,
            unit: None,
            quotas: BTreeMap::new(),
        }
    }

    /// A campaign with its current plan, read once: an act on what is in a campaign asks for them several
    /// times and does not change them. An act on the campaign itself reads its row.
    ///
    /// # Errors
    /// `resource.not_found`.
    pub fn terms(&mut self, id: CampaignId) -> Result<Arc<Terms>> {
        if let Some(known) = self.terms.as_ref().filter(|known| known.campaign.id == id) {
            return Ok(Arc::clone(known));
        }
        let (campaign, plan) = campaigns::with_plan(self.conn, id)?;
        let terms = Arc::new(Terms { campaign, plan });
        self.terms = Some(Arc::clone(&terms));
        Ok(terms)
    }

    /// The state of a campaign, without its plan unless that is known already.
    ///
    /// # Errors
    /// `resource.not_found`.
    pub fn campaign_state(&mut self, id: CampaignId) -> Result<CampaignState> {
        if let Some(known) = self.terms.as_ref().filter(|known| known.campaign.id == id) {
            return Ok(known.campaign.state);
        }
        match self.dossier.as_ref().filter(|(known, _)| known.campaign_id == id) {
            Some((_, state)) => Ok(*state),
            None => campaigns::state_of(self.conn, id),
        }
    }

    /// Remembers a dossier as it is now, and how far its campaign is.
    pub(super) fn know(&mut self, dossier: Submission, campaign: CampaignState) {
        self.dossier = Some((dossier, campaign));
    }

    /// A dossier: as it is remembered, or from the database.
    ///
    /// # Errors
    /// `resource.not_found`.
    pub(super) fn dossier(&mut self, id: SubmissionId) -> Result<Submission> {
        match self.dossier.as_ref().filter(|(known, _)| known.id == id) {
            Some((known, _)) => Ok(known.clone()),
            None => submissions::get(self.conn, id),
        }
    }

    /// A unit, read once: several rules of an act ask for the same one, and none of them changes it.
    ///
    /// # Errors
    /// `resource.not_found`.
    pub(super) fn unit(&mut self, id: OrganizationId) -> Result<Organization> {
        if let Some(known) = self.unit.as_ref().filter(|known| known.id == id) {
            return Ok(known.clone());
        }
        let unit = organizations::get(self.conn, id)?;
        self.unit = Some(unit.clone());
        Ok(unit)
    }

    /// What was read before the act took its locks may have changed while it waited for them.
    pub(super) fn forget(&mut self) {
        self.terms = None;
        self.dossier = None;
        self.unit = None;
    }

    /// Today in the installation's zone.
    pub fn today(&self) -> NaiveDate {
        self.now.date(self.config.zone)
    }

    /// Which costly parts of a place matter for this caller.
    pub fn regard(&self) -> Regard {
        Regard::of(&self.caller)
    }

    /// Asks the policy about an object: invisible → 404, visible but not allowed → 403. Answers the
    /// role that allows it ([`decide`] says which of several) and remembers the last one for the journal:
    /// what the act itself needs is asked last.
    ///
    /// # Errors
    /// `resource.not_found` or `access.forbidden`.
    pub fn require(&mut self, action: Action, place: &Place) -> Result<Role> {
        self.require_as(Role::ALL, action, place)
    }

    /// As [`Tx::require`], where a rule of the noun leaves the act to some roles.
    ///
    /// # Errors
    /// `resource.not_found` or `access.forbidden`.
    pub fn require_as(&mut self, roles: &[Role], action: Action, place: &Place) -> Result<Role> {
        match decide_as(&self.caller, roles, action, place) {
            Decision::Allow(role) => {
                self.role = Some(role);
                Ok(role)
            }
            Decision::Forbid => Err(forbidden(action)),
            Decision::Hide => Err(Error::denied(action, DenialReason::NotVisible)),
        }
    }

    /// As [`Tx::require`] where there is nothing to hide (collections, creation below a visible
    /// object): not allowed → 403.
    ///
    /// # Errors
    /// `access.forbidden`.
    pub fn permit(&mut self, action: Action, place: &Place) -> Result<Role> {
        self.require(action, place).map_err(|_| forbidden(action))
    }

    /// As [`Tx::permit`] for a right that an act uses beside its own; the act stays in its role.
    ///
    /// # Errors
    /// `access.forbidden`.
    pub fn permit_beside(&self, action: Action, place: &Place) -> Result<()> {
        if self.may(action, place) {
            Ok(())
        } else {
            Err(forbidden(action))
        }
    }

    /// What a document becomes by a merge patch at `pointer` of the request: the whole is held against what the
    /// service publishes of it, as one that is sent whole (ERR-03).
    ///
    /// # Errors
    /// `body.invalid` with everything that makes it no whole document.
    pub fn merged<T>(&self, current: Option<&T>, patch: &MergePatch<T>, pointer: &str) -> Result<T>
    where
        T: Serialize + DeserializeOwned + ToSchema,
    {
        patch.apply(current, pointer, |whole| {
            (self.request.hold_against)(whole, &T::name())
        })
    }

    /// As [`Tx::merged`], of a stored document or none; without a patch, which is `null` on the wire, it is taken
    /// away.
    ///
    /// # Errors
    /// `body.invalid` with everything that makes it no whole document.
    pub fn patched<T>(
        &self,
        current: Option<&JsonText>,
        patch: Option<&MergePatch<T>>,
        pointer: &str,
    ) -> Result<Option<JsonText>>
    where
        T: Serialize + DeserializeOwned + ToSchema,
    {
        let Some(patch) = patch else { return Ok(None) };
        let current = current.map(JsonText::read).transpose()?;
        JsonText::of(&self.merged(current.as_ref(), patch, pointer)?).map(Some)
    }

    /// The role in which the act is done, as far as the policy was asked.
    pub const fn role(&self) -> Option<Role> {
        self.role
    }

    /// For creation that names its place in the body: who may do it nowhere is refused before the body's
    /// references are looked up.
    ///
    /// # Errors
    /// `access.forbidden`.
    pub fn permit_somewhere(&self, action: Action) -> Result<()> {
        if self.sees(action) == Visibility::default() {
            return Err(forbidden(action));
        }
        Ok(())
    }

    /// Whether the caller may do it, without an error.
    pub fn may(&self, action: Action, place: &Place) -> bool {
        matches!(decide(&self.caller, action, place), Decision::Allow(_))
    }

    /// Whether one of these roles, held at this very place, lets the caller do it.
    pub fn may_as(&self, roles: &[Role], action: Action, place: &Place) -> bool {
        matches!(decide_as(&self.caller, roles, action, place), Decision::Allow(_))
    }

    /// An act as `allowed_actions` tells it: what the rules say, after what the policy says.
    pub fn possible(&self, verb: &'static str, action: Action, place: &Place, rules: Vec<Fault>) -> Possible {
        let mut blocked_by = rules;
        if !self.may(action, place) {
            // Whoever may not do it is told what stands in its way, but not the figures behind it: he may not read those.
            for fault in blocked_by.iter_mut().filter(|fault| fault.code.has_figures()) {
                *fault = Fault::new(fault.code);
            }
            blocked_by.insert(
                0,
                Fault::new(Code::AccessForbidden).with("required_action", action.as_str()),
            );
        }
        Possible::verb(verb, blocked_by)
    }

    /// What the caller reaches with a reading action, for lists.
    pub fn sees(&self, action: Action) -> Visibility {
        visibility(&self.caller, action)
    }

    /// Adds a remark to the answer.
    pub fn warn(&mut self, warning: Warning) {
        self.outcome.warnings.push(warning);
    }

    /// Remarks a day of something done that has not come yet: a slip of the pen more often than not, but a
    /// document may be prepared with the date on which it will be issued.
    pub fn warn_of_future(&mut self, day: NaiveDate, pointer: &str) {
        if day > self.today() {
            self.warn(Fault::at(pointer, Code::DateInFuture).with("date", day.to_string()));
        }
    }

    /// Remarks a day that lies before that of a step which came first.
    pub fn warn_if_before(&mut self, day: NaiveDate, earlier: NaiveDate, pointer: &str) {
        if day < earlier {
            let fault = Fault::at(pointer, Code::DateBeforeEarlierStep);
            self.warn(
                fault
                    .with("date", day.to_string())
                    .with("earlier", earlier.to_string()),
            );
        }
    }

    /// Says which members of the resource changed.
    pub fn changed(&mut self, before: &impl serde::Serialize, after: &impl serde::Serialize) {
        self.outcome.changed_fields = changed_fields(before, after);
    }

    /// Whether an edit leaves everything as it is: then it is done, without a version and a journal entry of
    /// its own. Asked after the edit's rules, before anything is stored.
    pub fn unchanged(&mut self, before: &impl serde::Serialize, after: &impl serde::Serialize) -> bool {
        self.unchanged = changed_fields(before, after).is_empty();
        self.unchanged
    }

    /// Whether an edit said that it changes nothing.
    pub(super) const fn nothing_changed(&self) -> bool {
        self.unchanged
    }

    /// Writes one journal entry in this transaction.
    ///
    /// # Errors
    /// The driver's error.
    pub fn record(&mut self, event: Event) -> Result<()> {
        if let Some(campaign) = event.campaign.filter(|_| event.touches_quota()) {
            *self.quotas.entry(campaign).or_default() |= event.noun != "nomination";
        }
        let mut detail = event.detail;
        let name = self.actor_name()?;
        detail.insert("actor_name".to_owned(), Value::String(name));
        if let Some(client) = &self.caller.principal.client_id {
            detail.insert("client_id".to_owned(), Value::String(client.clone()));
        }
        let (principal, origin) = (&self.caller.principal, &self.request.origin);
        let origin = json!({
            "issuer": principal.issuer,
            "subject": principal.subject,
            "address": origin.address,
            "trace_id": origin.trace_id,
        });
        detail.insert("origin".to_owned(), origin);
        let entry = journal::Entry {
            id: JournalEntryId::generate(),
            position: None,
            kind: event.kind.to_owned(),
            object_noun: event.noun.to_owned(),
            object_id: event.object,
            object_version: event.version,
            campaign_id: event.campaign,
            owner_organization_id: event.owner,
            division_id: event.division,
            actor_id: self.caller.identity_id,
            actor_role: event.role.or(self.role),
            on_behalf_of: event.on_behalf_of,
            from_state: event.from,
            to_state: event.to,
            occurred_at: self.now,
            request_id: self.request.request_id.clone(),
            detail_digest: String::new(),
            previous_hash: None,
            hash: None,
        };
        journal::append(self.conn, entry, &JsonText::of(&detail)?)?;
        self.records += 1;
        Ok(())
    }

    /// The name in the token; where it has none, that of the individual behind it; else the account's, so that an
    /// auditor is not left with an identifier that leads nowhere (OBS-08).
    fn actor_name(&mut self) -> Result<String> {
        let principal = &self.caller.principal;
        if let Some(name) = &principal.display_name {
            return Ok(name.clone());
        }
        let account = principal.subject.clone();
        let Some(id) = self.caller.individual_id else {
            return Ok(account);
        };
        Ok(individuals::find(self.conn, id)?.map_or(account, |person| person.full_name))
    }

    /// Keeps what the quotas come to that the recorded events touch. A change of the roll or the plan that
    /// leaves less room than is taken already is refused; an act that takes a place was held to it before.
    pub(super) fn keep_quotas(&mut self) -> Result<()> {
        for (campaign, by_roll_or_plan) in std::mem::take(&mut self.quotas) {
            let before = quotas::kept(self.conn, campaign)?;
            quotas::keep(self.conn, campaign)?;
            let (Some(before), true) = (before, by_roll_or_plan) else {
                continue;
            };
            let Some(after) = quotas::kept(self.conn, campaign)? else {
                continue;
            };
            let was = before.rule;
            let (before, readings): (Vec<Reading>, Vec<Reading>) =
                (before.readings.read()?, after.readings.read()?);
            let (was, rule): (QuotaRule, QuotaRule) = (was.read()?, after.rule.read()?);
            if rule.enforcement != Enforcement::Block {
                continue;
            }
            // What was only warned of was never allowed by anybody.
            let allowed: &[Reading] = match was.enforcement {
                Enforcement::Block => &before,
                Enforcement::Warn => &[],
            };
            let lines = grown_excess(allowed, &readings);
            if !lines.is_empty() {
                let value = |value: serde_json::Result<serde_json::Value>| value.map_err(Error::internal);
                return Err(Error::new(Code::QuotaExceeded)
                    .with("which", rule.enforced().as_str())
                    .with("lines", value(serde_json::to_value(&lines))?)
                    .with("readings", value(serde_json::to_value(&readings))?));
            }
        }
        Ok(())
    }

    /// How many journal entries this transaction wrote.
    pub(super) const fn records(&self) -> u32 {
        self.records
    }
}

fn forbidden(action: Action) -> Error {
    Error::denied(action, DenialReason::NotAllowed)
}
