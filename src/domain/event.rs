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
