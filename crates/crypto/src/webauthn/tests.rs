use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;

use super::*;

const CHALLENGE: &[u8] = b"sixteen bytes or more";
const RP: &str = "example.com";
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;

fn expected() -> Expected<'static> {
    Expected { challenge: CHALLENGE, rp_id: RP, user_verification: false }
}

fn client_data(ceremony: &str, challenge: &[u8], origin: &str) -> Vec<u8> {
    let challenge = URL_SAFE_NO_PAD.encode(challenge);
    format!(r#"{{"type":"{ceremony}","challenge":"{challenge}","origin":"{origin}","other":1}}"#).into_bytes()
}

fn created() -> Vec<u8> {
    client_data("webauthn.create", CHALLENGE, "https://example.com")
}

fn got() -> Vec<u8> {
    client_data("webauthn.get", CHALLENGE, "https://example.com")
}

/// `authenticatorData` without a credential.
fn data(rp: &str, flags: u8, count: u32) -> Vec<u8> {
    [&digest::sha256(&[rp.as_bytes()])[..], &[flags], &count.to_be_bytes()].concat()
}

fn bytes(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    [&[0x59][..], &length.to_be_bytes(), bytes].concat()
}

fn ec_key() -> (EcdsaKeyPair, Vec<u8>) {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let point = pair.public_key().as_ref();
    // {1: 2, 3: -7, -1: 1, -2: x, -3: y}
    let mut cose = vec![0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21];
    cose.extend(bytes(&point[1..33]));
    cose.push(0x22);
    cose.extend(bytes(&point[33..]));
    (pair, cose)
}

fn attestation(format: &str, statement: &[u8], data: &[u8]) -> Vec<u8> {
    let text = |text: &str| [&[0x60 + u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    let mut object = vec![0xa3];
    for part in
        [text("fmt"), text(format), text("attStmt"), statement.to_vec(), text("authData"), bytes(data)]
    {
        object.extend(part);
    }
    object
}

/// `authenticatorData` with a new credential `id`.
fn with_credential(flags: u8, id: &[u8], cose: &[u8]) -> Vec<u8> {
    let length = u16::try_from(id.len()).unwrap();
    [&data(RP, flags | 0x40, 0)[..], &[0; 16], &length.to_be_bytes(), id, cose].concat()
}

fn signed(pair: &EcdsaKeyPair, data: &[u8], client_data: &[u8]) -> Vec<u8> {
    let message = [data, &digest::sha256(&[client_data])].concat();
    pair.sign(&SystemRandom::new(), &message).unwrap().as_ref().to_vec()
}

#[test]
fn a_credential_is_registered_and_proves_itself() {
    let (pair, cose) = ec_key();
    let object = attestation("none", &[0xa0], &with_credential(PRESENT | VERIFIED, b"an id", &cose));
    let registered = register(&expected(), &created(), &object).unwrap();
    let key =
        Registered { credential_id: b"an id".to_vec(), public_key: cose, sign_count: 0, user_verified: true };
    assert_eq!(registered, key);
    assert_eq!(claimed_challenge(&created()), Ok(CHALLENGE.to_vec()));

    let credential = Credential { public_key: &registered.public_key, sign_count: 0 };
    let (data, client_data) = (data(RP, PRESENT, 7), got());
    let signature = signed(&pair, &data, &client_data);
    let asserted = assert(&expected(), &credential, &client_data, &data, &signature);
    assert_eq!(asserted, Ok(Asserted { sign_count: 7, user_verified: false }));
    let verified = Expected { user_verification: true, ..expected() };
    let asserted = assert(&verified, &credential, &client_data, &data, &signature);
    assert_eq!(asserted, Err(WebAuthnError::UserNotVerified));
}

#[test]
fn an_rsa_credential_proves_itself() {
    let pair = RsaKeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let public = pair.public_key();
    let (modulus, exponent) = (public.modulus().big_endian_without_leading_zero().to_vec(), [1, 0, 1]);
    // {1: 3, 3: -257, -1: n, -2: e}
    let cose =
        [&[0xa4, 1, 3, 3, 0x39, 1, 0, 0x20][..], &bytes(&modulus), &[0x21], &bytes(&exponent)].concat();
    let object = attestation("none", &[0xa0], &with_credential(PRESENT, b"id", &cose));
    let registered = register(&expected(), &created(), &object).unwrap();
    let (data, client_data) = (data(RP, PRESENT, 0), got());
    let message = [&data[..], &digest::sha256(&[&client_data])].concat();
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &message, &mut signature).unwrap();
    let credential = Credential { public_key: &registered.public_key, sign_count: 0 };
    assert!(assert(&expected(), &credential, &client_data, &data, &signature).is_ok());
    signature[9] ^= 1;
    let forged = assert(&expected(), &credential, &client_data, &data, &signature);
    assert_eq!(forged, Err(WebAuthnError::BadSignature));
}

#[test]
fn every_word_of_browser_and_authenticator_is_held_against_what_was_asked() {
    use WebAuthnError as E;
    let (_, cose) = ec_key();
    let object = |flags| attestation("none", &[0xa0], &with_credential(flags, b"id", &cose));
    let good = object(PRESENT);
    let refused = |expected: &Expected<'_>, client_data: &[u8], object: &[u8]| {
        register(expected, client_data, object).unwrap_err()
    };
    let at = |origin| client_data("webauthn.create", CHALLENGE, origin);
    assert_eq!(refused(&expected(), &got(), &good), E::ForeignChallenge);
    let other = client_data("webauthn.create", b"another challenge", "https://example.com");
    assert_eq!(refused(&expected(), &other, &good), E::ForeignChallenge);
    assert_eq!(refused(&expected(), &at("https://evil.example"), &good), E::ForeignOrigin);
    let framed = String::from_utf8(created()).unwrap().replace(r#""other":1"#, r#""crossOrigin":true"#);
    assert_eq!(refused(&expected(), framed.as_bytes(), &good), E::ForeignOrigin);
    let elsewhere = Expected { rp_id: "login.example.com", ..expected() };
    assert_eq!(refused(&elsewhere, &at("https://login.example.com"), &good), E::ForeignRelyingParty);
    assert_eq!(refused(&expected(), &created(), &object(0)), E::UserNotPresent);
    let verified = Expected { user_verification: true, ..expected() };
    assert_eq!(refused(&verified, &created(), &good), E::UserNotVerified);
    for bad in [&b"{}"[..], b"", b"[]", b"{\"type\":1}", &[0xff]] {
        assert_eq!(refused(&expected(), bad, &good), E::Malformed);
    }
    assert_eq!(refused(&expected(), &vec![b' '; LONGEST_CLIENT_DATA + 1], &good), E::Malformed);
}

#[test]
fn other_attestations_are_read_and_not_believed() {
    let (_, cose) = ec_key();
    let data = with_credential(PRESENT, b"id", &cose);
    // {"alg": -7, "sig": h'00'}
    let packed = [0xa2, 0x63, b'a', b'l', b'g', 0x26, 0x63, b's', b'i', b'g', 0x41, 0];
    assert!(register(&expected(), &created(), &attestation("packed", &packed, &data)).is_ok());
    // {"sig": …, "alg": -7}: whoever put it together did not sort.
    let unsorted = [0xa2, 0x63, b's', b'i', b'g', 0x41, 0, 0x63, b'a', b'l', b'g', 0x26];
    assert!(register(&expected(), &created(), &attestation("packed", &unsorted, &data)).is_ok());
    // A chain of five certificates, and a list of more than anybody has.
    let chain = |n: u8| [&[0xa1, 0x63, b'x', b'5', b'c', 0x98, n][..], &[0x41, 7].repeat(n.into())].concat();
    assert!(register(&expected(), &created(), &attestation("packed", &chain(5), &data)).is_ok());
    let endless = attestation("packed", &chain(64), &data);
    assert_eq!(register(&expected(), &created(), &endless), Err(WebAuthnError::Malformed));
    let no_map = attestation("packed", &[0xf6], &data);
    assert_eq!(register(&expected(), &created(), &no_map), Err(WebAuthnError::Malformed));
}

// Recorded from password managers and older browsers: authData before attStmt, or before fmt.
#[test]
fn the_members_of_an_attestation_come_in_any_order() {
    let (_, cose) = ec_key();
    let data = with_credential(PRESENT, b"id", &cose);
    let parts = [&b"\x63fmt\x64none"[..], b"\x67attStmt\xa0", &[b"\x68authData", &bytes(&data)[..]].concat()];
    for order in [[0, 1, 2], [0, 2, 1], [2, 0, 1], [1, 0, 2]] {
        let object = [&[0xa3][..], &order.map(|n| parts[n]).concat()].concat();
        assert!(register(&expected(), &created(), &object).is_ok(), "{order:?}");
    }
    let twice = [&[0xa4][..], &[0, 1, 2, 0].map(|n| parts[n]).concat()].concat();
    assert_eq!(register(&expected(), &created(), &twice), Err(WebAuthnError::Malformed));
    // The key is the authenticator's own: it sorts.
    let (x, rest) = cose.split_at(5);
    let unsorted = [&[0xa5, 3, 0x26, 1, 2][..], rest].concat();
    assert_eq!(x, [0xa5, 1, 2, 3, 0x26]);
    let object = attestation("none", &[0xa0], &with_credential(PRESENT, b"id", &unsorted));
    assert_eq!(register(&expected(), &created(), &object), Err(WebAuthnError::Malformed));
}

// What costs comes after what is cheap: the first fault that is found tells the order.
#[test]
fn a_proof_is_read_no_further_than_it_has_proven_itself() {
    use WebAuthnError as E;
    let (pair, cose) = ec_key();
    let credential = Credential { public_key: &cose, sign_count: 0 };
    let proof = |data: &[u8], client_data: &[u8], signature: &[u8]| {
        assert(&expected(), &credential, client_data, data, signature).unwrap_err()
    };
    let broken_extensions = [&data(RP, PRESENT | 0x80, 1)[..], &[0xff; 100]].concat();
    // Another relying party, before the client data is read; a bad signature, before extensions are.
    assert_eq!(proof(&data("evil.test", PRESENT, 1), b"{", b"x"), E::ForeignRelyingParty);
    assert_eq!(proof(&data(RP, 0, 1), b"{", b"x"), E::UserNotPresent);
    assert_eq!(proof(&broken_extensions, b"{", b"x"), E::Malformed);
    assert_eq!(proof(&broken_extensions, &got(), b"x"), E::BadSignature);
    let signature = signed(&pair, &broken_extensions, &got());
    assert_eq!(proof(&broken_extensions, &got(), &signature), E::Malformed);
    let extended = [&data(RP, PRESENT | 0x80, 1)[..], &[0xa0]].concat();
    let signature = signed(&pair, &extended, &got());
    assert!(assert(&expected(), &credential, &got(), &extended, &signature).is_ok());
    // Whatever is longer than it can be is not looked at.
    let long = [&data(RP, PRESENT | 0x80, 1)[..], &[0; LONGEST_AUTHENTICATOR_DATA]].concat();
    assert_eq!(proof(&long, &got(), b"x"), E::Malformed);
    assert_eq!(proof(&data(RP, PRESENT, 1), &got(), &[0; LONGEST_SIGNATURE + 1]), E::Malformed);
    let object = vec![0; LONGEST_ATTESTATION + 1];
    assert_eq!(register(&expected(), &created(), &object), Err(E::Malformed));
}

#[test]
fn authenticator_data_is_read_to_the_last_byte() {
    let (_, cose) = ec_key();
    let good = with_credential(PRESENT, b"id", &cose);
    let extended = [&with_credential(PRESENT | 0x80, b"id", &cose)[..], &[0xa0]].concat();
    let refused = [
        good[..good.len() - 1].to_vec(),
        [&good[..], &[0]].concat(),
        data(RP, PRESENT, 0),
        data(RP, PRESENT | 0x40, 0),
        with_credential(PRESENT | 0x80, b"id", &cose),
        with_credential(PRESENT | 0x10, b"id", &cose),
        with_credential(PRESENT, b"", &cose),
        with_credential(PRESENT, &[7; 1024], &cose),
        Vec::new(),
    ];
    for data in refused {
        let object = attestation("none", &[0xa0], &data);
        assert_eq!(register(&expected(), &created(), &object), Err(WebAuthnError::Malformed), "{data:?}");
    }
    for data in [good, extended, with_credential(PRESENT | 0x18, &[7; 1023], &cose)] {
        assert!(register(&expected(), &created(), &attestation("none", &[0xa0], &data)).is_ok());
    }
}

#[test]
fn keys_of_other_kinds_are_refused() {
    let (_, good) = ec_key();
    let mut other_algorithm = good.clone();
    other_algorithm[4] = 0x27; // EdDSA
    let mut other_curve = good.clone();
    other_curve[6] = 2;
    let short_point = [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x41, 7, 0x22, 0x41, 7][..]].concat();
    for (cose, error) in [
        (other_algorithm, WebAuthnError::UnsupportedKey),
        (other_curve, WebAuthnError::UnsupportedKey),
        (short_point, WebAuthnError::Malformed),
        (vec![0xa0], WebAuthnError::Malformed),
    ] {
        let object = attestation("none", &[0xa0], &with_credential(PRESENT, b"id", &cose));
        assert_eq!(register(&expected(), &created(), &object), Err(error), "{cose:?}");
    }
}

#[test]
fn a_proof_is_good_for_its_credential_its_challenge_and_its_turn() {
    use WebAuthnError as E;
    let (pair, cose) = ec_key();
    let (_, foreign) = ec_key();
    let (data, client_data) = (data(RP, PRESENT, 5), got());
    let signature = signed(&pair, &data, &client_data);
    let known = |public_key, sign_count| Credential { public_key, sign_count };
    let check =
        |credential: &Credential<'_>| assert(&expected(), credential, &client_data, &data, &signature);
    assert!(check(&known(&cose, 4)).is_ok());
    // The same counter again, an older one, and one that stopped counting.
    for count in [5, 6, u32::MAX] {
        assert_eq!(check(&known(&cose, count)), Err(E::OldCounter));
    }
    let still = self::data(RP, PRESENT, 0);
    let again = signed(&pair, &still, &client_data);
    let uncounted = |count| assert(&expected(), &known(&cose, count), &client_data, &still, &again);
    assert!(uncounted(0).is_ok());
    assert_eq!(uncounted(1), Err(E::OldCounter));

    assert_eq!(check(&known(&foreign, 0)), Err(E::BadSignature));
    let elsewhere = Expected { challenge: b"the challenge of another", ..expected() };
    assert_eq!(
        assert(&elsewhere, &known(&cose, 0), &client_data, &data, &signature),
        Err(E::ForeignChallenge)
    );
    let more = self::data(RP, PRESENT | VERIFIED, 5);
    assert_eq!(assert(&expected(), &known(&cose, 0), &client_data, &more, &signature), Err(E::BadSignature));
    assert_eq!(assert(&expected(), &known(&cose, 0), &client_data, &data, b""), Err(E::BadSignature));
    let created = created();
    let mixed = signed(&pair, &data, &created);
    assert_eq!(assert(&expected(), &known(&cose, 0), &created, &data, &mixed), Err(E::ForeignChallenge));
}

#[test]
fn origins_are_the_relying_party_or_below_it() {
    for (origin, rp_id) in [
        ("https://example.com", "example.com"),
        ("https://example.com:8443", "example.com"),
        ("https://login.example.com", "example.com"),
        ("http://localhost:7665", "localhost"),
        ("http://shop.auth.localhost:7665", "auth.localhost"),
    ] {
        assert!(is_origin_of(origin, rp_id), "{origin} {rp_id}");
    }
    for (origin, rp_id) in [
        ("http://example.com", "example.com"),
        ("https://badexample.com", "example.com"),
        ("https://example.com.evil.test", "example.com"),
        ("https://example.com@evil.test", "example.com"),
        ("https://example.com:80@evil.test", "example.com"),
        ("https://example.com:", "example.com"),
        ("https://evil.test/.example.com", "example.com"),
        ("https://evil.test#.example.com", "example.com"),
        ("https://evil.test?.example.com", "example.com"),
        ("https://evil.test\\.example.com", "example.com"),
        ("https://evil.test@.example.com", "example.com"),
        ("https://evil test.example.com", "example.com"),
        ("https://evil_test.example.com", "example.com"),
        ("https://evil%2f.example.com", "example.com"),
        ("https://evil.test\0.example.com", "example.com"),
        ("https://évil.example.com", "example.com"),
        ("https://com", "example.com"),
        ("http://evillocalhost", "localhost"),
        ("android:apk-key-hash:abc", "example.com"),
        ("https://", ""),
        ("", ""),
    ] {
        assert!(!is_origin_of(origin, rp_id), "{origin} {rp_id}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), flip in 0usize..80) {
        let (client_data, credential) = (got(), Credential { public_key: &bytes, sign_count: 0 });
        let _ = AuthenticatorData::read(&bytes).map(|data| data.credential().is_ok());
        let _ = PublicKey::read(&bytes);
        prop_assert!(assert(&expected(), &credential, &client_data, &bytes, &bytes).is_err());
        prop_assert!(register(&expected(), &created(), &bytes).is_err());
        let mut object = attestation("none", &[0xa0], &with_credential(PRESENT, b"id", &[0xa0]));
        let index = flip % object.len();
        object[index] ^= 0x5a;
        prop_assert!(register(&expected(), &created(), &object).is_err());
    }
}
