//! Reference data: award forms, rule sets, base salaries, holidays (M-21). Everyone reads them; the
//! administrator adds base salaries and days of the calendar, because both come from new documents.

use chrono::NaiveDate;

use super::guards::refuse;
use super::{Command, Event, Possible, Rows, Slice, Tx};
use crate::domain::error::{Code, Error, Fault, Result};
use crate::domain::ids::{ReferenceId, RuleSetId};
use crate::domain::policy::{Action, Place};
use crate::domain::time::is_weekend;
use crate::store::{decisions, dialect, reference};

pub use crate::store::reference::{AwardCoefficient, AwardForm, BaseSalary, Holiday, RuleSet};

/// An award form with its coefficients of prize money.
#[derive(Debug, Clone)]
pub struct Form {
    /// The form.
    pub form: AwardForm,
    /// Its coefficients, the whole history.
    pub coefficients: Vec<AwardCoefficient>,
}

/// Award forms that exist on a day, or the history.
///
/// # Errors
/// The driver's error.
pub fn award_forms(tx: &mut Tx<'_>, on: Option<NaiveDate>, slice: &Slice) -> Result<Rows<Form>> {
    permitted(tx)?;
    let page = reference::award_forms_list(tx.conn, on, slice)?;
    let codes: Vec<String> = page.rows.iter().map(|form| form.code.clone()).collect();
    let all = reference::coefficients(tx.conn, &codes)?;
    page.try_map(|form| {
        let coefficients = all.iter().filter(|one| one.form == form.code).cloned().collect();
        Ok(Form { form, coefficients })
    })
}

/// One award form.
///
/// # Errors
/// `resource.not_found`.
pub fn award_form(tx: &mut Tx<'_>, id: ReferenceId) -> Result<Form> {
    permitted(tx)?;
    let form = reference::get_award_form(tx.conn, id)?;
    let coefficients = reference::coefficients(tx.conn, std::slice::from_ref(&form.code))?;
    Ok(Form { form, coefficients })
}

/// Rule sets in force on a day, or the history.
///
/// # Errors
/// The driver's error.
pub fn rule_sets(tx: &mut Tx<'_>, on: Option<NaiveDate>, slice: &Slice) -> Result<Rows<RuleSet>> {
    permitted(tx)?;
    reference::rule_sets_list(tx.conn, on, slice)
}

/// One rule set.
///
/// # Errors
/// `resource.not_found`.
pub fn rule_set(tx: &mut Tx<'_>, id: RuleSetId) -> Result<RuleSet> {
    permitted(tx)?;
    reference::get_rule_set(tx.conn, id)
}

/// Base salaries in force on a day, or the history.
///
/// # Errors
/// The driver's error.
pub fn base_salaries(tx: &mut Tx<'_>, on: Option<NaiveDate>, slice: &Slice) -> Result<Rows<BaseSalary>> {
    permitted(tx)?;
    reference::base_salaries_list(tx.conn, on, slice)
}

/// One base salary.
///
/// # Errors
/// `resource.not_found`.
pub fn base_salary(tx: &mut Tx<'_>, id: ReferenceId) -> Result<BaseSalary> {
    permitted(tx)?;
    reference::get_base_salary(tx.conn, id)
}

/// Days of the calendar's table, by date.
///
/// # Errors
/// The driver's error.
pub fn holidays(tx: &mut Tx<'_>, on: Option<NaiveDate>, slice: &Slice) -> Result<Rows<Holiday>> {
    permitted(tx)?;
    reference::holidays_list(tx.conn, on, slice)
}

/// One day of the calendar's table.
///
/// # Errors
/// `resource.not_found`.
pub fn holiday(tx: &mut Tx<'_>, id: ReferenceId) -> Result<Holiday> {
    permitted(tx)?;
    reference::get_holiday(tx.conn, id)
}

/// What the caller may do with a day of the calendar.
pub fn possible_with_holiday(tx: &Tx<'_>) -> Vec<Possible> {
    ["edit", "delete"]
        .into_iter()
        .map(|verb| tx.possible(verb, Action::ManageReference, &Place::default(), Vec::new()))
        .collect()
}

fn permitted(tx: &mut Tx<'_>) -> Result<()> {
    tx.permit(Action::ReadReference, &Place::default()).map(drop)
}

fn manage(tx: &mut Tx<'_>) -> Result<()> {
    tx.permit(Action::ManageReference, &Place::default()).map(drop)
}

