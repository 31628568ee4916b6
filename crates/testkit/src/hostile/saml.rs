//! What identity providers send, or somebody in their name.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poolhouse_saml::testing::documents;
use poolhouse_saml::{
    Assertion, DecryptionKey, Expected, IdentityProvider, LONGEST_MESSAGE, LONGEST_METADATA, Legacy, Origin,
    Refusal, ServiceProvider,
};

use super::Target;

pub(super) const RESPONSE: Target = Target {
    name: "saml",
    run: response,
    seeds: || documents::ALL.map(|document| document.xml.as_bytes().to_vec()).to_vec(),
    longest: long,
    // As much XML as its base64 has room for.
    most: LONGEST_MESSAGE / 4 * 3,
};

pub(super) const METADATA: Target = Target {
    name: "saml-metadata",
    run: metadata,
    seeds: || vec![documents::METADATA.as_bytes().to_vec()],
    longest: long,
    most: LONGEST_METADATA,
};

struct Bench {
    provider: IdentityProvider,
    sp: ServiceProvider,
    key: DecryptionKey,
    /// What the seeds say.
    genuine: Vec<Assertion>,
}

static BENCH: LazyLock<Bench> = LazyLock::new(|| {
    let mut bench = Bench {
        provider: documents::provider(),
        sp: documents::service_provider(),
        key: documents::decryption_key(),
        genuine: Vec::new(),
    };
    let accepted =
        documents::ALL.map(|document| bench.accept(document.xml.as_bytes(), document.is_encrypted));
    bench.genuine = accepted.into_iter().flatten().collect();
    bench
});

impl Bench {
    fn accept(&self, xml: &[u8], is_encrypted: bool) -> Result<Assertion, Refusal> {
        let expected = Expected {
            provider: &self.provider,
            origin: Origin::Request(documents::REQUEST),
            authenticated_since: None,
            decryption_key: Some(&self.key).filter(|_| is_encrypted),
            // Even so.
            legacy: Legacy { sha1: true, rsa_1_5: true, unsigned_cbc: true },
        };
        self.sp.accept(&STANDARD.encode(xml), documents::now(), &expected)
    }
}

/// A response: what is accepted says what the provider has signed. As any other message it is none.
fn response(input: &[u8]) {
    let bench = &*BENCH;
    assert_eq!(bench.genuine.len(), 7);
    for is_encrypted in [false, true] {
        if let Ok(accepted) = bench.accept(input, is_encrypted) {
            assert!(bench.genuine.contains(&accepted), "{accepted:?}");
        }
    }
    let form = STANDARD.encode(input);
    let request = bench.sp.accept_logout_request(&form, documents::now(), &bench.provider, true);
    assert!(request.is_err(), "{request:?}");
    let _ = bench.sp.accept_logout_response(&form, documents::REQUEST, &bench.provider, true);
}

/// Metadata: what is read can be used.
fn metadata(input: &[u8]) {
    let Ok(provider) = IdentityProvider::from_metadata(input, None, documents::now()) else { return };
    assert!(!provider.certificates.is_empty() && !provider.sign_in.is_empty());
    for endpoint in provider.sign_in.iter().chain(&provider.sign_out) {
        assert!(endpoint.location.starts_with("https://") || endpoint.location.starts_with("http://"));
    }
    let named = IdentityProvider::from_metadata(input, Some(&provider.entity_id), documents::now());
    assert_eq!(named.as_ref(), Ok(&provider));
}

const OPEN: &str =
    "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" Version=\"2.0\" ID=\"_r\">";
const CLOSE: &str = "</samlp:Response>";

/// Shapes that cost a parser or a reader of signatures more than their length.
fn long(length: usize) -> Vec<Vec<u8>> {
    let filled = |open: &str, piece: &str, close: &str| {
        let room = length.saturating_sub(OPEN.len() + open.len() + close.len() + CLOSE.len());
        format!("{OPEN}{open}{}{close}{CLOSE}", piece.repeat(room / piece.len())).into_bytes()
    };
    let numbered = |piece: fn(usize) -> String| {
        let mut text = String::new();
        for piece in (0..).map(piece) {
            if text.len() + piece.len() > length.saturating_sub(OPEN.len() + CLOSE.len()) {
                break;
            }
            text.push_str(&piece);
        }
        format!("{OPEN}{text}{CLOSE}").into_bytes()
    };
    // As much above each element, and as many below, as the scan lets through.
    let declared: String = (0..30).map(|n| format!(" xmlns:a{n}=\"urn:{n}\"")).collect();
    let nested = format!("{}{}", "<b>".repeat(35), "</b>".repeat(35));
    let long_namespace = format!("<a:b xmlns:a=\"{}\">", "u".repeat(length / 2));
    let signed = ["PrefixList=\"", "<s:DigestValue>", "<s:SignatureValue>", "<s:KeyInfo>"].map(|at| {
        let (open, close) = SIGNED.split_once(at).unwrap();
        filled(&format!("{open}{at}"), "a ", close)
    });
    let mut shapes = vec![
        filled("", "<a>", ""),
        filled("", "<a/>", ""),
        filled("", "<", ""),
        filled("", "&amp;", ""),
        filled("", "&a;", ""),
        filled("", "\r", ""),
        filled("<a b=\"", "&#9;", "\"/>"),
        filled("", &nested, ""),
        filled(&format!("<a{declared}>"), "<b xmlns:c=\"d\"/>", "</a>"),
        filled(&format!("<a{declared}>"), "<a29:b a28:c=\"\" a27:c=\"\"/>", "</a>"),
        filled("", &format!("<a{}/>", (0..60).map(|n| format!(" b{n}=\"\"")).collect::<String>()), ""),
        filled("<a ", "b", "=\"\"/>"),
        filled("<!--", "-", "-->"),
        filled("", "<!-- -->", ""),
        filled("", "<s:Signature xmlns:s=\"http://www.w3.org/2000/09/xmldsig#\"/>", ""),
        filled("", "<a:Assertion xmlns:a=\"urn:oasis:names:tc:SAML:2.0:assertion\"/>", ""),
        filled(&long_namespace, "<a:c/>", "</a:b>"),
        numbered(|n| format!("<a ID=\"{n}\"/>")),
        numbered(|n| format!("<a xmlns:b{n}=\"{n}\"/>")),
        numbered(|n| format!("<a{n}/>")),
    ];
    shapes.extend(signed);
    shapes
}

/// What is looked at before a key has spoken.
const SIGNED: &str = r##"<s:Signature xmlns:s="http://www.w3.org/2000/09/xmldsig#"><s:SignedInfo>
<s:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"><e:InclusiveNamespaces
xmlns:e="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList=""/></s:CanonicalizationMethod>
<s:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><s:Reference URI="#_r"><s:Transforms>
<s:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>
<s:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></s:Transforms>
<s:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><s:DigestValue></s:DigestValue></s:Reference></s:SignedInfo>
<s:SignatureValue></s:SignatureValue><s:KeyInfo></s:KeyInfo></s:Signature><samlp:Status>
<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>
<a:Assertion xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion"/>"##;
