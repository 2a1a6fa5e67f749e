"""Is this what the vendor's own document says? Requests and replies against a published OpenAPI 3.0 document.

In: a document, a request, a reply. Out: what is wrong with them, one line each; [] when nothing is; None where the
document does not cover the path. A document that is known to be `lax` forgets query parameters, and that what is not
set is null: neither is held against an exchange.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft4Validator

from tests.emulators.messages import Reply, Request

_Loader: Any = type(
    "_Loader", (yaml.CSafeLoader,), {}
)  # written in C: a document of a megabyte takes 17 s otherwise
# A lone `=`, which YAML 1.1 gives a tag of its own, is the text it is meant to be.
_Loader.add_constructor("tag:yaml.org,2002:value", lambda loader, node: node.value)


@cache
def read_document(path: Path, base: str = "", lax: bool = False) -> Document:
    """The document of a file, JSON or YAML; `base` is put before its paths."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        return Document(json.loads(text), base, lax)
    return Document(yaml.load(text, _Loader), base, lax)  # noqa: S506  it is a safe loader


class Document:
    """A published OpenAPI document."""

    def __init__(self, content: Mapping[str, Any], base: str = "", lax: bool = False) -> None:
        self._content = content
        self._lax = lax
        self._definitions = {"components": _as_json_schema(content.get("components", {}))}
        self._paths = [
            (re.compile(re.sub(r"{[^}]+}", "[^/]+", base + path.rstrip("/")) + r"/?\Z"), operations)
            for path, operations in sorted(content["paths"].items(), key=lambda item: item[0].count("{"))
        ]

    def faults(self, request: Request, reply: Reply) -> list[str] | None:
        """What is wrong with an exchange."""
        operation = self._operation(request)
        if operation is None:
            return None
        return [
            *self._of_parameters(operation, request),
            *self._of_body(operation, request),
            *self._of_reply(operation, reply),
        ]

    def _operation(self, request: Request) -> Mapping[str, Any] | None:
        path = request.path.removesuffix(".json")
        for pattern, operations in self._paths:
            if pattern.match(path) and request.method.lower() in operations:
                found = operations[request.method.lower()]
                return {
                    **found,
                    "parameters": [*operations.get("parameters", []), *found.get("parameters", [])],
                }
        return None

    def _of_parameters(self, operation: Mapping[str, Any], request: Request) -> Iterator[str]:
        known = {each["name"]: each for each in map(self._resolved, operation.get("parameters", []))}
        for name, each in known.items():
            if each["in"] == "query" and each.get("required") and name not in request.query:
                yield f"query: {name} is missing"
        for name in request.query:
            if name not in known and not self._lax:
                yield f"query: {name} is unknown"

    def _of_body(self, operation: Mapping[str, Any], request: Request) -> Iterator[str]:
        content = self._resolved(operation.get("requestBody", {})).get("content", {})
        if "application/json" in content:
            yield from self._compared("request", content["application/json"]["schema"], request.json())

    def _of_reply(self, operation: Mapping[str, Any], reply: Reply) -> Iterator[str]:
        told = operation["responses"]
        found = self._resolved(told.get(str(reply.status)) or told.get("default") or {})
        if not found:
            yield f"reply: status {reply.status} is not in the document"
        for media in found.get("content", {}).values():
            yield from self._compared("reply", media.get("schema", {}), json.loads(reply.content))

    def _resolved(self, node: Any) -> Any:
        while isinstance(node, Mapping) and "$ref" in node:
            target: Any = self._content
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            node = target
        return node

    def _compared(self, what: str, schema: Any, value: Any) -> Iterator[str]:
        validator = Draft4Validator({**_as_json_schema(schema), **self._definitions})
        for error in validator.iter_errors(_without_nulls(value) if self._lax else value):
            yield f"{what}: {'/'.join(map(str, error.absolute_path)) or '.'}: {error.message[:200]}"


def _without_nulls(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nulls(each) for each in value]
    if isinstance(value, dict):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    return value


def _as_json_schema(node: Any) -> Any:
    """OpenAPI 3.0 says `nullable` where JSON Schema says type null."""
    if isinstance(node, list):
        return [_as_json_schema(each) for each in node]
    if not isinstance(node, Mapping):
        return node
    schema = {str(key): _as_json_schema(value) for key, value in node.items() if key != "example"}
    if schema.pop("nullable", None) is True:
        if isinstance(schema.get("enum"), list):
            schema["enum"] = [*schema["enum"], None]
        if isinstance(schema.get("type"), str):
            schema["type"] = [schema["type"], "null"]
    return schema
