//! XML Signature, the one form of it that is taken: enveloped, over the element it stands in and all of it.
//!
//! Nothing is looked up by an ID. The signature is found where it must stand, and refers to nothing but that place; so what
//! is verified is the element that was asked about, and not another one that a name leads to.

use aws_lc_rs::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey,
    VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::c14n::{Method, canonicalize};
use crate::certificate::KeyKind;
use crate::element::{Element, parse};
use crate::key::{KeyError, SigningKey};
use crate::names::{
    ECDSA_SHA256, ECDSA_SHA384, ENVELOPED, EXCLUSIVE, EXCLUSIVE_WITH_COMMENTS, RSA_SHA1, RSA_SHA256,
    RSA_SHA384, RSA_SHA512, SHA1, SHA256 as SHA256_NAME, SHA384 as SHA384_NAME, SHA512 as SHA512_NAME,
    SIGNATURE,
};
use crate::{Certificate, Refusal, base64_text};

/// Most prefixes that are named as inclusive. Each is looked for at each element, and before a key has spoken.
const PREFIXES: usize = 32;

/// An element that was found signed by a key of the provider. There is no other way to make one, and no assertion is read but
/// from one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Verified<'a>(Element<'a>);

impl<'a> Verified<'a> {
    pub(crate) fn element(self) -> Element<'a> {
        self.0
    }

    /// What stands in this element, or was decrypted from what stands in it.
    pub(crate) fn vouching_for(self, content: Element<'_>) -> Verified<'_> {
        Verified(content)
    }
}

/// Looks for signatures elsewhere than directly in one of these elements.
pub(crate) fn none_elsewhere(root: Element<'_>, places: &[Element<'_>]) -> Result<(), Refusal> {
    let all = root.descendants().filter(|element| element.is(SIGNATURE, "Signature")).count();
    let placed: usize = places.iter().map(|place| place.all(SIGNATURE, "Signature").count()).sum();
    if all == placed { Ok(()) } else { Err(Refusal::MisplacedSignature) }
}

/// Verifies the signature in an element over this element. None: there is none.
///
/// The key speaks first: nothing is canonicalized but the few elements of SignedInfo before a signature by one of these keys
/// was found over them.
pub(crate) fn verify<'a>(
    signed: Element<'a>,
    keys: &[Certificate],
    sha1: bool,
) -> Result<Option<Verified<'a>>, Refusal> {
    let mut signatures = signed.all(SIGNATURE, "Signature");
    let Some(signature) = signatures.next() else { return Ok(None) };
    if signatures.next().is_some() {
        return Err(Refusal::SeveralSignatures);
    }
    let [info, value, key_info @ ..] = &signature.children().take(4).collect::<Vec<_>>()[..] else {
        return Err(Refusal::SignatureShape);
    };
    let is_key_info = matches!(key_info, [] | [_]) && key_info.iter().all(|e| e.is(SIGNATURE, "KeyInfo"));
    if !info.is(SIGNATURE, "SignedInfo") || !value.is(SIGNATURE, "SignatureValue") || !is_key_info {
        return Err(Refusal::SignatureShape);
    }
    let info = SignedInfo::read(*info, signed.id()?, sha1)?;
    let canonical = canonicalize(info.element.0, info.canonicalization.method())?;
    let value = base64_text(value.text()?).ok_or(Refusal::Signature)?;
    let is_key = |key: &&Certificate| {
        key.kind == info.key_kind
            && UnparsedPublicKey::new(info.algorithm, &key.public_key).verify(&canonical, &value).is_ok()
    };
    keys.iter().find(is_key).ok_or(Refusal::Signature)?;
    let content = Method { without: Some(signature.0.id()), ..info.content.method() };
    let digest = digest::digest(info.digest, &canonicalize(signed.0, content)?);
    if digest.as_ref() == info.digest_value { Ok(Some(Verified(signed))) } else { Err(Refusal::Digest) }
}

/// What a signature says of itself, every word of it known.
struct SignedInfo<'a> {
    element: Element<'a>,
    canonicalization: Exclusive<'a>,
    key_kind: KeyKind,
    algorithm: &'static dyn VerificationAlgorithm,
    /// How the signed element is canonicalized.
    content: Exclusive<'a>,
    digest: &'static digest::Algorithm,
    digest_value: Vec<u8>,
}

impl<'a> SignedInfo<'a> {
    fn read(element: Element<'a>, id: &str, sha1: bool) -> Result<Self, Refusal> {
        let [canonicalization, method, references @ ..] = &element.children().take(4).collect::<Vec<_>>()[..]
        else {
            return Err(Refusal::SignatureShape);
        };
        let [reference] = references else { return Err(Refusal::SeveralReferences) };
        let canonicalization = named(*canonicalization, "CanonicalizationMethod")?;
        let method = named(*method, "SignatureMethod")?;
        let reference = named(*reference, "Reference")?;
        if reference.attribute("URI").and_then(|uri| uri.strip_prefix('#')) != Some(id) {
            return Err(Refusal::ForeignReference);
        }
        let [transforms, digest, digest_value] = &reference.children().take(4).collect::<Vec<_>>()[..] else {
            return Err(Refusal::SignatureShape);
        };
        let (key_kind, algorithm) = signature_algorithm(method, sha1)?;
        Ok(Self {
            element,
            canonicalization: Exclusive::read(canonicalization).ok_or(Refusal::Canonicalization)?,
            key_kind,
            algorithm,
            content: content(named(*transforms, "Transforms")?)?,
            digest: digest_algorithm(named(*digest, "DigestMethod")?, sha1)?,
            digest_value: base64_text(named(*digest_value, "DigestValue")?.text()?).ok_or(Refusal::Digest)?,
        })
    }
}

