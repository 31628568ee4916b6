//! Elements of a parsed document, as far as they are looked at: downwards only.

use std::collections::HashSet;

use poolhouse_ports::Timestamp;
use roxmltree::{Document, Node, NodeType, ParsingOptions};

use crate::Refusal;

/// Most nodes of a document.
const NODES: u32 = 100_000;

/// Parses a text that [`crate::scan`] has admitted.
pub(crate) fn parse(text: &str) -> Result<Document<'_>, Refusal> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|_| Refusal::Malformed)
}

/// An element. From it lead ways to what it holds, but none to what is around it: whoever is given a verified one cannot read
/// what was not signed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element<'a>(pub(crate) Node<'a, 'a>);

impl<'a> Element<'a> {
    /// The root, which must be of this name.
    pub(crate) fn root(document: &'a Document<'a>, namespace: &str, name: &str) -> Result<Self, Refusal> {
        let root = Self(document.root_element());
        if root.is(namespace, name) { Ok(root) } else { Err(Refusal::Root) }
    }

    pub(crate) fn is(self, namespace: &str, name: &str) -> bool {
        self.0.tag_name().name() == name && self.0.tag_name().namespace() == Some(namespace)
    }

    pub(crate) fn children(self) -> impl Iterator<Item = Self> + use<'a> {
        self.0.children().filter(Node::is_element).map(Self)
    }

    /// All elements below, and this one first.
    pub(crate) fn descendants(self) -> impl Iterator<Item = Self> + use<'a> {
        self.0.descendants().filter(Node::is_element).map(Self)
    }

    pub(crate) fn all<'n>(
        self,
        namespace: &'n str,
        name: &'n str,
    ) -> impl Iterator<Item = Self> + use<'a, 'n> {
        self.children().filter(move |child| child.is(namespace, name))
    }

    /// The child of this name, of which there may be one.
    pub(crate) fn child(self, namespace: &str, name: &str) -> Result<Option<Self>, Refusal> {
        let mut all = self.all(namespace, name);
        match (all.next(), all.next()) {
            (child, None) => Ok(child),
            _ => Err(Refusal::Repeated),
        }
    }

    /// An attribute without a namespace, as all of SAML are.
    pub(crate) fn attribute(self, name: &str) -> Option<&'a str> {
        self.0.attribute(name)
    }

    /// `ID`.
    pub(crate) fn id(self) -> Result<&'a str, Refusal> {
        self.attribute("ID").filter(|id| !id.is_empty()).ok_or(Refusal::MissingId)
    }

    /// An attribute that is a time; SAML's are in UTC (Core, 1.3.3).
    pub(crate) fn time(self, name: &str) -> Result<Option<Timestamp>, Refusal> {
        self.attribute(name).map(|text| Timestamp::from_iso8601(text).ok_or(Refusal::Time)).transpose()
    }

    /// The text of an element that holds nothing else. A text that something divides is refused: which part of it counts is
    /// what readers disagreed about.
    pub(crate) fn text(self) -> Result<&'a str, Refusal> {
        let mut nodes = self.0.children();
        match (nodes.next(), nodes.next()) {
            (None, _) => Ok(""),
            (Some(node), None) if node.node_type() == NodeType::Text => Ok(node.text().unwrap_or_default()),
            _ => Err(Refusal::NotText),
        }
    }

    /// The text of the child of this name.
    pub(crate) fn text_of(self, namespace: &str, name: &str) -> Result<Option<&'a str>, Refusal> {
        self.child(namespace, name)?.map(Self::text).transpose()
    }
}

/// That no two elements have the same ID, whatever the attribute is called that a reader could take for one.
pub(crate) fn ids_are_unique(root: Element<'_>) -> Result<(), Refusal> {
    let mut ids = HashSet::new();
    for element in root.descendants() {
        let of_element: HashSet<&str> = element
            .0
            .attributes()
            .filter(|attribute| matches!(attribute.name(), "ID" | "Id" | "id" | "AssertionID"))
            .map(|attribute| attribute.value())
            .collect();
        if of_element.into_iter().any(|id| !ids.insert(id)) {
            return Err(Refusal::DuplicateId);
        }
    }
    Ok(())
}
