//! Campaigns, their terms, their roll, their quota and their statistics.

use crate::authorization::table::*;

pub fn rows() -> Vec<Row> {
    rows! {
        listCampaigns => [EVERYONE];
        createCampaign {
            "owner_organization_id": "<department>", "name": "Phong trào", "kind": "THEMATIC",
            "scope": "AGENCY", "plan": {}
        } => [OFFICE, DIRECTORS], others 403;

        // A draft is seen at its organisation, and by the council that its plan names.
        getCampaign(plan) => [OFFICE, DIRECTORS, CLERK, AUDITORS], others 404;
        getCampaign(before_council) => [OFFICE, DIRECTORS, CLERK, AUDITORS, COUNCIL_HEADS], others 404;
        getCampaign(province_plan) => ["province-board", "chairman", "at-province", "auditor"], others 404;
        getCampaign(campaign) => [EVERYONE];
        editCampaign(plan) {"name": "Phong trào khác"}
            => [OFFICE, DIRECTORS], forbidden [CLERK, AUDITORS], others 404;
        editCampaign(province_plan) {"name": "Phong trào khác"}
            => ["province-board", "at-province"], forbidden ["chairman", "auditor"], others 404;
        deleteCampaign(plan) => [OFFICE, DIRECTORS], forbidden [CLERK, AUDITORS], others 404;
        listCampaignVersions(plan) => [OFFICE, DIRECTORS, CLERK, AUDITORS], others 404;
        getCampaignVersion(plan, first) => [OFFICE, DIRECTORS, CLERK, AUDITORS], others 404;
        listCampaignAmendments(plan) => [OFFICE, DIRECTORS, CLERK, AUDITORS], others 404;
        listCampaignAmendments(launched) => [EVERYONE];
        listCandidates(plan) => [OFFICE, DIRECTORS, CLERK, AUDITORS], others 404;
        listCandidates(campaign) => [EVERYONE];
        listCampaignHistory(plan) => [OFFICE, DIRECTORS, CLERK, AUDITORS], others 404;
        listCampaignHistory(campaign) => [EVERYONE];

        requestCampaignApproval(whole_plan) {}
            => [OFFICE, DIRECTORS], forbidden [CLERK, AUDITORS], others 404;
        approveCampaign(in_approval) {} => [DIRECTORS], forbidden [OFFICE, CLERK, AUDITORS], others 404;
        approveCampaign(province_in_approval) {}
            => ["chairman", "at-province"], forbidden ["province-board", "auditor"], others 404;
        returnCampaign(in_approval) {"reason": "Bổ sung tiêu chí"}
            => [DIRECTORS], forbidden [OFFICE, CLERK, AUDITORS], others 404;
        publishCampaign(approved) {
            "launch_document": {"type": "KH", "number_raw": "580/KH-SNgV", "issued_on": "2026-03-20"}
        } => [CLERK], forbidden [OFFICE, DIRECTORS, AUDITORS], others 404;
        publishCampaign(province_approved) {
            "launch_document": {"type": "KH", "number_raw": "641/KH-UBND", "issued_on": "2026-03-12"}
        } => ["province-board", "at-province"], forbidden ["chairman", "auditor"], others 404;
        cancelCampaign(in_approval) {"reason": "Thay đổi chủ trương"}
            => [DIRECTORS], forbidden [OFFICE, CLERK, AUDITORS], others 404;
        cancelCampaign(province_plan) {"reason": "Thay đổi chủ trương"}
            => ["chairman", "at-province"], forbidden ["province-board", "auditor"], others 404;
        // What is published is seen by everyone.
        cancelCampaign(intake) {"reason": "Thay đổi chủ trương"} => [DIRECTORS], others 403;
        amendCampaign(launched) {
            "document": {"type": "CV", "number_raw": "700/SNgV-VP", "issued_on": "2026-05-12"},
            "reason": "Bổ sung theo dõi", "plan": {"monitoring": ["Văn phòng Sở theo dõi"]}
        } => [OFFICE, DIRECTORS], others 403;
        concludeCampaign(launched) {
            "final_report": {"type": "BC", "number_raw": "901/BC-SNgV", "issued_on": "2026-07-15"}
        } => [OFFICE, DIRECTORS], others 403;
        archiveCampaign(concluded) {} => [OFFICE, DIRECTORS], others 403;

        listParticipants(campaign) => [EVERYONE];
        listParticipants(plan) => [OFFICE, DIRECTORS, CLERK, AUDITORS], others 404;
        addParticipant(launched) {"subject_kind": "INDIVIDUAL", "subject_id": "<colleague>"}
            => [OFFICE], others 403;
        importParticipants(launched) {"rows": [{"subject_kind": "INDIVIDUAL", "personnel_code": "NV012"}]}
            => [OFFICE], others 403;
        importParticipantsFromRoll(launched) {} => [OFFICE], others 403;
        freezeParticipants(launched) {} => [OFFICE], others 403;
        admitParticipant(campaign) {"subject_kind": "INDIVIDUAL", "subject_id": "<newcomer>", "reason": "Mới về"}
            => [CHIEF], others 403;
        getParticipant(participant) => [UNIT, OFFICE, DIRECTORS, AUDITORS], others 404;
        changeParticipant(participant) {"left_on": "2026-04-30"}
            => [OFFICE], forbidden [UNIT, DIRECTORS, AUDITORS], others 404;
        removeParticipant(participant)
            => [OFFICE], forbidden [UNIT, DIRECTORS, AUDITORS], others 404;

        getQuota(campaign) => [OFFICE, DIRECTORS, AUDITORS], others 403;
        getQuota(before_council)
            => [OFFICE, DIRECTORS, AUDITORS, COUNCIL_HEADS], forbidden [CLERK], others 404;
        getStatistics(campaign) => [OFFICE, DIRECTORS, AUDITORS], others 403;
        getStatistics(before_council)
            => [OFFICE, DIRECTORS, AUDITORS, COUNCIL_HEADS], forbidden [CLERK], others 404;
    }
}
