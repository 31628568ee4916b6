//! Attacks, each refused for its own reason, and what is genuine.

mod c14n;
mod content;
mod encryption;
mod foreign;
mod form;
mod genuine;
mod logout;
mod metadata;
mod outgoing;
mod rearranged;
mod signatures;
mod token;
mod wrapping;

use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use aws_lc_rs::signature::RsaKeyPair;
use poolhouse_ports::Timestamp;

use crate::testing::{Answer, Idp, Key, documents, form};
use crate::{
    Assertion, Certificate, DecryptionKey, Expected, IdentityProvider, Legacy, Origin, Refusal,
    ServiceProvider,
};

/// Who signs, for whom, and when.
struct Bench {
    sp: ServiceProvider,
    idp: Idp,
    provider: IdentityProvider,
    now: Timestamp,
    decryption_key: DecryptionKey,
    /// Of the key that decrypts, and signs.
    our_certificate: Certificate,
    /// What is answered, if anything was asked.
    request: Option<&'static str>,
}

/// A sign-in that began here. Keys take their time to be made.
static BENCH: LazyLock<Bench> = LazyLock::new(|| Bench::new(Key::rsa()));

/// One that begins at the provider.
static UNASKED: LazyLock<Bench> = LazyLock::new(|| Bench { request: None, ..Bench::new(Key::rsa()) });

const REQUEST: &str = "_request";

impl Bench {
    fn new(key: Key) -> Self {
        let now = Timestamp::from_iso8601("2030-01-01T12:00:00Z").unwrap();
        let idp = Idp::with_key("https://idp.example.com/saml", key);
        let metadata = idp.metadata("https://idp.example.com/sso", "https://idp.example.com/slo");
        Self {
            sp: documents::service_provider(),
            provider: IdentityProvider::from_metadata(metadata.as_bytes(), None, now).unwrap(),
            idp,
            now,
            decryption_key: documents::decryption_key(),
            our_certificate: Key::Rsa(RsaKeyPair::from_pkcs8(documents::KEY).unwrap()).certificate(),
            request: Some(REQUEST),
        }
    }

    /// What is said of Ann.
    fn answer(&self) -> Answer<'_> {
        Answer {
            to: &self.sp,
            now: self.now,
            id: "1",
            request: self.request,
            name_id: "ann@example.com",
            attributes: &[("email", "ann@example.com"), ("groups", "one"), ("groups", "two")],
        }
    }

    fn expected(&self) -> Expected<'_> {
        Expected {
            provider: &self.provider,
            origin: self.request.map_or(Origin::Unsolicited, Origin::Request),
            authenticated_since: None,
            decryption_key: None,
            legacy: Legacy::default(),
        }
    }

    fn accept(&self, xml: &str) -> Result<Assertion, Refusal> {
        self.sp.accept(&form(xml), self.now, &self.expected())
    }

    /// The assertion about Ann, signed.
    fn signed_assertion(&self) -> String {
        self.idp.signing("_a1").within(&self.idp.assertion(&self.answer()))
    }

    /// An assertion about Ann that was changed and then signed, in a response.
    fn signed_after(&self, change: impl FnOnce(&str) -> String) -> String {
        let assertion = change(&self.idp.assertion(&self.answer()));
        self.idp.response(&self.answer(), &self.idp.signing("_a1").within(&assertion))
    }

    /// An assertion about somebody else, not signed.
    fn forged(&self) -> String {
        let answer = Answer { id: "2", name_id: "eve@example.com", ..self.answer() };
        self.idp.assertion(&answer)
    }
}

/// What somebody tries, and what became of it.
#[derive(Debug)]
struct Attack {
    /// As docs/federation.md names it.
    name: &'static str,
    refusal: Refusal,
    outcome: Result<(), Refusal>,
}

impl Attack {
    fn new<T>(name: &'static str, refusal: Refusal, outcome: Result<T, Refusal>) -> Self {
        Self { name, refusal, outcome: outcome.map(drop) }
    }
}

/// Those on responses, by the file they are in.
fn on_responses(bench: &Bench) -> [(&'static str, Vec<Attack>); 5] {
    [
        ("form", form::attacks(bench)),
        ("wrapping", wrapping::attacks(bench)),
        ("signatures", signatures::attacks(bench)),
        ("encryption", encryption::attacks(bench)),
        ("content", content::attacks(bench)),
    ]
}

/// All of them, by the file they are in.
static ATTACKS: LazyLock<BTreeMap<&'static str, Vec<Attack>>> = LazyLock::new(|| {
    let mut all = BTreeMap::from(on_responses(&BENCH));
    all.entry("content").or_default().extend(content::unfitting());
    all.extend([
        ("foreign", foreign::attacks()),
        ("logout", logout::attacks()),
        ("metadata", metadata::attacks()),
        ("token", token::attacks()),
    ]);
    all
});

#[test]
fn each_attack_is_refused_for_its_own_reason() {
    let unasked = on_responses(&UNASKED);
    let all = ATTACKS.values().chain(unasked.iter().map(|(_, attacks)| attacks)).flatten();
    let others: Vec<_> = all.filter(|attack| attack.outcome != Err(attack.refusal)).collect();
    assert!(others.is_empty(), "{others:#?}");
}

#[test]
fn each_reason_has_an_attack() {
    let tried: HashSet<_> = ATTACKS.values().flatten().map(|attack| attack.refusal).collect();
    let untried: Vec<_> = Refusal::ALL.iter().filter(|refusal| !tried.contains(refusal)).collect();
    assert!(untried.is_empty(), "{untried:?}");
}

#[test]
fn the_guide_lists_each_attack_where_it_is_tried() {
    let guide = include_str!("../../../../docs/federation.md");
    let (_, table) = guide.split_once("| attack | refused as | tried in |").unwrap();
    let listed: Vec<&str> = table.lines().skip(2).take_while(|line| line.starts_with('|')).collect();
    let of_file = |(file, attacks): (&&str, &Vec<Attack>)| -> Vec<String> {
        let row = |attack: &Attack| format!("| {} | `{:?}` | `{file}` |", attack.name, attack.refusal);
        attacks.iter().map(row).collect()
    };
    let rows: Vec<String> = ATTACKS.iter().flat_map(of_file).collect();
    assert!(listed == rows, "the table in docs/federation.md should be:\n{}", rows.join("\n"));
}
