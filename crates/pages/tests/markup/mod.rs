//! As much of HTML as our templates use, read strictly: what a browser would have to guess is an error here.

/// A tag that opens an element.
#[derive(Debug, PartialEq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    /// The text directly after the tag.
    pub(crate) text: String,
}

/// Elements that have no end.
const VOID: [&str; 6] = ["meta", "link", "input", "img", "source", "path"];

impl Element {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The elements of a document in order, or where it is not well formed.
pub(crate) fn parse(html: &str) -> Result<Vec<Element>, String> {
    let mut rest = html.strip_prefix("<!DOCTYPE html>").ok_or("no document type")?;
    let (mut elements, mut open): (Vec<Element>, Vec<String>) = (Vec::new(), Vec::new());
    while let Some((text, tag)) = rest.split_once('<') {
        if text.contains('>') {
            return Err(format!("a bracket in text: {text:?}"));
        }
        let (tag, after) = end_of(tag)?;
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop().as_deref() != Some(name) {
                return Err(format!("</{name}> ends nothing"));
            }
            continue;
        }
        let mut element = element(tag.trim_end_matches('/'))?;
        element.text = rest.split('<').next().unwrap_or_default().to_owned();
        if !VOID.contains(&element.name.as_str()) {
            open.push(element.name.clone());
        }
        elements.push(element);
    }
    if open.is_empty() { Ok(elements) } else { Err(format!("left open: {open:?}")) }
}

/// The inside of a tag and what follows it; a bracket within a value ends nothing.
fn end_of(text: &str) -> Result<(&str, &str), String> {
    let mut quoted = false;
    for (index, character) in text.char_indices() {
        match character {
            '"' => quoted = !quoted,
            '>' if !quoted => return Ok((&text[..index], &text[index + 1..])),
            _ => {}
        }
    }
    Err(format!("a tag without an end: {text:.60}"))
}

fn element(tag: &str) -> Result<Element, String> {
    let (name, mut rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    let mut attributes: Vec<(String, String)> = Vec::new();
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(format!("no name of an element: {name:?}"));
    }
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Ok(Element { name: name.to_owned(), attributes, text: String::new() });
        }
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let attribute = rest[..end].to_owned();
        if !attribute.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-') {
            return Err(format!("no name of an attribute: {attribute:?} in <{tag}>"));
        }
        if attributes.iter().any(|(known, _)| *known == attribute) {
            return Err(format!("{attribute} stands twice in <{tag}>"));
        }
        let mut value = "";
        rest = &rest[end..];
        if let Some(quoted) = rest.strip_prefix('=') {
            let quoted = quoted.strip_prefix('"').ok_or_else(|| format!("an unquoted value in <{tag}>"))?;
            (value, rest) = quoted.split_once('"').ok_or_else(|| format!("an open value in <{tag}>"))?;
            if value.contains('<') {
                return Err(format!("a bracket in a value: <{tag}>"));
            }
        }
        attributes.push((attribute, value.to_owned()));
    }
}
