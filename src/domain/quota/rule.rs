//! How a campaign's quota is read: data of the plan, with the safest defaults (`domain.md` 5.8).

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Headcount;
use crate::domain::caller::Role;
use crate::domain::codes::{
    Denominator, Enforcement, QuotaCount, QuotaForms, QuotaReading, QuotaScope, QuotaUnit, Rounding,
};
use crate::domain::policy::{Action, RULES};

/// Basis points of the whole.
const WHOLE: u64 = 10_000;

/// How a campaign's quota is read. Every member has the safest default: 30 %, each kind of subject for
/// itself, rounded down, all forms together, distinct subjects, the whole organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct QuotaRule {
    /// Share in basis points, 0 to 10 000 (3000 = 30 %).
    #[schema(minimum = 0, maximum = 10000)]
    pub basis_points: u16,
    /// Kinds of subjects apart or together.
    pub scope: QuotaScope,
    /// Award forms together, each for itself, or only those listed.
    pub forms: QuotaForms,
    /// The forms of LISTED; with `PER_FORM` forms that are shown even while nothing is counted.
    #[schema(value_type = Vec<String>, max_items = 20)]
    pub form_list: BTreeSet<String>,
    /// Subjects once, or each award.
    pub count: QuotaCount,
    /// The whole organisation, or each division for itself.
    pub unit: QuotaUnit,
    /// What is done with a limit that is no whole number.
    pub rounding: Rounding,
    /// Who stands in the denominator.
    pub denominator: Denominator,
    /// Date of the roll; none means `participation.roll_date`, and the campaign's last day without that
    /// one, too. Two different dates are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub denominator_date: Option<NaiveDate>,
    /// The numbers of a MANUAL denominator.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub manual: Option<Headcount>,
    /// A group with at least one participant may always reward one.
    pub min_one: bool,
    /// What exceeding does.
    pub enforcement: Enforcement,
    /// Who may exceed it with a reason.
    pub override_role: Role,
}

impl Default for QuotaRule {
    fn default() -> Self {
        Self {
            basis_points: 3000,
            scope: QuotaScope::Separate,
            forms: QuotaForms::All,
            form_list: BTreeSet::new(),
            count: QuotaCount::DistinctSubjects,
            unit: QuotaUnit::Organization,
            rounding: Rounding::Down,
            denominator: Denominator::RollAtDate,
            denominator_date: None,
            manual: None,
            min_one: false,
            enforcement: Enforcement::Block,
            override_role: Role::Director,
        }
    }
}

/// What is contradictory in a [`QuotaRule`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuotaRuleFault {
    /// More than 10 000 basis points.
    #[error("basis_points must lie between 0 and 10000")]
    BasisPoints,
    /// LISTED without forms, or ALL with forms.
    #[error("form_list belongs to LISTED (required) and PER_FORM (optional)")]
    FormList,
    /// MANUAL without numbers, or numbers without MANUAL.
    #[error("manual belongs to the denominator MANUAL, and only to it")]
    Manual,
    /// MANUAL with a limit of each division.
    #[error("a MANUAL denominator knows no divisions")]
    ManualDivision,
    /// A date without `ROLL_AT_DATE`.
    #[error("denominator_date belongs to the denominator ROLL_AT_DATE")]
    DenominatorDate,
    /// A role that the policy lets exceed no quota.
    #[error("override_role must be a role that may exceed the quota")]
    OverrideRole,
}

/// The roles that the policy lets exceed a quota at all; a plan does not give what the policy withholds.
pub fn overriding_roles() -> Vec<Role> {
    RULES
        .iter()
        .filter(|rule| rule.actions.contains(&Action::OverrideQuota))
        .map(|rule| rule.role)
        .collect()
}

impl QuotaRule {
    /// Refuses a rule whose members contradict each other.
    pub fn validate(&self) -> Result<(), QuotaRuleFault> {
        let forms_agree = match self.forms {
            QuotaForms::All => self.form_list.is_empty(),
            QuotaForms::PerForm => true,
            QuotaForms::Listed => !self.form_list.is_empty(),
        };
        if u64::from(self.basis_points) > WHOLE {
            Err(QuotaRuleFault::BasisPoints)
        } else if !forms_agree {
            Err(QuotaRuleFault::FormList)
        } else if self.manual.is_some() != (self.denominator == Denominator::Manual) {
            Err(QuotaRuleFault::Manual)
        } else if self.manual.is_some() && self.unit == QuotaUnit::Division {
            // Its numbers are of the whole: each division's limit would be none at all.
            Err(QuotaRuleFault::ManualDivision)
        } else if self.denominator_date.is_some() && self.denominator != Denominator::RollAtDate {
            Err(QuotaRuleFault::DenominatorDate)
        } else if !overriding_roles().contains(&self.override_role) {
            Err(QuotaRuleFault::OverrideRole)
        } else {
            Ok(())
        }
    }

    /// The reading that this rule enforces. A division's limit wins over a form's; with both, Q4 has a
    /// line for each form of each division.
    pub fn enforced(&self) -> QuotaReading {
        match (self.unit, self.forms, self.scope) {
            (QuotaUnit::Division, _, _) => QuotaReading::Q4,
            (_, QuotaForms::PerForm, _) => QuotaReading::Q3,
            (_, _, QuotaScope::Separate) => QuotaReading::Q1,
            (_, _, QuotaScope::Combined) => QuotaReading::Q2,
        }
    }

    /// The largest number of awards that `participants` allow.
    pub fn limit(&self, participants: u64) -> u64 {
        let share = u64::from(self.basis_points).saturating_mul(participants);
        let limit = match self.rounding {
            Rounding::Down => share / WHOLE,
            Rounding::Nearest => share.saturating_add(WHOLE / 2) / WHOLE,
            Rounding::Up => share.div_ceil(WHOLE),
        };
        if self.min_one && participants > 0 {
            limit.max(1)
        } else {
            limit
        }
    }

    /// True when the form is counted at all.
    pub fn covers(&self, form: &str) -> bool {
        self.forms != QuotaForms::Listed || self.form_list.contains(form)
    }
}
