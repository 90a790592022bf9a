//! Councils and their review sessions. The director is the chair of the council, the reviewer its
//! secretary, the deputy, the chief and three heads are members.

use crate::authorization::table::*;

pub fn rows() -> Vec<Row> {
    rows! {
        listCouncils => [EVERYONE];
        getCouncil(council) => [OFFICE, DIRECTORS, COUNCIL_HEADS, AUDITORS], others 404;
        listCouncilMembers(council) => [OFFICE, DIRECTORS, COUNCIL_HEADS, AUDITORS], others 404;
        getCouncilMember(council, member) => [OFFICE, DIRECTORS, COUNCIL_HEADS, AUDITORS], others 404;
        listCouncilHistory(council) => [OFFICE, DIRECTORS, COUNCIL_HEADS, AUDITORS], others 404;
        createCouncil {"owner_organization_id": "<department>", "name": "Hội đồng", "policy": {}}
            => [CHIEF, DIRECTORS], others 403;
        editCouncil(council) {"name": "Hội đồng khác"}
            => [CHIEF, DIRECTORS], forbidden [REVIEWER, COUNCIL_HEADS, AUDITORS], others 404;
        addCouncilMember(council) {"individual_id": "<head>", "function": "MEMBER", "valid_from": "2026-01-01"}
            => [CHIEF, DIRECTORS], forbidden [REVIEWER, COUNCIL_HEADS, AUDITORS], others 404;
        endCouncilMember(council, member) {"valid_to": "2026-12-31"}
            => [CHIEF, DIRECTORS], forbidden [REVIEWER, COUNCIL_HEADS, AUDITORS], others 404;

        listReviewSessions => [EVERYONE];
        getReviewSession(session) => [OFFICE, DIRECTORS, COUNCIL_HEADS, AUDITORS], others 404;
        getAgenda(session) => [OFFICE, DIRECTORS, COUNCIL_HEADS, AUDITORS], others 404;
        getAttendance(gathered) => [OFFICE, DIRECTORS, COUNCIL_HEADS, AUDITORS], others 404;
        getVotes(voting) => [OFFICE, DIRECTORS, COUNCIL_HEADS, AUDITORS], others 404;
        getMinutes(minuted) => [OFFICE, DIRECTORS, COUNCIL_HEADS, AUDITORS], others 404;
        listReviewSessionHistory(session) => [OFFICE, DIRECTORS, COUNCIL_HEADS, AUDITORS], others 404;

        // The office prepares the list (plan V.2); the session itself is the secretary's.
        createReviewSession {
            "council_id": "<council>", "campaign_id": "<campaign>", "title": "Họp", "mode": "MEETING",
            "method": "OPEN_VOTE", "held_at": "2026-06-05T01:00:00Z"
        } => [OFFICE], forbidden [DIRECTORS, COUNCIL_HEADS, AUDITORS], others 404;
        editReviewSession(session) {"title": "Họp lại"}
            => [OFFICE], forbidden [DIRECTORS, COUNCIL_HEADS, AUDITORS], others 404;
        cancelReviewSession(session) {"reason": "Hoãn"}
            => [OFFICE], forbidden [DIRECTORS, COUNCIL_HEADS, AUDITORS], others 404;
        addToAgenda(gathered) {"nomination_ids": ["<waiting>"]}
            => [OFFICE], forbidden [DIRECTORS, COUNCIL_HEADS, AUDITORS], others 404;
        removeFromAgenda(gathered, listed)
            => [OFFICE], forbidden [DIRECTORS, COUNCIL_HEADS, AUDITORS], others 404;
        changeAgendaForm(gathered, listed) {"form": "BANG_KHEN_TINH", "form_reason": "Thành tích cao hơn"}
            => [REVIEWER], forbidden [CHIEF, DIRECTORS, COUNCIL_HEADS, AUDITORS], others 404;
        recordAttendance(gathered) {"members": []}
            => [REVIEWER], forbidden [CHIEF, DIRECTORS, COUNCIL_HEADS, AUDITORS], others 404;
        openReviewSession(gathered) {}
            => [REVIEWER], forbidden [CHIEF, DIRECTORS, COUNCIL_HEADS, AUDITORS], others 404;
        // Every member votes, whatever it is besides.
        castVote(voting, voted) {"choice": "AGREE"}
            => [OFFICE, DIRECTORS, COUNCIL_HEADS], forbidden [AUDITORS], others 404;
        recordConsensus(consenting) {"nomination_ids": ["<consented>"], "outcome": "RECOMMENDED", "note": "Thống nhất"}
            => [REVIEWER], forbidden [CHIEF, DIRECTORS, COUNCIL_HEADS, AUDITORS], others 404;
        closeReviewSession(consenting) {}
            => [REVIEWER], forbidden [CHIEF, DIRECTORS, COUNCIL_HEADS, AUDITORS], others 404;
        writeMinutes(minuted) {"course": "Thảo luận.", "conclusion": "Thống nhất."}
            => [REVIEWER], forbidden [CHIEF, DIRECTORS, COUNCIL_HEADS, AUDITORS], others 404;
        reopenReviewSession(minuted) {"reason": "Biểu quyết lại"}
            => ["director"], forbidden ["deputy", OFFICE, COUNCIL_HEADS, AUDITORS], others 404;
        // Two signatures that nobody gives for another: the secretary's and the chair's (R-V7).
        signReviewSession(minuted) {}
            => [REVIEWER], forbidden [CHIEF, DIRECTORS, COUNCIL_HEADS, AUDITORS], others 404;
        confirmReviewSession(signed_session) {}
            => ["director"], forbidden ["deputy", OFFICE, COUNCIL_HEADS, AUDITORS], others 404;
    }
}
