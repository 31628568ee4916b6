//! A bucket against a store in memory, which fails as it is told.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body::Frame;
use poolhouse_backup::{BackupError, BucketFault, Lock, Place as _, Wrong};
use poolhouse_crypto::digest::{hex, sha256};
use poolhouse_ports::{Clock, Entropy, Timestamp};
use tokio::net::TcpListener;

use super::Location;
use super::bucket::Bucket;
use super::store::Store;
use crate::http_client::HttpClient;
use crate::sigv4::Keys;

/// What a store does instead of what it is asked for.
#[derive(Clone, Copy)]
enum Failure {
    /// It does what it is asked for.
    None,
    Status(u16, &'static str),
    /// The connection ends in the middle of the answer.
    CutOff,
    /// A piece is shorter than it should be.
    Short,
    /// Something else is stored.
    Altering,
    /// The file is another one from now on.
    Changing,
}

#[derive(Default)]
struct Inside {
    files: BTreeMap<String, (Vec<u8>, i64)>,
    uploads: BTreeMap<String, BTreeMap<u32, Vec<u8>>>,
    failures: VecDeque<Failure>,
    asked: Vec<String>,
    /// Whether it knows checksums.
    checks: bool,
    now: i64,
    version: u32,
}

#[derive(Clone, Default)]
struct Fake(Arc<Mutex<Inside>>);

impl Fake {
    async fn start() -> (Self, Bucket) {
        let fake = Self::default();
        let router = Router::new().fallback(answer).with_state(fake.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let keys = Keys {
            access_key_id: "AKID".to_owned(),
            secret_access_key: "secret".to_owned(),
            session_token: None,
        };
        let client = HttpClient::new().unwrap();
        let store =
            Store::new(client, &endpoint, "b", "eu-west-1".to_owned(), keys, Clock::system()).unwrap();
        let bucket = Bucket::new(store.without_waits(), "p/".to_owned(), Entropy::system());
        (fake, bucket.in_pieces_of(10))
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap()
    }

    fn fails(&self, failures: &[Failure]) {
        self.inside().failures.extend(failures);
    }

    fn advance_minutes(&self, minutes: i64) {
        self.inside().now += minutes * 60 * 1000;
    }
}

/// A body whose connection breaks behind its beginning.
struct Broken(Option<Bytes>);

impl HttpBody for Broken {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        Poll::Ready(Some(self.0.take().map(Frame::data).ok_or("broken")))
    }
}

async fn answer(
    State(fake): State<Fake>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response<Body>, Infallible> {
    let authorization = headers[header::AUTHORIZATION].to_str().unwrap();
    assert!(authorization.contains("/eu-west-1/s3/aws4_request"), "{authorization}");
    assert_eq!(headers["x-amz-content-sha256"], hex(&sha256(&[&body])));
    let mut inside = fake.inside();
    let query: BTreeMap<String, String> = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.replace("%2F", "/")))
        .collect();
    let key = uri.path().strip_prefix("/b/").unwrap().to_owned();
    inside.asked.push(format!("{method} {key}"));
    Ok(inside.answer(&method, &key, &query, &headers, &body))
}

