//! Words of councils, sessions and votes (`domain.md` 1.7).

use crate::domain::vocabulary::text_enum;

text_enum! {
    /// Function of a council member.
    MembershipFunction {
        /// Chủ tịch Hội đồng.
        Chair = "CHAIR",
        /// Phó Chủ tịch.
        ViceChair = "VICE_CHAIR",
        /// Uỷ viên thường trực.
        Standing = "STANDING",
        /// Thư ký (a member who votes too).
        Secretary = "SECRETARY",
        /// Uỷ viên.
        Member = "MEMBER",
    }
}

text_enum! {
    /// How a session is held.
    SessionMode {
        /// In one room.
        Meeting = "MEETING",
        /// Papers sent round, opinions collected in writing.
        Written = "WRITTEN",
        /// By video conference.
        Online = "ONLINE",
    }
}

text_enum! {
    /// How a member took part in a session.
    Attendance {
        /// Present.
        Present = "PRESENT",
        /// Absent without substitute or written opinion.
        Absent = "ABSENT",
        /// Represented by a substitute named in writing, whose vote counts as the member's.
        Substitute = "SUBSTITUTE",
        /// Absent, answered in writing (R-V4).
        Written = "WRITTEN",
    }
}

text_enum! {
    /// A vote on one nomination.
    VoteChoice {
        /// Đồng ý.
        Agree = "AGREE",
        /// Không đồng ý.
        Disagree = "DISAGREE",
        /// Ý kiến khác.
        Abstain = "ABSTAIN",
    }
}

text_enum! {
    /// What those present agree on for a list, without single votes (R-V5).
    ConsensusOutcome {
        /// Thống nhất đề nghị khen thưởng.
        Recommended = "RECOMMENDED",
        /// Thống nhất không đề nghị.
        NotRecommended = "NOT_RECOMMENDED",
    }
}

text_enum! {
    /// How votes are taken.
    VotingMethod {
        /// Biểu quyết (show of hands): votes carry names.
        OpenVote = "OPEN_VOTE",
        /// Thống nhất: the secretary records consent of those present for a list (R-V5).
        Consensus = "CONSENSUS",
        /// Phiếu kín: who voted and what was voted are kept apart (R-V6).
        SecretBallot = "SECRET_BALLOT",
        /// Opinions in writing.
        Written = "WRITTEN",
    }
}

text_enum! {
    /// What a share of votes is measured against.
    PercentageBase {
        /// All members of the council (ND152 Art. 33(5)).
        TotalMembers = "TOTAL_MEMBERS",
        /// Those who took part.
        Present = "PRESENT",
        /// Those who agreed, disagreed or had another opinion.
        ValidBallots = "VALID_BALLOTS",
    }
}

text_enum! {
    /// How a share is compared with the threshold.
    ThresholdComparison {
        /// Share ≥ threshold ("từ 80% trở lên").
        AtLeast = "AT_LEAST",
        /// Share > threshold ("quá bán").
        MoreThan = "MORE_THAN",
    }
}

text_enum! {
    /// What decides when the share is exactly the threshold that must be exceeded.
    TieBreak {
        /// The side of the chair's own vote.
        Chair = "CHAIR",
        /// Nothing: it has not passed.
        None = "NONE",
    }
}
