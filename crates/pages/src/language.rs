//! The languages of the pages, and which one a reader gets.

use crate::texts::{self, Texts};

/// A language of managed login (oauth-and-managed-login §4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the languages' tags")]
pub enum Language {
    De,
    En,
    Es,
    Fr,
    Id,
    It,
    Ja,
    Ko,
    PtBr,
    ZhCn,
    ZhTw,
}

impl Language {
    /// All, in the order of their tags.
    pub const ALL: [Self; 11] = [
        Self::De,
        Self::En,
        Self::Es,
        Self::Fr,
        Self::Id,
        Self::It,
        Self::Ja,
        Self::Ko,
        Self::PtBr,
        Self::ZhCn,
        Self::ZhTw,
    ];

    /// The language by the parameter `lang`, else the cookie, else what the browser prefers, else English.
    /// Values that are no language of ours count as absent.
    pub fn choose(parameter: Option<&str>, cookie: Option<&str>, accept_language: Option<&str>) -> Self {
        let named = |tag: Option<&str>| tag.and_then(Self::of_tag);
        named(parameter)
            .or_else(|| named(cookie))
            .or_else(|| accept_language.and_then(Self::preferred))
            .unwrap_or(Self::En)
    }

    /// What a passkey is called, by where it is kept: `platform`, `cross-platform`, or nobody knows.
    pub fn passkey(self, attachment: Option<&str>) -> &'static str {
        let t = self.texts();
        match attachment {
            Some("platform") => t.passkey_of_device,
            Some("cross-platform") => t.security_key,
            _ => t.by_passkey,
        }
    }

    /// The language of exactly this tag, in any case.
    pub fn of_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(tag))
    }

    /// The best of an `Accept-Language` (RFC 9110 §12.5.4): the highest weight, and of equals the first.
    fn preferred(accept: &str) -> Option<Self> {
        let mut best: Option<(u16, Self)> = None;
        for entry in accept.split(',') {
            let (range, parameters) = entry.split_once(';').unwrap_or((entry, ""));
            let (Some(language), Some(weight)) = (Self::of_range(range.trim()), weight(parameters)) else {
                continue;
            };
            if weight > best.map_or(0, |(highest, _)| highest) {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language)
    }

    /// The language nearest to a range such as `de-AT` or `zh-Hant-HK`.
    fn of_range(range: &str) -> Option<Self> {
        let mut parts = range.split('-');
        let primary = parts.next()?;
        let traditional =
            |part: &str| ["hant", "tw", "hk", "mo"].iter().any(|known| part.eq_ignore_ascii_case(known));
        let simplified = |part: &str| part.eq_ignore_ascii_case("hans");
        match primary.to_ascii_lowercase().as_str() {
            "pt" => Some(Self::PtBr),
            // The script, which comes first, has the last word: `zh-Hans-HK`.
            "zh" => match parts.find(|part| traditional(part) || simplified(part)) {
                Some(part) if traditional(part) => Some(Self::ZhTw),
                _ => Some(Self::ZhCn),
            },
            // What Indonesian was called before 1989.
            "in" => Some(Self::Id),
            other => Self::of_tag(other),
        }
    }

    /// The tag, as `lang` has it.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::De => "de",
            Self::En => "en",
            Self::Es => "es",
            Self::Fr => "fr",
            Self::Id => "id",
            Self::It => "it",
            Self::Ja => "ja",
            Self::Ko => "ko",
            Self::PtBr => "pt-BR",
            Self::ZhCn => "zh-CN",
            Self::ZhTw => "zh-TW",
        }
    }

    /// The key of the language in the links of terms (oauth-and-managed-login §11), where `cognito:default` stands for
    /// those that are not named.
    pub const fn terms_key(self) -> &'static str {
        match self {
            Self::De => "cognito:german",
            Self::En => "cognito:english",
            Self::Es => "cognito:spanish",
            Self::Fr => "cognito:french",
            Self::Id => "cognito:bahasa-indonesia",
            Self::It => "cognito:italian",
            Self::Ja => "cognito:japanese",
            Self::Ko => "cognito:korean",
            Self::PtBr => "cognito:portuguese-brazil",
            Self::ZhCn => "cognito:chinese-simplified",
            Self::ZhTw => "cognito:chinese-traditional",
        }
    }

    /// What its speakers call it.
    pub(crate) const fn own_name(self) -> &'static str {
        match self {
            Self::De => "Deutsch",
            Self::En => "English",
            Self::Es => "Español",
            Self::Fr => "Français",
            Self::Id => "Bahasa Indonesia",
            Self::It => "Italiano",
            Self::Ja => "日本語",
            Self::Ko => "한국어",
            Self::PtBr => "Português (Brasil)",
            Self::ZhCn => "简体中文",
            Self::ZhTw => "繁體中文",
        }
    }

    /// What the pages say in it.
    pub(crate) const fn texts(self) -> &'static Texts {
        match self {
            Self::De => &texts::de::TEXTS,
            Self::En => &texts::en::TEXTS,
            Self::Es => &texts::es::TEXTS,
            Self::Fr => &texts::fr::TEXTS,
            Self::Id => &texts::id::TEXTS,
            Self::It => &texts::it::TEXTS,
            Self::Ja => &texts::ja::TEXTS,
            Self::Ko => &texts::ko::TEXTS,
            Self::PtBr => &texts::pt_br::TEXTS,
            Self::ZhCn => &texts::zh_cn::TEXTS,
            Self::ZhTw => &texts::zh_tw::TEXTS,
        }
    }
}

