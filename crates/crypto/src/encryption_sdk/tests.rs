use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ECDSA_P384_SHA384_ASN1, UnparsedPublicKey};

use super::*;
use crate::digest;

const ID: [u8; 16] = [0xab; 16];
const KEY: [u8; DATA_KEY_BYTES] = [7; DATA_KEY_BYTES];
const ARN: &str = "arn:aws:kms:us-east-1:000000000000:key/1";

fn context() -> EncryptionContext {
    EncryptionContext::from([("userpool-id".to_owned(), "us-east-1_AbCdEfGhI".to_owned())])
}

fn data_key() -> DataKey<'static> {
    DataKey { plaintext: &KEY, wrapped: b"wrapped", key_arn: ARN }
}

/// The header, as the format's description has it, with the public key that the message was given.
fn expected_header(public_key: &str) -> Vec<u8> {
    let mut header = digest::from_hex("01800378").unwrap();
    header.extend(ID);
    header.extend(u16::to_be_bytes(2 + 2 + 21 + 2 + 68 + 2 + 11 + 2 + 19));
    header.extend([0, 2, 0, 21]);
    header.extend(b"aws-crypto-public-key\0\x44");
    header.extend(public_key.as_bytes());
    header.extend(b"\0\x0buserpool-id\0\x13us-east-1_AbCdEfGhI");
    header.extend(b"\0\x01\0\x07aws-kms\0\x28");
    header.extend(ARN.as_bytes());
    header.extend(b"\0\x07wrapped\x02\0\0\0\0\x0c\0\0\x10\0");
    header
}

/// HKDF of RFC 5869 by hand: a key of 32 bytes needs one block.
fn message_key() -> LessSafeKey {
    let hmac = |key: &[u8], parts: &[&[u8]]| {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA384, key), &parts.concat()).as_ref().to_vec()
    };
    let key = hmac(&hmac(&[0; 48], &[&KEY]), &[&[0x03, 0x78], &ID, &[1]]);
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key[..32]).unwrap())
}

fn nonce_ending_in(last: u8) -> Nonce {
    let mut nonce = [0; 12];
    nonce[11] = last;
    Nonce::assume_unique_for_key(nonce)
}

#[test]
fn a_message_has_the_form_of_the_specification() {
    let draft = Draft::new(ID, context()).unwrap();
    let public_key = draft.context()["aws-crypto-public-key"].clone();
    let message = draft.encrypt(&data_key(), b"123456").unwrap();

    let header = expected_header(&public_key);
    let (start, rest) = message.split_at(header.len());
    assert_eq!(start, header);
    let (authentication, rest) = rest.split_at(12 + 16);
    let (frame, footer) = rest.split_at(4 + 4 + 12 + 4 + 6 + 16);

    assert_eq!(authentication[..12], [0; 12]);
    let mut tag = authentication[12..].to_vec();
    let opened = message_key().open_in_place(nonce_ending_in(0), Aad::from(&header), &mut tag);
    assert!(opened.unwrap().is_empty());

    assert_eq!(
        digest::hex(&frame[..24]),
        "ffffffff00000001 000000000000000000000001 00000006".replace(' ', "")
    );
    let mut bound = ID.to_vec();
    bound.extend(b"AWSKMSEncryptionClient Final Frame\0\0\0\x01\0\0\0\0\0\0\0\x06");
    let mut content = frame[24..].to_vec();
    let opened = message_key().open_in_place(nonce_ending_in(1), Aad::from(&bound), &mut content);
    assert_eq!(opened.unwrap(), b"123456");

    let (length, signature) = footer.split_at(2);
    assert_eq!(length, u16::try_from(signature.len()).unwrap().to_be_bytes());
    let point = STANDARD.decode(public_key).unwrap();
    assert!(point.len() == 49 && [2, 3].contains(&point[0]));
    let signed = &message[..message.len() - footer.len()];
    let verifier = UnparsedPublicKey::new(&ECDSA_P384_SHA384_ASN1, point);
    verifier.verify(signed, signature).unwrap();
    assert!(verifier.verify(&signed[1..], signature).is_err());
}

#[test]
fn the_longest_plaintext_fills_the_frame() {
    let encrypt = |length: usize| {
        let draft = Draft::new(ID, context()).unwrap();
        draft.encrypt(&data_key(), &vec![b'x'; length])
    };
    assert!(encrypt(MAX_BYTES).is_ok());
    assert_eq!(encrypt(MAX_BYTES + 1), Err(EncryptError::TooLong));
}

#[test]
fn what_has_no_room_for_its_length_is_refused() {
    let long = vec![0; 65_536];
    let draft = Draft::new(ID, context()).unwrap();
    let data_key = DataKey { wrapped: &long, ..data_key() };
    assert_eq!(draft.encrypt(&data_key, b"1"), Err(EncryptError::TooLong));
}

#[test]
fn debug_hides_keys() {
    assert_eq!(format!("{:?}", data_key()), format!("DataKey {{ key_arn: {ARN:?}, .. }}"));
    let draft = Draft::new(ID, context()).unwrap();
    assert!(format!("{draft:?}").starts_with("Draft { context: {"));
}
