//! As much of HTTP as a browser needs that comes back once.

use std::error::Error as StdError;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::error::Error;

/// How long the head of a request may be.
const HEAD: usize = 16 * 1024;

/// What stands at the end of a head.
const END: &[u8] = b"\r\n\r\n";

/// The head of a request: of strangers, until its `state` shows otherwise.
pub(super) struct Request(String);

impl Request {
    /// Reads a head, and no more; `None` if there is none, or too long a one.
    pub(super) async fn read(stream: &mut TcpStream) -> Option<Self> {
        let mut head = Vec::new();
        let mut fresh = 0;
        while !head.get(fresh..).is_some_and(|part| part.windows(END.len()).any(|end| end == END)) {
            // The end may stand in two parts.
            fresh = head.len().saturating_sub(END.len() - 1);
            let room = HEAD.checked_sub(head.len()).filter(|room| *room > 0)?;
            let mut part = [0; 1024];
            let part = part.get_mut(..room.min(1024))?;
            let read = stream.read(part).await.ok().filter(|read| *read > 0)?;
            head.extend_from_slice(part.get(..read)?);
        }
        String::from_utf8(head).ok().map(Self)
    }

    /// The query of a GET at a path of this machine; else the page that says what is wrong.
    pub(super) fn query_at(&self, path: &str) -> Result<&str, Page> {
        let mut lines = self.0.split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        // A name that somebody has led to this machine is not its own (DNS rebinding).
        let host =
            lines.filter_map(|line| line.split_once(':')).find(|(name, _)| name.eq_ignore_ascii_case("host"));
        let host = host.map(|(_, value)| value.trim()).unwrap_or_default();
        let (at, query) = target.split_once('?').unwrap_or((target, ""));
        match method {
            _ if host.split(':').next() != Some("127.0.0.1") => Err(Page::stranger()),
            _ if at != path => Err(Page::nothing()),
            "GET" => Ok(query),
            _ => Err(Page::method()),
        }
    }
}

/// What a visitor is shown.
pub(super) struct Page {
    status: &'static str,
    title: &'static str,
    text: String,
}

impl Page {
    pub(super) fn signed_in() -> Self {
        Self::new("200 OK", "You are signed in", "You may close this window and go back to the program.")
    }

    /// A sign-in that came to nothing; says why.
    pub(super) fn failed(error: &Error) -> Self {
        let mut text = format!("{error}");
        let mut source = error.source();
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        text.push_str(". You may close this window and go back to the program.");
        Self::new("400 Bad Request", "Signing in failed", text)
    }

    /// Who is not waited for.
    pub(super) fn stranger() -> Self {
        Self::new(
            "400 Bad Request",
            "Not this sign-in",
            "The program waits for the answer to another sign-in.",
        )
    }

    fn nothing() -> Self {
        Self::new("404 Not Found", "Nothing here", "Only the end of a sign-in is taken here.")
    }

    fn method() -> Self {
        Self::new("405 Method Not Allowed", "Nothing here", "The end of a sign-in is a GET.")
    }

    fn new(status: &'static str, title: &'static str, text: impl Into<String>) -> Self {
        Self { status, title, text: text.into() }
    }

    /// Shows it and hangs up. A visitor who is gone misses nothing.
    pub(super) async fn show(self, mut stream: TcpStream) {
        if stream.write_all(self.response().as_bytes()).await.is_ok() {
            let _gone = stream.shutdown().await;
        }
    }

    fn response(&self) -> String {
        let Self { status, title, text } = self;
        let body = format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
             <title>{title}</title>\n<h1>{title}</h1>\n<p>{}</p>\n</html>\n",
            escape(text)
        );
        // The address holds the code: it is told to nobody, and nothing is loaded or kept.
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\
             content-security-policy: default-src 'none'; frame-ancestors 'none'\r\nreferrer-policy: no-referrer\r\n\
             x-content-type-options: nosniff\r\ncache-control: no-store\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
    }
}

fn escape(text: &str) -> String {
    let entity = |character| match character {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&#39;".to_owned(),
        other => other.to_string(),
    };
    text.chars().map(entity).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ServiceError;

    fn read(head: &str) -> Result<String, &'static str> {
        Request(head.to_owned()).query_at("/cb").map(str::to_owned).map_err(|page| page.status)
    }

    #[test]
    fn only_a_get_of_this_machines_own_path_is_read() {
        let host = "Host: 127.0.0.1:49152\r\n\r\n";
        assert_eq!(read(&format!("GET /cb?a=b HTTP/1.1\r\n{host}")).as_deref(), Ok("a=b"));
        assert_eq!(read(&format!("GET /cb HTTP/1.1\r\naccept: */*\r\n{host}")).as_deref(), Ok(""));
        assert_eq!(read(&format!("GET /favicon.ico HTTP/1.1\r\n{host}")), Err("404 Not Found"));
        assert_eq!(read(&format!("GET /cb/?a=b HTTP/1.1\r\n{host}")), Err("404 Not Found"));
        assert_eq!(read(&format!("POST /cb?a=b HTTP/1.1\r\n{host}")), Err("405 Method Not Allowed"));
        for hostile in [
            "GET /cb?a=b HTTP/1.1\r\nHost: evil.example.com:49152\r\n\r\n",
            "GET /cb?a=b HTTP/1.1\r\nHost: 127.0.0.1.example.com\r\n\r\n",
            "GET /cb?a=b HTTP/1.1\r\n\r\n",
            "\r\n\r\n",
            " \r\n:\r\n\r\n",
        ] {
            assert_eq!(read(hostile), Err("400 Bad Request"), "{hostile}");
        }
    }

    #[test]
    fn a_page_shows_what_it_is_told_as_text() {
        let (code, message) = ("access_denied".to_owned(), "<script>'&\"</script>".to_owned());
        let error = ServiceError { code, message, status: 302, request_id: None }.into();
        let page = Page::failed(&error).response();
        assert!(page.contains("access_denied: &lt;script&gt;&#39;&amp;&quot;&lt;/script&gt;"), "{page}");
        assert!(page.contains("You may close this window"));
        let (head, body) = page.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())));
    }
}
