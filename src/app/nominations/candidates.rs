//! The suggested order of candidates and the share of direct workers (R-P1, R-P2): information for
//! those who consider them, never a decision.

use crate::app::Tx;
use crate::domain::codes::{LeadershipClass, Sex};
use crate::domain::error::{Error, Result};
use crate::domain::ids::{CampaignId, NominationId};
use crate::domain::policy::Action;
use crate::domain::ranking::{
    Candidate, DirectWorkerShare, Ranked, direct_worker_share, mostly_women, suggest,
};
use crate::store::nominations::{self, Standing};
use crate::store::{campaigns, filter};

/// The candidates of a campaign that the caller may consider.
#[derive(Debug, Clone)]
pub struct CandidateList {
    /// In the suggested order.
    pub ranked: Vec<(Ranked<NominationId>, Standing)>,
    /// Direct workers against leaders among the individuals.
    pub share: DirectWorkerShare,
}

/// Candidates that were found eligible and are not settled, in the suggested order.
///
/// # Errors
/// `resource.not_found` for an invisible campaign.
pub fn candidates(tx: &mut Tx<'_>, campaign: CampaignId) -> Result<CandidateList> {
    let campaign = campaigns::find(tx.conn, campaign)?.ok_or_else(Error::not_found)?;
    let place = filter::place_of_campaign(
        campaign.owner_organization_id,
        campaign.council_id,
        campaign.published_at,
    );
    tx.require(Action::ReadCampaign, &place)?;
    let seen = tx.sees(Action::ReadReview);
    let standings = nominations::standings(tx.conn, &seen, campaign.id)?;
    let share = direct_worker_share(standings.iter().filter_map(|one| one.leadership_class));
    let mut waiting: std::collections::BTreeMap<NominationId, Standing> = standings
        .into_iter()
        .map(|one| (one.nomination.id, one))
        .collect();
    let ranked = suggest(waiting.values().map(candidate).collect())
        .into_iter()
        .filter_map(|ranked| {
            let standing = waiting.remove(&ranked.candidate.key)?;
            Some((ranked, standing))
        })
        .collect();
    Ok(CandidateList { ranked, share })
}

/// Direct workers against leaders among the individuals of a list that the caller may read (R-P2).
///
/// # Errors
/// The driver's error.
pub fn direct_workers(
    tx: &mut Tx<'_>,
    list: impl Iterator<Item = NominationId>,
) -> Result<DirectWorkerShare> {
    let list: Vec<NominationId> = list.collect();
    Ok(direct_worker_share(nominations::leadership_classes(
        tx.conn, &list,
    )?))
}

/// Border and difficult areas are the same for the whole province (5.6), so they tell nobody apart.
fn candidate(one: &Standing) -> Candidate<NominationId> {
    let women = match one.sex {
        Some(sex) => sex == Sex::Female,
        None => mostly_women(count(one.women_count), count(one.headcount)),
    };
    Candidate {
        key: one.nomination.id,
        council_result: count(one.percentage_hundredths),
        direct_worker: one.leadership_class == Some(LeadershipClass::DirectWorker),
        difficult_area: false,
        women,
        chair_order: None,
    }
}

fn count(number: Option<i32>) -> u32 {
    number
        .and_then(|number| u32::try_from(number).ok())
        .unwrap_or_default()
}
