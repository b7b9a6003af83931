// A form that outlived its session stays as it was typed: nothing was done, and it can be sent once more.

const tell = (text) => document.dispatchEvent(new CustomEvent("g:toast", { detail: text }));

const SIGNED_OUT = "Nothing was changed: you were signed out meanwhile. Sign in again in another tab, then send this once more. What you typed stays here.";
const READY = "Nothing was changed: this page was open for too long. It is ready again; send it once more.";

const asksToSignIn = ({ status, headers, raw }) => {
  if (status === 401) return headers.has("HX-Redirect");
  const { pathname, searchParams } = new URL(raw.url || location.href);
  return raw.redirected && pathname === "/sign-in" && searchParams.has("next");
};

// The page as it would be drawn now carries the token of the session there is now.
const renew = async () => {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const headers = page.body.getAttribute("hx-headers:inherited");
  if (!answer.ok || answer.redirected || !headers) return tell(SIGNED_OUT);
  document.body.setAttribute("hx-headers:inherited", headers);
  for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = JSON.parse(headers)["X-CSRFToken"];
  tell(READY);
};

document.addEventListener("htmx:before:response", (event) => {
  const { ctx } = event.detail;
  const signedOut = asksToSignIn(ctx.response);
  if (ctx.request.method !== "POST" || (ctx.response.status !== 419 && !signedOut)) return;
  event.preventDefault();
  // A message below an open dialog could not be read.
  for (const dialog of document.querySelectorAll("dialog:modal")) dialog.close();
  if (signedOut) tell(SIGNED_OUT);
  else renew().catch(() => tell("Guerdon could not be reached. Check the connection and try again."));
});
