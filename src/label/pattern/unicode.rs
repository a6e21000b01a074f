//! The Unicode sets that a class may name: general categories and scripts, spelled exactly as
//! Go spells them. (Source: Unicode's property value names.)

const CATEGORIES: &str = "C Cc Cf Cn Co Cs L LC Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe \
    Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs";

const CATEGORY_ALIASES: &str = "Cased_Letter Close_Punctuation Combining_Mark \
    Connector_Punctuation Control Currency_Symbol Dash_Punctuation Decimal_Number \
    Enclosing_Mark Final_Punctuation Format Initial_Punctuation Letter Letter_Number \
    Line_Separator Lowercase_Letter Mark Math_Symbol Modifier_Letter Modifier_Symbol \
    Nonspacing_Mark Number Open_Punctuation Other Other_Letter Other_Number Other_Punctuation \
    Other_Symbol Paragraph_Separator Private_Use Punctuation Separator Space_Separator \
    Spacing_Mark Surrogate Symbol Titlecase_Letter Unassigned Uppercase_Letter cntrl digit punct";

const SCRIPTS: &str = "Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak \
    Bengali Bhaiksuki Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian \
    Caucasian_Albanian Chakma Cham Cherokee Chorasmian Common Coptic Cuneiform Cypriot \
    Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra Duployan Egyptian_Hieroglyphs \
    Elbasan Elymaic Ethiopic Garay Georgian Glagolitic Gothic Grantha Greek Gujarati \
    Gunjala_Gondi Gurmukhi Gurung_Khema Han Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew \
    Hiragana Imperial_Aramaic Inherited Inscriptional_Pahlavi Inscriptional_Parthian Javanese \
    Kaithi Kannada Katakana Kawi Kayah_Li Kharoshthi Khitan_Small_Script Khmer Khojki \
    Khudawadi Kirat_Rai Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani \
    Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek \
    Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani \
    Myanmar Nabataean Nag_Mundari Nandinagari New_Tai_Lue Newa Nko Nushu \
    Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Ol_Onal Old_Hungarian Old_Italic Old_North_Arabian \
    Old_Permic Old_Persian Old_Sogdian Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage \
    Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang \
    Runic Samaritan Saurashtra Sharada Shavian Siddham SignWriting Sinhala Sogdian \
    Sora_Sompeng Soyombo Sundanese Sunuwar Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le \
    Tai_Tham Tai_Viet Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta \
    Todhri Toto Tulu_Tigalari Ugaritic Vai Vithkuqi Wancho Warang_Citi Yezidi Yi \
    Zanabazar_Square";

/// How a name may be spelled.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Names {
    /// As the table has it: what Prometheus' copy of Go's parser takes.
    #[default]
    Exact,
    /// Letter case, spaces, `_` and `-` do not count, and categories have long names too: what
    /// Go takes since 1.25, and so Alertmanager.
    Loose,
}

/// The set of that name in the `regex` crate's syntax, for use inside of brackets. Surrogates
/// are in no text, so `Cs` is the empty set.
pub(super) fn class(name: &str, names: Names, negated: bool) -> Option<String> {
    let letter = if negated { 'P' } else { 'p' };
    if let Some(category) = find(CATEGORIES, name, names) {
        return Some(match (category, negated) {
            ("Cs", false) => String::new(),
            ("Cs", true) => EVERYTHING.to_owned(),
            _ => format!("\\{letter}{{gc={category}}}"),
        });
    }
    if let Some(script) = find(SCRIPTS, name, names) {
        return Some(format!("\\{letter}{{sc={script}}}"));
    }
    match (find("Any ASCII Assigned", name, names), names) {
        (Some("Any"), _) if negated => return Some(String::new()),
        (Some("Any"), _) => return Some(EVERYTHING.to_owned()),
        (Some(other), Names::Loose) => return Some(format!("\\{letter}{{{other}}}")),
        (_, Names::Exact) => return None,
        (None, Names::Loose) => {}
    }
    match find(CATEGORY_ALIASES, name, names)? {
        "Surrogate" => class("Cs", Names::Exact, negated),
        alias => Some(format!("\\{letter}{{gc={alias}}}")),
    }
}

const EVERYTHING: &str = "\\x{0}-\\x{10FFFF}";

fn find(table: &'static str, name: &str, names: Names) -> Option<&'static str> {
    let counts = |character: &char| !matches!(character, ' ' | '_' | '-');
    let bare = |name: &str| -> String {
        name.chars().filter(counts).map(|character| character.to_ascii_lowercase()).collect()
    };
    let mut known = table.split(' ').filter(|known| !known.is_empty());
    match names {
        Names::Exact => known.find(|known| *known == name),
        Names::Loose => known.find(|known| bare(known) == bare(name)),
    }
}
