//! Every way a request can be refused: one table of codes, one error type. No HTTP status lives here
//! (`api/problem.rs` maps the class), and no driver error (`store` maps those once).

use std::borrow::Cow;

use super::policy::{Action, DenialReason, Denied};

/// What kind of refusal a code is; the HTTP floor gives each class its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The request cannot be read (400).
    Syntax,
    /// No proven identity (401).
    Unauthenticated,
    /// Known caller, not allowed (403).
    Forbidden,
    /// Absent, or invisible to this caller (404).
    NotFound,
    /// Known path, other method (405).
    Method,
    /// No representation that the caller accepts (406).
    NotAcceptable,
    /// The request did not arrive in time (408).
    Timeout,
    /// The state of things does not permit it (409).
    Conflict,
    /// What the request goes on from was given up; it has to begin anew (410).
    Gone,
    /// `If-Match` names another version (412).
    Precondition,
    /// Too many bytes (413).
    TooLarge,
    /// The address is too long (414).
    UriTooLong,
    /// Other media type than documented (415).
    MediaType,
    /// Byte range outside of the file (416).
    Range,
    /// Well-formed, but the content is not valid (422).
    Invalid,
    /// `If-Match` is missing (428).
    PreconditionRequired,
    /// More requests than the quota (429).
    TooMany,
    /// A header field, or all of them, too large (431).
    HeadTooLarge,
    /// A fault of the service (500).
    Internal,
    /// A dependency is down or busy; the request may be repeated (503).
    Unavailable,
}

