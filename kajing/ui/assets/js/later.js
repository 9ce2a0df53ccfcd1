// A form marked data-keep is not lost without a network: it waits on this device, encrypted under a key that no script can
// read out, and is sent when the network is back. The server does each once, by its key.
import { all, data, find, make, token, words } from "./page.js";
import { toast } from "./toasts.js";

const EVERY = 30_000;
const OLDEST = 2 * 24 * 3600 * 1000;
const able = Boolean(data.person && window.indexedDB && window.crypto?.subtle);

// -- the store ---------------------------------------------------------------------------------------------------------
let opened;
const store = () =>
  (opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open("kajing", 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("kept", { keyPath: "key" });
      asked.result.createObjectStore("locks");
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  }));

async function within(name, mode, work) {
  const base = await store();
  return new Promise((resolve, reject) => {
    const asked = work(base.transaction(name, mode).objectStore(name));
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

const entries = () => within("kept", "readonly", (kept) => kept.getAll());
const put = (entry) => within("kept", "readwrite", (kept) => kept.put(entry));
const drop = (key) => within("kept", "readwrite", (kept) => kept.delete(key));

async function lock() {
  const held = await within("locks", "readonly", (locks) => locks.get("key"));
  if (held) return held;
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  await within("locks", "readwrite", (locks) => locks.put(made, "key"));
  return made;
}

// -- keeping -----------------------------------------------------------------------------------------------------------
export async function keep(form) {
  if (!able) return toast({ text: words.offline, tone: "bad" });
  const fields = new FormData(form, form.querySelector("[data-pressed]"));
  fields.delete("csrfmiddlewaretoken");
  fields.set("noted_at", new Date().toISOString());
  const packed = new Response(fields);
  const type = packed.headers.get("content-type");
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await lock(), await packed.arrayBuffer());
  const url = new URL(form.getAttribute("action"), location).pathname;
  await put({ key: crypto.randomUUID(), person: data.person, url, page: location.pathname, type, iv, sealed, at: Date.now() });
  form.reset();
  toast({ text: words.kept });
  await show();
}

// Which button sent the form: its name and value belong to what is kept.
document.addEventListener("click", (event) => {
  const button = event.target.closest("form[data-keep] button");
  if (!button) return;
  all("[data-pressed]", button.form).forEach((one) => one.removeAttribute("data-pressed"));
  if (button.name) button.setAttribute("data-pressed", "");
});
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target.closest("form[data-keep]");
    if (!form || navigator.onLine) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    keep(form);
  },
  true,
);

// -- sending -----------------------------------------------------------------------------------------------------------
async function send(entry) {
  const body = await crypto.subtle.decrypt({ name: "AES-GCM", iv: entry.iv }, await lock(), entry.sealed);
  const headers = { "Content-Type": entry.type, "X-CSRFToken": token(), "X-Requested-With": "kajing", "Idempotency-Key": entry.key };
  let answer;
  try {
    answer = await fetch(entry.url, { method: "POST", body, headers });
  } catch {
    return "later";
  }
  if (answer.redirected && new URL(answer.url).pathname.startsWith("/accounts/")) return "signIn";
  if (answer.ok) return "sent";
  return answer.status >= 500 || answer.status === 429 || answer.status === 403 ? "later" : "refused";
}

let busy = false;
async function flush() {
  if (!able || busy) return;
  busy = true;
  try {
    await sendAll((await entries()).filter((entry) => entry.person === data.person && !entry.refused));
    await show();
  } finally {
    busy = false;
  }
}

async function sendAll(waiting) {
  let sent = 0;
  let old = 0;
  for (const entry of waiting.sort((a, b) => a.at - b.at)) {
    if (Date.now() - entry.at > OLDEST) {
      await drop(entry.key);
      old += 1;
      continue;
    }
    const told = await send(entry);
    if (told === "sent") {
      await drop(entry.key);
      sent += 1;
    } else if (told === "refused") await put({ ...entry, refused: true });
    else {
      if (told === "signIn") toast({ text: words.signIn, tone: "bad" });
      break;
    }
  }
  if (sent) toast({ text: words.keptSent.replace("%(count)s", sent) });
  if (old) toast({ text: words.keptOld.replace("%(count)s", old), tone: "bad" });
}

// -- what the person sees ----------------------------------------------------------------------------------------------
async function show() {
  const own = (await entries()).filter((entry) => entry.person === data.person);
  find("#kept")?.remove();
  if (!own.length) return;
  const refused = own.filter((entry) => entry.refused);
  const text = refused.length ? words.refused.replace("%(count)s", refused.length) : words.waiting.replace("%(count)s", own.length);
  const note = make("div", { class: `note ${refused.length ? "bad" : "warn"}`, id: "kept", role: "status" }, make("span", {}, text));
  note.append(refused.length ? make("a", { class: "btn btn-sm", href: refused[0].page }, words.openPage) : button(words.sendNow, flush), button(words.discard, discard));
  find("main")?.prepend(note);
}

function button(text, run) {
  const made = make("button", { type: "button", class: "btn btn-sm" }, text);
  made.addEventListener("click", run);
  return made;
}

async function discard() {
  if (!confirm(words.discardSure)) return;
  for (const entry of await entries()) if (entry.person === data.person) await drop(entry.key);
  await show();
}

// Signing out leaves nothing behind, and says so when something would be lost.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest('form[action$="/logout/"]');
  if (!form || !able || form.dataset.cleared) return;
  event.preventDefault();
  const waiting = (await entries()).filter((entry) => entry.person === data.person);
  if (waiting.length && !confirm(words.discardSure)) return;
  for (const entry of waiting) await drop(entry.key);
  form.dataset.cleared = "1";
  form.requestSubmit();
});

if (able) {
  addEventListener("online", flush);
  setInterval(flush, EVERY);
  flush();
}
