//! Each attack at each place where a provider's token or assertion enters (docs/federation.md has the table): the callback by a
//! query and by a form, SAML's form of a sign-in that began here and of one that began there, GetDerivedToken, and the grant of
//! token exchange.

use poolhouse_saml::Refusal;
use poolhouse_saml::testing::{Answer as Said, Idp as SamlIdp, Signing, form};
use poolhouse_testkit::browser::{self, Form, encode};
use poolhouse_testkit::idp::{Answer, Idp};
use poolhouse_testkit::on_both;
use serde_json::{Value, json};

use super::attacks::{CLAIMS, Log, SIGNATURES};
use super::saml::{self, IDPS};
use super::{CALLBACK, HOST, Shop, good, told};

/// Of a sign-in, which a token that is handed in belongs to none of.
const OF_A_SIGN_IN: [&str; 4] =
    ["wrong nonce", "no nonce", "token of another access token", "other sub at userInfo"];

/// By which a client trades tokens.
const FLOWS: [&str; 2] = ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION", "ALLOW_REFRESH_TOKEN_AUTH"];

/// What comes of handing a provider's token in, at the API and at the token endpoint.
async fn traded(shop: &Shop<'_>, provider: &str, kind: &str, token: &str) -> [(u16, String); 2] {
    let input = json!({
        "ClientId": shop.client, "SubjectToken": token, "SubjectTokenType": kind,
        "SubjectTokenProviderName": provider,
    });
    let (status, _, body) = shop.server.public().raw("GetDerivedToken", input.to_string().as_bytes()).await;
    let api = (status, String::from_utf8(body).unwrap());
    let kind = format!("urn:ietf:params:oauth:token-type:{}", kind.to_ascii_lowercase());
    let fields = encode([
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("client_id", &*shop.client),
        ("subject_token", token),
        ("subject_token_type", &*kind),
        ("subject_token_provider_name", provider),
    ]);
    let headers =
        [("host", HOST.to_owned()), ("content-type", "application/x-www-form-urlencoded".to_owned())];
    let (status, _, body) = shop.server.http("POST", "/oauth2/token", &headers, fields.as_bytes()).await;
    [api, (status, String::from_utf8(body).unwrap())]
}

/// That a token was refused at both places, for this reason.
fn assert_refused(name: &str, answers: &[(u16, String); 2], log: &str, reason: &str) {
    let [(api_status, api), (status, grant)] = answers;
    assert_eq!(*api_status, 400, "{name}: {api}");
    assert!(api.contains("NotAuthorizedException") && api.contains(reason), "{name}: {api}");
    assert_eq!((*status, &**grant), (400, r#"{"error":"invalid_grant"}"#), "{name}");
    assert!(log.matches(reason).count() >= 2, "{name}: {log}");
}

/// An assertion that somebody brings, made for this.
struct Case<'a> {
    said: Said<'a>,
}

type SamlAttack = (&'static str, fn(&Case<'_>) -> String, Refusal);

impl Case<'_> {
    fn plain(&self) -> String {
        IDPS[0].assertion(&self.said)
    }

    fn id(&self) -> String {
        format!("_a{}", self.said.id)
    }

    fn signed(&self, idp: &SamlIdp, assertion: &str) -> String {
        idp.signing(&self.id()).within(assertion)
    }

    /// Signed by the provider after it was changed.
    fn saying(&self, from: &str, to: &str) -> String {
        let plain = self.plain();
        assert!(plain.contains(from), "{from}: {plain}");
        self.signed(&IDPS[0], &plain.replace(from, to))
    }

    fn at(&self, seconds: i64) -> String {
        let said = Said { now: self.said.now.plus_seconds(seconds), ..self.said };
        self.signed(&IDPS[0], &IDPS[0].assertion(&said))
    }

    /// Signed in another way.
    fn by(&self, idp: &SamlIdp, change: fn(&mut Signing<'_>)) -> String {
        let mut signing = idp.signing(&self.id());
        change(&mut signing);
        signing.within(&self.plain())
    }

    /// An assertion about somebody else, with something in it.
    fn forged(&self, what: &str) -> String {
        let forged = Said { id: "forged", name_id: "Eve", ..self.said };
        let advice = format!("<saml:Advice>{what}</saml:Advice><saml:AuthnStatement");
        IDPS[0].assertion(&forged).replace("<saml:AuthnStatement", &advice)
    }
}