/// The weight among a range's parameters in thousandths; 1 where none is given, nothing where it is no weight.
fn weight(parameters: &str) -> Option<u16> {
    let Some(given) = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim())
    }) else {
        return Some(1000);
    };
    let (whole, decimals) = given.split_once('.').unwrap_or((given, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    match whole {
        "1" => Some(1000),
        "0" => format!("{decimals:0<3}").parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameter_comes_before_the_cookie_before_the_browser() {
        let choose = Language::choose;
        assert_eq!(choose(Some("de"), Some("fr"), Some("it")), Language::De);
        assert_eq!(choose(None, Some("fr"), Some("it")), Language::Fr);
        assert_eq!(choose(None, None, Some("it")), Language::It);
        assert_eq!(choose(None, None, None), Language::En);
        assert_eq!(choose(Some("xx"), Some("<script>"), Some("it")), Language::It);
        assert_eq!(choose(Some("PT-br"), None, None), Language::PtBr);
    }

    #[test]
    fn accept_language_means_the_nearest_of_the_highest_weight() {
        let table = [
            ("de-AT,de;q=0.9,en;q=0.8", Language::De),
            ("en;q=0.8,fr", Language::Fr),
            ("es;q=0.5, ja;q=0.5", Language::Es),
            ("nl, sv;q=0.9, ko;q=0.1", Language::Ko),
            ("pt-PT", Language::PtBr),
            ("zh", Language::ZhCn),
            ("zh-SG", Language::ZhCn),
            ("zh-HK", Language::ZhTw),
            ("zh-Hant", Language::ZhTw),
            ("zh-Hans-HK", Language::ZhCn),
            ("ZH-tw;Q=1.000", Language::ZhTw),
            ("in", Language::Id),
            ("fr;q=0, it;q=0.001", Language::It),
            ("fr;q=2, it;q=0.1", Language::It),
            ("fr;q=0.1234, it;q=0.1", Language::It),
            ("*", Language::En),
            ("", Language::En),
            (",,;;q=,-", Language::En),
        ];
        for (accept, language) in table {
            assert_eq!(Language::choose(None, None, Some(accept)), language, "{accept}");
        }
    }

    #[test]
    fn every_tag_leads_back_to_its_language() {
        for language in Language::ALL {
            assert_eq!(Language::of_tag(language.tag()), Some(language));
        }
    }
}
