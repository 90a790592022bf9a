//! Which required papers a dossier lacks (R-S3): warned of when it is handed in, blocking when a
//! nomination is found eligible (C-6).

use super::codes::{AttachmentKind, Procedure, SubjectKind};
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

/// Whether something there proves what a nomination achieved: any paper of its own beside the report (A8).
pub fn proves(papers: &[Paper], nomination: NominationId) -> bool {
    papers
        .iter()
        .any(|(kind, of)| *of == Some(nomination) && *kind != AttachmentKind::BaoCao)
}

/// That a criterion asks for evidence and a nomination has none.
pub fn evidence_missing(criterion: &str, nomination: NominationId) -> Fault {
    Fault::new(Code::NominationEvidenceMissing)
        .with("criterion", criterion)
        .with("nomination_id", nomination.to_string())
        .says(
            format!(
                "Tiêu chí {criterion} đòi hỏi minh chứng (evidence_required): hãy đính kèm cho đề nghị này ít \
                 nhất một tài liệu ngoài báo cáo (BAO_CAO)"
            ),
            format!(
                "The criterion {criterion} asks for evidence (evidence_required): attach at least one paper \
                 beside the report (BAO_CAO) to this nomination"
            ),
        )
}

/// The mandatory criteria of a nomination that ask for evidence while there is none.
pub fn unproven(plan: &Plan, kind: SubjectKind, nomination: NominationId, papers: &[Paper]) -> Vec<Fault> {
    if proves(papers, nomination) {
        return Vec::new();
    }
    plan.criteria_for(kind)
        .filter(|criterion| criterion.mandatory && criterion.evidence_required)
        .map(|criterion| evidence_missing(&criterion.code, nomination))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::codes::CriterionSubject;
    use crate::domain::plan::Criterion;

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

    fn criterion(code: &str, mandatory: bool, evidence_required: bool) -> Criterion {
        Criterion {
            code: code.to_owned(),
            subject: CriterionSubject::Individual,
            text: "…".to_owned(),
            mandatory,
            evidence_required,
        }
    }

    #[test]
    fn only_an_own_paper_beside_the_report_is_proof() {
        let (one, two) = (NominationId::generate(), NominationId::generate());
        let plan = Plan {
            criteria: vec![
                criterion("CN1", true, true),
                criterion("CN2", false, true),
                criterion("CN3", true, false),
            ],
            ..Plan::default()
        };
        for (papers, proven) in [
            (vec![], false),
            (vec![(AttachmentKind::BaoCao, Some(one))], false),
            (vec![(AttachmentKind::ToTrinh, None)], false),
            (vec![(AttachmentKind::ToTrinh, Some(two))], false),
            (vec![(AttachmentKind::ToTrinh, Some(one))], true),
        ] {
            assert_eq!(proves(&papers, one), proven, "{papers:?}");
            let faults = unproven(&plan, SubjectKind::Individual, one, &papers);
            let expected = if proven {
                vec![]
            } else {
                vec![evidence_missing("CN1", one)]
            };
            assert_eq!(faults, expected, "{papers:?}");
            assert!(unproven(&plan, SubjectKind::Collective, one, &papers).is_empty());
        }
    }

    #[test]
    fn a_gap_names_its_paper_and_its_nomination() {
        let nomination = NominationId::generate();
        let kind = AttachmentKind::BaoCao;
        let whole = Fault::new(Code::SubmissionPapersMissing).with("kind", "BAO_CAO");
        for (of, fault) in [
            (None, whole.clone()),
            (
                Some(nomination),
                whole.with("nomination_id", nomination.to_string()),
            ),
        ] {
            let gap = Missing { kind, nomination: of };
            assert_eq!(gap.fault(), fault);
        }
        let fault = evidence_missing("CN1", nomination);
        assert_eq!(fault.code, Code::NominationEvidenceMissing);
        let named = ["criterion", "nomination_id"].map(|name| fault.params.get(name).cloned());
        assert_eq!(named, [Some("CN1".into()), Some(nomination.to_string().into())]);
        assert!(fault.detail.is_some_and(|detail| detail.en.contains("CN1")));
    }
}
