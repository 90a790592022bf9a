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
fn the_edges_of_what_is_refused_are_exact() {
    let refused = |character: char, kind| {
        matches!(
            normalise(&format!("a{character}b"), kind, 3),
            Err(TextFault::Character(found)) if found == character
        )
    };
    let at = |point: u32| char::from_u32(point).unwrap();
    // Everywhere: what turns the direction, and what is no character.
    for (first, last) in [
        (0x202A, 0x202E),
        (0x2066, 0x2069),
        (0xFDD0, 0xFDEF),
        (0x2FFFE, 0x2FFFF),
    ] {
        for kind in [TextKind::Name, TextKind::Prose] {
            assert!(refused(at(first), kind) && refused(at(last), kind), "{first:X}");
        }
        let outside = [first - 1, last + 1].map(at);
        assert!(
            !outside.iter().any(|one| refused(*one, TextKind::Prose)),
            "{first:X}"
        );
    }
    // In names, also what nobody sees and what breaks the line.
    for point in [
        0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180F, 0x200B, 0x200F, 0x2028, 0x2029,
        0x2060, 0x2065, 0x206A, 0x206F, 0x3164, 0xFE00, 0xFE0F, 0xFEFF, 0xFFA0, 0xE0000, 0xE0FFF,
    ] {
        assert!(refused(at(point), TextKind::Name), "{point:X}");
        assert!(!refused(at(point), TextKind::Prose), "{point:X}");
    }
    for point in [
        0xAC, 0xAE, 0x180A, 0x1810, 0x200A, 0x2010, 0x2070, 0xFDFF, 0xFE10, 0xFEFE, 0xE1000,
    ] {
        assert!(!refused(at(point), TextKind::Name), "{point:X}");
    }
}

#[test]
fn a_line_is_one_line_or_none() {
    for (text, single) in [
        ("Sở Ngoại vụ", true),
        ("", true),
        ("a\nb", false),
        ("a\u{200b}b", false),
    ] {
        assert_eq!(is_single_line(text), single, "{text:?}");
    }
}

#[test]
fn a_refusal_of_a_text_tells_the_figures() {
    let place = |fault: &Fault| fault.place == Some(super::super::error::Place::Pointer("/name".to_owned()));
    let empty = TextFault::Empty.at("/name");
    let long = TextFault::TooLong { max: 3, length: 5 }.at("/name");
    let character = TextFault::Character('\u{7}').at("/name");
    assert_eq!(
        [empty.code, long.code, character.code],
        [Code::TextEmpty, Code::FieldLength, Code::TextControlCharacter]
    );
    assert!(place(&empty) && place(&long) && place(&character));
    assert_eq!(
        (long.params.get("maximum"), long.params.get("length")),
        (Some(&3.into()), Some(&5.into()))
    );
    assert_eq!(character.params.get("character"), Some(&"U+0007".into()));
    assert_eq!(
        TextFault::Character('\u{7}').to_string(),
        "the text contains the character U+0007"
    );
}

#[test]
fn keys_are_letters_with_their_quality_and_then_the_tones() {
    for (text, key) in [
        ("Đỗ", "d1o2!03"),
        ("à ả", "a0,a0!12"),
        ("ạ", "a0!5"),
        ("ắ", "a1!4"),
        ("ư", "u3!0"),
        ("ç", "c0!0"),
    ] {
        assert_eq!(name_sort_key(text), key, "{text}");
    }
    assert_eq!(given_name_sort_key("Lê Á"), "a0!l0e2!400");
}

#[test]
fn an_organisation_code_is_written_as_it_was_read() {
    let code: OrganizationCode = " H14.05 ".parse().unwrap();
    assert_eq!((code.as_str(), code.to_string().as_str()), ("H14.05", "H14.05"));
    let json = serde_json::to_string(&code).unwrap();
    assert_eq!(json, "\"H14.05\"");
    assert_eq!(serde_json::from_str::<OrganizationCode>(&json).unwrap(), code);
    assert!(serde_json::from_str::<OrganizationCode>("\"h14\"").is_err());
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
        ("H1a", false, false),
        ("H14.05a", false, false),
        ("00.00.05.H14", false, false),
        ("000.0.05.H14", false, false),
        ("000.00.5.H14", false, false),
        ("000.00.0a.H14", false, false),
        ("000.00.05.Z14", false, false),
        ("000.00.05.H14.", false, false),
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
