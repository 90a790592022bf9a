//! Many lines at once: a list that was sent, or the organisation's own staff (M-32). Every row is
//! checked and reported; nothing is stored when one is refused, unless the caller asks for it.

use std::collections::BTreeMap;

use super::lines::sources;
use super::{Line, manageable, open_roll};
use crate::app::{AnyId, Command, Event, Tx};
use crate::domain::codes::{ParticipantSource, SubjectKind};
use crate::domain::error::{Code, Error, Fault, Place, Result};
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::domain::vocabulary::text_enum;
use crate::store::campaigns::{self, Campaign};
use crate::store::participants::{self, Subject};

text_enum! {
    /// What became of one row of an import.
    RowStatus {
        /// Put on the roll.
        Added = "ADDED",
        /// Refused.
        Refused = "REFUSED",
    }
}

/// What became of one row.
#[derive(Debug, Clone)]
pub struct RowReport {
    /// Number of the row, from 1.
    pub row: usize,
    /// What became of it.
    pub status: RowStatus,
    /// The line that was made.
    pub participant_id: Option<ParticipantId>,
    /// Why it was refused.
    pub errors: Vec<Fault>,
}

/// What became of an import.
#[derive(Debug, Clone)]
pub struct Report {
    /// Lines that were made.
    pub added: usize,
    /// Rows that were refused.
    pub refused: usize,
    /// Each row.
    pub rows: Vec<RowReport>,
}

/// Imports a list.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Import {
    /// Of which campaign.
    pub campaign_id: CampaignId,
    /// The rows.
    pub rows: Vec<Line>,
    /// Nothing is stored when one row is refused.
    pub atomic: bool,
}

impl Command for Import {
    type Target = Campaign;
    type Output = Report;
    const VERSIONED: bool = false;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Campaign> {
        manageable(tx, self.campaign_id)
    }

    fn act(&self, tx: &mut Tx<'_>, _read_before_the_lock: Campaign) -> Result<Report> {
        let campaign = open_roll(tx, self.campaign_id)?;
        let sources = sources(tx, &campaign)?;
        let subjects = participants::subjects(tx.conn, &sources, None)?;
        let known = Known::new(&subjects);
        let mut present = participants::on_the_roll(tx.conn, campaign.id)?;
        let mut report = Report {
            added: 0,
            refused: 0,
            rows: Vec::with_capacity(self.rows.len()),
        };
        for (index, line) in self.rows.iter().enumerate() {
            let subject = known.meant_by(line);
            let mut errors = line.faults(subject);
            let mut participant_id = None;
            if let Some(subject) = subject.filter(|_| errors.is_empty()) {
                if present.insert(subject.id) {
                    participant_id = Some(store(tx, &campaign, line, subject)?);
                } else {
                    errors.push(Fault::at("/subject_id", Code::RollDuplicate));
                }
            }
            report.add(index, participant_id, errors);
        }
        if self.atomic && report.refused > 0 {
            return Err(report.rejected());
        }
        imported(tx, &campaign, "roll.imported", report.added)?;
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

    fn act(&self, tx: &mut Tx<'_>, _read_before_the_lock: Campaign) -> Result<Report> {
        let campaign = open_roll(tx, self.campaign_id)?;
        let kinds = campaigns::current_plan(tx.conn, &campaign)?
            .participation
            .staff_kinds;
        let subjects = participants::subjects(tx.conn, &[campaign.owner_organization_id], None)?;
        let present = participants::on_the_roll(tx.conn, campaign.id)?;
        let mut report = Report {
            added: 0,
            refused: 0,
            rows: Vec::new(),
        };
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
            report.add(report.rows.len(), Some(id), Vec::new());
        }
        imported(tx, &campaign, "roll.imported", report.added)?;
        Ok(report)
    }
}

/// Subjects by what a row may name.
struct Known<'s> {
    by_id: BTreeMap<AnyId, &'s Subject>,
    by_code: BTreeMap<&'s str, &'s Subject>,
}

impl<'s> Known<'s> {
    fn new(subjects: &'s [Subject]) -> Self {
        let code = |subject: &'s Subject| Some((subject.personnel_code.as_deref()?, subject));
        Self {
            by_id: subjects.iter().map(|subject| (subject.id, subject)).collect(),
            by_code: subjects.iter().filter_map(code).collect(),
        }
    }

    fn meant_by(&self, line: &Line) -> Option<&'s Subject> {
        let subject = match (line.subject_id, &line.personnel_code) {
            (Some(id), _) => self.by_id.get(&AnyId(id)),
            (None, Some(code)) if line.subject_kind == SubjectKind::Individual => {
                self.by_code.get(code.as_str())
            }
            _ => None,
        };
        subject.copied().filter(|subject| line.means(subject))
    }
}

impl Report {
    fn add(&mut self, index: usize, participant_id: Option<ParticipantId>, errors: Vec<Fault>) {
        let status = if participant_id.is_some() {
            self.added += 1;
            RowStatus::Added
        } else {
            self.refused += 1;
            RowStatus::Refused
        };
        self.rows.push(RowReport {
            row: index + 1,
            status,
            participant_id,
            errors,
        });
    }

    /// The refusal of the whole list, with every fault at its row.
    fn rejected(self) -> Error {
        let (added, refused) = (self.added, self.refused);
        let mut error = Error::new(Code::ImportRejected)
            .with("rows_valid", added)
            .with("rows_refused", refused);
        for row in self.rows {
            for mut fault in row.errors {
                if let Some(Place::Pointer(pointer)) = &mut fault.place {
                    pointer.insert_str(0, &format!("/rows/{}", row.row - 1));
                }
                error = error.fault(fault);
            }
        }
        error
    }
}

fn store(tx: &mut Tx<'_>, campaign: &Campaign, line: &Line, subject: &Subject) -> Result<ParticipantId> {
    let row = line.row(tx, campaign, subject);
    participants::insert(tx.conn, &row).map_err(crate::store::dialect::unique(Code::RollDuplicate))?;
    participants::index(tx.conn, &row)?;
    Ok(row.id)
}

fn imported(tx: &mut Tx<'_>, campaign: &Campaign, kind: &'static str, added: usize) -> Result<()> {
    let event = Event::new(kind, "campaign", campaign.id)
        .version(campaign.version)
        .within(campaign.owner_organization_id, None)
        .campaign(campaign.id)
        .with("added", added);
    tx.record(event)
}
