//! Submissions, their papers and nominations, appraisals. All are of the first division.

use crate::authorization::table::*;

pub fn rows() -> Vec<Row> {
    rows! {
        listSubmissions => [EVERYONE];
        // A unit hands in online, the office enters what came on paper: neither does it the other's way.
        createSubmission {"campaign_id": "<intake>", "division_id": "<division>", "procedure": "STANDARD"}
            => [UNIT], unfit [OFFICE], others 403;
        createSubmission {
            "campaign_id": "<intake>", "division_id": "<division>", "procedure": "STANDARD",
            "received_channel": "PAPER", "handed_in_at": "2026-03-20T01:30:00Z"
        } => [OFFICE], unfit [UNIT], others 403;
        getSubmission(submission) => [UNIT, OFFICE, DIRECTORS, AUDITORS], others 404;
        // The receiver of a forwarding sees the dossiers in it.
        getSubmission(forwarded_submission) => [UNIT, OFFICE, DIRECTORS, AUDITORS, BOARD], others 404;
        listSubmissionHistory(submission) => [UNIT, OFFICE, DIRECTORS, AUDITORS], others 404;
        editSubmission(draft) {"note": "Ghi chú"}
            => [UNIT], forbidden [OFFICE, DIRECTORS, AUDITORS], others 404;
        deleteSubmission(draft) => [UNIT], forbidden [OFFICE, DIRECTORS, AUDITORS], others 404;

        listAttachments(submission) => [UNIT, OFFICE, DIRECTORS, AUDITORS], others 404;
        getAttachment(draft, paper) => [UNIT, OFFICE, DIRECTORS, AUDITORS], others 404;
        addAttachment(draft) {
            "kind": "KHAC", "document": {"type": "KH", "number_raw": "1/KH-P", "issued_on": "2026-03-01"}
        } => [UNIT], forbidden [OFFICE, DIRECTORS, AUDITORS], others 404;
        removeAttachment(draft, paper) => [UNIT], forbidden [OFFICE, DIRECTORS, AUDITORS], others 404;

        submitSubmission(draft) {}
            => [UNIT_HEAD], forbidden [UNIT_OFFICER, OFFICE, DIRECTORS, AUDITORS], others 404;
        recallSubmission(submitted) {}
            => [UNIT_HEAD], forbidden [UNIT_OFFICER, OFFICE, DIRECTORS, AUDITORS], others 404;
        withdrawSubmission(submitted) {"reason": "Rút"}
            => [UNIT_HEAD], forbidden [UNIT_OFFICER, OFFICE, DIRECTORS, AUDITORS], others 404;
        getSubmissionReceipt(submitted) => [UNIT, OFFICE, DIRECTORS, AUDITORS], others 404;
        admitLateSubmission(draft) {"reason": "Mất điện diện rộng", "until": "2026-05-26T17:00:00Z"}
            => [CHIEF], forbidden [UNIT, REVIEWER, DIRECTORS, AUDITORS], others 404;
        receiveSubmission(submitted) {}
            => [OFFICE], forbidden [UNIT, DIRECTORS, AUDITORS], others 404;
        returnSubmission(submission) {"reason": "Bổ sung"}
            => [OFFICE], forbidden [UNIT, DIRECTORS, AUDITORS], others 404;
        consolidateSubmission(appraised) {}
            => [OFFICE], forbidden [UNIT, DIRECTORS, AUDITORS], others 404;

        listNominations => [EVERYONE];
        getNomination(nomination) => [UNIT, OFFICE, DIRECTORS, AUDITORS], others 404;
        // Oneself, the council that it is before, and the receiver of the forwarding.
        getNomination(proposed) => [UNIT, OFFICE, DIRECTORS, AUDITORS, "nominee"], others 404;
        getNomination(listed)
            => [UNIT, OFFICE, DIRECTORS, AUDITORS, "nominee", COUNCIL_HEADS], others 404;
        getNomination(forwarded) => [UNIT, OFFICE, DIRECTORS, AUDITORS, BOARD], others 404;
        listNominationHistory(nomination) => [UNIT, OFFICE, DIRECTORS, AUDITORS], others 404;
        createNomination {
            "submission_id": "<draft>", "collective_id": "<group>", "proposed_form": "GIAY_KHEN_SO",
            "achievement_summary": "Hoàn thành xuất sắc nhiệm vụ", "criteria": [{"code": "TT1", "met": true}]
        } => [UNIT], forbidden [OFFICE, DIRECTORS, AUDITORS], others 404;
        editNomination(proposed) {"achievement_summary": "Có sáng kiến"}
            => [UNIT], forbidden [OFFICE, DIRECTORS, AUDITORS, "nominee"], others 404;
        deleteNomination(proposed)
            => [UNIT], forbidden [OFFICE, DIRECTORS, AUDITORS, "nominee"], others 404;
        holdNomination(nomination) {"reason": "COMPLAINT", "note": "Có đơn"}
            => [CHIEF, DIRECTORS], forbidden [UNIT, REVIEWER, AUDITORS], others 404;
        holdNomination(forwarded) {"reason": "COMPLAINT", "note": "Có đơn"}
            => [CHIEF, DIRECTORS, BOARD], forbidden [UNIT, REVIEWER, AUDITORS], others 404;
        dropNomination(recommended) {"reason": "Đã có kết luận vi phạm"}
            => [DIRECTORS], forbidden [UNIT, OFFICE, AUDITORS], others 404;
        proposeHold(nomination) {"reason": "COMPLAINT", "note": "Có đơn"}
            => [REVIEWER], forbidden [UNIT, CHIEF, DIRECTORS, AUDITORS], others 404;
        dismissHoldProposal(doubted) {"conclusion": "Không có căn cứ"}
            => [CHIEF, DIRECTORS], forbidden [UNIT, REVIEWER, AUDITORS], others 404;
        releaseNomination(held) {"conclusion": "Không có vi phạm"}
            => [CHIEF, DIRECTORS], forbidden [UNIT, REVIEWER, AUDITORS], others 404;

        listReviews => [EVERYONE];
        getReview(review) => [UNIT, OFFICE, DIRECTORS, AUDITORS], others 404;
        createReview {
            "nomination_id": "<nomination>", "kind": "APPRAISAL", "conclusion": "ELIGIBLE",
            "checklist": [{"item": "CN1", "ok": true}, {"item": "BAO_CAO", "ok": true}]
        } => [OFFICE], forbidden [UNIT, DIRECTORS, AUDITORS], others 404;
    }
}
