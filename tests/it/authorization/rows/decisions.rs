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

        // Of the province: prepared and numbered by the Board, signed and issued by the Chairman's office.
        getDecision(province_draft) => ["chairman", "province-board", "at-province", "auditor"], others 404;
        editDecision(province_draft) {"title": "Tặng Bằng khen"}
            => ["province-board", "at-province"], forbidden ["chairman", "auditor"], others 404;
        signDecision(province_checked) {
            "signature": {"mode": "KT", "title": "Phó Chủ tịch", "name": "Nguyễn Thị Mẫu"}
        } => ["chairman", "at-province"], forbidden ["province-board", "auditor"], others 404;
        numberDecision(province_signed) {"number": 750, "issued_on": "2026-03-20"}
            => ["province-board", "at-province"], forbidden ["chairman", "auditor"], others 404;
        issueDecision(province_numbered) {}
            => ["chairman", "at-province"], forbidden ["province-board", "auditor"], others 404;

        listRecoveryTasks => [EVERYONE];
        getRecoveryTask(task) => [OFFICE, DIRECTORS, CLERK, AUDITORS], others 404;
        completeRecoveryTask(task) {"completed_on": "2026-03-20", "note": "Đã nộp lại Giấy khen và tiền thưởng"}
            => [CHIEF, DIRECTORS], forbidden [REVIEWER, CLERK, AUDITORS], others 404;
    }
}
