//! `/v1/reference/…`: labels and legal numbers (M-21, M-22).

use actix_web::{delete, get, post};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Routes;
use super::answer::{self, AllowedAction, OutcomeView, Reply, Resource};
use super::body::Body;
use super::call::{Call, Id};
use super::page::{Page, PageParams};
use super::problem::Language;
use super::query::Query;
use crate::app::Tx;
use crate::app::reference::{self, BaseSalary, Form, RuleSet};
use crate::domain::codes::{OrganizationKind, Route, SubjectKind};
use crate::domain::document::DocumentRef;
use crate::domain::error::Result;
use crate::domain::ids::{ReferenceId, RuleSetId};
use crate::domain::time::Instant;

/// Registers the noun.
pub fn routes(config: &mut impl Routes) {
    config
        .service(list_forms)
        .service(get_form)
        .service(list_rule_sets)
        .service(get_rule_set)
        .service(list_base_salaries)
        .service(get_base_salary)
        .service(add_base_salary)
        .service(remove_base_salary);
}

/// Filters of the lists.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Filters {
    /// In force on this day; the whole history when absent.
    #[param(nullable = false, example = "2026-06-30")]
    pub(super) on: Option<NaiveDate>,
}

/// A coefficient of prize money.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct CoefficientView {
    /// Kind of subject.
    pub subject_kind: SubjectKind,
    /// Hundredths of the base salary (30 = 0.3).
    #[schema(minimum = 0)]
    pub hundredths: i32,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day; absent while it is in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub valid_to: Option<NaiveDate>,
}

/// A form of commendation.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = AwardForm)]
pub struct AwardFormView {
    /// Identifier.
    pub id: ReferenceId,
    /// Code.
    #[schema(example = "GIAY_KHEN_SO")]
    pub code: String,
    /// Name in Vietnamese.
    pub name_vi: String,
    /// Name in English.
    pub name_en: String,
    /// Decided by the launching organisation or above.
    pub route: Route,
    /// Kind of organisation whose head decides it.
    pub decider_kind: OrganizationKind,
    /// Rank; the higher the number, the higher the form.
    pub rank: i32,
    /// Coefficients of prize money, the whole history.
    pub coefficients: Vec<CoefficientView>,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day; absent while it is in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub valid_to: Option<NaiveDate>,
    /// Version.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// What the caller may do; in single answers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub allowed_actions: Option<Vec<AllowedAction>>,
    /// Remarks of a write.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub outcome: Option<OutcomeView>,
}

impl AwardFormView {
    #[expect(clippy::unnecessary_wraps, reason = "the shape that lists present with")]
    fn item(record: Form) -> Result<Self> {
        let coefficients = record
            .coefficients
            .into_iter()
            .map(|one| CoefficientView {
                subject_kind: one.subject_kind,
                hundredths: one.hundredths,
                valid_from: one.valid_from,
                valid_to: one.valid_to,
            })
            .collect();
        let row = record.form;
        Ok(Self {
            id: row.id,
            code: row.code,
            name_vi: row.name_vi,
            name_en: row.name_en,
            route: row.route,
            decider_kind: row.decider_kind,
            rank: row.rank,
            coefficients,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            allowed_actions: None,
            outcome: None,
        })
    }
}

impl Resource for AwardFormView {
    type Record = Form;
    const PATH: &'static str = "/v1/reference/award-forms";

    fn read(tx: &mut Tx<'_>, id: Uuid) -> Result<Self::Record> {
        reference::award_form(tx, id.into())
    }

    fn present(_: &mut Tx<'_>, record: Form, _: Language) -> Result<Self> {
        let mut view = Self::item(record)?;
        view.allowed_actions = Some(Vec::new());
        Ok(view)
    }

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn outcome_mut(&mut self) -> &mut Option<OutcomeView> {
        &mut self.outcome
    }
}

/// Award forms
///
/// With their labels and their coefficients of prize money.
#[utoipa::path(tag = "reference", operation_id = "listAwardForms", params(PageParams, Filters),
    extensions(("x-action" = json!("READ_REFERENCE"))),
    responses((status = 200, description = "A page.", body = Page<AwardFormView>)))]