const SAML_ATTACKS: [SamlAttack; 18] = [
    ("not signed", |c| c.plain(), Refusal::Unsigned),
    ("signed by another provider of the pool", |c| c.by(&IDPS[1], |_| {}), Refusal::Signature),
    (
        "of another provider of the pool",
        |c| c.signed(&IDPS[1], &IDPS[1].assertion(&c.said)),
        Refusal::Signature,
    ),
    (
        "a key in KeyInfo",
        |c| {
            c.by(&IDPS[1], |s| {
                s.key_info = "<ds:KeyInfo><ds:KeyName>own</ds:KeyName></ds:KeyInfo>".to_owned();
            })
        },
        Refusal::Signature,
    ),
    ("changed", |c| c.signed(&IDPS[0], &c.plain()).replace(">Ada<", ">Eve<"), Refusal::Digest),
    (
        "a signature over another element",
        |c| c.by(&IDPS[0], |s| s.uri = "#_other".to_owned()),
        Refusal::ForeignReference,
    ),
    ("wrapped", |c| c.forged(&c.signed(&IDPS[0], &c.plain())), Refusal::SeveralAssertions),
    (
        "the signature in the subject",
        |c| {
            let signature = IDPS[0].signing(&c.id()).over(&c.plain());
            c.plain().replace("<saml:Subject>", &format!("<saml:Subject>{signature}"))
        },
        Refusal::MisplacedSignature,
    ),
    (
        "two IDs alike",
        |c| c.saying("<saml:Subject>", &format!("<saml:Subject ID=\"{}\">", c.id())),
        Refusal::DuplicateId,
    ),
    (
        "a comment in the name",
        |c| c.signed(&IDPS[0], &c.plain()).replace(">Ada<", ">Ada<!---->.evil<"),
        Refusal::Comment,
    ),
    ("too deep", |c| c.plain().replace(">Ada<", &format!(">{}<", "<x>".repeat(41))), Refusal::TooDeep),
    (
        "SHA-1",
        |c| c.by(&IDPS[0], |s| s.digest = "http://www.w3.org/2000/09/xmldsig#sha1".to_owned()),
        Refusal::Sha1,
    ),
    (
        "XSLT",
        |c| {
            c.by(&IDPS[0], |s| {
                s.transforms =
                    "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"/>".to_owned();
            })
        },
        Refusal::Transform,
    ),
    ("another audience", |c| c.saying("cognito:sp:", "cognito:sp:other"), Refusal::Audience),
    (
        "another recipient",
        |c| c.saying("Recipient=\"http://shop.", "Recipient=\"http://other."),
        Refusal::Recipient,
    ),
    (
        "another request",
        |c| c.signed(&IDPS[0], &IDPS[0].assertion(&Said { request: Some("_other"), ..c.said })),
        Refusal::InResponseTo,
    ),
    ("expired", |c| c.at(-360), Refusal::Expired),
    ("of the future", |c| c.at(61), Refusal::NotYetValid),
];

