//! Inputs to begin with, and the longest that are taken.

use std::sync::LazyLock;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use poolhouse_crypto::bignum;
use poolhouse_crypto::digest::{hex, sha256};
use poolhouse_wire::user_pools::Operation;
use serde_json::json;

pub(super) const CHALLENGE: &[u8] = b"sixteen bytes or more";
pub(super) const RP: &str = "example.com";

/// Bodies of the operations that strangers call, and some that others do.
pub(super) fn body() -> Vec<Vec<u8>> {
    let attributes =
        json!([{ "Name": "email", "Value": "a@example.com" }, { "Name": "custom:x", "Value": "" }]);
    let bodies = [
        (
            Operation::SignUp,
            json!({ "ClientId": "c", "Username": "u", "Password": "p", "UserAttributes": attributes }),
        ),
        (
            Operation::InitiateAuth,
            json!({ "AuthFlow": "USER_SRP_AUTH", "ClientId": "c", "AuthParameters": { "USERNAME": "u", "SRP_A": "0a", "DEVICE_KEY": null } }),
        ),
        (
            Operation::RespondToAuthChallenge,
            json!({ "ChallengeName": "PASSWORD_VERIFIER", "ClientId": "c", "Session": "s".repeat(20), "ChallengeResponses": { "USERNAME": "u" }, "UserContextData": { "IpAddress": "192.0.2.1" } }),
        ),
        (
            Operation::CompleteWebAuthnRegistration,
            json!({ "AccessToken": "t", "Credential": { "id": [1, 2.5, null] } }),
        ),
        (
            Operation::CreateGroup,
            json!({ "UserPoolId": "r_1", "GroupName": "g", "Precedence": 5.0, "RoleArn": "arn:aws:iam::000000000000:role/r" }),
        ),
        (
            Operation::CreateUserPool,
            json!({ "PoolName": "p", "Schema": [{ "Name": "a", "NumberAttributeConstraints": { "MinValue": "1" } }] }),
        ),
        (Operation::SetUICustomization, json!({ "UserPoolId": "r_1", "ImageFile": "QUJD" })),
        (Operation::ListUsers, json!({ "UserPoolId": "r_1", "Filter": "name ^= \"A\"", "Limit": 60 })),
    ];
    bodies.map(|(operation, body)| of(operation, &body.to_string())).to_vec()
}

/// The target's first byte chooses the operation.
fn of(operation: Operation, json: &str) -> Vec<u8> {
    let place = Operation::ALL.into_iter().position(|known| known == operation).unwrap();
    [&[u8::try_from(place).unwrap()], json.as_bytes()].concat()
}

