//! What individuals and collectives share: names, the owner behind a unit, imported lists.

use std::collections::{BTreeMap, BTreeSet};

use super::guards::require_open;
use super::{Event, Tx};
use crate::domain::error::{Code, Error, Fault, Result};
use crate::domain::ids::OrganizationId;
use crate::domain::policy::{Action, Place};
use crate::domain::text::{self, TextKind};
use crate::store::collectives::Collective;
use crate::store::individuals::Individual;
use crate::store::{dialect, organizations};

/// Longest name of a person or collective, in scalar values.
const LONGEST_NAME: usize = 300;

/// Most lines of one imported list (M-32).
pub const MOST_LINES: usize = 5000;

/// Where an individual stands.
pub(super) fn place_of_individual(individual: &Individual) -> Place {
    Place {
        individual: Some(individual.id),
        ..Place::in_division(individual.owner_organization_id, individual.unit_id)
    }
}

/// Where a collective stands.
pub(super) fn place_of_collective(collective: &Collective) -> Place {
    Place::in_division(collective.owner_organization_id, collective.unit_id)
}

/// A name as it is stored, or what is wrong with it at `pointer`.
pub(super) fn name(pointer: &str, given: &str, faults: &mut Vec<Fault>) -> String {
    text::normalise(given, TextKind::Name, LONGEST_NAME).unwrap_or_else(|fault| {
        faults.push(fault.at(pointer));
        String::new()
    })
}

/// The owner of what is put into `unit`, once the caller may do that there; the unit neither moves nor ends meanwhile.
/// None when there is no such unit and the caller may do it somewhere: that is a fault of the body, not a question of
/// rights.
///
/// # Errors
/// `access.forbidden`, `organization.closed`.
pub(super) fn owner_permitted(tx: &mut Tx<'_>, unit: OrganizationId) -> Result<Option<OrganizationId>> {
    dialect::hold_tree_shared(tx.conn)?;
    owner_in_held_tree(tx, unit)
}

fn owner_in_held_tree(tx: &mut Tx<'_>, unit: OrganizationId) -> Result<Option<OrganizationId>> {
    let Some((unit, owner)) = organizations::with_authority(tx.conn, unit)? else {
        permit_somewhere(tx)?;
        return Ok(None);
    };
    tx.permit(Action::ManagePerson, &Place::in_division(owner.id, unit.id))?;
    require_open(tx, &unit)?;
    require_open(tx, &owner)?;
    Ok(Some(owner.id))
}

/// The owner, or the fault of a unit that does not exist.
///
/// # Errors
/// `body.invalid`.
pub(super) fn owner_known(owner: Option<OrganizationId>, faults: &mut Vec<Fault>) -> Option<OrganizationId> {
    if owner.is_none() {
        faults.push(Fault::at("/unit_id", Code::FieldReference));
    }
    owner
}

/// Whether the caller keeps persons anywhere.
///
/// # Errors
/// `access.forbidden`.
pub(super) fn permit_somewhere(tx: &mut Tx<'_>) -> Result<()> {
    let reach = tx.sees(Action::ManagePerson);
    match reach.owners.first() {
        _ if reach.everything => tx.permit(Action::ManagePerson, &Place::default()).map(drop),
        Some(owner) => tx.permit(Action::ManagePerson, &Place::of(*owner)).map(drop),
        None => tx.permit(Action::ManagePerson, &Place::default()).map(drop),
    }
}

/// One line of an imported list: what was sent, and what it is when it has the right form.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Line<T> {
    /// The line as sent, for comparing requests.
    pub sent: serde_json::Value,
    /// The line read; none when its form is wrong.
    #[serde(skip)]
    pub content: Option<T>,
    /// What is wrong with its form; pointers begin at the line.
    #[serde(skip)]
    pub faults: Vec<Fault>,
    /// On which line of a file it begins, for whoever looks at that file.
    #[serde(skip)]
    pub file_line: Option<u64>,
}

/// An imported list (M-32).
#[derive(Debug, Clone, serde::Serialize)]
pub struct Import<T> {
    /// Nothing is stored unless every line can be.
    pub atomic: bool,
    /// The lines in their order.
    pub lines: Vec<Line<T>>,
}

impl<T> Import<T> {
    /// The same list with lines of another type.
    pub fn map<U>(self, convert: impl Fn(T) -> U) -> Import<U> {
        Import {
            atomic: self.atomic,
            lines: self
                .lines
                .into_iter()
                .map(|line| Line {
                    sent: line.sent,
                    content: line.content.map(&convert),
                    faults: line.faults,
                    file_line: line.file_line,
                })
                .collect(),
        }
    }
}

/// What became of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Its place in the list, from 1.
    pub row: usize,
    /// On which line of a file it begins.
    pub file_line: Option<u64>,
    /// What was made of it.
    pub id: Option<uuid::Uuid>,
    /// Why nothing was made of it.
    pub faults: Vec<Fault>,
}

/// What became of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Number of lines stored.
    pub stored: usize,
    /// Number of lines refused.
    pub rejected: usize,
    /// Every line, in order.
    pub rows: Vec<Outcome>,
}

