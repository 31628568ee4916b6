//! Citations of the specification in comments.
//!
//! Every section sign says what the section is of: a chapter of docs/cognito, by its name or path, or another standard,
//! by its name. What a comment cites without one is of the source that it named last.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regex::Regex;

use crate::workspace::{read, root};
use crate::{Result, names};

const FOLDERS: [&str; 6] = ["bench", "conformance", "crates", "fuzz", "ha", "xtask"];
const EXTENSIONS: [&str; 5] = ["js", "py", "rs", "sql", "toml"];

/// Folders that hold what others made, or a tool.
const FOREIGN: [&str; 4] = ["target", "node_modules", "__pycache__", ".venv"];

const SPECIFICATION: &str = "docs/cognito";

/// Prints how often each source is cited; with `check`, fails on a citation of what is not there.
pub(crate) fn run(check: bool) -> Result {
    let reader = Reader::new(chapters()?)?;
    let mut found = Found::default();
    for folder in FOLDERS {
        visit(&root().join(folder), &reader, &mut found)?;
    }
    for (source, count) in &found.counts {
        println!("{source} {count}");
    }
    if check && !found.problems.is_empty() {
        return Err(format!("{}\nwrite it as `authentication §8.3`", found.problems.join("\n")));
    }
    Ok(())
}

/// The chapters of the specification, and the numbers of the sections that each has.
type Chapters = BTreeMap<String, BTreeSet<String>>;

fn chapters() -> Result<Chapters> {
    let folder =
        std::fs::read_dir(root().join(SPECIFICATION)).map_err(|e| format!("{SPECIFICATION}: {e}"))?;
    let heading = pattern(r"(?m)^##+ (\d+(?:\.\d+)*)\.? ")?;
    let mut chapters = Chapters::new();
    for entry in folder.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(chapter) = name.strip_suffix(".md").filter(|chapter| *chapter != "README") {
            let text = read(&format!("{SPECIFICATION}/{name}"))?;
            let sections = heading.captures_iter(&text).filter_map(|found| found.get(1));
            chapters.insert(chapter.to_owned(), sections.map(|found| found.as_str().to_owned()).collect());
        }
    }
    Ok(chapters)
}

/// What the files cite.
#[derive(Default)]
struct Found {
    /// Citations by chapter or standard.
    counts: BTreeMap<String, usize>,
    problems: Vec<String>,
}

fn visit(folder: &Path, reader: &Reader, found: &mut Found) -> Result {
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !FOREIGN.contains(&name.as_str()) {
                visit(&path, reader, found)?;
            }
        } else if EXTENSIONS.iter().any(|extension| names::has_extension(&name, extension)) {
            let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            let place = path.strip_prefix(root()).unwrap_or(&path).display();
            for (line, comment) in reader.comments(&text) {
                for citation in reader.citations(&comment) {
                    match citation {
                        Ok(source) => *found.counts.entry(source).or_default() += 1,
                        Err(problem) => found.problems.push(format!("{place}:{line}: {problem}")),
                    }
                }
            }
        }
    }
    Ok(())
}

/// What a section is of, or what is wrong with the citation.
type Source = std::result::Result<String, String>;

/// Finds comments, and the citations in them.
struct Reader {
    chapters: Chapters,
    whole_line: Regex,
    behind_code: Regex,
    section: Regex,
    standard: Regex,
    chapter: Regex,
}

impl Reader {
    fn new(chapters: Chapters) -> Result<Self> {
        Ok(Self {
            chapters,
            whole_line: pattern(r"^\s*(?://[/!]?|#|--|/?\*+)(?: |$)")?,
            behind_code: pattern(r"\s(?://|#) ")?,
            section: pattern(r"§(\d+(?:\.\d+)*)")?,
            standard: pattern(
                r"(?:RFC \d+|OpenID Connect (?:Core|Discovery)|XML 1\.0|Web Authentication|CTAP2) $",
            )?,
            chapter: pattern(r"(?:docs/cognito/([a-z-]+)\.md|([A-Za-z][a-z-]+)) $")?,
        })
    }

    /// The comments of a file, each with the number of its first line: neighbouring lines are one comment, a line
    /// behind code is one of its own.
    fn comments(&self, text: &str) -> Vec<(usize, String)> {
        let mut comments: Vec<(usize, String)> = Vec::new();
        let mut goes_on = false;
        for (number, line) in (1..).zip(text.lines()) {
            let whole = self.whole_line.find(line);
            if let Some(marker) = whole.or_else(|| self.behind_code.find(line)) {
                let words = line.get(marker.end()..).unwrap_or_default().trim();
                match comments.last_mut().filter(|_| goes_on && whole.is_some()) {
                    Some((_, comment)) => *comment = format!("{comment} {words}"),
                    None => comments.push((number, words.to_owned())),
                }
            }
            goes_on = whole.is_some();
        }
        comments
    }

