"""How a developer's server knows that a message is ours, in several languages."""

import json
from typing import Any

from app.core.text import tidy
from app.webhooks.types import message_like

PYTHON = """from flask import Flask, request
from standardwebhooks import Webhook, WebhookVerificationError

app = Flask(__name__)
webhook = Webhook("{secret}")

@app.post("/hooks")
def hooks():
    try:
        message = webhook.verify(request.get_data(), dict(request.headers))
    except WebhookVerificationError:
        return "", 401
    print(message["type"], message["data"])
    return "", 204
"""

PYTHON_BY_HAND = '''import base64, hashlib, hmac, json, time

SECRET = "{secret}"

def verified(headers, body):
    """The message, if it is from Guerdon and not older than five minutes. `body` is bytes, `headers` lower case."""
    sent = headers["webhook-timestamp"]
    if abs(time.time() - int(sent)) > 300:
        raise ValueError("too old, or from the future")
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    said = headers["webhook-id"].encode() + b"." + sent.encode() + b"." + body
    expected = "v1," + base64.b64encode(hmac.digest(key, said, hashlib.sha256)).decode()
    # While a secret is being rotated there are two signatures, with a blank between them.
    if not any(hmac.compare_digest(expected, one) for one in headers["webhook-signature"].split(" ")):
        raise ValueError("not from Guerdon")
    return json.loads(body)
'''

NODE = """import express from "express";
import {{ Webhook }} from "standardwebhooks";

const app = express();
const webhook = new Webhook("{secret}");

// The body as it came: what was parsed and written anew has another signature.
app.post("/hooks", express.raw({{ type: "*/*" }}), (request, response) => {{
  let message;
  try {{
    message = webhook.verify(request.body.toString(), request.headers);
  }} catch {{
    return response.sendStatus(401);
  }}
  console.log(message.type, message.data);
  response.sendStatus(204);
}});

app.listen(3000);
"""

NODE_BY_HAND = """import {{ createHmac, timingSafeEqual }} from "node:crypto";

const SECRET = "{secret}";

/** The message, if it is from Guerdon and not older than five minutes. `body` is a string or a Buffer. */
export function verified(headers, body) {{
  const sent = headers["webhook-timestamp"];
  if (!(Math.abs(Date.now() / 1000 - Number(sent)) <= 300)) throw new Error("too old, or from the future");
  const key = Buffer.from(SECRET.slice("whsec_".length), "base64");
  const expected = createHmac("sha256", key)
    .update(`${{headers["webhook-id"]}}.${{sent}}.`)
    .update(body)
    .digest();
  // While a secret is being rotated there are two signatures, with a blank between them.
  const known = headers["webhook-signature"].split(" ").some((one) => {{
    const signature = Buffer.from(one.slice("v1,".length), "base64");
    return one.startsWith("v1,") && signature.length === expected.length && timingSafeEqual(signature, expected);
  }});
  if (!known) throw new Error("not from Guerdon");
  return JSON.parse(body);
}}
"""

GO = """package hooks

import (
	"io"
	"log"
	"net/http"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

func Hooks(w http.ResponseWriter, r *http.Request) {{
	webhook, err := standardwebhooks.NewWebhook("{secret}")
	if err != nil {{
		log.Fatal(err)
	}}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil || webhook.Verify(body, r.Header) != nil {{
		w.WriteHeader(http.StatusUnauthorized)
		return
	}}
	log.Printf("%s", body)
	w.WriteHeader(http.StatusNoContent)
}}
"""

PHP_BY_HAND = """<?php
$secret = "{secret}";
$body = file_get_contents("php://input");
$sent = $_SERVER["HTTP_WEBHOOK_TIMESTAMP"] ?? "0";
$key = base64_decode(substr($secret, strlen("whsec_")));
$said = ($_SERVER["HTTP_WEBHOOK_ID"] ?? "") . "." . $sent . "." . $body;
$expected = "v1," . base64_encode(hash_hmac("sha256", $said, $key, true));

// While a secret is being rotated there are two signatures, with a blank between them.
$known = false;
foreach (explode(" ", $_SERVER["HTTP_WEBHOOK_SIGNATURE"] ?? "") as $one) {{
    $known = hash_equals($expected, $one) || $known;
}}
if (!$known || abs(time() - (int) $sent) > 300) {{
    http_response_code(401);
    exit;
}}
$message = json_decode($body, true);
http_response_code(204);
"""

LANGUAGES = (
    ("Python", PYTHON),
    ("Node", NODE),
    ("Go", GO),
    ("Python by hand", PYTHON_BY_HAND),
    ("Node by hand", NODE_BY_HAND),
    ("PHP by hand", PHP_BY_HAND),
)
PLACEHOLDER = "whsec_YOUR_SECRET"


def verification(secret: str = PLACEHOLDER) -> list[tuple[str, str]]:
    """Ready to paste, each with the name of its language."""
    return [(language, text.format(secret=secret)) for language, text in LANGUAGES]


def example(type: str) -> str:
    """The body of a message of this type."""
    return json.dumps(message_like(type), indent=2, ensure_ascii=False)


def readable(body: str) -> str:
    """A body as people read it: JSON with line ends; anything else as it is, but nothing that cannot be shown."""
    try:
        body = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        body = tidy(body)
    return body.encode("utf-8", "replace").decode()


def laid_open(kept: str | None) -> dict[str, Any]:
    """A request or response as it was kept, for a page."""
    if kept is None:
        return {}
    opened: dict[str, Any] = json.loads(kept)
    headers = opened["headers"]
    pairs = headers.items() if isinstance(headers, dict) else headers
    return {
        **opened,
        "headers": "\n".join(f"{name}: {value}" for name, value in pairs),
        "body": readable(opened["body"]),
    }
