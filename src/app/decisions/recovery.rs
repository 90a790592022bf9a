//! Recovery of objects and money after a revocation (ND152 art. 58): a task for each item, due in 15
//! working days from the issue.

use chrono::NaiveDate;

use super::{Command, Decision, DecisionItem, Event, Possible, RecoveryTask, Rows, Slice, TasksWanted, Tx};
use crate::domain::error::{Code, Error, Fault, Result};
use crate::domain::ids::RecoveryTaskId;
use crate::domain::policy::{Action, Place};
use crate::store::{decisions, reference};

const NOUN: &str = "recovery_task";
/// Working days for the return of objects and money.
const WORKING_DAYS: u16 = 15;
const OPEN: &str = "OPEN";
const COMPLETED: &str = "COMPLETED";

/// The last day for the return, counted from today.
pub(super) fn due_on(tx: &mut Tx<'_>) -> Result<NaiveDate> {
    let calendar = reference::calendar(tx.conn)?;
    Ok(calendar.add_working_days(tx.today(), WORKING_DAYS))
}

/// Opens the task of one revoked item.
pub(super) fn open(
    tx: &mut Tx<'_>,
    revocation: &Decision,
    item: &DecisionItem,
    due_on: NaiveDate,
) -> Result<()> {
    let task = RecoveryTask {
        id: RecoveryTaskId::generate(),
        decision_id: revocation.id,
        decision_item_id: item.id,
        owner_organization_id: revocation.owner_organization_id,
        campaign_id: revocation.campaign_id,
        due_on,
        amount_dong: item.amount_dong.unwrap_or(0),
        state: OPEN.to_owned(),
        completed_on: None,
        note: None,
        version: 1,
        created_at: tx.now,
        updated_at: tx.now,
    };
    decisions::insert_recovery_task(tx.conn, &task)?;
    let event = Event::new("recovery_task.opened", NOUN, task.id)
        .version(1)
        .within(task.owner_organization_id, None)
        .campaign(task.campaign_id)
        .with("after", &task);
    tx.record(event)
}

/// Reads one recovery task.
///
/// # Errors
/// `resource.not_found`.
pub fn read_recovery_task(tx: &mut Tx<'_>, id: RecoveryTaskId) -> Result<RecoveryTask> {
    let task = decisions::get_recovery_task(tx.conn, id)?;
    tx.require(Action::ReadDecision, &Place::of(task.owner_organization_id))?;
    Ok(task)
}

/// A page of recovery tasks, the most urgent first.
///
/// # Errors
/// The driver's error.
pub fn list_recovery_tasks(
    tx: &mut Tx<'_>,
    wanted: &TasksWanted,
    slice: &Slice,
) -> Result<Rows<RecoveryTask>> {
    let sees = tx.sees(Action::ReadDecision);
    let owners = (!sees.everything).then_some(sees.owners.as_slice());
    decisions::recovery_tasks(tx.conn, owners, wanted, slice)
}

fn is_open(task: &RecoveryTask) -> Result<()> {
    if task.state == OPEN {
        Ok(())
    } else {
        Err(Error::transition("recovery_task", &task.state, Vec::new()))
    }
}

/// What the caller may do with it.
pub fn recovery_possible(tx: &Tx<'_>, task: &RecoveryTask) -> Vec<Possible> {
    if is_open(task).is_err() {
        return Vec::new();
    }
    let place = Place::of(task.owner_organization_id);
    vec![tx.possible("complete", Action::RecoverAward, &place, Vec::new())]
}

/// Says that objects and money were returned.
#[derive(Debug, Clone, serde::Serialize)]
pub struct CompleteRecovery {
    /// Which.
    pub id: RecoveryTaskId,
    /// The day.
    pub completed_on: NaiveDate,
    /// What was returned, to whom.
    pub note: String,
}

impl Command for CompleteRecovery {
    type Target = RecoveryTask;
    type Output = RecoveryTask;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<RecoveryTask> {
        let task = decisions::get_recovery_task(tx.conn, self.id)?;
        tx.require(Action::RecoverAward, &Place::of(task.owner_organization_id))?;
        Ok(task)
    }

    fn version(target: &RecoveryTask) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, before: RecoveryTask) -> Result<RecoveryTask> {
        is_open(&before)?;
        let revoked = decisions::get(tx.conn, before.decision_id)?.issued_on;
        let range = Fault::at("/completed_on", Code::FieldRange);
        if self.completed_on > tx.today() {
            return Err(Error::invalid(vec![
                range.with("maximum", tx.today().to_string()),
            ]));
        }
        if let Some(revoked) = revoked.filter(|revoked| self.completed_on < *revoked) {
            return Err(Error::invalid(vec![range.with("minimum", revoked.to_string())]));
        }
        let after = RecoveryTask {
            state: COMPLETED.to_owned(),
            completed_on: Some(self.completed_on),
            note: Some(self.note.clone()),
            version: before.version + 1,
            updated_at: tx.now,
            ..before.clone()
        };
        decisions::save_recovery_task_if(tx.conn, &after, before.version)?;
        tx.changed(&before, &after);
        let event = Event::new("recovery_task.completed", NOUN, after.id)
            .version(after.version)
            .within(after.owner_organization_id, None)
            .campaign(after.campaign_id)
            .moved(OPEN, COMPLETED)
            .diff(&before, &after);
        tx.record(event)?;
        Ok(after)
    }
}
