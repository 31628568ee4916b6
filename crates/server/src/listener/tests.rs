use std::future::pending;
use std::time::Duration;

use poolhouse_kernel::limits::shares::Bounds;
use poolhouse_testkit::{Database, TestServer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;

use super::*;
use crate::patience::Ended;

/// What each answer of these tests holds, in bytes.
const ANSWER: usize = 10_000;

const GET: &[u8] = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";

/// Waits until something is so, which other tasks make so.
async fn until(mut is_so: impl FnMut() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(10), wait).await.unwrap();
}

/// Whether a connection is answered, and if so the connection.
async fn answered(address: std::net::SocketAddr) -> Option<TcpStream> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.ok()?;
    let mut beginning = [0; 12];
    stream.read_exact(&mut beginning).await.ok()?;
    assert_eq!(&beginning, b"HTTP/1.1 404");
    Some(stream)
}

#[tokio::test]
async fn a_connection_too_many_is_closed_and_makes_room_for_nobody() {
    let server = TestServer::start(Database::Sqlite).await;
    let metrics = Metrics::new(server.engine(), None, Vec::new());
    let room = Shares::new(Bounds { all: 2, each: 1 });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn({
        let engine = server.engine().clone();
        let service = Service::new(Router::new(), engine, metrics.clone(), Sources::default(), None);
        let room = Arc::clone(&room);
        async move {
            let stopped = async { drop(stopped.await) };
            serve(listener, service, &room, stopped, async {}).await;
        }
    });
    // This machine's own are bounded in all alone.
    let first = answered(address).await.unwrap();
    let second = answered(address).await.unwrap();
    assert!(answered(address).await.is_none());
    assert!(metrics.text().contains("poolhouse_refused_connections_total{limit=\"all\"} 1"));
    drop(first);
    until(|| room.in_use() == 1).await;
    let third = answered(address).await.unwrap();
    drop((second, third));
    stop.send(()).unwrap();
    serving.await.unwrap();
    until(|| room.in_use() == 0).await;
}

#[tokio::test]
async fn those_who_watch_are_counted_apart() {
    let server = TestServer::start(Database::Sqlite).await;
    let metrics = Metrics::new(server.engine(), None, Vec::new());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let engine = server.engine().clone();
    let service = Service::new(Router::new(), engine, metrics.clone(), Sources::default(), None);
    let serving = tokio::spawn(async move {
        serve(listener, service.of_watchers(), &Shares::new(Bounds { all: 1, each: 0 }), pending(), async {})
            .await;
    });
    let only = answered(address).await.unwrap();
    assert!(answered(address).await.is_none());
    for (limit, count) in [("watchers", 1), ("all", 0)] {
        let line = format!("poolhouse_refused_connections_total{{limit=\"{limit}\"}} {count}\n");
        assert!(metrics.text().contains(&line), "{line}");
    }
    drop(only);
    until(|| metrics.connections.get() == 0).await;
    serving.abort();
}

/// The client's end of a connection, whose rounds the test lets end.
struct Client {
    stream: DuplexStream,
    rounds: Arc<Semaphore>,
}

/// Why a connection whose client does this was dropped; `None` when it was not.
async fn attended(buffer: usize, script: impl AsyncFnOnce(&mut Client)) -> Option<Ended> {
    let router = Router::new().fallback(|| async { "x".repeat(ANSWER) });
    let (stream, served) = tokio::io::duplex(buffer);
    let patience = Patience::default();
    let peer = "192.0.2.1".parse().unwrap();
    let connection =
        connection(&protocols(), served, &patience, &router, &Gauge::default(), peer, Arc::default());
    let rounds = Arc::new(Semaphore::new(0));
    let round = || async { rounds.acquire().await.unwrap().forget() };
    let mut client = Client { stream, rounds: Arc::clone(&rounds) };
    let end = async {
        tokio::select! {
            ended = attend(connection, &patience, pending(), round) => ended.err(),
            () = script(&mut client) => None,
        }
    };
    timeout(Duration::from_secs(10), end).await.unwrap()
}

impl Client {
    /// Lets rounds end without doing anything.
    async fn do_nothing(&self, rounds: usize) {
        self.rounds.add_permits(rounds);
        until(|| self.rounds.available_permits() == 0).await;
    }

    /// As [`Client::do_nothing`], and goes on with that.
    async fn give_up(&self, rounds: usize) {
        self.do_nothing(rounds).await;
        pending::<()>().await;
    }

    /// Takes the head of an answer of HTTP/1.
    async fn read_head(&mut self) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.stream.read_u8().await.unwrap());
        }
    }

    /// Begins HTTP/2, as a client that takes at first so much of each answer.
    async fn begin(&mut self, window: u32) {
        self.stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
        let mut setting = vec![0, 4];
        setting.extend(window.to_be_bytes());
        self.frame(4, 0, 0, &setting).await;
    }

    /// `GET /` of `a`, by HTTP/2.
    async fn get(&mut self, stream: u32) {
        self.frame(1, 0x5, stream, &[0x82, 0x86, 0x84, 0x41, 1, b'a']).await;
    }

    async fn frame(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        let mut frame = (payload.len() as u32).to_be_bytes()[1..].to_vec();
        frame.extend([kind, flags]);
        frame.extend(stream.to_be_bytes());
        frame.extend(payload);
        self.stream.write_all(&frame).await.unwrap();
    }

    /// Reads frames up to one of this kind and stream; its flags and its length.
    async fn until_frame(&mut self, kind: u8, stream: u32) -> (u8, usize) {
        loop {
            let mut head = [0; 9];
            self.stream.read_exact(&mut head).await.unwrap();
            let [a, b, c, found, flags, of @ ..] = head;
            let length = u32::from_be_bytes([0, a, b, c]) as usize;
            self.stream.read_exact(&mut vec![0; length]).await.unwrap();
            if (found, u32::from_be_bytes(of)) == (kind, stream) {
                return (flags, length);
            }
        }
    }

    /// Takes the whole answer on a stream.
    async fn take(&mut self, stream: u32) {
        let mut taken = 0;
        loop {
            let (flags, length) = self.until_frame(0, stream).await;
            taken += length;
            if flags & 1 == 1 {
                assert_eq!(taken, ANSWER);
                return;
            }
        }
    }
}

