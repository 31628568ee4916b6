//! Signature wrapping: what was signed is kept somewhere, and something else stands where it is looked for.

use super::{Attack, Bench};
use crate::Refusal;
use crate::names::{ASSERTION, PROTOCOL, SIGNATURE};
use crate::testing::{Answer, insert};

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn attacks(bench: &Bench) -> Vec<Attack> {
    let idp = &bench.idp;
    let answer = bench.answer();
    let tried = |name, refusal, xml: String| Attack::new(name, refusal, bench.accept(&xml));
    // The genuine assertion with and without its signature, and the signature.
    let plain = idp.assertion(&answer);
    let signature = idp.signing("_a1").over(&plain);
    let signed = bench.signed_assertion();
    let forged = bench.forged();
    // The forged one under the ID that was signed.
    let same_id = forged.replace("_a2", "_a1");
    let response = |content: &str| idp.response(&answer, content);
    // A response that is signed as a whole.
    let whole = response(&plain);
    let whole_signature = idp.signing("_r1").over(&whole);
    let signed_whole = insert(&whole, "_r1", &whole_signature);
    let forged_response = |content: &str| idp.response(&Answer { id: "2", ..answer }, content);
    let with_object = |signature: &str, what: &str| {
        signature.replace("</ds:Signature>", &format!("<ds:Object>{what}</ds:Object></ds:Signature>"))
    };
    let extensions =
        |what: &str| format!("<samlp:Extensions xmlns:samlp=\"{PROTOCOL}\">{what}</samlp:Extensions>");
    let advice = |assertion: &str, what: &str| {
        assertion.replace(
            "<saml:AuthnStatement",
            &format!("<saml:Advice>{what}</saml:Advice><saml:AuthnStatement"),
        )
    };
    vec![
        tried(
            "XSW1: the response in the signature of a forged one",
            Refusal::SeveralAssertions,
            insert(&forged_response(&forged), "_r2", &with_object(&whole_signature, &whole)),
        ),
        tried(
            "XSW2: the response beside its signature in a forged one",
            Refusal::SeveralAssertions,
            insert(&forged_response(&forged), "_r2", &format!("{whole}{whole_signature}")),
        ),
        tried(
            "XSW3: a forged assertion before the signed one",
            Refusal::SeveralAssertions,
            response(&format!("{forged}{signed}")),
        ),
        tried(
            "a forged assertion behind the signed one",
            Refusal::SeveralAssertions,
            response(&format!("{signed}{forged}")),
        ),
        tried(
            "XSW4: the signed assertion in a forged one",
            Refusal::SeveralAssertions,
            response(&insert(&forged, "_a2", &signed)),
        ),
        tried(
            "XSW5: the signature in a forged assertion, the signed one behind it",
            Refusal::SeveralAssertions,
            response(&format!("{}{plain}", insert(&forged, "_a2", &signature))),
        ),
        tried(
            "XSW6: the signed assertion in its signature in a forged one",
            Refusal::SeveralAssertions,
            response(&insert(&forged, "_a2", &with_object(&signature, &plain))),
        ),
        tried(
            "XSW7: the signed assertion in Extensions",
            Refusal::SeveralAssertions,
            response(&forged).replace("<samlp:Status>", &format!("{}<samlp:Status>", extensions(&signed))),
        ),
        tried(
            "XSW8: the signed assertion in an Object of a signature in a forged one",
            Refusal::SeveralAssertions,
            response(&insert(
                &forged,
                "_a2",
                &format!(
                    "<ds:Signature xmlns:ds=\"{SIGNATURE}\"><ds:Object>{signed}</ds:Object></ds:Signature>"
                ),
            )),
        ),
        tried(
            "the signed assertion as advice of a forged one",
            Refusal::SeveralAssertions,
            response(&advice(&forged, &signed)),
        ),
        tried(
            "the signed assertion in the confirmation of a forged one",
            Refusal::SeveralAssertions,
            response(
                &forged
                    .replace("</saml:SubjectConfirmation>", &format!("{signed}</saml:SubjectConfirmation>")),
            ),
        ),
        tried(
            "the signed assertion in the detail of the status",
            Refusal::SeveralAssertions,
            response(&forged).replace(
                "</samlp:Status>",
                &format!("<samlp:StatusDetail>{signed}</samlp:StatusDetail></samlp:Status>"),
            ),
        ),
        tried(
            "the only assertion in Extensions",
            Refusal::MisplacedAssertion,
            response(&extensions(&signed)),
        ),
        tried(
            "a signed assertion beside an encrypted one",
            Refusal::SeveralAssertions,
            response(&format!("{signed}<saml:EncryptedAssertion xmlns:saml=\"{ASSERTION}\"/>")),
        ),
        tried(
            "a forged assertion with the signature of another",
            Refusal::ForeignReference,
            response(&insert(&forged, "_a2", &signature)),
        ),
        tried(
            "a forged assertion with signature and ID of another",
            Refusal::Digest,
            response(&insert(&same_id, "_a1", &signature)),
        ),
        tried(
            "the ID of another, and both there",
            Refusal::DuplicateId,
            response(&format!("{same_id}{signed}")),
        ),
        tried(
            "the response has the ID of the assertion",
            Refusal::DuplicateId,
            response(&signed).replace("\"_r1\"", "\"_a1\""),
        ),
        tried(
            "an attribute Id with the ID of the assertion",
            Refusal::DuplicateId,
            response(&signed).replace("<samlp:Status>", "<samlp:Status Id=\"_a1\">"),
        ),
        tried(
            "xml:id with the ID of the assertion",
            Refusal::DuplicateId,
            response(&signed).replace("<samlp:Status>", "<samlp:Status xml:id=\"_a1\">"),
        ),
        tried(
            "the signature moved to the response",
            Refusal::ForeignReference,
            insert(&response(&plain), "_r1", &signature),
        ),
        tried(
            "the signature of the response moved to the assertion",
            Refusal::ForeignReference,
            response(&insert(&plain, "_a1", &whole_signature)),
        ),
        tried("the signature beside the assertion", Refusal::Unsigned, response(&plain)),
        tried(
            "the signature in the subject",
            Refusal::MisplacedSignature,
            response(&plain.replace("<saml:Subject>", &format!("<saml:Subject>{signature}"))),
        ),
        tried(
            "300 signatures in Extensions",
            Refusal::MisplacedSignature,
            response(&signed).replace(
                "<samlp:Status>",
                &format!(
                    "{}<samlp:Status>",
                    extensions(&format!("<ds:Signature xmlns:ds=\"{SIGNATURE}\"/>").repeat(300))
                ),
            ),
        ),
        tried(
            "a NameID changed in a signed assertion",
            Refusal::Digest,
            response(&signed.replace("ann@", "eve@")),
        ),
        tried(
            "an attribute added to a signed assertion",
            Refusal::Digest,
            response(&signed.replace(
                "</saml:AttributeStatement>",
                "<saml:Attribute Name=\"admin\"/></saml:AttributeStatement>",
            )),
        ),
        tried("a NameID changed in a signed response", Refusal::Digest, signed_whole.replace("ann@", "eve@")),
        tried(
            "a forged assertion in a signed response",
            Refusal::Digest,
            signed_whole.replace(&plain, &forged),
        ),
        tried(
            "a wrong signature of the response beside a right one of the assertion",
            Refusal::Digest,
            insert(&response(&signed), "_r1", &whole_signature).replace("_s1", "_s2"),
        ),
        tried(
            "a right signature of the response around a wrong one of the assertion",
            Refusal::Digest,
            idp.signing("_r1").within(&response(&signed.replace("ann@", "eve@"))),
        ),
    ]
}
