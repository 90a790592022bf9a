//! Words of decisions and signatures.

use crate::domain::vocabulary::text_enum;

text_enum! {
    /// What a decision does.
    DecisionType {
        /// Rewards.
        Award = "AWARD",
        /// Annuls awards (hủy bỏ, R-R1).
        Revocation = "REVOCATION",
        /// Corrects an issued decision (R-D4).
        Correction = "CORRECTION",
    }
}

text_enum! {
    /// Standing of one item of an issued decision.
    DecisionItemState {
        /// In force.
        Valid = "VALID",
        /// Annulled by a revocation decision.
        Revoked = "REVOKED",
        /// Replaced by a correction decision.
        Corrected = "CORRECTED",
        /// Stood in a decision that was given up before its issue.
        Cancelled = "CANCELLED",
    }
}

text_enum! {
    /// Legal ground of a revocation (Law 2022 Art. 93(2)).
    RevocationGround {
        /// (a) Fraud in declaring merits.
        Fraud = "FRAUD",
        /// (b) False information or forged papers.
        FalseInformation = "FALSE_INFORMATION",
        /// (c) Appraisal, consideration, approval or proposal against the law.
        UnlawfulProcedure = "UNLAWFUL_PROCEDURE",
        /// (d) A conclusion, decision or judgment finds violations in the period of the achievement.
        Violation = "VIOLATION",
    }
}

text_enum! {
    /// In whose place a document is signed.
    SignatureMode {
        /// By the head himself; no prefix is printed.
        Own = "SELF",
        /// Ký thay: by a deputy for the head.
        Kt = "KT",
        /// Thừa lệnh: by order.
        Tl = "TL",
        /// Thừa uỷ quyền: by authorisation.
        Tuq = "TUQ",
        /// Thay mặt: on behalf of a collective body.
        Tm = "TM",
        /// Quyền: acting head.
        Q = "Q",
    }
}

text_enum! {
    /// How a multiplied amount is rounded (`domain.md` 1.11).
    RoundingOrder {
        /// Multiply the whole coefficient, round up once (default).
        CoefficientFirst = "COEFFICIENT_FIRST",
        /// Round the individual amount up, multiply it, round up again.
        DoubleRounded = "DOUBLE_ROUNDED",
    }
}