/// Adds a base salary. The open one before it ends the day before.
#[derive(Debug, Clone, serde::Serialize)]
pub struct AddBaseSalary {
    /// Amount in đồng.
    pub amount_dong: i64,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day, if it is known.
    pub valid_to: Option<NaiveDate>,
    /// The document that sets it.
    pub source: String,
}

impl Command for AddBaseSalary {
    type Target = ();
    type Output = BaseSalary;
    const VERSIONED: bool = false;

    fn load(&self, tx: &mut Tx<'_>) -> Result<()> {
        manage(tx)
    }

    fn act(&self, tx: &mut Tx<'_>, (): ()) -> Result<BaseSalary> {
        if self.valid_to.is_some_and(|end| end < self.valid_from) {
            return Err(Error::invalid(vec![Fault::before("/valid_to", self.valid_from)]));
        }
        dialect::hold_reference(tx.conn)?;
        if let Some(last) = reference::last_base_salary(tx.conn)? {
            self.follow(tx, last)?;
        }
        let row = BaseSalary {
            id: ReferenceId::generate(),
            amount_dong: self.amount_dong,
            valid_from: self.valid_from,
            valid_to: self.valid_to,
            source: self.source.clone(),
            version: 1,
            created_at: tx.now,
            updated_at: tx.now,
        };
        reference::insert_base_salary(tx.conn, &row)
            .map_err(dialect::unique_at(Code::ReferenceOverlap, "/valid_from"))?;
        let event = Event::new("base_salary.added", "base_salary", row.id)
            .version(1)
            .with("after", &row);
        tx.record(event)?;
        Ok(row)
    }
}

impl AddBaseSalary {
    /// History is not rewritten: a new row begins after everything that is known.
    fn follow(&self, tx: &mut Tx<'_>, last: BaseSalary) -> Result<()> {
        let ends_before = last.valid_to.is_some_and(|end| end < self.valid_from);
        if ends_before {
            return Ok(());
        }
        if last.valid_to.is_some() || self.valid_from <= last.valid_from {
            let fault = Fault::at("/valid_from", Code::ReferenceOverlap);
            return Err(Error::new(Code::ReferenceOverlap).fault(fault));
        }
        let closed = BaseSalary {
            valid_to: self.valid_from.pred_opt(),
            version: last.version + 1,
            updated_at: tx.now,
            ..last.clone()
        };
        reference::save_base_salary(tx.conn, &closed)?;
        let event = Event::new("base_salary.ended", "base_salary", closed.id)
            .version(closed.version)
            .diff(&last, &closed);
        tx.record(event)
    }
}

/// Takes back the last base salary, entered with a slip, while no decision was priced by it; the one that it ended is
/// in force again.
#[derive(Debug, Clone, serde::Serialize)]
pub struct RemoveBaseSalary {
    /// Which.
    pub id: ReferenceId,
}

impl Command for RemoveBaseSalary {
    type Target = BaseSalary;
    type Output = ();
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<BaseSalary> {
        manage(tx)?;
        reference::get_base_salary(tx.conn, self.id)
    }

    fn version(target: &BaseSalary) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, seen: BaseSalary) -> Result<()> {
        dialect::hold_reference(tx.conn)?;
        let row = reference::get_base_salary(tx.conn, self.id)?;
        if row.version != seen.version {
            return Err(Error::stale(row.version));
        }
        refuse(in_use(tx, &row)?)?;
        reference::delete_base_salary(tx.conn, row.id)?;
        let removed = Event::new("base_salary.removed", "base_salary", row.id)
            .version(row.version)
            .with("before", &row);
        tx.record(removed)?;
        // One that was entered with its end keeps it.
        let ended_by_it = |last: &BaseSalary| {
            last.version > 1 && last.valid_to.is_some() && last.valid_to == row.valid_from.pred_opt()
        };
        let Some(last) = reference::last_base_salary(tx.conn)?.filter(ended_by_it) else {
            return Ok(());
        };
        let open = BaseSalary {
            valid_to: None,
            version: last.version + 1,
            updated_at: tx.now,
            ..last.clone()
        };
        reference::save_base_salary(tx.conn, &open)?;
        let reopened = Event::new("base_salary.reopened", "base_salary", open.id)
            .version(open.version)
            .diff(&last, &open);
        tx.record(reopened)
    }
}

/// Why a base salary stays.
fn in_use(tx: &mut Tx<'_>, row: &BaseSalary) -> Result<Vec<Fault>> {
    let followed = reference::last_base_salary(tx.conn)?.is_some_and(|last| last.id != row.id);
    let kept = followed || decisions::are_priced_since(tx.conn, row.valid_from)?;
    Ok(kept
        .then(|| Fault::new(Code::ReferenceInUse))
        .into_iter()
        .collect())
}