/// Stores every line with `store`, which answers the new object's id or the line's faults, and refuses
/// the whole list when one line is refused and the list is atomic.
///
/// # Errors
/// `import.rejected` with every fault at `/rows/{index}/…`.
pub(super) fn import<T>(
    tx: &mut Tx<'_>,
    list: &Import<T>,
    mut store: impl FnMut(&mut Tx<'_>, &T) -> Result<std::result::Result<uuid::Uuid, Vec<Fault>>>,
) -> Result<Report> {
    let mut rows = Vec::with_capacity(list.lines.len());
    for (index, line) in list.lines.iter().enumerate() {
        let outcome = match &line.content {
            Some(content) => store(tx, content)?,
            None => Err(line.faults.clone()),
        };
        let (id, faults) = match outcome {
            Ok(id) => (Some(id), Vec::new()),
            Err(faults) => (None, faults),
        };
        rows.push(Outcome {
            row: index + 1,
            file_line: line.file_line,
            id,
            faults,
        });
    }
    let rejected = rows.iter().filter(|row| row.id.is_none()).count();
    let report = Report {
        stored: rows.len() - rejected,
        rejected,
        rows,
    };
    if rejected > 0 && (list.atomic || report.stored == 0) {
        return Err(refusal(&report));
    }
    Ok(report)
}

/// What stands on a line of a list, and the unit it belongs to: by its identifier or its official code.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Placed<T> {
    /// The unit.
    pub unit_id: Option<OrganizationId>,
    /// Its official code instead.
    pub unit_code: Option<String>,
    /// The rest of the line.
    pub content: T,
}

impl<T> Placed<T> {
    fn pointer(&self) -> &'static str {
        if self.unit_code.is_some() {
            "/unit_code"
        } else {
            "/unit_id"
        }
    }

    /// The unit, given those with the codes of the list.
    fn unit(&self, known: &BTreeMap<String, OrganizationId>) -> std::result::Result<OrganizationId, Fault> {
        match (self.unit_id, &self.unit_code) {
            (Some(_), Some(_)) => Err(Fault::at("/unit_code", Code::FieldChoice)
                .with("choices", vec!["unit_id", "unit_code"])
                .says(
                    "Chỉ nêu một trong hai: unit_id hoặc unit_code",
                    "Give either unit_id or unit_code, not both",
                )),
            (Some(id), None) => Ok(id),
            (None, Some(code)) => {
                let id = known.get(code).copied();
                id.ok_or_else(|| Fault::at("/unit_code", Code::FieldReference))
            }
            (None, None) => Err(Fault::at("/unit_id", Code::FieldRequired)),
        }
    }
}

/// Where a person or collective is put, or why it cannot be put there.
pub(super) type Home = std::result::Result<(OrganizationId, OrganizationId), Fault>;

/// A unit with its owner, or the fault of a unit that does not exist.
pub(super) fn home(unit: OrganizationId, owner: Option<OrganizationId>, pointer: &str) -> Home {
    match owner {
        Some(owner) => Ok((unit, owner)),
        None => Err(Fault::at(pointer, Code::FieldReference)),
    }
}

/// As `import`, for lines that name their unit; `taken` is where a line says what another has already.
///
/// # Errors
/// `import.rejected`.
pub(super) fn import_placed<T>(
    tx: &mut Tx<'_>,
    list: &Import<Placed<T>>,
    taken: &str,
    mut store: impl FnMut(&mut Tx<'_>, &T, Home) -> Result<uuid::Uuid>,
) -> Result<Report> {
    let lines = list.lines.iter().filter_map(|line| line.content.as_ref());
    let codes: BTreeSet<&str> = lines.filter_map(|line| line.unit_code.as_deref()).collect();
    dialect::hold_tree_shared(tx.conn)?;
    let known = organizations::with_codes(tx.conn, &codes)?;
    import(tx, list, |tx, line| {
        let pointer = line.pointer();
        let home = match line.unit(&known) {
            Err(fault) => Err(fault),
            Ok(unit) => match line_fault(owner_in_held_tree(tx, unit), pointer)? {
                Ok(owner) => home(unit, owner, pointer),
                Err(faults) => return Ok(Err(faults)),
            },
        };
        line_fault(store(tx, &line.content, home), taken)
    })
}

/// How many faults of a list are told at most; which lines they are of is told of all.
const TOLD: usize = 100;

fn refusal(report: &Report) -> Error {
    let refused = || report.rows.iter().filter(|row| row.id.is_none());
    let numbers: Vec<usize> = refused().map(|row| row.row).collect();
    let file_lines: Vec<u64> = refused().filter_map(|row| row.file_line).collect();
    let faults = report.rows.iter().flat_map(|row| {
        row.faults.iter().map(|fault| {
            let inner = match &fault.place {
                Some(crate::domain::error::Place::Pointer(pointer)) => pointer.as_str(),
                _ => "",
            };
            let fault = Fault {
                place: Some(crate::domain::error::Place::Pointer(format!(
                    "/rows/{}{inner}",
                    row.row.saturating_sub(1)
                ))),
                ..fault.clone()
            }
            .with("row", row.row);
            match row.file_line {
                Some(line) => fault.with("line", line),
                None => fault,
            }
        })
    });
    let refused = Error {
        faults: faults.take(TOLD).collect(),
        ..Error::new(Code::ImportRejected)
    }
    .with("rejected_rows", numbers)
    .with("rows", report.rows.len());
    if file_lines.is_empty() {
        refused
    } else {
        refused.with("rejected_lines", file_lines)
    }
}

/// A refusal of one line that does not stop the others; anything else ends the request.
///
/// # Errors
/// What is no fault of the line.
fn line_fault<T>(outcome: Result<T>, pointer: &str) -> Result<std::result::Result<T, Vec<Fault>>> {
    match outcome {
        Ok(value) => Ok(Ok(value)),
        Err(error) => match error.code {
            Code::BodyInvalid => Ok(Err(error.faults)),
            Code::AccessForbidden
            | Code::OrganizationClosed
            | Code::IndividualCodeTaken
            | Code::CollectiveNameTaken => Ok(Err(vec![Fault::at(pointer, error.code)])),
            _ => Err(error),
        },
    }
}

/// Marks an entry of the journal as part of an import.
pub(super) fn imported(event: Event, imported: bool) -> Event {
    if imported {
        event.with("imported", true)
    } else {
        event
    }
}
