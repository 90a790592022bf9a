//! A campaign in numbers, as far as the sealer has counted (C-17).

use super::{Find, Tx};
use crate::domain::error::Result;
use crate::domain::ids::CampaignId;
use crate::domain::policy::Action;
use crate::domain::statistics::{Statistics, summary};
use crate::domain::time::Instant;
use crate::store::authority::Asked;
use crate::store::connection::Conn;
use crate::store::statistics::Counts;
use crate::store::{filter, statistics};

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

/// How the counts of a campaign are found together with their reader's authority.
pub fn find(id: CampaignId) -> impl Find<Counts> {
    move |conn: &mut Conn, asked: Asked<'_>| statistics::with_authority(conn, id, asked)
}

/// The statistics that follow from the counts that were [found](find).
///
/// # Errors
/// `resource.not_found`, `access.forbidden`.
pub fn read(tx: &mut Tx<'_>, id: CampaignId, counts: Counts) -> Result<Counted> {
    let place = filter::place_of_campaign(
        counts.owner_organization_id,
        counts.council_id,
        counts.published_at,
    );
    tx.require(Action::ReadCampaign, &place)?;
    tx.permit(Action::ReadStatistics, &place)?;
    Ok(Counted {
        campaign_id: id,
        position: counts.position,
        as_of: counts.as_of,
        statistics: summary(counts.lines),
    })
}