pub(super) fn long_body(length: usize) -> Vec<Vec<u8>> {
    let filled = |begin: &str, piece: &str, end: &str| {
        let times = (length - begin.len() - end.len() - 1) / piece.len();
        let mut text = piece.repeat(times);
        text.truncate(text.trim_end_matches(',').len());
        format!("{begin}{text}{end}")
    };
    let numbered = |begin: &str, end: &str, piece: fn(usize) -> String| {
        let room = length - begin.len() - end.len() - 1;
        let mut text = String::new();
        for piece in (0..).map(piece) {
            if text.len() + piece.len() > room {
                break;
            }
            text.push_str(&piece);
        }
        text.truncate(text.trim_end_matches(',').len());
        format!("{begin}{text}{end}")
    };
    let sign_up = r#"{"ClientId":"c","Username":"u","Password":"p","#;
    vec![
        of(Operation::SignUp, &filled(&format!("{sign_up}\"x\":["), "0,", "]}")),
        of(Operation::SignUp, &filled(&format!("{sign_up}\"x\":["), "[],", "]}")),
        of(Operation::SignUp, &filled(&format!("{sign_up}\"x\":["), "{},", "]}")),
        of(Operation::SignUp, &numbered(&format!("{sign_up}\"x\":{{"), "}}", |n| format!("\"{n:x}\":0,"))),
        of(Operation::SignUp, &numbered(sign_up, ",\"y\":0}", |n| format!("\"{n:x}\":0,"))),
        of(Operation::SignUp, &filled(&format!("{sign_up}\"UserAttributes\":["), "{\"Name\":\"\"},", "]}")),
        of(Operation::SignUp, &filled(&format!("{sign_up}\"UserAttributes\":["), "{\"Name\":\"é\"},", "]}")),
        of(
            Operation::SignUp,
            &numbered(&format!("{sign_up}\"ClientMetadata\":{{"), "}}", |n| format!("\"{n:x}\":\"\",")),
        ),
        of(Operation::SignUp, &filled("{\"ClientId\":\"c\",\"Password\":\"p\",\"Username\":\"", "é", "\"}")),
        of(
            Operation::SignUp,
            &filled("{\"ClientId\":\"c\",\"Password\":\"p\",\"Username\":\"", "\\u00e9", "\"}"),
        ),
        of(Operation::SignUp, &filled("{\"ClientId\":\"c\",\"Username\":\"u\",\"Password\":\"", "一", "\"}")),
        of(Operation::GetUser, &filled("{\"AccessToken\":\"", "a", "\"}")),
        of(
            Operation::CompleteWebAuthnRegistration,
            &filled("{\"AccessToken\":\"a\",\"Credential\":[", "0,", "]}"),
        ),
        of(
            Operation::RespondToAuthChallenge,
            &filled("{\"ClientId\":\"c\",\"ChallengeName\":\"", "a", "\"}"),
        ),
        of(
            Operation::CreateGroup,
            &filled("{\"UserPoolId\":\"r_1\",\"GroupName\":\"g\",\"RoleArn\":\"arn:aws:", "a:", "\"}"),
        ),
        of(
            Operation::CreateGroup,
            &filled("{\"UserPoolId\":\"r_1\",\"GroupName\":\"g\",\"Precedence\":", "9", "}"),
        ),
        of(Operation::SetUICustomization, &filled("{\"UserPoolId\":\"r_1\",\"ImageFile\":\"", "QUJD", "\"}")),
    ]
}

/// Forms of the account's and of the token service.
pub(super) fn query() -> Vec<Vec<u8>> {
    [
        "Action=GetCallerIdentity&Version=2011-06-15",
        "Action=CreateUser&Version=2010-05-08&UserName=ann&Path=%2Fa%2F&Tags.member.1.Key=k&Tags.member.1.Value=v",
        "Version=2010-05-08&Action=ListUsers&MaxItems=%2B10&Marker=m",
        "Action=SimulateCustomPolicy&Version=2010-05-08&PolicyInputList.member.1=%7B%7D&ActionNames.member.2=a%3Ab&\
         ContextEntries.member.1.ContextKeyName=aws%3Ausername&ContextEntries.member.1.ContextKeyValues.member.1=x&\
         ContextEntries.member.1.ContextKeyType=string&ResourceArns=",
        "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Fr&RoleSessionName=s&\
         PolicyArns.member.1.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2Fp&DurationSeconds=0900&TransitiveTagKeys.member.1=k",
        "Action=CreateRole&Version=2010-05-08&RoleName=r&AssumeRolePolicyDocument=%7B%22Version%22%3A%222012-10-17%22%7D",
    ]
    .map(|form| form.as_bytes().to_vec())
    .to_vec()
}

pub(super) fn long_query(length: usize) -> Vec<Vec<u8>> {
    let simulate = "Action=SimulateCustomPolicy&Version=2010-05-08";
    let filled = |piece: &str| {
        let times = (length - simulate.len()) / piece.len();
        [simulate.as_bytes(), piece.repeat(times).as_bytes()].concat()
    };
    let numbered = |piece: fn(usize) -> String| {
        let mut text = simulate.to_owned();
        for piece in (0..).map(piece) {
            if text.len() + piece.len() > length {
                break;
            }
            text.push_str(&piece);
        }
        text.into_bytes()
    };
    vec![
        filled("&"),
        filled("&a"),
        filled("&ActionNames.member.1"),
        filled("&ActionNames="),
        [simulate.as_bytes(), b"&ContextEntries.member.1", &b".a".repeat(length / 2 - 60)].concat(),
        filled("&ContextEntries.member.1.ContextKeyValues.member.1=x"),
        numbered(|n| format!("&ActionNames.member.{n}=a")),
        numbered(|n| format!("&ActionNames.member.{}=a", u32::MAX as usize - n)),
        numbered(|n| format!("&ContextEntries.member.{n}.ContextKeyName=")),
        numbered(|n| format!("&ContextEntries.member.1.ContextKeyValues.member.{n}=")),
        numbered(|n| format!("&{n:x}=1")),
        [b"&PolicyInputList.member.1=".as_slice(), &filled("%22")].concat(),
        [simulate.as_bytes(), b"&PolicyInputList.member.1=", &b"%3C".repeat(length / 3 - 40)].concat(),
    ]
}

