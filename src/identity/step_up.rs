//! Whether a sign-on is good enough for whoever decides (CLM-09, RFC 9470).

use super::settings::IssuerSettings;
use crate::domain::caller::SignOn;

/// What a sign-on lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// It is of none of the accepted strengths; how old it is was not looked at.
    Strength,
    /// It is too long ago.
    Freshness,
}

/// What a sign-on lacks, and all that is asked of the next one: told in part, it would have to be made twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepUp {
    /// What the present one lacks.
    pub lack: Lack,
    /// Strengths (`acr`) one of which it needs, the preferred one first; empty where any will do.
    pub acr_values: Vec<String>,
    /// Seconds that may have passed since it; none where it may be of any age.
    pub max_age_seconds: Option<u32>,
}

/// What is asked of the next sign-on of somebody who decides at `now`, if the present one does not suffice.
pub(super) fn needed(
    sign_on: &SignOn,
    issuer: &IssuerSettings,
    leeway_seconds: i64,
    now: i64,
) -> Option<StepUp> {
    let accepted = &issuer.acr_for_decisions;
    let weak = !accepted.is_empty()
        && sign_on
            .strength
            .as_ref()
            .is_none_or(|strength| !accepted.contains(strength));
    let old = issuer.max_age_for_decisions_seconds.is_some_and(|seconds| {
        let longest = i64::from(seconds).saturating_add(leeway_seconds);
        sign_on.at.is_none_or(|at| now.saturating_sub(at) > longest)
    });
    let lack = match (weak, old) {
        (true, _) => Lack::Strength,
        (false, true) => Lack::Freshness,
        (false, false) => return None,
    };
    Some(StepUp {
        lack,
        acr_values: accepted.clone(),
        max_age_seconds: issuer.max_age_for_decisions_seconds,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuer(accepted: &[&str], seconds: Option<u32>) -> IssuerSettings {
        IssuerSettings {
            acr_for_decisions: accepted.iter().copied().map(String::from).collect(),
            max_age_for_decisions_seconds: seconds,
            ..IssuerSettings::default()
        }
    }

    #[test]
    fn a_sign_on_is_as_strong_and_as_fresh_as_is_asked() {
        let both = issuer(&["gold", "silver"], Some(300));
        let strong = issuer(&["gold", "silver"], None);
        let fresh = issuer(&[], Some(300));
        let off = issuer(&[], None);
        let (gold, silver, bronze) = (Some("gold"), Some("silver"), Some("bronze"));
        let (weak, old) = (Some(Lack::Strength), Some(Lack::Freshness));
        let now = 1_000_000;
        // The leeway is 30 seconds.
        for (settings, strength, at, lack) in [
            (&off, None, None, None),
            (&off, bronze, Some(0), None),
            (&strong, gold, None, None),
            (&strong, silver, Some(0), None),
            (&strong, bronze, Some(now), weak),
            (&strong, Some("Gold"), Some(now), weak),
            (&strong, Some("gold silver"), Some(now), weak),
            (&strong, None, Some(now), weak),
            (&fresh, None, Some(now), None),
            (&fresh, bronze, Some(now - 330), None),
            (&fresh, gold, Some(now - 331), old),
            (&fresh, gold, Some(i64::MIN), old),
            (&fresh, gold, None, old),
            (&fresh, None, Some(now + 30), None),
            (&both, gold, Some(now - 330), None),
            (&both, gold, Some(now - 331), old),
            (&both, bronze, Some(now - 331), weak),
            (&both, None, None, weak),
        ] {
            let sign_on = SignOn {
                strength: strength.map(String::from),
                at,
            };
            let needed = needed(&sign_on, settings, 30, now);
            assert_eq!(needed.as_ref().map(|needed| needed.lack), lack, "{sign_on:?}");
            let Some(needed) = needed else { continue };
            assert_eq!(needed.acr_values, settings.acr_for_decisions);
            assert_eq!(needed.max_age_seconds, settings.max_age_for_decisions_seconds);
        }
    }
}
