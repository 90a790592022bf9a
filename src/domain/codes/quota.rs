//! Words of the quota (`domain.md` 5.8).

use crate::domain::vocabulary::text_enum;

text_enum! {
    /// Whether kinds of subjects have limits of their own.
    QuotaScope {
        /// Collectives, individuals and households apart.
        Separate = "SEPARATE",
        /// All in one.
        Combined = "COMBINED",
    }
}

text_enum! {
    /// Which award forms share a limit.
    QuotaForms {
        /// All forms together.
        All = "ALL",
        /// Each form has the limit for itself.
        PerForm = "PER_FORM",
        /// The listed forms together; other forms are not counted.
        Listed = "LISTED",
    }
}

text_enum! {
    /// What is counted.
    QuotaCount {
        /// A subject once, however many awards.
        DistinctSubjects = "DISTINCT_SUBJECTS",
        /// Each award.
        Awards = "AWARDS",
    }
}

text_enum! {
    /// Inside what the limit holds.
    QuotaUnit {
        /// The whole launching organisation.
        Organization = "ORGANIZATION",
        /// Each division for itself.
        Division = "DIVISION",
    }
}

text_enum! {
    /// How a limit that is no whole number is rounded.
    Rounding {
        /// Down ("không quá": not more than).
        Down = "DOWN",
        /// To the nearest, halves up.
        Nearest = "NEAREST",
        /// Up.
        Up = "UP",
    }
}

text_enum! {
    /// Who stands in the denominator.
    Denominator {
        /// The roll on a date, by default the campaign's last day.
        RollAtDate = "ROLL_AT_DATE",
        /// Those who registered.
        Registered = "REGISTERED",
        /// Numbers entered by hand.
        Manual = "MANUAL",
    }
}

text_enum! {
    /// What exceeding does.
    Enforcement {
        /// The act is refused.
        Block = "BLOCK",
        /// The act passes with a warning.
        Warn = "WARN",
    }
}

text_enum! {
    /// The four readings of "không quá 30% tổng số tập thể, cá nhân".
    QuotaReading {
        /// Each kind of subject for itself.
        Q1 = "Q1",
        /// All kinds together.
        Q2 = "Q2",
        /// Each award form for itself.
        Q3 = "Q3",
        /// Each division for itself.
        Q4 = "Q4",
    }
}
