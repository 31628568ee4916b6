use super::*;

/// A pair of keys that other programs' tests have, too: 32 times the byte 0x42.
const IDENTITY_TEXT: &str = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
const RECIPIENT_TEXT: &str = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";

/// Made by the Rust implementation of age for [`RECIPIENT_TEXT`], with a stanza of no meaning beside.
const FOREIGN: &str = "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSB4Si9xUGRxZUxLZTgyMGhNWlRFVVJDZGxSMkZYT1Fzbi94\
                       eE5kak54MTNzClVMQk5ONE1QbzBSTTQzZE1YUm1RZWhYYnpQTzBPVGRTLzdDVGFJUzlIUm8KLT4ge1knSF1ALWdy\
                       ZWFzZSA4UXJ3Y3orIGAhVkFxKCBoU0ZOYix2YApRc1g3MmRaSmhJSGd2Vk1sa0VvdXpHZVp1a0ZJTHZTcVcrTjYr\
                       dkN1N3NrNlU3QisyaC9WNHo5VndoaFFaSVU1CnJtcmFCaldzbVZvCi0tLSBKNHpyVU05S0Z1Qjd4alg1YWNnejJq\
                       VnE2L2xRL2dTRExkTitydVFWRFdVCnrtcs7V5HfSgj3T1dbwJ7di82WQ3TRao8ZU3Wm7w412S3BOx2GkZA8dl0zJ\
                       AiyJM0iCxRoqODm2rDQ=";

fn identity() -> Identity {
    IDENTITY_TEXT.parse().unwrap()
}

fn encrypted(plain: &[u8]) -> Vec<u8> {
    let randomness = Randomness { file_key: [1; 16], nonce: [2; 16], ephemeral: vec![[3; 32], [4; 32]] };
    let other = Identity::new([9; 32]).recipient().unwrap();
    encrypt(plain, &[other, identity().recipient().unwrap()], &randomness).unwrap()
}

#[test]
fn keys_are_written_as_others_write_them() {
    assert_eq!(*identity().0, [0x42; 32]);
    assert_eq!(identity().to_text().as_str(), IDENTITY_TEXT);
    assert_eq!(identity().recipient().unwrap().to_string(), RECIPIENT_TEXT);
    assert_eq!(RECIPIENT_TEXT.parse(), Ok(identity().recipient().unwrap()));
}

#[test]
fn what_is_no_key_is_refused() {
    let mistyped = RECIPIENT_TEXT.replace("zvky", "zvkz");
    let short = &RECIPIENT_TEXT[..RECIPIENT_TEXT.len() - 1];
    for text in ["", "age1", "age", IDENTITY_TEXT, &mistyped, short, &RECIPIENT_TEXT.to_uppercase()] {
        assert_eq!(text.parse::<Recipient>(), Err(AgeError::NoKey), "{text}");
    }
    for text in [RECIPIENT_TEXT, &IDENTITY_TEXT.to_lowercase(), &IDENTITY_TEXT.replace("GFPY", "GFPQ")] {
        assert_eq!(text.parse::<Identity>().map(drop), Err(AgeError::NoKey), "{text}");
    }
}

#[test]
fn a_file_of_another_program_opens() {
    let file = base64::engine::general_purpose::STANDARD.decode(FOREIGN).unwrap();
    assert_eq!(decrypt(&file, &[identity()]).unwrap(), b"written by another program");
}

#[test]
fn what_is_encrypted_opens_whatever_its_length() {
    for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7] {
        let plain: Vec<u8> = (0..length).map(|place| u8::try_from(place % 251).unwrap()).collect();
        assert_eq!(decrypt(&encrypted(&plain), &[identity()]).unwrap(), plain, "{length}");
    }
}

#[test]
fn others_do_not_open_it() {
    assert_eq!(decrypt(&encrypted(b"text"), &[Identity::new([5; 32])]), Err(AgeError::NotForUs));
    assert_eq!(decrypt(&encrypted(b"text"), &[]), Err(AgeError::NotForUs));
    let randomness = Randomness { file_key: [1; 16], nonce: [2; 16], ephemeral: Vec::new() };
    assert_eq!(encrypt(b"text", &[], &randomness), Err(AgeError::Unusable));
}

#[test]
fn every_cut_and_every_changed_byte_is_refused() {
    let file = encrypted(b"text");
    for length in 0..file.len() {
        assert!(decrypt(&file[..length], &[identity()]).is_err(), "{length}");
    }
    for place in 0..file.len() {
        let mut changed = file.clone();
        changed[place] ^= 1;
        assert!(decrypt(&changed, &[identity()]).is_err(), "{place}");
    }
}

#[test]
fn a_file_that_ends_at_a_chunk_is_refused() {
    let file = encrypted(&vec![7; 2 * CHUNK]);
    assert_eq!(decrypt(&file[..file.len() - CHUNK - TAG], &[identity()]), Err(AgeError::NotAuthentic));
    let mut longer = file;
    longer.extend_from_slice(&[0; TAG]);
    assert!(decrypt(&longer, &[identity()]).is_err());
}