const HEADERS: u8 = 1;
const DATA: u8 = 0;

#[tokio::test]
async fn a_connection_on_which_nobody_asks_is_dropped() {
    assert_eq!(attended(64, async |client| client.give_up(1).await).await, Some(Ended::Unasked));
    let half = async |client: &mut Client| {
        client.stream.write_all(b"GET / HT").await.unwrap();
        client.give_up(1).await;
    };
    assert_eq!(attended(64, half).await, Some(Ended::Unasked));
}

#[tokio::test]
async fn an_answer_that_nobody_takes_ends_its_connection() {
    // The client lets nothing be sent, or too little, and would answer every ping.
    for (window, last) in [(0, HEADERS), (1, DATA)] {
        let ended = attended(65_536, async |client| {
            client.begin(window).await;
            client.get(1).await;
            client.until_frame(last, 1).await;
            client.do_nothing(1).await;
            client.get(3).await;
            client.until_frame(last, 3).await;
            client.give_up(1).await;
        });
        assert_eq!(ended.await, Some(Ended::Untaken), "{window}");
    }
    // Nor does it read.
    let ended = attended(64, async |client| {
        client.stream.write_all(GET).await.unwrap();
        client.stream.read_exact(&mut [0; 12]).await.unwrap();
        client.give_up(2).await;
    });
    assert_eq!(ended.await, Some(Ended::Untaken));
}

#[tokio::test]
async fn who_takes_answers_may_take_their_time() {
    let ended = attended(65_536, async |client| {
        client.begin(65_535).await;
        for stream in [1, 3] {
            client.get(stream).await;
            client.take(stream).await;
            client.do_nothing(1).await;
        }
    });
    assert_eq!(ended.await, None);
    let ended = attended(64, async |client| {
        client.stream.write_all(GET).await.unwrap();
        client.read_head().await;
        for _ in 0..2 {
            client.stream.read_exact(&mut [0; ANSWER / 2]).await.unwrap();
            client.do_nothing(1).await;
        }
    });
    assert_eq!(ended.await, None);
}

#[tokio::test]
async fn an_idle_connection_is_asked_to_end_and_then_made_to() {
    const GOAWAY: u8 = 7;
    let ended = attended(65_536, async |client| {
        client.begin(65_535).await;
        for stream in [1, 3] {
            client.get(stream).await;
            client.take(stream).await;
            client.do_nothing(1).await;
        }
        client.do_nothing(1).await;
        client.until_frame(GOAWAY, 0).await;
        // Who has not heard of it yet is answered.
        client.get(5).await;
        client.take(5).await;
        client.do_nothing(1).await;
        client.give_up(1).await;
    });
    assert_eq!(ended.await, Some(Ended::Idle));
    // With HTTP/1 nothing more comes.
    let ended = attended(64, async |client| {
        client.stream.write_all(GET).await.unwrap();
        client.read_head().await;
        client.stream.read_exact(&mut [0; ANSWER]).await.unwrap();
        client.do_nothing(1).await;
        client.rounds.add_permits(1);
        assert_eq!(client.stream.read_to_end(&mut Vec::new()).await.unwrap(), 0);
        pending::<()>().await;
    });
    assert_eq!(ended.await, None);
}

// A handler may take as long as it likes: nothing waits for the client then.
#[tokio::test]
async fn a_request_that_is_worked_on_waits_for_nobody() {
    let router = Router::new().fallback(pending::<&str>);
    let (mut client, served) = tokio::io::duplex(64);
    let patience = Patience::default();
    let peer = "192.0.2.1".parse().unwrap();
    let connection =
        connection(&protocols(), served, &patience, &router, &Gauge::default(), peer, Arc::default());
    let rounds = Semaphore::new(0);
    let round = || async { rounds.acquire().await.unwrap().forget() };
    let script = async {
        client.write_all(GET).await.unwrap();
        rounds.add_permits(5);
        until(|| rounds.available_permits() == 0).await;
    };
    tokio::select! {
        ended = attend(connection, &patience, pending(), round) => panic!("{:?}", ended.err()),
        () = script => {}
    }
}

#[tokio::test]
async fn a_head_has_a_bound() {
    let fields = "a: b\r\n".repeat(FIELDS);
    let long = format!("a: {}\r\n", "b".repeat(LONGEST_HEAD.into()));
    for (head, expected) in [("a: b\r\n", "200"), (&*fields, "431"), (&*long, "431")] {
        let ended = attended(65_536, async |client| {
            let request = format!("GET / HTTP/1.1\r\nhost: a\r\n{head}\r\n");
            client.stream.write_all(request.as_bytes()).await.unwrap();
            let mut status = [0; 12];
            client.stream.read_exact(&mut status).await.unwrap();
            assert_eq!(status, *format!("HTTP/1.1 {expected}").as_bytes());
        });
        assert_eq!(ended.await, None);
    }
}
