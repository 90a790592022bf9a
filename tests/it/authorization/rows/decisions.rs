//! Decisions of the department and what follows a revocation.

use crate::authorization::table::*;

pub fn rows() -> Vec<Row> {
    rows! {
        listDecisions => [EVERYONE];
        getNextDecisionNumber where "organization_id=<department>"
            => [OFFICE, DIRECTORS, CLERK, AUDITORS], others 403;
        createDecision {
            "type": "AWARD", "campaign_id": "<award_campaign>", "title": "Tặng Giấy khen",
            "form": "GIAY_KHEN_SO", "grounds": []
        } => [OFFICE, DIRECTORS], others 403;
        // Hidden until it is published.
        getDecision(decision) => [OFFICE, DIRECTORS, CLERK, AUDITORS], others 404;
        getDecision(issued) => [OFFICE, DIRECTORS, CLERK, AUDITORS], others 404;
        listDecisionItems(listing) => [OFFICE, DIRECTORS, CLERK, AUDITORS], others 404;
        listDecisionHistory(listing) => [OFFICE, DIRECTORS, CLERK, AUDITORS], others 404;
        editDecision(decision) {"title": "Tặng Giấy khen đợt 2"}
            => [OFFICE, DIRECTORS], forbidden [CLERK, AUDITORS], others 404;
        addDecisionItems(listing) {"nomination_ids": ["<recommended>"]}
            => [OFFICE, DIRECTORS], forbidden [CLERK, AUDITORS], others 404;
        removeDecisionItem(listing, item)
            => [OFFICE, DIRECTORS], forbidden [CLERK, AUDITORS], others 404;
        dropDecisionItem(listing, item) {"reason": "Chưa đủ thời gian công tác"}
            => [DIRECTORS], forbidden [OFFICE, CLERK, AUDITORS], others 404;
        checkDecision(listing) {}
            => [CHIEF], forbidden [REVIEWER, DIRECTORS, CLERK, AUDITORS], others 404;
        // Given back by whoever checks or signs.
        returnDecision(checked) {"reason": "Sai chức vụ của một cá nhân"}
            => [CHIEF, DIRECTORS], forbidden [REVIEWER, CLERK, AUDITORS], others 404;
        signDecision(checked) {
            "signature": {"mode": "KT", "title": "Phó Giám đốc", "name": "Nguyễn Thị Mẫu"}
        } => [DIRECTORS], forbidden [OFFICE, CLERK, AUDITORS], others 404;
        numberDecision(signed) {"number": 650, "issued_on": "2026-03-20"}
            => [CLERK], forbidden [OFFICE, DIRECTORS, AUDITORS], others 404;
        issueDecision(numbered) {}
            => [DIRECTORS], forbidden [OFFICE, CLERK, AUDITORS], others 404;
        publishDecision(issued) {}
            => [CLERK], forbidden [OFFICE, DIRECTORS, AUDITORS], others 404;
        cancelDecision(numbered) {"reason": "Không cần nữa"}
            => [DIRECTORS], forbidden [OFFICE, CLERK, AUDITORS], others 404;

        // Of the province: prepared and numbered by the Board or the Chairman's office, which checks, signs
        // and issues.
        getDecision(province_draft) => ["chairman", "province-board", "at-province", "auditor"], others 404;
        editDecision(province_draft) {"title": "Tặng Bằng khen"}
            => ["chairman", "province-board", "at-province"], forbidden ["auditor"], others 404;
        checkDecision(province_draft) {}
            => ["chairman", "at-province"], forbidden ["province-board", "auditor"], others 404;
        signDecision(province_checked) {
            "signature": {"mode": "KT", "title": "Phó Chủ tịch", "name": "Nguyễn Thị Mẫu"}
        } => ["chairman", "at-province"], forbidden ["province-board", "auditor"], others 404;
        numberDecision(province_signed) {"number": 750, "issued_on": "2026-03-20"}
            => ["chairman", "province-board", "at-province"], forbidden ["auditor"], others 404;
        issueDecision(province_numbered) {}
            => ["chairman", "at-province"], forbidden ["province-board", "auditor"], others 404;
        // The revocation of what the Chairman awarded: the issuer's, and its preparation the receiver's of
        // the forwarding (5.5, R-R1).
        createDecision {
            "type": "REVOCATION", "campaign_id": "<forwarding_campaign>", "organization_id": "<province>",
            "original_id": "<bang_khen>", "title": "Hủy bỏ Bằng khen", "ground": "FALSE_INFORMATION",
            "conclusion_reference": "Kết luận 12/KL-TTr", "reason": "Giấy tờ giả", "grounds": []
        } => ["chairman", "province-board", "at-province", "board"], others 403;
        editDecision(revocation_above) {"title": "Hủy bỏ danh hiệu"}
            => ["chairman", "province-board", "at-province", "board"], forbidden ["auditor"], others 404;
        addDecisionItems(revocation_above) {"original_item_ids": ["<bang_khen_item>"]}
            => ["chairman", "province-board", "at-province", "board"], forbidden ["auditor"], others 404;
        checkDecision(revocation_listed) {}
            => ["chairman", "at-province"], forbidden ["province-board", "board", "auditor"], others 404;

        listRecoveryTasks => [EVERYONE];
        getRecoveryTask(task) => [OFFICE, DIRECTORS, CLERK, AUDITORS], others 404;
        completeRecoveryTask(task) {"completed_on": "2026-03-20", "note": "Đã nộp lại Giấy khen và tiền thưởng"}
            => [CHIEF, DIRECTORS], forbidden [REVIEWER, CLERK, AUDITORS], others 404;
    }
}
