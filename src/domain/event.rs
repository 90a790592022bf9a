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

macro_rules! events {
    ($($kind:literal, $noun:literal, $vi:literal, $en:literal;)+) => {
        /// Every kind, noun by noun.
        pub const EVENTS: &[EventKind] = &[$(EventKind { kind: $kind, noun: $noun, vi: $vi, en: $en }),+];
    };
}

events! {
    "organization.created", "organization", "Tạo cơ quan, đơn vị", "An organisation was created";
    "organization.edited", "organization", "Sửa cơ quan, đơn vị", "An organisation was changed";
    "organization.moved", "organization", "Chuyển cơ quan, đơn vị", "An organisation was moved";
    "organization.closed", "organization", "Chấm dứt cơ quan, đơn vị", "An organisation was closed";
    "individual.created", "individual", "Tạo cá nhân", "An individual was created";
    "individual.edited", "individual", "Sửa cá nhân", "An individual was changed";
    "individual.identity_linked", "individual", "Gắn tài khoản với cá nhân", "An identity was linked";
    "individual.identity_unlinked", "individual", "Gỡ tài khoản khỏi cá nhân", "An identity was unlinked";
    "collective.created", "collective", "Tạo tập thể", "A collective was created";
    "collective.edited", "collective", "Sửa tập thể", "A collective was changed";
    "role_grant.granted", "role_grant", "Cấp vai trò", "A role was granted";
    "role_grant.ended", "role_grant", "Chấm dứt vai trò", "A role grant was ended";
    "campaign.created", "campaign", "Tạo phong trào", "A campaign was created";
    "campaign.edited", "campaign", "Sửa dự thảo kế hoạch", "A campaign's draft was changed";
    "campaign.deleted", "campaign", "Xoá dự thảo phong trào", "A campaign's draft was deleted";
    "campaign.approval_requested", "campaign", "Trình duyệt kế hoạch", "Approval of a campaign was requested";
    "campaign.returned", "campaign", "Trả lại dự thảo kế hoạch", "A campaign was returned to its drafter";
    "campaign.approved", "campaign", "Duyệt kế hoạch", "A campaign was approved";
    "campaign.published", "campaign", "Ban hành kế hoạch", "A campaign was published";
    "campaign.amended", "campaign", "Sửa đổi, bổ sung kế hoạch", "A published plan was amended";
    "campaign.concluded", "campaign", "Tổng kết phong trào", "A campaign was concluded";
    "campaign.archived", "campaign", "Lưu hồ sơ phong trào", "A campaign was archived";
    "campaign.cancelled", "campaign", "Huỷ phong trào", "A campaign was cancelled";
    "quota.overridden", "campaign", "Cho phép vượt tỷ lệ khen thưởng", "The quota was exceeded with a reason";
    "roll.imported", "campaign", "Nhập danh sách tham gia", "Participants were imported";
    "roll.frozen", "campaign", "Chốt danh sách tham gia", "The roll was frozen";
    "participant.added", "participant", "Thêm đối tượng tham gia", "A participant was added";
    "participant.admitted", "participant", "Bổ sung đối tượng sau khi chốt danh sách", "A participant was admitted after the freeze";
    "participant.changed", "participant", "Sửa đối tượng tham gia", "A participant was changed";
    "participant.removed", "participant", "Bỏ đối tượng tham gia", "A participant was removed";
    "submission.created", "submission", "Tạo hồ sơ", "A submission was created";
    "submission.edited", "submission", "Sửa hồ sơ", "A submission was changed";
    "submission.deleted", "submission", "Xoá dự thảo hồ sơ", "A submission's draft was deleted";
    "submission.paper_attached", "submission", "Đính kèm tài liệu", "A paper was attached";
    "submission.paper_removed", "submission", "Bỏ tài liệu đính kèm", "A paper was removed";
    "submission.submitted", "submission", "Nộp hồ sơ", "A submission was handed in";
    "submission.recalled", "submission", "Rút lại hồ sơ để sửa", "A submission was recalled";
    "submission.withdrawn", "submission", "Rút hồ sơ", "A submission was withdrawn";
    "submission.received", "submission", "Tiếp nhận hồ sơ", "A submission was received";
    "submission.returned", "submission", "Trả lại hồ sơ để bổ sung", "A submission was returned for supplement";
    "submission.admitted_late", "submission", "Cho phép nộp muộn", "A late submission was admitted";
    "submission.appraisal_begun", "submission", "Bắt đầu thẩm định", "The appraisal of a submission began";
    "submission.consolidated", "submission", "Tổng hợp hồ sơ", "A submission was put into the consolidated list";
    "submission.reopened", "submission", "Mở lại hồ sơ để sửa kết quả thẩm định", "A submission was opened again for a corrected appraisal";
    "submission.closed", "submission", "Kết thúc hồ sơ", "A submission was closed";
    "nomination.created", "nomination", "Thêm đề nghị", "A nomination was added";
    "nomination.edited", "nomination", "Sửa đề nghị", "A nomination was changed";
    "nomination.deleted", "nomination", "Bỏ đề nghị", "A nomination was removed";
    "nomination.found_eligible", "nomination", "Thẩm định: đủ điều kiện", "A nomination was found eligible";
    "nomination.found_ineligible", "nomination", "Thẩm định: không đủ điều kiện", "A nomination was found ineligible";
    "nomination.supplement_asked", "nomination", "Thẩm định: cần bổ sung", "A supplement was asked for";
    "nomination.hold_proposed", "nomination", "Đề xuất tạm dừng xét", "A hold was proposed";
    "nomination.hold_proposal_dismissed", "nomination", "Không chấp nhận đề xuất tạm dừng", "A proposed hold was dismissed";
    "nomination.held", "nomination", "Tạm dừng xét", "A nomination was put on hold";
    "nomination.released", "nomination", "Tiếp tục xét", "The hold of a nomination was cleared";
    "nomination.awarded", "nomination", "Được khen thưởng", "A nomination was awarded";
    "nomination.dropped", "nomination", "Không khen thưởng", "A nomination was dropped by the head";
    "nomination.revoked", "nomination", "Huỷ khen thưởng", "An award was revoked";
    "review.made", "review", "Lập phiếu thẩm định", "A review was made";
    "council.created", "council", "Thành lập Hội đồng", "A council was set up";
    "council.edited", "council", "Sửa Hội đồng", "A council was changed";
    "council.member_added", "council", "Thêm thành viên Hội đồng", "A council member was added";
    "council.member_ended", "council", "Thôi thành viên Hội đồng", "A membership was ended";
    "decision.created", "decision", "Dự thảo quyết định", "A decision was drafted";
    "decision.edited", "decision", "Sửa dự thảo quyết định", "A decision's draft was changed";
    "decision.items_added", "decision", "Thêm đối tượng vào quyết định", "Items were added to a decision";
    "decision.item_removed", "decision", "Bỏ đối tượng khỏi quyết định", "An item was removed from a decision";
    "decision.item_dropped", "decision", "Lãnh đạo bỏ đối tượng khỏi quyết định", "The head dropped an item of a decision";
    "decision.checked", "decision", "Kiểm tra dự thảo quyết định", "A decision was checked";
    "decision.returned", "decision", "Trả lại dự thảo quyết định", "A decision was returned";
    "decision.signed", "decision", "Ký quyết định", "A decision was signed";
    "decision.numbered", "decision", "Vào số quyết định", "A decision was numbered";
    "decision.issued", "decision", "Ban hành quyết định", "A decision was issued";
    "decision.published", "decision", "Công bố quyết định", "A decision was published";
    "decision.cancelled", "decision", "Huỷ dự thảo quyết định", "A decision was cancelled before its issue";
    "recovery_task.opened", "recovery_task", "Mở việc thu hồi", "A recovery was opened";
    "recovery_task.completed", "recovery_task", "Hoàn thành thu hồi", "A recovery was completed";
    "file.declared", "file", "Khai báo tệp", "A file was declared";
    "file.uploaded", "file", "Tải tệp lên", "The content of a file arrived";
    "file.completed", "file", "Hoàn tất tệp", "A file was completed";
    "file.deleted", "file", "Xoá tệp", "A file was deleted";
    "base_salary.added", "base_salary", "Thêm mức lương cơ sở", "A base salary was added";
    "base_salary.ended", "base_salary", "Kết thúc mức lương cơ sở", "A base salary was ended by the next one";
    "base_salary.removed", "base_salary", "Bỏ mức lương cơ sở nhập nhầm", "A base salary entered by mistake was removed";
    "base_salary.reopened", "base_salary", "Mức lương cơ sở lại có hiệu lực", "A base salary is in force again";
    "holiday.added", "holiday", "Thêm ngày vào lịch làm việc", "A day was added to the calendar";
    "holiday.changed", "holiday", "Sửa ngày trong lịch làm việc", "A day of the calendar was changed";
    "holiday.removed", "holiday", "Bỏ ngày khỏi lịch làm việc", "A day was removed from the calendar";
    "nomination.put_on_agenda", "nomination", "Đưa vào chương trình họp", "A nomination was put on an agenda";
    "nomination.taken_off_agenda", "nomination", "Đưa ra khỏi chương trình họp", "A nomination was taken off an agenda";
    "nomination.recommended", "nomination", "Hội đồng thống nhất đề nghị", "The council recommended a nomination";
    "nomination.not_recommended", "nomination", "Hội đồng không thống nhất", "The council did not recommend a nomination";
    "nomination.routed_to_director", "nomination", "Trình Giám đốc", "A nomination was put before the Director";
    "nomination.fallen_back", "nomination", "Chuyển sang hình thức thuộc thẩm quyền của cơ quan", "A nomination fell back to the organisation's own form";
    "nomination.forwarded", "nomination", "Trình cấp trên", "A nomination was forwarded";
    "nomination.returned_above", "nomination", "Cấp trên trả lại", "A nomination was returned from above";
    "nomination.recalled", "nomination", "Rút lại đề nghị đã trình", "A forwarded nomination was taken back";
    "nomination.declined_above", "nomination", "Cấp trên không khen", "A nomination was declined above";
    "review_session.created", "review_session", "Lập phiên họp", "A session was planned";
    "review_session.edited", "review_session", "Sửa phiên họp", "A session was changed";
    "review_session.opened", "review_session", "Khai mạc phiên họp", "A session was opened";
    "review_session.attendance_recorded", "review_session", "Ghi nhận dự họp", "Attendance was recorded";
    "review_session.vote_cast", "review_session", "Biểu quyết", "A vote was cast";
    "review_session.consensus_recorded", "review_session", "Ghi nhận thống nhất", "Consensus was recorded";
    "review_session.form_changed", "review_session", "Đổi hình thức đề nghị", "The form of an item was changed";
    "review_session.minutes_written", "review_session", "Lập biên bản", "The minutes were written";
    "review_session.signed", "review_session", "Thư ký ký biên bản", "The secretary signed the minutes";
    "review_session.closed", "review_session", "Kết thúc phiên họp", "A session was closed";
    "review_session.reopened", "review_session", "Mở lại phiên họp", "A session was opened again";
    "review_session.confirmed", "review_session", "Chủ tịch xác nhận kết quả", "The result of a session was confirmed";
    "review_session.cancelled", "review_session", "Huỷ phiên họp", "A session was cancelled";
    "decision.recorded", "decision", "Ghi nhận quyết định của cấp trên", "A decision from above was recorded";
    "forwarding.created", "forwarding", "Lập tờ trình", "A forwarding was drafted";
    "forwarding.edited", "forwarding", "Sửa tờ trình", "A forwarding was changed";
    "forwarding.deleted", "forwarding", "Xoá dự thảo tờ trình", "A forwarding's draft was deleted";
    "forwarding.signed", "forwarding", "Ký tờ trình", "A forwarding was signed";
    "forwarding.sent", "forwarding", "Gửi tờ trình", "A forwarding was sent";
    "forwarding.acknowledged", "forwarding", "Cấp trên xác nhận đã nhận", "A forwarding was acknowledged";
    "forwarding.decided", "forwarding", "Ghi nhận kết quả cấp trên", "A forwarding was decided";
    "forwarding.recalled", "forwarding", "Rút lại tờ trình đã gửi", "A forwarding was taken back";
    "forwarding.returned", "forwarding", "Cấp trên trả lại tờ trình", "A forwarding was returned";
    "forwarding.declined", "forwarding", "Cấp trên từ chối tờ trình", "A forwarding was declined";
}

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

    #[test]
    fn a_kind_is_found_by_its_whole_name() {
        for event in EVENTS {
            assert_eq!(find(event.kind).map(|found| found.en), Some(event.en));
        }
        assert!(find("decision").is_none() && find("").is_none());
    }
}