on_both! {
    async fn an_id_token_is_held_against_the_same_everywhere(server) {
        let client = json!({ "ExplicitAuthFlows": FLOWS });
        let shop = Shop::with(server, json!({}), json!({}), client).await;
        shop.sign_in(json!({ "sub": "known" })).await;
        let (log, _guard) = Log::start();
        // A form, as Apple's page posts one.
        let page = Form { action: "/oauth2/idpresponse".to_owned(), hidden: Vec::new(), options: Value::Null };
        for (name, change, reason) in SIGNATURES.into_iter().chain(CLAIMS) {
            let mut browser = shop.browser();
            let waiting = shop.go(&mut browser, &[]).await;
            let mut answer = Answer::of(good(&waiting.nonce, json!({ "sub": "known" })));
            change(&mut answer);
            shop.idp.answers(&waiting.code(), answer);
            log.take();
            let refused = browser.post(&page, &[("code", &waiting.code()), ("state", &waiting.state)]).await;
            assert_eq!(told(&refused).0, "invalid_request", "{name}");
            assert_eq!(browser.cookie("cognito"), None, "{name}");
            let log = log.take();
            assert!(log.contains(reason), "{name}: {log}");
        }
        let token = |change: fn(&mut Answer)| {
            let mut answer = Answer::of(good("n", json!({ "sub": "known" })));
            change(&mut answer);
            Idp::sign(&answer.header, &answer.claims, &answer.signer)
        };
        for (status, body) in traded(&shop, "Corp", "ID_TOKEN", &token(|_| {})).await {
            assert_eq!(status, 200, "{body}");
        }
        for (name, change, reason) in SIGNATURES.into_iter().chain(CLAIMS) {
            if OF_A_SIGN_IN.contains(&name) {
                continue;
            }
            // No secret signs what somebody hands in.
            let reason = if name.starts_with("HS256") { "the client's secret" } else { reason };
            log.take();
            let answers = traded(&shop, "Corp", "ID_TOKEN", &token(change)).await;
            assert_refused(name, &answers, &log.take(), reason);
        }
        assert_eq!(shop.users().await, ["Corp_known"]);
    }

    async fn an_assertion_is_held_against_the_same_everywhere(server) {
        let shop = saml::shop(server, json!({ "IDPInit": "true" })).await;
        let update = json!({
            "UserPoolId": shop.pool, "ClientId": shop.client, "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid", "email"], "CallbackURLs": [CALLBACK],
            "SupportedIdentityProviders": ["Adfs"], "ExplicitAuthFlows": FLOWS,
        });
        server.admin().ok("UpdateUserPoolClient", update).await;
        let service = saml::service(&shop);
        let case = |id: &'static str| Case {
            said: Said { to: &service, now: server.now(), id, request: None, name_id: "Ada", attributes: &[] },
        };
        let begun_there = encode([
            ("identity_provider", "Adfs"), ("client_id", &*shop.client), ("redirect_uri", CALLBACK),
            ("response_type", "code"), ("scope", "openid"),
        ]);
        let (log, _guard) = Log::start();
        for (name, attack, refusal) in SAML_ATTACKS {
            let reason = refusal.to_string();
            let is_refused = |entrance: &str, answer: &browser::Answer, log: &str| {
                assert_eq!(answer.parameter("error").as_deref(), Some("server_error"), "{name}, {entrance}: {}", answer.location());
                assert!(log.contains(&reason), "{name}, {entrance}: {log}");
            };
            // Begun here. The response is genuine, but for what it holds.
            let mut browser = shop.browser();
            let waiting = saml::go(&shop, &mut browser).await;
            let asked = Case { said: Said { request: Some(&waiting.id), ..case("1").said } };
            let xml = IDPS[0].response(&asked.said, &attack(&asked));
            log.take();
            let answer = saml::come_back(&mut browser, &xml, &waiting).await;
            is_refused("begun here", &answer, &log.take());
            assert_eq!(browser.cookie("cognito"), None, "{name}");
            // Begun there.
            let unasked = case("2");
            let xml = IDPS[0].response(&unasked.said, &attack(&unasked));
            let mut browser = shop.browser();
            let answer = saml::post(&mut browser, "/saml2/idpresponse", &xml, &begun_there).await;
            is_refused("begun there", &answer, &log.take());
            assert_eq!(browser.cookie("cognito"), None, "{name}");
            // Handed in.
            let answers = traded(&shop, "Adfs", "SAML2", &form(&attack(&unasked))).await;
            assert_refused(name, &answers, &log.take(), &reason);
        }
        assert!(shop.users().await.is_empty());
        // One that is good is taken once, wherever that is.
        let good = case("3");
        let assertion = good.signed(&IDPS[0], &good.plain());
        let xml = IDPS[0].response(&good.said, &assertion);
        let done = saml::post(&mut shop.browser(), "/saml2/idpresponse", &xml, &begun_there).await;
        assert!(done.parameter("code").is_some(), "{}", done.location());
        log.take();
        let answers = traded(&shop, "Adfs", "SAML2", &form(&assertion)).await;
        assert_refused("replayed", &answers, &log.take(), "was used before");
    }
}
