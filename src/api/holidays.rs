//! `/v1/reference/holidays`: days off and weekend days that are worked (`domain.md` 1.9).

use actix_web::{delete, get, patch, post};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Routes;
use super::answer::{self, AllowedAction, OutcomeView, Reply, Resource};
use super::body::Body;
use super::call::{Call, Id};
use super::page::{Page, PageParams};
use super::problem::Language;
use super::query::Query;
use super::reference::Filters;
use crate::app::Tx;
use crate::app::reference::{self, Holiday};
use crate::domain::error::Result;
use crate::domain::ids::ReferenceId;
use crate::domain::time::Instant;

/// Registers the noun.
pub fn routes(config: &mut impl Routes) {
    config
        .service(list_holidays)
        .service(get_holiday)
        .service(add_holiday)
        .service(edit_holiday)
        .service(remove_holiday);
}

/// A day off, or a weekend day that is worked.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = Holiday)]
pub struct HolidayView {
    /// Identifier.
    pub id: ReferenceId,
    /// The day.
    pub day: NaiveDate,
    /// True for a weekend day that is worked.
    pub working: bool,
    /// Name in Vietnamese.
    pub name_vi: String,
    /// Name in English.
    pub name_en: String,
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

impl HolidayView {
    #[expect(clippy::unnecessary_wraps, reason = "the shape that lists present with")]
    fn item(row: Holiday) -> Result<Self> {
        Ok(Self {
            id: row.id,
            day: row.day,
            working: row.working,
            name_vi: row.name_vi,
            name_en: row.name_en,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            allowed_actions: None,
            outcome: None,
        })
    }
}

impl Resource for HolidayView {
    type Record = Holiday;
    const PATH: &'static str = "/v1/reference/holidays";

    fn read(tx: &mut Tx<'_>, id: Uuid) -> Result<Self::Record> {
        reference::holiday(tx, id.into())
    }

    fn present(tx: &mut Tx<'_>, record: Holiday, language: Language) -> Result<Self> {
        let mut view = Self::item(record)?;
        view.allowed_actions = Some(answer::actions(
            Self::PATH,
            view.id.0,
            &reference::possible_with_holiday(tx),
            language,
        ));
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

/// Days of the calendar
///
/// By date. Every other day is worked from Monday to Friday.
#[utoipa::path(tag = "reference", operation_id = "listHolidays", params(PageParams, Filters),
    extensions(("x-action" = json!("READ_REFERENCE"))),
    responses((status = 200, description = "A page.", body = Page<HolidayView>)))]
#[get("/v1/reference/holidays")]
async fn list_holidays(call: Call, filters: Query<Filters>) -> Reply {
    let on = filters.0.on;
    call.list(move |tx, slice| reference::holidays(tx, on, slice)?.try_map(HolidayView::item))
        .await
}

/// A day of the calendar
#[utoipa::path(tag = "reference", operation_id = "getHoliday",
    params(("id" = ReferenceId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("READ_REFERENCE"))),
    responses((status = 200, description = "A day of the calendar.", body = HolidayView)))]
#[get("/v1/reference/holidays/{id}")]
async fn get_holiday(call: Call, id: Id<ReferenceId>) -> Reply {
    call.show::<HolidayView, _>(move |tx| reference::holiday(tx, id.0))
        .await
}

/// A new day of the calendar.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"day": "2027-01-01", "working": false, "name_vi": "Tết Dương lịch", "name_en": "New Year's Day"}))]
struct AddHoliday {
    /// The day.
    day: NaiveDate,
    /// True for a weekend day that is worked.
    working: bool,
    /// Name in Vietnamese.
    #[schema(min_length = 1, max_length = 200)]
    name_vi: String,
    /// Name in English.
    #[schema(min_length = 1, max_length = 200)]
    name_en: String,
}

/// Add a day to the calendar
#[utoipa::path(tag = "reference", operation_id = "addHoliday", request_body = AddHoliday,
    extensions(("x-action" = json!("MANAGE_REFERENCE"))),
    responses((status = 201, description = "Added.", body = HolidayView)))]
#[post("/v1/reference/holidays")]
async fn add_holiday(call: Call, body: Body<AddHoliday>) -> Reply {
    let Body(body) = body;
    call.create::<HolidayView, _>(reference::AddHoliday {
        day: body.day,
        working: body.working,
        name_vi: body.name_vi,
        name_en: body.name_en,
    })
    .await
}

/// Changes of a day; absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name_vi": "Nghỉ bù"}))]
struct EditHoliday {
    /// True for a weekend day that is worked.
    #[schema(nullable = false)]
    working: Option<bool>,
    /// Name in Vietnamese.
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    name_vi: Option<String>,
    /// Name in English.
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    name_en: Option<String>,
}

/// Change a day of the calendar
#[utoipa::path(tag = "reference", operation_id = "editHoliday", request_body = EditHoliday,
    params(("id" = ReferenceId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("MANAGE_REFERENCE")), ("x-versioned" = json!(true))),
    responses((status = 200, description = "Changed.", body = HolidayView)))]
#[patch("/v1/reference/holidays/{id}")]
async fn edit_holiday(call: Call, id: Id<ReferenceId>, body: Body<EditHoliday>) -> Reply {
    let Body(body) = body;
    call.change::<HolidayView, _>(reference::EditHoliday {
        id: id.0,
        working: body.working,
        name_vi: body.name_vi,
        name_en: body.name_en,
    })
    .await
}

/// Remove a day from the calendar
///
/// Deadlines that were computed already do not move.
#[utoipa::path(tag = "reference", operation_id = "removeHoliday",
    params(("id" = ReferenceId, Path, description = "Identifier.")),
    extensions(("x-action" = json!("MANAGE_REFERENCE")), ("x-versioned" = json!(true))),
    responses((status = 204, description = "Removed.")))]
#[delete("/v1/reference/holidays/{id}")]
async fn remove_holiday(call: Call, id: Id<ReferenceId>) -> Reply {
    call.remove(reference::RemoveHoliday { id: id.0 }).await
}