macro_rules! codes {
    ($($(#[$meta:meta])* $variant:ident = $code:literal, $class:ident, $vi:literal, $en:literal;)+) => {
        /// A stable code of a refusal (`noun.reason`); the closed list of the OpenAPI document (ERR-02).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$meta])* #[doc = $en] $variant),+ }

        impl Code {
    /// True where what is told beside it are figures that not everybody reads: the quota, how much is open or
    /// under way.
    pub const fn has_figures(self) -> bool {
        matches!(
            self,
            Self::QuotaExceeded | Self::CampaignOpenNominations | Self::CampaignUnderWay
        )
    }

            /// Every code, in the order of the table.
            pub const ALL: &'static [Code] = &[$(Code::$variant),+];

            /// The code as sent.
            pub const fn as_str(self) -> &'static str { match self { $(Code::$variant => $code),+ } }
            /// The kind of refusal.
            pub const fn class(self) -> Class { match self { $(Code::$variant => Class::$class),+ } }
            /// Title in Vietnamese.
            pub const fn title_vi(self) -> &'static str { match self { $(Code::$variant => $vi),+ } }
            /// Title in English.
            pub const fn title_en(self) -> &'static str { match self { $(Code::$variant => $en),+ } }
        }
    };
}

codes! {
    // The way in.
    RouteNotFound = "route.not_found", NotFound, "Không có đường dẫn này", "There is no such path";
    MethodNotAllowed = "method.not_allowed", Method, "Đường dẫn này không nhận phương thức đó", "This path does not take that method";
    BodySyntax = "body.syntax", Syntax, "Nội dung gửi lên không đọc được", "The request body cannot be read";
    BodyDuplicateMember = "body.duplicate_member", Syntax, "Một trường xuất hiện hai lần", "A member appears twice";
    BodyTooLarge = "body.too_large", TooLarge, "Nội dung gửi lên quá lớn", "The request body is too large";
    BodyInvalid = "body.invalid", Invalid, "Nội dung gửi lên không hợp lệ", "The request body is not valid";
    BodyTimeout = "body.timeout", Timeout, "Nội dung gửi lên không đến đủ trong thời hạn", "The request body did not arrive in time";
    MediaTypeUnsupported = "media_type.unsupported", MediaType, "Kiểu nội dung không được hỗ trợ", "The media type is not supported";
    NotAcceptable = "media_type.not_acceptable", NotAcceptable, "Không có dạng trả lời mà máy khách chấp nhận", "No representation that the client accepts";
    QueryInvalid = "query.invalid", Syntax, "Tham số truy vấn không hợp lệ", "A query parameter is not valid";
    QueryUnknown = "query.unknown", Syntax, "Tham số truy vấn không được biết đến", "The query parameter is not known";
    QueryDuplicate = "query.duplicate", Syntax, "Tham số truy vấn xuất hiện hai lần", "The query parameter appears twice";
    UriTooLong = "uri.too_long", UriTooLong, "Địa chỉ quá dài", "The address is too long";
    HeadTooLarge = "header.too_large", HeadTooLarge, "Trường tiêu đề quá lớn", "The header fields are too large";
    RateExceeded = "rate.exceeded", TooMany, "Đã gửi quá nhiều yêu cầu trong thời gian cho phép", "More requests than the quota allows";
    HeaderInvalid = "header.invalid", Syntax, "Trường tiêu đề không hợp lệ", "A header field is not valid";
    CursorInvalid = "cursor.invalid", Syntax, "Con trỏ trang không hợp lệ với truy vấn này", "The cursor is not valid for this query";
    CursorForeign = "cursor.foreign", Gone, "Con trỏ trang thuộc về một nhật ký khác: cơ sở dữ liệu đã được khôi phục", "The cursor is of another journal: the database was restored";
    DryRunUnsupported = "dry_run.unsupported", Syntax, "Thao tác này không chạy thử được", "This operation has no dry run";

    // Identity.
    TokenMissing = "token.missing", Unauthenticated, "Cần đăng nhập", "A token is required";
    TokenInvalid = "token.invalid", Unauthenticated, "Mã thông báo truy cập không hợp lệ", "The access token is not valid";
    TokenExpired = "token.expired", Unauthenticated, "Mã thông báo truy cập đã hết hạn", "The access token has expired";
    TokenSubjectMissing = "token.subject_missing", Unauthenticated, "Mã thông báo truy cập không nêu chủ thể", "The access token names no subject";
    AuthStepUpRequired = "auth.step_up_required", Unauthenticated, "Thao tác này cần lần đăng nhập ở mức cao hơn hoặc gần đây hơn", "This act needs a stronger or more recent sign-on";
    AuthKeysUnavailable = "auth.keys_unavailable", Unavailable, "Chưa lấy được khóa của hệ thống đăng nhập", "The keys of the sign-on system are not available";

    // Authority.
    AccessForbidden = "access.forbidden", Forbidden, "Người gọi không có quyền này", "The caller does not have this right";
    ResourceNotFound = "resource.not_found", NotFound, "Không tìm thấy", "Not found";
    ResourceReferenceChanged = "resource.reference_changed", Conflict, "Đối tượng liên quan vừa bị người khác thay đổi hoặc xóa; hãy đọc lại rồi gửi lại", "What the request refers to, or what refers to it, was changed or removed meanwhile; read it again and repeat the request";
    DutyConflict = "duty.conflict", Forbidden, "Trái quy định tách bạch nhiệm vụ", "Separation of duties forbids it";

    // Conditional and idempotent requests.
    EtagRequired = "etag.required", PreconditionRequired, "Thiếu If-Match", "If-Match is missing";
    EtagStale = "etag.stale", Precondition, "Bản ghi đã được người khác thay đổi", "The resource was changed in the meantime";
    EtagWeak = "etag.weak", Precondition, "If-Match phải là thẻ mạnh; hãy dựng từ trường version", "If-Match must be a strong tag; build it from the member version";
    IdempotencyKeyInvalid = "idempotency.key_invalid", Syntax, "Idempotency-Key không hợp lệ", "The Idempotency-Key is not valid";
    IdempotencyKeyReused = "idempotency.key_reused", Invalid, "Idempotency-Key đã dùng cho yêu cầu khác", "The Idempotency-Key was used for another request";
    IdempotencyInProgress = "idempotency.in_progress", Conflict, "Yêu cầu cùng khóa đang được xử lý", "A request with this key is still running";

    // Fields.
    FieldRequired = "field.required", Invalid, "Thiếu trường bắt buộc", "The member is required";
    FieldUnknown = "field.unknown", Invalid, "Trường không được biết đến", "The member is not known";
    FieldType = "field.type", Invalid, "Kiểu giá trị không đúng", "The value has the wrong type";
    FieldLength = "field.length", Invalid, "Độ dài không hợp lệ", "The length is not valid";
    FieldPattern = "field.pattern", Invalid, "Giá trị không đúng mẫu", "The value does not match the pattern";
    FieldRange = "field.range", Invalid, "Giá trị ngoài khoảng cho phép", "The value is out of range";
    FieldChoice = "field.choice", Invalid, "Giá trị không có trong danh sách", "The value is not in the list";
    FieldFormat = "field.format", Invalid, "Định dạng không hợp lệ", "The format is not valid";
    FieldReadOnly = "field.read_only", Invalid, "Trường chỉ đọc", "The member is read-only";
    FieldReference = "field.reference", Invalid, "Đối tượng được dẫn chiếu không tồn tại hoặc không dùng được ở đây", "The referenced object does not exist or cannot be used here";
    FieldDuplicate = "field.duplicate", Invalid, "Giá trị bị trùng", "The value is a duplicate";
    TextControlCharacter = "text.control_character", Invalid, "Văn bản có ký tự điều khiển", "The text has a control character";
    TextSingleLine = "text.single_line", Invalid, "Văn bản phải nằm trên một dòng, không có ký tự ẩn", "The text must be one line without invisible characters";
    TextEmpty = "text.empty", Invalid, "Văn bản để trống", "The text is empty";

    // States.
    StateTransition = "state.transition_not_allowed", Conflict, "Trạng thái hiện tại không cho phép thao tác này", "The present state does not permit this act";

    DateBeforeEarlierStep = "date.before_earlier_step", Invalid, "Ngày này trước bước đã thực hiện trước đó; hãy kiểm tra lại", "This day lies before that of an earlier step; please check it";
    DateInFuture = "date.in_future", Invalid, "Ngày này còn ở tương lai; hãy kiểm tra lại", "This day lies in the future; please check it";

    // Organisations, persons, grants.
    OrganizationCodeTaken = "organization.code_taken", Conflict, "Mã định danh đã được dùng", "The organisation code is taken";
    OrganizationMisplaced = "organization.kind_misplaced", Invalid, "Loại cơ quan, đơn vị này không thể trực thuộc như vậy", "An organisation of this kind cannot stand there";
    OrganizationNamesake = "organization.name_not_unique", Conflict, "Cùng cấp trên đã có cơ quan, đơn vị trùng tên đang hoạt động", "A sibling with the same name exists at this time";
    OrganizationCycle = "organization.cycle", Conflict, "Cơ quan không thể nằm dưới chính nó", "An organisation cannot lie below itself";
    OrganizationClosed = "organization.closed", Conflict, "Cơ quan đã chấm dứt hoạt động", "The organisation is closed";
    OrganizationOpenSubmissions = "organization.open_submissions", Conflict, "Còn hồ sơ khen thưởng chưa kết thúc; sau ngày chấm dứt đơn vị không sửa và không nộp được nữa", "There are dossiers that have not ended; after its last day the unit neither changes nor hands them in";
    OrganizationInUse = "organization.in_use", Conflict, "Cơ quan còn đơn vị trực thuộc đang hoạt động", "The organisation still has active units";
    IndividualCodeTaken = "individual.personnel_code_taken", Conflict, "Mã nhân sự đã được dùng", "The personnel code is taken";
    IndividualInactive = "individual.inactive", Conflict, "Cá nhân không còn hoạt động", "The individual is not active";
    CollectiveNameTaken = "collective.name_taken", Conflict, "Tên tập thể đã được dùng", "The collective's name is taken";
    IdentitySeated = "identity.in_session", Conflict, "Tài khoản này đã biểu quyết trong một phiên họp đang mở; gỡ sau khi phiên đóng", "The account has voted in an open session; it is unlinked after that is closed";
    CouncilMemberInSession = "council.member_in_session", Conflict, "Thành viên đang dự một phiên họp đang mở; kết thúc tư cách sau khi phiên đóng", "The member sits in an open session; the membership ends after that is closed";
    IndividualLinked = "individual.already_linked", Conflict, "Cá nhân đã có tài khoản của hệ thống đăng nhập này; gỡ tài khoản cũ trước", "The individual has an account of this issuer already; unlink that one first";
    IdentityTaken = "identity.already_linked", Conflict, "Tài khoản đã gắn với cá nhân khác", "The identity is linked to another individual";
    GrantRoleNotGrantable = "grant.role_not_grantable", Invalid, "Vai trò này không cấp trực tiếp được", "This role cannot be granted";
    GrantRoleMisplaced = "grant.role_misplaced", Invalid, "Vai trò này cấp ở cơ quan, không cấp ở phòng hay văn phòng trực thuộc", "This role is granted at an organisation, not at one of its internal units";
    GrantIssuerUnknown = "grant.issuer_unknown", Invalid, "Cấu hình hiện nay không nhận mã thông báo nào của issuer này; vai trò chỉ dùng được khi issuer được khai báo", "No token of this issuer is accepted by the present configuration; the grant serves nobody until the issuer is configured";
    GrantDuplicate = "grant.duplicate", Conflict, "Vai trò đã được cấp trong thời gian này", "The role is granted already in this time";
    ImportRejected = "import.rejected", Invalid, "Danh sách có dòng không hợp lệ; chưa lưu dòng nào", "The list has invalid rows; nothing was stored";

    // Campaigns.
    CampaignIncomplete = "campaign.incomplete", Conflict, "Kế hoạch chưa đủ nội dung để thực hiện bước này", "The plan lacks what this step needs";
    CampaignDeadlinePast = "campaign.deadline_not_after_publication", Conflict, "Hạn nộp phải sau thời điểm ban hành", "The deadline must be after publication";
    CampaignPeriodReversed = "campaign.period_reversed", Invalid, "Ngày kết thúc trước ngày bắt đầu", "The period ends before it begins";
    CampaignDatesContradict = "campaign.dates_contradict", Invalid, "Các mốc thời gian của kế hoạch trái nhau", "The dates of the plan contradict each other";
    CampaignNumberTaken = "campaign.number_taken", Conflict, "Số và ký hiệu này đã được cơ quan dùng trong năm", "The organisation has used this number and symbol in this year";
    CampaignParentCycle = "campaign.parent_cycle", Conflict, "Phong trào không thể là cấp trên của chính nó", "A campaign cannot be above itself";
    CampaignIsParent = "campaign.is_parent", Conflict, "Còn phong trào khác thuộc phong trào này; hãy chuyển hoặc xóa các phong trào đó trước", "Other campaigns stand below this one; move or remove them first";
    CampaignParentLevel = "campaign.parent_level", Invalid, "Phong trào cấp trên phải thuộc cơ quan cấp trên hoặc cùng cấp", "The parent campaign must belong to a higher or the same organisation";
    CampaignDeciderAuthority = "campaign.decider_without_authority", Invalid, "Cơ quan quyết định không có thẩm quyền với hình thức này", "The decider has no authority for this award form";
    CampaignNotPublished = "campaign.not_published", Conflict, "Phong trào chưa được ban hành hoặc đã kết thúc", "The campaign is not in force";
    CampaignHasDecisions = "campaign.has_decisions", Conflict, "Phong trào đã có quyết định khen thưởng", "The campaign already has decisions";
    CampaignOpenNominations = "campaign.open_nominations", Conflict, "Còn đề nghị khen thưởng chưa kết thúc", "There are nominations that have not ended";
    CampaignUnderWay = "campaign.under_way", Conflict, "Phong trào còn phiên họp, quyết định hoặc hồ sơ trình cấp trên chưa kết thúc", "Sessions, decisions or forwardings of the campaign have not ended";
    CampaignFormInUse = "campaign.form_in_use", Conflict, "Còn đề nghị chưa kết thúc với hình thức bị bỏ khỏi kế hoạch", "Nominations of a form that would be taken out of the plan have not ended";
    CampaignTermsLocked = "campaign.terms_locked", Conflict, "Điều khoản đã ban hành chỉ đổi bằng văn bản sửa đổi", "Published terms change only through an amendment";
    CampaignCodeTaken = "campaign.code_taken", Conflict, "Mã phong trào đã được dùng", "The campaign code is taken";
    RollEmpty = "roll.empty", Conflict, "Danh sách tham gia chưa có ai được tính; hãy lập danh sách trước khi chốt", "Nobody on the roll counts; make it before it is frozen";
    RollFrozen = "roll.frozen", Conflict, "Danh sách tham gia đã chốt", "The roll is frozen";
    RollNotFrozen = "roll.not_frozen", Conflict, "Danh sách tham gia chưa chốt; hãy chốt trước (participants/freeze của phong trào)", "The roll is not frozen; freeze it first (participants/freeze of the campaign)";
    RollDuplicate = "roll.duplicate", Conflict, "Đối tượng đã có trong danh sách tham gia", "The subject is on the roll already";
    ParticipantInUse = "participant.in_use", Conflict, "Đối tượng đã được đề nghị khen thưởng", "The participant is nominated";
    QuotaExceeded = "quota.exceeded", Conflict, "Vượt tỷ lệ khen thưởng cho phép", "The quota is exceeded";

    // Submissions and nominations.
    SubmissionWindowClosed = "submission.window_closed", Conflict, "Đã hết hạn nộp hồ sơ", "The submission window is closed";
    SubmissionWindowNotOpen = "submission.window_not_open", Conflict, "Chưa đến thời gian nhận hồ sơ", "The submission window is not open yet";
    SubmissionSupplementClosed = "submission.supplement_closed", Conflict, "Đã hết hạn bổ sung hồ sơ", "The supplement period is over";
    SubmissionEmpty = "submission.empty", Conflict, "Hồ sơ chưa có đề nghị nào", "The submission has no nomination";
    SubmissionLocked = "submission.locked", Conflict, "Hồ sơ đã nộp, không sửa được", "The submission was handed in and cannot be edited";
    SubmissionUnit = "submission.unit_not_invited", Invalid, "Đơn vị không thuộc cơ quan phát động", "The unit does not belong to the launching organisation";
    SubmissionPapersMissing = "submission.papers_missing", Conflict, "Hồ sơ thiếu thành phần bắt buộc", "Required papers are missing";
    SubmissionNotAppraised = "submission.not_appraised", Conflict, "Còn đề nghị chưa được thẩm định", "There are nominations without appraisal";
    SubmissionBeforeEnd = "submission.before_campaign_end", Conflict, "Nộp trước khi phong trào kết thúc, kết quả có thể chưa đầy đủ", "Handed in before the campaign has ended; results may be incomplete";
    SubmissionLateNotAdmissible = "submission.late_not_admissible", Conflict, "Phong trào không nhận hồ sơ muộn", "The campaign admits no late submission";
    NominationDuplicate = "nomination.duplicate", Conflict, "Đối tượng đã được đề nghị với hình thức này trong phong trào", "The subject is already nominated for this form in the campaign";
    NominationNotParticipant = "nomination.not_participant", Conflict, "Đối tượng không có trong danh sách tham gia", "The subject is not a participant of the campaign";
    NominationAfterDeadline = "nomination.after_deadline", Conflict, "Đề nghị được đưa vào hồ sơ sau hạn nộp", "The nomination came into the dossier after the deadline";
    NominationFormNotOffered = "nomination.form_not_offered", Invalid, "Hình thức khen thưởng không có trong kế hoạch", "The award form is not offered by the plan";
    NominationHeld = "nomination.on_hold", Conflict, "Đề nghị đang tạm dừng", "The nomination is on hold";
    NominationHoldProposed = "nomination.hold_already_proposed", Conflict, "Đã có đề xuất tạm dừng đang chờ xem xét", "A hold is proposed already";
    NominationHoldNotProposed = "nomination.hold_not_proposed", Conflict, "Không có đề xuất tạm dừng nào", "No hold is proposed";
    NominationNotHeld = "nomination.not_on_hold", Conflict, "Đề nghị không bị tạm dừng", "The nomination is not on hold";
    NominationCriteriaUnmet = "nomination.criteria_unmet", Conflict, "Chưa đạt đủ tiêu chí bắt buộc", "Mandatory criteria are not met";
    NominationEvidenceMissing = "nomination.evidence_missing", Conflict, "Tiêu chí đòi hỏi minh chứng nhưng hồ sơ chưa có tài liệu chứng minh cho đề nghị này", "A criterion asks for evidence, and no paper of the dossier proves it for this nomination";
    NominationRewardedOrPending = "nomination.already_rewarded_or_pending", Conflict, "Đã được khen hoặc đang chờ khen cho thành tích này", "Already rewarded, or an award is pending, for this achievement";
    NominationFallbackOff = "nomination.fallback_not_allowed", Conflict, "Kế hoạch không cho chuyển sang hình thức khác", "The plan does not allow falling back to another form";
    NominationNotConsidered = "nomination.not_considered", Conflict, "Đề nghị chưa được Hội đồng thống nhất", "The nomination was not recommended by the council";

    // Files.
    FileTooLarge = "file.too_large", TooLarge, "Tệp quá lớn", "The file is too large";
    FileTypeNotAllowed = "file.type_not_allowed", MediaType, "Loại tệp không được nhận", "The file type is not accepted";
    FileExcessive = "file.excessive", Invalid, "Nội dung tệp mở ra quá lớn", "The content is too much once it is opened";
    FileTypeMismatch = "file.type_mismatch", Invalid, "Nội dung tệp không khớp với loại đã khai", "The content of the file is not of the declared type";
    FileDigestMismatch = "file.digest_mismatch", Invalid, "Mã băm của tệp không khớp", "The digest of the file does not match";
    FileSizeMismatch = "file.size_mismatch", Invalid, "Kích thước tệp không khớp với đã khai", "The size of the file differs from what was declared";
    FileNotComplete = "file.not_complete", Conflict, "Tệp chưa tải lên xong", "The file is not complete";
    FileExpired = "file.expired", Conflict, "Lượt tải tệp đã hết hạn", "The upload has expired";
    FileImmutable = "file.immutable", Conflict, "Tệp đang được đính kèm hồ sơ, không đổi và không xóa được; hãy gỡ khỏi hồ sơ trước", "The file is attached to a dossier and can neither be changed nor removed; detach it first";
    FileCountExceeded = "file.count_exceeded", Conflict, "Quá số tệp cho phép", "Too many files";
    FileStorageUnavailable = "file.storage_unavailable", Unavailable, "Kho tệp tạm thời không dùng được", "File storage is not available";
    RangeNotSatisfiable = "range.not_satisfiable", Range, "Khoảng byte nằm ngoài tệp", "The byte range is outside of the file";

    // Reviews, councils, sessions.
    ReviewKindUnsupported = "review.kind_unsupported", Invalid, "Loại xét duyệt này chưa dùng được", "This kind of review is not available";
    ReviewReasonRequired = "review.reason_required", Invalid, "Phải nêu căn cứ pháp lý", "A legal reason is required";
    CouncilMemberDuplicate = "council.member_duplicate", Conflict, "Cá nhân đã là thành viên trong thời gian này", "The individual is a member already in this time";
    CouncilChairTaken = "council.chair_taken", Conflict, "Hội đồng đã có chủ tịch trong thời gian này", "The council has a chair already in this time";
    CouncilInactive = "council.inactive", Conflict, "Hội đồng không còn hoạt động", "The council is not active";
    CouncilEmpty = "council.empty", Conflict, "Hội đồng không có thành viên nào vào ngày họp", "The council has no member on the day of the session";
    SessionQuorumNotMet = "session.quorum_not_met", Conflict, "Không đủ số thành viên dự họp", "The quorum is not met";
    SessionCouncilReplaced = "session.council_replaced", Conflict, "Kế hoạch của phong trào nêu một Hội đồng khác", "The plan of the campaign names another council";
    SessionAgendaEmpty = "session.agenda_empty", Conflict, "Phiên họp chưa có nội dung xét", "The session has no agenda";
    SessionNotMember = "session.not_member", Forbidden, "Không phải thành viên của phiên họp này", "Not a member of this session";
    SessionNotPresent = "session.not_present", Conflict, "Thành viên không được ghi nhận dự họp", "The member is not recorded as present";
    SessionMinutesMissing = "session.minutes_missing", Conflict, "Biên bản chưa đủ nội dung", "The minutes are incomplete";
    SessionNotSigned = "session.not_signed", Conflict, "Thư ký chưa ký biên bản", "The secretary has not signed the minutes";
    SessionItemUndecided = "session.item_undecided", Conflict, "Còn nội dung chưa có kết quả", "There are items without a result";
    SessionVotesMissing = "session.votes_missing", Conflict, "Có thành viên dự họp chưa biểu quyết", "Members who take part have not voted";
    SessionItemTaken = "session.item_taken", Conflict, "Đề nghị đã có trong phiên họp khác", "The nomination is on another session's agenda";
    SessionItemVoted = "session.item_voted", Conflict, "Nội dung này đã được biểu quyết hoặc thống nhất; không bỏ khỏi chương trình họp được", "The item was voted or agreed on and stays on the agenda";
    SessionMethodUnsupported = "session.method_unsupported", Invalid, "Cách biểu quyết này chưa dùng được", "This way of voting is not available";
    SessionConsensus = "session.consensus", Conflict, "Phiên họp ghi nhận thống nhất, không bỏ phiếu từng người", "The session records consensus, not single votes";

    // Decisions and forwardings.
    DecisionEmpty = "decision.empty", Conflict, "Quyết định chưa có đối tượng", "The decision has no item";
    DecisionImmutable = "decision.immutable", Conflict, "Quyết định đã ban hành, không sửa được", "The decision was issued and cannot be changed";
    DecisionNumberTaken = "decision.number_taken", Conflict, "Số quyết định đã được dùng", "The decision number is taken";
    DecisionRecordedOtherwise = "decision.recorded_otherwise", Conflict, "Quyết định cùng số đã được ghi nhận với nội dung khác", "The decision of this number is recorded with other data";
    DecisionNumberGap = "decision.number_gap", Conflict, "Số quyết định không nối tiếp số trước", "The number does not follow the one before";
    DecisionNotIssuer = "decision.not_issuer", Forbidden, "Chỉ cơ quan đã ban hành hoặc cơ quan kế thừa được làm việc này", "Only the issuer or its successor may do this";
    DecisionItemNotValid = "decision.item_not_valid", Conflict, "Mục này không còn hiệu lực", "The item is not in force";
    DecisionItemTaken = "decision.item_taken", Conflict, "Đề nghị đã có trong quyết định khác", "The nomination is in another decision";
    DecisionOtherSession = "decision.other_session", Conflict, "Đề nghị do phiên họp khác của Hội đồng thống nhất, không phải phiên họp làm căn cứ của quyết định", "Another session than the one that the decision carries out has decided on the nomination";
    DecisionFormMismatch = "decision.form_mismatch", Invalid, "Hình thức không thuộc thẩm quyền của quyết định này", "The form is not within this decision's authority";
    DecisionNoBaseSalary = "decision.base_salary_unknown", Conflict, "Chưa có mức lương cơ sở cho ngày này", "No base salary is known for this date";
    DecisionNoCoefficient = "decision.coefficient_unknown", Conflict, "Chưa có hệ số tiền thưởng cho hình thức này", "No coefficient is known for this award form";
    ForwardingEmpty = "forwarding.empty", Conflict, "Chưa có đề nghị nào để trình", "The forwarding has no item";
    ForwardingFormMismatch = "forwarding.form_mismatch", Invalid, "Mỗi lần trình chỉ một hình thức khen thưởng", "One forwarding carries one award form";
    ForwardingReceiverUnmanned = "forwarding.receiver_unmanned", Conflict, "Chưa có ai được giao vai trò trả lời ở nơi nhận", "Nobody holds a role at the receiver in which to answer";
    ForwardingItemTaken = "forwarding.item_taken", Conflict, "Đề nghị đang được trình ở lần khác", "The nomination is being forwarded already";
    ForwardingPapersMissing = "forwarding.papers_missing", Conflict, "Thiếu tờ trình hoặc biên bản", "The letter or the minutes are missing";
    ReferenceInUse = "reference.in_use", Conflict, "Mức này đã được áp dụng trong một quyết định, hoặc đã có mức khác nối tiếp; không xóa được nữa", "A decision was priced by it, or a later one follows it: it cannot be removed any more";
    ReferenceOverlap = "reference.overlap", Conflict, "Khoảng hiệu lực bị chồng", "The validity overlaps another row";

    // The service.
    Internal = "service.internal", Internal, "Dịch vụ gặp lỗi", "The service met an error";
    DatabaseBusy = "service.busy", Unavailable, "Dịch vụ đang bận, hãy gửi lại", "The service is busy, try again";
    ServiceOverloaded = "service.overloaded", Unavailable, "Dịch vụ đang quá tải, hãy gửi lại sau", "The service is overloaded, try again later";
    ServiceReadOnly = "service.read_only", Unavailable, "Dịch vụ đang bảo trì, tạm thời chỉ đọc được", "The service is under maintenance and can only be read";
    DatabaseUnavailable = "service.database_unavailable", Unavailable, "Cơ sở dữ liệu tạm thời không dùng được", "The database is not available";
}

/// Where in the request a fault stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// JSON pointer into the body (RFC 6901); empty for the whole body.
    Pointer(String),
    /// Name of a query or path parameter.
    Parameter(String),
    /// Name of a header field.
    Header(&'static str),
}

/// Where a refusal of this kind stands, when it always stands there (ERR-03).
fn usual_place(code: Code) -> Option<Place> {
    let pointer = |pointer: &str| Some(Place::Pointer(pointer.to_owned()));
    match code {
        Code::OrganizationCodeTaken | Code::CampaignCodeTaken => pointer("/code"),
        Code::CollectiveNameTaken => pointer("/name"),
        Code::IndividualCodeTaken => pointer("/personnel_code"),
        Code::CampaignParentCycle => pointer("/parent_campaign_id"),
        Code::GrantDuplicate => pointer("/role"),
        Code::IdentityTaken => pointer("/subject"),
        Code::DecisionNumberTaken => pointer("/number"),
        Code::SessionMethodUnsupported => pointer("/method"),
        Code::ReviewKindUnsupported => pointer("/kind"),
        Code::FileTypeMismatch => pointer("/media_type"),
        Code::EtagRequired | Code::EtagStale | Code::EtagWeak => Some(Place::Header("If-Match")),
        Code::IdempotencyKeyReused | Code::IdempotencyInProgress => Some(Place::Header("Idempotency-Key")),
        Code::NotAcceptable => Some(Place::Header("Accept")),
        _ => None,
    }
}

/// One violation, also used for warnings and for what blocks an act (C-20).
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// Where it stands.
    pub place: Option<Place>,
    /// What it is.
    pub code: Code,
    /// Own sentence in Vietnamese and English; the code's title otherwise.
    pub detail: Option<Sentence>,
    /// Figures and names that a client may show.
    pub params: serde_json::Map<String, serde_json::Value>,
}

/// One sentence in both languages of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// Vietnamese.
    pub vi: Cow<'static, str>,
    /// English.
    pub en: Cow<'static, str>,
}

