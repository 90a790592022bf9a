//! A campaign in numbers, as far as the sealer has counted (C-17).

use super::Tx;
use crate::domain::error::Result;
use crate::domain::ids::CampaignId;
use crate::domain::policy::Action;
use crate::domain::statistics::{Statistics, summary};
use crate::domain::time::Instant;
use crate::store::{campaigns, filter, statistics};

/// The statistics of a campaign with how far they have come.
#[derive(Debug, Clone)]
pub struct Counted {
    /// The campaign.
    pub campaign_id: CampaignId,
    /// Position of the last counted journal entry; 0 before the first.
    pub position: i64,
    /// When that entry happened.
    pub as_of: Option<Instant>,
    /// The numbers.
    pub statistics: Statistics,
}

/// Reads the statistics.
///
/// # Errors
/// `resource.not_found`, `access.forbidden`.
pub fn read(tx: &mut Tx<'_>, id: CampaignId) -> Result<Counted> {
    let campaign = campaigns::get(tx.conn, id)?;
    let place = filter::place_of_campaign(
        campaign.owner_organization_id,
        campaign.council_id,
        campaign.published_at,
    );
    tx.require(Action::ReadCampaign, &place)?;
    tx.permit(Action::ReadStatistics, &place)?;
    let counts = statistics::of_campaign(tx.conn, id)?;
    Ok(Counted {
        campaign_id: id,
        position: counts.position,
        as_of: counts.as_of,
        statistics: summary(counts.lines),
    })
}
