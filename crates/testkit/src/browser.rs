//! A browser without scripts: it keeps cookies, and fills the forms of pages.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use serde_json::Value;

use crate::server::TestServer;

/// A browser at one domain.
#[derive(Clone, Debug)]
pub struct Browser<'a> {
    server: &'a TestServer,
    host: String,
    cookies: BTreeMap<String, String>,
}

/// What a browser was answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The document.
    pub html: String,
}

/// The first form of a page.
#[derive(Clone, Debug)]
pub struct Form {
    /// Where it is posted to.
    pub action: String,
    /// What a script would hand to the browser's authenticators.
    pub options: Value,
    /// What it carries along.
    pub hidden: Vec<(String, String)>,
}

impl<'a> Browser<'a> {
    /// A browser that calls the server by this host.
    pub fn new(server: &'a TestServer, host: &str) -> Self {
        Self { server, host: host.to_owned(), cookies: BTreeMap::new() }
    }

    /// A cookie that it keeps.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// Sets a cookie, or takes it away.
    pub fn set_cookie(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.cookies.insert(name.to_owned(), value.to_owned()),
            None => self.cookies.remove(name),
        };
    }

    /// Opens an address.
    pub async fn get(&mut self, url: &str) -> Answer {
        self.send("GET", url, b"").await
    }

    /// Fills the first form of a page with these fields, and posts it.
    pub async fn fill(&mut self, page: &Answer, fields: &[(&str, &str)]) -> Answer {
        self.post(&page.form(), fields).await
    }

    /// Posts a form with these fields.
    pub async fn post(&mut self, form: &Form, fields: &[(&str, &str)]) -> Answer {
        let hidden = form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let body = encode(hidden.chain(fields.iter().copied()));
        self.send("POST", &form.action, body.as_bytes()).await
    }

    async fn send(&mut self, method: &str, url: &str, body: &[u8]) -> Answer {
        let path = match url.split_once("://") {
            Some((_, rest)) => &rest[rest.find('/').unwrap()..],
            None => url,
        };
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut headers = vec![("host", self.host.clone()), ("cookie", cookies.join("; "))];
        if method == "POST" {
            headers.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
        }
        let (status, headers, body) = self.server.http(method, path, &headers, body).await;
        for cookie in headers.get_all("set-cookie") {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.set_cookie(name, Some(value).filter(|_| !attributes.contains("Max-Age=0")));
        }
        Answer { status, headers, html: String::from_utf8(body).unwrap() }
    }
}

impl Answer {
    /// Where it leads.
    #[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
    pub fn location(&self) -> &str {
        let location = self.headers.get("location");
        location.unwrap_or_else(|| panic!("no redirect: {} {}", self.status, self.html)).to_str().unwrap()
    }

    /// A parameter of where it leads, in the query or the fragment.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let (_, query) = self.location().split_once(['?', '#'])?;
        let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
        Some(decode(value))
    }

    /// Its first form.
    #[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
    pub fn form(&self) -> Form {
        self.forms().into_iter().next().unwrap_or_else(|| panic!("no form: {} {}", self.status, self.html))
    }

    /// All its forms.
    pub fn forms(&self) -> Vec<Form> {
        let forms = self.html.split("<form ").skip(1);
        forms.map(|form| Form::read(form.split("</form>").next().unwrap_or_default())).collect()
    }

    /// Its form for passkeys.
    #[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
    pub fn passkey_form(&self) -> Form {
        let mut forms = self.forms().into_iter().filter(|form| !form.options.is_null());
        let form = forms.next().unwrap_or_else(|| panic!("no passkeys: {} {}", self.status, self.html));
        let hidden = form.hidden.into_iter().filter(|(name, _)| name != "credential").collect();
        Form { hidden, ..form }
    }

    /// What stands first in an element of this kind.
    pub fn first(&self, element: &str) -> String {
        let text = self.html.split_once(&format!("<{element}>")).map(|(_, rest)| rest);
        let text = text.and_then(|rest| rest.split_once("</")).map_or("", |(text, _)| text);
        unescape(text)
    }
}

impl Form {
    fn read(html: &str) -> Self {
        let hidden = html.split("<input type=\"hidden\"").skip(1);
        let hidden = hidden.map(|input| (attribute(input, "name"), attribute(input, "value")));
        let options = serde_json::from_str(&attribute(html, "data-options")).unwrap_or_default();
        Self { action: attribute(html, "action"), options, hidden: hidden.collect() }
    }
}

fn attribute(html: &str, name: &str) -> String {
    let value = html.split_once(&format!("{name}=\"")).and_then(|(_, rest)| rest.split_once('"'));
    unescape(value.map_or("", |(value, _)| value))
}

fn unescape(text: &str) -> String {
    let entities = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
    entities.iter().fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

/// As a query or a form has it.
pub fn encode<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    let text = |text: &str| text.bytes().map(byte).collect::<String>();
    let pairs = pairs.into_iter().map(|(name, value)| format!("{}={}", text(name), text(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn decode(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, behind @ ..] = rest {
        let escaped =
            behind.get(..2).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match (first, escaped) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            (b'+', _) => {
                bytes.push(b' ');
                rest = behind;
            }
            _ => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
