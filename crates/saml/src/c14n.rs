//! Exclusive XML Canonicalization 1.0 (W3C, 18 July 2002) of an element and what it holds.

use roxmltree::{Attribute, Node, NodeId, NodeType};

use crate::Refusal;

/// Longest result in bytes. A namespace that is declared once may have to be written for each of many elements.
const LONGEST: usize = 1024 * 1024;

/// How an element is canonicalized.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Method<'a> {
    /// Prefixes that are treated as inclusive canonicalization does; `""` is the default namespace.
    pub(crate) prefixes: &'a [&'a str],
    pub(crate) with_comments: bool,
    /// What is left out: the signature, by the transform that does this.
    pub(crate) without: Option<NodeId>,
}

/// The canonical form.
pub(crate) fn canonicalize(element: Node<'_, '_>, method: Method<'_>) -> Result<Vec<u8>, Refusal> {
    let mut writer = Writer { method, out: Vec::new(), rendered: Vec::new() };
    writer.element(element)?;
    Ok(writer.out)
}

struct Writer<'a> {
    method: Method<'a>,
    out: Vec<u8>,
    /// The namespaces that the open elements of the result declare: prefix and URI, inner ones last.
    rendered: Vec<(&'a str, &'a str)>,
}

impl<'a> Writer<'a> {
    fn element(&mut self, element: Node<'a, 'a>) -> Result<(), Refusal> {
        let outer = self.rendered.len();
        let name = qualified(element);
        self.write(&["<", name]);
        self.namespaces(element, name);
        let mut attributes: Vec<_> = element.attributes().collect();
        attributes.sort_by_key(|attribute| (attribute.namespace().unwrap_or_default(), attribute.name()));
        for attribute in attributes {
            self.write(&[" ", attribute_name(element, &attribute), "=\""]);
            self.escaped(attribute.value(), in_attribute);
            self.write(&["\""]);
        }
        self.write(&[">"]);
        let without = self.method.without;
        for child in element.children().filter(|child| Some(child.id()) != without) {
            match child.node_type() {
                NodeType::Element => self.element(child)?,
                NodeType::Text => self.escaped(child.text().unwrap_or_default(), in_text),
                NodeType::Comment if self.method.with_comments => {
                    self.write(&["<!--", child.text().unwrap_or_default(), "-->"]);
                }
                NodeType::PI => self.instruction(child),
                NodeType::Comment | NodeType::Root => {}
            }
        }
        self.write(&["</", name, ">"]);
        self.rendered.truncate(outer);
        if self.out.len() > LONGEST { Err(Refusal::TooLong) } else { Ok(()) }
    }

    /// Declares what the element uses visibly and what the method names, unless an outer element of the result has
    /// declared the same.
    fn namespaces(&mut self, element: Node<'a, 'a>, name: &'a str) {
        let mut prefixes: Vec<&str> = self.method.prefixes.to_vec();
        prefixes.push(prefix(name).unwrap_or_default());
        prefixes.extend(element.attributes().filter_map(|a| prefix(attribute_name(element, &a))));
        prefixes.sort_unstable();
        prefixes.dedup();
        for prefix in prefixes {
            let named = Some(prefix).filter(|prefix| !prefix.is_empty());
            let uri = element.lookup_namespace_uri(named).unwrap_or_default();
            let outer =
                self.rendered.iter().rev().find(|(outer, _)| *outer == prefix).map_or("", |(_, uri)| *uri);
            // A prefix that is not in scope was only named; the absent default namespace is the empty one.
            if uri == outer || (uri.is_empty() && named.is_some()) {
                continue;
            }
            self.write(&[" xmlns", if named.is_some() { ":" } else { "" }, prefix, "=\""]);
            self.escaped(uri, in_attribute);
            self.write(&["\""]);
            self.rendered.push((prefix, uri));
        }
    }

    fn instruction(&mut self, node: Node<'a, 'a>) {
        let Some(instruction) = node.pi() else { return };
        self.write(&["<?", instruction.target]);
        if let Some(value) = instruction.value {
            self.write(&[" ", value]);
        }
        self.write(&["?>"]);
    }

    fn write(&mut self, parts: &[&str]) {
        for part in parts {
            self.out.extend_from_slice(part.as_bytes());
        }
    }

    fn escaped(&mut self, text: &str, escape: fn(u8) -> Option<&'static str>) {
        for byte in text.bytes() {
            match escape(byte) {
                Some(escaped) => self.out.extend_from_slice(escaped.as_bytes()),
                None => self.out.push(byte),
            }
        }
    }
}

fn in_text(byte: u8) -> Option<&'static str> {
    match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'\r' => Some("&#xD;"),
        _ => None,
    }
}

fn in_attribute(byte: u8) -> Option<&'static str> {
    match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'"' => Some("&quot;"),
        b'\t' => Some("&#x9;"),
        b'\n' => Some("&#xA;"),
        b'\r' => Some("&#xD;"),
        _ => None,
    }
}

/// The name as it is written: two prefixes may stand for one namespace, and the parser keeps the namespace alone.
fn qualified<'a>(element: Node<'a, 'a>) -> &'a str {
    let text = element.document().input_text().get(element.range().start + 1..).unwrap_or_default();
    text.split(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>').next().unwrap_or_default()
}

fn attribute_name<'a>(element: Node<'a, 'a>, attribute: &Attribute<'a, 'a>) -> &'a str {
    element.document().input_text().get(attribute.range_qname()).unwrap_or_default()
}

fn prefix(name: &str) -> Option<&str> {
    name.split_once(':').map(|(prefix, _)| prefix)
}
