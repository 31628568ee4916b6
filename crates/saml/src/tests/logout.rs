//! Signing out.

use super::{Attack, BENCH, Bench};
use crate::names::{ASSERTION, PROTOCOL, SIGNATURE, STATUS};
use crate::testing::{Idp, form};
use crate::{LogoutRequest, NameId, Refusal};

impl Bench {
    fn their_logout_request(&self) -> String {
        format!(
            "<samlp:LogoutRequest xmlns:samlp=\"{PROTOCOL}\" xmlns:saml=\"{ASSERTION}\" ID=\"_l1\" Version=\"2.0\" \
             IssueInstant=\"2030-01-01T12:00:00Z\" Destination=\"{}\"><saml:Issuer>{}</saml:Issuer>\
             <saml:NameID>ann@example.com</saml:NameID><samlp:SessionIndex>_s1</samlp:SessionIndex>\
             </samlp:LogoutRequest>",
            self.sp.slo_url, self.idp.entity_id
        )
    }

    fn their_logout_response(&self) -> String {
        format!(
            "<samlp:LogoutResponse xmlns:samlp=\"{PROTOCOL}\" xmlns:saml=\"{ASSERTION}\" ID=\"_l2\" Version=\"2.0\" \
             IssueInstant=\"2030-01-01T12:00:00Z\" Destination=\"{}\" InResponseTo=\"_out\">\
             <saml:Issuer>{}</saml:Issuer><samlp:Status><samlp:StatusCode Value=\"{STATUS}Success\"/></samlp:Status>\
             </samlp:LogoutResponse>",
            self.sp.slo_url, self.idp.entity_id
        )
    }

    fn accept_logout_request(&self, xml: &str) -> Result<LogoutRequest, Refusal> {
        self.sp.accept_logout_request(&form(xml), self.now, &self.provider, false)
    }

    fn accept_logout_response(&self, xml: &str) -> Result<(), Refusal> {
        self.sp.accept_logout_response(&form(xml), "_out", &self.provider, false)
    }
}

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn attacks() -> Vec<Attack> {
    let bench = &*BENCH;
    let (request, response) = (bench.their_logout_request(), bench.their_logout_response());
    let signed = bench.idp.signing("_l1").within(&request);
    let asked = |name, refusal, from: &str, to: &str| {
        assert!(request.contains(from), "{from}");
        let xml = bench.idp.signing("_l1").within(&request.replace(from, to));
        Attack::new(name, refusal, bench.accept_logout_request(&xml))
    };
    let answered = |name, refusal, from: &str, to: &str| {
        assert!(response.contains(from), "{from}");
        Attack::new(name, refusal, bench.accept_logout_response(&response.replace(from, to)))
    };
    let eve = Idp::new(&bench.idp.entity_id);
    vec![
        Attack::new(
            "a request to sign out that is not signed",
            Refusal::Unsigned,
            bench.accept_logout_request(&request),
        ),
        Attack::new(
            "a request to sign out, signed by somebody else",
            Refusal::Signature,
            bench.accept_logout_request(&eve.signing("_l1").within(&request)),
        ),
        Attack::new(
            "a request to sign out somebody else",
            Refusal::Digest,
            bench.accept_logout_request(&signed.replace("ann@", "eve@")),
        ),
        Attack::new(
            "a response as a request to sign out",
            Refusal::Root,
            bench.accept_logout_request(&bench.idp.signed_response(&bench.answer())),
        ),
        Attack::new(
            "a request to sign out with a signature elsewhere",
            Refusal::MisplacedSignature,
            bench.accept_logout_request(&bench.idp.signing("_l1").within(&extended(&request))),
        ),
        Attack::new(
            "an answer with a signature elsewhere",
            Refusal::MisplacedSignature,
            bench.accept_logout_response(&extended(&response)),
        ),
        asked(
            "a request to sign out of another provider",
            Refusal::Issuer,
            "idp.example.com/saml<",
            "idp2.example.com/saml<",
        ),
        asked("a request to sign out elsewhere", Refusal::Destination, "saml2/logout", "saml2/other"),
        asked("a request to sign out of five minutes ago", Refusal::TooOld, "12:00:00Z", "11:55:00Z"),
        asked(
            "a request to sign out that has expired",
            Refusal::Expired,
            " Destination",
            " NotOnOrAfter=\"2030-01-01T11:59:00Z\" Destination",
        ),
        asked("a request to sign out of the future", Refusal::NotYetValid, "12:00:00Z", "12:01:01Z"),
        asked("a request to sign out nobody", Refusal::NameId, "saml:NameID", "saml:EncryptedID"),
        asked("a request to sign out without an ID", Refusal::Time, "IssueInstant", "Instant"),
        Attack::new(
            "an answer that is signed wrongly",
            Refusal::Digest,
            bench.accept_logout_response(
                &bench.idp.signing("_l2").within(&response).replace("Success", "Responder"),
            ),
        ),
        answered(
            "an answer of another provider",
            Refusal::Issuer,
            "idp.example.com/saml<",
            "idp2.example.com/saml<",
        ),
        answered("an answer of nobody", Refusal::Issuer, "saml:Issuer", "saml:Audience"),
        answered("an answer to another request", Refusal::InResponseTo, "_out", "_other"),
        answered("an answer to no request", Refusal::Unsolicited, " InResponseTo=\"_out\"", ""),
        answered("an answer for elsewhere", Refusal::Destination, "saml2/logout", "saml2/other"),
        answered(
            "not signed out everywhere",
            Refusal::PartialLogout,
            "Success\"/>",
            &format!("Responder\"><samlp:StatusCode Value=\"{STATUS}PartialLogout\"/></samlp:StatusCode>"),
        ),
    ]
}

