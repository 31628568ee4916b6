use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use proptest::{array::uniform32, prelude::*};
use serde_json::Value;

use super::*;
use crate::bignum::Engine;
use crate::{digest::hex, seal::Key, timestamp};

static VECTORS: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../../docs/cognito/vectors/srp.json")).unwrap()
});

fn cases(group: &str, count: usize) -> &'static [Value] {
    let cases = VECTORS[group].as_array().unwrap();
    assert_eq!(cases.len(), count, "{group}");
    cases
}

fn text<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().unwrap_or_else(|| panic!("{name} in {}", case["name"]))
}

fn number(case: &Value, name: &str) -> Vec<u8> {
    from_hex(text(case, name)).unwrap()
}

fn user(case: &Value) -> Identity {
    Identity::user(pool_name(text(case, "user_pool_id")), text(case, "USER_ID_FOR_SRP"))
}

fn device(case: &Value) -> Identity {
    Identity::device(text(case, "DeviceGroupKey"), text(case, "DeviceKey"))
}

fn verifier(case: &Value) -> Verifier {
    let mut stored = [0; Verifier::BYTES];
    let (salt, v) = (number(case, "SALT"), number(case, "verifier"));
    stored[SALT_BYTES - salt.len()..SALT_BYTES].copy_from_slice(&salt);
    stored[Verifier::BYTES - v.len()..].copy_from_slice(&v);
    Verifier::from_bytes(&stored).unwrap()
}

fn decoded(case: &Value, name: &str) -> Vec<u8> {
    STANDARD.decode(text(case, name)).unwrap()
}

/// Every value of a case, by the server's way and by the client's.
fn check(case: &Value, identity: &Identity, password: &str) {
    let name = text(case, "name");
    let same = |label: &str, found: &[u8]| assert_eq!(to_hex(found), text(case, label), "{label} of {name}");
    let (a, b, salt) = (number(case, "a"), number(case, "b"), number(case, "SALT"));

    assert_eq!(hex(&pad(&salt)), text(case, "salt_padded"), "{name}");
    let inner = digest::sha256(&[identity.0.as_bytes(), b":", password.as_bytes()]);
    assert_eq!(hex(&inner), text(case, "inner_hash"), "{name}");
    let x = private_key(identity, password, &salt);
    same("x", x.as_slice());

    let verifier = verifier(case);
    assert_eq!(verifier.salt_hex(), text(case, "SALT"), "{name}");
    assert!(verifier.password_matches(identity, password), "{name}");
    assert!(!verifier.password_matches(identity, &format!("{password} ")), "{name}");

    let client = ClientStart::new(&a).unwrap();
    assert_eq!(client.srp_a(), text(case, "SRP_A"), "{name}");
    let b_public = server::public_value(&verifier.v, &b);
    same("SRP_B", b_public.as_bytes());
    let u = scrambler(&number(case, "SRP_A"), b_public.as_bytes());
    same("u", &u);
    assert_eq!(hex(&pad(&u)), text(case, "u_padded"), "{name}");

    let secret = server::shared_secret(&Residue::reduce(&number(case, "SRP_A")), &verifier.v, &u, &b);
    same("S", secret.as_bytes());
    assert_eq!(pad(secret.as_bytes()).len() as u64, case["S_padded_len_bytes"], "{name}");
    same("S", client::shared_secret(&b_public, &a, &u, &x).as_bytes());

    let key = client.session_key(identity, password, text(case, "SALT"), text(case, "SRP_B")).unwrap();
    assert_eq!(hex(&key.0), text(case, "key"), "{name}");
    assert_eq!(SessionKey::new(&secret, &u).0, key.0, "{name}");

    let time = text(case, "TIMESTAMP");
    assert_eq!(timestamp::parse(time).ok(), case["timestamp_epoch"].as_i64(), "{name}");
    let signature = key.claim_signature(identity, &decoded(case, "SECRET_BLOCK"), time);
    assert_eq!(hex(&signature), text(case, "signature_hex"), "{name}");
    assert_eq!(STANDARD.encode(signature), text(case, "PASSWORD_CLAIM_SIGNATURE"), "{name}");
}

