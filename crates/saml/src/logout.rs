//! Signing out, in both directions.

use poolhouse_ports::Timestamp;

use crate::assertion::{GRACE, NameId, answers, in_force};
use crate::element::{Element, parse};
use crate::message::{Kind, Message};
use crate::names::{ASSERTION, PROTOCOL, STATUS};
use crate::response::{Origin, admitted, from_form, meant_for, message, status};
use crate::signature::{none_elsewhere, verify};
use crate::{IdentityProvider, Refusal, ServiceProvider, escape};

/// How old a request may be, in seconds.
const OLDEST: i64 = 5 * 60;

/// Whose session a provider is asked to end.
#[derive(Debug, Clone, Copy)]
pub struct Logout<'a> {
    /// The ID of the request, which the answer must name.
    pub id: &'a str,
    /// The time now.
    pub now: Timestamp,
    /// Who: as the assertion named him.
    pub name_id: &'a NameId,
    /// Which session: as the assertion named it.
    pub session_index: Option<&'a str>,
}

/// Whose session a provider asks to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutRequest {
    /// The ID of the request, which the answer names. A request is good once.
    pub id: String,
    /// From when on it is refused for its age.
    pub expires: Timestamp,
    /// Who.
    pub name_id: NameId,
    /// Which sessions; without any, all.
    pub session_indexes: Vec<String>,
}

/// Who a request to end sessions says that it is of, from the field `SAMLRequest` of a form. Nothing of it is verified: it tells
/// by whose keys that is to be done.
///
/// # Errors
/// [`Refusal`].
pub fn claimed_issuer(request: &str) -> Result<String, Refusal> {
    let xml = from_form(request)?;
    let text = admitted(&xml)?;
    let document = parse(&text)?;
    let request = Element::root(&document, PROTOCOL, "LogoutRequest")?;
    request.text_of(ASSERTION, "Issuer")?.map(str::to_owned).ok_or(Refusal::Issuer)
}

impl ServiceProvider {
    /// The request to end a session. It has to be signed (federation §9).
    ///
    /// # Errors
    /// [`Refusal::NoEndpoint`].
    pub fn logout_request(
        &self,
        provider: &IdentityProvider,
        logout: &Logout<'_>,
    ) -> Result<Message, Refusal> {
        let to = IdentityProvider::endpoint(&provider.sign_out)?;
        let qualifier = |name: &str, value: &Option<String>| {
            value.as_ref().map(|value| format!(" {name}=\"{}\"", escape(value))).unwrap_or_default()
        };
        let NameId { value, format, name_qualifier, sp_name_qualifier } = logout.name_id;
        let session = logout
            .session_index
            .map(|index| format!("<samlp:SessionIndex>{}</samlp:SessionIndex>", escape(index)));
        let tail = format!(
            "<saml:NameID Format=\"{}\"{}{}>{}</saml:NameID>{}</samlp:LogoutRequest>",
            escape(format),
            qualifier("NameQualifier", name_qualifier),
            qualifier("SPNameQualifier", sp_name_qualifier),
            escape(value),
            session.unwrap_or_default(),
        );
        let head = self.head("LogoutRequest", logout.id, logout.now, &to.location, "");
        Ok(Message::new(Kind::Request, logout.id, to, head, tail))
    }

    /// The answer to a request that was carried out.
    ///
    /// # Errors
    /// [`Refusal::NoEndpoint`].
    pub fn logout_response(
        &self,
        provider: &IdentityProvider,
        request: &LogoutRequest,
        id: &str,
        now: Timestamp,
    ) -> Result<Message, Refusal> {
        let to = IdentityProvider::endpoint(&provider.sign_out)?;
        let location = to.response_location.as_ref().unwrap_or(&to.location);
        let answered = format!(" InResponseTo=\"{}\"", escape(&request.id));
        let head = self.head("LogoutResponse", id, now, location, &answered);
        let tail = format!(
            "<samlp:Status><samlp:StatusCode Value=\"{STATUS}Success\"/></samlp:Status></samlp:LogoutResponse>"
        );
        Ok(Message::new(Kind::Response, id, to, head, tail))
    }

    /// Takes the answer to a request of ours, from the field `SAMLResponse` of a form.
    ///
    /// It may be unsigned, for several providers sign none: it ends nothing that has not ended here before, and only who was sent
    /// to the provider knows the ID of the request. A signature that it has must be right.
    ///
    /// # Errors
    /// [`Refusal`]; of [`Refusal::PartialLogout`] and the others that tell a status the message is in order.
    pub fn accept_logout_response(
        &self,
        response: &str,
        request_id: &str,
        provider: &IdentityProvider,
        sha1: bool,
    ) -> Result<(), Refusal> {
        let xml = from_form(response)?;
        let text = admitted(&xml)?;
        let document = parse(&text)?;
        let response = message(Element::root(&document, PROTOCOL, "LogoutResponse")?)?;
        none_elsewhere(response, &[response])?;
        verify(response, &provider.certificates, sha1)?;
        self.comes_from(response, provider)?;
        answers(response, Origin::Request(request_id))?;
        status(response)
    }

    /// Takes a provider's request to end sessions, from the field `SAMLRequest` of a form. It must be signed.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn accept_logout_request(
        &self,
        request: &str,
        now: Timestamp,
        provider: &IdentityProvider,
        sha1: bool,
    ) -> Result<LogoutRequest, Refusal> {
        let xml = from_form(request)?;
        let text = admitted(&xml)?;
        let document = parse(&text)?;
        let request = message(Element::root(&document, PROTOCOL, "LogoutRequest")?)?;
        none_elsewhere(request, &[request])?;
        let request = verify(request, &provider.certificates, sha1)?.ok_or(Refusal::Unsigned)?.element();
        self.comes_from(request, provider)?;
        let issued = request.time("IssueInstant")?.ok_or(Refusal::Time)?;
        if issued > now.plus_seconds(GRACE) {
            return Err(Refusal::NotYetValid);
        }
        let oldest = issued.plus_seconds(OLDEST);
        if oldest <= now {
            return Err(Refusal::TooOld);
        }
        let until = in_force(request, now)?.map(|until| until.plus_seconds(GRACE));
        let indexes = request.all(PROTOCOL, "SessionIndex").map(|index| index.text().map(str::to_owned));
        Ok(LogoutRequest {
            id: request.id()?.to_owned(),
            expires: until.map_or(oldest, |until| until.min(oldest)),
            name_id: NameId::read(request)?,
            session_indexes: indexes.collect::<Result<_, _>>()?,
        })
    }

    fn comes_from(&self, message: Element<'_>, provider: &IdentityProvider) -> Result<(), Refusal> {
        meant_for(message, &self.slo_url)?;
        match message.text_of(ASSERTION, "Issuer")? {
            Some(issuer) if issuer == provider.entity_id => Ok(()),
            _ => Err(Refusal::Issuer),
        }
    }
}
