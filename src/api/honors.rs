//! `/v1/honors`: public, without a token.

use actix_web::{HttpMessage as _, HttpRequest, get, web};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::Routes;
use super::answer::Reply;
use super::call;
use super::middleware::Context;
use super::page::{self, Page, PageParams};
use super::problem::{Language, Problem};
use super::query::{self, Query};
use crate::app::honors::{self, FormName, Honor, HonorsWanted};
use crate::app::{App, search};
use crate::domain::codes::{DecisionItemState, SubjectKind};
use crate::domain::error::Error;
use crate::domain::ids::{CampaignId, OrganizationId};

/// Registers the noun.
pub fn routes(config: &mut impl Routes) {
    config.service(list);
}

/// A published honour.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
#[schema(as = Honor)]
struct HonorView {
    /// The campaign.
    campaign_id: CampaignId,
    /// Whose decision it is.
    organization_id: OrganizationId,
    /// Kind of subject.
    subject_kind: SubjectKind,
    /// Name as printed, or as corrected.
    #[schema(example = "Nguyễn Thị Mẫu")]
    name: String,
    /// Position.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Chuyên viên")]
    position: Option<String>,
    /// Unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Phòng Lãnh sự")]
    unit: Option<String>,
    /// Award form.
    #[schema(example = "GIAY_KHEN_SO")]
    form: String,
    /// Name of the award form in the language of the answer.
    #[schema(example = "Giấy khen của Giám đốc Sở")]
    form_name: String,
    /// Whether it is in force.
    state: DecisionItemState,
    /// Number of the decision as printed.
    #[schema(example = "615/QĐ-SNgV")]
    decision_number: String,
    /// Date of the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    decided_on: Option<NaiveDate>,
    /// Who issued it, as printed.
    issuer_name: String,
    /// Name of the campaign.
    campaign_name: String,
}

impl HonorView {
    fn of(honor: Honor, name: Option<&FormName>, language: Language) -> Self {
        let form_name = match (name, language) {
            (Some((vi, _)), Language::Vi) => vi.clone(),
            (Some((_, en)), Language::En) => en.clone(),
            (None, _) => honor.form.clone(),
        };
        Self {
            campaign_id: honor.campaign_id,
            organization_id: honor.organization_id,
            subject_kind: honor.subject_kind,
            name: honor.name,
            position: honor.position,
            unit: honor.unit,
            form: honor.form,
            form_name,
            state: honor.state,
            decision_number: honor.number_raw.unwrap_or_default(),
            decided_on: honor.issued_on,
            issuer_name: honor.issuer_name,
            campaign_name: honor.campaign_name,
        }
    }
}

/// Filters of the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filters {
    /// Words of the name or unit, without regard to accents and case.
    #[param(max_length = 100, nullable = false, example = "nguyen thi")]
    q: Option<String>,
    /// Year of the decision.
    #[param(nullable = false, example = 2026)]
    year: Option<i32>,
    /// Of this campaign.
    #[param(nullable = false)]
    campaign_id: Option<CampaignId>,
    /// With this award form, by its code. Forms are reference data: of one that there is not there are no
    /// honours.
    #[param(nullable = false, max_length = 40, example = "GIAY_KHEN_SO")]
    form: Option<String>,
    /// Decided by this organisation.
    #[param(nullable = false)]
    organization_id: Option<OrganizationId>,
}

/// Honours
///
/// Public, the latest decision first. A revoked award stays in the list and says so; a corrected one is
/// shown as corrected.
#[utoipa::path(tag = "honors", operation_id = "listHonors", params(PageParams, Filters), security(()),
    responses((status = 200, description = "A page.", body = Page<HonorView>)))]
#[get("/v1/honors")]
async fn list(request: HttpRequest, app: web::Data<App>, filters: Query<Filters>) -> Reply {
    let (path, text) = (request.path().to_owned(), request.query_string().to_owned());
    query::check("GET", "/v1/honors", &text).map_err(Problem)?;
    let binding = page::binding(&path, &text, None);
    let key = app.config.cursor_key.clone();
    let slice = page::slice(&text, &key, &binding)?;
    let language = request
        .extensions()
        .get::<Context>()
        .map_or(Language::Vi, |context| context.language);
    let Query(filters) = filters;
    let wanted = HonorsWanted {
        words: filters.q.as_deref().map(search::words).unwrap_or_default(),
        year: filters.year,
        campaign_id: filters.campaign_id,
        form: filters.form,
        organization_id: filters.organization_id,
    };
    let rows = app
        .read_public(move |conn, _, _| {
            let (rows, names) = honors::list(conn, &wanted, &slice)?;
            rows.try_map(|honor| {
                let name = names.get(&honor.form);
                Ok::<_, Error>(HonorView::of(honor, name, language))
            })
        })
        .await?;
    let (body, link) = page::body(rows, None, &key, &binding, &path, &text)?;
    let mut response = call::public(&request, body);
    if let Some(link) = link {
        let name = actix_web::http::header::LINK;
        let value = link.parse().map_err(Error::internal)?;
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}
