//! What a `User-Agent` says of the device: the browser or app, and the operating system.

/// The longest answer of the model, in characters.
const LONGEST: usize = 1024;

/// Told where nothing can be (new-operations §2.3).
const UNKNOWN: &str = "unknown";

/// Browsers by the mark that only they and their kin carry, those that carry others' marks too first.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// Operating systems by their mark; Android says that it is Linux, iPhones that they are like Mac OS X.
const SYSTEMS: [(&str, &str); 9] = [
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("macos", "macOS"),
    ("Linux", "Linux"),
    ("linux", "Linux"),
];

/// `<browser or app>, <system>`, as much of it as can be told. Programs name themselves first, as in
/// `Boto3/1.34.1 md/Botocore#1.34.1 os/linux#6.1`.
pub(crate) fn name(user_agent: Option<&str>) -> String {
    let text: String = user_agent.unwrap_or_default().chars().filter(|c| !c.is_control()).collect();
    let find = |marks: &[(&str, &'static str)]| {
        marks.iter().find(|(mark, _)| text.contains(mark)).map(|(_, name)| *name)
    };
    let program = || text.split_whitespace().next().and_then(|first| first.split('/').next());
    let app = if text.starts_with("Mozilla/") { find(&BROWSERS) } else { program() };
    let parts: Vec<&str> = [app, find(&SYSTEMS)].into_iter().flatten().filter(|p| !p.is_empty()).collect();
    if parts.is_empty() { UNKNOWN.to_owned() } else { parts.join(", ").chars().take(LONGEST).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_and_programs_are_named_with_their_system() {
        let cases = [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36",
                "Chrome, Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0",
                "Edge, Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1",
                "Safari, iOS",
            ),
            ("Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0", "Firefox, Android"),
            ("Boto3/1.34.1 md/Botocore#1.34.1 ua/2.0 os/linux#6.1", "Boto3, Linux"),
            ("python-requests/2.32", "python-requests"),
            ("Mozilla/5.0", "unknown"),
            ("", "unknown"),
        ];
        for (text, expected) in cases {
            assert_eq!(name(Some(text)), expected, "{text}");
        }
        assert_eq!(name(None), "unknown");
    }

    #[test]
    fn an_answer_fits_the_model_whatever_was_sent() {
        assert_eq!(name(Some(&"ä".repeat(5000))).chars().count(), LONGEST);
        assert_eq!(name(Some("/1.0")), "unknown");
    }
}