#[test]
fn the_constants_are_the_published_ones() {
    let constants = &VECTORS["constants"];
    assert_eq!(to_hex(&bignum::MODULUS), text(constants, "N"));
    assert_eq!(to_hex(&[bignum::GENERATOR]), text(constants, "g"));
    assert_eq!(hex(&K), text(constants, "k"));
    let input = [pad(&bignum::MODULUS).as_slice(), pad(&[bignum::GENERATOR]).as_slice()].concat();
    assert_eq!(hex(&input), text(constants, "k_input_hex"));
    assert_eq!(digest::sha256(&[&input]), K);
    assert_eq!(KEY_INFO, [text(constants, "info_text").as_bytes(), &[1]].concat());
}

#[test]
fn user_vectors() {
    for case in cases("user_srp", 15) {
        assert_eq!(pool_name(text(case, "user_pool_id")), text(case, "pool_name"));
        check(case, &user(case), text(case, "password"));
    }
}

#[test]
fn every_engine_finds_the_powers_of_the_vectors() {
    for case in cases("user_srp", 15).iter().chain(cases("device_srp", 4)) {
        let residue = |name: &str| Residue::reduce(&number(case, name));
        let [x, u] = ["x", "u"].map(|name| {
            let shortest = number(case, name);
            let mut bytes = [0; 32];
            bytes[32 - shortest.len()..].copy_from_slice(&shortest);
            bytes
        });
        let (a, b) = (number(case, "a"), number(case, "b"));
        for engine in Engine::all() {
            let name = format!("{engine:?}, {}", case["name"]);
            assert_eq!(engine.generator_pow(&x), residue("verifier"), "{name}");
            assert_eq!(engine.generator_pow(&a), residue("SRP_A"), "{name}");
            let v = residue("verifier");
            let k_v = engine.mul(multiplier(), &v);
            assert_eq!(k_v.add(&engine.generator_pow(&b)), residue("SRP_B"), "{name}");
            // The server's way, and the client's.
            let base = engine.mul(&residue("SRP_A"), &engine.pow_public(&v, &u));
            assert_eq!(engine.pow(&base, &b), residue("S"), "{name}");
            let base = residue("SRP_B").sub(&k_v);
            assert_eq!(engine.pow(&base, &bignum::multiply_add(&u, &x, &a)), residue("S"), "{name}");
        }
    }
}

#[test]
fn device_vectors() {
    for case in cases("device_srp", 4) {
        let (identity, password) = (device(case), text(case, "device_password"));
        check(case, &identity, password);

        let config = &case["ConfirmDevice_DeviceSecretVerifierConfig"];
        let (v, salt) = (text(config, "PasswordVerifier"), text(config, "Salt"));
        let registered = Verifier::from_device_config(v, salt).unwrap();
        assert_eq!(registered, verifier(case));
        assert_eq!(registered.to_device_config(), (v.to_owned(), salt.to_owned()));
        assert_eq!(hex(&pad(registered.v.as_bytes())), text(case, "verifier_padded"));
    }
}

#[test]
fn signatures_that_cognito_refuses() {
    for case in cases("rejects", 5) {
        let original = &cases("user_srp", 15).iter().find(|user| user["name"] == case["based_on"]).unwrap();
        let verifier = verifier(original);
        let u = number(original, "u").try_into().unwrap();
        let a_public = Residue::reduce(&number(original, "SRP_A"));
        let secret = server::shared_secret(&a_public, &verifier.v, &u, &number(original, "b"));
        let time = text(case, "TIMESTAMP");
        let expected = SessionKey::new(&secret, &u).claim_signature(
            &user(original),
            &decoded(original, "SECRET_BLOCK"),
            time,
        );
        let signature_fits = digest::equal(&expected, &decoded(case, "PASSWORD_CLAIM_SIGNATURE"));
        let accepted = signature_fits && timestamp::parse(time).is_ok();
        assert!(!accepted, "{}", case["change"]);
        // The last two are right but for their text.
        assert_eq!(
            signature_fits,
            text(case, "change").contains("the text is refused"),
            "{}",
            case["change"]
        );
    }
}

