//! What the department forwards: hidden from its receiver until it is sent, answered by nobody else.

use crate::authorization::table::*;

/// The sender's side.
const SENDER: &str = "reviewer chief director deputy clerk auditor inspector";

pub fn rows() -> Vec<Row> {
    rows! {
        listForwardings => [EVERYONE];
        createForwarding {
            "campaign_id": "<forwarding_campaign>", "form": "BANG_KHEN_TINH",
            "receiver_organization_id": "<board>", "nomination_ids": ["<free>"]
        } => [OFFICE], others 403;
        getForwarding(preparing) => [SENDER], others 404;
        getForwarding(sent) => [SENDER, BOARD], others 404;
        getForwarding(above) => [SENDER, "chairman", "province-board", "at-province"], others 404;
        getForwardingMinutes(preparing) => [SENDER], others 404;
        getForwardingMinutes(sent) => [SENDER, BOARD], others 404;
        listForwardingHistory(preparing) => [SENDER], others 404;
        listForwardingHistory(sent) => [SENDER, BOARD], others 404;
        editForwarding(preparing) {
            "letter": {"type": "TTr", "number_raw": "716/TTr-SNgV", "issued_on": "2026-06-05"}
        } => [OFFICE], forbidden [DIRECTORS, CLERK, AUDITORS], others 404;
        removeForwarding(preparing) => [OFFICE], forbidden [DIRECTORS, CLERK, AUDITORS], others 404;
        signForwarding(preparing) {
            "signature": {"mode": "KT", "title": "Phó Giám đốc", "name": "Nguyễn Thị Mẫu"}
        } => [DIRECTORS], forbidden [OFFICE, CLERK, AUDITORS], others 404;
        sendForwarding(ready) {} => [CLERK], forbidden [OFFICE, DIRECTORS, AUDITORS], others 404;
        recallForwarding(sent) {"reason": "Gửi nhầm nơi nhận"}
            => [CLERK], forbidden [OFFICE, DIRECTORS, AUDITORS, BOARD], others 404;
        acknowledgeForwarding(sent) {"receipt_number": "1205/BTĐKT"}
            => [BOARD], forbidden [SENDER], others 404;
        acknowledgeForwarding(above) {"receipt_number": "1205/VP"}
            => ["chairman", "province-board", "at-province"], forbidden [SENDER], others 404;
        returnForwarding(received) {"reason": "Thiếu báo cáo"}
            => [BOARD], forbidden [SENDER], others 404;
        declineForwarding(received) {"reason": "Không đủ tiêu chuẩn"}
            => [BOARD], forbidden [SENDER], others 404;
        recordForwardingDecision(received) {
            "number_raw": "812/QĐ-UBND", "issued_on": "2026-03-20", "title": "Về việc tặng Bằng khen",
            "decider": {"title": "Chủ tịch UBND tỉnh", "name": "Nguyễn Văn Mẫu"},
            "items": [{"nomination_id": "<received_nomination>", "outcome": "AWARDED"}]
        } => [BOARD], forbidden [SENDER], others 404;
    }
}
