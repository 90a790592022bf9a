use super::*;
use proptest::prelude::*;

#[test]
fn nfd_and_nfc_of_a_name_are_the_same_value() {
    let name = "Phát động phong trào thi đua “100 ngày đêm quyết tâm”";
    let decomposed: String = name.nfd().collect();
    assert_ne!(decomposed, name);
    assert_eq!(normalise(&decomposed, TextKind::Name, 500).unwrap(), name);
    assert_eq!(
        normalise(&decomposed, TextKind::Name, length(name)).unwrap(),
        name
    );
    assert_eq!(
        normalise(name, TextKind::Name, length(name) - 1),
        Err(TextFault::TooLong {
            max: length(name) - 1,
            length: length(name)
        })
    );
}

#[test]
fn ends_are_trimmed_and_the_inside_is_kept() {
    assert_eq!(
        normalise(" \u{a0}Tô  Thị Trang\n", TextKind::Name, 100).unwrap(),
        "Tô  Thị Trang"
    );
    assert_eq!(normalise("a\n\tb\n", TextKind::Prose, 100).unwrap(), "a\n\tb");
    assert_eq!(normalise("  ", TextKind::Prose, 100), Err(TextFault::Empty));
    assert_eq!(normalise_optional("  ", TextKind::Prose, 100).unwrap(), "");
}

#[test]
fn dangerous_characters_are_refused() {
    use TextKind::{Name, Prose};
    for (text, kind, refused) in [
        ("a\0b", Prose, true),
        ("a\rb", Prose, true),
        ("a\u{85}b", Prose, true),
        ("a\nb", Name, true),
        ("a\tb", Name, true),
        ("a\u{2028}b", Name, true),
        ("a\u{202e}b", Prose, true),
        ("a\u{2066}b", Name, true),
        ("a\u{ffff}b", Prose, true),
        ("a\u{fdd0}b", Prose, true),
        ("a\u{1fffe}b", Prose, true),
        ("a\u{200b}b", Name, true),
        ("a\u{feff}b", Name, true),
        ("a\u{200b}b", Prose, false),
        ("Đặng Ðức ð", Name, false),
    ] {
        assert_eq!(
            matches!(normalise(text, kind, 100), Err(TextFault::Character(_))),
            refused,
            "{text:?} {kind:?}"
        );
    }
}

#[test]
fn search_finds_names_without_accents() {
    for (name, query, found) in [
        ("Tô Thị Trang", "to thi trang", true),
        ("Tô Thị Trang", "trang tô", true),
        ("Tô Thị Trang", "TRẠ", true),
        ("Tô Thị Trang", "rang", false),
        ("Tô Thị Trang", "to thi trang anh", false),
        ("Đặng Đình Hoà", "dang hòa", true),
        ("Thuý", "thúy", true),
        ("579/KH-SNgV", "579 sngv", true),
        ("ðức", "duc", false),
        ("Tô Thị Trang", "", true),
    ] {
        assert_eq!(matches_search(name, query), found, "{name} {query}");
        let decomposed: String = name.nfd().collect();
        assert_eq!(matches_search(&decomposed, query), found, "{name} {query}");
    }
    assert_eq!(fold_search("  Sở  NGOẠI   vụ "), "so ngoai vu");
}

#[test]
fn names_are_ordered_the_vietnamese_way() {
    let ordered = [
        "An", "Ấn", "Bình", "Cường", "Dung", "Dũng", "Đạt", "Em", "Hoa", "Hoà", "Hòa", "Hoàn", "Oanh", "Ông",
        "Ơn", "Trang", "Trạng", "Uyên", "Ưng",
    ];
    let mut shuffled: Vec<&str> = ordered.iter().rev().copied().collect();
    shuffled.sort_by_key(|name| name_sort_key(name));
    assert_eq!(shuffled, ordered);
}

#[test]
fn people_are_ordered_by_given_name_first() {
    let mut people = [
        "Tô Thị Trang",
        "Nguyễn Văn An",
        "Lê Thị Bình",
        "Đặng Văn An",
        "Dương Văn An",
        "An",
    ];
    people.sort_by_key(|name| given_name_sort_key(name));
    assert_eq!(
        people,
        [
            "An",
            "Dương Văn An",
            "Đặng Văn An",
            "Nguyễn Văn An",
            "Lê Thị Bình",
            "Tô Thị Trang"
        ]
    );
    assert_eq!(given_name_sort_key(" "), "");
}

#[test]
fn organisation_codes_of_both_forms_are_accepted() {
    for (code, accepted, legacy) in [
        ("H14", true, false),
        ("H14.05", true, false),
        ("H14.5A.007", true, false),
        ("A01.B.C.D", true, false),
        ("000.00.00.H14", true, true),
        ("000.00.05.H14", true, true),
        ("Z14", false, false),
        ("h14", false, false),
        ("H1", false, false),
        ("H145", false, false),
        ("H14.", false, false),
        ("H14..05", false, false),
        ("H14.05-1", false, false),
        ("000.00.H14", false, false),
        ("000.00.00.00.H14", false, false),
        ("H14.12345678901234567890123456789012", false, false),
        ("H14.1234567890123456789012345678901", true, false),
        ("", false, false),
    ] {
        let parsed = code.parse::<OrganizationCode>();
        assert_eq!(parsed.is_ok(), accepted, "{code}");
        assert_eq!(parsed.is_ok_and(|code| code.is_legacy()), legacy, "{code}");
    }
}

proptest! {
    #[test]
    fn normalising_twice_changes_nothing(text in "\\PC{0,40}") {
        if let Ok(once) = normalise_optional(&text, TextKind::Prose, 1000) {
            prop_assert_eq!(normalise_optional(&once, TextKind::Prose, 1000), Ok(once));
        }
    }

    #[test]
    fn folding_is_stable_and_form_blind(text in "[aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵAĂÂBCDĐEÊGHIKLMNOÔƠPQRSTUƯVXYÀÁẢÃẠẰẮẲẴẶẦẤẨẪẬÈÉẺẼẸỀẾỂỄỆÌÍỈĨỊÒÓỎÕỌỒỐỔỖỘỜỚỞỠỢÙÚỦŨỤỪỨỬỮỰỲÝỶỸỴ0-9 ]{0,40}") {
        let folded = fold_search(&text);
        prop_assert_eq!(fold_search(&folded), folded.clone());
        prop_assert_eq!(fold_search(&text.nfd().collect::<String>()), folded);
        prop_assert!(matches_search(&text, &text));
    }

    #[test]
    fn sort_keys_do_not_depend_on_form_or_case(text in "[aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ ]{0,30}") {
        let key = given_name_sort_key(&text);
        prop_assert_eq!(given_name_sort_key(&text.nfd().collect::<String>()), key.clone());
        prop_assert_eq!(given_name_sort_key(&text.to_uppercase()), key);
    }
}