impl Sentence {
    /// A sentence in both languages.
    pub fn new(vi: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self {
            vi: vi.into(),
            en: en.into(),
        }
    }
}

impl Fault {
    /// A fault without a place: a warning about the whole act.
    pub fn new(code: Code) -> Self {
        Self {
            place: None,
            code,
            detail: None,
            params: serde_json::Map::new(),
        }
    }

    /// A fault at a JSON pointer of the body.
    pub fn at(pointer: impl Into<String>, code: Code) -> Self {
        Self {
            place: Some(Place::Pointer(pointer.into())),
            ..Self::new(code)
        }
    }

    /// A fault of a query or path parameter.
    pub fn parameter(name: impl Into<String>, code: Code) -> Self {
        Self {
            place: Some(Place::Parameter(name.into())),
            ..Self::new(code)
        }
    }

    /// A fault of a header field.
    pub fn header(name: &'static str, code: Code) -> Self {
        Self {
            place: Some(Place::Header(name)),
            ..Self::new(code)
        }
    }

    /// Adds an own sentence.
    #[must_use]
    pub fn says(mut self, vi: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(Sentence::new(vi, en));
        self
    }

    /// A day or time that lies before another one of the same thing.
    pub fn before(pointer: impl Into<String>, earliest: impl std::fmt::Display) -> Self {
        Self::at(pointer, Code::FieldRange).with("minimum", earliest.to_string())
    }