#[test]
fn odd_public_values_get_the_answer_that_cognito_gives() {
    let original = &cases("user_srp", 15)[0];
    let (verifier, identity) = (verifier(original), user(original));
    for case in cases("bad_srp_a", 7) {
        let parsed = ClientPublic::parse(text(case, "SRP_A"));
        let why = text(case, "why");
        let always_loses = match text(case, "expected") {
            "refuse" => {
                assert_eq!(parsed.unwrap_err(), SrpError::Malformed, "{why}");
                continue;
            }
            "challenge, proof always refused" => true,
            "challenge, proof checked as usual" => false,
            other => panic!("{other}"),
        };
        let client = parsed.unwrap();
        assert_eq!(client.always_loses(), always_loses, "{why}");
        let (start, srp_b) = ServerStart::new(&verifier, &client, [9; 32]).unwrap();

        // The best claim there is: with A = 0 the secret is 0, with A = g it is that of a = 1.
        let u = scrambler(&number(case, "SRP_A"), &from_hex(&srp_b).unwrap());
        let x = private_key(&identity, text(original, "password"), &number(original, "SALT"));
        let b_public = Residue::reduce(&from_hex(&srp_b).unwrap());
        let secret =
            if always_loses { Residue::reduce(&[]) } else { client::shared_secret(&b_public, &[1], &u, &x) };
        let signature = SessionKey::new(&secret, &u).claim_signature(&identity, b"block", "time");
        let accepted = start.verify_claim(&verifier, &identity, b"block", "time", &signature);
        assert_eq!(accepted, !always_loses, "{why}");
    }
}

#[test]
fn public_values_are_read_up_to_1024_digits_in_either_case() {
    assert!(ClientPublic::parse(&"f".repeat(1024)).is_ok());
    assert_eq!(ClientPublic::parse(&"f".repeat(1025)).unwrap_err(), SrpError::Malformed);
    assert_eq!(from_hex("ABCdef"), from_hex("abcdef"));
}

#[test]
fn padding_vectors() {
    for case in cases("pad_hex", 11) {
        let integer = number(case, "integer_hex");
        assert_eq!(hex(&pad(&integer)), text(case, "padded_hex"));
        assert_eq!(to_hex(&pad(&integer)), text(case, "integer_hex"));
    }
    assert_eq!(pad(&[]).as_slice(), [0]);
    assert_eq!(to_hex(&[]), "0");
}

#[test]
fn device_verifiers_that_are_no_positive_number_are_refused() {
    // authentication §8.7: a .NET client sent negative numbers
    let text = |bytes: &[u8]| STANDARD.encode(bytes);
    let salt = text(&[1; 16]);
    let above = pad(&bignum::MODULUS);
    let long = [&[0, 0][..], &bignum::MODULUS].concat();
    for v in [&[0x80][..], &[0xff; 384], &[], &[0], &[0; 385], above.as_slice(), &long, &[1; 385]] {
        assert_eq!(Verifier::from_device_config(&text(v), &salt), Err(SrpError::BadVerifier), "{v:02x?}");
    }
    for v in ["AQ", "AQ==\n", "*", "A-__"] {
        assert_eq!(Verifier::from_device_config(v, &salt), Err(SrpError::BadVerifier), "{v:?}");
    }
    for salt in [&[0x80; 16][..], &[], &[1; 17]] {
        assert_eq!(
            Verifier::from_device_config("AQ==", &text(salt)),
            Err(SrpError::BadVerifier),
            "{salt:02x?}"
        );
    }
    assert!(Verifier::from_device_config("AQ==", &text(&[&[0], &[0xff; 16][..]].concat())).is_ok());
}

#[test]
fn stored_verifiers_of_wrong_form_are_refused() {
    let stored = Verifier::new(&Identity::user("pool", "name"), "password", [7; 16]).to_bytes();
    assert_eq!(stored.len(), Verifier::BYTES);
    let zero = [&[7; 16][..], &[0; 384]].concat();
    let above = [&[7; 16][..], &[0xff; 384]].concat();
    for bytes in [&stored[1..], &stored[..15], &[], &zero, &above, &[&stored[..], &[0]].concat()] {
        assert_eq!(Verifier::from_bytes(bytes), Err(SrpError::BadVerifier));
    }
}

