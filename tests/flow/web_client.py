"""The web inbox of a lab's unit, and a person at it: a browser without JavaScript, made of the standard library."""
import html.parser
import http.client
import ssl
import subprocess
import urllib.parse

from fhir_client import Keys

NAME = "mottagning"
PASSWORD = "en lång mening som ingen gissar"

WEB = """
[web]
listen = "127.0.0.1:{port}"
certificate = "{certificate}"
key = "{key}"
accounts_file = "web.accounts"
return_to = "Registrator, 0278-00 00 00"
lang = "{lang}"
{more}
"""


class WebInbox:
    def __init__(self, lab, lang="sv", more="", name=NAME, keys=None):
        self.lab, self.keys, self.name = lab, keys or Keys(lab.path("webtls")), name
        self.port = lab.free_port()
        self.inbox = lab.inboxes[name]
        with open(lab.path(f"inbox-{name}.toml"), "a", encoding="utf-8") as f:
            f.write(WEB.format(port=self.port, certificate=self.keys.at("server.pem"), key=self.keys.at("server.key"),
                               lang=lang, more=more.format(ca=self.keys.at("ca.pem"))))

    def account(self, *args, password=None):
        """One run of `samsignal-inbox account`."""
        argv = [self.lab.bin("samsignal-inbox"), "--config", self.lab.path(f"inbox-{self.name}.toml"), "account", *args]
        return subprocess.run(argv, input=(password or "") + "\n", capture_output=True, text=True, timeout=30, check=False)

    def person(self, name, who=None):
        return Browser(self, name, who)


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.forms, self.links, self.heading, self._in = [], [], "", None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.forms.append({"action": attrs["action"], "fields": {}})
        elif tag == "input" and attrs.get("type") != "radio":
            self.forms[-1]["fields"][attrs["name"]] = attrs.get("value") or ""
        elif tag == "a":
            self.links.append(attrs["href"])
        self._in = tag

    def handle_data(self, data):
        if self._in == "h1":
            self.heading += data
            self._in = None


class Browser:
    def __init__(self, web, name, who=None):
        self.web, self.name, self.cookies = web, name, {}
        self.context = ssl.create_default_context(cafile=web.keys.at("ca.pem"))
        if who:
            self.context.load_cert_chain(web.keys.at(who + ".pem"), web.keys.at(who + ".key"))
        self.status, self.headers, self.text, self.page, self.body = 0, {}, "", None, b""

    def ask(self, method, path, body=None, headers=None):
        """One request, no redirect; keeps cookies as a browser does."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.web.port, context=self.context, timeout=20)
        sent = dict(headers or {})
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        if body is not None:
            sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
            sent.setdefault("Origin", f"https://127.0.0.1:{self.web.port}")
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        self.status, self.headers, self.body = answer.status, dict(answer.getheaders()), answer.read()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
        connection.close()
        self.text = self.body.decode("utf-8", "replace")
        self.page = Page(self.text) if "text/html" in self.headers.get("Content-Type", "") else None
        return self.status

    def get(self, path):
        self.ask("GET", path)
        return self.follow()

    def follow(self):
        while self.status == 303:
            self.ask("GET", self.headers["Location"])
        return self.status

    def post(self, action, **values):
        """Fills in the form of the page that is shown and sends it."""
        form = next(f for f in self.page.forms if f["action"].endswith(action))
        self.ask("POST", form["action"], urllib.parse.urlencode({**form["fields"], **values}))
        return self.follow()

    def sign_in(self, password=PASSWORD):
        self.get("/sign-in")
        return self.post("/sign-in", account=self.name, password=password)

    def signals(self):
        """Paths of the signals on the list."""
        self.get("/")
        return [link for link in self.page.links if link.startswith("/signals/")]

    def answer(self, path, **values):
        """Through the page that asks once more; the status of the last page."""
        self.get(path)
        self.post("/answer", **values)
        return self.post("/answer") if self.status == 200 else self.status
