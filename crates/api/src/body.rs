//! Reading the body of a request: how long it may be, how long that may take, and out of which memory.

use std::net::IpAddr;
use std::slice;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::http::StatusCode;
use axum::http::request::Parts;
use http_body_util::BodyExt as _;
use poolhouse_kernel::Fault;
use poolhouse_kernel::limits::shares::{Share, Shares};
use poolhouse_wire::query::Form;
use poolhouse_wire::{Authority, ErrorCode, Operation, user_pools};

use crate::refusal::Refusal;

/// The largest body that is read of most operations, in bytes. They need no more: their largest legal inputs are an
/// identity provider's metadata document of 128 KiB, a logo as large, and the attributes of a user.
pub const BODY_LIMIT: usize = 256 * 1024;

/// The same where the images of managed login come (oauth-and-managed-login §10.2, model).
pub const IMAGES_BODY_LIMIT: usize = 2 * 1024 * 1024;

/// The same for operations whose callers prove nothing beforehand and have little to say.
pub const PUBLIC_BODY_LIMIT: usize = 64 * 1024;

/// How long a client may take to send its body; slower ones are cut off so that they hold nothing.
const TIME: Duration = Duration::from_secs(30);

/// Up to here the buffer is as long as the client announces; beyond it grows with what arrives, so that an
/// announcement alone takes nothing from others.
const AT_ONCE: usize = 16 * 1024;

/// What a value takes in memory once it is parsed, at the most.
const VALUE_COST: usize = 128;

/// What a field of a head takes in memory beside its bytes.
const FIELD_COST: usize = 128;

/// A body, and the part of the memory for requests that it takes with its head.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) bytes: Vec<u8>,
    /// Held until the request is answered: what is made of the bytes lives as long.
    pub(crate) _share: Share,
}

/// The longest body of an operation. AWS's limit is not known (protocol §3.1), so that nothing is refused that the
/// model allows: a user's attributes, and tokens that name a hundred groups, take more than the smaller limit.
pub(crate) fn longest(operation: Operation) -> usize {
    use user_pools::Operation::{
        CreateManagedLoginBranding, RespondToAuthChallenge, SignUp, UpdateManagedLoginBranding,
    };
    match (operation.facts().authority, operation) {
        (Authority::Public, Operation::UserPools(SignUp | RespondToAuthChallenge)) => BODY_LIMIT,
        (_, Operation::UserPools(CreateManagedLoginBranding | UpdateManagedLoginBranding)) => {
            IMAGES_BODY_LIMIT
        }
        // What is wrapped is short.
        (Authority::Public, _) | (_, Operation::Kms(_)) => PUBLIC_BODY_LIMIT,
        _ => BODY_LIMIT,
    }
}

/// What the head of a request takes in memory for as long as its body does, in bytes.
pub(crate) fn head_size(head: &Parts) -> usize {
    let target = head.uri.path_and_query().map_or(0, |target| target.as_str().len());
    let fields = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + FIELD_COST);
    target + fields.sum::<usize>()
}

/// Room for a request that is its head alone.
pub(crate) fn room_for_head(
    room: &Arc<Shares>,
    source: Option<IpAddr>,
    head: &Parts,
) -> Result<Share, Refusal> {
    room_for(room, source, kibibytes(head_size(head)))
}

/// Room for what takes so many KiB.
pub(crate) fn room_for(room: &Arc<Shares>, source: Option<IpAddr>, kibibytes: u32) -> Result<Share, Refusal> {
    room.take(source, kibibytes).map_err(|_| busy())
}

/// What a body may be.
#[derive(Clone, Copy)]
pub(crate) struct Expected {
    /// How many bytes are read.
    longest: usize,
    /// What a body takes in memory, its bytes included, once something is made of it.
    parsed: fn(&[u8]) -> usize,
}

impl Expected {
    /// The JSON of an operation.
    pub(crate) fn json(operation: Operation) -> Self {
        Self { longest: longest(operation), parsed: parsed_json }
    }