#[test]
fn a_simulated_verifier_stays_the_same_and_fits_no_password() {
    let key = Key::new([1; 32]);
    let simulated = Verifier::simulated(&key, b"pool\0name");
    assert_eq!(Verifier::simulated(&key, b"pool\0name"), simulated);
    assert_ne!(Verifier::simulated(&key, b"pool\0other").salt_hex(), simulated.salt_hex());
    assert_ne!(Verifier::simulated(&Key::new([2; 32]), b"pool\0name").salt_hex(), simulated.salt_hex());
    assert!(!simulated.password_matches(&Identity::user("pool", "name"), ""));
    assert_eq!(Verifier::from_bytes(&simulated.to_bytes()), Ok(simulated));
}

#[test]
fn a_client_refuses_dishonest_values_and_weak_randomness() {
    let identity = Identity::user("pool", "name");
    let client = ClientStart::new(&[3; 32]).unwrap();
    let key = |salt: &str, b: &str| client.session_key(&identity, "password", salt, b).map(|key| hex(&key.0));
    for zero in ["0", "00", &to_hex(&bignum::MODULUS)] {
        assert_eq!(key("1", zero), Err(SrpError::Degenerate));
    }
    assert_eq!(key("", "1"), Err(SrpError::Malformed));
    assert_eq!(key("1", "-1"), Err(SrpError::Malformed));
    assert_eq!(ClientStart::new(&[3; 31]).unwrap_err(), SrpError::Degenerate);
    assert_eq!(ClientStart::new(&[0; 64]).unwrap_err(), SrpError::Degenerate);
}

#[test]
fn debug_output_shows_nothing_secret() {
    let verifier = Verifier::new(&Identity::user("pool", "name"), "password", [7; 16]);
    let client = ClientStart::new(&[3; 32]).unwrap();
    let public = ClientPublic::parse(&client.srp_a()).unwrap();
    let (server, _) = ServerStart::new(&verifier, &public, [5; 32]).unwrap();
    let key = SessionKey::new(&Residue::reduce(&[5]), &[5; 32]);
    assert_eq!(
        format!("{verifier:?} {client:?} {server:?} {key:?}"),
        "Verifier(..) ClientStart(..) ServerStart(..) SessionKey(..)"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn client_and_server_agree(
        a in proptest::collection::vec(any::<u8>(), 32..=128),
        b in uniform32(any::<u8>()),
        salt: [u8; 16],
        (pool, name, password) in (".{0,9}", ".{0,20}", ".{0,30}"),
        block: Vec<u8>,
    ) {
        let identity = Identity::user(&pool, &name);
        let verifier = Verifier::new(&identity, &password, salt);
        prop_assert_eq!(&Verifier::from_bytes(&verifier.to_bytes()).unwrap(), &verifier);

        let client = ClientStart::new(&a).unwrap();
        let public = ClientPublic::parse(&client.srp_a()).unwrap();
        let (start, srp_b) = ServerStart::new(&verifier, &public, b).unwrap();
        let start = ServerStart::from_bytes(&start.to_bytes()).unwrap();

        let claim = |password: &str| {
            let key = client.session_key(&identity, password, &verifier.salt_hex(), &srp_b).unwrap();
            key.claim_signature(&identity, &block, "time")
        };
        let accepts = |signature: &[u8], block: &[u8], time: &str| {
            start.verify_claim(&verifier, &identity, block, time, signature)
        };
        let right = claim(&password);
        prop_assert!(accepts(&right, &block, "time"));
        prop_assert!(!accepts(&right, &block, "Time"));
        prop_assert!(!accepts(&right, &[&block[..], b"x"].concat(), "time"));
        prop_assert!(!accepts(&right[..31], &block, "time"));
        prop_assert!(!accepts(&[], &block, "time"));
        let wrong = claim(&(password.clone() + "!"));
        prop_assert!(!accepts(&wrong, &block, "time"));
        prop_assert!(verifier.password_matches(&identity, &password));
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,60}", bytes: Vec<u8>) {
        let _ = ClientPublic::parse(&text);
        let _ = Verifier::from_device_config(&text, &text);
        prop_assert!(Verifier::from_bytes(&bytes).is_err());
        prop_assert!(ServerStart::from_bytes(&bytes).is_err());
    }
}
