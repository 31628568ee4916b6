//! The look at a document's bytes before it is parsed: what has no business in it, and what would be expensive.
//!
//! The parser's work for an element grows with its attributes and the namespaces in scope; behind these limits it is
//! linear (record 51).

use std::borrow::Cow;

use crate::Refusal;

/// Most open elements. Encrypted responses have about ten.
const DEPTH: usize = 40;
/// Most attributes of an element, namespaces among them.
const ATTRIBUTES: usize = 64;
/// Most namespace declarations of all open elements. The parser compares each with each for every element that declares one.
const NAMESPACES: usize = 32;
/// Longest name in bytes.
const NAME: usize = 256;

/// What is taken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Most bytes.
    pub(crate) bytes: usize,
    /// Whether there may be comments: nobody signs metadata for us.
    pub(crate) comments: bool,
}

/// A document's text as it can be parsed: within the limits, without a mark of its byte order, line ends as XML 1.0 §2.11
/// has them.
pub(crate) fn admit(bytes: &[u8], limits: Limits) -> Result<Cow<'_, str>, Refusal> {
    if bytes.len() > limits.bytes {
        return Err(Refusal::TooLong);
    }
    // XML has no zeros; UTF-16 has many.
    let text =
        std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0')).ok_or(Refusal::Encoding)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    scan(after_declaration(text)?.as_bytes(), limits.comments)?;
    Ok(if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n").into() } else { text.into() })
}

/// The text behind `<?xml …?>`, which may name no other encoding than UTF-8.
fn after_declaration(text: &str) -> Result<&str, Refusal> {
    let Some(declared) = text.strip_prefix("<?xml").filter(|rest| rest.starts_with(char::is_whitespace))
    else {
        return Ok(text);
    };
    let (declaration, rest) = declared.split_once("?>").ok_or(Refusal::Malformed)?;
    if let Some((_, encoding)) = declaration.split_once("encoding") {
        let encoding =
            encoding.trim_start_matches(|c: char| c == '=' || c == '"' || c == '\'' || c.is_whitespace());
        let is_utf8 = encoding.get(..5).is_some_and(|name| name.eq_ignore_ascii_case("utf-8"));
        if !is_utf8 || !encoding.get(5..).is_some_and(|end| end.starts_with(['"', '\''])) {
            return Err(Refusal::Encoding);
        }
    }
    Ok(rest)
}

fn scan(mut rest: &[u8], comments: bool) -> Result<(), Refusal> {
    // The namespace declarations of each open element.
    let mut open = Vec::new();
    let mut in_scope = 0;
    while let Some(at) = rest.iter().position(|byte| *byte == b'<') {
        rest = rest.get(at + 1..).unwrap_or_default();
        let length = match rest.first() {
            Some(b'!') => comment(rest, comments)?,
            Some(b'?') => return Err(Refusal::Instruction),
            Some(b'/') => {
                in_scope -= open.pop().unwrap_or(0);
                0
            }
            _ => {
                let tag = Tag::read(rest)?;
                if !tag.is_empty_element {
                    open.push(tag.namespaces);
                    in_scope += tag.namespaces;
                }
                if open.len() > DEPTH {
                    return Err(Refusal::TooDeep);
                }
                if in_scope > NAMESPACES {
                    return Err(Refusal::TooManyNamespaces);
                }
                tag.length
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    Ok(())
}

/// How long the comment is whose `!` the text begins with.
fn comment(text: &[u8], allowed: bool) -> Result<usize, Refusal> {
    match text {
        [b'!', b'-', b'-', comment @ ..] if allowed => {
            let end = comment.windows(3).position(|end| end == b"-->");
            end.map(|end| end + 6).ok_or(Refusal::Malformed)
        }
        [b'!', b'-', ..] => Err(Refusal::Comment),
        [b'!', b'[', ..] => Err(Refusal::CharacterData),
        _ => Err(Refusal::DocumentType),
    }
}

/// What a tag that opens an element holds.
struct Tag {
    /// Up to its `>`.
    length: usize,
    namespaces: usize,
    is_empty_element: bool,
}

impl Tag {
    /// From the text behind `<`. The parser says whether it is right; here it is enough never to count too little.
    fn read(text: &[u8]) -> Result<Self, Refusal> {
        let (mut attributes, mut namespaces, mut name) = (0, 0, 0);
        let mut quote = None;
        let mut before = b'<';
        for (at, byte) in text.iter().copied().enumerate() {
            match (quote, byte) {
                (_, b'<') => return Err(Refusal::Malformed),
                (Some(open), _) if open == byte => quote = None,
                (Some(_), _) => {}
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'>') => return Ok(Self { length: at, namespaces, is_empty_element: before == b'/' }),
                (None, b'=') => attributes += 1,
                (None, b' ' | b'\t' | b'\r' | b'\n' | b'/') => name = 0,
                (None, _) => {
                    if name == 0 && text.get(at..).is_some_and(|rest| rest.starts_with(b"xmlns")) {
                        namespaces += 1;
                    }
                    name += 1;
                }
            }
            if name > NAME {
                return Err(Refusal::NameTooLong);
            }
            if attributes > ATTRIBUTES {
                return Err(Refusal::TooManyAttributes);
            }
            before = byte;
        }
        Err(Refusal::Malformed)
    }
}
