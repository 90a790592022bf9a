//! Words of the campaign's plan.

use crate::domain::vocabulary::text_enum;

text_enum! {
    /// Method of a campaign (form 0601).
    CampaignKind {
        /// Theo chuyên đề (theo đợt).
        Thematic = "THEMATIC",
        /// Thường xuyên hằng năm.
        Regular = "REGULAR",
    }
}

text_enum! {
    /// Reach of a campaign (form 0601, Thông tư 02/2023/TT-BNV).
    CampaignScope {
        /// Toàn quốc.
        Nationwide = "NATIONWIDE",
        /// Bộ, ban, ngành, tỉnh.
        Province = "PROVINCE",
        /// Cụm, khối thi đua.
        Cluster = "CLUSTER",
        /// Cơ quan, đơn vị.
        Agency = "AGENCY",
    }
}

text_enum! {
    /// Who takes part in a campaign.
    ParticipationMode {
        /// The whole staff and all divisions (S6).
        AllStaff = "ALL_STAFF",
        /// Those who register.
        Registration = "REGISTRATION",
    }
}

text_enum! {
    /// How a participant came into the roll.
    ParticipantSource {
        /// From the organisation's roll.
        Roll = "ROLL",
        /// By registration.
        Registration = "REGISTRATION",
    }
}

text_enum! {
    /// Where a campaign stands in its period; derived from dates, never stored.
    CampaignPhase {
        /// Before the first day.
        NotStarted = "NOT_STARTED",
        /// From the first to the last day, both included.
        Running = "RUNNING",
        /// After the last day.
        Ended = "ENDED",
    }
}

text_enum! {
    /// Whether dossiers are taken; derived from dates, never stored.
    Intake {
        /// Not yet.
        NotOpen = "NOT_OPEN",
        /// Now.
        Open = "OPEN",
        /// No longer, except late by permission.
        Closed = "CLOSED",
    }
}

text_enum! {
    /// What happens to a dossier after the deadline (`domain.md` 5.7).
    LatePolicy {
        /// Refused.
        Reject = "REJECT",
        /// Taken and marked as late.
        AcceptFlagged = "ACCEPT_FLAGGED",
        /// Taken when the office chief admits it with a reason, and marked as late (C-7).
        AcceptWithApproval = "ACCEPT_WITH_APPROVAL",
    }
}

text_enum! {
    /// Length of a campaign by the classes of form 0601 (Thông tư 02/2023/TT-BNV).
    DurationClass {
        /// Less than one year.
        UnderOneYear = "UNDER_1_YEAR",
        /// Exactly one year.
        OneYear = "ONE_YEAR",
        /// More than one and less than three years.
        OneToThreeYears = "FROM_1_TO_3_YEARS",
        /// From three to less than five years.
        ThreeToFiveYears = "FROM_3_TO_5_YEARS",
        /// Five years and more.
        FiveYearsAndMore = "FROM_5_YEARS",
    }
}

text_enum! {
    /// Why a document stands among a campaign's grounds.
    LegalBasisRole {
        /// Plan of the campaign above (S4).
        ParentCampaign = "PARENT_CAMPAIGN",
        /// Work plan whose tasks are judged (S5).
        TaskPlan = "TASK_PLAN",
        /// Law, decree, circular.
        Law = "LAW",
        /// Guidance of the competent authority (S13).
        Guidance = "GUIDANCE",
        /// Anything else.
        Other = "OTHER",
    }
}

text_enum! {
    /// Why somebody stands among a document's recipients ("Nơi nhận", S24).
    RecipientPurpose {
        /// (b/c) To report to a superior.
        Report = "REPORT",
        /// To carry it out.
        Execute = "EXECUTE",
        /// To work with.
        Coordinate = "COORDINATE",
        /// To know.
        Inform = "INFORM",
        /// To put on the website.
        Publish = "PUBLISH",
        /// Lưu: VT, VP.
        File = "FILE",
    }
}

text_enum! {
    /// Who must meet a criterion.
    CriterionSubject {
        /// Collectives only (S10).
        Collective = "COLLECTIVE",
        /// Individuals only (S11).
        Individual = "INDIVIDUAL",
        /// Households only.
        Household = "HOUSEHOLD",
        /// Everyone.
        All = "ALL",
    }
}

impl CriterionSubject {
    /// True when the criterion must be met by such a subject.
    pub const fn applies_to(self, kind: super::SubjectKind) -> bool {
        use super::SubjectKind;
        match self {
            Self::Collective => matches!(kind, SubjectKind::Collective),
            Self::Individual => matches!(kind, SubjectKind::Individual),
            Self::Household => matches!(kind, SubjectKind::Household),
            Self::All => true,
        }
    }
}

text_enum! {
    /// Where an award form is decided, seen from the launching organisation (S19).
    Route {
        /// By its own head.
        SelfDecided = "SELF",
        /// By the level above; the organisation only proposes.
        Up = "UP",
    }
}

#[cfg(test)]
mod tests {
    use super::super::SubjectKind;
    use super::*;

    #[test]
    fn a_criterion_is_for_its_kind_of_subject_or_for_all() {
        use SubjectKind::{Collective, Household, Individual};
        for (criterion, kinds) in [
            (CriterionSubject::Collective, vec![Collective]),
            (CriterionSubject::Individual, vec![Individual]),
            (CriterionSubject::Household, vec![Household]),
            (CriterionSubject::All, vec![Collective, Individual, Household]),
        ] {
            for kind in SubjectKind::ALL {
                assert_eq!(
                    criterion.applies_to(*kind),
                    kinds.contains(kind),
                    "{criterion} {kind}"
                );
            }
        }
    }
}
