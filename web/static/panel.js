// Everything here is an extra: each page and each form works without it.
const root = document.documentElement;
root.classList.add("js");

// The server writes times in the customer's own zone, which only the browser knows.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) {
  document.cookie = `daybook-zone=${encodeURIComponent(zone)}; Path=/; SameSite=Lax; Max-Age=31536000`;
}

function say(words) {
  const live = document.getElementById("live");
  if (live) live.textContent = words;
}

async function copy(button) {
  const value = document.getElementById(button.dataset.copy).textContent.trim();
  await navigator.clipboard.writeText(value);
  const label = button.querySelector("[data-label]");
  const before = label.textContent;
  label.textContent = "✓";
  say(button.dataset.copied);
  setTimeout(() => (label.textContent = before), 1500);
}

function save(button) {
  const text = document.getElementById(button.dataset.save).innerText.trim() + "\n";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = button.dataset.name;
  link.click();
  URL.revokeObjectURL(link.href);
}

function reveal(button) {
  const field = document.getElementById(button.dataset.reveal);
  const shown = field.type === "password";
  field.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
}

// No letter that is read as another; 20 of these 56 are 116 bits.
const LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const LENGTH = 20;

function drawn() {
  const fair = 256 - (256 % LETTERS.length);
  let text = "";
  while (text.length < LENGTH) {
    for (const byte of crypto.getRandomValues(new Uint8Array(LENGTH))) {
      // Bytes above the last whole multiple would favour the first letters.
      if (byte < fair && text.length < LENGTH) text += LETTERS[byte % LETTERS.length];
    }
  }
  return text;
}

function generate(button) {
  const made = drawn();
  for (const id of [button.dataset.generate, button.dataset.twin]) {
    const field = id && document.getElementById(id);
    if (!field) continue;
    field.value = made;
    field.type = "text";
  }
  say(button.dataset.made);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.generate) generate(button);
  if (button.dataset.copy) copy(button);
  if (button.dataset.reveal) reveal(button);
  if (button.dataset.save) save(button);
  if ("print" in button.dataset) window.print();
});

// The page of an application's link needs no click where scripts run.
document.querySelector("form[data-submit-at-once]")?.requestSubmit();

// A second click on a form that is under way would only send it twice.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (event.defaultPrevented || !button) return;
  if (button.getAttribute("aria-busy") === "true") event.preventDefault();
  button.setAttribute("aria-busy", "true");
});
window.addEventListener("pageshow", () => {
  for (const busy of document.querySelectorAll("[aria-busy=true]")) {
    busy.removeAttribute("aria-busy");
  }
});

// A fragment has no autofocus: its summary of problems, or else its heading, takes the focus.
function focusOn(part) {
  const target = part.querySelector("[role=alert][tabindex]") ?? part.querySelector("[data-focus]");
  target?.focus();
}
document.addEventListener("htmx:after:swap", (event) => {
  const id = event.detail?.ctx?.target?.id;
  focusOn((id && document.getElementById(id)) || document);
});
