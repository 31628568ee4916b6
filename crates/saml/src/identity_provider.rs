//! An identity provider, as its metadata describe it.

use poolhouse_ports::Timestamp;
use roxmltree::Document;

use crate::element::{Element, parse};
use crate::names::{HTTP_POST, HTTP_REDIRECT, METADATA, PROTOCOL, SIGNATURE};
use crate::scan::{Limits, admit};
use crate::{Certificate, Refusal};

/// Longest metadata in bytes. A provider's are some 10 KB, those of a federation more than this.
pub const LONGEST_METADATA: usize = 1024 * 1024;

/// How a message travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// In the query of a URL.
    Redirect,
    /// In a form.
    Post,
}

/// Where a provider takes a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// How.
    pub binding: Binding,
    /// Where.
    pub location: String,
    /// Where answers go, if elsewhere.
    pub response_location: Option<String>,
}

/// An identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityProvider {
    /// Its name.
    pub entity_id: String,
    /// What it signs with: any of these.
    pub certificates: Vec<Certificate>,
    /// Where users are sent to sign in.
    pub sign_in: Vec<Endpoint>,
    /// Where they are sent to sign out; may be empty.
    pub sign_out: Vec<Endpoint>,
    /// Whether it takes signed requests alone.
    pub wants_signed_requests: bool,
    /// Until when the metadata may be used.
    pub valid_until: Option<Timestamp>,
}

impl IdentityProvider {
    /// From metadata: the one provider in them, or that of this entity id.
    ///
    /// A signature of metadata is not looked at: they are as good as the place they were fetched from.
    ///
    /// # Errors
    /// Of [`Refusal`] those about the form of a document, and those about metadata.
    pub fn from_metadata(metadata: &[u8], entity_id: Option<&str>, now: Timestamp) -> Result<Self, Refusal> {
        let text = admit(metadata, Limits { bytes: LONGEST_METADATA, comments: true })?;
        let document: Document<'_> = parse(&text)?;
        let root = Element(document.root_element());
        if !root.is(METADATA, "EntityDescriptor") && !root.is(METADATA, "EntitiesDescriptor") {
            return Err(Refusal::Root);
        }
        let mut providers = Vec::new();
        collect(root, None, &mut providers)?;
        providers.retain(|described| {
            entity_id.is_none_or(|id| described.entity.attribute("entityID") == Some(id))
        });
        match &providers[..] {
            [] => Err(Refusal::NoProvider),
            [described] if described.valid_until.is_some_and(|until| until <= now) => {
                Err(Refusal::MetadataExpired)
            }
            [described] => described.read(),
            _ => Err(Refusal::SeveralProviders),
        }
    }

    /// Where a message goes: by redirect where that is possible.
    pub(crate) fn endpoint(endpoints: &[Endpoint]) -> Result<&Endpoint, Refusal> {
        let redirect = endpoints.iter().find(|endpoint| endpoint.binding == Binding::Redirect);
        redirect.or(endpoints.first()).ok_or(Refusal::NoEndpoint)
    }
}

/// An identity provider among those described.
struct Described<'a> {
    entity: Element<'a>,
    role: Element<'a>,
    valid_until: Option<Timestamp>,
}

/// The providers of an entity, or of all in it, each with the earliest end of what it stands in.
fn collect<'a>(
    element: Element<'a>,
    outer: Option<Timestamp>,
    providers: &mut Vec<Described<'a>>,
) -> Result<(), Refusal> {
    let earlier =
        |other: Option<Timestamp>, until: Option<Timestamp>| [other, until].into_iter().flatten().min();
    let valid_until = earlier(outer, element.time("validUntil")?);
    if element.is(METADATA, "EntitiesDescriptor") {
        let is_entity = |child: &Element<'_>| {
            child.is(METADATA, "EntitiesDescriptor") || child.is(METADATA, "EntityDescriptor")
        };
        return element
            .children()
            .filter(is_entity)
            .try_for_each(|child| collect(child, valid_until, providers));
    }
    for role in element.all(METADATA, "IDPSSODescriptor") {
        let protocols = role.attribute("protocolSupportEnumeration").unwrap_or_default();
        if protocols.split_ascii_whitespace().any(|protocol| protocol == PROTOCOL) {
            let valid_until = earlier(valid_until, role.time("validUntil")?);
            providers.push(Described { entity: element, role, valid_until });
        }
    }
    Ok(())
}

impl Described<'_> {
    fn read(&self) -> Result<IdentityProvider, Refusal> {
        let entity_id =
            self.entity.attribute("entityID").filter(|id| !id.is_empty()).ok_or(Refusal::NoProvider)?;
        let sign_in = endpoints(self.role, "SingleSignOnService")?;
        if sign_in.is_empty() {
            return Err(Refusal::NoEndpoint);
        }
        Ok(IdentityProvider {
            entity_id: entity_id.to_owned(),
            certificates: certificates(self.role)?,
            sign_in,
            sign_out: endpoints(self.role, "SingleLogoutService")?,
            wants_signed_requests: matches!(
                self.role.attribute("WantAuthnRequestsSigned"),
                Some("true" | "1")
            ),
            valid_until: self.valid_until,
        })
    }
}

/// The certificates to sign with. Of a chain it is the first: whoever has issued it signs no messages.
fn certificates(role: Element<'_>) -> Result<Vec<Certificate>, Refusal> {
    let mut certificates = Vec::new();
    let signs = |key: &Element<'_>| matches!(key.attribute("use"), None | Some("signing"));
    for key in role.all(METADATA, "KeyDescriptor").filter(signs) {
        for info in key.all(SIGNATURE, "KeyInfo") {
            for data in info.all(SIGNATURE, "X509Data") {
                if let Some(certificate) = data.all(SIGNATURE, "X509Certificate").next() {
                    certificates.push(Certificate::from_base64(certificate.text()?)?);
                }
            }
        }
    }
    if certificates.is_empty() { Err(Refusal::NoCertificate) } else { Ok(certificates) }
}

fn endpoints(role: Element<'_>, name: &str) -> Result<Vec<Endpoint>, Refusal> {
    let mut endpoints = Vec::new();
    for service in role.all(METADATA, name) {
        let binding = match service.attribute("Binding") {
            Some(HTTP_REDIRECT) => Binding::Redirect,
            Some(HTTP_POST) => Binding::Post,
            _ => continue,
        };
        let location = url(service.attribute("Location").unwrap_or_default())?;
        let response_location = service.attribute("ResponseLocation").map(url).transpose()?;
        endpoints.push(Endpoint { binding, location, response_location });
    }
    Ok(endpoints)
}

/// A URL to which a browser may be sent. What it names is the provider's; that it is no script is ours to see.
fn url(text: &str) -> Result<String, Refusal> {
    let rest = text.strip_prefix("https://").or(text.strip_prefix("http://")).ok_or(Refusal::Endpoint)?;
    let is_written =
        rest.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\'));
    let has_host = rest.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'[');
    if is_written && has_host && !rest.contains('#') { Ok(text.to_owned()) } else { Err(Refusal::Endpoint) }
}
