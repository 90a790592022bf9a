//! Every kind of journal entry: the closed list behind `/v1/meta/events`. A kind never changes its
//! meaning and never goes away, because the sealed journal keeps it.

/// A kind of journal entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventKind {
    /// `noun.verb` in the past.
    pub kind: &'static str,
    /// Noun of the object.
    pub noun: &'static str,
    /// What happened, in Vietnamese.
    pub vi: &'static str,
    /// What happened, in English.
    pub en: &'static str,
}

const fn event(kind: &'static str, noun: &'static str, vi: &'static str, en: &'static str) -> EventKind {
    EventKind { kind, noun, vi, en }
}

/// Every kind, noun by noun.
pub const EVENTS: &[EventKind] = &[
    event(
        "organization.created",
        "organization",
        "Tạo cơ quan, đơn vị",
        "An organisation was created",
    ),
    event(
        "organization.edited",
        "organization",
        "Sửa cơ quan, đơn vị",
        "An organisation was changed",
    ),
    event(
        "organization.moved",
        "organization",
        "Chuyển cơ quan, đơn vị",
        "An organisation was moved",
    ),
    event(
        "organization.closed",
        "organization",
        "Chấm dứt cơ quan, đơn vị",
        "An organisation was closed",
    ),
    event(
        "individual.created",
        "individual",
        "Tạo cá nhân",
        "An individual was created",
    ),
    event(
        "individual.edited",
        "individual",
        "Sửa cá nhân",
        "An individual was changed",
    ),
    event(
        "individual.identity_linked",
        "individual",
        "Gắn tài khoản với cá nhân",
        "An identity was linked",
    ),
    event(
        "individual.identity_unlinked",
        "individual",
        "Gỡ tài khoản khỏi cá nhân",
        "An identity was unlinked",
    ),
    event(
        "collective.created",
        "collective",
        "Tạo tập thể",
        "A collective was created",
    ),
    event(
        "collective.edited",
        "collective",
        "Sửa tập thể",
        "A collective was changed",
    ),
    event(
        "role_grant.granted",
        "role_grant",
        "Cấp vai trò",
        "A role was granted",
    ),
    event(
        "role_grant.ended",
        "role_grant",
        "Chấm dứt vai trò",
        "A role grant was ended",
    ),
    event(
        "base_salary.added",
        "base_salary",
        "Thêm mức lương cơ sở",
        "A base salary was added",
    ),
    event(
        "base_salary.ended",
        "base_salary",
        "Kết thúc mức lương cơ sở",
        "A base salary was ended by the next one",
    ),
    event(
        "holiday.added",
        "holiday",
        "Thêm ngày vào lịch làm việc",
        "A day was added to the calendar",
    ),
    event(
        "holiday.changed",
        "holiday",
        "Sửa ngày trong lịch làm việc",
        "A day of the calendar was changed",
    ),
    event(
        "holiday.removed",
        "holiday",
        "Bỏ ngày khỏi lịch làm việc",
        "A day was removed from the calendar",
    ),
    event(
        "campaign.created",
        "campaign",
        "Tạo phong trào",
        "A campaign was created",
    ),
    event(
        "campaign.edited",
        "campaign",
        "Sửa dự thảo kế hoạch",
        "A campaign's draft was changed",
    ),
    event(
        "campaign.deleted",
        "campaign",
        "Xoá dự thảo phong trào",
        "A campaign's draft was deleted",
    ),
    event(
        "campaign.approval_requested",
        "campaign",
        "Trình duyệt kế hoạch",
        "Approval of a campaign was requested",
    ),
    event(
        "campaign.returned",
        "campaign",
        "Trả lại dự thảo kế hoạch",
        "A campaign was returned to its drafter",
    ),
    event(
        "campaign.approved",
        "campaign",
        "Duyệt kế hoạch",
        "A campaign was approved",
    ),
    event(
        "campaign.published",
        "campaign",
        "Ban hành kế hoạch",
        "A campaign was published",
    ),
    event(
        "campaign.amended",
        "campaign",
        "Sửa đổi, bổ sung kế hoạch",
        "A published plan was amended",
    ),
    event(
        "campaign.concluded",
        "campaign",
        "Tổng kết phong trào",
        "A campaign was concluded",
    ),
    event(
        "campaign.archived",
        "campaign",
        "Lưu hồ sơ phong trào",
        "A campaign was archived",
    ),
    event(
        "campaign.cancelled",
        "campaign",
        "Huỷ phong trào",
        "A campaign was cancelled",
    ),
    event(
        "quota.overridden",
        "campaign",
        "Cho phép vượt tỷ lệ khen thưởng",
        "The quota was exceeded with a reason",
    ),
    event(
        "roll.imported",
        "campaign",
        "Nhập danh sách tham gia",
        "Participants were imported",
    ),
    event(
        "roll.frozen",
        "campaign",
        "Chốt danh sách tham gia",
        "The roll was frozen",
    ),
    event(
        "participant.added",
        "participant",
        "Thêm đối tượng tham gia",
        "A participant was added",
    ),
    event(
        "participant.changed",
        "participant",
        "Sửa đối tượng tham gia",
        "A participant was changed",
    ),
    event(
        "participant.removed",
        "participant",
        "Bỏ đối tượng tham gia",
        "A participant was removed",
    ),
    event(
        "submission.created",
        "submission",
        "Tạo hồ sơ",
        "A submission was created",
    ),
    event(
        "submission.edited",
        "submission",
        "Sửa hồ sơ",
        "A submission was changed",
    ),
    event(
        "submission.deleted",
        "submission",
        "Xoá dự thảo hồ sơ",
        "A submission's draft was deleted",
    ),
    event(
        "submission.paper_attached",
        "submission",
        "Đính kèm tài liệu",
        "A paper was attached",
    ),
    event(
        "submission.paper_removed",
        "submission",
        "Bỏ tài liệu đính kèm",
        "A paper was removed",
    ),
    event(
        "submission.submitted",
        "submission",
        "Nộp hồ sơ",
        "A submission was handed in",
    ),
    event(
        "submission.recalled",
        "submission",
        "Rút lại hồ sơ để sửa",
        "A submission was recalled",
    ),
    event(
        "submission.withdrawn",
        "submission",
        "Rút hồ sơ",
        "A submission was withdrawn",
    ),
    event(
        "submission.received",
        "submission",
        "Tiếp nhận hồ sơ",
        "A submission was received",
    ),
    event(
        "submission.returned",
        "submission",
        "Trả lại hồ sơ để bổ sung",
        "A submission was returned for supplement",
    ),
    event(
        "submission.admitted_late",
        "submission",
        "Cho phép nộp muộn",
        "A late submission was admitted",
    ),
    event(
        "submission.appraisal_begun",
        "submission",
        "Bắt đầu thẩm định",
        "The appraisal of a submission began",
    ),
    event(
        "submission.consolidated",
        "submission",
        "Tổng hợp hồ sơ",
        "A submission was put into the consolidated list",
    ),
    event(
        "submission.closed",
        "submission",
        "Kết thúc hồ sơ",
        "A submission was closed",
    ),
    event(
        "nomination.created",
        "nomination",
        "Thêm đề nghị",
        "A nomination was added",
    ),
    event(
        "nomination.edited",
        "nomination",
        "Sửa đề nghị",
        "A nomination was changed",
    ),
    event(
        "nomination.deleted",
        "nomination",
        "Bỏ đề nghị",
        "A nomination was removed",
    ),
    event(
        "nomination.found_eligible",
        "nomination",
        "Thẩm định: đủ điều kiện",
        "A nomination was found eligible",
    ),
    event(
        "nomination.found_ineligible",
        "nomination",
        "Thẩm định: không đủ điều kiện",
        "A nomination was found ineligible",
    ),
    event(
        "nomination.supplement_asked",
        "nomination",
        "Thẩm định: cần bổ sung",
        "A supplement was asked for",
    ),
    event(
        "nomination.held",
        "nomination",
        "Tạm dừng xét",
        "A nomination was put on hold",
    ),
    event(
        "nomination.released",
        "nomination",
        "Tiếp tục xét",
        "The hold of a nomination was cleared",
    ),
    event(
        "nomination.awarded",
        "nomination",
        "Được khen thưởng",
        "A nomination was awarded",
    ),
    event(
        "nomination.dropped",
        "nomination",
        "Không khen thưởng",
        "A nomination was dropped by the head",
    ),
    event(
        "nomination.revoked",
        "nomination",
        "Huỷ khen thưởng",
        "An award was revoked",
    ),
    event(
        "review.made",
        "review",
        "Lập phiếu thẩm định",
        "A review was made",
    ),
    event(
        "council.created",
        "council",
        "Thành lập Hội đồng",
        "A council was set up",
    ),
    event(
        "council.edited",
        "council",
        "Sửa Hội đồng",
        "A council was changed",
    ),
    event(
        "council.member_added",
        "council",
        "Thêm thành viên Hội đồng",
        "A council member was added",
    ),
    event(
        "council.member_ended",
        "council",
        "Thôi thành viên Hội đồng",
        "A membership was ended",
    ),
    event(
        "decision.created",
        "decision",
        "Dự thảo quyết định",
        "A decision was drafted",
    ),
    event(
        "decision.edited",
        "decision",
        "Sửa dự thảo quyết định",
        "A decision's draft was changed",
    ),
    event(
        "decision.items_added",
        "decision",
        "Thêm đối tượng vào quyết định",
        "Items were added to a decision",
    ),
    event(
        "decision.item_removed",
        "decision",
        "Bỏ đối tượng khỏi quyết định",
        "An item was removed from a decision",
    ),
    event(
        "decision.item_dropped",
        "decision",
        "Lãnh đạo bỏ đối tượng khỏi quyết định",
        "The head dropped an item of a decision",
    ),
    event(
        "decision.checked",
        "decision",
        "Kiểm tra dự thảo quyết định",
        "A decision was checked",
    ),
    event(
        "decision.returned",
        "decision",
        "Trả lại dự thảo quyết định",
        "A decision was returned",
    ),
    event(
        "decision.signed",
        "decision",
        "Ký quyết định",
        "A decision was signed",
    ),
    event(
        "decision.numbered",
        "decision",
        "Vào số quyết định",
        "A decision was numbered",
    ),
    event(
        "decision.issued",
        "decision",
        "Ban hành quyết định",
        "A decision was issued",
    ),
    event(
        "decision.published",
        "decision",
        "Công bố quyết định",
        "A decision was published",
    ),
    event(
        "decision.cancelled",
        "decision",
        "Huỷ dự thảo quyết định",
        "A decision was cancelled before its issue",
    ),
    event(
        "recovery_task.opened",
        "recovery_task",
        "Mở việc thu hồi",
        "A recovery was opened",
    ),
    event(
        "recovery_task.completed",
        "recovery_task",
        "Hoàn thành thu hồi",
        "A recovery was completed",
    ),
    event("file.declared", "file", "Khai báo tệp", "A file was declared"),
    event(
        "file.uploaded",
        "file",
        "Tải tệp lên",
        "The content of a file arrived",
    ),
    event("file.completed", "file", "Hoàn tất tệp", "A file was completed"),
    event("file.deleted", "file", "Xoá tệp", "A file was deleted"),
];

/// The kind with this name.
pub fn find(kind: &str) -> Option<&'static EventKind> {
    EVENTS.iter().find(|event| event.kind == kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_unique_and_named_noun_dot_verb() {
        let mut seen = std::collections::BTreeSet::new();
        for event in EVENTS {
            assert!(seen.insert(event.kind), "{} twice", event.kind);
            let (_, verb) = event.kind.split_once('.').expect("a dot");
            let name = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            assert!(name(verb) && name(event.noun), "{}", event.kind);
            assert!(!event.vi.is_empty() && !event.en.is_empty());
        }
    }
}
