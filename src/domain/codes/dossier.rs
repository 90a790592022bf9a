//! Words of dossiers, papers and reviews.

use crate::domain::vocabulary::text_enum;

text_enum! {
    /// Procedure of a dossier (`domain.md` 1.10); each has its own required papers.
    Procedure {
        /// With peer assessment and council.
        Standard = "STANDARD",
        /// Thủ tục đơn giản (Law 2022 Art. 85).
        Simplified = "SIMPLIFIED",
        /// Discovered by the head of the agency (ND152 Art. 33(8)).
        HeadDiscovered = "HEAD_DISCOVERED",
    }
}

impl Procedure {
    /// True when a nomination may go to the Director without a council's recommendation (R-D1).
    pub const fn without_council(self) -> bool {
        matches!(self, Self::Simplified | Self::HeadDiscovered)
    }
}

text_enum! {
    /// What a paper of a dossier is (`domain.md` 5.2).
    AttachmentKind {
        /// Tờ trình: formal proposal.
        ToTrinh = "TO_TRINH",
        /// Báo cáo thành tích: achievement report.
        BaoCao = "BAO_CAO",
        /// Biên bản bình xét: minutes of the peer assessment.
        BienBanBinhXet = "BIEN_BAN_BINH_XET",
        /// Biên bản họp: minutes of a meeting.
        BienBanHop = "BIEN_BAN_HOP",
        /// Biên bản kiểm phiếu: minutes of the ballot count.
        BienBanKiemPhieu = "BIEN_BAN_KIEM_PHIEU",
        /// Danh sách: list.
        DanhSach = "DANH_SACH",
        /// Xác nhận: confirmation.
        XacNhan = "XAC_NHAN",
        /// Sáng kiến: initiative.
        SangKien = "SANG_KIEN",
        /// Quyết định: decision.
        QuyetDinh = "QUYET_DINH",
        /// Anything else.
        Khac = "KHAC",
    }
}

text_enum! {
    /// Kind of a review act on a nomination (M-1).
    ReviewKind {
        /// Thẩm định: the standing office's check of completeness and eligibility.
        Appraisal = "APPRAISAL",
        /// Scored review by a member.
        Score = "SCORE",
    }
}

text_enum! {
    /// What an appraisal concludes.
    AppraisalConclusion {
        /// Subject, conditions and papers are right.
        Eligible = "ELIGIBLE",
        /// A legal reason stands against it.
        Ineligible = "INELIGIBLE",
        /// Something is missing.
        NeedsSupplement = "NEEDS_SUPPLEMENT",
    }
}

text_enum! {
    /// Why a nomination is on hold (ND152 Art. 4(4), R-N2).
    HoldReason {
        /// Discipline is being considered.
        Discipline = "DISCIPLINE",
        /// Under investigation.
        Investigation = "INVESTIGATION",
        /// Under inspection or audit.
        Inspection = "INSPECTION",
        /// A complaint or denunciation is being settled.
        Complaint = "COMPLAINT",
        /// A press allegation is being checked.
        PressAllegation = "PRESS_ALLEGATION",
    }
}

text_enum! {
    /// How a dossier reached the standing office (`domain.md` 5.7).
    ReceivedChannel {
        /// Submitted in the service.
        Online = "ONLINE",
        /// Handed in on paper, entered by the office.
        Paper = "PAPER",
        /// Sent by e-mail, entered by the office.
        Email = "EMAIL",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_procedures_need_no_council() {
        for (procedure, without) in [
            (Procedure::Standard, false),
            (Procedure::Simplified, true),
            (Procedure::HeadDiscovered, true),
        ] {
            assert_eq!(procedure.without_council(), without, "{procedure}");
        }
    }
}