impl Inside {
    fn answer(
        &mut self,
        method: &Method,
        key: &str,
        query: &BTreeMap<String, String>,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Response<Body> {
        let failure = self.failures.pop_front();
        let mut body = body.to_vec();
        match failure {
            Some(Failure::Status(status, code)) => {
                let body = format!("<Error><Code>{code}</Code></Error>");
                let response = Response::builder().status(status).header("x-amz-bucket-region", "eu-north-1");
                return response.body(body.into()).unwrap();
            }
            Some(Failure::CutOff) => return Response::new(Body::new(Broken(Some(Bytes::from("<List"))))),
            Some(Failure::Altering) => body.push(b'!'),
            Some(Failure::Changing) => self.version += 1,
            Some(Failure::Short | Failure::None) | None => {}
        }
        let sent = match (method.as_str(), query.get("uploadId")) {
            ("GET", _) if query.contains_key("list-type") => self.list(query),
            ("POST", None) => {
                self.uploads.insert("u".to_owned(), BTreeMap::new());
                Response::new(
                    "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
                        .into(),
                )
            }
            ("PUT", Some(id)) => {
                let number = query["partNumber"].parse().unwrap();
                self.uploads.get_mut(id).unwrap().insert(number, body);
                Response::builder().header("etag", format!("\"e{number}\"")).body(Body::empty()).unwrap()
            }
            ("POST", Some(id)) => {
                let pieces = self.uploads.remove(id).unwrap();
                let named = String::from_utf8(body).unwrap();
                assert_eq!(named.matches("<Part>").count(), pieces.len());
                self.put(key, pieces.into_values().flatten().collect())
            }
            ("DELETE", Some(id)) => {
                self.uploads.remove(id);
                Response::default()
            }
            ("PUT", None) => self.put(key, body),
            ("DELETE", None) => {
                self.files.remove(key);
                Response::builder().status(204).body(Body::empty()).unwrap()
            }
            _ => self.get(key, headers),
        };
        match failure {
            Some(Failure::Short) => Response::builder().status(206).body("x".into()).unwrap(),
            _ => sent,
        }
    }

    fn put(&mut self, key: &str, body: Vec<u8>) -> Response<Body> {
        let response = Response::builder();
        let response = match self.checks {
            true => response.header("x-amz-checksum-sha256", STANDARD.encode(sha256(&[&body]))),
            false => response,
        };
        self.files.insert(key.to_owned(), (body, self.now));
        response.body(Body::empty()).unwrap()
    }

    fn get(&self, key: &str, headers: &HeaderMap) -> Response<Body> {
        let Some((bytes, _)) = self.files.get(key) else {
            return Response::builder().status(404).body(Body::empty()).unwrap();
        };
        let etag = format!("\"{}\"", self.version);
        if headers.get(header::IF_MATCH).is_some_and(|wanted| *wanted != etag) {
            return Response::builder().status(412).body(Body::empty()).unwrap();
        }
        let mut response = Response::builder().header("etag", etag);
        if self.checks {
            response = response.header("x-amz-checksum-sha256", STANDARD.encode(sha256(&[bytes])));
        }
        let range = headers.get(header::RANGE).map(|range| range.to_str().unwrap());
        let bytes = match range.and_then(|range| range.strip_prefix("bytes=")?.split_once('-')) {
            Some((from, to)) => {
                let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
                response = response.status(StatusCode::PARTIAL_CONTENT);
                bytes[from..=to].to_vec()
            }
            None => bytes.clone(),
        };
        response.body(bytes.into()).unwrap()
    }

    /// Two names a page.
    fn list(&self, query: &BTreeMap<String, String>) -> Response<Body> {
        let after = query.get("continuation-token").cloned().unwrap_or_default();
        let prefix = &query["prefix"];
        let here = |key: &str| key.strip_prefix(prefix.as_str()).is_some_and(|rest| !rest.contains('/'));
        let mut found: Vec<_> = self.files.iter().filter(|(key, _)| **key > after && here(key)).collect();
        let is_truncated = found.len() > 2;
        found.truncate(2);
        let mut xml = format!("<ListBucketResult><IsTruncated>{is_truncated}</IsTruncated>");
        if let Some((last, _)) = found.last().filter(|_| is_truncated) {
            xml.push_str(&format!("<NextContinuationToken>{last}</NextContinuationToken>"));
        }
        for (key, (_, modified)) in found {
            let modified = Timestamp(*modified).iso8601();
            xml.push_str(&format!(
                "<Contents><Key>{key}</Key><LastModified>{modified}</LastModified></Contents>"
            ));
        }
        xml.push_str("</ListBucketResult>");
        Response::new(xml.into())
    }
}

fn fault(error: &BackupError) -> &BucketFault {
    match error {
        BackupError::Bucket(_, fault) => fault,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn files_come_back_at_once_and_in_pieces() {
    for checks in [false, true] {
        let (fake, bucket) = Fake::start().await;
        fake.inside().checks = checks;
        let long: Vec<u8> = (0..35).collect();
        for (name, bytes) in
            [("parts/a", &b"short"[..]), ("parts/b", &long), ("parts/c", b""), ("x.json", b"{}")]
        {
            bucket.write(name, bytes).await.unwrap();
            assert_eq!(bucket.read(name, 35).await.unwrap(), bytes);
            let hash = hex(&sha256(&[bytes]));
            assert!(bucket.has(name, bytes.len() as u64, &hash).await.unwrap());
            assert!(!bucket.has(name, bytes.len() as u64 + 1, &hash).await.unwrap());
        }
        let other = hex(&sha256(&[b"other"]));
        assert_eq!(
            bucket.has("parts/a", 5, &other).await.unwrap(),
            !checks,
            "a checksum tells more than a length"
        );
        assert_eq!(bucket.list("parts").await.unwrap(), ["a", "b", "c"]);
        assert_eq!(bucket.list("").await.unwrap(), ["x.json"]);
        bucket.remove("parts/a").await.unwrap();
        bucket.remove("parts/a").await.unwrap();
        let missing = BackupError::Wrong("s3://b/p/parts/a".to_owned(), Wrong::Missing);
        assert_eq!(bucket.read("parts/a", 35).await, Err(missing));
        assert!(matches!(bucket.read("parts/b", 34).await, Err(BackupError::Damaged(..))));
    }
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    let (fake, bucket) = Fake::start().await;
    bucket.write("a", &[7; 15]).await.unwrap();
    let passing = [Failure::Status(500, "InternalError"), Failure::Status(503, "SlowDown"), Failure::CutOff];
    fake.fails(&passing);
    bucket.list("").await.unwrap();
    fake.fails(&passing);
    bucket.write("a", b"new").await.unwrap();
    // The first one answers what is known of the file.
    fake.fails(&[Failure::None, Failure::Status(429, ""), Failure::Status(400, "BadDigest")]);
    assert_eq!(bucket.read("a", 3).await.unwrap(), b"new");
    fake.fails(&[Failure::Status(500, "")].repeat(6));
    let error = bucket.list("").await.unwrap_err();
    assert_eq!(*fault(&error), BucketFault::Failing(6, "HTTP status 500".to_owned()));
    assert!(error.to_string().contains("try again"), "{error}");
}

#[tokio::test]
async fn a_short_piece_is_read_again() {
    let (fake, bucket) = Fake::start().await;
    bucket.write("a", b"content").await.unwrap();
    fake.inside().asked.clear();
    fake.fails(&[Failure::None, Failure::Short, Failure::Short]);
    assert_eq!(bucket.read("a", 7).await.unwrap(), b"content");
    assert_eq!(fake.inside().asked, ["HEAD p/a", "GET p/a", "GET p/a", "GET p/a"]);
}

#[tokio::test]
async fn refusals_say_what_to_do_and_are_not_repeated() {
    let (fake, bucket) = Fake::start().await;
    for (status, code, wanted, words) in [
        (403, "AccessDenied", BucketFault::Denied("s3:PutObject"), "s3:PutObject"),
        (
            403,
            "InvalidAccessKeyId",
            BucketFault::Credentials("InvalidAccessKeyId".to_owned()),
            "AWS_ACCESS_KEY_ID",
        ),
        (403, "RequestTimeTooSkewed", BucketFault::Clock, "time server"),
        (404, "NoSuchBucket", BucketFault::NoBucket, "make it"),
        (
            301,
            "PermanentRedirect",
            BucketFault::Region(Some("eu-north-1".to_owned())),
            "--s3-region eu-north-1",
        ),
        (409, "OperationAborted", BucketFault::Refused(409, "OperationAborted".to_owned()), "status 409"),
    ] {
        fake.inside().asked.clear();
        fake.fails(&[Failure::Status(status, code)]);
        let error = bucket.write("a", b"x").await.unwrap_err();
        assert_eq!(*fault(&error), wanted);
        assert!(error.to_string().contains(words) && error.to_string().contains("s3://b/p/a"), "{error}");
        assert_eq!(fake.inside().asked.len(), 1);
    }
}

#[tokio::test]
async fn what_is_stored_is_what_was_given() {
    let (fake, bucket) = Fake::start().await;
    for checks in [false, true] {
        fake.inside().checks = checks;
        fake.fails(&[Failure::Altering]);
        let error = bucket.write("a", b"x").await.unwrap_err();
        assert!(
            matches!(error, BackupError::Damaged(..) | BackupError::Bucket(_, BucketFault::Altered)),
            "{error}"
        );
    }
    bucket.write("a", &[1; 25]).await.unwrap();
    // It is known, its first piece is read, and then it is another one.
    fake.fails(&[Failure::None, Failure::None, Failure::Changing]);
    assert_eq!(*fault(&bucket.read("a", 25).await.unwrap_err()), BucketFault::Changed);
}

#[tokio::test]
async fn pieces_of_an_upload_that_fails_are_taken_back() {
    let (fake, bucket) = Fake::start().await;
    fake.fails(&[Failure::None, Failure::Status(403, "AccessDenied")]);
    let error = bucket.write("a", &[1; 25]).await.unwrap_err();
    assert_eq!(*fault(&error), BucketFault::Denied("s3:PutObject"));
    assert!(fake.inside().uploads.is_empty() && !fake.inside().files.contains_key("p/a"));
}

#[tokio::test]
async fn one_holds_the_lock_at_a_time() {
    let (fake, bucket) = Fake::start().await;
    let mut first = bucket.hold(Lock::Wanted).await.unwrap();
    let in_use = BackupError::Wrong("s3://b/p".to_owned(), Wrong::InUse);
    assert_eq!(bucket.hold(Lock::Needed).await.unwrap_err(), in_use);
    fake.advance_minutes(59);
    first.renew(true).await.unwrap();
    fake.advance_minutes(59);
    assert_eq!(bucket.hold(Lock::Needed).await.unwrap_err(), in_use, "it was renewed");
    assert_eq!(bucket.list("locks").await.unwrap().len(), 1, "who is refused leaves nothing");
    // It stands still for so long that another believes it dead.
    fake.advance_minutes(1);
    let second = bucket.hold(Lock::Needed).await.unwrap();
    let lost = first.renew(true).await.unwrap_err();
    assert_eq!(*fault(&lost), BucketFault::LockLost);
    first.release().await;
    second.release().await;
    assert_eq!(bucket.list("locks").await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn a_beginning_that_fails_keeps_nobody_away() {
    let (fake, bucket) = Fake::start().await;
    let mut failed = 0;
    loop {
        fake.fails(&[Failure::None].repeat(failed));
        fake.fails(&[Failure::Status(403, "AccessDenied")]);
        if bucket.hold(Lock::Wanted).await.is_ok() {
            break;
        }
        assert_eq!(bucket.list("locks").await.unwrap(), [""; 0]);
        failed += 1;
    }
    assert!(failed > 1, "the file was written, and those of others were to be listed");
}

#[test]
fn places_are_folders_or_buckets() {
    let bucket = |bucket: &str, prefix: &str| Location::Bucket {
        bucket: bucket.to_owned(),
        prefix: prefix.to_owned(),
    };
    assert_eq!("/backup/x".parse(), Ok(Location::Folder("/backup/x".into())));
    assert_eq!("s3://b".parse(), Ok(bucket("b", "")));
    assert_eq!("s3://b/".parse(), Ok(bucket("b", "")));
    assert_eq!("s3://my.bucket/a/b-1/".parse(), Ok(bucket("my.bucket", "a/b-1/")));
    for wrong in ["s3://", "s3:///a", "s3://b//a", "s3://b/../a", "s3://b/a?x", "s3://b/a b", "s3://../a"] {
        assert!(wrong.parse::<Location>().is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn an_endpoint_is_a_host() {
    let keys =
        || Keys { access_key_id: String::new(), secret_access_key: String::new(), session_token: None };
    let made = |endpoint: &str| {
        let client = HttpClient::new().unwrap();
        Store::new(client, endpoint, "b", "r".to_owned(), keys(), Clock::system()).is_some()
    };
    assert!(made("http://127.0.0.1:9000") && made("https://minio.example.com/"));
    for wrong in ["", "minio", "ftp://minio", "https://minio/path", "https://u:p@minio", "https://minio/?x=1"]
    {
        assert!(!made(wrong), "{wrong}");
    }
}