    /// A form, which says itself what it is for. Who proves nothing has little to say in any.
    pub(crate) fn form(carries_signature: bool) -> Self {
        let longest = if carries_signature { BODY_LIMIT } else { PUBLIC_BODY_LIMIT };
        Self { longest, parsed: parsed_form }
    }
}

/// Reads a body, as far as there is room for it beside a head of `head` bytes.
pub(crate) async fn read(
    room: &Arc<Shares>,
    source: Option<IpAddr>,
    head: usize,
    body: Body,
    expected: Expected,
) -> Result<Received, Refusal> {
    match tokio::time::timeout(TIME, read_slowly(room, source, head, body, expected)).await {
        Ok(received) => received,
        Err(_) => Err(refused(StatusCode::REQUEST_TIMEOUT, "The request body came too slowly.")),
    }
}

async fn read_slowly(
    room: &Arc<Shares>,
    source: Option<IpAddr>,
    head: usize,
    mut body: Body,
    Expected { longest, parsed }: Expected,
) -> Result<Received, Refusal> {
    let announced = body.size_hint().exact().map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
    if announced.is_some_and(|bytes| bytes > longest) {
        return Err(too_long(longest));
    }
    let mut bytes = Vec::with_capacity(announced.unwrap_or(0).min(AT_ONCE));
    let mut share = room.take(source, kibibytes(head + bytes.capacity())).map_err(|_| busy())?;
    while let Some(frame) = body.frame().await {
        // What follows a body is no part of it.
        let Ok(data) = frame.map_err(|_| cut_off())?.into_data() else { continue };
        let needed = bytes.len() + data.len();
        if needed > longest {
            return Err(too_long(longest));
        }
        if needed > bytes.capacity() {
            let capacity = (bytes.capacity() * 2).min(announced.unwrap_or(longest)).max(needed);
            share.grow_to(kibibytes(head + capacity)).map_err(|_| busy())?;
            bytes.reserve_exact(capacity - bytes.len());
        }
        // Copied: what hyper hands out is a piece of a buffer that is larger.
        bytes.extend_from_slice(&data);
    }
    // Before anything is made of it.
    share.grow_to(kibibytes(head.saturating_add(parsed(&bytes)))).map_err(|_| busy())?;
    Ok(Received { bytes, _share: share })
}

fn parsed_json(json: &[u8]) -> usize {
    json.len().saturating_add(values(json).saturating_mul(VALUE_COST))
}

/// A form is decoded before its values are taken out of it.
fn parsed_form(form: &[u8]) -> usize {
    form.len().saturating_mul(2).saturating_add(Form::values(form).saturating_mul(VALUE_COST))
}

/// How many values and members a JSON text has, at the most: `[0,0,0]` takes forty times its length.
fn values(json: &[u8]) -> usize {
    let (mut bytes, mut values) = (json.iter(), 0);
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => skip_string(&mut bytes),
            b',' | b':' | b'[' | b'{' => values += 1,
            _ => {}
        }
    }
    values
}

/// Goes behind the end of the string that has begun.
fn skip_string(bytes: &mut slice::Iter<'_, u8>) {
    while let Some(b'\\') = bytes.find(|byte| matches!(byte, b'"' | b'\\')) {
        // What is escaped ends nothing.
        bytes.next();
    }
}

/// Also of nothing: a request is one.
fn kibibytes(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(1024).max(1)).unwrap_or(u32::MAX)
}

fn too_long(longest: usize) -> Refusal {
    refused(StatusCode::PAYLOAD_TOO_LARGE, format!("The request body is larger than {longest} bytes."))
}

fn cut_off() -> Refusal {
    Fault::new(ErrorCode::SerializationException, "The request body was cut off.").into()
}

fn refused(status: StatusCode, text: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal { fault: Fault::new(ErrorCode::SerializationException, text), status: Some(status) }
}

