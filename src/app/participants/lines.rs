//! One line of the roll: add, change, remove.

use chrono::NaiveDate;
use uuid::Uuid;

use super::{NOUN, Participant, locked, manageable, open_roll, place, read, still_open, visible};
use crate::app::{AnyId, Command, Event, Tx};
use crate::domain::codes::{ParticipantSource, SubjectKind};
use crate::domain::error::{Code, Error, Fault, Result, all_valid};
use crate::domain::ids::{CampaignId, OrganizationId, ParticipantId};
use crate::domain::policy::{Action, Place};
use crate::store::campaigns::{self, Campaign};
use crate::store::participants::{self, Subject};
use crate::store::{dialect, nominations};

/// A subject as it is put on the roll.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Line {
    /// Kind of the subject.
    pub subject_kind: SubjectKind,
    /// The individual or collective.
    pub subject_id: Option<Uuid>,
    /// Personnel code, in place of an individual's identifier.
    pub personnel_code: Option<String>,
    /// Since when it takes part; from the beginning otherwise.
    pub joined_on: Option<NaiveDate>,
    /// Last day of taking part; to the end otherwise.
    pub left_on: Option<NaiveDate>,
    /// Whether it stands in the denominator.
    pub counted: bool,
    /// How it came onto the roll.
    pub source: ParticipantSource,
}

impl Line {
    /// Whether this is the subject that the line means.
    pub(super) fn means(&self, subject: &Subject) -> bool {
        subject.kind == self.subject_kind
            && match (self.subject_id, &self.personnel_code) {
                (Some(id), _) => subject.id == AnyId(id),
                (None, Some(code)) => subject.personnel_code.as_ref() == Some(code),
                (None, None) => false,
            }
    }

    /// What is wrong with the line, given the subject it means; pointers are relative to the line.
    pub(super) fn faults(&self, subject: Option<&Subject>) -> Vec<Fault> {
        let mut faults = Vec::new();
        let names_one = |pointer, code| {
            Fault::at(pointer, code).says(
                "Nêu đúng một: subject_id hoặc personnel_code",
                "Name exactly one: subject_id or personnel_code",
            )
        };
        match (subject, self.subject_id, &self.personnel_code) {
            (_, None, None) => faults.push(names_one("/subject_id", Code::FieldRequired)),
            // Two names may mean two persons: neither is taken.
            (_, Some(_), Some(_)) => faults.push(names_one("/personnel_code", Code::FieldDuplicate)),
            (None, None, Some(_)) => {
                faults.push(Fault::at(self.place(), Code::FieldReference).says(
                    "Không có, hoặc có nhiều hơn một người mang mã cán bộ này; hãy nêu subject_id",
                    "Nobody, or more than one person, has this personnel code; name the subject_id",
                ));
            }
            (None, _, _) => faults.push(Fault::at(self.place(), Code::FieldReference)),
            (Some(subject), _, _) if !subject.active => {
                faults.push(Fault::at(self.place(), Code::IndividualInactive));
            }
            _ => {}
        }
        if let (Some(joined), Some(left)) = (self.joined_on, self.left_on)
            && left < joined
        {
            faults.push(Fault::before("/left_on", joined));
        }
        faults
    }

    /// The member that names the subject.
    pub(super) const fn place(&self) -> &'static str {
        match (self.subject_id, &self.personnel_code) {
            (None, Some(_)) => "/personnel_code",
            _ => "/subject_id",
        }
    }

    /// Stores the line of the subject that it means.
    fn put(&self, tx: &mut Tx<'_>, campaign: &Campaign, subject: Option<&Subject>) -> Result<Participant> {
        let faults = self.faults(subject);
        let (Some(subject), true) = (subject, faults.is_empty()) else {
            return Err(Error::invalid(faults));
        };
        let row = self.row(tx, campaign, subject);
        participants::insert(tx.conn, &row).map_err(dialect::unique_at(Code::RollDuplicate, self.place()))?;
        participants::index(tx.conn, &row)?;
        Ok(row)
    }

    /// Whom it means, if that is one.
    fn subject(&self, tx: &mut Tx<'_>, campaign: &Campaign) -> Result<Option<Subject>> {
        let sources = sources(tx, campaign)?;
        let subjects = participants::subjects(tx.conn, &sources, self.subject_id.map(AnyId))?;
        Ok(only(subjects.into_iter().filter(|subject| self.means(subject))))
    }

    pub(super) fn row(&self, tx: &Tx<'_>, campaign: &Campaign, subject: &Subject) -> Participant {
        Participant {
            id: ParticipantId::generate(),
            campaign_id: campaign.id,
            owner_organization_id: campaign.owner_organization_id,
            division_id: subject.unit_id,
            subject_kind: subject.kind,
            subject_id: subject.id,
            display_name: subject.name.clone(),
            sort_name: subject.sort_name.clone(),
            staff_kind: subject.staff_kind,
            joined_on: self.joined_on,
            left_on: self.left_on,
            source: self.source,
            counted: self.counted,
            frozen: false,
            version: 1,
            created_at: tx.now,
            updated_at: tx.now,
        }
    }
}

