//! Who takes part: organisations, people, collectives.

use crate::domain::vocabulary::text_enum;

text_enum! {
    /// Kind of an organisation or unit (`domain.md` 5.2). OFFICE and DIVISION are internal units of the
    /// organisation above them; the others have authority of their own (`decisions.md` M-4).
    OrganizationKind {
        /// Uỷ ban nhân dân tỉnh.
        ProvincePc = "PROVINCE_PC",
        /// Sở, ngành.
        Department = "DEPARTMENT",
        /// Văn phòng of an organisation.
        Office = "OFFICE",
        /// Phòng chuyên môn.
        Division = "DIVISION",
        /// Sở Nội vụ.
        HomeAffairs = "HOME_AFFAIRS",
        /// Ban (Phòng) Thi đua - Khen thưởng.
        EmulationBoard = "EMULATION_BOARD",
        /// Xã, phường, đặc khu.
        Commune = "COMMUNE",
        /// Doanh nghiệp.
        Enterprise = "ENTERPRISE",
        /// Anything else.
        Other = "OTHER",
    }
}

impl OrganizationKind {
    /// True for a unit inside another organisation, reached by that organisation's grants (M-4).
    pub const fn is_internal_unit(self) -> bool {
        matches!(self, Self::Office | Self::Division)
    }
}

text_enum! {
    /// What can be rewarded.
    SubjectKind {
        /// Cá nhân.
        Individual = "INDIVIDUAL",
        /// Tập thể.
        Collective = "COLLECTIVE",
        /// Hộ gia đình.
        Household = "HOUSEHOLD",
    }
}

text_enum! {
    /// Employment of an individual.
    StaffKind {
        /// Công chức: civil servant.
        CongChuc = "CONG_CHUC",
        /// Viên chức: public employee.
        VienChuc = "VIEN_CHUC",
        /// Người lao động: contract worker.
        NguoiLaoDong = "NGUOI_LAO_DONG",
    }
}

text_enum! {
    /// Position class of an individual: exactly the columns of statistical form 0603
    /// (Thông tư 02/2023/TT-BNV; `domain.md` 1.17), also used for the priority of direct workers (R-P1).
    LeadershipClass {
        /// Leader of ministry or province level.
        ProvinceLeader = "PROVINCE_LEADER",
        /// Leader of sở level.
        DepartmentLeader = "DEPARTMENT_LEADER",
        /// Doanh nhân.
        Entrepreneur = "ENTREPRENEUR",
        /// Other leader, from deputy division head up.
        OtherLeader = "OTHER_LEADER",
        /// Người trực tiếp công tác, lao động, học tập, chiến đấu.
        DirectWorker = "DIRECT_WORKER",
    }
}

text_enum! {
    /// Sex as registered.
    Sex {
        /// Nam.
        Male = "MALE",
        /// Nữ.
        Female = "FEMALE",
    }
}