#[get("/v1/reference/award-forms")]
async fn list_forms(call: Call, filters: Query<Filters>) -> Reply {
    let on = filters.0.on;
    call.list(move |tx, slice| reference::award_forms(tx, on, slice)?.try_map(AwardFormView::item))
        .await
}

/// An award form
#[utoipa::path(tag = "reference", operation_id = "getAwardForm",
    params(("id" = ReferenceId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("READ_REFERENCE"))),
    responses((status = 200, description = "An award form.", body = AwardFormView)))]
#[get("/v1/reference/award-forms/{id}")]
async fn get_form(call: Call, id: Id<ReferenceId>) -> Reply {
    call.show::<AwardFormView, _>(move |tx| reference::award_form(tx, id.0))
        .await
}

/// A set of legal rules with the time in which it applies.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = RuleSet)]
pub struct RuleSetView {
    /// Identifier.
    pub id: RuleSetId,
    /// Code.
    #[schema(example = "LAW22_ND152")]
    pub code: String,
    /// Name in Vietnamese.
    pub name_vi: String,
    /// Name in English.
    pub name_en: String,
    /// The documents that it consists of.
    pub legal_basis: Vec<DocumentRef>,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day; absent while it is in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub valid_to: Option<NaiveDate>,
    /// Version.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// What the caller may do; in single answers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub allowed_actions: Option<Vec<AllowedAction>>,
    /// Remarks of a write.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub outcome: Option<OutcomeView>,
}

impl RuleSetView {
    fn item(row: RuleSet) -> Result<Self> {
        Ok(Self {
            id: row.id,
            code: row.code,
            name_vi: row.name_vi,
            name_en: row.name_en,
            legal_basis: row.legal_basis.read()?,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            allowed_actions: None,
            outcome: None,
        })
    }
}

impl Resource for RuleSetView {
    type Record = RuleSet;
    const PATH: &'static str = "/v1/reference/rule-sets";

    fn read(tx: &mut Tx<'_>, id: Uuid) -> Result<Self::Record> {
        reference::rule_set(tx, id.into())
    }

    fn present(_: &mut Tx<'_>, record: RuleSet, _: Language) -> Result<Self> {
        let mut view = Self::item(record)?;
        view.allowed_actions = Some(Vec::new());
        Ok(view)
    }

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn outcome_mut(&mut self) -> &mut Option<OutcomeView> {
        &mut self.outcome
    }
}

/// Rule sets
///
/// Where two apply on a day, the one that began later wins.
#[utoipa::path(tag = "reference", operation_id = "listRuleSets", params(PageParams, Filters),
    extensions(("x-action" = json!("READ_REFERENCE"))),
    responses((status = 200, description = "A page.", body = Page<RuleSetView>)))]
#[get("/v1/reference/rule-sets")]
async fn list_rule_sets(call: Call, filters: Query<Filters>) -> Reply {
    let on = filters.0.on;
    call.list(move |tx, slice| reference::rule_sets(tx, on, slice)?.try_map(RuleSetView::item))
        .await
}

/// A rule set
#[utoipa::path(tag = "reference", operation_id = "getRuleSet",
    params(("id" = RuleSetId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("READ_REFERENCE"))),
    responses((status = 200, description = "A rule set.", body = RuleSetView)))]
#[get("/v1/reference/rule-sets/{id}")]
async fn get_rule_set(call: Call, id: Id<RuleSetId>) -> Reply {
    call.show::<RuleSetView, _>(move |tx| reference::rule_set(tx, id.0))
        .await
}

/// A base salary with the time in which it applies.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = BaseSalary)]
pub struct BaseSalaryView {
    /// Identifier.
    pub id: ReferenceId,
    /// Amount in đồng.
    #[schema(minimum = 1, example = 2_340_000)]
    pub amount_dong: i64,
    /// The document that sets it.
    pub source: String,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day; absent while it is in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub valid_to: Option<NaiveDate>,
    /// Version.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// What the caller may do; in single answers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub allowed_actions: Option<Vec<AllowedAction>>,
    /// Remarks of a write.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub outcome: Option<OutcomeView>,
}

