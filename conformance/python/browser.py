"""A browser that runs no scripts: cookies, redirects and forms."""

import html.parser
from urllib.parse import urljoin, urlsplit

import requests

TIMEOUT_SECONDS = 10


class Form(html.parser.HTMLParser):
    """The first form of a page: where it leads, what its fields hold, and which buttons say more."""

    def __init__(self, text):
        super().__init__()
        self.action, self.fields, self.buttons, self.inside = None, {}, set(), False
        self.feed(text)
        assert self.action is not None, f"a page without a form:\n{text}"

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form" and self.action is None:
            self.action, self.inside = attributes.get("action", ""), True
        elif tag == "button" and self.inside and attributes.get("name"):
            self.buttons.add(attributes["name"])
        elif tag == "input" and self.inside and attributes.get("name"):
            self.fields[attributes["name"]] = attributes.get("value", "")

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False


class Browser:
    def __init__(self, **settings):
        self.session = requests.Session()
        self.settings = {"timeout": TIMEOUT_SECONDS, **settings}

    def get(self, url, **settings):
        return self.session.get(url, **{**self.settings, **settings})

    def submit(self, page, follow=True, **filled):
        """Sends the first form of a page, as it is but for what is filled in; where it leads is opened unless told otherwise."""
        form = Form(page.text)
        unknown = set(filled) - set(form.fields) - form.buttons
        assert not unknown, f"the form has no fields {unknown}; it has {set(form.fields) | form.buttons}"
        data = {**form.fields, **filled}
        return self.session.post(urljoin(page.url, form.action), data=data, allow_redirects=follow, **self.settings)

    def sign_in(self, url, username, password, consents=False):
        """Signs in at the page of an authorization request; the address that leads back to the application."""
        answer = self.submit(self.get(url), follow=False, username=username, password=password)
        if consents:
            answer = self.submit(answer, follow=False, decision="allow")
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def forget(self, url):
        """Loses the cookies of an application whose paths begin at the root, and keeps those of a pool's domain."""
        host = urlsplit(url).hostname
        for cookie in [one for one in self.session.cookies if one.path == "/" and one.domain.startswith(host)]:
            self.session.cookies.clear(cookie.domain, cookie.path, cookie.name)
