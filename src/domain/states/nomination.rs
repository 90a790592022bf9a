//! The life of one proposed subject (`domain.md` 5.4, `decisions.md` C-11). Its acts are internal: they
//! happen inside reviews, sessions, forwardings and decisions. `ON_HOLD` is a flag beside the state (R-N2).

use crate::domain::machine::{Machine, Transition};
use crate::domain::vocabulary::text_enum;

text_enum! {
    /// Stored state of a nomination.
    NominationState {
        /// Proposed in a dossier, not yet appraised (or asked to be supplemented, M-30).
        Proposed = "PROPOSED",
        /// Appraised: subject, conditions and papers are right.
        Eligible = "ELIGIBLE",
        /// Appraised: a legal reason stands against it.
        Ineligible = "INELIGIBLE",
        /// On the agenda of a review session.
        InCouncil = "IN_COUNCIL",
        /// The council's confirmed result is in favour.
        Recommended = "RECOMMENDED",
        /// The council's confirmed result is against.
        NotRecommended = "NOT_RECOMMENDED",
        /// Before the Director, who decides this form himself.
        AwaitingDirector = "AWAITING_DIRECTOR",
        /// Sent to the higher level, which decides this form.
        Forwarded = "FORWARDED",
        /// Given back by the higher level for supplement.
        ReturnedAbove = "RETURNED_ABOVE",
        /// Refused by the higher level.
        DeclinedAbove = "DECLINED_ABOVE",
        /// Stands in an issued decision.
        Awarded = "AWARDED",
        /// Dropped by the one who decides or signs, with a reason (R-D2).
        NotAwarded = "NOT_AWARDED",
        /// Awarded once, revoked by a revocation decision.
        Revoked = "REVOKED",
    }
}

text_enum! {
    /// What can happen to a nomination.
    NominationAct {
        /// An appraisal concludes ELIGIBLE; a later appraisal may correct an earlier one.
        FindEligible = "FIND_ELIGIBLE",
        /// An appraisal concludes INELIGIBLE, with the legal reason.
        FindIneligible = "FIND_INELIGIBLE",
        /// An appraisal concludes `NEEDS_SUPPLEMENT`: it is PROPOSED (again).
        AskSupplement = "ASK_SUPPLEMENT",
        /// Put on the agenda of a review session.
        PutOnAgenda = "PUT_ON_AGENDA",
        /// Taken off the agenda, or its session was cancelled.
        TakeOffAgenda = "TAKE_OFF_AGENDA",
        /// The confirmed result is in favour (R-Q1 is checked here).
        Recommend = "RECOMMEND",
        /// The confirmed result is against.
        NotRecommend = "NOT_RECOMMEND",
        /// Route SELF after the council, or a procedure without council (R-D1).
        RouteToDirector = "ROUTE_TO_DIRECTOR",
        /// Route UP: sent to the higher level, also again after a return (R-Q1 is checked here).
        Forward = "FORWARD",
        /// An issued decision names it; of the own organisation or of the higher level.
        Award = "AWARD",
        /// Dropped by the head, with a reason (R-D2), or given up after a return from above.
        NotAward = "NOT_AWARD",
        /// The higher level refused it.
        DeclineAbove = "DECLINE_ABOVE",
        /// The higher level gave it back.
        ReturnAbove = "RETURN_ABOVE",
        /// Refused above, now proposed for the own organisation's form (A4, `fallback_on_decline`).
        FallBack = "FALL_BACK",
        /// A revocation decision names it.
        Revoke = "REVOKE",
    }
}

impl NominationState {
    /// True when the nomination takes a place of the quota (`decisions.md` C-1).
    pub const fn counts_against_quota(self) -> bool {
        matches!(
            self,
            Self::Recommended
                | Self::AwaitingDirector
                | Self::Forwarded
                | Self::ReturnedAbove
                | Self::Awarded
                | Self::Revoked
        )
    }

    /// True when its place of the quota is used for good: awarded, or awarded and revoked later.
    pub const fn has_used_quota(self) -> bool {
        matches!(self, Self::Awarded | Self::Revoked)
    }

