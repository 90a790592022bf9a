//! Which required papers a dossier lacks (R-S3): warned of when it is handed in, blocking when a
//! nomination is found eligible (C-6).

use super::codes::{AttachmentKind, Procedure};
use super::error::{Code, Fault};
use super::ids::NominationId;
use super::plan::Plan;

/// A paper that is there: its kind, and the nomination it belongs to, if it is not of the whole dossier.
pub type Paper = (AttachmentKind, Option<NominationId>);

/// A required paper that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// What is missing.
    pub kind: AttachmentKind,
    /// For which nomination; none for the whole dossier.
    pub nomination: Option<NominationId>,
}

impl Missing {
    /// As a warning or obstacle.
    pub fn fault(self) -> Fault {
        let fault = Fault::new(Code::SubmissionPapersMissing).with("kind", self.kind.as_str());
        match self.nomination {
            Some(nomination) => fault.with("nomination_id", nomination.to_string()),
            None => fault,
        }
    }
}

/// What a dossier of these nominations (with their current forms) lacks; each gap once.
pub fn missing(
    plan: &Plan,
    procedure: Procedure,
    nominations: &[(NominationId, &str)],
    papers: &[Paper],
) -> Vec<Missing> {
    let mut gaps = Vec::new();
    for (nomination, form) in nominations {
        for required in plan.papers(procedure, form) {
            let owner = required.per_nomination.then_some(*nomination);
            let there = papers
                .iter()
                .any(|(kind, of)| *kind == required.kind && (owner.is_none() || *of == owner));
            let gap = Missing {
                kind: required.kind,
                nomination: owner,
            };
            if !there && !gaps.contains(&gap) {
                gaps.push(gap);
            }
        }
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_gap_is_told_once_and_goes_with_its_paper() {
        let (one, two) = (NominationId::generate(), NominationId::generate());
        let lines = [(one, "GIAY_KHEN_SO"), (two, "GIAY_KHEN_SO")];
        let gaps = |papers: &[Paper]| missing(&Plan::default(), Procedure::Standard, &lines, papers);
        let report = |nomination| Missing {
            kind: AttachmentKind::BaoCao,
            nomination: Some(nomination),
        };
        let letter = Missing {
            kind: AttachmentKind::ToTrinh,
            nomination: None,
        };
        assert_eq!(gaps(&[]), vec![letter, report(one), report(two)]);
        assert_eq!(
            gaps(&[
                (AttachmentKind::BaoCao, Some(two)),
                (AttachmentKind::BaoCao, None)
            ]),
            vec![letter, report(one)]
        );
        let all = [
            (AttachmentKind::ToTrinh, None),
            (AttachmentKind::BaoCao, Some(one)),
            (AttachmentKind::BaoCao, Some(two)),
        ];
        assert!(gaps(&all).is_empty());
    }
}