/// The one that is found; none where there are several, for personnel codes are one organisation's own.
pub(super) fn only<T>(mut found: impl Iterator<Item = T>) -> Option<T> {
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// Whose people and collectives may take part: the launching organisation's and those of the units that the plan
/// invites, once it is published: nobody but its author knows of a draft, and it must not tell him who works elsewhere.
pub(super) fn sources(tx: &mut Tx<'_>, campaign: &Campaign) -> Result<Vec<OrganizationId>> {
    let mut all = vec![campaign.owner_organization_id];
    if campaign.published_at.is_some() {
        let plan = campaigns::current_plan(tx.conn, campaign)?;
        all.extend(plan.submission.invited_unit_ids);
    }
    Ok(all)
}

/// Puts one subject on the roll.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Add {
    /// Of which campaign.
    pub campaign_id: CampaignId,
    /// The line.
    pub line: Line,
}

impl Command for Add {
    type Target = Campaign;
    type Output = Participant;
    const VERSIONED: bool = false;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Campaign> {
        manageable(tx, self.campaign_id)
    }

    fn version(target: &Campaign) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, _read_before_the_lock: Campaign) -> Result<Participant> {
        let campaign = open_roll(tx, self.campaign_id)?;
        tx.request.hold(campaign.version)?;
        let subject = self.line.subject(tx, &campaign)?;
        let row = self.line.put(tx, &campaign, subject.as_ref())?;
        tx.record(event("participant.added", &row).with("after", &row))?;
        Ok(row)
    }
}

/// Admits a subject after the freeze (R-S5): it may be nominated, but the denominator stays as it was
/// frozen.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Admit {
    /// To the roll of which campaign.
    pub campaign_id: CampaignId,
    /// The line; never counted.
    pub line: Line,
    /// Why it is not on the frozen roll.
    pub reason: String,
}

impl Command for Admit {
    type Target = Campaign;
    type Output = Participant;
    const VERSIONED: bool = false;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Campaign> {
        let campaign = visible(tx, self.campaign_id)?;
        let place = Place::of(campaign.owner_organization_id);
        tx.permit(Action::AdmitParticipant, &place)?;
        Ok(campaign)
    }

    fn version(target: &Campaign) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, _read_before_the_lock: Campaign) -> Result<Participant> {
        dialect::hold_shared(tx.conn, self.campaign_id)?;
        let campaign = campaigns::get(tx.conn, self.campaign_id)?;
        match locked(&campaign) {
            Some(error) if error.code == Code::RollFrozen => {}
            Some(error) => return Err(error),
            // An open roll takes everyone without a reason.
            None => return Err(Error::new(Code::RollNotFrozen)),
        }
        tx.request.hold(campaign.version)?;
        let subject = self.line.subject(tx, &campaign)?;
        let (row, event) = if let Some(before) = self.outside(tx, &campaign, subject.as_ref())? {
            let row = Participant {
                joined_on: self.line.joined_on,
                left_on: self.line.left_on,
                version: before.version + 1,
                updated_at: tx.now,
                ..before.clone()
            };
            participants::save_if(tx.conn, &row, before.version)?;
            let event = event("participant.admitted", &row).diff(&before, &row);
            (row, event)
        } else {
            let row = self.line.put(tx, &campaign, subject.as_ref())?;
            let event = event("participant.admitted", &row).with("after", &row);
            (row, event)
        };
        tx.record(event.with("reason", &self.reason))?;
        Ok(row)
    }
}

