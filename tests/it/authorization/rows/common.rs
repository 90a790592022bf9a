//! Organisations, role grants, reference data, persons, files, the journal.

use crate::authorization::table::*;

pub fn rows() -> Vec<Row> {
    rows! {
        getMe => [EVERYONE];
        listOrganizations => [EVERYONE];
        getOrganization(unit) => [EVERYONE];
        listOrganizationHistory(unit) => [EVERYONE];
        createOrganization {"name": "Mới", "kind": "OTHER"} => [ADMINISTRATORS], others 403;
        editOrganization(unit) {"name": "Khác"} => [ADMINISTRATORS], others 403;
        moveOrganization(unit) {"parent_id": "<province>", "reason": "Sắp xếp"} => [ADMINISTRATORS], others 403;
        closeOrganization(unit) {"valid_to": "2030-12-31", "reason": "Hợp nhất"}
            => [ADMINISTRATORS], others 403;

        listRoleGrants => [EVERYONE];
        getRoleGrant(grant) => [AUDITORS, ADMINISTRATORS], others 404;
        listRoleGrantHistory(grant) => [AUDITORS, ADMINISTRATORS], others 404;
        grantRole {
            "issuer": "https://sso.example.gov.vn/realms/tinh", "principal_kind": "USER", "subject": "a1b2c3",
            "organization_id": "<department>", "role": "CLERK", "reason": "Bổ nhiệm"
        } => [ADMINISTRATORS], others 403;
        endRoleGrant(grant) {"reason": "Chuyển công tác"}
            => [ADMINISTRATORS], forbidden [AUDITORS], others 404;

        listAwardForms => [EVERYONE];
        getAwardForm(award_form) => [EVERYONE];
        listRuleSets => [EVERYONE];
        getRuleSet(rule_set) => [EVERYONE];
        listBaseSalaries => [EVERYONE];
        getBaseSalary(base_salary) => [EVERYONE];
        addBaseSalary {"amount_dong": 2700000, "valid_from": "2050-01-01", "source": "Nghị định mẫu"}
            => [ADMINISTRATORS], others 403;
        removeBaseSalary(base_salary) => [ADMINISTRATORS], others 403;
        listHolidays => [EVERYONE];
        getHoliday(holiday) => [EVERYONE];
        addHoliday {"day": "2027-01-01", "working": false, "name_vi": "Tết Dương lịch", "name_en": "New Year"}
            => [ADMINISTRATORS], others 403;
        editHoliday(holiday) {"name_vi": "Nghỉ hoán đổi"} => [ADMINISTRATORS], others 403;
        removeHoliday(holiday) => [ADMINISTRATORS], others 403;

        listIndividuals => [EVERYONE];
        getIndividual(person) => [UNIT, OFFICE, DIRECTORS, AUDITORS], others 404;
        listIndividualHistory(person) => [UNIT, OFFICE, DIRECTORS, AUDITORS], others 404;
        createIndividual {
            "full_name": "Nguyễn Văn Mẫu", "leadership_class": "DIRECT_WORKER", "staff_kind": "CONG_CHUC",
            "unit_id": "<division>"
        } => [OFFICE], others 403;
        // Whoever keeps persons elsewhere may import, but no line of this unit.
        importIndividuals {"rows": [{
            "full_name": "Nguyễn Văn Mẫu", "leadership_class": "DIRECT_WORKER", "staff_kind": "CONG_CHUC",
            "unit_id": "<division>"
        }]} => [OFFICE], unfit ["stranger", ELSEWHERE], others 403;
        editIndividual(person) {"position": "Phó Trưởng phòng"}
            => [OFFICE], forbidden [UNIT, DIRECTORS, AUDITORS], others 404;
        linkIdentity(person) {
            "issuer": "https://sso.example.gov.vn/realms/tinh", "principal_kind": "USER", "subject": "a1b2c3"
        } => [CHIEF], forbidden [REVIEWER, UNIT, DIRECTORS, AUDITORS], others 404;
        unlinkIdentity(person) {"issuer": "<issuer>", "principal_kind": "USER", "subject": "officer1"}
            => [CHIEF], forbidden [REVIEWER, UNIT, DIRECTORS, AUDITORS], others 404;

        listCollectives => [EVERYONE];
        getCollective(group) => [UNIT, OFFICE, DIRECTORS, AUDITORS], others 404;
        listCollectiveHistory(group) => [UNIT, OFFICE, DIRECTORS, AUDITORS], others 404;
        createCollective {"kind": "COLLECTIVE", "name": "Tập thể mới", "unit_id": "<division>"}
            => [OFFICE], others 403;
        importCollectives {"rows": [{"kind": "COLLECTIVE", "name": "Tập thể mới", "unit_id": "<division>"}]}
            => [OFFICE], unfit ["stranger", ELSEWHERE], others 403;
        editCollective(group) {"headcount": 7}
            => [OFFICE], forbidden [UNIT, DIRECTORS, AUDITORS], others 404;

        declareFile {
            "name": "a.pdf", "media_type": "application/pdf", "size_bytes": 9, "division_id": "<division>",
            "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        } => [UNIT, OFFICE], others 403;
        // Attached to nothing: the uploader's alone.
        getFile(complete) => [UNIT_OFFICER], others 404;
        downloadFileContent(complete) => [UNIT_OFFICER], others 404;
        uploadFileContent(declared) => [UNIT_OFFICER], others 404;
        completeFile(declared) => [UNIT_OFFICER], others 404;
        deleteFile(complete) => [UNIT_OFFICER], others 404;

        // Each reads the journal of its own place.
        listAuditEntries => [CHIEF, DIRECTORS, AUDITORS, "stranger", ELSEWHERE], others 403;
    }
}
