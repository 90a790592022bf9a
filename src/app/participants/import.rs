//! Many lines at once: a list that was sent, or the organisation's own staff (M-32). Every row is
//! checked and reported; nothing is stored when one is refused, unless the caller asks for it.

use std::collections::BTreeMap;

use super::lines::{only, sources};
use super::{Line, manageable, still_open};
use crate::app::persons::{self, Import, Outcome, Report};
use crate::app::{AnyId, Command, Event, Tx};
use crate::domain::codes::{ParticipantSource, SubjectKind};
use crate::domain::error::{Code, Fault, Result};
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::store::campaigns::{self, Campaign};
use crate::store::dialect;
use crate::store::participants::{self, Subject};

/// Imports a list.
#[derive(Debug, Clone, serde::Serialize)]
pub struct ImportLines {
    /// Of which campaign.
    pub campaign_id: CampaignId,
    /// The list.
    pub list: Import<Line>,
}

impl Command for ImportLines {
    type Target = Campaign;
    type Output = Report;
    const VERSIONED: bool = false;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Campaign> {
        manageable(tx, self.campaign_id)
    }

    fn version(target: &Campaign) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, _read_before_the_lock: Campaign) -> Result<Report> {
        let campaign = whole_roll(tx, self.campaign_id)?;
        tx.request.hold(campaign.version)?;
        let sources = sources(tx, &campaign)?;
        let subjects = participants::subjects(tx.conn, &sources, None)?;
        let known = Known::new(&subjects);
        let mut present = participants::on_the_roll(tx.conn, campaign.id)?;
        let report = persons::import(tx, &self.list, |tx, line| {
            let subject = known.meant_by(line);
            let mut faults = line.faults(subject);
            if subject.is_some_and(|subject| present.contains(&subject.id)) {
                faults.push(Fault::at(line.place(), Code::RollDuplicate));
            }
            let (Some(subject), true) = (subject, faults.is_empty()) else {
                return Ok(Err(faults));
            };
            present.insert(subject.id);
            store(tx, &campaign, line, subject).map(|id| Ok(id.0))
        })?;
        imported(tx, &campaign, report.stored)?;
        Ok(report)
    }
}

/// Puts the whole active staff and all collectives of the launching organisation on the roll (S6);
/// who is on it already stays as it is.
#[derive(Debug, Clone, serde::Serialize)]
pub struct FromRoll {
    /// Of which campaign.
    pub campaign_id: CampaignId,
}

impl Command for FromRoll {
    type Target = Campaign;
    type Output = Report;
    const VERSIONED: bool = false;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Campaign> {
        manageable(tx, self.campaign_id)
    }

    fn version(target: &Campaign) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, _read_before_the_lock: Campaign) -> Result<Report> {
        let campaign = whole_roll(tx, self.campaign_id)?;
        tx.request.hold(campaign.version)?;
        let kinds = campaigns::current_plan(tx.conn, &campaign)?
            .participation
            .staff_kinds;
        let subjects = participants::subjects(tx.conn, &[campaign.owner_organization_id], None)?;
        let present = participants::on_the_roll(tx.conn, campaign.id)?;
        let mut rows = Vec::new();
        for subject in subjects {
            let wanted = subject
                .staff_kind
                .is_none_or(|kind| kinds.is_empty() || kinds.contains(&kind));
            if !subject.active || !wanted || present.contains(&subject.id) {
                continue;
            }
            let line = Line {
                subject_kind: subject.kind,
                subject_id: Some(subject.id.0),
                personnel_code: None,
                joined_on: None,
                left_on: None,
                counted: true,
                source: ParticipantSource::Roll,
            };
            let id = store(tx, &campaign, &line, &subject)?;
            rows.push(Outcome {
                row: rows.len() + 1,
                file_line: None,
                id: Some(id.0),
                faults: Vec::new(),
            });
        }
        imported(tx, &campaign, rows.len())?;
        Ok(Report {
            stored: rows.len(),
            rejected: 0,
            rows,
        })
    }
}

/// Keeps every other change of the roll away: two lists at once would both add whom both name.
fn whole_roll(tx: &mut Tx<'_>, id: CampaignId) -> Result<Campaign> {
    dialect::hold(tx.conn, id)?;
    still_open(tx, id)
}

/// Subjects by what a row may name.
struct Known<'s> {
    by_id: BTreeMap<AnyId, &'s Subject>,
    by_code: BTreeMap<&'s str, Vec<&'s Subject>>,
}

impl<'s> Known<'s> {
    fn new(subjects: &'s [Subject]) -> Self {
        let mut by_code: BTreeMap<&str, Vec<&Subject>> = BTreeMap::new();
        for subject in subjects {
            if let Some(code) = subject.personnel_code.as_deref() {
                by_code.entry(code).or_default().push(subject);
            }
        }
        Self {
            by_id: subjects.iter().map(|subject| (subject.id, subject)).collect(),
            by_code,
        }
    }

    fn meant_by(&self, line: &Line) -> Option<&'s Subject> {
        let subject = match (line.subject_id, &line.personnel_code) {
            (Some(id), _) => self.by_id.get(&AnyId(id)).copied(),
            (None, Some(code)) if line.subject_kind == SubjectKind::Individual => {
                let found = self.by_code.get(code.as_str());
                only(found.into_iter().flatten().copied())
            }
            _ => None,
        };
        subject.filter(|subject| line.means(subject))
    }
}

fn store(tx: &mut Tx<'_>, campaign: &Campaign, line: &Line, subject: &Subject) -> Result<ParticipantId> {
    let row = line.row(tx, campaign, subject);
    participants::insert(tx.conn, &row).map_err(dialect::unique(Code::RollDuplicate))?;
    participants::index(tx.conn, &row)?;
    Ok(row.id)
}

fn imported(tx: &mut Tx<'_>, campaign: &Campaign, added: usize) -> Result<()> {
    let event = Event::new("roll.imported", "campaign", campaign.id)
        .version(campaign.version)
        .within(campaign.owner_organization_id, None)
        .campaign(campaign.id)
        .with("added", added);
    tx.record(event)
}
