"""OpenAPI 3.1, made from what the endpoints declare: there is nothing to forget when one is added."""

import re
from collections.abc import Iterable
from inspect import cleandoc
from typing import Annotated, Any

import msgspec
from flask import Flask, current_app
from msgspec import Meta, Struct

from app.core.api import PREFIX, Api, Endpoint
from app.core.refusals import Refusal
from app.core.settings import current_settings

Json = dict[str, Any]

VERSION = "1"
REF = "#/components/schemas/"
PATH_PART = re.compile(r"<(?:\w+:)?(\w+)>")

GUERDON_APP = {
    "name": "Guerdon-App",
    "in": "header",
    "description": "With a key of the whole workspace: the id of the app that the call is about.",
    "schema": {"type": "string", "format": "uuid"},
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Any text of your own. The same request sent again with it has one effect and gets the first reply.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
SIGNED = {
    "webhook-id": {"description": "The same in all attempts at one message.", "schema": {"type": "string"}},
    "webhook-timestamp": {"description": "Seconds since 1970 at this attempt.", "schema": {"type": "string"}},
    "webhook-signature": {
        "description": "As Standard Webhooks 1.0 has it; two with a blank between them while a secret is rotated.",
        "schema": {"type": "string"},
    },
}
REQUEST_ID = {
    "description": "The number of this request in our log. Send your own, and it is used.",
    "schema": {"type": "string"},
}
RETRY_AFTER = {"description": "How many seconds to wait.", "schema": {"type": "integer"}}


class Problem(Struct, kw_only=True):
    """What went wrong."""

    code: Annotated[str, Meta(description="For programs; it does not change.", examples=["not_valid"])]
    message: Annotated[str, Meta(description="For people.", examples=["name is required."])]
    field: Annotated[str, Meta(description="What part of the request it is about.", examples=["name"])] | None = None
    docs: Annotated[str, Meta(description="Where it is explained.")] | None = None


class Error(Struct, kw_only=True):
    """Every refusal has this form."""

    error: Problem


def apis(app: Flask) -> list[Api]:
    """The parts of /v1, as their features registered them."""
    return [blueprint for blueprint in app.blueprints.values() if isinstance(blueprint, Api)]


def document() -> Json:
    """The whole of /v1 as one OpenAPI document."""
    parts = apis(current_app)
    schemas = Schemas(endpoint for part in parts for endpoint in part.endpoints)
    paths: dict[str, Json] = {}
    for part in parts:
        for endpoint in part.endpoints:
            path = PREFIX + PATH_PART.sub(r"{\1}", endpoint.rule)
            paths.setdefault(path, {})[endpoint.method.lower()] = _operation(endpoint, part.title, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Guerdon", "version": VERSION, "description": "Report, read and build by program."},
        "servers": [{"url": current_settings().base_url}],
        "tags": [{"name": part.title} for part in parts],
        "paths": paths,
        "webhooks": {name: {"post": _call(name, part)} for part in parts for name in part.calls},
        "components": {
            "schemas": schemas.components,
            "parameters": {"GuerdonApp": GUERDON_APP, "IdempotencyKey": IDEMPOTENCY_KEY},
            "headers": {"RequestId": REQUEST_ID, "RetryAfter": RETRY_AFTER},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "Authorization: Bearer sk_…"},
                "basic": {"type": "http", "scheme": "basic", "description": "The key as user name, no password."},
            },
        },
    }