/// What the caller may do with a base salary.
///
/// # Errors
/// The driver's error.
pub fn possible_with_base_salary(tx: &mut Tx<'_>, row: &BaseSalary) -> Result<Vec<Possible>> {
    let rules = in_use(tx, row)?;
    Ok(vec![tx.possible(
        "delete",
        Action::ManageReference,
        &Place::default(),
        rules,
    )])
}

/// Only a day of the weekend is worked in exchange for another; any other is worked without a row. A holiday may
/// fall on a weekend: the day in lieu is a row of its own (`domain.md` 1.9).
fn check_worked(day: NaiveDate, working: bool) -> Result<()> {
    if !working || is_weekend(day) {
        return Ok(());
    }
    let fault = Fault::at("/working", Code::FieldChoice)
        .with("choices", vec![false])
        .says(
            "Ngày này từ thứ Hai đến thứ Sáu, vốn là ngày làm việc; chỉ thứ Bảy hoặc Chủ nhật mới khai là ngày làm bù",
            "This day is one of Monday to Friday and worked anyway; only a Saturday or Sunday is told to be worked",
        );
    Err(Error::invalid(vec![fault]))
}

/// Adds a day off, or a weekend day that is worked.
#[derive(Debug, Clone, serde::Serialize)]
pub struct AddHoliday {
    /// The day.
    pub day: NaiveDate,
    /// True for a weekend day that is worked.
    pub working: bool,
    /// Name in Vietnamese.
    pub name_vi: String,
    /// Name in English.
    pub name_en: String,
}

impl Command for AddHoliday {
    type Target = ();
    type Output = Holiday;
    const VERSIONED: bool = false;

    fn load(&self, tx: &mut Tx<'_>) -> Result<()> {
        manage(tx)
    }

    fn act(&self, tx: &mut Tx<'_>, (): ()) -> Result<Holiday> {
        check_worked(self.day, self.working)?;
        let row = Holiday {
            id: ReferenceId::generate(),
            day: self.day,
            working: self.working,
            name_vi: self.name_vi.clone(),
            name_en: self.name_en.clone(),
            version: 1,
            created_at: tx.now,
            updated_at: tx.now,
        };
        reference::insert_holiday(tx.conn, &row)
            .map_err(dialect::unique_at(Code::ReferenceOverlap, "/day"))?;
        tx.record(holiday_event("holiday.added", &row).with("after", &row))?;
        Ok(row)
    }
}

/// Changes the kind or the names of a day.
#[derive(Debug, Clone, serde::Serialize)]
pub struct EditHoliday {
    /// Which.
    pub id: ReferenceId,
    /// True for a weekend day that is worked.
    pub working: Option<bool>,
    /// Name in Vietnamese.
    pub name_vi: Option<String>,
    /// Name in English.
    pub name_en: Option<String>,
}

impl Command for EditHoliday {
    type Target = Holiday;
    type Output = Holiday;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Holiday> {
        manage(tx)?;
        reference::get_holiday(tx.conn, self.id)
    }

    fn version(target: &Holiday) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, before: Holiday) -> Result<Holiday> {
        let after = Holiday {
            working: self.working.unwrap_or(before.working),
            name_vi: self.name_vi.clone().unwrap_or_else(|| before.name_vi.clone()),
            name_en: self.name_en.clone().unwrap_or_else(|| before.name_en.clone()),
            version: before.version + 1,
            updated_at: tx.now,
            ..before.clone()
        };
        check_worked(after.day, self.working.unwrap_or_default())?;
        if tx.unchanged(&before, &after) {
            return Ok(before);
        }
        reference::save_holiday_if(tx.conn, &after, before.version)?;
        tx.changed(&before, &after);
        tx.record(holiday_event("holiday.changed", &after).diff(&before, &after))?;
        Ok(after)
    }
}

/// Removes a day from the table; it is then what the week says.
#[derive(Debug, Clone, serde::Serialize)]
pub struct RemoveHoliday {
    /// Which.
    pub id: ReferenceId,
}

impl Command for RemoveHoliday {
    type Target = Holiday;
    type Output = ();
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Holiday> {
        manage(tx)?;
        reference::get_holiday(tx.conn, self.id)
    }

    fn version(target: &Holiday) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, row: Holiday) -> Result<()> {
        reference::delete_holiday_if(tx.conn, row.id, row.version)?;
        tx.record(holiday_event("holiday.removed", &row).with("before", &row))
    }
}

fn holiday_event(kind: &'static str, row: &Holiday) -> Event {
    Event::new(kind, "holiday", row.id).version(row.version)
}