/// With a status that SDKs repeat after, and a code that every operation has (protocol §3, §9).
fn busy() -> Refusal {
    Refusal {
        fault: Fault::new(ErrorCode::TooManyRequestsException, "Rate exceeded"),
        status: Some(StatusCode::SERVICE_UNAVAILABLE),
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::body::Bytes;
    use futures_util::stream;
    use poolhouse_kernel::limits::shares::Bounds;

    use super::*;

    /// A body in pieces of which nobody has announced the sum.
    fn pieces(piece: &'static [u8], times: usize) -> Body {
        Body::from_stream(stream::iter(
            (0..times).map(move |_| Ok::<_, Infallible>(Bytes::from_static(piece))),
        ))
    }

    fn room(all: u32, each: u32) -> Arc<Shares> {
        Shares::new(Bounds { all, each })
    }

    fn json(longest: usize) -> Expected {
        Expected { longest, parsed: parsed_json }
    }

    async fn status(room: &Arc<Shares>, body: Body, longest: usize) -> Option<u16> {
        let here = "192.0.2.1".parse().ok();
        read(room, here, 0, body, json(longest))
            .await
            .err()
            .and_then(|refusal| refusal.status)
            .map(|s| s.as_u16())
    }

    #[tokio::test]
    async fn a_body_takes_as_much_room_as_its_buffer_until_it_is_answered() {
        let room = room(0, 0);
        for (body, length, kib) in [
            (Body::empty(), 0, 1),
            (Body::from("x".repeat(1500)), 1500, 2),
            (Body::from("x".repeat(100_000)), 100_000, 98),
            (pieces(&[b'x'; 1000], 5), 5000, 8),
            (pieces(&[b'x'; 1000], 100), 100_000, 125),
        ] {
            let received = read(&room, None, 0, body, json(BODY_LIMIT)).await.ok().unwrap();
            assert_eq!(received.bytes.len(), length);
            assert!(
                received.bytes.capacity().div_ceil(1024) <= kib,
                "{length}: {}",
                received.bytes.capacity()
            );
            assert!(room.in_use() as usize <= kib, "{length}: {}", room.in_use());
            drop(received);
            assert_eq!(room.in_use(), 0);
        }
    }

    #[tokio::test]
    async fn a_head_takes_its_room_beside_the_body() {
        let room = room(20, 0);
        let request = axum::http::Request::post("/?x=1").header("a", "b".repeat(5000)).header("c", "d");
        let (head, ()) = request.body(()).unwrap().into_parts();
        assert_eq!(head_size(&head), "/?x=1".len() + 5001 + 2 + 2 * FIELD_COST);
        let received =
            read(&room, None, head_size(&head), Body::from("x".repeat(9000)), json(BODY_LIMIT)).await;
        assert_eq!(room.in_use(), 14);
        let body = Body::from("x".repeat(1500));
        assert!(read(&room, None, head_size(&head), body, json(BODY_LIMIT)).await.is_err());
        drop(received);
        assert_eq!(room.in_use(), 0);
    }

    #[tokio::test]
    async fn what_finds_no_room_is_refused_and_leaves_none_behind() {
        let large = room(100, 10);
        assert_eq!(status(&large, pieces(&[b'x'; 1000], 11), BODY_LIMIT).await, Some(503));
        assert_eq!(status(&large, Body::from("x".repeat(11_000)), BODY_LIMIT).await, Some(503));
        assert_eq!(
            (status(&large, Body::from("x".repeat(10_000)), BODY_LIMIT).await, large.in_use()),
            (None, 0)
        );
        let held = large.take(None, 95).unwrap();
        assert_eq!(status(&large, Body::from("x".repeat(6000)), BODY_LIMIT).await, Some(503));
        drop(held);
        assert_eq!(
            (status(&large, Body::from("x".repeat(6000)), BODY_LIMIT).await, large.in_use()),
            (None, 0)
        );
    }

    #[tokio::test]
    async fn what_becomes_larger_when_it_is_parsed_takes_more_room() {
        for (json, count) in [
            ("", 0),
            ("[]", 1),
            (r#"{"a":[0,0,{}]}"#, 6),
            (r#"{"a":"1,2,[3],{\"4\":5}\\","b":"\\\"{[,"}"#, 4),
        ] {
            assert_eq!(values(json.as_bytes()), count, "{json}");
        }
        let room = room(0, 0);
        let text = format!("[{}0]", "0,".repeat(30_000));
        let received = read(&room, None, 0, Body::from(text), json(BODY_LIMIT)).await.ok().unwrap();
        assert!((3500..4000).contains(&room.in_use()), "{}", room.in_use());
        drop(received);
        let room = self::room(0, 1024);
        assert_eq!(status(&room, Body::from("[".repeat(10_000)), BODY_LIMIT).await, Some(503));
        assert_eq!(room.in_use(), 0);
    }

    #[tokio::test]
    async fn a_form_takes_room_for_its_fields() {
        let room = room(0, 0);
        let text = "A.member.1=&".repeat(2000);
        let form = Expected::form(false);
        let received = read(&room, None, 0, Body::from(text), form).await.ok().unwrap();
        // 24 kB twice, and 6,000 values.
        assert!((750..850).contains(&room.in_use()), "{}", room.in_use());
        drop(received);
        for (signed, longest) in [(false, PUBLIC_BODY_LIMIT), (true, BODY_LIMIT)] {
            let body = || Body::from("x".repeat(longest + 1));
            assert!(read(&room, None, 0, body(), Expected::form(signed)).await.is_err());
        }
    }

    #[tokio::test]
    async fn what_is_announced_takes_no_room_before_it_comes() {
        let room = room(0, 0);
        let (mut sender, receiver) = tokio::io::duplex(64);
        let stream = stream::unfold(receiver, |mut from| async move {
            use tokio::io::AsyncReadExt as _;
            let mut piece = [0; 8];
            from.read_exact(&mut piece).await.ok()?;
            Some((Ok::<_, Infallible>(Bytes::copy_from_slice(&piece)), from))
        });
        let announced = Announced { body: Body::from_stream(stream), length: 200_000 };
        let mut reading = Box::pin(read(&room, None, 0, Body::new(announced), json(BODY_LIMIT)));
        tokio::io::AsyncWriteExt::write_all(&mut sender, b"12345678").await.unwrap();
        assert!(
            std::future::poll_fn(|cx| std::task::Poll::Ready(reading.as_mut().poll(cx).is_pending())).await
        );
        assert_eq!(room.in_use() as usize, AT_ONCE / 1024);
        drop(reading);
        assert_eq!(room.in_use(), 0);
    }

    /// A body with an announcement of its own.
    struct Announced {
        body: Body,
        length: u64,
    }

    impl axum::body::HttpBody for Announced {
        type Data = Bytes;
        type Error = axum::Error;

        fn poll_frame(
            mut self: std::pin::Pin<&mut Self>,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, axum::Error>>> {
            std::pin::Pin::new(&mut self.body).poll_frame(cx)
        }

        fn size_hint(&self) -> http_body::SizeHint {
            http_body::SizeHint::with_exact(self.length)
        }
    }

    #[tokio::test]
    async fn too_much_is_refused_before_it_is_read() {
        let room = room(0, 0);
        assert_eq!(status(&room, Body::from("x".repeat(11)), 10).await, Some(413));
        assert_eq!(status(&room, pieces(b"12345", 3), 10).await, Some(413));
        assert_eq!((status(&room, pieces(b"12345", 2), 10).await, room.in_use()), (None, 0));
    }

    // What AWS takes is taken: a user's attributes, tokens that name many groups.
    #[test]
    fn who_proves_nothing_says_little() {
        use user_pools::Operation;
        for operation in Operation::ALL {
            let small = longest(operation.into()) == PUBLIC_BODY_LIMIT;
            let attributes = [Operation::SignUp, Operation::RespondToAuthChallenge].contains(&operation);
            assert_eq!(small, operation.facts().authority == Authority::Public && !attributes, "{operation}");
        }
    }
}