    /// A day or time that lies after another one of the same thing.
    pub fn after(pointer: impl Into<String>, latest: impl std::fmt::Display) -> Self {
        Self::at(pointer, Code::FieldRange).with("maximum", latest.to_string())
    }

    /// Adds a parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }
}

impl From<Error> for Fault {
    /// A refusal as an obstacle: its sentence and its figures stay.
    fn from(error: Error) -> Self {
        Self {
            detail: error.detail,
            params: error.members,
            ..Self::new(error.code)
        }
    }
}

/// A refused request.
#[derive(Debug, Clone, PartialEq)]
pub struct Error {
    /// What it is.
    pub code: Code,
    /// Own sentence; the code's title otherwise.
    pub detail: Option<Sentence>,
    /// All violations found, at most 100 are sent.
    pub faults: Vec<Fault>,
    /// Extension members of the problem document (`current_state`, `readings`, …).
    pub members: serde_json::Map<String, serde_json::Value>,
    /// Cause for the log; never sent.
    pub cause: Option<String>,
    /// What the policy refused, for the log and the numbers; never sent (AZN-13).
    pub denied: Option<Denied>,
}

/// Result of everything below the HTTP floor.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A refusal with the title of its code.
    pub fn new(code: Code) -> Self {
        Self {
            code,
            detail: None,
            faults: Vec::new(),
            members: serde_json::Map::new(),
            cause: None,
            denied: None,
        }
    }

    /// A fault of the service with its cause for the log.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self {
            cause: Some(cause.to_string()),
            ..Self::new(Code::Internal)
        }
    }

    /// The target is absent, or invisible to the caller: the same answer (AZN-03).
    pub fn not_found() -> Self {
        Self::new(Code::ResourceNotFound)
    }

    /// The policy refuses the action: 404 where the caller does not see the object, 403 otherwise.
    pub fn denied(action: Action, reason: DenialReason) -> Self {
        let refusal = match reason {
            DenialReason::NotAllowed => {
                Self::new(Code::AccessForbidden).with("required_action", action.as_str())
            }
            DenialReason::NotVisible => Self::not_found(),
        };
        Self {
            denied: Some(Denied { action, reason }),
            ..refusal
        }
    }

    /// The body is not valid, with every violation found.
    pub fn invalid(faults: Vec<Fault>) -> Self {
        Self {
            faults,
            ..Self::new(Code::BodyInvalid)
        }
    }

    /// An act that the present state does not permit; names whose state it is, the state, and the verbs
    /// that it permits (API-14).
    pub fn transition(object: &str, state: &str, allowed: Vec<String>) -> Self {
        Self::new(Code::StateTransition)
            .with("object", object)
            .with("current_state", state)
            .with("allowed_actions", allowed)
    }

    /// More bytes than are taken in, with how many those are.
    pub fn too_large(code: Code, limit: impl Into<serde_json::Value>) -> Self {
        let limit = limit.into();
        Self::new(code)
            .says(
                format!("{}: nhiều nhất {limit} byte", code.title_vi()),
                format!("{}: at most {limit} bytes", code.title_en()),
            )
            .with("limit_bytes", limit)
    }

    /// The refusal of a stale `If-Match`, with the version of now.
    pub fn stale(current: i64) -> Self {
        Self::new(Code::EtagStale).with("current_version", current)
    }

    /// Adds an own sentence.
    #[must_use]
    pub fn says(mut self, vi: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(Sentence::new(vi, en));
        self
    }

    /// Adds an extension member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// Names the member whose reference leads to nothing that the caller sees; other refusals stay as they are.
    #[must_use]
    pub fn missing_at(self, pointer: &str) -> Self {
        if self.code == Code::ResourceNotFound && self.faults.is_empty() {
            return self.fault(Fault::at(pointer, Code::ResourceNotFound));
        }
        self
    }

    /// Adds a violation.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// All violations with their places; what always stands at the same place names it by itself.
    pub fn places(&self) -> Vec<Fault> {
        match usual_place(self.code) {
            Some(place) if self.faults.is_empty() => vec![Fault {
                place: Some(place),
                detail: self.detail.clone(),
                ..Fault::new(self.code)
            }],
            _ => self.faults.clone(),
        }
    }

    /// Whether the same request may succeed when repeated.
    pub const fn retryable(&self) -> bool {
        matches!(self.code.class(), Class::Unavailable)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code.as_str())?;
        if let Some(detail) = &self.detail {
            write!(f, ": {}", detail.en)?;
        }
        if let Some(cause) = &self.cause {
            write!(f, " ({cause})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// `Ok` when there is no fault, the refused body with all of them otherwise.
///
/// # Errors
/// `body.invalid` with the faults.
pub fn all_valid(faults: Vec<Fault>) -> Result<()> {
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Error::invalid(faults))
    }
}

#[cfg(test)]
mod tests;