    /// True when it takes a place of the limit that the level above sets, once it was forwarded (5.8): what
    /// that level gave back or refused does not, what it awarded does for good.
    pub const fn counts_above(self) -> bool {
        matches!(self, Self::Forwarded | Self::Awarded | Self::Revoked)
    }

    /// True when nothing is awaited any more: a campaign can be concluded and the dossier closes. A few
    /// settled states still have a way out (revocation, fall-back, a corrected appraisal).
    pub const fn is_settled(self) -> bool {
        matches!(
            self,
            Self::Ineligible
                | Self::NotRecommended
                | Self::NotAwarded
                | Self::DeclinedAbove
                | Self::Awarded
                | Self::Revoked
        )
    }

    /// True when an award may still come of it, so that a hold on it stops something (R-N2): nothing settled,
    /// but for what was refused above and may go to the Director all the same (A4).
    pub const fn may_still_be_awarded(self) -> bool {
        !self.is_settled() || matches!(self, Self::DeclinedAbove)
    }

    /// True for an award given or still possible: blocks a second form for the same subject (R-N3).
    pub const fn is_rewarded_or_pending(self) -> bool {
        matches!(
            self,
            Self::Recommended
                | Self::AwaitingDirector
                | Self::Forwarded
                | Self::ReturnedAbove
                | Self::Awarded
        )
    }
}

/// The machine of nominations.
pub const NOMINATION: Machine<NominationState, NominationAct> = Machine {
    noun: "nomination",
    initial: NominationState::Proposed,
    transitions: &[
        Transition {
            from: &[
                NominationState::Proposed,
                NominationState::Eligible,
                NominationState::Ineligible,
            ],
            act: NominationAct::FindEligible,
            to: NominationState::Eligible,
        },
        Transition {
            from: &[
                NominationState::Proposed,
                NominationState::Eligible,
                NominationState::Ineligible,
            ],
            act: NominationAct::FindIneligible,
            to: NominationState::Ineligible,
        },
        Transition {
            from: &[
                NominationState::Proposed,
                NominationState::Eligible,
                NominationState::Ineligible,
            ],
            act: NominationAct::AskSupplement,
            to: NominationState::Proposed,
        },
        Transition {
            from: &[NominationState::Eligible],
            act: NominationAct::PutOnAgenda,
            to: NominationState::InCouncil,
        },
        Transition {
            from: &[NominationState::InCouncil],
            act: NominationAct::TakeOffAgenda,
            to: NominationState::Eligible,
        },
        Transition {
            from: &[NominationState::InCouncil],
            act: NominationAct::Recommend,
            to: NominationState::Recommended,
        },
        Transition {
            from: &[NominationState::InCouncil],
            act: NominationAct::NotRecommend,
            to: NominationState::NotRecommended,
        },
        Transition {
            from: &[NominationState::Recommended, NominationState::Eligible],
            act: NominationAct::RouteToDirector,
            to: NominationState::AwaitingDirector,
        },
        Transition {
            from: &[NominationState::Recommended, NominationState::ReturnedAbove],
            act: NominationAct::Forward,
            to: NominationState::Forwarded,
        },
        Transition {
            from: &[NominationState::AwaitingDirector, NominationState::Forwarded],
            act: NominationAct::Award,
            to: NominationState::Awarded,
        },
        Transition {
            from: &[
                NominationState::Recommended,
                NominationState::AwaitingDirector,
                NominationState::ReturnedAbove,
            ],
            act: NominationAct::NotAward,
            to: NominationState::NotAwarded,
        },
        Transition {
            from: &[NominationState::Forwarded],
            act: NominationAct::DeclineAbove,
            to: NominationState::DeclinedAbove,
        },
        Transition {
            from: &[NominationState::Forwarded],
            act: NominationAct::ReturnAbove,
            to: NominationState::ReturnedAbove,
        },
        Transition {
            from: &[NominationState::DeclinedAbove],
            act: NominationAct::FallBack,
            to: NominationState::AwaitingDirector,
        },
        Transition {
            from: &[NominationState::Awarded],
            act: NominationAct::Revoke,
            to: NominationState::Revoked,
        },
    ],
    inner: NominationAct::ALL,
};
