//! Rows of `rule_sets`, `award_forms`, `award_coefficients`, `base_salaries`, `holidays`.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::connection::{Conn, directly};
use super::page::{After, Rows, Slice};
use super::prepared::Prepare as _;
use super::schema::{award_coefficients, award_forms, base_salaries, holidays, rule_sets};
use super::sql_types::{AnyId, JsonText};
use crate::domain::codes::{OrganizationKind, Route, SubjectKind};
use crate::domain::error::{Code, Error, Result};
use crate::domain::ids::{ReferenceId, RuleSetId};
use crate::domain::time::{Calendar, DayKind, Instant};

/// An effective-dated set of legal rules.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = rule_sets, treat_none_as_null = true)]
pub struct RuleSet {
    /// Identifier.
    pub id: RuleSetId,
    /// Code.
    pub code: String,
    /// Name vi.
    pub name_vi: String,
    /// Name en.
    pub name_en: String,
    /// JSON list of document references.
    pub legal_basis: JsonText,
    /// Valid from.
    pub valid_from: NaiveDate,
    /// Valid to.
    pub valid_to: Option<NaiveDate>,
    /// Version for `If-Match`.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// The RuleSet with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find_rule_set(conn: &mut Conn, id: RuleSetId) -> Result<Option<RuleSet>> {
    let found = directly!(conn => rule_sets::table.find(id).select(RuleSet::as_select()).first(conn));
    Ok(found.optional()?)
}

/// The RuleSet with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn get_rule_set(conn: &mut Conn, id: RuleSetId) -> Result<RuleSet> {
    find_rule_set(conn, id)?.ok_or_else(Error::not_found)
}

/// A form of commendation.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = award_forms, treat_none_as_null = true)]
pub struct AwardForm {
    /// Identifier.
    pub id: ReferenceId,
    /// Code.
    pub code: String,
    /// Name vi.
    pub name_vi: String,
    /// Name en.
    pub name_en: String,
    /// Route.
    pub route: Route,
    /// Decider kind.
    pub decider_kind: OrganizationKind,
    /// Rank.
    pub rank: i32,
    /// Valid from.
    pub valid_from: NaiveDate,
    /// Valid to.
    pub valid_to: Option<NaiveDate>,
    /// Version for `If-Match`.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// The AwardForm with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find_award_form(conn: &mut Conn, id: ReferenceId) -> Result<Option<AwardForm>> {
    let found = directly!(conn => award_forms::table.find(id).select(AwardForm::as_select()).first(conn));
    Ok(found.optional()?)
}

/// The AwardForm with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn get_award_form(conn: &mut Conn, id: ReferenceId) -> Result<AwardForm> {
    find_award_form(conn, id)?.ok_or_else(Error::not_found)
}

/// A coefficient of prize money.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = award_coefficients, treat_none_as_null = true)]
pub struct AwardCoefficient {
    /// Identifier.
    pub id: ReferenceId,
    /// Form.
    pub form: String,
    /// Subject kind.
    pub subject_kind: SubjectKind,
    /// Hundredths.
    pub hundredths: i32,
    /// Valid from.
    pub valid_from: NaiveDate,
    /// Valid to.
    pub valid_to: Option<NaiveDate>,
}

/// The AwardCoefficient with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find_award_coefficient(conn: &mut Conn, id: ReferenceId) -> Result<Option<AwardCoefficient>> {
    let found = directly!(conn => award_coefficients::table.find(id).select(AwardCoefficient::as_select()).first(conn));
    Ok(found.optional()?)
}

/// A base salary.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = base_salaries, treat_none_as_null = true)]
pub struct BaseSalary {
    /// Identifier.
    pub id: ReferenceId,
    /// Amount dong.
    pub amount_dong: i64,
    /// Valid from.
    pub valid_from: NaiveDate,
    /// Valid to.
    pub valid_to: Option<NaiveDate>,
    /// Source.
    pub source: String,
    /// Version for `If-Match`.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// The BaseSalary with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find_base_salary(conn: &mut Conn, id: ReferenceId) -> Result<Option<BaseSalary>> {
    let found = directly!(conn => base_salaries::table.find(id).select(BaseSalary::as_select()).first(conn));
    Ok(found.optional()?)
}

/// The BaseSalary with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn get_base_salary(conn: &mut Conn, id: ReferenceId) -> Result<BaseSalary> {
    find_base_salary(conn, id)?.ok_or_else(Error::not_found)
}

