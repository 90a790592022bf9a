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

    /// Whether it may stand under a parent of this kind, or at the top without one. An internal unit
    /// is one of something, the People's Committee of a province is the top of its tree, and what has
    /// authority of its own is no part of an internal unit.
    pub const fn may_stand_under(self, parent: Option<Self>) -> bool {
        match (self, parent) {
            (Self::Office | Self::Division, parent) => parent.is_some(),
            (Self::Other, _) | (_, None) => true,
            (Self::ProvincePc, Some(parent)) => matches!(parent, Self::Other),
            (_, Some(parent)) => !parent.is_internal_unit(),
        }
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

#[cfg(test)]
mod tests {
    use super::OrganizationKind as Kind;

    #[test]
    fn kinds_stand_where_they_belong() {
        for (kind, parent, expected) in [
            (Kind::ProvincePc, None, true),
            (Kind::Department, None, true),
            (Kind::Division, None, false),
            (Kind::Office, None, false),
            (Kind::Division, Some(Kind::Department), true),
            (Kind::Division, Some(Kind::Office), true),
            (Kind::Office, Some(Kind::ProvincePc), true),
            (Kind::ProvincePc, Some(Kind::Division), false),
            (Kind::ProvincePc, Some(Kind::Department), false),
            (Kind::ProvincePc, Some(Kind::Other), true),
            (Kind::HomeAffairs, Some(Kind::ProvincePc), true),
            (Kind::EmulationBoard, Some(Kind::HomeAffairs), true),
            (Kind::Department, Some(Kind::Office), false),
            (Kind::Other, Some(Kind::Division), true),
        ] {
            assert_eq!(kind.may_stand_under(parent), expected, "{kind} under {parent:?}");
        }
    }
}