class Schemas:
    """The JSON Schemas of all structs that endpoints name, and examples made from them."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        wanted: list[Any] = [Error]
        for endpoint in endpoints:
            wanted += filter(None, (endpoint.told_body, endpoint.query, endpoint.reply))
        # All at once: two features may have structs of one name, which are told apart only where they meet.
        schemas, self.components = msgspec.json.schema_components(wanted, ref_template=REF + "{name}")
        self._schemas = dict(zip(wanted, schemas, strict=True))

    def of(self, kind: Any) -> Json:
        schema: Json = self._schemas[kind]
        return schema

    def resolved(self, schema: Json) -> Json:
        name = schema.get("$ref", "").removeprefix(REF)
        return self.components[name] if name else schema

    def example(self, schema: Json) -> Any:
        """What something of this form looks like: its own example, its default, or one made of its parts."""
        schema = self.resolved(schema)
        if "examples" in schema:
            return schema["examples"][0]
        if schema.get("default") is not None:
            return schema["default"]
        if "anyOf" in schema:
            return self.example(schema["anyOf"][0])
        if schema.get("type") == "array":
            return [self.example(schema["items"])]
        if schema.get("type") == "object":
            return {name: self.example(part) for name, part in schema.get("properties", {}).items()}
        return False if schema.get("type") == "boolean" else schema.get("enum", [None])[0]


def _operation(endpoint: Endpoint, tag: str, schemas: Schemas) -> Json:
    summary, _, description = cleandoc(endpoint.view.__doc__ or "").partition("\n")
    scopes = [endpoint.access.scope] if endpoint.access.scope else []
    operation: Json = {
        "operationId": endpoint.view.__name__,
        "tags": [tag],
        "summary": summary.rstrip("."),
        "description": " ".join(description.split()),
        "security": [{"bearer": scopes}, {"basic": scopes}],
        "parameters": _parameters(endpoint, schemas),
        "responses": {str(endpoint.status): _success(endpoint, schemas), **_refusals(endpoint.all_refusals())},
    }
    if endpoint.told_body:
        schema = schemas.of(endpoint.told_body)
        content = {"application/json": {"schema": schema, "example": schemas.example(schema)}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _call(name: str, part: Api) -> Json:
    """A request that we make: the signed headers, a body with its example, and what counts as taken."""
    says, example = part.calls[name]
    schema = {"type": "object", "required": list(example), "properties": {key: {} for key in example}}
    return {
        "operationId": name.replace(".", "_"),
        "tags": [part.title],
        "summary": name,
        "description": says,
        "parameters": [{"name": header, "in": "header", "required": True, **said} for header, said in SIGNED.items()],
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema, "example": example}}},
        "responses": {"2XX": {"description": "The message was taken. Anything else, and it comes again."}},
    }


def _parameters(endpoint: Endpoint, schemas: Schemas) -> list[Json]:
    parameters: list[Json] = []
    for name in PATH_PART.findall(endpoint.rule):
        schema = msgspec.json.schema(endpoint.types[name])
        description = schema.pop("description", "")
        parameters.append({"name": name, "in": "path", "required": True, "description": description, "schema": schema})
    if endpoint.query:
        for name, schema in schemas.resolved(schemas.of(endpoint.query))["properties"].items():
            options = schema.get("anyOf", [schema])
            schema = {key: value for key, value in options[0].items() if key != "description"}
            description = options[0].get("description", "")
            parameters.append({"name": name, "in": "query", "description": description, "schema": schema})
    parameters.append({"$ref": "#/components/parameters/GuerdonApp"})
    if endpoint.is_repeatable:
        parameters.append({"$ref": "#/components/parameters/IdempotencyKey"})
    return parameters


def _success(endpoint: Endpoint, schemas: Schemas) -> Json:
    schema = schemas.of(endpoint.reply)
    return {
        "description": schemas.resolved(schema).get("description", ""),
        "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
        "content": {"application/json": {"schema": schema, "example": schemas.example(schema)}},
    }


def _refusals(refusals: Iterable[Refusal]) -> dict[str, Json]:
    answers: dict[str, Json] = {}
    for refusal in sorted(refusals, key=lambda refusal: refusal.status):
        answer = answers.setdefault(
            str(refusal.status),
            {
                "description": "",
                "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
                "content": {"application/json": {"schema": {"$ref": f"{REF}Error"}, "examples": {}}},
            },
        )
        if refusal.status in {429, 503}:
            answer["headers"]["Retry-After"] = {"$ref": "#/components/headers/RetryAfter"}
        answer["description"] += f"{' ' if answer['description'] else ''}`{refusal.code}`: {refusal.when}"
        answer["content"]["application/json"]["examples"][refusal.code] = {
            "summary": refusal.when,
            "value": {"error": {"code": refusal.code, "message": refusal.when}},
        }
    return answers
