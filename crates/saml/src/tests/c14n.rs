//! Exclusive canonicalization: the rules of the recommendation one by one, and another program's answers.

use std::io::Write as _;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use roxmltree::{Document, Node};

use crate::c14n::{Method, canonicalize};
use crate::names::{EXCLUSIVE, EXCLUSIVE_WITH_COMMENTS};

fn canonical(xml: &str, method: Method<'_>) -> String {
    let document = Document::parse(xml).unwrap();
    String::from_utf8(canonicalize(document.root_element(), method).unwrap()).unwrap()
}

fn element<'a>(document: &'a Document<'a>, name: &str) -> Node<'a, 'a> {
    document.descendants().find(|node| node.tag_name().name() == name).unwrap()
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn each_rule_has_its_example() {
    let plain = Method::default();
    let comments = Method { with_comments: true, ..plain };
    let named = Method { prefixes: &["p", "", "absent", "xml"], ..plain };
    for (xml, method, expected) in [
        // Empty elements have two tags; space in tags is one blank.
        ("<a  b = '1'\n/>", plain, "<a b=\"1\"></a>"),
        ("<a>\n <b />\n</a >", plain, "<a>\n <b></b>\n</a>"),
        // Attributes follow their namespace, then their name; those without a namespace come first.
        (
            "<a z='1' y:a='2' x:b='3' b='4' xmlns:y='urn:1' xmlns:x='urn:2'/>",
            plain,
            "<a xmlns:x=\"urn:2\" xmlns:y=\"urn:1\" b=\"4\" z=\"1\" y:a=\"2\" x:b=\"3\"></a>",
        ),
        // What must be escaped, and what must not.
        (
            "<a b='&lt;&gt;&amp;&quot;&apos;&#9;&#10;&#13;'/>",
            plain,
            "<a b=\"&lt;>&amp;&quot;'&#x9;&#xA;&#xD;\"></a>",
        ),
        ("<a>&lt;&gt;&amp;&quot;&apos;&#9;&#10;&#13;</a>", plain, "<a>&lt;&gt;&amp;\"'\t\n&#xD;</a>"),
        ("<a b=' x\n\ty '/>", plain, "<a b=\" x  y \"></a>"),
        ("<a><![CDATA[<b>&]]></a>", plain, "<a>&lt;b&gt;&amp;</a>"),
        ("<a>&#xe9;é𝄞</a>", plain, "<a>éé𝄞</a>"),
        // Comments go, or stay; instructions stay.
        ("<a>1<!-- 2 -->3<?p  q ?><?r?></a>", plain, "<a>13<?p q ?><?r?></a>"),
        ("<a>1<!-- 2 -->3</a>", comments, "<a>1<!-- 2 -->3</a>"),
        // A namespace is declared where it is used visibly, and not again below.
        (
            "<a xmlns:p='urn:p'><p:b><p:c/></p:b></a>",
            plain,
            "<a><p:b xmlns:p=\"urn:p\"><p:c></p:c></p:b></a>",
        ),
        (
            "<p:a xmlns:p='urn:p'><b><p:c/></b></p:a>",
            plain,
            "<p:a xmlns:p=\"urn:p\"><b><p:c></p:c></b></p:a>",
        ),
        ("<a xmlns:p='urn:p' p:b='1'><c/></a>", plain, "<a xmlns:p=\"urn:p\" p:b=\"1\"><c></c></a>"),
        (
            "<p:a xmlns:p='urn:1'><p:b xmlns:p='urn:2'/><p:b/></p:a>",
            plain,
            "<p:a xmlns:p=\"urn:1\"><p:b xmlns:p=\"urn:2\"></p:b><p:b></p:b></p:a>",
        ),
        (
            "<p:a xmlns:p='urn:1'><p:b xmlns:p='urn:1'/></p:a>",
            plain,
            "<p:a xmlns:p=\"urn:1\"><p:b></p:b></p:a>",
        ),
        // The default namespace likewise, and its absence inside of it.
        ("<a xmlns='urn:1'><b/></a>", plain, "<a xmlns=\"urn:1\"><b></b></a>"),
        ("<a xmlns='urn:1'><b xmlns=''/></a>", plain, "<a xmlns=\"urn:1\"><b xmlns=\"\"></b></a>"),
        ("<a xmlns=''><b xmlns=''/></a>", plain, "<a><b></b></a>"),
        (
            "<p:a xmlns:p='urn:p' xmlns='urn:1'><b><p:c xmlns=''><d/></p:c></b></p:a>",
            plain,
            "<p:a xmlns:p=\"urn:p\"><b xmlns=\"urn:1\"><p:c><d xmlns=\"\"></d></p:c></b></p:a>",
        ),
        // Two prefixes of one namespace stay two.
        (
            "<p:a xmlns:p='urn:1' xmlns:q='urn:1'><q:b p:c='' q:d=''/></p:a>",
            plain,
            "<p:a xmlns:p=\"urn:1\"><q:b xmlns:q=\"urn:1\" p:c=\"\" q:d=\"\"></q:b></p:a>",
        ),
        // `xml` is never declared: the parser does not tell of it.
        (
            "<a xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:lang='de'/>",
            plain,
            "<a xml:lang=\"de\"></a>",
        ),
        ("<a xml:lang='de'><b/></a>", plain, "<a xml:lang=\"de\"><b></b></a>"),
        // What is named is declared as soon as it is in scope.
        ("<a xmlns:p='urn:p' xmlns:q='urn:q'><p:b/></a>", named, "<a xmlns:p=\"urn:p\"><p:b></p:b></a>"),
        ("<q:a xmlns:q='urn:q' xmlns='urn:1'/>", named, "<q:a xmlns=\"urn:1\" xmlns:q=\"urn:q\"></q:a>"),
        (
            "<q:a xmlns:q='urn:q' xmlns='urn:1'><q:b xmlns=''/></q:a>",
            named,
            "<q:a xmlns=\"urn:1\" xmlns:q=\"urn:q\"><q:b xmlns=\"\"></q:b></q:a>",
        ),
        ("<a xmlns:p='a&amp;\"b'/>", named, "<a xmlns:p=\"a&amp;&quot;b\"></a>"),
    ] {
        assert_eq!(canonical(xml, method), expected, "{xml}");
    }
}