impl Admit {
    /// The frozen line that stands outside of the campaign's time and leaves the subject nowhere to be proposed: its
    /// days are set right, what it counts for stays.
    fn outside(
        &self,
        tx: &mut Tx<'_>,
        campaign: &Campaign,
        subject: Option<&Subject>,
    ) -> Result<Option<Participant>> {
        let Some(subject) = subject else {
            return Ok(None);
        };
        let line = participants::of_subject(tx.conn, campaign.id, subject.kind, subject.id)?;
        match line {
            Some(line) if !takes_part(tx, campaign, &line)? => {
                all_valid(self.line.faults(Some(subject)))?;
                Ok(Some(line))
            }
            _ => Ok(None),
        }
    }
}

/// Changes one line.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Change {
    /// Which.
    pub id: ParticipantId,
    /// Since when it takes part; `Some(None)` clears.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub joined_on: Option<Option<NaiveDate>>,
    /// Last day of taking part; `Some(None)` clears.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_on: Option<Option<NaiveDate>>,
    /// Whether it stands in the denominator.
    pub counted: Option<bool>,
}

impl Command for Change {
    type Target = Participant;
    type Output = Participant;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Participant> {
        kept(tx, self.id)
    }

    fn version(target: &Participant) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: Participant) -> Result<Participant> {
        // Alone, so that nobody proposes the subject meanwhile (R-S5).
        dialect::hold(tx.conn, seen.campaign_id)?;
        let campaign = still_open(tx, seen.campaign_id)?;
        let before = unchanged(tx, seen)?;
        let after = Participant {
            joined_on: self.joined_on.unwrap_or(before.joined_on),
            left_on: self.left_on.unwrap_or(before.left_on),
            counted: self.counted.unwrap_or(before.counted),
            version: before.version + 1,
            updated_at: tx.now,
            ..before.clone()
        };
        if let (Some(joined), Some(left)) = (after.joined_on, after.left_on)
            && left < joined
        {
            return Err(Error::invalid(vec![Fault::before("/left_on", joined)]));
        }
        if tx.unchanged(&before, &after) {
            return Ok(before);
        }
        let bound = participants::is_nominated(tx.conn, &before)? && takes_part(tx, &campaign, &before)?;
        participants::save_if(tx.conn, &after, before.version)?;
        if bound && !takes_part(tx, &campaign, &after)? {
            return Err(Error::new(Code::ParticipantInUse));
        }
        tx.changed(&before, &after);
        tx.record(event("participant.changed", &after).diff(&before, &after))?;
        Ok(after)
    }
}

/// Takes one line off the roll.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Remove {
    /// Which.
    pub id: ParticipantId,
}

impl Command for Remove {
    type Target = Participant;
    type Output = ();
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Participant> {
        kept(tx, self.id)
    }

    fn version(target: &Participant) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: Participant) -> Result<()> {
        // Alone, so that nobody proposes the subject meanwhile (R-S5).
        dialect::hold(tx.conn, seen.campaign_id)?;
        still_open(tx, seen.campaign_id)?;
        let row = unchanged(tx, seen)?;
        if participants::is_nominated(tx.conn, &row)? {
            return Err(Error::new(Code::ParticipantInUse));
        }
        participants::delete(tx.conn, row.id)?;
        tx.record(event("participant.removed", &row).with("before", &row))
    }
}

/// The line read again after a lock was waited for; a change in between is a stale tag.
fn unchanged(tx: &mut Tx<'_>, seen: Participant) -> Result<Participant> {
    let row = participants::get(tx.conn, seen.id)?;
    if row.version == seen.version {
        Ok(row)
    } else {
        Err(Error::stale(row.version))
    }
}

/// Whether the subject takes part in the time of the campaign, as its nomination asks (R-S5).
fn takes_part(tx: &mut Tx<'_>, campaign: &Campaign, row: &Participant) -> Result<bool> {
    let time = (campaign.period_from, campaign.period_to);
    let unit =
        nominations::unit_on_the_roll(tx.conn, row.campaign_id, row.subject_kind, row.subject_id, time)?;
    Ok(unit.is_some())
}

fn kept(tx: &mut Tx<'_>, id: ParticipantId) -> Result<Participant> {
    let participant = read(tx, id)?;
    tx.require(Action::ManageParticipant, &place(&participant))?;
    Ok(participant)
}

fn event(kind: &'static str, row: &Participant) -> Event {
    Event::new(kind, NOUN, row.id)
        .version(row.version)
        .within(row.owner_organization_id, Some(row.division_id))
        .campaign(row.campaign_id)
}