/// With a signature in its extensions.
fn extended(xml: &str) -> String {
    let signature = format!("<ds:Signature xmlns:ds=\"{SIGNATURE}\"/>");
    xml.replace("</saml:Issuer>", &format!("</saml:Issuer><samlp:Extensions>{signature}</samlp:Extensions>"))
}

#[test]
fn a_request_to_sign_out_is_read() {
    let bench = &*BENCH;
    let xml = bench.idp.signing("_l1").within(&bench.their_logout_request());
    let read = bench.accept_logout_request(&xml).unwrap();
    assert_eq!((read.id.as_str(), read.name_id.value.as_str()), ("_l1", "ann@example.com"));
    assert_eq!((read.expires, read.session_indexes), (bench.now.plus_seconds(300), vec!["_s1".to_owned()]));
    let ending = bench
        .their_logout_request()
        .replace(" Destination", " NotOnOrAfter=\"2030-01-01T12:01:00Z\" Destination");
    let read = bench.accept_logout_request(&bench.idp.signing("_l1").within(&ending)).unwrap();
    assert_eq!(read.expires, bench.now.plus_seconds(120));
}

#[test]
fn an_answer_is_taken_signed_or_not() {
    let bench = &*BENCH;
    let xml = bench.their_logout_response();
    assert_eq!(bench.accept_logout_response(&xml), Ok(()));
    assert_eq!(bench.accept_logout_response(&bench.idp.signing("_l2").within(&xml)), Ok(()));
}

#[test]
fn a_name_is_sent_back_as_it_came() {
    let bench = &*BENCH;
    let name_id = NameId {
        value: "<ann>".to_owned(),
        format: "urn:f".to_owned(),
        name_qualifier: Some("\"n\"".to_owned()),
        sp_name_qualifier: Some("s".to_owned()),
    };
    let logout = crate::Logout { id: "_out", now: bench.now, name_id: &name_id, session_index: Some("_s&1") };
    let message = bench.sp.logout_request(&bench.provider, &logout).unwrap();
    let xml = super::outgoing::xml_of(&message.send(None, None).unwrap());
    let document = roxmltree::Document::parse(&xml).unwrap();
    let root = crate::element::Element::root(&document, PROTOCOL, "LogoutRequest").unwrap();
    assert_eq!(NameId::read(root), Ok(name_id));
    assert_eq!(root.text_of(PROTOCOL, "SessionIndex"), Ok(Some("_s&1")));
    assert_eq!(root.attribute("Destination"), Some("https://idp.example.com/slo"));
}

#[test]
fn an_answer_of_ours_goes_where_answers_go() {
    let bench = &*BENCH;
    let xml = bench.idp.signing("_l1").within(&bench.their_logout_request());
    let request = bench.accept_logout_request(&xml).unwrap();
    let mut provider = bench.provider.clone();
    for endpoint in &mut provider.sign_out {
        endpoint.response_location = Some("https://idp.example.com/done?a=b".to_owned());
    }
    let sent = bench
        .sp
        .logout_response(&provider, &request, "_mine", bench.now)
        .unwrap()
        .send(Some("r"), None)
        .unwrap();
    let crate::Sent::Redirect(url) = &sent else { panic!("{sent:?}") };
    assert!(url.starts_with("https://idp.example.com/done?a=b&SAMLResponse="), "{url}");
    let xml = super::outgoing::xml_of(&sent);
    assert!(
        xml.contains(" InResponseTo=\"_l1\"")
            && xml.contains("Destination=\"https://idp.example.com/done?a=b\"")
    );
}