const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20300101/us-east-1/cognito-idp/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=47f918a02c6629e65184b4068605848b61ac4f0bf5e7faf67a89f2efeb51715f";

pub(super) fn signature() -> Vec<Vec<u8>> {
    let stamp = "20300101T000000Z";
    let of = |lines: [&str; 5]| lines.join("\n").into_bytes();
    vec![
        of([AUTHORIZATION, stamp, "", "/", "{}"]),
        of([&AUTHORIZATION.replace("host", ":authority"), "", stamp, "http://127.0.0.1:7665/", "{}"]),
        of([AUTHORIZATION, "", "Tue, 01 Jan 2030 00:00:00 GMT", "/?a=b", ""]),
        of(["AWS4-HMAC-SHA256 Credential=a/b/c/d/e,SignedHeaders=host,Signature=0", "", "", "", ""]),
    ]
}

pub(super) fn long_signature(length: usize) -> Vec<Vec<u8>> {
    let rest = "\n20300101T000000Z\n\n/\n{}";
    let with = |from: &str, to: String| (AUTHORIZATION.replace(from, &to) + rest).into_bytes();
    vec![
        with("content-type;", "a;".repeat(length / 2)),
        with("Signature=", format!("Signature={}", "0".repeat(length))),
        with("AKIDEXAMPLE", "/".repeat(length)),
        with("Credential", ",".repeat(length)),
        with(", Signature", ", ".repeat(length / 2)),
    ]
}

pub(super) fn token() -> Vec<Vec<u8>> {
    let claims = json!({ "sub": "s", "iss": "http://127.0.0.1:7665/us-east-1_a", "token_use": "access", "exp": 1, "cognito:groups": ["a"] });
    let headers = [
        json!({ "kid": "k", "alg": "RS256" }),
        json!({ "kid": "k", "typ": "JWS", "alg": "RS512" }),
        json!({ "kid": "k", "alg": "none", "crit": ["b64"] }),
    ];
    headers.iter().map(|header| jws(&header.to_string(), &claims.to_string())).collect()
}

fn jws(header: &str, claims: &str) -> Vec<u8> {
    let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
    format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode([7; 256])).into_bytes()
}

pub(super) fn long_token(length: usize) -> Vec<Vec<u8>> {
    let room = (length - 500) / 4 * 3;
    let header = json!({ "kid": "k", "alg": "RS256" }).to_string();
    let list = |piece: &str| format!("{{\"a\":[{}0]}}", piece.repeat((room - 10) / piece.len()));
    let members: String = (0..room / 9).map(|n| format!("\"{n:x}\":0,")).collect();
    vec![
        jws(&header, &list("0,")),
        jws(&header, &list("{},")),
        jws(&header, &format!("{{{}\"x\":0}}", members.get(..members.rfind(',').unwrap() + 1).unwrap())),
        jws(&format!("{{\"kid\":\"k\",\"alg\":\"RS256\",\"x\":[{}0]}}", "0,".repeat(room / 2 - 30)), "{}"),
        vec![b'.'; length],
    ]
}

/// A key in COSE's form.
pub(super) fn public_key() -> Vec<u8> {
    static KEY: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32][..], x, &[0x22, 0x58, 32], y].concat()
    });
    KEY.clone()
}