#[test]
fn an_element_is_taken_out_of_what_is_around_it() {
    // The recommendation's own example, 2.2: what is around an element does not change its form.
    let inner = "<n1:elem2 xmlns:n1=\"http://example.net\" xml:lang=\"en\"><n3:stuff xmlns:n3=\"ftp://example.org\"></n3:stuff></n1:elem2>";
    for xml in [
        "<n0:pdu xmlns:n0='http://a.example' xmlns:n1='http://example.net' xml:lang='fr' xml:space='retain'>\
         <n1:elem2 xmlns:n1='http://example.net' xml:lang='en'><n3:stuff xmlns:n3='ftp://example.org'/></n1:elem2></n0:pdu>",
        "<n2:pdu xmlns:n1='http://example.net' xmlns:n2='http://foo.example' xmlns:n3='ftp://example.org'>\
         <n1:elem2 xml:lang='en'><n3:stuff/></n1:elem2></n2:pdu>",
    ] {
        let document = Document::parse(xml).unwrap();
        let canonical = canonicalize(element(&document, "elem2"), Method::default()).unwrap();
        assert_eq!(String::from_utf8(canonical).unwrap(), inner);
    }
}

#[test]
fn the_signature_is_left_out_and_nothing_beside_it() {
    let document = Document::parse("<a> <b><s/></b> <s/>tail</a>").unwrap();
    let signature = document.root_element().children().filter(Node::is_element).nth(1).unwrap();
    let method = Method { without: Some(signature.id()), ..Method::default() };
    let canonical = canonicalize(document.root_element(), method).unwrap();
    assert_eq!(String::from_utf8(canonical).unwrap(), "<a> <b><s></s></b> tail</a>");
}

#[test]
fn what_grows_too_much_is_refused() {
    // A long namespace above, used by many elements below.
    let uri = "u".repeat(20_000);
    let xml = format!("<a xmlns:p='{uri}'>{}</a>", "<p:b/>".repeat(1_000));
    let document = Document::parse(&xml).unwrap();
    assert_eq!(canonicalize(document.root_element(), Method::default()), Err(crate::Refusal::TooLong));
}

/// Documents that use all that canonicalization has a rule for.
fn documents() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        Just("x"),
        Just(" \n\t"),
        Just("&lt;&gt;&amp;&quot;"),
        Just("&#13;&#10;&#9;"),
        Just("é𝄞"),
        Just("<![CDATA[<&>]]>"),
        Just("<!-- c -->"),
        Just("<?p  q?>"),
        Just("]]&gt;"),
    ];
    let prefix = prop_oneof![Just(""), Just("p:"), Just("q:")];
    let value = prop_oneof![Just("1"), Just("&lt;&gt;&amp;&apos;"), Just("&#9;&#10;&#13; \n"), Just("é")];
    let attributes = proptest::collection::btree_map((prefix.clone(), "[ab]"), value, 0..4);
    let uri = |unset: bool| {
        if unset {
            prop_oneof![Just("urn:1"), Just("urn:2"), Just("")].boxed()
        } else {
            prop_oneof![Just("urn:3"), Just("urn:4")].boxed()
        }
    };
    let namespaces =
        (proptest::option::of(uri(true)), proptest::option::of(uri(false)), proptest::option::of(uri(false)));
    let opening = (prefix, "[cd]", attributes, namespaces);
    let leaf = text.prop_map(str::to_owned);
    let content = leaf.prop_recursive(5, 40, 5, move |inner| {
        (opening.clone(), proptest::collection::vec(inner, 0..5)).prop_map(
            |((prefix, name, attributes, namespaces), children)| {
                let mut tag = format!("{prefix}{name}");
                for (name, uri) in
                    [("xmlns", namespaces.0), ("xmlns:p", namespaces.1), ("xmlns:q", namespaces.2)]
                {
                    tag.extend(uri.map(|uri| format!(" {name}='{uri}'")));
                }
                // Two attributes with one name in one namespace are not well-formed: `p` and `q` have different letters.
                for ((prefix, name), value) in attributes {
                    let name = if prefix == "q:" { format!("{name}q") } else { name };
                    tag.push_str(&format!(" {prefix}{name}='{value}'"));
                }
                let end = tag.split(' ').next().unwrap_or_default().to_owned();
                format!("<{tag}>{}</{end}>", children.concat())
            },
        )
    });
    content.prop_map(|content| format!("<r xmlns:p='urn:5' xmlns:q='urn:6' p:x='1'>{content}<q:last/></r>"))
}

