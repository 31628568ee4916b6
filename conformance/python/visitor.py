"""A browser without scripts: it keeps cookies, follows redirects at a domain, and fills the form of a page."""

import html
import re
from urllib.parse import urljoin

import requests

FORM = re.compile(r'<form[^>]* action="([^"]*)"[^>]*>(.*?)</form>', re.S)
HIDDEN = re.compile(r'type="hidden" name="([^"]*)" value="([^"]*)"')


class Visitor:
    """Somebody with a browser."""

    def __init__(self):
        self.session = requests.Session()

    def open(self, url):
        """The page that an address leads to."""
        return self.session.get(url, timeout=10)

    def fill(self, page, **fields):
        """Posts the first form of a page; goes nowhere from there."""
        action, form = FORM.search(page.text).groups()
        hidden = {name: html.unescape(value) for name, value in HIDDEN.findall(form)}
        to = urljoin(page.url, html.unescape(action))
        return self.session.post(to, data={**hidden, **fields}, allow_redirects=False, timeout=10)

    def sign_in(self, url, username, password, consents=False):
        """Signs in at the page of an authorization request; the address that leads back to the application."""
        answer = self.fill(self.open(url), username=username, password=password)
        if consents:
            answer = self.fill(answer, decision="allow")
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]
