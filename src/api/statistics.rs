//! `/v1/campaigns/{id}/statistics`.

use actix_web::get;
use utoipa::ToSchema;

use super::Routes;
use super::answer::Reply;
use super::call::{Call, Id};
use crate::app::statistics::{self, Counted};
use crate::domain::ids::CampaignId;
use crate::domain::statistics::{AwardCount, DivisionCounts, NominationCounts, SubmissionCounts};
use crate::domain::time::Instant;

/// Registers the noun.
pub fn routes(config: &mut impl Routes) {
    config.service(show);
}

/// A campaign in numbers. What nothing is counted for is left out of the lists.
#[derive(Debug, serde::Serialize, ToSchema)]
#[schema(as = Statistics)]
pub struct StatisticsView {
    /// The campaign.
    pub campaign_id: CampaignId,
    /// Position of the last journal entry that is counted; 0 before the first.
    #[schema(minimum = 0)]
    pub position: i64,
    /// When the entry at that position happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub as_of: Option<Instant>,
    /// Dossiers.
    pub submissions: SubmissionCounts,
    /// Nominations.
    pub nominations: NominationCounts,
    /// Awards that stand, by form and kind of subject.
    pub awards: Vec<AwardCount>,
    /// The divisions that have proposed; their numbers add up to those of the campaign.
    pub divisions: Vec<DivisionCounts>,
}

impl From<Counted> for StatisticsView {
    fn from(counted: Counted) -> Self {
        let numbers = counted.statistics;
        Self {
            campaign_id: counted.campaign_id,
            position: counted.position,
            as_of: counted.as_of,
            submissions: numbers.submissions,
            nominations: numbers.nominations,
            awards: numbers.awards,
            divisions: numbers.divisions,
        }
    }
}

/// The statistics of a campaign
///
/// How many dossiers, nominations and awards there are. The numbers follow the journal and are usually a few
/// hundred milliseconds late: `position` says up to which entry nothing is missing.
#[utoipa::path(tag = "campaigns", operation_id = "getStatistics",
    params(("id" = CampaignId, Path, description = "Identifier of the campaign.")),
    extensions(("x-action" = json!("READ_STATISTICS"))),
    responses((status = 200, description = "The statistics.", body = StatisticsView)))]
#[get("/v1/campaigns/{id}/statistics")]
async fn show(call: Call, id: Id<CampaignId>) -> Reply {
    let id = id.0;
    call.compute_found(statistics::find(id), move |tx, counts| {
        Ok(StatisticsView::from(statistics::read(tx, id, counts)?))
    })
    .await
}