const METHODS: [Method<'static>; 3] = [
    Method { prefixes: &[], with_comments: false, without: None },
    Method { prefixes: &[], with_comments: true, without: None },
    Method { prefixes: &["p", "q", ""], with_comments: false, without: None },
];

proptest! {
    #[test]
    fn a_canonical_form_is_its_own(xml in documents()) {
        for method in METHODS {
            let once = canonical(&xml, method);
            prop_assert_eq!(&canonical(&once, method), &once);
        }
    }

    #[test]
    fn the_canonical_form_says_the_same(xml in documents()) {
        let method = Method { with_comments: true, ..Method::default() };
        let canonical = canonical(&xml, method);
        let (before, after) = (Document::parse(&xml).unwrap(), Document::parse(&canonical).unwrap());
        prop_assert_eq!(said(&before), said(&after));
    }
}

/// All that a document says, without how it says it.
fn said(document: &Document<'_>) -> Vec<String> {
    let node = |node: Node<'_, '_>| {
        let mut attributes: Vec<_> = node
            .attributes()
            .map(|a| (a.namespace().map(str::to_owned), a.name().to_owned(), a.value().to_owned()))
            .collect();
        attributes.sort();
        {
            let (kind, namespace, name) =
                (node.node_type(), node.tag_name().namespace(), node.tag_name().name());
            let namespace = namespace.filter(|uri| !uri.is_empty());
            format!("{kind:?} {namespace:?} {name} {:?} {:?} {attributes:?}", node.text(), node.pi())
        }
    };
    document.descendants().map(node).collect()
}

/// xmlsec1 signs each document, and so canonicalizes it; its digests have to be ours.
#[test]
fn another_program_gives_the_same() {
    if Command::new("xmlsec1").arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("SKIPPED: xmlsec1 is not installed");
        return;
    }
    let folder = std::env::temp_dir().join(format!("poolhouse-saml-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for method in METHODS {
        // Many in one, for it takes its time to start.
        let parts: String = (0..60).map(|_| documents().new_tree(&mut runner).unwrap().current()).collect();
        let xml = format!("<all xmlns='urn:7' xmlns:q='urn:8'>{parts}<last/></all>");
        assert_eq!(digested_by_xmlsec1(&folder, &xml, method), canonical(&xml, method));
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// What xmlsec1 digests, which it prints when it is asked to.
fn digested_by_xmlsec1(folder: &std::path::Path, xml: &str, method: Method<'_>) -> String {
    let algorithm = if method.with_comments { EXCLUSIVE_WITH_COMMENTS } else { EXCLUSIVE };
    // An empty URI means the document without its comments.
    let uri = if method.with_comments { "#xpointer(/)" } else { "" };
    let prefixes: Vec<_> =
        method.prefixes.iter().map(|prefix| if prefix.is_empty() { "#default" } else { prefix }).collect();
    let signature = format!(
        "<s:Signature xmlns:s='http://www.w3.org/2000/09/xmldsig#'><s:SignedInfo>\
         <s:CanonicalizationMethod Algorithm='{EXCLUSIVE}'/>\
         <s:SignatureMethod Algorithm='http://www.w3.org/2001/04/xmldsig-more#hmac-sha256'/><s:Reference URI='{uri}'><s:Transforms>\
         <s:Transform Algorithm='http://www.w3.org/2000/09/xmldsig#enveloped-signature'/><s:Transform Algorithm='{algorithm}'>\
         <e:InclusiveNamespaces xmlns:e='{EXCLUSIVE}' PrefixList='{}'/></s:Transform></s:Transforms>\
         <s:DigestMethod Algorithm='http://www.w3.org/2001/04/xmlenc#sha256'/><s:DigestValue/></s:Reference></s:SignedInfo>\
         <s:SignatureValue/></s:Signature>",
        prefixes.join(" ")
    );
    let template = folder.join("template.xml");
    let mut file = std::fs::File::create(&template).unwrap();
    file.write_all(xml.replace("<last/>", &format!("<last/>{signature}")).as_bytes()).unwrap();
    let key = folder.join("key");
    std::fs::write(&key, "secret").unwrap();
    let output = Command::new("xmlsec1")
        .args(["--sign", "--store-references", "--print-debug", "--hmackey"])
        .args([
            key.as_os_str(),
            "--output".as_ref(),
            folder.join("signed.xml").as_os_str(),
            template.as_os_str(),
        ])
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let (_, digested) = printed.split_once("== PreDigest data - start buffer:\n").unwrap();
    digested.split_once("\n== PreDigest data - end buffer").unwrap().0.to_owned()
}