fn named<'a>(element: Element<'a>, name: &str) -> Result<Element<'a>, Refusal> {
    if element.is(SIGNATURE, name) { Ok(element) } else { Err(Refusal::SignatureShape) }
}

/// The two transforms, in the only order that makes sense.
fn content(transforms: Element<'_>) -> Result<Exclusive<'_>, Refusal> {
    let [enveloped, exclusive] = &transforms.children().take(3).collect::<Vec<_>>()[..] else {
        return Err(Refusal::Transform);
    };
    let is_transform = |element: Element<'_>| element.is(SIGNATURE, "Transform");
    let is_enveloped =
        enveloped.attribute("Algorithm") == Some(ENVELOPED) && enveloped.children().next().is_none();
    if !is_transform(*enveloped) || !is_enveloped || !is_transform(*exclusive) {
        return Err(Refusal::Transform);
    }
    Exclusive::read(*exclusive).ok_or(Refusal::Transform)
}

/// Exclusive canonicalization with its parameters.
struct Exclusive<'a> {
    prefixes: Vec<&'a str>,
    with_comments: bool,
}

impl<'a> Exclusive<'a> {
    /// From a method or transform; none if it is another one, or has other parameters.
    fn read(element: Element<'a>) -> Option<Self> {
        let with_comments = match element.attribute("Algorithm")? {
            EXCLUSIVE => false,
            EXCLUSIVE_WITH_COMMENTS => true,
            _ => return None,
        };
        let prefixes = match &element.children().take(2).collect::<Vec<_>>()[..] {
            [] => "",
            [inclusive] if inclusive.is(EXCLUSIVE, "InclusiveNamespaces") => {
                inclusive.attribute("PrefixList").unwrap_or_default()
            }
            _ => return None,
        };
        let named = prefixes.split_ascii_whitespace().take(PREFIXES + 1);
        let prefixes: Vec<_> = named.map(|prefix| if prefix == "#default" { "" } else { prefix }).collect();
        (prefixes.len() <= PREFIXES).then_some(Self { prefixes, with_comments })
    }

    fn method(&self) -> Method<'_> {
        Method { prefixes: &self.prefixes, with_comments: self.with_comments, without: None }
    }
}

fn signature_algorithm(
    method: Element<'_>,
    sha1: bool,
) -> Result<(KeyKind, &'static dyn VerificationAlgorithm), Refusal> {
    if method.children().next().is_some() {
        return Err(Refusal::SignatureShape);
    }
    Ok(match method.attribute("Algorithm").unwrap_or_default() {
        RSA_SHA256 => (KeyKind::Rsa, &RSA_PKCS1_2048_8192_SHA256),
        RSA_SHA384 => (KeyKind::Rsa, &RSA_PKCS1_2048_8192_SHA384),
        RSA_SHA512 => (KeyKind::Rsa, &RSA_PKCS1_2048_8192_SHA512),
        ECDSA_SHA256 => (KeyKind::P256, &ECDSA_P256_SHA256_FIXED),
        ECDSA_SHA384 => (KeyKind::P384, &ECDSA_P384_SHA384_FIXED),
        RSA_SHA1 if sha1 => (KeyKind::Rsa, &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY),
        RSA_SHA1 => return Err(Refusal::Sha1),
        _ => return Err(Refusal::SignatureAlgorithm),
    })
}

fn digest_algorithm(method: Element<'_>, sha1: bool) -> Result<&'static digest::Algorithm, Refusal> {
    Ok(match method.attribute("Algorithm").unwrap_or_default() {
        SHA256_NAME => &SHA256,
        SHA384_NAME => &SHA384,
        SHA512_NAME => &SHA512,
        SHA1 if sha1 => &SHA1_FOR_LEGACY_USE_ONLY,
        SHA1 => return Err(Refusal::Sha1),
        _ => return Err(Refusal::DigestAlgorithm),
    })
}

/// The signature element for a message of ours, whose text is without it so far.
pub(crate) fn sign(message: &str, id: &str, key: &SigningKey) -> Result<String, KeyError> {
    let digest = STANDARD.encode(digest::digest(&SHA256, &canonical(message)?));
    let info = format!(
        "<ds:SignedInfo xmlns:ds=\"{SIGNATURE}\"><ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"/>\
         <ds:SignatureMethod Algorithm=\"{RSA_SHA256}\"/><ds:Reference URI=\"#{id}\"><ds:Transforms>\
         <ds:Transform Algorithm=\"{ENVELOPED}\"/><ds:Transform Algorithm=\"{EXCLUSIVE}\"/></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"{SHA256_NAME}\"/><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>\
         </ds:SignedInfo>"
    );
    let value = STANDARD.encode(key.sign(&canonical(&info)?)?);
    Ok(format!(
        "<ds:Signature xmlns:ds=\"{SIGNATURE}\">{info}<ds:SignatureValue>{value}</ds:SignatureValue></ds:Signature>"
    ))
}

/// The canonical form of a text of ours. It is well-formed, and no longer than a message; so what fails is memory.
fn canonical(text: &str) -> Result<Vec<u8>, KeyError> {
    let document = parse(text).map_err(|_| KeyError::Failed)?;
    canonicalize(document.root_element(), Method::default()).map_err(|_| KeyError::Failed)
}