    /// The sources of all sections that a comment cites.
    fn citations(&self, comment: &str) -> Vec<Source> {
        let mut citations = Vec::new();
        let mut source = None;
        for section in self.section.captures_iter(comment) {
            let (Some(sign), Some(number)) = (section.get(0), section.get(1)) else { continue };
            let named = self.source(comment.get(..sign.start()).unwrap_or_default());
            source = named.or(source);
            citations.push(self.checked(source.as_deref(), number.as_str()));
        }
        citations
    }

    /// The chapter or standard that a text ends with.
    fn source(&self, text: &str) -> Option<String> {
        if let Some(standard) = self.standard.find(text) {
            return Some(standard.as_str().trim_end().to_owned());
        }
        let chapter = self.chapter.captures(text)?;
        // It has a capital letter where a sentence begins with it.
        let name = chapter.get(1).or(chapter.get(2))?.as_str().to_lowercase();
        // A path says that it is meant to be one.
        (chapter.get(1).is_some() || self.chapters.contains_key(&name)).then_some(name)
    }

    fn checked(&self, source: Option<&str>, number: &str) -> Source {
        let source = source.ok_or_else(|| format!("no chapter is named before section {number}"))?;
        match self.chapters.get(source) {
            Some(sections) if sections.contains(number) => Ok(source.to_owned()),
            None if self.standard.is_match(&format!("{source} ")) => Ok(source.to_owned()),
            _ => Err(format!("{SPECIFICATION}/{source}.md has no section {number}")),
        }
    }
}

fn pattern(text: &str) -> Result<Regex> {
    Regex::new(text).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader() -> Reader {
        let sections = |numbers: &[&str]| numbers.iter().map(|n| (*n).to_owned()).collect();
        let chapters = [("authentication", ["8", "8.3"]), ("tokens", ["9", "9.2"])];
        Reader::new(chapters.map(|(name, numbers)| (name.to_owned(), sections(&numbers))).into()).unwrap()
    }

    /// The sources in a comment, in which `@` stands for the section sign: this file is checked, too.
    fn sources(comment: &str) -> Vec<Source> {
        reader().citations(&comment.replace('@', "§"))
    }

    fn all(source: &str, count: usize) -> Vec<Source> {
        vec![Ok(source.to_owned()); count]
    }

    #[test]
    fn chapters_are_named_by_name_or_path() {
        for comment in [
            "(authentication @8.3, recorded)",
            "Authentication @8: at the beginning of a sentence",
            "As docs/cognito/authentication.md @8.3 has it.",
            "(docs/decisions/0025; authentication @8)",
        ] {
            assert_eq!(sources(comment), all("authentication", 1), "{comment}");
        }
    }

    #[test]
    fn what_follows_is_of_the_source_named_last() {
        for comment in
            ["tokens @9, @9.2", "(tokens @9 to @9.2)", "tokens @9–@9.2", "tokens @9: one; two (@9.2)"]
        {
            assert_eq!(sources(comment), all("tokens", 2), "{comment}");
        }
        let both = [all("tokens", 2), all("authentication", 1)].concat();
        assert_eq!(sources("(tokens @9, @9.2, authentication @8)"), both);
        assert_eq!(
            sources("RFC 8725 @3.1, @3.2"),
            all("RFC 8725", 2),
            "whatever sections other standards have"
        );
        assert_eq!(sources("(Web Authentication @6.1.3)"), all("Web Authentication", 1));
    }

    #[test]
    fn a_section_of_nothing_is_refused() {
        for comment in ["(@8, recorded)", "@8", "auth @8", "of @8; tokens"] {
            assert_eq!(
                sources(comment),
                [Err("no chapter is named before section 8".to_owned())],
                "{comment}"
            );
        }
    }

    #[test]
    fn a_section_that_is_not_there_is_refused() {
        let missing = Err("docs/cognito/tokens.md has no section 8.3".to_owned());
        assert_eq!(sources("tokens @8.3"), std::slice::from_ref(&missing));
        assert_eq!(sources("tokens @9, @8.3"), [all("tokens", 1), vec![missing]].concat());
        let other = Err("docs/cognito/other.md has no section 8".to_owned());
        assert_eq!(sources("docs/cognito/other.md @8"), [other]);
    }

    #[test]
    fn lines_of_one_comment_are_read_together() {
        let code = "//! One (authentication\n//! two)\nlet x = 1; // three\n// four\n# five\n\n  /// six\nlet url = \"http://a/b\";";
        let expected = [(1, "One (authentication two)"), (3, "three"), (4, "four five"), (7, "six")];
        assert_eq!(reader().comments(code), expected.map(|(line, text)| (line, text.to_owned())));
    }

    #[test]
    fn the_specification_has_chapters_with_sections() {
        let chapters = chapters().unwrap();
        assert!(chapters.len() > 9 && chapters.values().all(|sections| sections.len() > 5));
        assert!(chapters["authentication"].contains("12.3") && !chapters.contains_key("README"));
    }
}