/// `authenticatorData` with these flags.
pub(super) fn data(flags: u8) -> Vec<u8> {
    [&sha256(&[RP.as_bytes()])[..], &[flags], &[0, 0, 0, 1]].concat()
}

fn byte_string(bytes: &[u8]) -> Vec<u8> {
    [&[0x5a][..], &u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

fn object(statement: &[u8], data: &[u8]) -> Vec<u8> {
    [&b"\xa3\x63fmt\x66packed\x67attStmt"[..], statement, b"\x68authData", &byte_string(data)].concat()
}

fn with_credential(behind: &[u8]) -> Vec<u8> {
    let flags = 0x41 | if behind.is_empty() { 0 } else { 0x80 };
    [&data(flags)[..], &[0; 16], &[0, 2], b"id", &public_key(), behind].concat()
}

pub(super) fn attestation() -> Vec<Vec<u8>> {
    let packed = b"\xa3\x63alg\x26\x63sig\x41\0\x63x5c\x81\x41\0";
    vec![object(b"\xa0", &with_credential(b"")), object(packed, &with_credential(b"\xa1\x6bcredProtect\x02"))]
}

/// A map of ascending numbers, as long as that.
fn ascending(length: usize) -> Vec<u8> {
    let count = u16::try_from((length / 4).min(65_000)).unwrap();
    let members = (0..count).flat_map(|n| [&[0x19][..], &n.to_be_bytes(), &[0]].concat());
    [&[0xb9][..], &count.to_be_bytes()].concat().into_iter().chain(members).collect()
}

pub(super) fn long_attestation(length: usize) -> Vec<Vec<u8>> {
    let room = length - 300;
    let array = [&[0x9a][..], &u32::try_from(room - 9).unwrap().to_be_bytes(), &vec![0; room - 9]].concat();
    let text = |key: char| {
        [
            &[0x79][..],
            &u16::try_from(room / 31 - 3).unwrap().to_be_bytes(),
            key.to_string().repeat(room / 31 - 3).as_bytes(),
        ]
        .concat()
    };
    // Thirty keys as long as can be, of the same length.
    let keys: Vec<u8> = ('A'..='Z').chain('a'..='c').flat_map(|key| [text(key), vec![0]].concat()).collect();
    vec![
        object(&ascending(room), &with_credential(b"")),
        object(&[&[0xa1, 0x61, b'a'][..], &array].concat(), &with_credential(b"")),
        object(&[&[0xb8, 29][..], &keys].concat(), &with_credential(b"")),
        object(b"\xa0", &with_credential(&ascending(room))),
        object(&byte_string(&vec![0; room]), &with_credential(b"")),
    ]
}

pub(super) fn assertion() -> Vec<Vec<u8>> {
    vec![data(1), data(5), [data(0x81), b"\xa1\x63uvm\x81\x83\x02\x04\x02".to_vec()].concat(), public_key()]
}

pub(super) fn long_assertion(length: usize) -> Vec<Vec<u8>> {
    vec![[data(0x81), ascending(length - 41)].concat(), [data(0x81), vec![0xa1; length - 37]].concat()]
}

fn said(ceremony: &str, more: &str) -> Vec<u8> {
    let challenge = URL_SAFE_NO_PAD.encode(CHALLENGE);
    format!(r#"{{"type":"{ceremony}","challenge":"{challenge}","origin":"https://{RP}"{more}}}"#).into_bytes()
}

pub(super) fn created() -> Vec<u8> {
    said("webauthn.create", "")
}

pub(super) fn got() -> Vec<u8> {
    said("webauthn.get", r#","crossOrigin":false"#)
}

pub(super) fn client_data() -> Vec<Vec<u8>> {
    vec![created(), got(), said("webauthn.get", r#","other_keys_can_be_added_here":"x","tokenBinding":{}"#)]
}

pub(super) fn long_client_data(length: usize) -> Vec<Vec<u8>> {
    let list = format!(r#","x":[{}0]"#, "0,".repeat((length - 150) / 2));
    let origin = format!("https://{}.{RP}", "a.".repeat((length - 150) / 2));
    let long_origin = String::from_utf8(got()).unwrap().replace(&format!("https://{RP}"), &origin);
    vec![said("webauthn.get", &list), long_origin.into_bytes()]
}

pub(super) fn filter() -> Vec<Vec<u8>> {
    [
        r#"email = "a@example.com""#,
        r#""family_name" = "b""#,
        r#"name ^= "O \"the\" \\""#,
        r#" cognito:user_status="Enabled" "#,
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

pub(super) fn long_filter(length: usize) -> Vec<Vec<u8>> {
    let text = |piece: &str| format!("name = \"{}\"", piece.repeat((length - 9) / piece.len())).into_bytes();
    vec![text("a"), text("\\"), text("\\\""), text("\u{10ffff}"), vec![b' '; length]]
}

pub(super) fn sealed() -> Vec<Vec<u8>> {
    // Of keys that are not the target's, whose own would open.
    let sealed: Vec<u8> = [&[1][..], &[9; 12], &[5; 60]].concat();
    vec![URL_SAFE_NO_PAD.encode(&sealed).into_bytes(), STANDARD.encode(&sealed).into_bytes()]
}

pub(super) fn long_text(length: usize) -> Vec<Vec<u8>> {
    let sealed = [&[1][..], &vec![5; length / 4 * 3 - 1]].concat();
    vec![
        URL_SAFE_NO_PAD.encode(&sealed).into_bytes(),
        STANDARD.encode(&sealed).into_bytes(),
        vec![b'='; length],
    ]
}

pub(super) fn srp() -> Vec<Vec<u8>> {
    let mut texts = vec!["0".to_owned(), "2".to_owned(), hex(&bignum::MODULUS), hex(&[7; 400])];
    texts.push(STANDARD.encode([7; 384]));
    texts.into_iter().map(String::into_bytes).collect()
}

pub(super) fn long_srp(length: usize) -> Vec<Vec<u8>> {
    vec![vec![b'f'; length], vec![b'0'; length], STANDARD.encode(vec![7; length]).into_bytes()]
}

pub(super) const USER: &str = "arn:aws:iam::000000000000:user/a";
pub(super) const ROLE: &str = "arn:aws:iam::000000000000:role/r";

pub(super) fn policy() -> Vec<Vec<u8>> {
    let conditions = json!({
        "StringLikeIfExists": { "aws:username": ["a*", "${aws:userid, 'b'}", "${*}"] },
        "ForAnyValue:StringNotEquals": { "aws:TagKeys": "a" },
        "NumericLessThan": { "aws:MultiFactorAuthAge": 300 },
        "DateGreaterThan": { "aws:CurrentTime": "2029-12-31T23:59:59.5+02:00" },
        "IpAddress": { "aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32"] },
        "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::*:user/${aws:username}" },
        "Null": { "aws:TokenIssueTime": true },
    });
    let cognito = json!({ "StringEquals": { "cognito-identity.amazonaws.com:aud": "r:p" } });
    [
        json!({ "Version": "2012-10-17", "Statement": [
            { "Sid": "A", "Effect": "Allow", "Action": ["iam:Pass*", "*"], "Resource": ROLE, "Condition": conditions },
            { "Effect": "Deny", "NotAction": "iam:?*", "NotResource": ["arn:aws:iam::*", "*"] },
        ] }),
        json!({ "Version": "2008-10-17", "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } }),
        json!({ "Statement": { "Effect": "Allow", "Principal": { "AWS": [USER, "*"] }, "Action": "sts:AssumeRole" } }),
        json!({ "Statement": { "Effect": "Allow", "Principal": { "Federated": "cognito-identity.amazonaws.com" },
            "Action": "sts:AssumeRoleWithWebIdentity", "Condition": cognito } }),
    ]
    .map(|document| document.to_string().into_bytes())
    .to_vec()
}

pub(super) fn long_policy(length: usize) -> Vec<Vec<u8>> {
    let document = |members: &str, fill: &dyn Fn(usize) -> String, end: &str| {
        let begin = format!(r#"{{"Version":"2012-10-17","Statement":{members}"#);
        let mut text = String::new();
        for piece in (0..).map(fill) {
            if begin.len() + text.len() + piece.len() + end.len() > length {
                break;
            }
            text.push_str(&piece);
        }
        text.truncate(text.trim_end_matches(',').len());
        format!("{begin}{text}{end}").into_bytes()
    };
    let allow = r#"{"Effect":"Allow","Action":"*","Resource":"*""#;
    let values = |operator: &str, key: &str, piece: &'static str| {
        let begin = format!(r#"{allow},"Condition":{{"{operator}":{{"{key}":["#);
        document(&begin, &|_| piece.to_owned(), "]}}}}")
    };
    let resource = |piece: &'static str, end: &str| {
        let begin = r#"{"Effect":"Allow","Action":"*","Resource":"arn:aws:iam::*:"#;
        document(begin, &|_| piece.to_owned(), &format!("{end}\"}}}}"))
    };
    vec![
        document("[", &|number| format!(r#"{allow},"Sid":"{number:x}"}},"#), "]}"),
        document(
            &format!(r#"{allow},"Condition":{{"StringLike":{{"#),
            &|number| format!(r#""{number:x}":"*","#),
            "}}}}",
        ),
        document("[", &|_| "[".to_owned(), ""),
        values("StringLike", "aws:username", r#""*","#),
        values("StringLike", "aws:username", r#""*${aws:username}?*${aws:username}","#),
        values("ArnNotLike", "aws:PrincipalArn", r#""arn:*:*:*:*:*?*b","#),
        values("NumericEquals", "aws:MultiFactorAuthAge", "1e9,"),
        values("ForAllValues:StringEqualsIgnoreCase", "aws:TagKeys", r#""${aws:userid, 'É'}","#),
        resource("*?", ""),
        resource("?*r", "x"),
        resource("${", ""),
        resource("${aws:username}*", ""),
        resource("${", "}"),
        resource("\\u002a", ""),
    ]
}

pub(super) fn text() -> Vec<Vec<u8>> {
    [
        "Wed Apr 5 22:42:34 UTC 2017",
        "Tue Jan 1 00:00:00 UTC 2030",
        "203.0.113.9, 198.51.100.1:80, [2001:db8::1]:443",
        r#"for=198.51.100.1;host="a\",for=203.0.113.9,b", For="[2001:db8::17]:4711""#,
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

pub(super) fn long_forwarded(length: usize) -> Vec<Vec<u8>> {
    ["10.0.0.1,", ",", "\"", "for=10.0.0.1,", "a=b;", "\\\""]
        .map(|piece| piece.repeat(length / piece.len()).into_bytes())
        .to_vec()
}

pub(super) fn demand() -> Vec<Vec<u8>> {
    [
        "pool=us-east-1_a",
        "pool=us-east-1_a&client=abc&groups=a,b&scope=x+y&token_use=id&cookie=token",
        "pool=%F0%9F%8C%8A&groups=a%252Cb,%C3%84",
        "pool=&groups=,&scope=%20&pool=b&token_use=refresh&other=1",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

pub(super) fn long_demand(length: usize) -> Vec<Vec<u8>> {
    ["&", "pool=a&groups=", ",a", "%2C", "+", "cookie=%"]
        .map(|piece| format!("pool=a&groups={}", piece.repeat(length / piece.len())).into_bytes())
        .to_vec()
}

pub(super) fn oauth() -> Vec<Vec<u8>> {
    [
        "response_type=code&client_id=abc&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb&scope=openid+email&state=%7B%7D",
        "grant_type=authorization_code&code=x&code_verifier=y&client_secret=",
        "_csrf=5bd3e0a9&username=%C3%84da&password=%26%3D%23%25&custom%3Ateam=1",
        "a=1&a=2&=b&&%00=%ff",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

pub(super) fn long_oauth(length: usize) -> Vec<Vec<u8>> {
    ["&", "=", "%", "%41", "+", "a=&", "\u{ff}"]
        .map(|piece| piece.repeat(length / piece.len()).into_bytes())
        .to_vec()
}
