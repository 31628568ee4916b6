//! A small HTTP/1.1 client over one connection, for servers in processes of their own.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use poolhouse_ports::Clock;
use serde_json::Value;

use crate::sign::{self, Keys};

/// One connection to a server.
#[derive(Debug)]
pub struct Connection(BufReader<TcpStream>);

/// What a server answered.
#[derive(Debug)]
pub struct Answer {
    /// Of HTTP.
    pub status: u16,
    /// As text.
    pub body: String,
}

impl Connection {
    /// Connects; that, and each answer, may take as long as `patience`.
    ///
    /// # Errors
    /// When nobody listens, or the address is silent.
    pub fn open(address: SocketAddr, patience: Duration) -> io::Result<Self> {
        Self::over(TcpStream::connect_timeout(&address, patience)?, patience)
    }

    /// Over a connection that is there.
    ///
    /// # Errors
    /// When it broke.
    pub fn over(stream: TcpStream, patience: Duration) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(patience))?;
        Ok(Self(BufReader::new(stream)))
    }

    /// The bytes of a request for an operation, signed if there are keys: head and body.
    ///
    /// # Panics
    /// When the connection is none any more.
    pub fn request<'a>(
        &self,
        keys: impl Into<Option<Keys<'a>>>,
        operation: &str,
        input: &Value,
    ) -> (Vec<u8>, Vec<u8>) {
        let headers = vec![
            ("content-type", "application/x-amz-json-1.1".to_owned()),
            ("x-amz-target", format!("AWSCognitoIdentityProviderService.{operation}")),
        ];
        self.signed(keys.into(), "cognito-idp", headers, input.to_string().into_bytes())
    }

    /// The bytes of a request with these fields of the head, signed for a service.
    fn signed(
        &self,
        keys: Option<Keys<'_>>,
        service: &str,
        mut headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    ) -> (Vec<u8>, Vec<u8>) {
        headers.push(("host", self.0.get_ref().peer_addr().unwrap().to_string()));
        if let Some(keys) = keys {
            headers.extend(sign::headers(
                keys,
                (service, sign::REGION),
                &headers,
                &body,
                Clock::system().now(),
            ));
        }
        let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!("POST / HTTP/1.1\r\n{lines}content-length: {}\r\n\r\n", body.len());
        (head.into_bytes(), body)
    }

    /// Calls an operation.
    ///
    /// # Errors
    /// When the connection breaks before the answer is complete.
    pub fn call<'a>(
        &mut self,
        keys: impl Into<Option<Keys<'a>>>,
        operation: &str,
        input: &Value,
    ) -> io::Result<Answer> {
        let (head, body) = self.request(keys, operation, input);
        self.send(&[head, body].concat())?;
        self.receive()
    }

    /// Calls an operation of the account, in the Query protocol.
    ///
    /// # Errors
    /// When the connection breaks before the answer is complete.
    pub fn query<'a>(&mut self, keys: impl Into<Option<Keys<'a>>>, form: &str) -> io::Result<Answer> {
        let headers = vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
        let (head, body) = self.signed(keys.into(), "iam", headers, form.as_bytes().to_vec());
        self.send(&[head, body].concat())?;
        self.receive()
    }

    /// Gets a page.
    ///
    /// # Errors
    /// When the connection breaks before the answer is complete.
    pub fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.send(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes())?;
        self.receive()
    }

    /// Sends bytes, whatever they are.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.get_mut().write_all(bytes)
    }

    /// Says that nothing more will be sent.
    ///
    /// # Panics
    /// When the connection is none any more.
    pub fn finish_sending(&self) {
        self.0.get_ref().shutdown(Shutdown::Write).unwrap();
    }

    /// Reads one answer; an interim one (100) has no body.
    ///
    /// # Errors
    /// When the connection breaks before the answer is complete, or it is none of HTTP.
    pub fn receive(&mut self) -> io::Result<Answer> {
        let status_line = self.line()?;
        let status = status_line.split(' ').nth(1).and_then(|s| s.parse().ok());
        let status = status.ok_or(io::ErrorKind::InvalidData)?;
        let mut length = 0;
        loop {
            let line = self.line()?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().map_err(|_| io::ErrorKind::InvalidData)?;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        let body = String::from_utf8(body).map_err(|_| io::ErrorKind::InvalidData)?;
        Ok(Answer { status, body })
    }

    /// Whether the server has closed the connection without a further byte.
    pub fn is_closed(&mut self) -> bool {
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

impl Answer {
    /// The body of a success.
    ///
    /// # Panics
    /// When it is none.
    pub fn ok(self, operation: &str) -> Value {
        assert_eq!(self.status, 200, "{operation}: {}", self.body);
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    /// The body.
    ///
    /// # Panics
    /// When it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}
