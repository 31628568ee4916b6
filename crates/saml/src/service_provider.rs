//! The service provider that we are, and how it describes itself.

use poolhouse_ports::Timestamp;

use crate::names::{ASSERTION, HTTP_POST, METADATA, PROTOCOL, SIGNATURE};
use crate::{Certificate, escape};

/// A service provider. What it sends and accepts is told in the files of these matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceProvider {
    /// Its name, which is the audience of assertions.
    pub entity_id: String,
    /// Where assertions are posted.
    pub acs_url: String,
    /// Where messages about signing out are posted.
    pub slo_url: String,
}

impl ServiceProvider {
    /// Its metadata, for providers that read such. Requests to sign out are signed in any case, those to sign in only if
    /// `signs_requests`.
    #[must_use]
    pub fn metadata(
        &self,
        signing: &[Certificate],
        encryption: &[Certificate],
        signs_requests: bool,
    ) -> String {
        let keys = |certificates: &[Certificate], purpose: &str| {
            let key = |certificate: &Certificate| {
                format!(
                    "<md:KeyDescriptor use=\"{purpose}\"><ds:KeyInfo xmlns:ds=\"{SIGNATURE}\"><ds:X509Data>\
                     <ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>",
                    certificate.to_base64()
                )
            };
            certificates.iter().map(key).collect::<String>()
        };
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<md:EntityDescriptor xmlns:md=\"{METADATA}\" entityID=\"{}\">\
             <md:SPSSODescriptor AuthnRequestsSigned=\"{}\" WantAssertionsSigned=\"true\" \
             protocolSupportEnumeration=\"{PROTOCOL}\">{}{}\
             <md:SingleLogoutService Binding=\"{HTTP_POST}\" Location=\"{}\"/>\
             <md:AssertionConsumerService Binding=\"{HTTP_POST}\" Location=\"{}\" index=\"0\" isDefault=\"true\"/>\
             </md:SPSSODescriptor></md:EntityDescriptor>\n",
            escape(&self.entity_id),
            signs_requests,
            keys(signing, "signing"),
            keys(encryption, "encryption"),
            escape(&self.slo_url),
            escape(&self.acs_url),
        )
    }

    /// The beginning of a message of ours to `to`, with `more` attributes.
    pub(crate) fn head(&self, name: &str, id: &str, now: Timestamp, to: &str, more: &str) -> String {
        format!(
            "<samlp:{name} xmlns:samlp=\"{PROTOCOL}\" xmlns:saml=\"{ASSERTION}\" ID=\"{}\" Version=\"2.0\" \
             IssueInstant=\"{}\" Destination=\"{}\"{more}><saml:Issuer>{}</saml:Issuer>",
            escape(id),
            now.iso8601(),
            escape(to),
            escape(&self.entity_id),
        )
    }
}