impl BaseSalaryView {
    #[expect(clippy::unnecessary_wraps, reason = "the shape that lists present with")]
    fn item(row: BaseSalary) -> Result<Self> {
        Ok(Self {
            id: row.id,
            amount_dong: row.amount_dong,
            source: row.source,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            allowed_actions: None,
            outcome: None,
        })
    }
}

impl Resource for BaseSalaryView {
    type Record = BaseSalary;
    const PATH: &'static str = "/v1/reference/base-salaries";

    fn read(tx: &mut Tx<'_>, id: Uuid) -> Result<Self::Record> {
        reference::base_salary(tx, id.into())
    }

    fn present(tx: &mut Tx<'_>, record: BaseSalary, language: Language) -> Result<Self> {
        let acts = reference::possible_with_base_salary(tx, &record)?;
        let mut view = Self::item(record)?;
        view.allowed_actions = Some(answer::actions(Self::PATH, view.id.0, &acts, language));
        Ok(view)
    }

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn outcome_mut(&mut self) -> &mut Option<OutcomeView> {
        &mut self.outcome
    }
}

/// Base salaries
///
/// The date printed on a decision chooses the one that prices its awards (R-D5).
#[utoipa::path(tag = "reference", operation_id = "listBaseSalaries", params(PageParams, Filters),
    extensions(("x-action" = json!("READ_REFERENCE"))),
    responses((status = 200, description = "A page.", body = Page<BaseSalaryView>)))]
#[get("/v1/reference/base-salaries")]
async fn list_base_salaries(call: Call, filters: Query<Filters>) -> Reply {
    let on = filters.0.on;
    call.list(move |tx, slice| reference::base_salaries(tx, on, slice)?.try_map(BaseSalaryView::item))
        .await
}

/// A base salary
#[utoipa::path(tag = "reference", operation_id = "getBaseSalary",
    params(("id" = ReferenceId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("READ_REFERENCE"))),
    responses((status = 200, description = "A base salary.", body = BaseSalaryView)))]
#[get("/v1/reference/base-salaries/{id}")]
async fn get_base_salary(call: Call, id: Id<ReferenceId>) -> Reply {
    call.show::<BaseSalaryView, _>(move |tx| reference::base_salary(tx, id.0))
        .await
}

/// A new base salary.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount_dong": 2_780_000, "valid_from": "2027-07-01", "source": "Nghị định về mức lương cơ sở"}))]
struct AddBaseSalary {
    /// Amount in đồng.
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    amount_dong: i64,
    /// First day.
    valid_from: NaiveDate,
    /// Last day, if it is known.
    #[schema(nullable = false)]
    valid_to: Option<NaiveDate>,
    /// The document that sets it.
    #[schema(min_length = 1, max_length = 300)]
    source: String,
}

/// Add a base salary
///
/// It begins after every other; the open one ends the day before.
#[utoipa::path(tag = "reference", operation_id = "addBaseSalary", request_body = AddBaseSalary,
    extensions(("x-action" = json!("MANAGE_REFERENCE"))),
    responses((status = 201, description = "Added.", body = BaseSalaryView)))]
#[post("/v1/reference/base-salaries")]
async fn add_base_salary(call: Call, body: Body<AddBaseSalary>) -> Reply {
    let Body(body) = body;
    call.create::<BaseSalaryView, _>(reference::AddBaseSalary {
        amount_dong: body.amount_dong,
        valid_from: body.valid_from,
        valid_to: body.valid_to,
        source: body.source,
    })
    .await
}

/// Remove a base salary that was entered by mistake
///
/// The last one, while no decision was priced by it; the one that it ended is in force again.
#[utoipa::path(tag = "reference", operation_id = "removeBaseSalary",
    params(("id" = ReferenceId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("MANAGE_REFERENCE")), ("x-versioned" = json!(true))),
    responses((status = 204, description = "Removed.")))]
#[delete("/v1/reference/base-salaries/{id}")]
async fn remove_base_salary(call: Call, id: Id<ReferenceId>) -> Reply {
    call.remove(reference::RemoveBaseSalary { id: id.0 }).await
}
