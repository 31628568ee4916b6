//! The passwords that are built in: what people commonly build passwords from, varied as they do to satisfy a policy.

use std::sync::LazyLock;

use crate::fingerprint::Fingerprint;

const WORDS: &str = include_str!("common.txt");

/// Letters that are replaced by what looks alike: `P@ssw0rd`, `P@$$w0rd`, `P4ssw0rd`.
const LOOKALIKES: [&[(char, char)]; 4] = [
    &[],
    &[('a', '@'), ('o', '0')],
    &[('a', '@'), ('o', '0'), ('s', '$')],
    &[('a', '4'), ('e', '3'), ('i', '1'), ('o', '0')],
];

/// What is put behind a word.
const SUFFIXES: [&str; 30] = [
    "", "!", "!1", "!@#", "#1", "#123", "$", "*", "0", "007", "01", "1", "1!", "10", "11", "12", "12!",
    "123", "123!", "123!@#", "123#", "1234", "1234!", "12345", "12345!", "123456", "2", "21", "7", "99",
];

/// What is put between a word and a number.
const JOINTS: [&str; 5] = ["@", "#", "_", "-", "."];
const JOINED: [&str; 5] = ["1", "12", "123", "1234", "12345"];

/// Years that people think of.
const YEARS: std::ops::RangeInclusive<u32> = 2000..=2030;

/// The fingerprints of all variants, in order; made when first asked for.
static ALL: LazyLock<Vec<Fingerprint>> = LazyLock::new(|| {
    let mut all: Vec<_> =
        words().flat_map(variants).map(|password| Fingerprint::of(password.as_bytes())).collect();
    all.sort_unstable();
    all.dedup();
    all
});

pub(crate) fn contains(password: Fingerprint) -> bool {
    ALL.binary_search(&password).is_ok()
}

fn words() -> impl Iterator<Item = &'static str> {
    WORDS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn variants(word: &'static str) -> impl Iterator<Item = String> {
    let plain = [word.to_owned(), capitalised(word)];
    let alike = LOOKALIKES.iter().flat_map(move |pairs| {
        let word: String = word.chars().map(|c| lookalike(pairs, c)).collect();
        [capitalised(&word), word]
    });
    let short = alike.chain([word.to_uppercase()]);
    let short = short.flat_map(|form| SUFFIXES.iter().map(move |suffix| format!("{form}{suffix}")));
    let long = plain.into_iter().flat_map(|form| {
        let joined =
            JOINTS.iter().flat_map(|joint| JOINED.iter().map(move |number| format!("{joint}{number}")));
        let years = YEARS.flat_map(|year| [format!("{year}"), format!("{year}!"), format!("@{year}")]);
        joined.chain(years).map(move |suffix| format!("{form}{suffix}")).collect::<Vec<_>>()
    });
    short.chain(long)
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

fn lookalike(pairs: &[(char, char)], letter: char) -> char {
    pairs.iter().find(|(from, _)| *from == letter).map_or(letter, |(_, to)| *to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_common(password: &str) -> bool {
        contains(Fingerprint::of(password.as_bytes()))
    }

    #[test]
    fn passwords_that_satisfy_a_policy_and_nobody_else_are_known() {
        for password in [
            "password",
            "123456",
            "qwerty",
            "Password1",
            "Password1!",
            "P@ssw0rd",
            "P@$$w0rd123",
            "PASSWORD",
            "p4ssw0rd",
            "Welcome123!",
            "Admin@123",
            "Summer2024!",
            "Summer@2024",
            "Michael_1",
            "Qwerty123!",
            "1q2w3e4r",
            "iloveyou!",
        ] {
            assert!(is_common(password), "{password}");
        }
    }

    #[test]
    fn others_are_not() {
        for password in
            ["", "Correct-Horse-7", "Temp0rary!Pass", "xK9#mQ2$vL7p", "password ", "pASSWORD", "Summer2099!"]
        {
            assert!(!is_common(password), "{password}");
        }
    }

    #[test]
    fn each_word_stands_once_and_in_small_letters() {
        let mut all: Vec<_> = words().collect();
        assert!(all.iter().all(|word| word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())));
        all.sort_unstable();
        let count = all.len();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!((100_000..300_000).contains(&ALL.len()), "{}", ALL.len());
    }
}