/// Stores a new BaseSalary.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn insert_base_salary(conn: &mut Conn, row: &BaseSalary) -> QueryResult<()> {
    diesel::insert_into(base_salaries::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Stores a changed BaseSalary.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn save_base_salary(conn: &mut Conn, row: &BaseSalary) -> QueryResult<()> {
    diesel::update(base_salaries::table.find(row.id))
        .set(row)
        .prepared()
        .execute(conn)?;
    Ok(())
}

/// A day off, or a weekend day that is worked.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_default_value = false, table_name = holidays, treat_none_as_null = true)]
pub struct Holiday {
    /// Identifier.
    pub id: ReferenceId,
    /// Day.
    pub day: NaiveDate,
    /// Working.
    pub working: bool,
    /// Name vi.
    pub name_vi: String,
    /// Name en.
    pub name_en: String,
    /// Version for `If-Match`.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// The Holiday with this id, if it is there.
///
/// # Errors
/// The driver's error.
pub fn find_holiday(conn: &mut Conn, id: ReferenceId) -> Result<Option<Holiday>> {
    let found = directly!(conn => holidays::table.find(id).select(Holiday::as_select()).first(conn));
    Ok(found.optional()?)
}

/// The Holiday with this id.
///
/// # Errors
/// `resource.not_found`.
pub fn get_holiday(conn: &mut Conn, id: ReferenceId) -> Result<Holiday> {
    find_holiday(conn, id)?.ok_or_else(Error::not_found)
}

/// Stores a new Holiday.
///
/// # Errors
/// The driver's error; see `dialect::unique` for a violated uniqueness.
pub fn insert_holiday(conn: &mut Conn, row: &Holiday) -> QueryResult<()> {
    diesel::insert_into(holidays::table).values(row).execute(conn)?;
    Ok(())
}

/// Stores a changed day if nobody changed or removed it since `version`.
///
/// # Errors
/// `etag.stale`.
pub fn save_holiday_if(conn: &mut Conn, row: &Holiday, version: i64) -> Result<()> {
    let current = holidays::table.find(row.id).filter(holidays::version.eq(version));
    let changed = diesel::update(current).set(row).prepared().execute(conn)?;
    if changed == 0 {
        return Err(Error::new(Code::EtagStale));
    }
    Ok(())
}

/// The rule set in force on a day; where two overlap, the one that began later.
///
/// # Errors
/// The driver's error.
pub fn rule_set_on(conn: &mut Conn, day: NaiveDate) -> Result<Option<RuleSet>> {
    Ok(rule_sets::table
        .filter(rule_sets::valid_from.le(day))
        .filter(rule_sets::valid_to.is_null().or(rule_sets::valid_to.ge(day)))
        .order(rule_sets::valid_from.desc())
        .select(RuleSet::as_select())
        .first(conn)
        .optional()?)
}

/// The award form with this code, if it exists on the day.
///
/// # Errors
/// The driver's error.
pub fn award_form(conn: &mut Conn, code: &str, day: NaiveDate) -> Result<Option<AwardForm>> {
    Ok(award_forms::table
        .filter(award_forms::code.eq(code))
        .filter(award_forms::valid_from.le(day))
        .filter(award_forms::valid_to.is_null().or(award_forms::valid_to.ge(day)))
        .select(AwardForm::as_select())
        .first(conn)
        .optional()?)
}

/// Coefficient of prize money in hundredths of the base salary, if one is known for the day
/// (`domain.md` 1.11).
///
/// # Errors
/// The driver's error.
pub fn coefficient(conn: &mut Conn, form: &str, kind: SubjectKind, day: NaiveDate) -> Result<Option<i32>> {
    Ok(award_coefficients::table
        .filter(award_coefficients::form.eq(form))
        .filter(award_coefficients::subject_kind.eq(kind))
        .filter(award_coefficients::valid_from.le(day))
        .filter(
            award_coefficients::valid_to
                .is_null()
                .or(award_coefficients::valid_to.ge(day)),
        )
        .order(award_coefficients::valid_from.desc())
        .select(award_coefficients::hundredths)
        .first(conn)
        .optional()?)
}

/// Base salary in force on a day (R-D5), if one is known.
///
/// # Errors
/// The driver's error.
pub fn base_salary_on(conn: &mut Conn, day: NaiveDate) -> Result<Option<BaseSalary>> {
    Ok(base_salaries::table
        .filter(base_salaries::valid_from.le(day))
        .filter(
            base_salaries::valid_to
                .is_null()
                .or(base_salaries::valid_to.ge(day)),
        )
        .order(base_salaries::valid_from.desc())
        .select(BaseSalary::as_select())
        .first(conn)
        .optional()?)
}

/// The working days of the installation (`domain.md` 1.9).
///
/// # Errors
/// The driver's error.
pub fn calendar(conn: &mut Conn) -> Result<Calendar> {
    let rows: Vec<(NaiveDate, bool)> = holidays::table
        .select((holidays::day, holidays::working))
        .load(conn)?;
    Ok(Calendar::new(rows.into_iter().map(|(day, working)| {
        let kind = if working {
            DayKind::WorkingDay
        } else {
            DayKind::Holiday
        };
        (day, kind)
    })))
}

/// Coefficients of one award form, the whole history.
///
/// # Errors
/// The driver's error.
pub fn coefficients(conn: &mut Conn, forms: &[String]) -> Result<Vec<AwardCoefficient>> {
    Ok(award_coefficients::table
        .filter(award_coefficients::form.eq_any(forms.to_vec()))
        .order((
            award_coefficients::form.asc(),
            award_coefficients::valid_from.asc(),
            award_coefficients::subject_kind.asc(),
        ))
        .select(AwardCoefficient::as_select())
        .load(conn)?)
}

/// The base salary that begins last: the open one.
///
/// # Errors
/// The driver's error.
pub fn last_base_salary(conn: &mut Conn) -> Result<Option<BaseSalary>> {
    Ok(base_salaries::table
        .order(base_salaries::valid_from.desc())
        .select(BaseSalary::as_select())
        .first(conn)
        .optional()?)
}

/// Removes a base salary.
///
/// # Errors
/// The driver's error.
pub fn delete_base_salary(conn: &mut Conn, id: ReferenceId) -> Result<()> {
    diesel::delete(base_salaries::table.find(id)).execute(conn)?;
    Ok(())
}

/// Removes a day from the calendar if nobody changed or removed it since `version`.
///
/// # Errors
/// `etag.stale`.
pub fn delete_holiday_if(conn: &mut Conn, id: ReferenceId, version: i64) -> Result<()> {
    let current = holidays::table.find(id).filter(holidays::version.eq(version));
    if diesel::delete(current).execute(conn)? == 0 {
        return Err(Error::new(Code::EtagStale));
    }
    Ok(())
}

macro_rules! dated_list {
    ($(#[$meta:meta])* $name:ident, $table:ident, $row:ty) => {
        $(#[$meta])*
        ///
        /// # Errors
        /// The driver's error.
        pub fn $name(conn: &mut Conn, on: Option<NaiveDate>, slice: &Slice) -> Result<Rows<$row>> {
            let mut query = $table::table
                .order($table::id.asc())
                .limit(slice.fetch())
                .select(<$row>::as_select())
                .into_boxed();
            if let Some(day) = on {
                query = query
                    .filter($table::valid_from.le(day))
                    .filter($table::valid_to.is_null().or($table::valid_to.ge(day)));
            }
            if let Some(after) = &slice.after {
                query = query.filter($table::id.gt(AnyId(after.id)));
            }
            let rows = slice.rows(conn, query)?;
            Ok(slice.cut(rows, |row: &$row| by_id(row.id)))
        }
    };
}

fn by_id(id: impl Into<AnyId>) -> After {
    After {
        key: String::new(),
        id: id.into().0,
    }
}

dated_list!(
    /// Rule sets in force on a day, or the history.
    rule_sets_list, rule_sets, RuleSet
);
dated_list!(
    /// Award forms that exist on a day, or the history.
    award_forms_list, award_forms, AwardForm
);
dated_list!(
    /// Base salaries in force on a day, or the history.
    base_salaries_list, base_salaries, BaseSalary
);

/// Days of the calendar's table: one day, or all, by date.
///
/// # Errors
/// The driver's error.
pub fn holidays_list(conn: &mut Conn, on: Option<NaiveDate>, slice: &Slice) -> Result<Rows<Holiday>> {
    let mut query = holidays::table
        .order(holidays::day.asc())
        .limit(slice.fetch())
        .select(Holiday::as_select())
        .into_boxed();
    if let Some(day) = on {
        query = query.filter(holidays::day.eq(day));
    }
    if let Some(after) = slice
        .after
        .as_ref()
        .and_then(|after| after.key.parse::<NaiveDate>().ok())
    {
        query = query.filter(holidays::day.gt(after));
    }
    let rows = slice.rows(conn, query)?;
    Ok(slice.cut(rows, |row: &Holiday| After {
        key: row.day.to_string(),
        id: row.id.0,
    }))
}
