//! A browser without scripts: it keeps cookies, follows redirects at the domain, and fills the forms of pages.

use std::collections::BTreeMap;

use poolhouse_testkit::browser::{Answer, encode};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};

use crate::world::PASSWORD;

pub(crate) struct Browser {
    http: Client,
    cookies: BTreeMap<String, String>,
    /// Of the last page: forms lead to paths.
    origin: String,
}

impl Browser {
    pub(crate) fn new() -> Self {
        let http = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { http, cookies: BTreeMap::new(), origin: String::new() }
    }

    /// Opens an address, and goes where it leads as long as that is not elsewhere.
    pub(crate) async fn open(&mut self, url: &str) -> Answer {
        let (scheme, rest) = url.split_once("://").unwrap();
        self.origin = format!("{scheme}://{}", rest.split('/').next().unwrap());
        let request = self.http.get(url);
        let answer = self.send(request).await;
        self.follow(answer).await
    }

    /// Fills the first form of a page, and goes where it leads.
    pub(crate) async fn fill(&mut self, page: &Answer, fields: &[(&str, &str)]) -> Answer {
        let form = page.form();
        let hidden = form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let action = if form.action.starts_with('/') {
            format!("{}{}", self.origin, form.action)
        } else {
            form.action.clone()
        };
        let request = self.http.post(action).body(encode(hidden.chain(fields.iter().copied())));
        let answer = self.send(request.header("content-type", "application/x-www-form-urlencoded")).await;
        self.follow(answer).await
    }

    /// Opens the sign-in of an address, signs alice in, and returns the address that the browser is sent back to.
    pub(crate) async fn sign_in(&mut self, url: &str) -> String {
        let page = self.open(url).await;
        let answer = self.fill(&page, &[("username", "alice"), ("password", PASSWORD)]).await;
        answer.location().to_owned()
    }

    async fn follow(&mut self, mut answer: Answer) -> Answer {
        while answer.status == 302 && answer.location().starts_with(&format!("{}/", self.origin)) {
            let request = self.http.get(answer.location());
            answer = self.send(request).await;
        }
        answer
    }

    async fn send(&mut self, request: RequestBuilder) -> Answer {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let response = request.header("cookie", cookies.join("; ")).send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        for cookie in headers.get_all("set-cookie") {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Answer { status, headers, html: response.text().await.unwrap() }
    }
}
