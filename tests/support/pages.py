"""A client that reads every page as a browser would, and does not accept a careless one."""

import re
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID
from xml.etree.ElementTree import Element

import html5lib
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

from app.accounts.login import TOKEN
from app.accounts.models import Account
from app.accounts.operations.sessions import open_session
from app.core.db import session
from app.core.tenancy import unit_of_work

LABELLED = {"input", "select", "textarea"}
UNLABELLED_INPUTS = {"hidden", "submit", "button", "image", "reset"}


class Page:
    """A parsed answer: what a test asks of it in a person's words."""

    def __init__(self, response: TestResponse) -> None:
        self.response = response
        parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        source = response.get_data(as_text=True)
        whole = source.lstrip()[:9].lower() == "<!doctype"
        self.is_whole = whole
        self.root: Element = parser.parse(source) if whole else parser.parseFragment(source)
        self.parse_errors = [f"{code} at line {line}" for (line, _), code, _ in parser.errors]

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self._texts(self.root))).strip()

    @property
    def title(self) -> str:
        return "".join(self.all("title")[0].itertext()).strip() if self.all("title") else ""

    def all(self, tag: str, **attributes: str) -> list[Element]:
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            element
            for element in self.root.iter(tag)
            if all(element.get(name) == value for name, value in wanted.items())
        ]

    def by_id(self, identifier: str) -> Element:
        return next(element for element in self.root.iter() if element.get("id") == identifier)

    def form(self, action: str | None = None) -> dict[str, str]:
        """The values a browser would send with the form as it stands."""
        forms = [form for form in self.all("form") if action is None or form.get("action") == action]
        assert forms, f"There is no form for {action}; there are {[form.get('action') for form in self.all('form')]}."
        return dict(_successful_controls(forms[0]))

    def posts(self) -> dict[str, dict[str, str]]:
        """The values of every form that changes something, by the path that it is sent to."""
        forms = [form for form in self.all("form") if (form.get("method") or "get").lower() == "post"]
        own = self.response.request.path
        return {urlsplit(form.get("action") or own).path: dict(_successful_controls(form)) for form in forms}

    def _texts(self, element: Element) -> list[str]:
        if element.tag in {"script", "style", "template"}:
            return []
        texts = [element.text or ""]
        for child in element:
            if isinstance(child.tag, str):
                texts += self._texts(child)
            texts.append(child.tail or "")
        return texts


def _successful_controls(form: Element) -> list[tuple[str, str]]:
    values = []
    for control in form.iter():
        name = control.get("name")
        if not name or control.tag not in LABELLED:
            continue
        if control.tag == "select":
            options = list(control.iter("option"))
            chosen = [option for option in options if option.get("selected") is not None] or options[:1]
            values += [(name, option.get("value", "".join(option.itertext()))) for option in chosen]
        elif control.tag == "textarea":
            values.append((name, control.text or ""))
        elif control.get("type") not in {"checkbox", "radio"} or control.get("checked") is not None:
            values.append((name, control.get("value") or ""))
    return values


class PageClient(FlaskClient):
    """Checks each HTML answer, carries the CSRF token, and opens pages."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        # Each request has a context of its own, as when it is served: nothing that one remembers reaches the next.
        with self.application.app_context():
            response = super().open(*args, **kwargs)
        if response.mimetype == "text/html" and response.status_code not in {301, 302, 303, 307, 308}:
            assert_careful(self, Page(response))
        return response

    def page(self, path: str, status: int = 200, **options: Any) -> Page:
        response = self.get(path, **options)
        assert response.status_code == status, f"{path} answered {response.status}, not {status}."
        return Page(response)

    def submit(self, path: str, values: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        """Send a form as a browser does: with the session's CSRF token."""
        return self.post(path, data={"csrf_token": self.csrf_token(), **(values or {})}, **options)

    def sign_in(self, account_id: UUID) -> "PageClient":
        """Go on as this account, whatever it needs to sign in."""
        with self.application.app_context(), unit_of_work():
            account = session.get_one(Account, account_id)
            token = open_session(account, device="Firefox on Linux", address="127.0.0.1", remember=False)
        with self.session_transaction() as browser_session:
            browser_session[TOKEN] = token
        return self

    def csrf_token(self) -> str:
        with self.session_transaction() as browser_session:
            raw = browser_session.setdefault("csrf_token", "0123456789abcdef0123456789abcdef01234567")
        token = URLSafeTimedSerializer(self.application.secret_key, salt="wtf-csrf-token").dumps(raw)
        return token if isinstance(token, str) else token.decode()


def assert_careful(client: PageClient, page: Page) -> None:
    """Fail on what a careful author would not let out of the house."""
    faults = [*page.parse_errors, *_repeated_ids(page), *_unlabelled(page), *_inline(page), *_forms(page)]
    faults += _broken_links(client, page)
    if page.is_whole and not page.title:
        faults.append("there is no title")
    faults += [f"an image without alt: {image.get('src')}" for image in page.all("img") if image.get("alt") is None]
    assert not faults, f"{page.response.request.path}: " + "; ".join(faults)


def _repeated_ids(page: Page) -> list[str]:
    ids = [element.get("id") for element in page.root.iter() if element.get("id") is not None]
    return [f"id {identifier!r} stands twice" for identifier in sorted({i for i in ids if ids.count(i) > 1})]


def _unlabelled(page: Page) -> list[str]:
    labelled = {label.get("for") for label in page.all("label")}
    inside = {id(control) for label in page.all("label") for control in label.iter()}
    return [
        f"the field {control.get('name')!r} has no label"
        for tag in LABELLED
        for control in page.all(tag)
        if control.get("type") not in UNLABELLED_INPUTS
        and control.get("id") not in labelled
        and id(control) not in inside
        and not (control.get("aria-label") or control.get("aria-labelledby"))
    ]


def _inline(page: Page) -> list[str]:
    faults = []
    for element in page.root.iter():
        if element.tag == "style" or element.get("style") is not None:
            faults.append(f"inline style on <{element.tag}>")
        if element.tag == "script" and element.get("src") is None and element.get("type") != "application/json":
            faults.append("inline script")
        if any(name.startswith("on") for name in element.keys()):  # noqa: SIM118
            faults.append(f"inline handler on <{element.tag}>")
    return faults


def _forms(page: Page) -> list[str]:
    return [
        f"the form for {form.get('action')} has no CSRF token"
        for form in page.all("form")
        if (form.get("method") or "get").lower() == "post"
        and not any(field.get("name") == "csrf_token" for field in form.iter("input"))
    ]


def _broken_links(client: PageClient, page: Page) -> list[str]:
    adapter = client.application.url_map.bind("localhost")
    own = page.response.request.path
    faults = []
    links = [(link.get("href"), "GET") for tag in ("a", "link") for link in page.all(tag)]
    links += [(form.get("action"), (form.get("method") or "get").upper()) for form in page.all("form")]
    links += [(source.get("src"), "GET") for tag in ("img", "script") for source in page.all(tag)]
    for target, method in links:
        parts = urlsplit(target or own)
        if parts.scheme or parts.netloc or method == "DIALOG":
            continue
        if not parts.path and parts.fragment:
            if not any(element.get("id") == parts.fragment for element in page.root.iter()):
                faults.append(f"#{parts.fragment} leads nowhere")
            continue
        try:
            adapter.match(parts.path or own, method=method)
        except RequestRedirect:
            pass
        except MethodNotAllowed:
            faults.append(f"{method} {parts.path} is not allowed")
        except HTTPException:
            faults.append(f"{parts.path} leads nowhere")
    return faults
