"""The OpenAPI document as a page tells it: operations, their fields one a line, examples, refusals."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from app.core.openapi import Json
from app.core.refusals import BEFORE_AN_ENDPOINT, EVERYWHERE, NOT_VALID, WITH_BODY, WITH_POST, Refusal
from app.core.snippets import snippets

METHODS = ("get", "post", "put", "patch", "delete")
PLACEHOLDER = "sk_YOUR_SECRET_KEY"


@dataclass(frozen=True)
class Field:
    """One part of what is sent or answered."""

    name: str
    kind: str
    required: bool
    description: str
    choices: list[str]


@dataclass(frozen=True)
class Operation:
    """One endpoint."""

    id: str
    method: str
    path: str
    tag: str
    summary: str
    description: str
    scope: str | None
    parameters: list[Field]
    body: list[Field]
    reply: list[Field]
    status: int
    reply_example: str
    calls: list[tuple[str, str]]
    refusals: list[Refusal]


class Reference:
    """What the page shows of a document."""

    def __init__(self, document: Json) -> None:
        self._document = document
        self.base_url: str = document["servers"][0]["url"]
        self.operations = [
            self._operation(path, method, item[method])
            for path, item in document["paths"].items()
            for method in METHODS
            if method in item
        ]

    def own_refusals(self, operation: Operation) -> list[Refusal]:
        """What only this operation says no to; the rest is told once for all."""
        told = {refusal.code for refusal in (*EVERYWHERE, *WITH_BODY, *WITH_POST, *BEFORE_AN_ENDPOINT, NOT_VALID)}
        everywhere = set.intersection(*({refusal.code for refusal in other.refusals} for other in self.operations))
        return [refusal for refusal in operation.refusals if refusal.code not in told | everywhere]

    def refusals(self) -> list[Refusal]:
        """Every code there is, once, by status."""
        found = {refusal.code: refusal for refusal in BEFORE_AN_ENDPOINT}
        for operation in self.operations:
            for refusal in operation.refusals:
                found.setdefault(refusal.code, refusal)
        return sorted(found.values(), key=lambda refusal: (refusal.status, refusal.code))

    def _operation(self, path: str, method: str, told: Json) -> Operation:
        status = next(status for status in told["responses"] if status.startswith("2"))
        answer = told["responses"][status]["content"]["application/json"]
        request = told.get("requestBody", {}).get("content", {}).get("application/json", {})
        parameters = [self._resolved(parameter) for parameter in told["parameters"]]
        asked = [parameter for parameter in parameters if parameter["in"] != "header"]
        return Operation(
            id=told["operationId"].replace("_", "-"),
            method=method.upper(),
            path=path,
            tag=told["tags"][0],
            summary=told["summary"],
            description=told["description"],
            scope=next(iter(told["security"][0]["bearer"]), None),
            parameters=[
                _field(
                    parameter["name"], parameter["schema"], parameter.get("required", False), parameter["description"]
                )
                for parameter in asked
            ],
            body=list(self._fields(request["schema"])) if request else [],
            reply=list(self._fields(answer["schema"])),
            status=int(status),
            reply_example=json.dumps(answer["example"], indent=2, ensure_ascii=False),
            calls=snippets(method.upper(), self._url(path, asked), PLACEHOLDER, request.get("example")),
            refusals=[
                Refusal(int(status), code, example["summary"])
                for status, refused in told["responses"].items()
                for code, example in refused["content"]["application/json"].get("examples", {}).items()
            ],
        )

    def _url(self, path: str, parameters: list[Json]) -> str:
        for parameter in parameters:
            if parameter["in"] == "path":
                path = path.replace(f"{{{parameter['name']}}}", str(parameter["schema"]["examples"][0]))
        return self.base_url + path

    def _fields(self, schema: Json, above: str = "") -> Iterator[Field]:
        schema = self._resolved(schema)
        if schema.get("type") == "array":
            yield from self._fields(schema["items"], f"{above}[]")
        for name, part in schema.get("properties", {}).items():
            path = f"{above}.{name}" if above else name
            yield _field(path, self._described(part), name in schema.get("required", []))
            yield from self._fields(_without_null(part), path)

    def _described(self, schema: Json) -> Json:
        """The form of a field; where it is an object of its own, that object's."""
        options = [self._resolved(option) for option in schema.get("anyOf", [schema])]
        return {**schema, "anyOf": options}

    def _resolved(self, schema: Json) -> Json:
        found: Any = schema
        if "$ref" in schema:
            found = self._document
            for step in schema["$ref"].removeprefix("#/").split("/"):
                found = found[step]
        resolved: Json = found
        return resolved


def marked(text: str) -> Markup:
    """A text whose `code` stands between backticks, as a page shows it."""
    parts = text.split("`")
    shown = (Markup("<code>{}</code>").format(part) if place % 2 else escape(part) for place, part in enumerate(parts))
    return Markup("").join(shown)


def _without_null(schema: Json) -> Json:
    options = [option for option in schema.get("anyOf", [schema]) if option.get("type") != "null"]
    only: Json = options[0]
    return only


def _field(name: str, schema: Json, required: bool, description: str | None = None) -> Field:
    options = schema.get("anyOf", [schema])
    main = _without_null(schema)
    kind = _kind(main) + (" or null" if len(options) > 1 else "")
    if "default" in schema and schema["default"] is not None:
        kind += f", {json.dumps(schema['default'])} if left out"
    return Field(name, kind, required, description or main.get("description", ""), main.get("enum", []))


def _kind(schema: Json) -> str:
    if "enum" in schema:
        return "one of"
    if schema.get("type") == "array":
        return "list"
    words = {"uuid": "UUID", "date-time": "time"}.get(schema.get("format", ""))
    words = words or {"string": "text", "integer": "whole number", "boolean": "true or false"}.get(schema["type"])
    bounds = [schema.get("minLength", schema.get("minimum")), schema.get("maxLength", schema.get("maximum"))]
    if bounds[1] is not None:
        unit = " characters" if schema["type"] == "string" else ""
        return f"{words}, {bounds[0]}–{bounds[1]}{unit}" if bounds[0] else f"{words}, at most {bounds[1]}{unit}"
    return words or schema["type"]
