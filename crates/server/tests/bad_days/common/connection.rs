//! A small HTTP/1.1 client over one connection.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use poolhouse_ports::Clock;
use poolhouse_testkit::sign;
use serde_json::Value;

use super::server::{ROOT_ID, ROOT_SECRET};

/// How long an answer may take before the test fails: no measure, only an end.
const PATIENCE: Duration = Duration::from_secs(120);

/// Who sends a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sender<'a> {
    /// The root credentials sign it.
    Root,
    /// An access key signs it, by its id and its secret.
    Key(&'a str, &'a str),
    /// A user's application, which signs nothing.
    Public,
}

/// One connection to a server.
pub(crate) struct Connection(BufReader<TcpStream>);

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self::from(stream))
    }

    /// The bytes of a request for an operation: head and body.
    pub(crate) fn request(&self, sender: Sender<'_>, operation: &str, input: &Value) -> (Vec<u8>, Vec<u8>) {
        let headers = vec![
            ("content-type", "application/x-amz-json-1.1".to_owned()),
            ("x-amz-target", format!("AWSCognitoIdentityProviderService.{operation}")),
        ];
        self.signed(sender, "cognito-idp", headers, input.to_string().into_bytes())
    }

    /// The bytes of a request with these fields of the head, signed for a service.
    fn signed(
        &self,
        sender: Sender<'_>,
        service: &str,
        mut headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    ) -> (Vec<u8>, Vec<u8>) {
        headers.push(("host", self.0.get_ref().peer_addr().unwrap().to_string()));
        let keys = match sender {
            Sender::Root => Some((ROOT_ID, ROOT_SECRET)),
            Sender::Key(id, secret) => Some((id, secret)),
            Sender::Public => None,
        };
        if let Some((access_key_id, secret_access_key)) = keys {
            let keys = sign::Keys { access_key_id, secret_access_key };
            headers.extend(sign::headers(keys, service, &headers, &body, Clock::system().now()));
        }
        let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!("POST / HTTP/1.1\r\n{lines}content-length: {}\r\n\r\n", body.len());
        (head.into_bytes(), body)
    }

    /// Calls an operation.
    ///
    /// # Errors
    /// When the connection breaks before the answer is complete.
    pub(crate) fn call(&mut self, sender: Sender<'_>, operation: &str, input: &Value) -> io::Result<Answer> {
        let (head, body) = self.request(sender, operation, input);
        self.send(&[head, body].concat())?;
        self.receive()
    }

    /// Calls an operation of the account, in the Query protocol.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub(crate) fn query(&mut self, sender: Sender<'_>, form: &str) -> io::Result<Answer> {
        let headers = vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
        let (head, body) = self.signed(sender, "iam", headers, form.as_bytes().to_vec());
        self.send(&[head, body].concat())?;
        self.receive()
    }

    pub(crate) fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.send(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes())?;
        self.receive()
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.get_mut().write_all(bytes)
    }

    /// Says that nothing more will be sent.
    pub(crate) fn finish_sending(&self) {
        self.0.get_ref().shutdown(Shutdown::Write).unwrap();
    }

    /// Reads one answer; an interim one (100) has no body.
    pub(crate) fn receive(&mut self) -> io::Result<Answer> {
        let status_line = self.line()?;
        let status = status_line.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap();
        let mut length = 0;
        loop {
            let line = self.line()?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok(Answer { status, body: String::from_utf8(body).unwrap() })
    }

    /// Whether the server has closed the connection without a further byte.
    pub(crate) fn is_closed(&mut self) -> bool {
        match self.0.fill_buf() {
            Ok(bytes) => bytes.is_empty(),
            Err(error) => error.kind() == io::ErrorKind::ConnectionReset,
        }
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        match self.0.read_line(&mut line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(line.trim_end().to_owned()),
        }
    }
}

impl From<TcpStream> for Connection {
    fn from(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self(BufReader::new(stream))
    }
}

impl Answer {
    /// The body of a success.
    pub(crate) fn ok(self, operation: &str) -> Value {
        assert_eq!(self.status, 200, "{operation}: {}", self.body);
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}
