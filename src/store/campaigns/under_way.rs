//! What of a campaign is being decided: it comes to its end before the campaign does (5.3).

use diesel::prelude::*;
use uuid::Uuid;

use crate::domain::codes::DecisionType;
use crate::domain::error::Result;
use crate::domain::ids::{CampaignId, DecisionId, ForwardingId, ReviewSessionId};
use crate::domain::states::{DecisionState, ForwardingState, ReviewSessionState};
use crate::store::connection::Conn;
use crate::store::schema::{decisions, forwardings, review_sessions};

/// What of a campaign is being decided: how many of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UnderWay {
    /// Sessions that are neither confirmed nor called off.
    pub sessions: i64,
    /// Decisions that are neither issued nor given up.
    pub decisions: i64,
    /// Forwardings that lie at the level above.
    pub forwardings: i64,
}

/// The first of each, as texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FirstUnderWay {
    /// Sessions that are neither confirmed nor called off.
    pub sessions: Vec<String>,
    /// Decisions that are neither issued nor given up.
    pub decisions: Vec<String>,
    /// Forwardings that lie at the level above.
    pub forwardings: Vec<String>,
}

/// Sessions that are neither confirmed nor called off.
macro_rules! sessions {
    ($campaign:expr) => {
        review_sessions::table
            .filter(review_sessions::campaign_id.eq($campaign))
            .filter(
                review_sessions::state
                    .ne_all(vec![ReviewSessionState::Confirmed, ReviewSessionState::Cancelled]),
            )
    };
}

/// Awards that are neither issued nor given up.
macro_rules! awards {
    ($campaign:expr) => {
        decisions::table
            .filter(decisions::campaign_id.eq($campaign))
            .filter(decisions::kind.eq(DecisionType::Award))
            .filter(decisions::state.ne_all(vec![
                DecisionState::Issued,
                DecisionState::Published,
                DecisionState::Cancelled,
            ]))
    };
}

/// Forwardings that lie at the level above.
macro_rules! above {
    ($campaign:expr) => {
        forwardings::table
            .filter(forwardings::campaign_id.eq($campaign))
            .filter(forwardings::state.eq_any(vec![ForwardingState::Sent, ForwardingState::Acknowledged]))
    };
}

/// What of a campaign is being decided.
///
/// # Errors
/// The driver's error.
pub fn under_way(conn: &mut Conn, campaign: CampaignId) -> Result<UnderWay> {
    Ok(UnderWay {
        sessions: sessions!(campaign).count().get_result(conn)?,
        decisions: awards!(campaign).count().get_result(conn)?,
        forwardings: above!(campaign).count().get_result(conn)?,
    })
}

/// Which they are, at most so many of each, in the order of their making.
///
/// # Errors
/// The driver's error.
pub fn first_under_way(conn: &mut Conn, campaign: CampaignId, most: i64) -> Result<FirstUnderWay> {
    let sessions: Vec<ReviewSessionId> = sessions!(campaign)
        .order(review_sessions::id)
        .limit(most)
        .select(review_sessions::id)
        .load(conn)?;
    let decisions: Vec<DecisionId> = awards!(campaign)
        .order(decisions::id)
        .limit(most)
        .select(decisions::id)
        .load(conn)?;
    let forwardings: Vec<ForwardingId> = above!(campaign)
        .order(forwardings::id)
        .limit(most)
        .select(forwardings::id)
        .load(conn)?;
    let told = |id: Uuid| id.to_string();
    Ok(FirstUnderWay {
        sessions: sessions.into_iter().map(|id| told(id.0)).collect(),
        decisions: decisions.into_iter().map(|id| told(id.0)).collect(),
        forwardings: forwardings.into_iter().map(|id| told(id.0)).collect(),
    })
}
